//! Threads that work beside the calling one.

use core::cell::Cell;
use core::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use rayon_core::{ThreadPool, ThreadPoolBuilder, Yield};

use crate::Error;

/// No work is dealt out in more parts than this: 16 shards of a batch, 64 parts of an evaluation.
const MAX_THREADS: usize = 64;

/// How long a thread without work looks out for more before it goes to sleep. A sleeping thread takes up to fifty
/// microseconds to wake, as long as a whole step of a small network; and threads that sleep between two pieces of work
/// seem so idle to the system that it may keep several on one core.
const AWAKE: Duration = Duration::from_micros(200);

/// Looks between two offers of the core to threads that have none: a few microseconds.
const LOOKS: usize = 64;

/// The system's number for the reason why there are no threads.
fn code(error: &dyn std::error::Error) -> Option<i32> {
    error.source()?.downcast_ref::<std::io::Error>()?.raw_os_error()
}

/// The threads that work beside the calling one.
pub(super) struct Helpers {
    pool: ThreadPool,
    /// The process that has them: a child that was forked off it has not.
    process: u32,
}

impl Helpers {
    pub fn new(count: usize) -> Result<Self, Error> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(count.min(MAX_THREADS - 1))
            .thread_name(|index| format!("castnet {}", index + 1));
        let pool = pool.build().map_err(|error| Error::Threads { threads: count + 1, code: code(&error) })?;
        Ok(Self { pool, process: std::process::id() })
    }

    pub fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    pub fn for_each<I: ExactSizeIterator<Item: Send> + Send>(&self, mut items: I, work: impl Fn(I::Item) + Sync) {
        // To wait for threads that are not there would be for ever. The result does not depend on their number.
        if self.process != std::process::id() {
            return items.for_each(work);
        }
        // The calling thread has the first item every time, so that what belongs to it stays in one core's cache.
        let Some(first) = items.next() else { return };
        let helpers = self.count().min(items.len());
        let items = Mutex::new(items);
        let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
        let (next, work, done) = (&next, &work, &AtomicUsize::new(0));
        self.pool.in_place_scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(|_| {
                    core::iter::from_fn(next).for_each(work);
                    stay_awake();
                    done.fetch_add(1, Ordering::Release);
                });
            }
            work(first);
            core::iter::from_fn(next).for_each(work);
            look_out(|| done.load(Ordering::Acquire) == helpers);
        });
    }
}

thread_local! {
    static LOOKS_OUT: Cell<bool> = const { Cell::new(false) };
}

/// Makes this thread of a pool look out for more work after the current one.
fn stay_awake() {
    if LOOKS_OUT.get() {
        return;
    }
    rayon_core::spawn(|| {
        if LOOKS_OUT.replace(true) {
            return;
        }
        while look_out(|| rayon_core::yield_now() == Some(Yield::Executed)) {}
        LOOKS_OUT.set(false);
    });
}

/// Waits until `arrived` says so, or for [`AWAKE`]: which of them it was.
fn look_out(mut arrived: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < AWAKE {
        for _ in 0..LOOKS {
            if arrived() {
                return true;
            }
            spin_loop();
        }
        yield_now();
    }
    arrived()
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread::sleep;

    use super::*;

    #[test]
    fn every_item_is_worked_off_once() {
        for threads in [1, 2, 5] {
            let helpers = Helpers::new(threads).unwrap();
            for count in [0, 1, 2, 7, 1_000] {
                let mut items = vec![0; count];
                helpers.for_each(items.iter_mut(), |item| *item += 1);
                assert_eq!(items, vec![1; count]);
            }
        }
    }

    #[test]
    fn a_forked_process_works_alone() {
        // All that a child can tell: the threads were those of another process.
        let helpers = Helpers { process: std::process::id() + 1, ..Helpers::new(2).unwrap() };
        let (own, mut items) = (std::thread::current().id(), [0; 6]);
        helpers.for_each(items.iter_mut(), |item| {
            assert_eq!(std::thread::current().id(), own);
            *item += 1;
        });
        assert_eq!(items, [1; 6]);
    }

    #[test]
    fn helpers_wake_from_sleep() {
        let helpers = Helpers::new(2).unwrap();
        let mut items = [0; 6];
        for _ in 0..5 {
            helpers.for_each(items.iter_mut(), |item| *item += 1);
            sleep(5 * AWAKE);
        }
        assert_eq!(items, [5; 6]);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_leaves_the_helpers() {
        let helpers = Helpers::new(1).unwrap();
        for bad in [0, 1] {
            let panic = catch_unwind(AssertUnwindSafe(|| helpers.for_each(0..2, |item| assert_ne!(item, bad))));
            assert!(panic.is_err());
        }
        let mut items = [0; 2];
        helpers.for_each(items.iter_mut(), |item| *item += 1);
        assert_eq!(items, [1; 2]);
    }
}

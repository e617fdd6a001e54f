//! What time it is, where that is known.

/// Tells how much time has passed. A program may have no clock, and a test may have one of its own.
///
/// ```
/// use castnet::train::{Clock, NoClock, SystemClock};
///
/// assert_eq!(NoClock.seconds(), None);
/// let start = SystemClock.seconds().unwrap();
/// assert!(SystemClock.seconds().unwrap() >= start);
/// ```
pub trait Clock {
    /// Seconds since some moment that stays the same; `None` without a clock.
    fn seconds(&self) -> Option<f64>;
}

/// No clock: nothing says how long an epoch took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoClock;

impl Clock for NoClock {
    fn seconds(&self) -> Option<f64> {
        None
    }
}

/// The clock of the system; none on WebAssembly without a system.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemClock;

#[cfg(feature = "std")]
impl Clock for SystemClock {
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    fn seconds(&self) -> Option<f64> {
        use std::sync::LazyLock;
        use std::time::Instant;

        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        Some(START.elapsed().as_secs_f64())
    }

    #[cfg(all(target_family = "wasm", target_os = "unknown"))]
    fn seconds(&self) -> Option<f64> {
        None
    }
}

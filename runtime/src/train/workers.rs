//! Who does the work: the calling thread, or a pool.

/// No work is dealt out in more parts than this: 16 shards of a batch, 64 parts of an evaluation.
#[cfg(feature = "threads")]
const MAX_THREADS: usize = 64;

/// The threads of a trainer.
#[derive(Default)]
pub(super) struct Workers {
    /// None: the calling thread does everything, and nothing is allocated for it.
    #[cfg(feature = "threads")]
    pool: Option<rayon_core::ThreadPool>,
}

impl Workers {
    /// `count` threads; 0 stands for as many as the processor has.
    #[cfg(feature = "threads")]
    pub fn new(count: usize) -> Result<Self, crate::Error> {
        if count == 1 {
            return Ok(Self::default());
        }
        let pool = rayon_core::ThreadPoolBuilder::new()
            .num_threads(count.min(MAX_THREADS))
            .thread_name(|index| format!("castnet {index}"));
        Ok(Self { pool: Some(pool.build().map_err(|source| crate::Error::Threads { source: Box::new(source) })?) })
    }

    /// How many threads there are.
    pub fn count(&self) -> usize {
        #[cfg(feature = "threads")]
        if let Some(pool) = &self.pool {
            return pool.current_num_threads();
        }
        1
    }

    /// Calls `work` with every item, in any order.
    pub fn for_each<I: Iterator<Item: Send>>(&self, items: I, work: impl Fn(I::Item) + Sync) {
        #[cfg(feature = "threads")]
        if let Some(pool) = &self.pool {
            let work = &work;
            pool.in_place_scope(|scope| items.for_each(|item| scope.spawn(move |_| work(item))));
            return;
        }
        items.for_each(work);
    }
}

//! Who does the work: the calling thread, alone or with others beside it.

#[cfg(feature = "threads")]
use super::helpers::Helpers;

/// The threads of a trainer, the calling one among them. Copies of the trainer share them.
#[derive(Clone, Default)]
pub(super) struct Workers {
    /// None: the calling thread does everything, and nothing is allocated for it.
    #[cfg(feature = "threads")]
    helpers: Option<std::sync::Arc<Helpers>>,
}

impl Workers {
    /// `count` threads; 0 stands for as many as the processor has.
    #[cfg(feature = "threads")]
    pub fn new(count: usize) -> Result<Self, crate::Error> {
        let count =
            if count == 0 { std::thread::available_parallelism().map_or(1, |count| count.get()) } else { count };
        Ok(Self { helpers: if count == 1 { None } else { Some(Helpers::new(count - 1)?.into()) } })
    }

    /// How many threads there are.
    pub fn count(&self) -> usize {
        #[cfg(feature = "threads")]
        if let Some(helpers) = &self.helpers {
            return helpers.count() + 1;
        }
        1
    }

    /// Calls `work` with every item, in any order.
    pub fn for_each<I: ExactSizeIterator<Item: Send> + Send>(&self, items: I, work: impl Fn(I::Item) + Sync) {
        #[cfg(feature = "threads")]
        if let Some(helpers) = &self.helpers {
            return helpers.for_each(items, work);
        }
        items.for_each(work);
    }
}

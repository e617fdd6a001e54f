//! The heap: C's.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

unsafe extern "C" {
    fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
}

// SAFETY: the functions of C keep what is asked for.
unsafe impl GlobalAlloc for Heap {
    // SAFETY: as `GlobalAlloc` asks: what C returns has the size and alignment of the layout, or is null.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // C wants a multiple of the alignment.
        let layout = layout.pad_to_align();
        // SAFETY: the alignment is a power of two.
        unsafe { aligned_alloc(layout.align(), layout.size()) }.cast()
    }

    // SAFETY: as `GlobalAlloc` asks: C frees what `alloc` returned, whose size it knows itself.
    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        // SAFETY: it is from `alloc`.
        unsafe { free(memory.cast()) }
    }
}

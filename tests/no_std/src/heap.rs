//! The heap: C's.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

#[cfg(not(feature = "proof"))]
mod functions {
    use super::c_void;

    unsafe extern "C" {
        pub fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void;
        pub fn free(memory: *mut c_void);
    }
}

#[cfg(feature = "proof")]
mod functions {
    use super::c_void;

    unsafe extern "C" {
        /// There is no such function: what calls it cannot be linked.
        pub fn castnet_allocation_is_reachable(memory: *mut c_void) -> *mut c_void;
    }

    pub unsafe fn aligned_alloc(_: usize, _: usize) -> *mut c_void {
        // SAFETY: it is never called.
        unsafe { castnet_allocation_is_reachable(core::ptr::null_mut()) }
    }

    pub unsafe fn free(memory: *mut c_void) {
        // SAFETY: it is never called.
        unsafe { castnet_allocation_is_reachable(memory) };
    }
}

// SAFETY: the functions of C keep what is asked for.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // C wants a multiple of the alignment.
        let layout = layout.pad_to_align();
        // SAFETY: the alignment is a power of two.
        unsafe { functions::aligned_alloc(layout.align(), layout.size()) }.cast()
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        // SAFETY: it is from `alloc`.
        unsafe { functions::free(memory.cast()) }
    }
}

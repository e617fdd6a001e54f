//! A panic and an allocation that cannot be linked, because they call functions that there are not.

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;

unsafe extern "C" {
    fn castnet_panic_is_reachable() -> !;
    fn castnet_allocation_is_reachable(size: usize, alignment: usize) -> *mut u8;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: a program with this call cannot be linked.
    unsafe { castnet_panic_is_reachable() }
}

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

// SAFETY: a program that calls one of these functions cannot be linked.
unsafe impl GlobalAlloc for Heap {
    // SAFETY: as above.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { castnet_allocation_is_reachable(layout.size(), layout.align()) }
    }

    // SAFETY: as above.
    unsafe fn dealloc(&self, _: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { castnet_allocation_is_reachable(layout.size(), layout.align()) };
    }
}

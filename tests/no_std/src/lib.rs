//! castnet where there is no standard library: a static library with its own panic handler, for programs in C.
//!
//! If anything in it had the standard library, that would have a panic handler too, and the library would not compile.
//! `tests/targets/no_std` builds it without a heap and with C's, links it into `xor.c`, and runs that.
#![no_std]

#[cfg(feature = "constant")]
mod constant;
#[cfg(feature = "alloc")]
mod heap;
mod xor;

use core::panic::PanicInfo;

unsafe extern "C" {
    fn abort() -> !;
}

/// Ends the program, as C's `assert` does.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it may be called at any time.
    unsafe { abort() }
}

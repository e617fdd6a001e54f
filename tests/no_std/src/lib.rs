//! castnet where there is no standard library: a static library with its own panic handler, for programs in C.
//!
//! If anything in it had the standard library, that would have a panic handler too, and the library would not compile.
//! `tests/targets/no_std` builds it without a heap and with C's, links it into `xor.c`, and runs that; with the feature
//! `proof` it has the linker show that steps and predictions reach neither a panic nor an allocation.
#![no_std]

#[cfg(feature = "constant")]
mod constant;
#[cfg(feature = "alloc")]
mod heap;
#[cfg(feature = "proof")]
mod proof;
#[cfg(feature = "proof")]
mod unreachable;
#[cfg(not(feature = "proof"))]
mod xor;

#[cfg(not(feature = "proof"))]
unsafe extern "C" {
    fn abort() -> !;
}

/// Ends the program, as C's `assert` does.
#[cfg(not(feature = "proof"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: it may be called at any time.
    unsafe { abort() }
}

//! castnet where there is no standard library: a static library with its own panic handler, for programs in C.
//!
//! If anything in it had the standard library, that would have a panic handler too, and the library would not compile.
//! `tests/targets/no_std` builds it without a heap and with C's, links it into `xor.c`, and runs that; with the feature
//! `proof` it shows that a step and a prediction reach no panic and no allocation.
#![no_std]

#[cfg(feature = "alloc")]
mod heap;
#[cfg(feature = "proof")]
mod proof;
#[cfg(not(feature = "proof"))]
mod xor;

use core::panic::PanicInfo;

#[cfg(not(feature = "proof"))]
unsafe extern "C" {
    fn abort() -> !;
}

/// Ends the program, as C's `assert` does.
#[cfg(not(feature = "proof"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it may be called at any time.
    unsafe { abort() }
}

#[cfg(feature = "proof")]
unsafe extern "C" {
    /// There is no such function: what calls it cannot be linked.
    fn castnet_panic_is_reachable() -> !;
}

/// Cannot be linked.
#[cfg(feature = "proof")]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it is never called.
    unsafe { castnet_panic_is_reachable() }
}

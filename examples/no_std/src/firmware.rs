//! On the board: trains, counts instructions, and prints by semihosting, which a debugger or qemu passes on.

use core::panic::PanicInfo;
use core::ptr;

use castnet::{Infer, Network};
use castnet_no_std::StepRoom;
use castnet_no_std::iris::{self, Iris};
use castnet_no_std::xor::{self, Xor};
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};

use crate::STEPS;

/// The timer ticks at 25 MHz, and qemu takes a nanosecond for each instruction.
const INSTRUCTIONS_A_TICK: u32 = 40;

/// How often something short is done while instructions are counted.
const REPETITIONS: u32 = 100;

#[entry]
fn main() -> ! {
    let mut timer = Timer::start();

    let (mut network, mut room) = (castnet::zeroed::<Xor>(), castnet::zeroed::<StepRoom<Xor>>());
    xor::start(&mut network);
    let learned = xor::learn(&mut network, &mut room, STEPS[0]);
    report(&network, learned.is_ok(), (xor::right(&network), 4));
    let step = timer.instructions(|| xor::learn(&mut network, &mut room, 1).is_ok());
    let prediction = timer.instructions(|| network.predict(&xor::INPUTS[1])[0].is_finite());
    hprintln!("xor: {} instructions for a step of 4, {} for a prediction", step, prediction);

    let (mut network, mut room) = (castnet::zeroed::<Iris>(), castnet::zeroed::<StepRoom<Iris>>());
    iris::start(&mut network);
    let learned = iris::learn(&mut network, &mut room, STEPS[1]);
    report(&network, learned.is_ok(), (iris::right(&network), iris::LABELS.len()));
    let step = timer.instructions(|| iris::learn(&mut network, &mut room, 1).is_ok());
    let prediction = timer.instructions(|| network.predict(&iris::FEATURES[0])[0].is_finite());
    hprintln!("iris: {} instructions for a step of 30, {} for a prediction", step, prediction);

    hprintln!("stack: {} bytes at its deepest", deepest_stack());
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::nop();
    }
}

/// Prints a network: a line of what it is, then its parameters.
fn report<N: Network<Scalar = f32>>(network: &N, learned: bool, (right, of): (usize, usize)) {
    hprintln!("{}: learned {}, {} of {} right", N::NAME, learned, right, of);
    hprintln!(
        "{}: {} bytes of parameters, {} for inference, {} for training",
        N::NAME,
        N::PARAMETER_BYTES,
        N::INFERENCE_BYTES,
        size_of::<StepRoom<N>>()
    );
    for parameter in network.parameters() {
        hprintln!("{} {:08x}", N::NAME, parameter.to_bits());
    }
}

/// The processor's own timer.
struct Timer(SYST);

impl Timer {
    fn start() -> Self {
        let mut timer = cortex_m::Peripherals::take().expect("nobody took them before").SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(0x00ff_ffff);
        timer.clear_current();
        timer.enable_counter();
        Self(timer)
    }

    /// The instructions that something takes, the mean of many times.
    fn instructions(&mut self, mut work: impl FnMut() -> bool) -> u32 {
        self.0.clear_current();
        let before = SYST::get_current();
        for _ in 0..REPETITIONS {
            assert!(core::hint::black_box(&mut work)(), "what is counted succeeds");
        }
        let ticks = before.wrapping_sub(SYST::get_current()) & 0x00ff_ffff;
        ticks * INSTRUCTIONS_A_TICK / REPETITIONS
    }
}

/// How far down the stack has been used: what was painted there before `main` is there no more.
fn deepest_stack() -> usize {
    unsafe extern "C" {
        static mut _stack_end: u32;
        static mut _stack_start: u32;
    }
    const PAINT: u32 = cortex_m_rt::STACK_PAINT_VALUE;
    let (end, start) = (&raw const _stack_end, &raw const _stack_start);
    let mut place = end;
    // SAFETY: the linker script sets both, aligned, with nothing but the stack between them; a volatile read of what is
    // in use finds some number there.
    while place < start && unsafe { ptr::read_volatile(place) } == PAINT {
        place = place.wrapping_add(1);
    }
    start.addr() - place.addr()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::nop();
    }
}

//! One layer with the numbers that its kernels need.

use std::hint::black_box;

use castnet::layers::{self, Activations, Backward, Context, Layer, SavedNumbers};
use castnet::pulp::{Arch, Simd, WithSimd};
use castnet::{Pass, bytemuck};

use crate::shapes::Shape;

/// Samples side by side.
const LANES: usize = 16;

/// What is measured of a layer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    Forward,
    InputGradient,
    WeightGradient,
}

impl Kernel {
    pub const ALL: [Self; 3] = [Self::Forward, Self::InputGradient, Self::WeightGradient];

    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::InputGradient => "input gradient",
            Self::WeightGradient => "weight gradient",
        }
    }
}

/// Bytes that a kernel cannot help moving.
#[derive(Clone, Copy)]
pub struct Traffic {
    /// Read, or written, once.
    pub read: usize,
    /// Read and written again.
    pub updated: usize,
}

/// A layer of any type.
pub trait Work {
    fn shape(&self) -> &'static Shape;
    /// Multiplications and additions of one kernel, for a lane group. All three kernels have as many.
    fn flops(&self) -> f64;
    fn traffic(&self, kernel: Kernel) -> Traffic;
    /// Runs a kernel `count` times.
    fn run(&mut self, kernel: Kernel, count: usize);
}

/// A register's worth of numbers in a cache line, as the runtime's buffers have them.
#[repr(C, align(64))]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[bytemuck(crate = "castnet::bytemuck")]
struct Line([f32; 16]);

/// Random numbers, or room for results.
struct Numbers {
    lines: Vec<Line>,
    len: usize,
}

impl Numbers {
    fn new(len: usize) -> Self {
        let mut state = len as u32 | 1;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        Self { lines: (0..len.div_ceil(16)).map(|_| Line(std::array::from_fn(|_| next()))).collect(), len }
    }

    fn get(&self) -> &[f32] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }

    fn get_mut(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

/// Numbers before a layer's parameters, so that these do not start a cache line: those of a network seldom do.
const BEFORE: usize = 4;

struct Prepared<Y> {
    shape: &'static Shape,
    layer: Y,
    parameters: Numbers,
    gradient: Numbers,
    input: Numbers,
    input_gradient: Numbers,
    output: Numbers,
    output_gradient: Numbers,
}

/// A layer with random parameters, input and gradient in its output.
pub fn prepare<Y: Layer<f32> + 'static>(shape: &'static Shape, layer: Y) -> Box<dyn Work> {
    Box::new(Prepared {
        shape,
        layer,
        parameters: Numbers::new(BEFORE + Y::PARAMETERS),
        gradient: Numbers::new(BEFORE + Y::PARAMETERS),
        input: Numbers::new(Y::INPUT * LANES),
        input_gradient: Numbers::new(Y::INPUT * LANES),
        output: Numbers::new(Y::OUTPUT * LANES),
        output_gradient: Numbers::new(Y::OUTPUT * LANES),
    })
}

impl<Y: Layer<f32>> Work for Prepared<Y> {
    fn shape(&self) -> &'static Shape {
        self.shape
    }

    fn flops(&self) -> f64 {
        (2 * self.shape.multiply_adds() * LANES) as f64
    }

    fn traffic(&self, kernel: Kernel) -> Traffic {
        let activations = (Y::INPUT + Y::OUTPUT) * LANES * size_of::<f32>();
        let parameters = Y::PARAMETERS * size_of::<f32>();
        match kernel {
            Kernel::Forward | Kernel::InputGradient => Traffic { read: activations + parameters, updated: 0 },
            Kernel::WeightGradient => Traffic { read: activations, updated: parameters },
        }
    }

    fn run(&mut self, kernel: Kernel, count: usize) {
        match kernel {
            Kernel::Forward => Arch::new().dispatch(Forward(self, count)),
            Kernel::InputGradient => Arch::new().dispatch(InputGradient(self, count)),
            Kernel::WeightGradient => Arch::new().dispatch(WeightGradient(self, count)),
        }
    }
}

/// Kernels are compiled for an instruction set where they are inlined into `with_simd`, as in the passes of the runtime.
macro_rules! kernel {
    ($name:ident, |$simd:ident, $prepared:ident, $pass:ident| $call:expr) => {
        struct $name<'a, Y>(&'a mut Prepared<Y>, usize);

        impl<Y: Layer<f32>> WithSimd for $name<'_, Y> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, $simd: S) {
                let ($prepared, $pass) = (self.0, &Pass::training(LANES));
                for _ in 0..self.1 {
                    $call;
                    black_box(&mut *$prepared);
                }
            }
        }
    };
}

kernel!(Forward, |simd, of, pass| {
    let (parameters, input, output) = (&of.parameters.get()[BEFORE..], of.input.get(), of.output.get_mut());
    let io = layers::Forward { parameters, input, output, saved: SavedNumbers::default() };
    of.layer.forward::<S, LANES>(Context::new(simd, pass, 0), io)
});
kernel!(InputGradient, |simd, of, pass| {
    let io = Backward {
        parameters: &of.parameters.get()[BEFORE..],
        read: Activations::of(of.layer, of.input.get(), of.output.get()),
        saved: SavedNumbers::default(),
        output_gradient: of.output_gradient.get_mut(),
        input_gradient: Some(of.input_gradient.get_mut()),
        gradient: None,
    };
    of.layer.backward::<S, LANES>(Context::new(simd, pass, 0), io)
});
kernel!(WeightGradient, |simd, of, pass| {
    let io = Backward {
        parameters: &of.parameters.get()[BEFORE..],
        read: Activations::of(of.layer, of.input.get(), of.output.get()),
        saved: SavedNumbers::default(),
        output_gradient: of.output_gradient.get_mut(),
        input_gradient: None,
        gradient: Some(&mut of.gradient.get_mut()[BEFORE..]),
    };
    of.layer.backward::<S, LANES>(Context::new(simd, pass, 0), io)
});

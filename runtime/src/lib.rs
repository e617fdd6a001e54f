//! Neural networks cast at compile time.
//!
//! [`network!`] turns a declaration into a struct whose fields are the parameters, with forward and backward passes in
//! which every size is known to the compiler. The rest of the crate trains it and asks it:
//!
//! - [`train::Trainer`] learns from batches, in your own loop ([`step`](train::Trainer::step)) or in the usual one
//!   ([`fit`](train::Trainer::fit)), with one of the [`losses`], [`optimizers`] and [`schedules`];
//! - [`Network::predict`] and [`Predictor`] compute outputs and allocate nothing;
//! - [`data`] has data sets, batches and readers of files; [`metrics`] say how good a network is;
//! - [`check_gradients`] compares gradients with central differences; [`summary()`] is the table of layers;
//! - [`layers`] have the formulas, [`init`] the first weights, [`kernels`] the arithmetic.
//!
//! ```
//! use castnet::{Network, losses::SoftmaxCrossEntropy, network, optimizers::Adam, train::Trainer};
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     /// Is a point left or right?
//!     struct Side {
//!         input: [2],
//!         hidden: dense(4), relu,
//!         dense(2),
//!     }
//! }
//!
//! let side = Side::init(&mut StdRng::seed_from_u64(1));
//! let mut trainer = Trainer::new(side, SoftmaxCrossEntropy, Adam::default()).schedule(0.05);
//! for _ in 0..100 {
//!     trainer.step(&[[-1.0, 0.3], [1.0, -0.2]], &[0, 1])?;
//! }
//! let scores = trainer.predict(&[-0.8, 0.9]);
//! assert!(scores[0] > scores[1]);
//! # Ok::<(), castnet::Error>(())
//! ```
//!
//! # One step
//!
//! Samples are gathered into *lane groups*: `L` of them side by side, so that a weight is broadcast and the samples fill
//! a vector register. [`Network::forward`] fills a [`Trace`] with activations; a [`losses::Loss`] turns the outputs into
//! a number and the gradient in them; [`Network::backward`] adds to a gradient that has the network's own type; an
//! [`optimizers::Optimizer`] moves the parameters. All memory is there before the first step.
//!
//! # Features
//!
//! | feature | default | what |
//! | --- | --- | --- |
//! | `gzip` | yes | reads gzipped data files |
//! | `progress` | yes | a progress bar in [`fit`](train::Trainer::fit) where there is a terminal |
//! | `threads` | yes | [`Trainer::threads`](train::Trainer::threads) |
//! | `avx512` | yes | passes compiled for AVX-512 too, used where the processor has it |

mod buffer;
pub mod data;
mod error;
mod gradient_check;
pub mod init;
pub mod kernels;
pub mod layers;
pub mod losses;
pub mod metrics;
mod network;
mod numbers;
pub mod optimizers;
mod pass;
mod predict;
mod scalar;
pub mod schedules;
mod short;
mod sizes;
mod summary;
#[cfg(test)]
mod testing;
pub mod train;
mod type_level;

pub use error::{Error, Shape};
pub use gradient_check::{GradientCheck, check_gradients};
pub use network::{LayerInfo, Network, Role, Segment, Trace};
pub use pass::Pass;
pub use predict::Predictor;
pub use scalar::Scalar;
pub use summary::{Summary, summary};

pub use {bytemuck, nalgebra, pulp, typenum};

/// Declares a neural network: its layers, whose shapes are checked as the program is compiled.
///
/// ```
/// castnet::network! {
///     /// LeNet-5 for 28x28 grey digits.
///     pub struct LeNet5 {
///         input: [1, 28, 28],              // [features], or [channels, height, width]
///         conv1: conv2d(6, kernel = 5),    // a named layer: its parameters are the field `conv1`
///         relu,
///         max_pool2d(2),
///         conv2: conv2d(16, kernel = 5) -> [16, 8, 8],   // states the shape; a wrong one is a compile error
///         relu,
///         max_pool2d(2),
///         flatten,
///         fc1: dense(120), relu,
///         fc2: dense(84), relu,
///         logits: dense(10),
///     }
/// }
///
/// use castnet::Network;
/// assert_eq!(LeNet5::PARAMETER_COUNT, 44_426);
/// assert_eq!(LeNet5::LAYERS[0].output_shape, [6, 24, 24]);
/// ```
///
/// # The declaration
///
/// - A scalar other than `f32` stands behind the name: `pub struct Pid<f64> { .. }`.
/// - A size is an integer literal or any constant expression (`HIDDEN`, `2 * N + 1`), or a const parameter, of which below.
/// - A layer without a name that has parameters is named by its kind and its place among that kind: `dense1`.
/// - `#[frozen]` on a layer keeps its weights and biases as they are in training.
/// - Derives on the struct are derived for the layers' structs too. `Clone`, `Copy` and `Debug` are always derived.
///
/// # Layers
///
/// | layer | arguments | takes | gives |
/// | --- | --- | --- | --- |
/// | `dense(units)` | `bias = true`, `init` | `[n]` | `[units]` |
/// | `conv2d(filters, kernel = 5)` | `stride = 1`, `padding = 0`, `bias = true`, `init`, `rounding` | `[c, h, w]` | `[filters, h', w']` |
/// | `max_pool2d(kernel)`, `avg_pool2d(kernel)` | `stride = kernel`, `rounding` | `[c, h, w]` | `[c, h', w']` |
/// | `flatten` | | any shape | `[n]` |
/// | `relu`, `sigmoid`, `tanh`, `leaky_relu(slope = 0.01)` | | any shape | the same |
/// | `softmax` | | `[n]` | `[n]` |
/// | `dropout(probability)` | | any shape | the same |
/// | `batch_norm` | | any shape | the same |
/// | `layer(path::ToType)` | | what the type takes | the same shape, or that behind `->` |
///
/// `kernel`, `stride` and `padding` are a number or `[height, width]`; `padding = same` keeps height and width. A window
/// that does not tile its input is an error unless `rounding = floor` says that the rest is to be ignored. `init` is
/// `zeros`, `normal(0.01)`, `xavier_uniform`, `xavier_normal`, `he_uniform` or `he_normal`; by default `he_normal` if the
/// next activation is a `relu` or `leaky_relu`, and `xavier_uniform` otherwise. `batch_norm` of features learns from
/// batches of two samples or more: a single one is its own mean.
///
/// # Blocks
///
/// A block holds layers and other blocks, to any depth up to 32.
///
/// | block | what it computes |
/// | --- | --- |
/// | `residual { .. }` | what its layers make of `x`, plus `x`; the shapes must agree |
/// | `residual(project) { .. }` | the same where they do not: `x` goes through a matrix or a strided 1x1 convolution, without bias, first |
/// | `concat { { .. }, { .. } }` | what its branches make of `x`, side by side: along channels, or features of flat shapes |
/// | `sum { { .. }, { .. } }` | the sum of what its branches make of `x` |
/// | `repeat(3) { .. }` | its layers, three times over, each time with parameters of their own |
///
/// A branch without layers, `{}`, passes on `x`. Names inside become paths, in the fields of the struct and in
/// [`Network::SEGMENTS`]; a block without a name is called by its kind and place, `residual1`, and a branch `branch1`.
/// The copies of `stage: repeat(3) { .. }` are `stage1`, `stage2` and `stage3`. `#[frozen]` on a block is for all of its
/// layers.
///
/// ```
/// use castnet::{Network, network};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Small {
///         input: [3, 16, 16],
///         block1: residual(project) {
///             conv1: conv2d(8, kernel = 3, padding = same, bias = false), batch_norm, relu,
///             conv2: conv2d(8, kernel = 3, padding = same, bias = false), batch_norm,
///         }, relu,
///         concat {
///             { conv2d(4, kernel = 1) },
///             { conv2d(4, kernel = 3, padding = same) },
///             wide: { repeat(2) { conv2d(4, kernel = 3, padding = same), relu } },
///         } -> [12, 16, 16],
///         max_pool2d(4),
///         flatten,
///         dense(10),
///     }
/// }
///
/// let small = Small::init(&mut StdRng::seed_from_u64(1));
/// assert_eq!(small.block1.conv2.weight.shape(), (8, 8 * 3 * 3));
/// assert!(Small::SEGMENTS.iter().any(|segment| segment.name == "concat1.wide.repeat1_2.conv2d1.bias"));
/// ```
///
/// # One declaration for many sizes
///
/// A flat size can be a const parameter of the struct: the input's, or the units of `dense`. The scalar, if it is not
/// `f32`, stands before the parameters: `Policy<f64, const OBSERVATION: usize>`.
///
/// ```
/// use castnet::{Network, network};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     pub struct Policy<const OBSERVATION: usize, const ACTION: usize> {
///         input: [OBSERVATION],
///         hidden: dense(64), tanh,
///         residual { dense(64), tanh },
///         dense(ACTION),
///     }
/// }
///
/// let walker = Policy::<17, 6>::init(&mut StdRng::seed_from_u64(1));
/// assert_eq!(walker.hidden.weight.shape(), (64, 17));
/// assert_eq!(Policy::<4, 2>::PARAMETER_COUNT, 4 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2);
///
/// /// What is as general as the network says that it is one.
/// fn act<const OBSERVATION: usize, const ACTION: usize>(
///     policy: &Policy<OBSERVATION, ACTION>,
///     seen: &[f32; OBSERVATION],
/// ) -> [f32; ACTION]
/// where
///     Policy<OBSERVATION, ACTION>: Network<Input = [f32; OBSERVATION], Output = [f32; ACTION]>,
/// {
///     policy.predict(seen)
/// }
/// assert_eq!(act(&walker, &[0.1; 17]).len(), 6);
/// ```
///
/// Stable Rust computes no size of a type from a parameter. So `dense(2 * OBSERVATION)` is an error that says to make it a
/// parameter of its own; and images have numbers or constants as their sizes, because the sizes of their layers are
/// products. Such a network has its shapes as types where typenum has types for its parameters and for the constants that
/// it names: numbers up to 1024, and powers of 2 and 10. Sizes written as numbers can be any.
///
/// # Layers of your own
///
/// `layer(path::ToType)` takes a type that implements [`layers::Layer`], `Copy` and `Default`. It gives what it takes, or
/// the shape behind `->`; its sizes are checked by the compiler, and its parameters are the field `parameters`. Here is
/// the parametric relu (He et al., 2015) from scratch, with the check of its gradients:
///
/// ```
/// use castnet::layers::{Activations, Layer};
/// use castnet::{Network, Pass, Scalar, check_gradients, losses::MeanSquaredError, network, pulp::Simd};
/// use rand::{Rng, SeedableRng, rngs::StdRng};
///
/// /// `y = x` where `x` is positive, `a x` elsewhere, with a slope `a` for each of `N` features.
/// #[derive(Clone, Copy, Default)]
/// struct PRelu<const N: usize>;
///
/// impl<T: Scalar, const N: usize> Layer<T> for PRelu<N> {
///     const INPUT: usize = N;
///     const OUTPUT: usize = N;
///     const PARAMETERS: usize = N;
///
///     // Feature `i` of the `L` samples of a lane group is at `[i * L..][..L]`.
///     fn forward<S: Simd, const L: usize>(self, _: S, _: &Pass, slopes: &[T], input: &[T], output: &mut [T]) {
///         for (i, (y, &x)) in output.iter_mut().zip(input).enumerate() {
///             *y = if x > T::ZERO { x } else { slopes[i / L] * x };
///         }
///     }
///
///     // With `dy` the gradient of the loss in `y`: `dx = dy` or `a dy`, and `da` is the sum of `x dy` where `x` is not
///     // positive. `gradient` is added to, `input_gradient` is overwritten, and either may not be asked for.
///     fn backward<S: Simd, const L: usize>(
///         self,
///         _: S,
///         _: &Pass,
///         slopes: &[T],
///         activations: Activations<'_, T>,
///         output_gradient: &mut [T],
///         mut input_gradient: Option<&mut [T]>,
///         mut gradient: Option<&mut [T]>,
///     ) {
///         for (i, (&x, &dy)) in activations.input.iter().zip(output_gradient.iter()).enumerate() {
///             let is_positive = x > T::ZERO;
///             if let Some(gradient) = gradient.as_mut().filter(|_| !is_positive) {
///                 gradient[i / L] += x * dy;
///             }
///             if let Some(input_gradient) = &mut input_gradient {
///                 input_gradient[i] = if is_positive { dy } else { slopes[i / L] * dy };
///             }
///         }
///     }
///
///     fn initialize<R: Rng + ?Sized>(self, _: &mut R, slopes: &mut [T]) {
///         slopes.fill(T::from_f64(0.25));
///     }
/// }
///
/// network! {
///     struct Wave<f64> {
///         input: [2],
///         dense(5), slopes: layer(PRelu::<5>),
///         dense(1),
///     }
/// }
///
/// let wave = Wave::init(&mut StdRng::seed_from_u64(1));
/// assert_eq!(wave.slopes.parameters[0], 0.25);
/// let inputs = [[0.1, -0.4], [0.7, 0.2], [-0.3, 0.9]];
/// let check = check_gradients::<_, _, 8>(&*wave, &MeanSquaredError, &inputs, &[[1.0], [0.0], [-1.0]])?;
/// assert!(check.worst().1 < 1e-7, "{check:?}");
/// # Ok::<(), castnet::Error>(())
/// ```
///
/// # What it becomes
///
/// The struct, whose fields are the parameters; a struct of parameters for each layer that has some (`LeNet5Conv1`) and
/// for each block;
/// `LeNet5Trace<L>`, the activations of `L` samples in training; and [`impl Network`](Network).
///
/// A network starts a cache line, and behind its last parameter fills one, with a field that is nobody's business: its
/// numbers are those of [`parameters`](Network::parameters), not all of its bytes. With const parameters it does not.
#[macro_export]
macro_rules! network {
    ($($declaration:tt)*) => {
        $crate::__private::network! { $crate; $($declaration)* }
    };
}

/// What generated code names besides the public items.
#[doc(hidden)]
pub mod __private {
    pub use crate::numbers::Numbers;
    pub use crate::sizes::{
        can_project, exact_window_positions, larger, projection_stride, window_fits, window_positions, window_tiles,
        with_offsets,
    };
    pub use crate::type_level::{Append, KnownToTypenum, Number, PlusProduct};
    pub use bytemuck::{Pod, Zeroable};
    pub use castnet_macros::network;
    pub use pulp::Simd;
    pub use rand::Rng;

    use crate::Scalar;
    use crate::layers::{Layer, OwnLayer};

    /// Makes a layer of the user's own. What is no layer has no such function, which is one error.
    pub struct Own<T, L>(std::marker::PhantomData<(T, L)>);

    impl<T: Scalar, L: Layer<T> + Default> Own<T, L> {
        /// The layer.
        #[inline(always)]
        pub fn layer() -> OwnLayer<L> {
            OwnLayer(L::default())
        }
    }

    /// Inputs, outputs and parameters of a layer of the user's own, by the function that makes it.
    pub const fn sizes_of_layer<T: Scalar, L: Layer<T>>(_: fn() -> L) -> [usize; 3] {
        [L::INPUT, L::OUTPUT, L::PARAMETERS]
    }

    /// How many numbers fill the last cache line behind parts of so many bytes.
    pub const fn filling<T: Scalar>(parts: &[usize]) -> usize {
        const LINE: usize = 64;
        let (mut bytes, mut part) = (0, 0);
        while part < parts.len() {
            bytes += parts[part];
            part += 1;
        }
        (bytes.next_multiple_of(LINE) - bytes) / size_of::<T>()
    }

    /// The numbers of one layer's parameters as a slice.
    #[inline(always)]
    pub fn flat<T: Scalar, P: Pod>(parameters: &P) -> &[T] {
        bytemuck::cast_slice(std::slice::from_ref(parameters))
    }

    /// The numbers of one layer's parameters as a slice.
    #[inline(always)]
    pub fn flat_mut<T: Scalar, P: Pod>(parameters: &mut P) -> &mut [T] {
        bytemuck::cast_slice_mut(std::slice::from_mut(parameters))
    }
}

/// The README's examples, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

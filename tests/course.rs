//! The worked examples of a first course on neural networks, by their numbers.

#[path = "course/paths.rs"]
mod paths;

use castnet::losses::{Loss, SoftmaxCrossEntropy};
use castnet::schedules::{CosineDecay, InverseSquareRootDecay, LinearDecay, Schedule, StepDecay};
use castnet::train::Trainer;
use castnet::{Pass, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

network! {
    /// Ten 5x5 filters with padding 2 over a colour image.
    struct Convolution {
        input: [3, 32, 32],
        conv2d(10, kernel = 5, padding = 2) -> [10, 32, 32],
    }
}

#[test]
fn ten_filters_over_a_colour_image_have_760_parameters() {
    assert_eq!(Convolution::OUTPUT_SHAPE, [10, 32, 32]);
    assert_eq!(Convolution::PARAMETER_COUNT, 760);
    assert_eq!(Convolution::LAYERS[0].multiply_adds, 10 * 32 * 32 * 3 * 5 * 5);
}

network! {
    /// 7x7 with 3x3 at stride 1.
    struct StrideOne {
        input: [1, 7, 7],
        conv2d(1, kernel = 3, stride = 1) -> [1, 5, 5],
    }
}

network! {
    /// 7x7 with 3x3 at stride 2.
    struct StrideTwo {
        input: [1, 7, 7],
        conv2d(1, kernel = 3, stride = 2) -> [1, 3, 3],
    }
}

/// Stride 3 is a compile error: `tests/ui/shapes/padding_makes_it_tile.rs`.
#[test]
fn a_3x3_kernel_on_7x7_makes_5x5_at_stride_1_and_3x3_at_stride_2() {
    assert_eq!(StrideOne::OUTPUT_SHAPE, [1, 5, 5]);
    assert_eq!(StrideTwo::OUTPUT_SHAPE, [1, 3, 3]);
}

network! {
    /// Three 3x3 layers.
    struct ThreeLayers {
        input: [1, 16, 16],
        conv2d(2, kernel = 3), relu,
        conv2d(2, kernel = 3), relu,
        conv2d(2, kernel = 3),
    }
}

#[test]
fn three_3x3_layers_see_7x7() {
    let fields: Vec<_> = ThreeLayers::LAYERS.iter().filter(|layer| layer.kind == "conv2d").collect();
    assert_eq!(fields[0].receptive_field, [3, 3]);
    assert_eq!(fields[1].receptive_field, [5, 5]);
    assert_eq!(fields[2].receptive_field, [7, 7]);
}

network! {
    /// A classifier that knows nothing.
    struct Ignorant {
        input: [20],
        dense(10, init = zeros),
    }
}

#[test]
fn softmax_over_ten_classes_starts_at_a_loss_of_ln_10() {
    let mut trainer =
        Trainer::new(Ignorant::init(&mut rng()), SoftmaxCrossEntropy, castnet::optimizers::Adam::default());
    let report = trainer.step(&[[0.5; 20], [-1.0; 20]], &[3, 9]).unwrap();
    assert!((report.loss - 2.303).abs() < 5e-4, "{}", report.loss);
}

network! {
    /// `q = W x`.
    struct Product<f64> {
        input: [2],
        q: dense(2, bias = false),
    }
}

/// The sum of squares of the outputs, as a loss of the user's own.
struct SumOfSquares;

impl Loss<Product> for SumOfSquares {
    type Target = ();

    fn check(&self, _target: &(), _sample: usize) -> Result<(), castnet::Error> {
        Ok(())
    }

    fn value_and_gradient<S: castnet::pulp::Simd, const L: usize>(
        &self,
        _simd: S,
        _pass: &Pass,
        outputs: &[f64],
        _targets: &[()],
        gradient: &mut [f64],
    ) -> f64 {
        for (gradient, output) in gradient.iter_mut().zip(outputs) {
            *gradient = 2.0 * output;
        }
        outputs.iter().map(|output| output * output).sum()
    }
}

#[test]
fn backpropagation_through_the_squared_norm_of_a_product() {
    let mut network = Product::init(&mut rng());
    network.q.weight = castnet::nalgebra::SMatrix::from_rows(&[[0.1, 0.5].into(), [-0.3, 0.8].into()]);
    let pass = Pass { input_gradient: true, ..Pass::training(1) };
    let mut trace = castnet::bytemuck::zeroed_box::<<Product as Network>::Trace<1>>();
    let mut gradient = castnet::bytemuck::zeroed_box::<Product>();

    trace.input_mut().copy_from_slice(&[0.2, 0.4]);
    network.forward(&mut trace, &pass);
    let (output, output_gradient) = trace.output_and_gradient();
    let simd = castnet::pulp::Scalar::new();
    let value = SumOfSquares.value_and_gradient::<_, 1>(simd, &pass, output, &[()], output_gradient);
    network.backward(&mut trace, &pass, &mut gradient);

    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(close(value, 0.116), "{value}");
    // Rows [0.088, 0.176] and [0.104, 0.208], stored column by column.
    for (&computed, expected) in gradient.q.weight.iter().zip([0.088, 0.104, 0.176, 0.208]) {
        assert!(close(computed, expected), "{computed} is not {expected}");
    }
    for (&computed, expected) in trace.input_gradient(&pass).iter().zip([-0.112, 0.636]) {
        assert!(close(computed, expected), "{computed} is not {expected}");
    }
}

#[test]
fn rates_fall_as_the_course_draws_them() {
    let check = |schedule: &dyn Schedule, expected: &[(u64, f64)]| {
        for &(step, rate) in expected {
            let found = schedule.rate(step);
            assert!((found - rate).abs() < 5e-8, "step {step}: {found}, not {rate}");
        }
    };
    let (from, to, steps) = (0.1, 0.0, 100);
    let cosine = CosineDecay { from, to, steps };
    check(&cosine, &[(0, 0.1), (25, 0.0853553), (50, 0.05), (75, 0.0146447), (100, 0.0)]);
    check(&LinearDecay { from, to, steps }, &[(0, 0.1), (25, 0.075), (50, 0.05), (75, 0.025), (100, 0.0)]);
    // The course counts from 1.
    let inverse = InverseSquareRootDecay { rate: 0.1, timescale: 1 };
    check(&inverse, &[(0, 0.1), (3, 0.05), (24, 0.02), (99, 0.01)]);
    let resnet = StepDecay { rate: 0.1, factor: 0.1, every: 30 }.per_epoch(7);
    check(&resnet, &[(0, 0.1), (7 * 30 - 1, 0.1), (7 * 30, 0.01), (7 * 60, 0.001), (7 * 90 - 1, 0.001)]);
    check(&0.1.warm_up(5_000), &[(0, 0.1 / 5e3), (2_499, 0.05), (4_999, 0.1), (9_999, 0.1)]);
}

network! {
    /// The course's network for small colour images, in small: one hidden layer.
    struct Beginner {
        input: [20],
        dense(50, init = normal(0.05)), relu,
        dense(10, init = normal(0.05)),
    }
}

/// The second sanity check: the loss rises with regularization, above the logarithm of the number of classes.
#[test]
fn regularization_raises_the_loss() {
    use castnet::regularizers::{L1, L2, Regularizer};

    fn first_loss<R: Regularizer>(regularizer: R) -> f64 {
        let beginner = Beginner::init(&mut rng());
        let mut trainer = Trainer::new(beginner, SoftmaxCrossEntropy, castnet::optimizers::Adam::default())
            .with_observers(regularizer);
        let report = trainer.step(&[[0.5; 20], [-1.0; 20]], &[3, 9]).unwrap();
        assert!((report.loss - report.regularization - 10.0_f64.ln()).abs() < 0.1, "{report:?}");
        report.loss
    }
    let losses = [0.0, 1e-3, 1e-2, 0.1, 1.0].map(|factor| first_loss(L2 { factor }));
    assert!(losses.is_sorted_by(|one, other| one < other), "{losses:?}");
    // 1,500 weights of variance 0.0025: half of their squares is 1.875.
    assert!((losses[4] - losses[0] - 1.875).abs() < 0.2, "{losses:?}");
    assert!(first_loss(L1 { factor: 1e-2 }) > losses[0] + 0.4);
}

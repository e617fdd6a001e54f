//! Values and gradients of every loss against PyTorch's, in lane groups of one sample and of several, some of them with masked lanes.
//!
//! A case is a row of [`check_all`] and one of the same name in the table of `tests/reference/losses.py`.

use std::collections::BTreeSet;

use castnet::losses::{
    BinaryCrossEntropy, Contrastive, CosineDistance, CrossEntropy, Focal, GaussianNegativeLogLikelihood, Hinge, Huber,
    KullbackLeibler, LogCosh, Loss, MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood, Perceptron,
    PoissonNegativeLogLikelihood, Quantile, SampleWeighted, SmoothL1, SoftTargetCrossEntropy, SoftmaxCrossEntropy,
    SquaredHinge, Triplet, Weighted,
};
use castnet::pulp::{self, Simd, WithSimd};
use castnet::{Infer, Outputs, Pass, Scalar};
use safetensors::SafeTensors;

use crate::read;
use crate::tensors::{Tensors, Tolerance};

/// Relative to the largest number of a gradient.
const TOLERANCE: Tolerance = Tolerance { single: 2e-6, double: 1e-12, floor: 0.0 };

macro_rules! two_heads {
    ($module:ident, $scalar:ident) => {
        mod $module {
            castnet::network! {
                pub struct Heads<$scalar> {
                    input: [1],
                    concat { class: { dense(2) }, numbers: { dense(3) } },
                }
            }
        }
    };
}

two_heads!(single, f32);
two_heads!(double, f64);

/// A lane group of outputs and its targets.
struct Group<'a, N: Outputs, C: Loss<N>, const L: usize> {
    loss: &'a C,
    pass: Pass,
    outputs: &'a [N::Scalar],
    targets: &'a [C::Target],
    gradient: &'a mut [N::Scalar],
}

impl<N: Outputs, C: Loss<N>, const L: usize> WithSimd for Group<'_, N, C, L> {
    type Output = f64;
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        self.loss.value_and_gradient::<S, L>(simd, &self.pass, self.outputs, self.targets, self.gradient)
    }
}

/// One case, in lane groups of `L`.
fn check_lanes<N: Outputs, C: Loss<N>, const L: usize>(
    tensors: &Tensors,
    case: &str,
    outputs: &[f64],
    (loss, targets): (&C, &[C::Target]),
) {
    let () = C::FITS;
    let (mut value, mut found) = (0.0, Vec::new());
    let groups = outputs.chunks(outputs.len() / targets.len() * L).zip(targets.chunks(L));
    for (group, (rows, some)) in groups.enumerate() {
        some.iter().for_each(|target| loss.check(target, 0).unwrap());
        let columns = outputs.len() / targets.len();
        // What is in masked lanes is no number.
        let mut lanes = vec![N::Scalar::from_f64(f64::NAN); N::LEN * L];
        for (lane, row) in rows.chunks(columns).enumerate() {
            (0..N::LEN).for_each(|place| lanes[place * L + lane] = N::Scalar::from_f64(row[place]));
        }
        let pass =
            Pass { real: some.len(), batch: targets.len(), first_sample: (group * L) as u64, ..Pass::training(L) };
        let mut gradient = vec![N::Scalar::from_f64(f64::NAN); N::LEN * L];
        let group = Group::<N, C, L> { loss, pass, outputs: &lanes, targets: some, gradient: &mut gradient };
        value += pulp::Arch::new().dispatch(group);
        for lane in 0..L {
            let of_lane = gradient.chunks_exact(L).map(|column| column[lane]);
            if lane < some.len() {
                found.extend(of_lane);
            } else {
                assert!(
                    of_lane.into_iter().all(|slope| slope == N::Scalar::ZERO),
                    "{case}: a masked lane has a gradient"
                );
            }
        }
    }
    tensors.check_number(&format!("{case}/value"), 0, N::Scalar::from_f64(value));
    tensors.check(&format!("{case}/gradient"), &found);
}

/// One case, in lane groups of one sample and of several.
fn check<N: Outputs, C: Loss<N>>(tensors: &Tensors, case: &str, outputs: &[f64], loss: C, targets: &[C::Target]) {
    check_lanes::<N, C, 1>(tensors, case, outputs, (&loss, targets));
    check_lanes::<N, C, 8>(tensors, case, outputs, (&loss, targets));
    check_lanes::<N, C, 16>(tensors, case, outputs, (&loss, targets));
}

/// All cases, none of which may be left out.
fn check_all<T, H>()
where
    T: Scalar,
    H: Infer + Outputs<Scalar = T>,
    (SoftmaxCrossEntropy, Weighted<MeanAbsoluteError>): Loss<H, Target = (usize, [T; 3])>,
{
    let file = read("losses");
    let tensors = Tensors::new(&file, "", TOLERANCE);
    let names = SafeTensors::deserialize(&file).unwrap();
    let mut left: BTreeSet<&str> = names.names().into_iter().filter_map(|name| name.strip_suffix("/value")).collect();

    let [outputs, pairs, triples, large] = ["outputs", "pairs", "triples", "large"].map(|name| tensors.numbers(name));
    let [labels, truths] = ["labels", "truths"]
        .map(|name| tensors.bytes(name).1.iter().map(|&label| usize::from(label)).collect::<Vec<_>>());
    let [numbers, positive, bits, probabilities] =
        ["numbers", "positive", "bits", "probabilities"].map(|name| tensors.rows::<T, [T; 5]>(name));
    let zeros = [[T::ZERO; 5]; 13];
    let halves = tensors.rows::<T, [T; 2]>("halves");
    let weights = tensors.numbers("weights");
    let together: Vec<bool> = truths.iter().map(|&truth| truth == 1).collect();
    let some = |label: usize| if label == 2 { 77 } else { label };
    let unlabelled: Vec<usize> = labels.iter().map(|&label| some(label)).collect();
    let one_hot: Vec<[T; 5]> = labels
        .iter()
        .map(|&label| std::array::from_fn(|class| T::from_f64(f64::from(u8::from(class == label)))))
        .collect();
    let weighted = labels.iter().copied().zip(weights.iter().copied()).collect::<Vec<_>>();
    let weighted_numbers = numbers.iter().copied().zip(weights.iter().copied()).collect::<Vec<_>>();
    let of_heads = truths.iter().zip(&numbers).map(|(&class, &[_, _, a, b, c])| (class, [a, b, c])).collect::<Vec<_>>();
    let first = |count: usize| outputs.chunks(5).flat_map(|row| row[..count].to_vec()).collect::<Vec<f64>>();
    let (single, four) = (first(1), first(4));

    let class_weights = [0.5, 1.0, 2.0, 0.25, 4.0];
    let positive_weights = [3.0, 0.5, 1.0, 2.0, 0.125];
    macro_rules! cases {
        ($($case:ident: $outputs:ident as $kind:ty, $loss:expr, $targets:ident;)*) => {$(
            check::<$kind, _>(&tensors, stringify!($case), &$outputs, $loss, &$targets);
            assert!(left.remove(stringify!($case)));
        )*};
    }
    let all = CrossEntropy { label_smoothing: 0.3, ..CrossEntropy::weighted(class_weights) }.ignoring(1);
    cases! {
        softmax_cross_entropy: outputs as [T; 5], SoftmaxCrossEntropy, labels;
        one_hot: outputs as [T; 5], SoftTargetCrossEntropy, one_hot;
        soft_targets: outputs as [T; 5], SoftTargetCrossEntropy, probabilities;
        label_smoothing: outputs as [T; 5], CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::default() }, labels;
        class_weights: outputs as [T; 5], CrossEntropy::weighted(class_weights), labels;
        ignored_label: outputs as [T; 5], CrossEntropy::default().ignoring(77), unlabelled;
        all_of_cross_entropy: outputs as [T; 5], all, labels;
        focal: outputs as [T; 5], Focal::default(), labels;
        weighted_focal: outputs as [T; 5], Focal { gamma: 0.75, class_weights }, labels;
        binary_cross_entropy: outputs as [T; 5], BinaryCrossEntropy::default(), bits;
        binary_of_probabilities: outputs as [T; 5], BinaryCrossEntropy::default(), probabilities;
        positive_weight: outputs as [T; 5], BinaryCrossEntropy { positive_weights: [2.5] }, bits;
        positive_weights: outputs as [T; 5], BinaryCrossEntropy { positive_weights }, bits;
        negative_log_likelihood: outputs as [T; 5], NegativeLogLikelihood, labels;
        hinge: outputs as [T; 5], Hinge::default(), labels;
        hinge_margin: outputs as [T; 5], Hinge { margin: 2.5 }, labels;
        squared_hinge: outputs as [T; 5], SquaredHinge::default(), labels;
        perceptron: outputs as [T; 5], Perceptron, labels;
        binary_hinge: single as [T; 1], Hinge::default(), truths;
        binary_squared_hinge: single as [T; 1], SquaredHinge { margin: 2.0 }, truths;
        binary_perceptron: single as [T; 1], Perceptron, truths;
        mean_squared_error: outputs as [T; 5], MeanSquaredError, numbers;
        mean_absolute_error: outputs as [T; 5], MeanAbsoluteError, numbers;
        huber: outputs as [T; 5], Huber { delta: 1.5 }, numbers;
        smooth_l1: outputs as [T; 5], SmoothL1 { beta: 0.75 }, numbers;
        log_cosh: outputs as [T; 5], LogCosh, numbers;
        quantile: outputs as [T; 5], Quantile { quantile: 0.9 }, numbers;
        poisson: outputs as [T; 5], PoissonNegativeLogLikelihood, positive;
        gaussian: four as [T; 4], GaussianNegativeLogLikelihood::<2>, halves;
        kullback_leibler: outputs as [T; 5], KullbackLeibler, probabilities;
        cosine: outputs as [T; 5], CosineDistance, numbers;
        contrastive: pairs as [T; 6], Contrastive { margin: 2.0 }, together;
        triplet: triples as [T; 6], Triplet { margin: 0.5 }, TRIPLES;
        sample_weights: outputs as [T; 5], SampleWeighted(SoftmaxCrossEntropy), weighted;
        weights_of_numbers: outputs as [T; 5], SampleWeighted(Huber::default()), weighted_numbers;
        heads: outputs as H, (SoftmaxCrossEntropy, Weighted { weight: 0.25, loss: MeanAbsoluteError }), of_heads;
        large_softmax: large as [T; 5], SoftmaxCrossEntropy, labels;
        large_smoothing: large as [T; 5], CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::default() }, labels;
        large_soft_targets: large as [T; 5], SoftTargetCrossEntropy, probabilities;
        large_focal: large as [T; 5], Focal { gamma: 2.0, class_weights }, labels;
        large_kullback_leibler: large as [T; 5], KullbackLeibler, probabilities;
        large_squared_hinge: large as [T; 5], SquaredHinge::default(), labels;
        large_perceptron: large as [T; 5], Perceptron, labels;
        large_log_cosh: large as [T; 5], LogCosh, zeros;
        large_binary: large as [T; 5], BinaryCrossEntropy::default(), bits;
        large_hinge: large as [T; 5], Hinge::default(), labels;
        large_log_likelihood: large as [T; 5], NegativeLogLikelihood, labels;
    }
    assert!(left.is_empty(), "{left:?}");
}

/// Triples have no other targets.
const TRIPLES: [(); 13] = [(); 13];

#[test]
fn losses_are_pytorchs_in_f32() {
    check_all::<f32, single::Heads>();
}

#[test]
fn losses_are_pytorchs_in_f64() {
    check_all::<f64, double::Heads>();
}

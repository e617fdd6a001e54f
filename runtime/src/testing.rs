//! A network written by hand, so that training is tested apart from `network!` and the layers.

use core::ops::Range;

use bytemuck::{Pod, Zeroable};
use nalgebra::SMatrix;
use pulp::Simd;
use rand::Rng;

use crate::init::{Initializer, XavierUniform};
use crate::layers::Operation;
use crate::{
    Infer, LayerInfo, LayerPlace, Network, Order, ParameterKind, Parameters, Pass, Role, Segment, Source, Trace,
};

/// `y = W (x + offset) + b`, from three values to two. If `CENTRED`, the batch's mean of `W (x + offset)` is subtracted
/// before `b` is added, which takes two stages, as batch norm does.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct Affine<const CENTRED: bool>([f64; 16]);

/// Output `o` of input `i` at `2 * i + o`.
const WEIGHT: Range<usize> = 0..6;
/// Frozen.
const OFFSET: Range<usize> = 6..9;
const BIAS: Range<usize> = 9..11;
/// Means and variances of the last batch, and how many samples it had.
const RUNNING: Range<usize> = 11..16;

const fn segment(name: &'static str, range: Range<usize>, role: Role, kind: ParameterKind) -> Segment {
    const SHAPES: [&[usize]; 7] = [&[0], &[1], &[2], &[3], &[4], &[5], &[6]];
    let len = range.end - range.start;
    Segment { name, offset: range.start, len, shape: SHAPES[len], order: Order::RowByRow, role, kind }
}

#[derive(Clone, Zeroable)]
pub(crate) struct AffineTrace<const L: usize> {
    input: SMatrix<f64, L, 3>,
    product: SMatrix<f64, L, 2>,
    output: SMatrix<f64, L, 2>,
    gradient: SMatrix<f64, L, 2>,
    input_gradient: SMatrix<f64, L, 3>,
    statistics: [f64; 4],
    sums: [f64; 4],
}

impl<const CENTRED: bool> Affine<CENTRED> {
    fn product(&self, input: &[f64], output: &mut [f64], lanes: usize) {
        for (index, value) in output.iter_mut().enumerate() {
            let (to, lane) = (index / lanes, index % lanes);
            *value = (0..3).map(|i| self.0[2 * i + to] * (input[i * lanes + lane] + self.0[OFFSET.start + i])).sum();
        }
    }

    /// The running statistics.
    pub(crate) fn running(&self) -> &[f64] {
        &self.0[RUNNING]
    }
}

impl<const CENTRED: bool> Parameters for Affine<CENTRED> {
    type Scalar = f64;

    const NAME: &'static str = "Affine";
    const SEGMENTS: &'static [Segment] = &[
        segment("affine.weight", WEIGHT, Role::Trainable, ParameterKind::Weight),
        segment("affine.offset", OFFSET, Role::Frozen, ParameterKind::Bias),
        segment("affine.bias", BIAS, Role::Trainable, ParameterKind::Bias),
        segment("affine.running", RUNNING, Role::RunningStatistic, ParameterKind::RunningStatistic),
    ];

    fn initialize<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        XavierUniform.fill(rng, &mut self.0[WEIGHT], 3, 2);
        self.0[OFFSET].copy_from_slice(&[0.5, -0.25, 0.125]);
    }
}

impl<const CENTRED: bool> Infer for Affine<CENTRED> {
    type Input = [f64; 3];
    type Output = [f64; 2];
    type Workspace<const L: usize> = ();

    const INPUT_SHAPE: &'static [usize] = &[3];
    const OUTPUT_SHAPE: &'static [usize] = &[2];
    const INPUT_LEN: usize = 3;
    const OUTPUT_LEN: usize = 2;
    const LAYERS: &'static [LayerInfo] = &[LayerInfo {
        name: "affine",
        kind: "dense",
        operation: Operation::Dense,
        inputs: &[Source::Input],
        output_shape: &[2],
        parameters: 8,
        receptive_field: &[],
        multiply_adds: 6,
        bytes: 16,
        place: LayerPlace::Output(0),
        state: 0,
    }];

    fn infer<S: Simd, const L: usize>(&self, _: S, input: &[f64], output: &mut [f64], (): &mut ()) {
        self.product(input, output, L);
        for (index, value) in output.iter_mut().enumerate() {
            let mean = if CENTRED { self.0[RUNNING.start + index / L] } else { 0.0 };
            *value += self.0[BIAS.start + index / L] - mean;
        }
    }
}

impl<const CENTRED: bool> Network for Affine<CENTRED> {
    type Trace<const L: usize> = AffineTrace<L>;

    const STAGES: usize = if CENTRED { 2 } else { 1 };

    fn forward_stage<S: Simd, const L: usize>(&self, _: S, stage: usize, pass: &Pass, trace: &mut AffineTrace<L>) {
        if stage == 0 {
            self.product(trace.input.as_slice(), trace.product.as_mut_slice(), L);
            for (output, column) in trace.product.as_slice().chunks_exact(L).enumerate() {
                let real = &column[..pass.real];
                let mean = real.iter().sum::<f64>() / pass.real as f64;
                trace.statistics[output] = mean;
                trace.statistics[2 + output] =
                    real.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / pass.real as f64;
            }
        }
        if stage + 1 == Self::STAGES {
            for (index, value) in trace.output.as_mut_slice().iter_mut().enumerate() {
                let mean = if CENTRED { trace.statistics[index / L] } else { 0.0 };
                *value = trace.product[index] - mean + self.0[BIAS.start + index / L];
            }
        }
    }

    fn backward_stage<S: Simd, const L: usize>(
        &self,
        _: S,
        stage: usize,
        pass: &Pass,
        trace: &mut AffineTrace<L>,
        gradient: &mut Self,
    ) {
        let trace_gradient = trace.gradient.as_mut_slice();
        if pass.overwrite && stage + 1 == Self::STAGES {
            gradient.0.fill(0.0);
        }
        if stage + 1 == Self::STAGES {
            for (output, column) in trace_gradient.chunks_exact(L).enumerate() {
                trace.sums[output] = column.iter().sum();
                gradient.0[BIAS.start + output] += trace.sums[output];
            }
        }
        if stage == 0 {
            for (index, value) in trace_gradient.iter_mut().enumerate() {
                let (output, lane) = (index / L, index % L);
                if CENTRED && lane < pass.real {
                    *value -= trace.sums[output] / pass.batch as f64;
                }
                for input in 0..3 {
                    let offset = self.0[OFFSET.start + input];
                    gradient.0[2 * input + output] += *value * (trace.input[input * L + lane] + offset);
                }
            }
        }
    }

    fn update_running_statistics<const L: usize>(&mut self, trace: &mut AffineTrace<L>, samples: usize) {
        if CENTRED {
            self.0[RUNNING][..4].copy_from_slice(&trace.statistics);
            self.0[RUNNING.end - 1] = samples as f64;
        }
    }
}

impl<const L: usize> Trace for AffineTrace<L> {
    type Scalar = f64;
    const LANES: usize = L;

    fn input_mut(&mut self) -> &mut [f64] {
        self.input.as_mut_slice()
    }
    fn output(&self) -> &[f64] {
        self.output.as_slice()
    }
    fn output_and_gradient(&mut self) -> (&[f64], &mut [f64]) {
        (self.output.as_slice(), self.gradient.as_mut_slice())
    }
    fn input_gradient_buffer(&self) -> &[f64] {
        self.input_gradient.as_slice()
    }
    fn statistics(&mut self, stage: usize) -> &mut [f64] {
        if stage == 0 { &mut self.statistics } else { &mut [] }
    }
    fn sums(&mut self, stage: usize) -> &mut [f64] {
        if stage == 0 { &mut self.sums } else { &mut [] }
    }
}

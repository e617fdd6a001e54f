//! How long Levenberg's and Marquardt's method takes to come to the residual of scipy's `least_squares`, on the regressions of
//! `tests/reference/minimizers.py`, which says how long scipy takes.

use std::time::Instant;

use castnet::bytemuck::zeroed_box;
use castnet::optimizers::{LevenbergMarquardt, Minimizer};
use castnet::prelude::*;
use castnet::train::LeastSquares;
use safetensors::SafeTensors;

macro_rules! regression {
    ($name:ident, $inputs:literal, $units:literal) => {
        network! {
            struct $name<f64> {
                input: [$inputs],
                dense($units), tanh,
                dense(1),
            }
        }
    };
}

regression!(Iris, 3, 2);
regression!(Wine, 12, 1);
regression!(BreastCancer, 29, 1);

fn numbers(file: &SafeTensors, name: &str) -> Vec<f64> {
    let bytes = file.tensor(name).expect("the file has it").data();
    bytes.chunks_exact(8).map(|number| f64::from_le_bytes(number.try_into().expect("eight bytes"))).collect()
}

/// The least of twenty times.
fn measure<N, const LEN: usize>(file: &SafeTensors, table: &str)
where
    N: Network<Scalar = f64, Input = [f64; LEN], Output = [f64; 1]>,
{
    let of = |tensor: &str| numbers(file, &format!("{table}/{tensor}"));
    let inputs = of("inputs");
    let inputs = inputs.chunks_exact(LEN).map(|row| <[f64; LEN]>::try_from(row).expect("a row"));
    let data: Vec<_> = inputs.zip(of("targets").into_iter().map(|target| [target])).collect();
    let (scipy, method) = (of("least_squares")[0], LevenbergMarquardt::default());
    let mut least = f64::INFINITY;
    let mut steps = 0;
    for _ in 0..20 {
        let start = Instant::now();
        let mut network = zeroed_box::<N>();
        network.parameters_mut().copy_from_slice(&of("initial"));
        let mut squares = LeastSquares::new(&data).expect("the samples are numbers");
        let mut state = Minimizer::<N>::start(&method);
        steps = 0;
        while method.step(&mut state, &mut network, &mut squares).expect("the loss is a number") > scipy * (1.0 + 1e-6)
        {
            steps += 1;
            assert!(steps < 1_000, "{table}: the residual of scipy is not reached");
        }
        least = least.min(start.elapsed().as_secs_f64());
    }
    println!("{table}, {} parameters: {:.2} ms, {} steps", N::PARAMETER_COUNT, least * 1e3, steps + 1);
}

fn main() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/minimizers.safetensors");
    let bytes = std::fs::read(path).expect("the file is there");
    let file = SafeTensors::deserialize(&bytes).expect("it is of safetensors");
    measure::<Iris, 3>(&file, "iris");
    measure::<Wine, 12>(&file, "wine");
    measure::<BreastCancer, 29>(&file, "breast_cancer");
}

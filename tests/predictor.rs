//! Many samples at once come out as they do one by one, whatever the network starts with.

use castnet::{Predictor, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// Wide: its first layer reads samples as they lie.
    struct Wide { input: [200], dense(64), tanh, dense(3) }
}

network! {
    struct Flattened { input: [2, 9, 9], flatten, dense(32), dense(3) }
}

network! {
    struct Narrow { input: [3], dense(16), sigmoid, dense(3) }
}

network! {
    /// The input is read by more than the first layer.
    struct Residual { input: [40], residual { dense(40), relu }, dense(3) }
}

network! {
    struct Concatenated { input: [70], concat { { dense(32), relu }, {} }, dense(3) }
}

network! {
    struct Convolved { input: [1, 6, 6], conv2d(2, kernel = 3), leaky_relu, flatten, dense(3) }
}

network! {
    struct Normalised { input: [40], batch_norm, tanh, dense(3), softmax }
}

fn check<N, const FEATURES: usize, const L: usize>()
where
    N: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; 3]>,
{
    let mut rng = StdRng::seed_from_u64(5);
    let network = N::init(&mut rng);
    let mut predictor = Predictor::<_, L>::with_lanes(&*network);
    let inputs: Vec<[f32; FEATURES]> = (0..37).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    for count in [1, 5, 8, 16, 37] {
        let mut outputs = vec![[f32::NAN; 3]; count];
        predictor.predict_batch(&inputs[..count], &mut outputs);
        for (sample, (input, output)) in inputs.iter().zip(&outputs).enumerate() {
            for (found, expected) in output.iter().zip(predictor.predict(input)) {
                assert!(
                    (found - expected).abs() < 1e-4,
                    "{} of {count}, sample {sample}: {found}, {expected}",
                    N::NAME
                );
            }
        }
    }
}

fn check_lanes<N, const FEATURES: usize>()
where
    N: Network<Scalar = f32, Input = [f32; FEATURES], Output = [f32; 3]>,
{
    check::<N, FEATURES, 1>();
    check::<N, FEATURES, 8>();
    check::<N, FEATURES, 16>();
    check::<N, FEATURES, 32>();
}

#[test]
fn many_at_once_and_one_by_one_have_the_same_outputs() {
    check_lanes::<Wide, 200>();
    check_lanes::<Flattened, 162>();
    check_lanes::<Narrow, 3>();
    check_lanes::<Residual, 40>();
    check_lanes::<Concatenated, 70>();
    check_lanes::<Convolved, 36>();
    check_lanes::<Normalised, 40>();
}

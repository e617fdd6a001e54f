//! Steps that would leave something other than numbers are not made.

use crate::{Error, Network, Role, Scalar, Trace};

/// Checks the statistics of a batch before the running ones move towards them. `step` is its number and its learning
/// rate.
///
/// # Errors
///
/// [`Error::NonFiniteUpdate`].
pub(super) fn check_statistics<N: Network, const L: usize>(
    trace: &mut N::Trace<L>,
    (step, rate): (u64, f64),
) -> Result<(), Error> {
    // Each layer that has statistics ends a stage, and has a running mean and a running variance.
    let mut running = N::SEGMENTS.iter().filter(|segment| segment.role == Role::RunningStatistic);
    for stage in 0..N::STAGES - 1 {
        let statistics = trace.statistics(stage);
        for half in statistics.chunks(statistics.len().div_ceil(2).max(1)) {
            let segment = running.next().map_or("running statistics", |segment| segment.name);
            // A variance is doubled at most where it is made unbiased, and the running one is subtracted from it.
            let fits = |&value: &N::Scalar| (value * N::Scalar::from_f64(4.0)).is_finite();
            if !half.iter().all(fits) {
                return Err(Error::NonFiniteUpdate { step, rate, segment });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use crate::Error;
    use crate::losses::MeanSquaredError;
    use crate::optimizers::{Adam, Optimizer, Sgd};
    use crate::prelude::*;
    use crate::schedules::Function;
    use crate::testing::Affine;
    use crate::train::Trainer;

    type Line = Affine<false>;

    /// The error of a step on ordinary samples after an ordinary step, which must leave no mark.
    fn error_of_step<O: Optimizer<Line>>(optimizer: O, rate: f64) -> Error {
        let line = Line::init(&mut StdRng::seed_from_u64(1));
        let rates = move |step: u64| if step == 1 { rate } else { 0.01 };
        let mut trainer = Trainer::new(line, MeanSquaredError, optimizer).schedule(Function(rates));
        let samples = [[0.1, 0.2, -0.3], [0.5, -0.2, 0.4]];
        trainer.step(&samples, &[[1.0, 0.0]; 2]).unwrap();
        let before = *trainer.network();
        let error = trainer.step(&samples, &[[1e3, 0.0]; 2]).unwrap_err();
        assert_eq!((*trainer.network(), trainer.steps()), (before, 1), "{error}");
        error
    }

    #[test]
    fn a_learning_rate_that_overflows_is_an_error() {
        let overflows = |error: Error| {
            let is_right = matches!(&error, Error::NonFiniteUpdate { step: 1, segment: "affine.weight", .. });
            assert!(is_right, "{error}");
        };
        overflows(error_of_step(Sgd::default(), f64::MAX));
        overflows(error_of_step(Sgd { momentum: 0.9, ..Sgd::default() }, f64::MAX));
        overflows(error_of_step(Adam::default(), f64::MAX));
    }

    #[test]
    fn a_gradient_that_overflows_is_an_error() {
        let mut line = Line::init(&mut StdRng::seed_from_u64(1));
        line.parameters_mut()[..6].fill(0.0);
        let before = *line;
        let mut trainer = Trainer::new(line, MeanSquaredError, Sgd::default());
        // The loss is 1e300.
        let error = trainer.step(&[[1e200, 0.0, 0.0]], &[[1e150, 0.0]]).unwrap_err();
        assert!(matches!(error, Error::NonFiniteGradient { step: 0, segment: "affine.weight" }), "{error}");
        assert_eq!(*trainer.network(), before);
    }

    #[test]
    fn large_numbers_that_do_not_overflow_are_learnt_from() {
        let step = |trainer: &mut Trainer<Line, MeanSquaredError, Sgd>, target: f64| {
            trainer.step(&[[0.1, 0.2, -0.3]], &[[target, 0.0]]).unwrap();
        };
        let line = Line::init(&mut StdRng::seed_from_u64(1));
        let mut trainer = Trainer::new(line, MeanSquaredError, Sgd::default()).schedule(0.5);
        step(&mut trainer, 1e100);
        assert!(trainer.network().parameters()[9] > 1e99);
        step(&mut trainer, 1e100);
        assert_eq!(trainer.steps(), 2);
    }

    #[test]
    fn a_network_that_its_owner_has_changed_is_looked_at_anew() {
        let line = Line::init(&mut StdRng::seed_from_u64(1));
        let sgd = Sgd { momentum: 0.9, nesterov: true, weight_decay: 1.0 };
        let mut trainer = Trainer::new(line, MeanSquaredError, sgd).schedule(0.01);
        // With the layer's offset a sample of zeros, which tells nothing of the weights.
        let zeros = [-0.5, 0.25, -0.125];
        trainer.step(&[zeros], &[[0.0; 2]]).unwrap();
        trainer.network_mut().parameters_mut()[0] = f64::MAX;
        let before = *trainer.network();
        let error = trainer.step(&[zeros], &[[0.0; 2]]).unwrap_err();
        assert!(matches!(error, Error::NonFiniteUpdate { step: 1, segment: "affine.weight", .. }), "{error}");
        assert_eq!(*trainer.network(), before);
    }
}

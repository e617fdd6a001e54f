//! Which members an ensemble is best with.

use alloc::vec;
use alloc::vec::Vec;

use bytemuck::Pod;

use super::Ensemble;
use super::average::nothing;
use crate::data::Dataset;
use crate::losses::Loss;
use crate::train::{Comparison, LANES, for_each_group};
use crate::{Error, Outputs, Pass};

/// What [`Ensemble::select`] has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// How often each member was taken, which is its weight now; 0 for those that do not help.
    pub counts: Vec<usize>,
    /// The loss of these together, on the data that they were chosen by; NaN without members.
    pub loss: f64,
    /// All rounds, those beyond the best among them.
    pub rounds: Vec<Round>,
}

/// A member that was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Its number, counted from 0.
    pub member: usize,
    /// The loss of those that have been taken, with this one.
    pub loss: f64,
}

impl<'a, I, O> Ensemble<'a, I, O>
where
    O: Outputs + Pod + AsRef<[O::Scalar]> + AsMut<[O::Scalar]>,
{
    /// Chooses members greedily, by their loss on data that none of them was trained on, and sets the weights to how often
    /// each was chosen: Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble Selection from Libraries of Models", with
    /// replacement.
    ///
    /// In each of `rounds` rounds (at least 1) the member is taken, once or once more, with which the loss of all that have been
    /// taken is least; what holds is the state after the best round. Each member predicts all samples once, and what it says is
    /// kept for that time.
    ///
    /// ```
    /// use castnet::ensemble::Ensemble;
    /// use castnet::losses::MeanSquaredError;
    /// use castnet::prelude::*;
    ///
    /// /// Says the input, and so much more.
    /// struct More(f64);
    ///
    /// impl Predict for More {
    ///     type Input = [f64; 1];
    ///     type Output = [f64; 1];
    ///     fn predict_batch(&mut self, inputs: &[[f64; 1]], outputs: &mut [[f64; 1]]) {
    ///         inputs.iter().zip(outputs).for_each(|([input], output)| *output = [input + self.0]);
    ///     }
    /// }
    ///
    /// let data = [([1.0_f64], [1.0]), ([2.0], [2.0])];
    /// let mut ensemble = Ensemble::of_outputs().with(More(1.0)).with(More(9.0)).with(More(-2.0));
    /// let selection = ensemble.select(&MeanSquaredError, &data, 10)?;
    /// assert_eq!(selection.counts, [2, 0, 1]);
    /// assert!(selection.loss < 1e-12 && (ensemble.predict(&[3.0])[0] - 3.0).abs() < 1e-6);
    /// # Ok::<(), castnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`evaluate_predictions`](crate::train::evaluate_predictions); the weights are as they were then.
    pub fn select<C, D>(&mut self, loss: &C, data: &D, rounds: usize) -> Result<Selection, Error>
    where
        I: Pod + AsMut<[O::Scalar]>,
        C: Loss<O>,
        D: Dataset<Scalar = O::Scalar, Target = C::Target> + ?Sized,
    {
        const { C::FITS }
        let mut said = vec![Vec::with_capacity(data.len()); self.members.len()];
        let mut targets = Vec::with_capacity(data.len());
        for_each_group(loss, data, |_, inputs: &[I], of_group| {
            let room = &mut self.room[..inputs.len()];
            for (member, said) in self.members.iter_mut().zip(&mut said) {
                member.predict.predict_batch(inputs, room);
                said.extend_from_slice(room);
            }
            targets.extend_from_slice(of_group);
        })?;
        let mut mean = vec![O::zeroed(); targets.len()];
        mean.iter_mut().for_each(|mean| mean.as_mut().fill(nothing()));
        let mut comparison = Comparison::new(O::LEN);
        let mut all = Vec::new();
        for round in 1..=rounds.max(1) {
            let share = 1.0 / round as f64;
            let mix = |mean: &mut O, one: &O| self.average.mix(mean.as_mut(), one.as_ref(), share);
            let losses = said.iter().map(|said| mixed_loss(loss, (&mean, said), &targets, mix, &mut comparison));
            // Where all are NaN nothing helps.
            let best = losses.enumerate().filter(|(_, loss)| !loss.is_nan()).min_by(|(_, a), (_, b)| a.total_cmp(b));
            let Some((member, loss)) = best else { break };
            mean.iter_mut().zip(&said[member]).for_each(|(mean, one)| mix(mean, one));
            all.push(Round { member, loss });
        }
        Ok(self.take(all))
    }

    /// Sets the weights to the counts of the best round.
    fn take(&mut self, rounds: Vec<Round>) -> Selection {
        // Of rounds that are equally good, the first.
        let best = rounds.iter().enumerate().min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss));
        let (taken, loss) = best.map_or((0, f64::NAN), |(place, round)| (place + 1, round.loss));
        let mut counts = vec![0; self.members.len()];
        rounds[..taken].iter().for_each(|round| counts[round.member] += 1);
        if taken > 0 {
            self.members.iter_mut().zip(&counts).for_each(|(member, &count)| member.weight = count as f64);
        }
        Selection { counts, loss, rounds }
    }
}

/// The mean loss of what comes of mixing a mean with what a member has said.
fn mixed_loss<O, C>(
    loss: &C,
    (mean, said): (&[O], &[O]),
    targets: &[C::Target],
    mix: impl Fn(&mut O, &O),
    comparison: &mut Comparison<O::Scalar>,
) -> f64
where
    O: Outputs + Pod + AsRef<[O::Scalar]>,
    C: Loss<O>,
{
    let all = Pass { batch: mean.len(), ..Pass::inference(LANES) };
    let groups = mean.chunks(LANES).zip(said.chunks(LANES)).zip(targets.chunks(LANES));
    let mut sum = 0.0;
    for ((mean, said), targets) in groups {
        let mut mixed = [O::zeroed(); LANES];
        mixed.iter_mut().zip(mean).zip(said).for_each(|((mixed, mean), one)| {
            *mixed = *mean;
            mix(mixed, one);
        });
        let pass = Pass { real: targets.len(), ..all };
        sum += comparison.compare(loss, &pass, &mixed[..targets.len()], targets).loss;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::SoftmaxCrossEntropy;
    use crate::train::evaluate_predictions;
    use crate::{Predict, metrics::predicted_class};

    /// Knows some of the classes, and is wrong about the others.
    #[derive(Clone)]
    struct Knows([bool; 3]);

    impl Predict for Knows {
        type Input = [f32; 1];
        type Output = [f32; 3];

        fn predict_batch(&mut self, inputs: &[[f32; 1]], outputs: &mut [[f32; 3]]) {
            for (&[class], output) in inputs.iter().zip(outputs) {
                let said = if self.0[class as usize] { class as usize } else { (class as usize + 1) % 3 };
                *output = core::array::from_fn(|class| if class == said { 3.0 } else { 0.0 });
            }
        }
    }

    fn data() -> Vec<([f32; 1], usize)> {
        (0..50).map(|sample| ([(sample % 3) as f32], sample % 3)).collect()
    }

    #[test]
    fn who_knows_different_things_is_chosen_and_the_loss_is_that_of_the_ensemble() {
        let mut ensemble = Ensemble::of_probabilities();
        for known in [[true, true, false], [false, false, false], [false, true, true], [true, false, true]] {
            ensemble.add(Knows(known));
        }
        let before = evaluate_predictions(&mut ensemble, &SoftmaxCrossEntropy, &data(), &[]).unwrap();
        let selection = ensemble.select(&SoftmaxCrossEntropy, &data(), 12).unwrap();
        assert_eq!(selection.counts[1], 0);
        assert!([0, 2, 3].iter().all(|&member| selection.counts[member] > 0), "{:?}", selection.counts);
        let after = evaluate_predictions(&mut ensemble, &SoftmaxCrossEntropy, &data(), &[]).unwrap();
        assert!((after.loss - selection.loss).abs() < 1e-6, "{}, {}", after.loss, selection.loss);
        assert!(after.loss < before.loss && after.accuracy == Some(1.0), "{after:?}, {before:?}");
        let least = selection.rounds.iter().map(|round| round.loss).fold(f64::INFINITY, f64::min);
        assert_eq!((selection.rounds.len(), selection.loss), (12, least));
        assert!(ensemble.weights().eq(selection.counts.iter().map(|&count| count as f64)));
        assert_eq!(predicted_class(&ensemble.predict(&[2.0])), Some(2));
    }

    #[test]
    fn without_members_nothing_is_chosen_and_bad_data_changes_nothing() {
        let mut empty = Ensemble::<[f32; 1], [f32; 3]>::of_outputs();
        let selection = empty.select(&SoftmaxCrossEntropy, &data(), 3).unwrap();
        assert!(selection.loss.is_nan() && selection.counts.is_empty() && selection.rounds.is_empty());
        assert!(empty.predict(&[0.0]).iter().all(|output| output.is_nan()));
        let mut one = Ensemble::of_outputs().with(Knows([true; 3]));
        one.set_weight(0, 2.5);
        let error = one.select(&SoftmaxCrossEntropy, &[([0.0_f32], 7_usize)], 3).unwrap_err();
        assert_eq!(error, Error::LabelOutOfRange { sample: 0, label: 7, classes: 3 });
        assert!(one.weights().eq([2.5]));
    }
}

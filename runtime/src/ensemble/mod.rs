//! Several predictors as one: the mean of what they say, and which of them to take.

mod average;
mod selection;

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use average::Average;
use bytemuck::Pod;
pub use selection::{Round, Selection};

use crate::{Outputs, Predict};

/// As many inputs as every member is asked about at once.
const ROOM: usize = 64;

/// The weighted mean of what several predictors say, as a [`Predict`] of its own: its error is less than the mean of theirs,
/// the more so the less their mistakes are the same (Hansen and Salamon 1990, "Neural network ensembles").
///
/// Members are whatever [`Predict`]s arrays of the same length of the same inputs: networks of one type or of several, each in
/// a [`Predictor`](crate::Predictor), other ensembles. [`evaluate_predictions`](crate::train::evaluate_predictions) says how good
/// they are together, [`select`](Ensemble::select) chooses among them. A prediction allocates nothing.
///
/// ```
/// use castnet::ensemble::Ensemble;
/// use castnet::{Predictor, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Small { input: [2], dense(3), tanh, dense(1) } }
/// network! { struct Large { input: [2], dense(9), relu, dense(1) } }
///
/// let mut rng = StdRng::seed_from_u64(1);
/// let (small, large) = (Small::init(&mut rng), Large::init(&mut rng));
/// let mut both = Ensemble::of_outputs().with(Predictor::new(&small)).with(Predictor::new(&large));
/// let [mean] = both.predict(&[0.5, -0.5]);
/// let ([one], [other]) = (small.predict(&[0.5, -0.5]), large.predict(&[0.5, -0.5]));
/// assert!((mean - (one + other) / 2.0).abs() < 1e-6);
/// ```
pub struct Ensemble<'a, I, O> {
    members: Vec<Member<'a, I, O>>,
    average: Average,
    /// What one member says.
    room: Vec<O>,
}

struct Member<'a, I, O> {
    predict: Box<dyn Predict<Input = I, Output = O> + Send + 'a>,
    weight: f64,
}

impl<'a, I, O: Outputs + Pod> Ensemble<'a, I, O> {
    /// The mean of the outputs themselves: of numbers, or of probabilities, as `softmax` leaves them.
    pub fn of_outputs() -> Self {
        Self::new(Average::OfOutputs)
    }

    /// The mean of the probabilities that a softmax makes of the outputs, given as logarithms, of which a softmax makes just
    /// that mean: for networks that are trained with [`SoftmaxCrossEntropy`](crate::losses::SoftmaxCrossEntropy).
    ///
    /// ```
    /// use castnet::ensemble::Ensemble;
    /// use castnet::prelude::*;
    ///
    /// /// Says the same of everything.
    /// struct Always([f64; 2]);
    ///
    /// impl Predict for Always {
    ///     type Input = ();
    ///     type Output = [f64; 2];
    ///     fn predict_batch(&mut self, _: &[()], outputs: &mut [[f64; 2]]) {
    ///         outputs.fill(self.0);
    ///     }
    /// }
    ///
    /// // Nine to one, and one to one.
    /// let mut both = Ensemble::of_probabilities().with(Always([9.0_f64.ln(), 0.0])).with(Always([100.0, 100.0]));
    /// assert!(both.predict(&()).iter().zip([0.7, 0.3]).all(|(found, expected)| (found.exp() - expected).abs() < 1e-12));
    /// ```
    pub fn of_probabilities() -> Self {
        Self::new(Average::OfProbabilities)
    }

    fn new(average: Average) -> Self {
        Self { members: Vec::new(), average, room: vec![O::zeroed(); ROOM] }
    }

    /// Adds a member, of weight 1.
    pub fn with(mut self, member: impl Predict<Input = I, Output = O> + Send + 'a) -> Self {
        self.add(member);
        self
    }

    /// Adds a member, of weight 1.
    pub fn add(&mut self, member: impl Predict<Input = I, Output = O> + Send + 'a) {
        self.members.push(Member { predict: Box::new(member), weight: 1.0 });
    }

    /// The weights of the members, in the order in which they were added.
    pub fn weights(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.members.iter().map(|member| member.weight)
    }

    /// Sets the weight of a member: a finite number from 0 on, by itself without a meaning. Those of weight 0 are not asked.
    ///
    /// # Panics
    ///
    /// If there is no such member, or if the weight is another number.
    pub fn set_weight(&mut self, member: usize, weight: f64) {
        assert!(weight >= 0.0 && weight.is_finite(), "a weight of {weight}, but it must be a finite number from 0 on");
        self.members[member].weight = weight;
    }
}

impl<I, O: Outputs + Pod + AsRef<[O::Scalar]> + AsMut<[O::Scalar]>> Ensemble<'_, I, O> {
    /// The mean of what the members say of one input.
    pub fn predict(&mut self, input: &I) -> O {
        let mut output = [O::zeroed()];
        self.predict_batch(core::slice::from_ref(input), &mut output);
        output[0]
    }
}

/// Where all weights are 0, or without members, the mean of nothing is NaN.
///
/// # Panics
///
/// If there are not as many outputs as inputs.
impl<I, O: Outputs + Pod + AsRef<[O::Scalar]> + AsMut<[O::Scalar]>> Predict for Ensemble<'_, I, O> {
    type Input = I;
    type Output = O;

    fn predict_batch(&mut self, inputs: &[I], outputs: &mut [O]) {
        assert_eq!(inputs.len(), outputs.len(), "each input has an output");
        for (inputs, outputs) in inputs.chunks(ROOM).zip(outputs.chunks_mut(ROOM)) {
            outputs.iter_mut().for_each(|output| output.as_mut().fill(average::nothing()));
            let (mut total, room) = (0.0, &mut self.room[..inputs.len()]);
            for member in self.members.iter_mut().filter(|member| member.weight > 0.0) {
                total += member.weight;
                member.predict.predict_batch(inputs, room);
                for (output, one) in outputs.iter_mut().zip(&*room) {
                    self.average.mix(output.as_mut(), one.as_ref(), member.weight / total);
                }
            }
        }
    }
}

impl<I, O> Debug for Ensemble<'_, I, O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let weights: Vec<f64> = self.members.iter().map(|member| member.weight).collect();
        f.debug_struct("Ensemble").field("average", &self.average).field("weights", &weights).finish_non_exhaustive()
    }
}

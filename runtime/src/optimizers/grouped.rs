//! One step of a rule whose parameters are in groups.

use super::caution::Caution;
use super::driver::Driver;
use super::runs::Settings;
use super::state::Memory as _;
use super::{Grouped, Optimizer, Rule, RuleState};
use crate::{Error, Parameters, Segment};

/// The rule, with the settings of each group.
impl<N: Parameters, R: Rule> Optimizer<N> for Grouped<R> {
    type State = RuleState<N>;
    const DEFAULT_RATE: f64 = R::DEFAULT_RATE;

    fn start(&self) -> RuleState<N> {
        RuleState::start(&self.rule)
    }

    fn step(&self, state: &mut RuleState<N>, network: &mut N, gradient: &N, rate: f64) {
        if state.follow(&self.rule).is_ok() {
            driver(self).step(state, network, gradient, rate);
        }
    }

    fn set_momentum(&mut self, momentum: f64) -> bool {
        self.rule.momentum_mut().map(|setting| *setting = momentum).is_some()
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting of the rule or of a group is not in the range that its documentation states,
    /// [`Error::EmptyGroup`] if a group selects nothing that is trained.
    fn check(&self) -> Result<(), Error> {
        self.rule.check_settings()?;
        self.check_groups::<N>()
    }

    fn is_frozen(&self, segment: &Segment) -> bool {
        self.has_frozen(segment)
    }

    fn checked_step(
        &self,
        caution: &mut Caution<N, RuleState<N>>,
        state: &mut RuleState<N>,
        network: &mut N,
        gradient: &N,
        (step, rate): (u64, f64),
    ) -> Result<(), Error> {
        driver(self).checked_step(caution, state, network, gradient, (step, rate))
    }
}

/// The driver of the rule, with the settings of each segment.
fn driver<R: Rule>(grouped: &Grouped<R>) -> Driver<'_, R, impl Fn(&Segment) -> Settings> {
    let decay = grouped.rule.weight_decay();
    let settings = move |segment: &Segment| grouped.settings(segment, Settings::of(segment, decay));
    Driver { rule: &grouped.rule, settings }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParameterKind;
    use crate::optimizers::runs::{Run, runs};
    use crate::optimizers::{Adam, OptimizerState as _, ParameterGroup, Sgd};
    use crate::testing::Affine;

    type Net = Affine<false>;

    #[test]
    fn weight_decay_falls_on_weights_unless_a_group_says_otherwise() {
        fn decays<R: Rule>(grouped: &Grouped<R>) -> Vec<(core::ops::Range<usize>, f64)> {
            runs::<Net>(driver(grouped).settings).map(|run| (run.range, run.settings.decay)).collect()
        }
        let sgd = Sgd { weight_decay: 0.1, ..Sgd::default() };
        assert_eq!(decays(&Grouped::new(sgd)), [(0..6, 0.1), (9..11, 0.0)]);
        assert_eq!(decays(&sgd.group(ParameterGroup::all().weight_decay(0.2))), [(0..6, 0.2), (9..11, 0.2)]);
        let biases = sgd.group(ParameterGroup::of_kind(ParameterKind::Bias).weight_decay(0.3));
        assert_eq!(decays(&biases), [(0..6, 0.1), (9..11, 0.3)]);
    }

    #[test]
    fn what_a_later_group_sets_holds() {
        let adam = Adam::default()
            .group(ParameterGroup::all().rate_factor(0.5).weight_decay(0.25))
            .group(ParameterGroup::named("affine.bias").rate_factor(3.0))
            .group(ParameterGroup::such_that(|segment| segment.len == 6).frozen());
        let found: Vec<Run> = runs::<Net>(driver(&adam).settings).collect();
        let expected = [
            Run { range: 0..6, settings: Settings { rate: 0.5, decay: 0.25, is_frozen: true } },
            Run { range: 9..11, settings: Settings { rate: 3.0, decay: 0.25, is_frozen: false } },
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_frozen_group_stays_as_it_is() {
        let adam = Adam { weight_decay: 0.1, ..Adam::default() }.group(ParameterGroup::named("*.weight").frozen());
        let mut network = bytemuck::zeroed_box::<Net>();
        network.parameters_mut().fill(1.0);
        let gradient = network.clone();
        let (mut state, mut caution) = (Optimizer::<Net>::start(&adam), Caution::default());
        for step in 0..3 {
            adam.checked_step(&mut caution, &mut state, &mut network, &gradient, (step, 0.1)).unwrap();
        }
        let [first, second] = ["first", "second"].map(|name| state.slot(name).unwrap());
        for index in 0..11 {
            let is_moved = index >= 9;
            assert_eq!(network.parameters()[index] != 1.0, is_moved, "{index}");
            assert_eq!([first[index] != 0.0, second[index] != 0.0], [is_moved; 2], "{index}");
        }
        // What is frozen is not at fault either.
        network.parameters_mut()[0] = f64::INFINITY;
        caution.forget();
        adam.checked_step(&mut caution, &mut state, &mut network, &gradient, (3, 0.1)).unwrap();
    }

    #[test]
    fn groups_that_make_no_sense_are_errors() {
        let message = |group| Optimizer::<Net>::check(&Sgd::default().group(group)).unwrap_err().to_string();
        assert!(message(ParameterGroup::all().rate_factor(f64::NAN)).starts_with("`rate_factor` is NaN"));
        assert!(message(ParameterGroup::all().weight_decay(1.5)).starts_with("`weight_decay` is 1.5"));
        let nothing =
            "parameter group 0 has no trained parameters of `Affine`: correct what it selects, or leave it out";
        assert_eq!(message(ParameterGroup::named("affine.wheight")), nothing);
        // Frozen by the declaration.
        assert_eq!(message(ParameterGroup::named("affine.offset")), nothing);
        assert!(
            Optimizer::<Net>::check(&Sgd { momentum: 2.0, ..Sgd::default() }.group(ParameterGroup::all())).is_err()
        );
    }
}

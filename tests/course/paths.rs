//! The paths of seven optimizers over the course's bowl and a saddle.

use castnet::optimizers::{AdaGrad, Adam, RmsProp, Rule, Sgd};

/// `L = w1^2 / 64 + w2^2`: 64 times as steep across as along.
fn bowl([along, across]: [f64; 2]) -> (f64, [f64; 2]) {
    (along * along / 64.0 + across * across, [along / 32.0, 2.0 * across])
}

/// `L = w1^2 / 2 - w2^2 / 2`, which a path along the first axis comes to rest on.
fn saddle([along, across]: [f64; 2]) -> (f64, [f64; 2]) {
    ((along * along - across * across) / 2.0, [along, -across])
}

/// The places of a path, the first of which is the start.
fn path<R: Rule>(
    rule: R,
    rate: f64,
    steps: u64,
    start: [f64; 2],
    slope: impl Fn([f64; 2]) -> [f64; 2],
) -> Vec<[f64; 2]> {
    let mut place = start;
    // As many slots as any of the rules has.
    let mut slots = [[0.0; 2]; 3];
    let mut path = vec![place];
    for step in 1..=steps {
        let gradient = slope(place);
        let mut left = slots.iter_mut();
        let of_rule = castnet::optimizers::Array::from_fn(|_| &mut left.next().unwrap()[..]);
        rule.apply(step, rate, &mut place, of_rule, &gradient);
        path.push(place);
    }
    path
}

/// A row of the table: what a path over the bowl from (-7, 2) is like in 200 steps.
struct Row {
    after: [(usize, [f64; 2]); 3],
    losses: [(usize, f64); 3],
    /// The largest first weight, beyond 0 if the path overshoots.
    most: f64,
    /// How often the second weight changes its sign.
    flips: usize,
    /// From where on the loss is less than 0.01 for good.
    arrives: usize,
}

/// Whether a number is one of the table, whose last digit is `unit`. Some of the table's are off by one there.
fn is_about(found: f64, expected: f64, unit: f64) -> bool {
    (found - expected).abs() <= 0.500_001 * unit
}

fn check<R: Rule>(name: &str, rule: R, rate: f64, row: &Row) -> Vec<[f64; 2]> {
    let path = path(rule, rate, 200, [-7.0, 2.0], |place| bowl(place).1);
    for (step, expected) in row.after {
        for (found, expected) in path[step].into_iter().zip(expected) {
            assert!(is_about(found, expected, 1e-6), "{name} after {step} steps: {found}, expected {expected}");
        }
    }
    for (step, expected) in row.losses {
        // Of small ones 3.549e-9 is printed as 3.6e-9.
        let unit = if expected < 1e-3 { 2.0 * 10_f64.powf(expected.log10().floor() - 1.0) } else { 1e-5 };
        let found = bowl(path[step]).0;
        assert!(is_about(found, expected, unit), "{name}: a loss of {found} after {step} steps, expected {expected}");
    }
    let most = most(&path);
    assert!(is_about(most, row.most, 2e-3), "{name}: as far as {most}, expected {}", row.most);
    let flips = flips(&path);
    assert_eq!(flips, row.flips, "{name}: changes of the sign");
    let arrives = path.iter().rposition(|&place| bowl(place).0 >= 0.01).unwrap() + 1;
    assert_eq!(arrives, row.arrives, "{name}: less than 0.01 for good");
    path
}

fn most(path: &[[f64; 2]]) -> f64 {
    path.iter().map(|place| place[0]).fold(f64::NEG_INFINITY, f64::max)
}

fn flips(path: &[[f64; 2]]) -> usize {
    path.windows(2).filter(|pair| pair[0][1] * pair[1][1] < 0.0).count()
}

fn row(after: [[f64; 2]; 3], losses: [f64; 3], most: f64, flips: usize, arrives: usize) -> Row {
    let at = |steps: [usize; 3]| move |index: usize| steps[index];
    let (places, values) = (at([1, 2, 10]), at([10, 50, 200]));
    Row {
        after: std::array::from_fn(|index| (places(index), after[index])),
        losses: std::array::from_fn(|index| (values(index), losses[index])),
        most,
        flips,
        arrives,
    }
}

const MOMENTUM: f64 = 0.9;
const EPSILON: f64 = 1e-7;

#[test]
fn seven_optimizers_take_the_paths_that_the_course_describes() {
    let momentum = Sgd { momentum: MOMENTUM, ..Sgd::default() };
    let ada_grad = AdaGrad { epsilon: EPSILON, ..AdaGrad::default() };
    let rms_prop = RmsProp { alpha: 0.99, epsilon: EPSILON, ..RmsProp::default() };
    let sgd = check(
        "SGD",
        Sgd::default(),
        0.9,
        &row(
            [[-6.803125, -1.6], [-6.611787, 1.28], [-5.262622, 0.214748]],
            [0.47885, 0.04416, 8.5e-6],
            -0.023,
            200,
            77,
        ),
    );
    let momentum_path = check(
        "momentum",
        momentum,
        0.3,
        &row([[-6.934375, 0.8], [-6.810303, -0.76], [-4.499494, -0.762929]], [0.89840, 0.02496, 3.6e-9], 0.984, 52, 58),
    );
    let nesterov = check(
        "Nesterov",
        Sgd { nesterov: true, ..momentum },
        0.3,
        &row(
            [[-6.875312, -0.28], [-6.699690, -0.9328], [-4.239520, -0.017515]],
            [0.28114, 0.00259, 1.1e-10],
            0.774,
            57,
            22,
        ),
    );
    let ada_grad_path = check(
        "AdaGrad",
        ada_grad,
        0.5,
        &row([[-6.5, 1.5], [-6.159775, 1.2], [-4.681435, 0.292474]], [0.42798, 0.06351, 3.4e-4], -0.147, 0, 102),
    );
    let rms_prop_path = check(
        "RMSProp",
        rms_prop,
        0.05,
        &row(
            [[-6.500002, 1.5], [-6.158861, 1.199036], [-4.661156, 0.282552]],
            [0.41931, 0.05268, 4.5e-6],
            -0.017,
            0,
            86,
        ),
    );
    let adam = check(
        "Adam",
        Adam::default(),
        0.3,
        &row([[-6.7, 1.7], [-6.400414, 1.402245], [-4.059412, -0.491847]], [0.49940, 0.00542, 6.6e-10], 0.707, 17, 49),
    );
    let uncorrected = Adam { bias_correction: false, ..Adam::default() };
    check(
        "Adam without correction",
        uncorrected,
        0.3,
        &row(
            [[-6.051318, 1.051317], [-4.784615, -0.146327], [3.679096, 1.100168]],
            [1.42187, 0.00875, 2.5e-9],
            3.679,
            32,
            56,
        ),
    );

    let loss_after = |path: &[[f64; 2]], step: usize| bowl(path[step]).0;
    // 1. SGD zigzags across the steep axis, each step, and is slow along the flat one.
    assert!(flips(&sgd) == 200 && most(&sgd) < 0.0);
    // 2. Momentum and Nesterov are much faster, but overshoot the minimum and come back.
    for path in [&momentum_path, &nesterov] {
        assert!(loss_after(path, 200) < 1e-3 * loss_after(&sgd, 200));
        assert!(most(path) > 0.5 && path[200][0].abs() < 1e-3);
    }
    // 3. RMSProp bends its path, and does not overshoot: it makes way along both axes alike at first.
    assert!(most(&rms_prop_path) < 0.0 && flips(&rms_prop_path) == 0);
    let (first, last) = (rms_prop_path[1], rms_prop_path[10]);
    assert!(((first[0] + 7.0) / (2.0 - first[1]) - 1.0).abs() < 1e-3 && (last[0] + 7.0) / (2.0 - last[1]) > 1.3);
    // 4. Adam is in between: it overshoots, but less than momentum.
    assert!(most(&adam) > 0.0 && most(&adam) < most(&momentum_path));
    // 5. AdaGrad damps the steep axis, speeds the flat one, and then grows slower and slower.
    let share = |[along, across]: [f64; 2]| along / across;
    assert!(share([ada_grad_path[1][0] + 7.0, 2.0 - ada_grad_path[1][1]]) > 30.0 * share([7.0 / 32.0, 4.0]) / 2.0);
    let steps: Vec<f64> = ada_grad_path.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs()).collect();
    assert!(steps.is_sorted_by(|before, after| after < before));
    assert!(loss_after(&ada_grad_path, 200) > 10.0 * loss_after(&rms_prop_path, 200));
}

#[test]
fn plain_descent_diverges_beyond_two_over_the_largest_curvature() {
    let loss_after_50 = |rate| bowl(path(Sgd::default(), rate, 50, [-7.0, 2.0], |place| bowl(place).1)[50]).0;
    assert!(loss_after_50(0.99) < 4.7);
    assert!((loss_after_50(1.01) - 29.0).abs() < 0.5);
}

#[test]
fn without_correction_adams_first_steps_are_too_long() {
    // With a constant slope, in learning rates.
    let lengths = |adam| {
        let path = path(adam, 1.0, 50, [0.0, 0.0], |_| [1.0, 1e-3]);
        path.windows(2).map(|pair| pair[0][0] - pair[1][0]).collect::<Vec<f64>>()
    };
    let uncorrected = lengths(Adam { bias_correction: false, ..Adam::default() });
    for (step, expected, unit) in
        [(1, 3.1623, 1e-4), (2, 4.25, 0.01), (5, 5.80, 0.01), (10, 6.53, 0.01), (50, 4.50, 0.01)]
    {
        assert!(is_about(uncorrected[step - 1], expected, unit), "step {step}: {}", uncorrected[step - 1]);
    }
    assert!(lengths(Adam::default()).iter().all(|length| (length - 1.0).abs() < 1e-7));
}

/// A ball rolls on over a saddle where plain descent comes to rest.
#[test]
fn momentum_leaves_a_saddle_sooner_than_plain_descent() {
    let leaves = |path: Vec<[f64; 2]>| path.iter().position(|place| saddle(*place).0 < -1.0);
    let start = [-2.0, 1e-6];
    let slope = |place| saddle(place).1;
    let plain = leaves(path(Sgd::default(), 0.05, 1_000, start, slope)).unwrap();
    let momentum = leaves(path(Sgd { momentum: MOMENTUM, ..Sgd::default() }, 0.05, 1_000, start, slope)).unwrap();
    let adam = leaves(path(Adam::default(), 0.05, 1_000, start, slope)).unwrap();
    assert!(momentum * 3 < plain && adam * 3 < plain, "{momentum}, {adam}, {plain}");
    // From exactly on the ridge none of them ever leaves.
    assert_eq!(leaves(path(Adam::default(), 0.05, 1_000, [-2.0, 0.0], slope)), None);
}

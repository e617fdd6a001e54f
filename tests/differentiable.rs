//! `#[differentiable]` on the course's examples, compiled.

use castnet::differentiable;

mod gates {
    use castnet::differentiable;

    #[differentiable]
    pub fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    /// A gate that multiplies; its gradient switches the factors.
    #[differentiable]
    pub const fn multiply(x: f64, y: f64) -> f64 {
        x * y
    }
}

#[differentiable]
fn product_of_a_sum(x: f64, y: f64, z: f64) -> f64 {
    (x + y) * z
}

#[differentiable]
fn neuron(w0: f64, x0: f64, w1: f64, x1: f64, w2: f64) -> f64 {
    let s0 = w0 * x0;
    let s1 = w1 * x1;
    let s2 = s0 + s1;
    let s3 = s2 + w2;
    gates::sigmoid(s3)
}

/// The same without a gate of its own.
#[differentiable]
fn neuron_of_parts(w: [f64; 3], x: [f64; 2]) -> f64 {
    let mut sum = w[2];
    for i in 0..x.len() {
        sum += w[i] * x[i];
    }
    1.0 / (1.0 + (-sum).exp())
}

/// The Jacobian at (1, 2) is [[16, 12], [-4, 18]].
#[differentiable]
fn polynomials(x: f64, y: f64) -> [f64; 2] {
    [x.powi(4) + 3.0 * y * y * x, 5.0 * y * y - 2.0 * x * y + 1.0]
}

#[differentiable]
fn squared_norm(w: &[[f64; 2]; 2], x: &[f64; 2]) -> f64 {
    let mut norm = 0.0;
    for row in w {
        let q = row[0] * x[0] + row[1] * x[1];
        norm += q * q;
    }
    norm
}

#[differentiable]
#[expect(clippy::neg_cmp_op_on_partial_ord, reason = "a condition that is negated")]
fn calls(x: f32, y: f32) -> f32 {
    let [a, b]: [f32; 2] = both(x, 2.0 * y);
    if a < b && !(b < 0.0) { a.powi(3) * b } else { (a - b).abs() }
}

#[differentiable]
fn both(x: f32, y: f32) -> [f32; 2] {
    [x.min(y) * RATE, x.exp().sqrt()]
}

const RATE: f32 = 0.5;

fn assert_near(computed: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(computed.len(), expected.len());
    for (computed, expected) in computed.iter().zip(expected) {
        assert!((computed - expected).abs() <= tolerance, "{computed} instead of {expected}");
    }
}

#[test]
fn example_1_a_sum_times_a_number() {
    assert_eq!(product_of_a_sum(-2.0, 5.0, -4.0), -12.0);
    assert_eq!(product_of_a_sum_gradient(-2.0, 5.0, -4.0), (-4.0, -4.0, 3.0));
}

#[test]
fn examples_2_and_3_a_neuron() {
    let (dw0, dx0, dw1, dx1, dw2) = neuron_gradient(2.0, -1.0, -3.0, -2.0, -3.0);
    let expected = [-0.196_611_9, 0.393_223_9, -0.393_223_9, -0.589_835_8, 0.196_611_9];
    assert_near(&[dw0, dx0, dw1, dx1, dw2], &expected, 1e-7);
    assert_near(&[neuron(2.0, -1.0, -3.0, -2.0, -3.0)], &[0.731_058_6], 1e-7);
    let (dw, dx) = neuron_of_parts_gradient([2.0, -3.0, -3.0], [-1.0, -2.0]);
    assert_near(&[neuron_of_parts([2.0, -3.0, -3.0], [-1.0, -2.0])], &[0.731_058_6], 1e-7);
    assert_near(&[dw[0], dx[0], dw[1], dx[1], dw[2]], &expected, 1e-7);
}

#[test]
fn example_5_a_jacobian() {
    assert_eq!(polynomials(1.0, 2.0), [13.0, 17.0]);
    assert_eq!(polynomials_jacobian(1.0, 2.0), [[16.0, 12.0], [-4.0, 18.0]]);
}

#[test]
fn example_8_a_squared_norm() {
    let (w, x) = ([[0.1, 0.5], [-0.3, 0.8]], [0.2, 0.4]);
    let (dw, dx) = squared_norm_gradient(&w, &x);
    assert_near(&[squared_norm(&w, &x)], &[0.116], 1e-12);
    assert_near(dw.as_flattened(), &[0.088, 0.176, 0.104, 0.208], 1e-12);
    assert_near(&dx, &[-0.112, 0.636], 1e-12);
}

#[test]
fn example_9_a_gate_that_multiplies() {
    const GRADIENT: (f64, f64) = gates::multiply_gradient(3.0, -4.0);
    assert_eq!(gates::multiply(3.0, -4.0), -12.0);
    assert_eq!(GRADIENT, (-4.0, 3.0));
}

#[test]
fn calls_and_branches_are_differentiated_through() {
    for (x, y) in [(0.3, 0.7), (2.0, -0.4), (-1.0, 0.2), (0.1, 3.0)] {
        let (dx, dy) = calls_gradient(x, y);
        let step = 1e-2;
        let difference = |f: &dyn Fn(f32) -> f32| f64::from(f(step) - f(-step)) / f64::from(2.0 * step);
        let expected = [difference(&|step| calls(x + step, y)), difference(&|step| calls(x, y + step))];
        assert_near(&[f64::from(dx), f64::from(dy)], &expected, 2e-3);
    }
}

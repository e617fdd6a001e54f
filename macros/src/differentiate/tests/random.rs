//! Random functions of three numbers, with branches, loops and variables that change.

use std::fmt::Write as _;

use crate::random::Random;

const UNARY: &[&str] = &[
    "sin()", "cos()", "tanh()", "exp()", "abs()", "atan()", "sinh()", "cosh()", "exp_m1()", "cbrt()", "asinh()",
    "powi(2)", "powi(3)", "exp2()", "floor()", "signum()",
];
/// What is only for positive numbers.
const POSITIVE: &[&str] = &["sqrt()", "ln()", "recip()", "powf(1.5)", "ln_1p()", "log2()", "log10()"];
const BINARY: &[&str] = &["+", "-", "*"];
const OF_TWO: &[&str] = &["max", "min", "hypot", "atan2"];

/// `fn f(x: f64, y: f64, z: f64) -> f64`, and where to look at it.
pub fn function(seed: usize) -> (String, Vec<f64>) {
    let mut random = Random::new(seed as u64 + 1);
    let mut names: Vec<String> = ["x", "y", "z"].map(str::to_owned).to_vec();
    let mut body = String::new();
    for line in 0..1 + random.below(5) {
        statement(&mut random, &mut names, &mut body, line);
    }
    let result = expression(&mut random, &names, 3);
    let at = (0..3).map(|_| random.below(2001) as f64 / 500.0 - 2.0).collect();
    (format!("fn f(x: f64, y: f64, z: f64) -> f64 {{ {body} ({result}).tanh() }}"), at)
}

fn statement(random: &mut Random, names: &mut Vec<String>, body: &mut String, line: usize) {
    let value = expression(random, names, 2);
    let name = if random.below(4) == 0 { random.pick(&["x", "y", "q"]).to_owned() } else { format!("v{line}") };
    match random.below(5) {
        0 => {
            let (other, condition) = (expression(random, names, 2), condition(random, names));
            let _ = write!(body, "let {name} = if {condition} {{ let q = {value}; q * q }} else {{ {other} }};");
        }
        1 => {
            let (update, condition) = (expression(random, names, 1), condition(random, names));
            let _ = write!(body, "let mut {name} = {value}; if {condition} {{ {name} += {update}; }}");
        }
        2 => {
            let times = 1 + random.below(3);
            let _ = write!(
                body,
                "let mut {name} = ({value}).tanh(); for i in 0..{times} {{ {name} = {name} * 0.5 + (i as f64) * {name}.sin(); }}"
            );
        }
        3 => {
            let other = expression(random, names, 1);
            let _ =
                write!(body, "let a = [{value}, {other}]; let mut {name} = 0.0; for p in a {{ {name} += p * a[0]; }}");
        }
        _ => {
            let _ = write!(body, "let {name} = {value};");
        }
    }
    if !names.contains(&name) {
        names.push(name);
    }
}

fn condition(random: &mut Random, names: &[String]) -> String {
    let compare = |random: &mut Random| {
        let operator = random.pick(&["<", "<=", ">", ">="]).to_owned();
        format!("{} {operator} {}", expression(random, names, 1), expression(random, names, 0))
    };
    let first = compare(random);
    match random.below(4) {
        0 => format!("{first} && {}", compare(random)),
        1 => format!("!({first}) || {}", compare(random)),
        _ => first,
    }
}

fn expression(random: &mut Random, names: &[String], depth: usize) -> String {
    if depth == 0 || random.below(6) == 0 {
        return match random.below(4) {
            0 => format!("{:.1}", 0.1 + random.below(30) as f64 / 10.0),
            _ => names[random.below(names.len())].clone(),
        };
    }
    let one = expression(random, names, depth - 1);
    match random.below(8) {
        0 | 1 => format!("({one}).{}", random.pick(UNARY)).replace("(0.", "(0.0 + 0."),
        2 => format!("(({one}) * ({one}) + 0.5).{}", random.pick(POSITIVE)),
        3 => format!("(-({one}))"),
        4 => format!("({one}) / (({}).abs() + 0.7)", number(random, names, depth)),
        5 => format!(
            "({}).{}({})",
            number(random, names, depth),
            random.pick(OF_TWO),
            expression(random, names, depth - 1)
        ),
        _ => format!("({one}) {} ({})", random.pick(BINARY), expression(random, names, depth - 1)),
    }
}

/// Something that is no literal, so that it may have methods.
fn number(random: &mut Random, names: &[String], depth: usize) -> String {
    format!("{} + {}", names[random.below(names.len())], expression(random, names, depth - 1))
}

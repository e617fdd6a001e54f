//! Activations, and the formulas that exporters write them as.

use super::super::graph::{Attribute, Node};
use super::super::net::Kind;
use super::super::refusal::{Reason, refuse};
use super::{Lowering, Sample, Value, help};

impl<'a> Lowering<'a> {
    pub(super) fn activation(&mut self, node: &Node) -> Result<Sample, Reason> {
        if node.operator == "PRelu" {
            return self.prelu(node);
        }
        let sample = self.unpadded(node, 0)?;
        self.check_numbers(&sample)?;
        let text = match node.operator.as_str() {
            "Relu" => "relu".into(),
            "Sigmoid" => "sigmoid".into(),
            "Tanh" => "tanh".into(),
            "LeakyRelu" => match leaky(node.float("alpha", 0.01))? {
                Some(text) => text,
                None => return Ok(sample),
            },
            "Gelu" if node.text("approximate") == "tanh" => {
                return refuse(
                    "it is the approximation of GELU by tanh, from which the exact one differs by up to 0.0005",
                    "export the model with `approximate = \"none\"`: castnet's gelu is exact",
                );
            }
            "Gelu" => "gelu".into(),
            "Swish" if node.float("alpha", 1.0) == 1.0 => "silu".into(),
            "ThresholdedRelu" if node.float("alpha", 1.0) == 0.0 => "relu".into(),
            "Clip" => match self.clip(node)? {
                Some(text) => text,
                None => return Ok(sample),
            },
            _ => return refuse("there is no such activation in castnet", help::ACTIVATIONS),
        };
        Ok(self.each(node, &sample, text))
    }

    /// `relu` for what cuts at 0 only, nothing for what does not cut.
    fn clip(&self, node: &Node) -> Result<Option<String>, Reason> {
        let bound = |name: &str, place: usize| -> Result<Option<f64>, Reason> {
            match node.attributes.get(name) {
                Some(Attribute::Float(value)) => Ok(Some(f64::from(*value))),
                _ => Ok(self.optional(node, place)?.and_then(|array| array.single())),
            }
        };
        let least = bound("min", 1)?.filter(|&least| least > f64::from(f32::MIN));
        let most = bound("max", 2)?.filter(|&most| most < f64::from(f32::MAX));
        match (least, most) {
            (None, None) => Ok(None),
            (Some(0.0), None) => Ok(Some("relu".into())),
            (least, most) => {
                let text = |bound: Option<f64>| bound.map_or("none".into(), |bound| bound.to_string());
                let name = if (least, most) == (Some(0.0), Some(6.0)) { " (ReLU6)" } else { "" };
                refuse(
                    format!(
                        "it keeps values between {} and {}{name}, and castnet has no such activation",
                        text(least),
                        text(most)
                    ),
                    "train with relu, or clip in your program",
                )
            }
        }
    }

    pub(super) fn softmax(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.unpadded(node, 0)?;
        let is_old = self.graph.opset < 13;
        let axis = self.axis(node.int("axis", if is_old { 1 } else { -1 }), &sample)?;
        let mut others = sample.shape.clone();
        // The old operator takes all axes from that one on together.
        others.drain(axis..if is_old { others.len() } else { axis + 1 });
        if others.iter().any(|&size| size != 1) || sample.len() != self.net.len(sample.id) {
            return refuse(
                "it is a softmax at each position",
                "castnet's softmax is over all features of a sample: let the model end in the logits, and take it in your program",
            );
        }
        let (id, order) = self.features(node, &sample)?;
        let len = self.net.len(id);
        let id = self.layer(node, Kind::Plain("softmax".into()), vec![id], vec![len], vec![])?;
        Ok(Sample { id, order, exclusive: true, ..sample })
    }

    pub(super) fn dropout(&mut self, node: &Node) -> Result<Sample, Reason> {
        let sample = self.sample(node, 0)?;
        let training = self.optional(node, 2)?.and_then(|array| array.single()).unwrap_or(0.0);
        if training != 0.0 {
            return refuse("it is in training mode", "export the model for inference");
        }
        let ratio = match self.optional(node, 1)?.and_then(|array| array.single()) {
            Some(ratio) => ratio,
            None => node.float("ratio", 0.5).into(),
        };
        if !(ratio > 0.0 && ratio < 1.0) || sample.padding.is_some() || self.check_numbers(&sample).is_err() {
            return Ok(sample);
        }
        #[allow(clippy::cast_possible_truncation)] // So that 0.1 is no longer text than the model had.
        let ratio = ratio as f32;
        Ok(self.each(node, &sample, format!("dropout({ratio:?})")))
    }

    /// `x sigmoid(x)`
    pub(super) fn silu(&mut self, node: &Node) -> Result<Sample, Reason> {
        let names = [0, 1].map(|place| node.input(place).map(|name| self.same(name)));
        for (place, gate) in [(0, names[1]), (1, names[0])] {
            let maker = gate.and_then(|gate| self.makers.get(gate));
            let gated = maker.filter(|maker| maker.operator == "Sigmoid").and_then(|maker| maker.input(0));
            if let (Some(gated), Some(own)) = (gated, names[place])
                && self.same(gated) == own
            {
                let sample = self.unpadded(node, place)?;
                return Ok(self.each(node, &sample, "silu"));
            }
        }
        refuse(
            "it multiplies two values, and castnet has `x sigmoid(x)` only: `silu`",
            "use a layer of your own for gates: `layer(path::ToType)`",
        )
    }

    /// The value that a name has its numbers from, through nodes that pass them on.
    fn same<'b>(&self, mut name: &'b str) -> &'b str
    where
        'a: 'b,
    {
        for _ in 0..32 {
            match self.makers.get(name) {
                Some(maker) if matches!(maker.operator.as_str(), "Identity" | "Cast") => match maker.input(0) {
                    Some(input) => name = input,
                    None => break,
                },
                _ => break,
            }
        }
        name
    }

    /// A node within `0.5 x (1 + erf(x / sqrt(2)))`: a part of it, or the last one, which is `gelu`.
    pub(super) fn part_of_gelu(&mut self, node: &Node) -> Result<Option<Value>, Reason> {
        let has_part = (0..node.inputs.len())
            .any(|place| node.input(place).is_some_and(|name| matches!(self.values.get(name), Some(Value::Part))));
        if !has_part {
            return Ok(None);
        }
        match node.operator.as_str() {
            "Add" | "Identity" | "Cast" => return Ok(Some(Value::Part)),
            "Mul" | "Div" => {}
            _ => return refuse("it reads the error function, which castnet has within `gelu` only", help::GELU),
        }
        let mut product = Product { constant: 1.0, factors: Vec::new() };
        let output = node.outputs.first().map_or("", String::as_str);
        self.factors(output, &mut product, 8);
        let (gates, values): (Vec<&str>, Vec<&str>) =
            product.factors.iter().partition(|name| matches!(self.values.get(**name), Some(Value::Part)));
        match (gates.as_slice(), values.as_slice()) {
            ([gate], [value]) if (product.constant - 0.5).abs() < 1e-6 && self.is_gate(gate, value) => {
                let Some(Value::Sample(sample)) = self.values.get(*value).cloned() else { return Ok(None) };
                Ok(Some(Value::Sample(self.each(node, &sample, "gelu"))))
            }
            _ => Ok(Some(Value::Part)),
        }
    }

    /// Whether `gate` is `1 + erf(value / sqrt(2))`.
    fn is_gate(&self, gate: &str, value: &str) -> bool {
        let number = |name: &str| match self.values.get(name) {
            Some(Value::Constant(array)) => array.single(),
            _ => None,
        };
        let Some(add) = self.makers.get(gate).filter(|maker| maker.operator == "Add") else { return false };
        let [Some(one), Some(other)] = [0, 1].map(|place| add.input(place)) else { return false };
        let erf = match (number(one), number(other)) {
            (Some(1.0), _) => other,
            (_, Some(1.0)) => one,
            _ => return false,
        };
        let erf =
            self.makers.get(self.same(erf)).filter(|maker| maker.operator == "Erf").and_then(|maker| maker.input(0));
        let Some(scaled) = erf else { return false };
        let mut product = Product { constant: 1.0, factors: Vec::new() };
        self.factors(scaled, &mut product, 8);
        (product.constant - std::f64::consts::FRAC_1_SQRT_2).abs() < 1e-5 && product.factors == [value]
    }

    /// Takes a product apart.
    fn factors<'b>(&self, name: &'b str, product: &mut Product<'b>, depth: usize)
    where
        'a: 'b,
    {
        let name = self.same(name);
        if let Some(Value::Constant(array)) = self.values.get(name)
            && let Some(number) = array.single()
        {
            product.constant *= number;
            return;
        }
        let operands = |maker: &'b Node| Some([maker.input(0)?, maker.input(1)?]);
        match self.makers.get(name).map(|maker| (maker.operator.as_str(), operands(maker))) {
            Some(("Mul", Some([one, other]))) if depth > 0 => {
                self.factors(one, product, depth - 1);
                self.factors(other, product, depth - 1);
            }
            Some(("Div", Some([one, divisor]))) if depth > 0 => {
                self.factors(one, product, depth - 1);
                match self.values.get(divisor) {
                    Some(Value::Constant(array)) => product.constant /= array.single().unwrap_or(f64::NAN),
                    _ => product.constant = f64::NAN,
                }
            }
            _ => product.factors.push(name),
        }
    }
}

/// Factors of a product.
struct Product<'a> {
    constant: f64,
    factors: Vec<&'a str>,
}

/// A rectifier of that slope; nothing if it changes nothing.
fn leaky(slope: f32) -> Result<Option<String>, Reason> {
    match slope {
        0.0 => Ok(Some("relu".into())),
        1.0 => Ok(None),
        0.01 => Ok(Some("leaky_relu".into())),
        slope if slope > 0.0 && slope.is_finite() => Ok(Some(format!("leaky_relu({slope:?})"))),
        slope => refuse(
            format!("its slope is {slope}, and castnet's is not negative"),
            "train with a positive slope, or with prelu, whose slope is learnt",
        ),
    }
}

//! A graph as it grows: nodes, weights, and names that are given once.

use std::collections::{HashMap, HashSet};

use super::Value;
use crate::proto::{AttributeProto, DataType, GraphProto, NodeProto, TensorProto, ValueInfoProto};

/// A graph that is not finished.
#[derive(Default)]
pub struct Graph {
    proto: GraphProto,
    taken: HashSet<String>,
    /// The outputs that values have become.
    finished: HashMap<String, String>,
}

impl Graph {
    pub fn new() -> Self {
        Self::default()
    }

    /// Something that comes in.
    pub fn input(&mut self, name: &str, data_type: DataType, shape: &'static [usize]) -> Value {
        let name = self.free(name);
        self.proto.input.push(ValueInfoProto::tensor(&name, data_type, shape));
        Value { name, data_type, shape }
    }

    /// Something that comes out: its name, which [`finish`](Self::finish) gives to a value.
    pub fn output(&mut self, name: &str, shape: &[usize]) -> String {
        let name = self.free(name);
        self.proto.output.push(ValueInfoProto::tensor(&name, DataType::Float, shape));
        name
    }

    /// Numbers that are there from the beginning.
    pub fn floats(&mut self, name: &str, dims: &[usize], numbers: impl IntoIterator<Item = f32>) -> String {
        let name = self.free(name);
        self.proto.initializer.push(TensorProto::floats(&name, dims, numbers));
        name
    }

    /// Whole numbers that are there from the beginning, along one axis.
    pub fn ints(&mut self, name: &str, numbers: &[i64]) -> String {
        let name = self.free(name);
        self.proto.initializer.push(TensorProto::ints(&name, &[numbers.len()], numbers.iter().copied()));
        name
    }

    /// A node that makes one value, which it is called by.
    pub fn node(&mut self, name: &str, operator: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        let name = self.free(name);
        self.proto.node.push(NodeProto {
            input: inputs.iter().copied().map(String::from).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.into(),
            attribute: attributes,
            ..NodeProto::default()
        });
        name
    }

    /// Says the shape of a value, for who looks at the file.
    pub fn describe(&mut self, name: &str, data_type: DataType, shape: &[usize]) {
        self.proto.value_info.push(ValueInfoProto::tensor(name, data_type, shape));
    }

    /// Has a value come out under the name of an output: by its new name, or by a copy if it has to keep its own.
    pub fn finish(&mut self, value: &str, output: &str) {
        let is_input = self.proto.input.iter().any(|input| input.name == value);
        let name = self.finished.get(value).cloned().or_else(|| is_input.then(|| value.into()));
        if let Some(value) = name {
            let node = NodeProto {
                input: vec![value],
                output: vec![output.into()],
                name: output.into(),
                op_type: "Identity".into(),
                ..NodeProto::default()
            };
            self.proto.node.push(node);
            return;
        }
        self.finished.insert(value.into(), output.into());
        self.proto.value_info.retain(|info| info.name != value);
        for node in &mut self.proto.node {
            let names = node.input.iter_mut().chain(&mut node.output).chain([&mut node.name]);
            names.filter(|name| *name == value).for_each(|name| *name = output.into());
        }
    }

    /// The graph.
    pub fn proto(self, name: &str) -> GraphProto {
        GraphProto { name: name.into(), ..self.proto }
    }

    /// The name, or with a number behind it if it is taken.
    fn free(&mut self, name: &str) -> String {
        let numbered = (1..).map(|number| format!("{name}_{number}"));
        let mut names = std::iter::once(String::from(name)).chain(numbered);
        let free = names.find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once() {
        let mut graph = Graph::new();
        let input = graph.input("x", DataType::Float, &[2]);
        assert_eq!(graph.output("y", &[2]), "y");
        let first = graph.node("y", "Relu", &[&input.name], Vec::new());
        let second = graph.node("y", "Tanh", &[&first], Vec::new());
        assert_eq!((first.as_str(), second.as_str()), ("y_1", "y_2"));
        graph.finish(&second, "y");
        let proto = graph.proto("test");
        assert_eq!((proto.node[1].input[0].as_str(), proto.node[1].output[0].as_str()), ("y_1", "y"));
    }

    #[test]
    fn what_has_to_keep_its_name_is_copied() {
        let mut graph = Graph::new();
        let input = graph.input("x", DataType::Float, &[2]);
        let outputs = ["a", "b", "c"].map(|name| graph.output(name, &[2]));
        let relu = graph.node("relu", "Relu", &[&input.name], Vec::new());
        graph.finish(&relu, &outputs[0]);
        graph.finish(&relu, &outputs[1]);
        graph.finish(&input.name, &outputs[2]);
        let nodes = graph.proto("test").node;
        let nodes: Vec<_> = nodes.iter().map(|node| (node.op_type.as_str(), node.input[0].as_str())).collect();
        assert_eq!(nodes, [("Relu", "x"), ("Identity", "a"), ("Identity", "x")]);
    }
}

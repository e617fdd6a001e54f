//! What the reader knows of a value: the operations that made its numbers.

use super::tape::{Operand, Variable};

/// Numbers in arrays of arrays; a tuple is an array.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    Number,
    Many(Vec<Shape>),
}

impl Shape {
    /// An array of this length.
    pub fn array(length: usize, of: &Self) -> Self {
        Self::Many(vec![of.clone(); length])
    }

    /// How many numbers there are.
    pub fn numbers(&self) -> usize {
        match self {
            Self::Number => 1,
            Self::Many(parts) => parts.iter().map(Self::numbers).sum(),
        }
    }
}

/// A value while the function is read.
#[derive(Clone, PartialEq)]
pub enum Value {
    Number(Operand),
    /// Known when the macro expands: an index, a length.
    Integer(i64),
    Many(Vec<Value>),
}

impl Value {
    /// What a statement has that is no expression.
    pub const NOTHING: Self = Self::Many(Vec::new());

    /// The same, with each number replaced.
    pub fn of_shape(shape: &Shape, number: &mut impl FnMut() -> Variable) -> Self {
        match shape {
            Shape::Number => Self::Number(Operand::Variable(number())),
            Shape::Many(parts) => Self::Many(parts.iter().map(|part| Self::of_shape(part, number)).collect()),
        }
    }

    /// Its shape; `None` with an integer in it, which is no number that can be differentiated.
    pub fn shape(&self) -> Option<Shape> {
        match self {
            Self::Number(_) => Some(Shape::Number),
            Self::Integer(_) => None,
            Self::Many(parts) => parts.iter().map(Self::shape).collect::<Option<_>>().map(Shape::Many),
        }
    }

    /// Its numbers, in order.
    pub fn numbers(&self) -> Vec<&Operand> {
        match self {
            Self::Number(operand) => vec![operand],
            Self::Integer(_) => Vec::new(),
            Self::Many(parts) => parts.iter().flat_map(Self::numbers).collect(),
        }
    }

    /// What it is, for a message.
    pub fn describe(&self) -> String {
        match self {
            Self::Number(_) => "a number".into(),
            Self::Integer(integer) => format!("the integer {integer}"),
            Self::Many(parts) if parts.is_empty() => "nothing".into(),
            Self::Many(parts) => format!("{} values", parts.len()),
        }
    }
}

//! Numbers that the model has from the beginning, and those that follow from them.

use std::rc::Rc;

use super::places;
use super::refusal::{Reason, refuse};

/// What the numbers of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// f32
    Single,
    /// f64
    Double,
    /// Other floating-point numbers: of 16 bits and fewer.
    Half,
    /// Whole numbers of any width.
    Integer,
    /// Truth values.
    Bool,
    /// Texts, complex numbers and whatever there will be.
    Other,
}

impl Element {
    /// Whether values of it are divided and rooted as numbers on a line.
    pub fn is_real(self) -> bool {
        matches!(self, Self::Single | Self::Double | Self::Half)
    }
}

/// Numbers in a shape, the last axis fastest. Whole numbers are `f64` here too; NaN among them stands for the size of the
/// batch, and infinity for what follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub numbers: Rc<[f64]>,
    pub element: Element,
}

impl Array {
    pub fn new(shape: Vec<usize>, numbers: Vec<f64>, element: Element) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), numbers.len());
        Self { shape, numbers: numbers.into(), element }
    }

    pub fn integers(numbers: impl IntoIterator<Item = f64>) -> Self {
        let numbers: Vec<f64> = numbers.into_iter().collect();
        Self::new(vec![numbers.len()], numbers, Element::Integer)
    }

    /// The number, if there is just one.
    pub fn single(&self) -> Option<f64> {
        match *self.numbers {
            [number] => Some(number),
            _ => None,
        }
    }

    /// The numbers as whole ones.
    #[allow(clippy::cast_possible_truncation)] // Saturates: the ends of slices are given as the largest whole number.
    pub fn whole(&self) -> Vec<i64> {
        self.numbers.iter().map(|&number| number as i64).collect()
    }

    /// The numbers at some places, in another shape.
    pub fn at(&self, shape: Vec<usize>, places: &[usize]) -> Self {
        Self::new(shape, places.iter().map(|&place| self.numbers[place]).collect(), self.element)
    }

    /// The same numbers in another shape of as many.
    pub fn reshaped(&self, shape: Vec<usize>) -> Self {
        Self { shape, ..self.clone() }
    }

    pub fn map(&self, value: impl Fn(f64) -> f64) -> Self {
        Self::new(self.shape.clone(), self.numbers.iter().map(|&number| value(number)).collect(), self.element)
    }

    pub fn transposed(&self, axes: &[usize]) -> Result<Self, Reason> {
        let places = places::transposed(&self.shape, axes)?;
        Ok(self.at(axes.iter().map(|&axis| self.shape[axis]).collect(), &places))
    }

    /// The numbers repeated to a shape.
    pub fn broadcast(&self, shape: &[usize]) -> Result<Self, Reason> {
        match places::broadcast(&self.shape, shape)? {
            Some(places) => Ok(self.at(shape.to_vec(), &places)),
            None => refuse(
                format!("a constant of {} does not spread over {}", places::text(&self.shape), places::text(shape)),
                "correct the model",
            ),
        }
    }

    /// Number by number, after both are brought to one shape.
    pub fn with(&self, other: &Self, value: impl Fn(f64, f64) -> f64) -> Result<Self, Reason> {
        let Some(shape) = places::common(&self.shape, &other.shape) else {
            let (one, other) = (places::text(&self.shape), places::text(&other.shape));
            return refuse(format!("constants of {one} and {other} do not go together"), "correct the model");
        };
        let (one, other) = (self.broadcast(&shape)?, other.broadcast(&shape)?);
        let numbers = one.numbers.iter().zip(&*other.numbers).map(|(&one, &other)| value(one, other)).collect();
        Ok(Self::new(shape, numbers, one.element))
    }
}

//! What PyTorch computed, and how numbers are compared with it.

use castnet::bytemuck::{Pod, zeroed_box};
use castnet::{Role, Scalar, prelude::*};
use safetensors::{Dtype, SafeTensors};

/// The tensors of a file whose names begin in one way.
pub struct Tensors<'a> {
    file: SafeTensors<'a>,
    /// What the names begin with.
    prefix: String,
    tolerance: Tolerance,
}

/// The largest difference that is allowed, relative to the largest value of a tensor.
#[derive(Clone, Copy)]
pub struct Tolerance {
    pub single: f64,
    pub double: f64,
    /// The least that the largest value of a part of a network counts as, relative to that of the whole network.
    pub floor: f64,
}

impl Tolerance {
    fn of<T: Scalar>(self) -> f64 {
        if size_of::<T>() == 4 { self.single } else { self.double }
    }
}

impl<'a> Tensors<'a> {
    /// Those whose names begin with `prefix`, as if there were no others.
    pub fn new(bytes: &'a [u8], prefix: &str, tolerance: Tolerance) -> Self {
        Self { file: SafeTensors::deserialize(bytes).unwrap(), prefix: prefix.into(), tolerance }
    }

    /// Whether there is a tensor of this name, or several behind it and a stroke.
    pub fn has(&self, tensor: &str) -> bool {
        let mut names = self.file.names().into_iter().filter_map(|name| name.strip_prefix(&self.prefix));
        names.any(|name| name.strip_prefix(tensor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    pub fn bytes(&self, tensor: &str) -> (Dtype, &[u8]) {
        let name = format!("{}{tensor}", self.prefix);
        let tensor = self.file.tensor(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
        (tensor.dtype(), tensor.data())
    }

    pub fn numbers(&self, tensor: &str) -> Vec<f64> {
        match self.bytes(tensor) {
            (Dtype::F32, bytes) => {
                bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()).into()).collect()
            }
            (Dtype::F64, bytes) => bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect(),
            (other, _) => panic!("{tensor} is of {other:?}"),
        }
    }

    /// Arrays of numbers, one for each sample.
    pub fn rows<T: Scalar, A: Pod + AsMut<[T]>>(&self, tensor: &str) -> Vec<A> {
        let numbers = self.numbers(tensor);
        let rows = numbers.chunks_exact(size_of::<A>() / size_of::<T>());
        rows.map(|row| {
            let mut array = A::zeroed();
            array.as_mut().iter_mut().zip(row).for_each(|(number, &value)| *number = T::from_f64(value));
            array
        })
        .collect()
    }

    /// The numbers of a network, in its own order; PyTorch's rows are castnet's columns. What is not of `kind` is zero.
    pub fn network<N: Network>(&self, kind: &str) -> Box<N> {
        let mut network = zeroed_box::<N>();
        for segment in N::SEGMENTS {
            if !is_of(kind, segment.role) {
                continue;
            }
            let numbers = self.numbers(&format!("{kind}/{}", segment.name));
            let [rows, columns] = segment.matrix();
            assert_eq!(numbers.len(), rows * columns, "{}", segment.name);
            let parameters = &mut network.parameters_mut()[segment.offset..][..segment.len];
            for (index, parameter) in parameters.iter_mut().enumerate() {
                *parameter = N::Scalar::from_f64(numbers[index % rows * columns + index / rows]);
            }
        }
        network
    }

    /// Compares with a tensor.
    pub fn check<T: Scalar>(&self, tensor: &str, found: &[T]) {
        self.compare(tensor, found, &self.numbers(tensor));
    }

    /// Compares with one number of a tensor.
    pub fn check_number<T: Scalar>(&self, tensor: &str, index: usize, found: T) {
        self.compare(tensor, &[found], &[self.numbers(tensor)[index]]);
    }

    /// Compares every segment of a network that is of `kind`.
    pub fn check_network<N: Network>(&self, kind: &str, found: &N) {
        let expected = self.network::<N>(kind);
        let in_f64 = |numbers: &[N::Scalar]| numbers.iter().map(|number| number.to_f64()).collect::<Vec<f64>>();
        let floor = self.tolerance.floor * largest(&in_f64(expected.parameters()));
        for segment in N::SEGMENTS.iter().filter(|segment| is_of(kind, segment.role)) {
            let range = segment.offset..segment.offset + segment.len;
            let expected = in_f64(&expected.parameters()[range.clone()]);
            let what = format!("{kind}/{}", segment.name);
            self.compare_to(largest(&expected).max(floor), &what, &found.parameters()[range], &expected);
        }
    }

    /// Compares numbers, relative to the largest that is expected.
    pub fn compare<T: Scalar>(&self, what: &str, found: &[T], expected: &[f64]) {
        self.compare_to(largest(expected), what, found, expected);
    }

    fn compare_to<T: Scalar>(&self, largest: f64, what: &str, found: &[T], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
            let difference = (found.to_f64() - expected).abs();
            assert!(
                difference <= self.tolerance.of::<T>() * largest,
                "{what}[{index}] is {found}, expected {expected}: off by {:.1e} of the largest, {largest}",
                difference / largest
            );
        }
    }
}

/// Whether a gradient, running statistics or a whole network have a segment of this role.
fn is_of(kind: &str, role: Role) -> bool {
    match kind {
        "gradient" => role == Role::Trainable,
        "running" => role == Role::RunningStatistic,
        _ => true,
    }
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, number| largest.max(number.abs()))
}

//! What PyTorch computed, and how numbers are compared with it.

use std::path::Path;

use castnet::bytemuck::{Pod, zeroed_box};
use castnet::{Network, Role, Scalar};
use safetensors::{Dtype, SafeTensors};

/// The tensors of a file whose names begin in one way.
pub struct Tensors<'a> {
    file: SafeTensors<'a>,
    /// What the names begin with.
    prefix: String,
}

/// The bytes of a file in `tests/`.
pub fn read(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)).unwrap()
}

impl<'a> Tensors<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { file: SafeTensors::deserialize(bytes).unwrap(), prefix: String::new() }
    }

    /// Those of `case`, as if there were no others.
    pub fn of(bytes: &'a [u8], case: &str) -> Self {
        Self { prefix: format!("{case}/"), ..Self::new(bytes) }
    }

    pub fn has(&self, tensor: &str) -> bool {
        self.file.tensor(&format!("{}{tensor}", self.prefix)).is_ok()
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
            let [rows, columns] = segment.shape;
            assert_eq!(numbers.len(), rows * columns, "{}", segment.name);
            let parameters = &mut network.parameters_mut()[segment.offset..][..segment.len];
            for (index, parameter) in parameters.iter_mut().enumerate() {
                *parameter = N::Scalar::from_f64(numbers[index % rows * columns + index / rows]);
            }
        }
        network
    }
}

/// Whether a gradient, running statistics or a whole network have a segment of this role.
pub fn is_of(kind: &str, role: Role) -> bool {
    match kind {
        "gradient" => role == Role::Trainable,
        "running" => role == Role::RunningStatistic,
        _ => true,
    }
}

/// The largest difference that is allowed, relative to the largest value of a tensor.
pub fn tolerance<T: Scalar>() -> f64 {
    if size_of::<T>() == 4 { 1e-5 } else { 1e-12 }
}

/// Compares with a tensor, relative to its largest value.
pub fn check<T: Scalar>(what: &str, found: &[T], expected: &[f64]) {
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    check_within(what, found, expected, tolerance::<T>() * largest);
}

/// Compares with a tensor: `bound` is the largest difference that is allowed.
pub fn check_within<T: Scalar>(what: &str, found: &[T], expected: &[f64], bound: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found.to_f64() - expected).abs();
        assert!(
            difference <= bound,
            "{what}[{index}] is {found}, expected {expected}: off by {difference:.1e}, more than {bound:.1e}"
        );
    }
}

/// Compares every segment of a network that is of `kind`.
pub fn check_network<N: Network>(kind: &str, found: &N, expected: &N) {
    for segment in N::SEGMENTS.iter().filter(|segment| is_of(kind, segment.role)) {
        let part = |network: &N| network.parameters()[segment.offset..][..segment.len].to_vec();
        let expected: Vec<f64> = part(expected).into_iter().map(Scalar::to_f64).collect();
        check(&format!("{kind} of {}", segment.name), &part(found), &expected);
    }
}

/// The numbers of one sample after the other, out of the lanes.
pub fn by_sample<T: Scalar, const L: usize>(lanes: &[T], real: usize) -> Vec<T> {
    (0..real).flat_map(|lane| lanes.chunks_exact(L).map(move |column| column[lane])).collect()
}

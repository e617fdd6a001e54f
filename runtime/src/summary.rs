//! The layer table.

use std::fmt::{self, Display, Formatter};

use crate::{LayerInfo, Network, Scalar};

/// The layer table of a network, and the bytes that it takes; all of it is known at compile time.
///
/// ```
/// use castnet::{network, summary};
///
/// network! {
///     struct Small {
///         input: [1, 6, 6],
///         conv: conv2d(2, kernel = 3, padding = same), relu,
///         max_pool2d(2),
///         flatten,
///         logits: dense(3),
///     }
/// }
///
/// let summary = summary::<Small>();
/// assert_eq!(summary.parameters, 1 * 9 * 2 + 2 + 18 * 3 + 3);
/// assert_eq!(summary.multiply_adds, 36 * 18 + 18 * 3);
/// println!("{summary}");
/// ```
pub fn summary<N: Network>() -> Summary {
    Summary {
        name: N::NAME,
        scalar: N::Scalar::NAME,
        input_shape: N::INPUT_SHAPE,
        layers: N::LAYERS,
        parameters: N::TRAINABLE_COUNT,
        multiply_adds: N::LAYERS.iter().map(|layer| layer.multiply_adds).sum(),
        network_bytes: size_of::<N>(),
        inference_bytes: size_of::<N::Workspace<1>>(),
        trace_bytes: size_of::<N::Trace<1>>(),
    }
}

/// What [`summary`] says. Its [`Display`] is the layer table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The name of the network.
    pub name: &'static str,
    /// `"f32"` or `"f64"`.
    pub scalar: &'static str,
    /// `[features]` or `[channels, height, width]` of a sample.
    pub input_shape: &'static [usize],
    /// The layers in their order.
    pub layers: &'static [LayerInfo],
    /// Trainable parameters.
    pub parameters: usize,
    /// Multiplications with an addition for one sample at inference.
    pub multiply_adds: u64,
    /// The size of the network, and of its gradient: frozen parameters and running statistics included.
    pub network_bytes: usize,
    /// The size of the buffers of one sample at inference.
    pub inference_bytes: usize,
    /// The size of the activations and gradients of one sample in training.
    pub trace_bytes: usize,
}

/// Columns that hold numbers, which stand at the right.
const NUMBERS: [bool; 6] = [false, false, false, true, true, true];

impl Display for Summary {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let widths: [usize; 6] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
        writeln!(formatter, "{}, {}", self.name, self.scalar)?;
        for (index, row) in rows.iter().enumerate() {
            write_row(formatter, row, &widths)?;
            if index == 0 || index + 2 == rows.len() {
                writeln!(formatter, "{}", "-".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)))?;
            }
        }
        write!(
            formatter,
            "network {}, buffers of a sample: {} at inference, {} in training",
            bytes(self.network_bytes),
            bytes(self.inference_bytes),
            bytes(self.trace_bytes)
        )
    }
}

impl Summary {
    /// Header, input, layers, total.
    fn rows(&self) -> Vec<[String; 6]> {
        let header = ["layer", "kind", "output", "parameters", "receptive field", "multiply-adds"].map(String::from);
        let mut input = std::array::from_fn(|_| String::new());
        input[0] = "input".into();
        input[2] = format!("{:?}", self.input_shape);
        let mut total = std::array::from_fn(|_| String::new());
        total[0] = "total".into();
        total[3] = grouped(self.parameters as u64);
        total[5] = grouped(self.multiply_adds);

        let mut rows = vec![header, input];
        rows.extend(self.layers.iter().map(cells));
        rows.push(total);
        rows
    }
}

fn cells(layer: &LayerInfo) -> [String; 6] {
    [
        layer.name.into(),
        layer.kind.into(),
        format!("{:?}", layer.output_shape),
        grouped(layer.parameters as u64),
        layer.receptive_field.map_or_else(String::new, |[height, width]| format!("{height}x{width}")),
        grouped(layer.multiply_adds),
    ]
}

fn write_row(formatter: &mut Formatter<'_>, row: &[String; 6], widths: &[usize; 6]) -> fmt::Result {
    let mut line = String::new();
    for ((cell, &width), number) in row.iter().zip(widths).zip(NUMBERS) {
        let cell = if number { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
        line.push_str(&cell);
        line.push_str("  ");
    }
    writeln!(formatter, "{}", line.trim_end())
}

/// `61706` as `61,706`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes for people: exact below 10 KiB.
fn bytes(count: usize) -> String {
    const KIB: usize = 1024;
    match count {
        0..10_240 => format!("{} bytes", grouped(count as u64)),
        10_240..10_485_760 => format!("{:.1} KiB", count as f64 / KIB as f64),
        _ => format!("{:.1} MiB", count as f64 / (KIB * KIB) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Affine;

    #[test]
    fn the_table_is_aligned() {
        let expected = "\
Affine, f64
layer   kind   output  parameters  receptive field  multiply-adds
-----------------------------------------------------------------
input          [3]
affine  dense  [2]              8                               6
-----------------------------------------------------------------
total                           8                               6
network 128 bytes, buffers of a sample: 0 bytes at inference, 160 bytes in training";
        assert_eq!(summary::<Affine<false>>().to_string(), expected);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([7, 999, 1_000, 61_706, 138_357_544].map(grouped), ["7", "999", "1,000", "61,706", "138,357,544"]);
        assert_eq!([9, 20_480, 20_971_520].map(bytes), ["9 bytes", "20.0 KiB", "20.0 MiB"]);
    }
}

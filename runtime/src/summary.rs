//! The layer table.

use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

use crate::{LayerInfo, LayerPlace, Network, Scalar, Source};

/// The layer table of a network, and the bytes that it takes; all of it is known at compile time.
///
/// A second table has the settings of the layers, and what those read that do not read the layer before them. A third one says
/// layer by layer what a sample writes at inference and where: at which byte of the buffers, which hold
/// one value where another one stood that nobody needs any more, or of the output. A layer that writes nothing leaves
/// its output where its input stands.
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
        network_bytes: N::PARAMETER_BYTES,
        inference_bytes: N::INFERENCE_BYTES,
        trace_bytes: size_of::<N::Trace<1>>(),
    }
}

/// What [`summary`] says. Its [`Display`] is the layer table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The name of the network.
    pub name: &'static str,
    /// `"f32"` or `"f64"`.
    pub scalar: &'static str,
    /// `[features]`, `[channels, length]` or `[channels, height, width]` of a sample.
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

/// Cells of a row: name, kind, output, parameters, receptive field, multiply-adds.
type Row = [String; 6];

/// The two lines of the header.
const HEADER: [[&str; 6]; 2] =
    [["", "", "", "", "receptive", "multiply-"], ["layer", "kind", "output", "parameters", "field", "adds"]];

/// The header of the settings: name, settings, what it reads.
const SETTINGS_HEADER: [&str; 3] = ["layer", "settings", "reads"];

/// The header of what a sample writes: name, bytes, where, first byte.
const MEMORY_HEADER: [&str; 4] = ["at inference", "bytes", "written to", "at byte"];

/// What a line may be long.
const COLUMNS: usize = 80;

/// Columns between two cells.
const GAP: usize = 2;

/// The table: no line is longer than 80 columns, unless numbers and shapes take more. A name for which its line has no room
/// has one of its own.
impl Display for Summary {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let header = HEADER.map(|row| row.map(String::from));
        let (rows, total) = (self.rows(), self.total());
        let table = Table::new([false, false, false, true, true, true], header.iter().chain(&rows).chain([&total]));
        writeln!(formatter, "{}, {}", self.name, self.scalar)?;
        header.iter().try_for_each(|row| table.write_row(formatter, row))?;
        table.write_line(formatter)?;
        rows.iter().try_for_each(|row| table.write_row(formatter, row))?;
        table.write_line(formatter)?;
        table.write_row(formatter, &total)?;
        self.write_settings(formatter)?;
        self.write_memory(formatter)?;
        writeln!(formatter, "network: {}", bytes(self.network_bytes))?;
        let (inference, training) = (bytes(self.inference_bytes), bytes(self.trace_bytes));
        write!(formatter, "buffers of a sample: {inference} at inference, {training} in training")
    }
}

impl Summary {
    /// The input and the layers.
    fn rows(&self) -> Vec<Row> {
        let mut input = Row::default();
        input[0] = "input".into();
        input[2] = format!("{:?}", self.input_shape);
        core::iter::once(input).chain(self.layers.iter().map(cells)).collect()
    }

    /// The layers of which the layer table does not say all.
    fn write_settings(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let layers = self.layers.iter().enumerate();
        let rows: Vec<[String; 3]> = layers.flat_map(|(place, layer)| self.settings_cells(place, layer)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let header = SETTINGS_HEADER.map(String::from);
        let table = Table::new([false; 3], core::iter::once(&header).chain(&rows));
        writeln!(formatter)?;
        table.write_row(formatter, &header)?;
        table.write_line(formatter)?;
        rows.iter().try_for_each(|row| table.write_row(formatter, row))?;
        table.write_line(formatter)
    }

    /// A row for each value that a layer reads, if it does not read that of the layer before it.
    fn settings_cells(&self, place: usize, layer: &LayerInfo) -> Vec<[String; 3]> {
        let before = place.checked_sub(1).map_or(Source::Input, Source::Layer);
        let name = |source: &Source| match *source {
            Source::Input => "input".into(),
            Source::Layer(layer) => self.layers[layer].name.into(),
        };
        let settings = layer.operation.to_string();
        let reads: Vec<String> = match layer.inputs {
            [source] if *source == before && settings.is_empty() => Vec::new(),
            [source] if *source == before => vec![String::new()],
            sources => sources.iter().map(name).collect(),
        };
        // What is the same for all rows stands in the first.
        let firsts = core::iter::once([layer.name.into(), settings]).chain(core::iter::repeat(Default::default()));
        reads.into_iter().zip(firsts).map(|(reads, [name, settings])| [name, settings, reads]).collect()
    }

    /// What each layer writes, and where.
    fn write_memory(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let header = MEMORY_HEADER.map(String::from);
        let rows: Vec<[String; 4]> = self.layers.iter().map(memory_cells).collect();
        let table = Table::new([false, true, false, true], core::iter::once(&header).chain(&rows));
        writeln!(formatter)?;
        table.write_row(formatter, &header)?;
        table.write_line(formatter)?;
        rows.iter().try_for_each(|row| table.write_row(formatter, row))?;
        table.write_line(formatter)
    }

    fn total(&self) -> Row {
        let mut total = Row::default();
        total[0] = "total".into();
        total[3] = grouped(self.parameters as u64);
        total[5] = grouped(self.multiply_adds);
        total
    }
}

/// The widths of the columns, and which hold numbers, which stand at the right.
struct Table<const N: usize> {
    widths: [usize; N],
    numbers: [bool; N],
}

impl<const N: usize> Table<N> {
    /// As wide as the cells, but for the names, for which the others leave so much room.
    fn new<'a>(numbers: [bool; N], rows: impl Iterator<Item = &'a [String; N]>) -> Self {
        let mut widths = [0; N];
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let others: usize = widths[1..].iter().map(|width| GAP + width).sum();
        let least = "layer".len();
        widths[0] = widths[0].min(COLUMNS.saturating_sub(others).max(least));
        Self { widths, numbers }
    }

    fn write_row(&self, formatter: &mut Formatter<'_>, row: &[String; N]) -> fmt::Result {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&self.widths).enumerate() {
            let is_too_long = column == 0 && cell.chars().count() > width;
            let cell = match (self.numbers[column], is_too_long) {
                (_, true) => {
                    writeln!(formatter, "{cell}")?;
                    " ".repeat(width)
                }
                (true, _) => format!("{cell:>width$}"),
                (false, _) => format!("{cell:<width$}"),
            };
            line.push_str(&cell);
            line.push_str(&" ".repeat(GAP));
        }
        writeln!(formatter, "{}", line.trim_end())
    }

    fn write_line(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", "-".repeat(self.widths.iter().sum::<usize>() + GAP * (N - 1)))
    }
}

fn cells(layer: &LayerInfo) -> Row {
    [
        layer.name.into(),
        layer.kind.into(),
        format!("{:?}", layer.output_shape),
        grouped(layer.parameters as u64),
        layer.receptive_field.iter().map(usize::to_string).collect::<Vec<_>>().join("x"),
        grouped(layer.multiply_adds),
    ]
}

fn memory_cells(layer: &LayerInfo) -> [String; 4] {
    let (within, offset) = match layer.place {
        LayerPlace::Input(offset) => ("input", offset),
        LayerPlace::Workspace(offset) => ("buffers", offset),
        LayerPlace::Output(offset) => ("output", offset),
    };
    let [bytes, offset] = [layer.bytes, offset].map(|number| grouped(number as u64));
    [layer.name.into(), bytes, within.into(), offset]
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
    use crate::layers::{Operation, Window};
    use crate::testing::Affine;

    #[test]
    fn the_table_is_aligned() {
        let expected = "\
Affine, f64
                                   receptive  multiply-
layer   kind   output  parameters      field       adds
-------------------------------------------------------
input          [3]
affine  dense  [2]              8                     6
-------------------------------------------------------
total                           8                     6

at inference  bytes  written to  at byte
----------------------------------------
affine           16  output            0
----------------------------------------
network: 128 bytes
buffers of a sample: 0 bytes at inference, 160 bytes in training";
        assert_eq!(summary::<Affine<false>>().to_string(), expected);
    }

    #[test]
    fn the_largest_table_fits_in_80_columns() {
        static LAYERS: [LayerInfo; 3] = [
            LayerInfo {
                name: "stem",
                kind: "conv2d",
                operation: Operation::Convolution(Window {
                    kernel: &[7, 7],
                    stride: &[2, 2],
                    dilation: &[1, 1],
                    padding: &[[3, 3], [3, 3]],
                }),
                inputs: &[Source::Input],
                output_shape: &[64, 112, 112],
                parameters: 9_472,
                receptive_field: &[7, 7],
                multiply_adds: 118_013_952,
                bytes: 3_211_264,
                place: LayerPlace::Workspace(0),
                state: 0,
            },
            LayerInfo {
                name: "stage4_block3_projection",
                kind: "leaky_relu",
                operation: Operation::LeakyRelu { slope: 0.01 },
                inputs: &[Source::Layer(0)],
                output_shape: &[2048, 256, 256],
                parameters: 1_638_357_544,
                receptive_field: &[1_027, 1_027],
                multiply_adds: 115_470_264_320,
                bytes: 536_870_912,
                place: LayerPlace::Workspace(3_211_264),
                state: 0,
            },
            LayerInfo {
                name: "logits",
                kind: "dense",
                operation: Operation::Dense,
                inputs: &[Source::Layer(1), Source::Input],
                output_shape: &[1_000],
                parameters: 2_049_000,
                receptive_field: &[],
                multiply_adds: 2_048_000,
                bytes: 4_000,
                place: LayerPlace::Output(0),
                state: 0,
            },
        ];
        let summary = Summary {
            name: "ResidualNetwork",
            scalar: "f32",
            input_shape: &[3, 224, 224],
            layers: &LAYERS,
            parameters: 1_640_416_016,
            multiply_adds: 115_590_326_272,
            network_bytes: 10_239,
            inference_bytes: 10_485_759,
            trace_bytes: 10_239_999 << 10,
        };
        let table = summary.to_string();
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        let row = "
stage4_block3_projection
         leaky_relu  [2048, 256, 256]  1,638,357,544  1027x1027  115,470,264,320
";
        assert!(table.contains(row), "{table}");
        let settings = "
layer              settings                             reads
--------------------------------------------------------------------------------
stem               kernel = 7, stride = 2, padding = 3
stage4_block3_projection
                   slope = 0.01
logits                                                  stage4_block3_projection
                                                        input
--------------------------------------------------------------------------------
";
        assert!(table.contains(settings), "{table}");
        let memory = "stage4_block3_projection  536,870,912  buffers     3,211,264\n";
        assert!(table.contains(memory), "{table}");
        assert!(table.contains("\nstem     conv2d      [64, 112, 112] "), "{table}");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([7, 999, 1_000, 61_706, 138_357_544].map(grouped), ["7", "999", "1,000", "61,706", "138,357,544"]);
        assert_eq!([9, 20_480, 20_971_520].map(bytes), ["9 bytes", "20.0 KiB", "20.0 MiB"]);
    }
}

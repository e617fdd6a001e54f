//! A window that slides along the axes of a sequence or an image: what convolution and pooling have in common.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use super::call::Call;
use super::call::text;
use crate::shape::{Shape, axis_names, list, noun, pattern};
use crate::size::{Binding, Size};
use crate::wording::{self, meant};

mod messages;

pub use messages::kernel_text;

/// Kernel, stride, dilation, padding and rounding, as far as they could be read: a size for each axis.
pub struct Window {
    pub kernel: Option<Vec<Size>>,
    pub stride: Option<Vec<Size>>,
    /// How far apart in the input two neighbours of the kernel are.
    pub dilation: Option<Vec<Size>>,
    pub padding: Option<Padding>,
    pub rounding: Option<Rounding>,
}

/// What to do with a window that does not tile its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// It is an error.
    Exact,
    /// What is left over is ignored.
    Floor,
}

/// Zeros around the input.
#[derive(Clone, Debug)]
pub enum Padding {
    /// Before and after it, along each axis.
    Sizes(Vec<[Size; 2]>),
    /// As many as keep its size, half of them before it.
    Same,
    /// As many as keep its size, all of them before it: no output depends on what comes later.
    Causal,
}

impl Padding {
    pub fn none(axes: usize) -> Self {
        Self::Sizes(vec![[Size::ZERO, Size::ZERO]; axes])
    }

    /// The word for one that keeps the size.
    fn word(&self) -> Option<&'static str> {
        match self {
            Self::Sizes(_) => None,
            Self::Same => Some("same"),
            Self::Causal => Some("causal"),
        }
    }
}

/// Reads `rounding = floor`.
pub fn rounding<'a>(call: &Call<'a>) -> Option<Rounding> {
    call.optional("rounding", Rounding::Exact, |call, value| {
        if Call::word(value).is_some_and(|word| word == "floor") {
            return Some(Rounding::Floor);
        }
        call.report(value, format!("expected `floor`, found `{}`\nhelp: write `rounding = floor`", text(value)));
        None
    })
}

/// Reads `padding = 2`, `padding = same` or, for each axis a number or a pair of numbers, `padding = [before, after]` of a
/// sequence and `padding = [1, [0, 2]]` of an image; of a sequence also `padding = causal`.
pub fn padding<'a>(call: &Call<'a>, value: &'a Expr, axes: usize) -> Option<Padding> {
    let words: &[&str] = if axes == 1 { &["same", "causal"] } else { &["same"] };
    let quoted = text(value);
    match Call::word(value) {
        Some(word) if word == "same" => Some(Padding::Same),
        Some(word) if word == "causal" && axes == 1 => Some(Padding::Causal),
        Some(word) if word == "causal" => {
            let message = format!("`padding = causal` is for sequences, and `{}` slides over images", call.layer.kind);
            call.report(value, format!("{message}\nhelp: write `padding = same`, or a number"));
            None
        }
        // Constants are upper case: what is not was meant as a word.
        Some(word) if word.chars().any(char::is_lowercase) => {
            let help = meant(&word, words).unwrap_or_else(|| format!("help: write a number or {}", one_of(words)));
            call.report(value, format!("there is no padding `{word}`\n{help}"));
            None
        }
        _ => match words.iter().find(|word| quoted == format!("\"{word}\"")) {
            Some(word) => {
                let message = format!("expected a number or {}, found `{quoted}`", one_of(words));
                call.report(value, format!("{message}\nhelp: write `padding = {word}`"));
                None
            }
            None => sizes_of_padding(call, value, axes).map(Padding::Sizes),
        },
    }
}

/// "`same` or `causal`"
fn one_of(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}

fn sizes_of_padding<'a>(call: &Call<'a>, value: &'a Expr, axes: usize) -> Option<Vec<[Size; 2]>> {
    if let (Expr::Array(array), 2) = (value, axes)
        && array.elems.len() == 4
    {
        let [top, bottom, left, right] = std::array::from_fn(|place| text(&array.elems[place]));
        let message = "expected one number or `[height, width]`, found 4 numbers";
        let help = format!(
            "help: write `[[{top}, {bottom}], [{left}, {right}]]` for {top} above, {bottom} below, {left} at the left and {right} at the right"
        );
        call.report(value, format!("{message}\n{help}"));
        return None;
    }
    call.each_axis(value, axis_names(axes), |call, value| {
        let Expr::Array(array) = value else {
            let size = call.size(value)?;
            return Some([size.clone(), size]);
        };
        match array.elems.iter().collect::<Vec<_>>().as_slice() {
            [before, after] => {
                // Both are read before either is given up.
                let (before, after) = (call.size(before), call.size(after));
                Some([before?, after?])
            }
            elements => {
                let found = wording::counted(elements.len(), "number");
                let help = match elements {
                    [one] => format!("write `{}`", text(one)),
                    [before, after, ..] => format!("write `[{}, {}]`", text(before), text(after)),
                    [] => String::from("write a number"),
                };
                call.report(value, format!("expected a number or `[before, after]`, found {found}\nhelp: {help}"));
                None
            }
        }
    })
}

/// One direction of a window, all of it known.
struct Axis<'a> {
    /// Which of them it is.
    place: usize,
    name: &'static str,
    input: &'a Size,
    /// What the kernel covers.
    extent: &'a Size,
    stride: &'a Size,
    /// Both sides together.
    padding: Size,
}

impl Window {
    /// What the kernel covers along each axis.
    pub fn extent(&self, root: &TokenStream) -> Option<Vec<Size>> {
        self.by_kernel_and_dilation(|kernel, dilation| match (kernel.number(), dilation.number()) {
            (_, Some(1)) => kernel.clone(),
            (Some(kernel), Some(dilation)) => Size::Number(reach_of(kernel, dilation).saturating_add(1)),
            _ => {
                let text = format!("{} + 1", reach_text(kernel, dilation));
                Size::call(quote!(#root::__private::window_extent), &[kernel, dilation], text)
            }
        })
    }

    /// From the first to the last position of the kernel, along each axis: what it covers, less one.
    fn reach(&self, root: &TokenStream) -> Option<Vec<Size>> {
        self.by_kernel_and_dilation(|kernel, dilation| match (kernel.number(), dilation.number()) {
            (Some(kernel), Some(dilation)) => Size::Number(reach_of(kernel, dilation)),
            (_, Some(1)) => {
                let text = format!("{} - 1", kernel.bound_text(Binding::Sum));
                Size::call(quote!(usize::saturating_sub), &[kernel, &Size::ONE], text)
            }
            _ => {
                let text = reach_text(kernel, dilation);
                Size::call(quote!(#root::__private::window_reach), &[kernel, dilation], text)
            }
        })
    }

    fn by_kernel_and_dilation(&self, size: impl Fn(&Size, &Size) -> Size) -> Option<Vec<Size>> {
        let (kernel, dilation) = (self.kernel.as_ref()?, self.dilation.as_ref()?);
        Some(kernel.iter().zip(dilation).map(|(kernel, dilation)| size(kernel, dilation)).collect())
    }

    /// Zeros before and after the input, along each axis. An odd one of `same` comes after it.
    pub fn margins(&self, root: &TokenStream) -> Option<Vec<[Size; 2]>> {
        match self.padding.as_ref()? {
            Padding::Sizes(sizes) => Some(sizes.clone()),
            Padding::Causal => Some(self.reach(root)?.into_iter().map(|reach| [reach, Size::ZERO]).collect()),
            Padding::Same => {
                let sizes = self.reach(root)?.into_iter().zip(self.extent(root)?);
                Some(sizes.map(|(reach, extent)| [reach.divided(2), extent.divided(2)]).collect())
            }
        }
    }

    /// The axes of the output; reports a window that does not fit or does not tile the input.
    pub fn output(&self, call: &Call<'_>, input: &Shape) -> Option<Vec<Size>> {
        let (stride, extent) = (self.stride.as_ref()?, self.extent(call.root)?);
        if input.axes().len() != extent.len() {
            return None;
        }
        if let Some(word) = self.padding.as_ref()?.word() {
            self.check_stride_of_one(call, word)?;
            return Some(input.axes().to_vec());
        }
        let (margins, rounding) = (self.margins(call.root)?, self.rounding?);
        let axis = |place: usize| Axis {
            place,
            name: axis_names(extent.len())[place],
            input: &input.axes()[place],
            extent: &extent[place],
            stride: &stride[place],
            padding: margins[place][0].plus(&margins[place][1]),
        };
        let axes: Vec<Axis<'_>> = (0..extent.len()).map(axis).collect();
        // What is wrong with a square is said once.
        let all_alike = axes.iter().all(|axis| axis.is_like(&axes[0]));
        let told = if all_alike { &axes[..1] } else { &axes[..] };
        for axis in told {
            self.check_fit(call, input, axis)?;
        }
        if rounding == Rounding::Exact {
            for axis in told {
                self.check_tiling(call, input, axis)?;
            }
        }
        Some(axes.iter().map(|axis| axis.positions(call, rounding)).collect())
    }
}

impl Axis<'_> {
    /// Input, extent, stride and padding, if all are known to the macro.
    fn numbers(&self) -> Option<[u64; 4]> {
        Some([self.input.number()?, self.extent.number()?, self.stride.number()?, self.padding.number()?])
    }

    fn is_like(&self, other: &Self) -> bool {
        let pairs = [
            (self.input, other.input),
            (self.extent, other.extent),
            (self.stride, other.stride),
            (&self.padding, &other.padding),
        ];
        pairs.iter().all(|(own, others)| own.equals(others) == Some(true))
    }

    /// `(SIDE + 2 - 5) / 2 + 1`
    fn formula(&self) -> String {
        let Axis { input, extent, stride, padding, .. } = self;
        let padded = input.plus(padding).bound_text(Binding::Sum);
        let room = format!("{padded} - {}", extent.bound_text(Binding::Product));
        match stride.number() {
            Some(1) => format!("{room} + 1"),
            _ => format!("({room}) / {} + 1", stride.bound_text(Binding::Atom)),
        }
    }

    /// Places at which the window can stand.
    fn positions(&self, call: &Call<'_>, rounding: Rounding) -> Size {
        if let Some([size, extent, stride, padding]) = self.numbers() {
            return Size::Number((size.saturating_add(padding) - extent) / stride + 1);
        }
        if [self.extent, self.stride].map(Size::number) == [Some(1); 2] && self.padding.number() == Some(0) {
            return self.input.clone();
        }
        let root = call.root;
        let arguments = [self.input, &self.padding, self.extent, self.stride];
        let is_exact = rounding == Rounding::Exact && self.stride.number() != Some(1);
        let function = if is_exact { quote!(exact_window_positions) } else { quote!(window_positions) };
        Size::call(quote!(#root::__private::#function), &arguments, self.formula())
    }
}

fn reach_of(kernel: u64, dilation: u64) -> u64 {
    kernel.saturating_sub(1).saturating_mul(dilation)
}

/// `(K - 1) * 4`
fn reach_text(kernel: &Size, dilation: &Size) -> String {
    let less = match kernel.number() {
        Some(kernel) => kernel.saturating_sub(1).to_string(),
        None => format!("({} - 1)", kernel.bound_text(Binding::Sum)),
    };
    format!("{less} * {}", dilation.bound_text(Binding::Atom))
}

/// The sizes that come in; after an error some of the same rank.
pub fn input(call: &Call<'_>, axes: usize) -> Vec<Size> {
    let input = call.input.filter(|input| input.axes().len() == axes);
    input.map_or_else(|| vec![Size::ONE; 1 + axes], |input| input.sizes().to_vec())
}

/// Reports a layer for shapes with so many axes that gets another one.
pub fn expect_axes(call: &Call<'_>, axes: usize) {
    let Some(input) = call.input else { return };
    let found = input.axes().len();
    if found == axes {
        return;
    }
    let (kind, pattern) = (call.layer.kind.to_string(), pattern(axes));
    let help = match input.sizes() {
        [length] if input.is_input() && axes == 1 => {
            format!("for a sequence of one channel write `input: [1, {length}]`")
        }
        [_] => format!("put `{kind}` before any `flatten` and `dense`, and declare the input as `{pattern}`"),
        [height, width] if input.is_input() => {
            format!(
                "write `{}`, or for an image of one channel `input: [1, {height}, {width}]`",
                with_axes(&kind, found)
            )
        }
        _ => format!("write `{}`", with_axes(&kind, found)),
    };
    let origin = input.comes_from(&list(input.sizes()), call.place);
    let article = if axes == 1 { "a" } else { "an" };
    let (expected, noun) = (noun(axes), input.noun());
    call.report_layer(format!(
        "`{kind}` expects {article} {expected} `{pattern}`, found the {noun} {input}\n{origin}\nhelp: {help}"
    ));
}

/// The kind that does the same on another number of axes: `conv1d` for `conv2d`.
fn with_axes(kind: &str, axes: usize) -> String {
    let stem = kind.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == 'd');
    format!("{stem}{axes}d")
}

#[cfg(test)]
mod tests;

//! What is wrong with a window, in words.

use quote::quote;

use super::{Axis, Window};
use crate::layers::call::Call;
use crate::shape::{Shape, crossed, noun};
use crate::size::Size;

impl Window {
    /// With a stride, `same` and `causal` would not say which of several paddings is meant.
    pub(super) fn check_stride_of_one(&self, call: &Call<'_>, word: &str) -> Option<()> {
        let strides = self.stride.as_ref()?;
        for stride in strides {
            match stride.equals(&Size::ONE) {
                Some(true) => {}
                Some(false) => {
                    let (axes, stride) = (strides.len(), crossed(strides));
                    let what = if axes == 1 { "length" } else { "size" };
                    let zeros =
                        self.padding_text(call).unwrap_or_else(|| String::from("write the padding as a number"));
                    let message = format!(
                        "`padding = {word}` keeps the {what} of the {noun}, and stride {stride} does not\nhelp: {zeros}, or use stride 1",
                        noun = noun(axes)
                    );
                    call.report(call.blame("padding"), message);
                    return None;
                }
                None => {
                    let message = format!("`padding = {word}` needs stride 1, and `{stride}` is not 1");
                    call.assert(quote!(#stride == 1), call.blame("stride"), message);
                }
            }
        }
        Some(())
    }

    /// "write `padding = [8, 0]`": the zeros of `causal`, in numbers.
    fn padding_text(&self, call: &Call<'_>) -> Option<String> {
        let margins = self.margins(call.root)?;
        match margins.as_slice() {
            [[before, after]] if before.number()? != after.number()? => {
                Some(format!("write `padding = [{before}, {after}]`"))
            }
            _ => None,
        }
    }

    pub(super) fn check_fit(&self, call: &Call<'_>, input: &Shape, axis: &Axis<'_>) -> Option<()> {
        let Some([size, extent, _, padding]) = axis.numbers() else {
            let Axis { input: size, extent, padding, name, .. } = axis;
            let root = call.root;
            let condition = quote!(#root::__private::window_fits(#size, #padding, #extent));
            let message = format!(
                "a kernel of {name} {extent} does not fit an input of {name} {size} with padding {padding}: use a smaller kernel, or more padding"
            );
            call.assert(condition, &call.layer.tokens, message);
            return Some(());
        };
        if size.saturating_add(padding) >= extent {
            return Some(());
        }
        let (kernel, padded) = (self.kernel_phrase(call)?, if padding > 0 { " and its padding" } else { "" });
        let help = self.fit_help(call, input, axis, [size, extent, padding]);
        let origin = input.comes_from(&axes_text(input), call.place);
        call.report_layer(format!("{kernel} does not fit {}{padded}\n{origin}\nhelp: {help}", input_phrase(input)));
        None
    }

    fn fit_help(&self, call: &Call<'_>, input: &Shape, axis: &Axis<'_>, [size, extent, padding]: [u64; 3]) -> String {
        if let Some(channels_first) = channels_first(input) {
            return format!("channels stand first: write `input: {channels_first}`");
        }
        let room = size + padding;
        let (mut most, mut ways) = (room, Vec::new());
        if let Some([kernel, dilation]) = self.dilated(axis.place) {
            most = (room - 1) / dilation + 1;
            let dilation = (room - 1) / (kernel - 1);
            if dilation > 0 {
                ways.push(format!("`dilation = {dilation}`"));
            }
        }
        ways.insert(0, format!("use a kernel of {} {most} or less", axis.name));
        if call.takes("padding") {
            ways.push(format!("`padding = {}`", (extent - size).div_ceil(2)));
        }
        match ways.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{}, or {last}", first.join(", ")),
            ways => ways.concat(),
        }
    }

    /// Kernel and dilation along an axis, if it is dilated.
    fn dilated(&self, axis: usize) -> Option<[u64; 2]> {
        let (kernel, dilation) = (self.kernel.as_ref()?[axis].number()?, self.dilation.as_ref()?[axis].number()?);
        (dilation > 1 && kernel > 1).then_some([kernel, dilation])
    }

    pub(super) fn check_tiling(&self, call: &Call<'_>, input: &Shape, axis: &Axis<'_>) -> Option<()> {
        let Some([size, extent, stride, padding]) = axis.numbers() else {
            let Axis { input: size, extent, stride, padding, name, .. } = axis;
            if stride.number() == Some(1) {
                return Some(());
            }
            let root = call.root;
            let condition = quote!(#root::__private::window_tiles(#size, #padding, #extent, #stride));
            let message = format!(
                "a kernel of {name} {extent} with stride {stride} does not tile an input of {name} {size}: use another stride, or `rounding = floor`"
            );
            call.assert(condition, &call.layer.tokens, message);
            return Some(());
        };
        let room = size.saturating_add(padding) - extent;
        if room % stride == 0 {
            return Some(());
        }
        let (kernel, strides) = (self.kernel_phrase(call)?, crossed_or_one(self.stride.as_ref()?));
        let padded = if padding > 0 { format!(" + {padding}") } else { String::new() };
        #[allow(clippy::cast_precision_loss)] // A quotient for a person to read.
        let quotient = format!("{:.2}", room as f64 / stride as f64 + 1.0);
        let quotient = quotient.trim_end_matches('0');
        let origin = input.comes_from(&axes_text(input), call.place);
        let help = self.tiling_help(call, input);
        call.report_layer(format!(
            "{kernel} with stride {strides} does not tile {}: ({size}{padded} - {extent}) / {stride} + 1 = {quotient}\n{origin}\nhelp: {help}",
            input_phrase(input)
        ));
        None
    }

    /// Two ways out: another stride, and the same one with padding or rounding.
    fn tiling_help(&self, call: &Call<'_>, input: &Shape) -> String {
        let way = || {
            let padding = self.even_padding(call).filter(|_| call.takes("padding"));
            let Some(padding) = padding else {
                return Some(format!(
                    "`rounding = floor` for {}",
                    output_phrase(&self.positions_with(call, input, 0)?)
                ));
            };
            let most = self.extent(call.root)?[0].number()?;
            let exact =
                (1..most.saturating_sub(padding)).find(|&more| self.tiles_with(call, input, more) == Some(true));
            let more = exact.unwrap_or(1);
            let rounding = if exact.is_some() { "" } else { " with `rounding = floor`" };
            let output = output_phrase(&self.positions_with(call, input, more)?);
            Some(format!("`padding = {}`{rounding} for {output}", padding + more))
        };
        let way = way().unwrap_or_else(|| String::from("`rounding = floor`"));
        format!("use `stride = 1`, or {way}")
    }

    /// The zeros on each side, if they are as many everywhere.
    fn even_padding(&self, call: &Call<'_>) -> Option<u64> {
        let margins = self.margins(call.root)?;
        let mut numbers = margins.as_flattened().iter().map(Size::number);
        let first = numbers.next()??;
        numbers.all(|number| number == Some(first)).then_some(first)
    }

    /// What is left along each axis for the window to move in, with `more` padding on each side, and its stride.
    fn rooms(&self, call: &Call<'_>, input: &Shape, more: u64) -> Option<Vec<[u64; 2]>> {
        let (extent, stride, margins) = (self.extent(call.root)?, self.stride.as_ref()?, self.margins(call.root)?);
        let room = |axis: usize| {
            let [before, after] = &margins[axis];
            let padded = input.axes()[axis].number()? + before.number()? + after.number()? + 2 * more;
            Some([padded.checked_sub(extent[axis].number()?)?, stride[axis].number()?])
        };
        (0..extent.len()).map(room).collect()
    }

    fn tiles_with(&self, call: &Call<'_>, input: &Shape, more: u64) -> Option<bool> {
        Some(self.rooms(call, input, more)?.iter().all(|[room, stride]| room % stride == 0))
    }

    fn positions_with(&self, call: &Call<'_>, input: &Shape, more: u64) -> Option<Vec<u64>> {
        Some(self.rooms(call, input, more)?.iter().map(|[room, stride]| room / stride + 1).collect())
    }

    /// "a 3x3 kernel", "a kernel of 3 that dilation 4 stretches to 9"
    fn kernel_phrase(&self, call: &Call<'_>) -> Option<String> {
        let (kernel, dilation) = (self.kernel.as_ref()?, self.dilation.as_ref()?);
        let stretched = if dilation.iter().all(|dilation| dilation.number() == Some(1)) {
            String::new()
        } else {
            format!(" that dilation {} stretches to {}", crossed_or_one(dilation), crossed(&self.extent(call.root)?))
        };
        Some(format!("a {}{stretched}", kernel_text(kernel)))
    }
}

/// `[3, 28, 28]`, where an image has its channels last.
fn channels_first(input: &Shape) -> Option<String> {
    let [height, width, channels] = input.sizes() else { return None };
    let is_likely = height.number() == width.number() && channels.number().is_some_and(|channels| channels <= 4);
    (is_likely && input.is_input()).then(|| format!("[{channels}, {height}, {width}]"))
}

/// "5x5 kernel", "kernel of 5"
pub fn kernel_text(kernel: &[Size]) -> String {
    match kernel {
        [length] => format!("kernel of {length}"),
        sizes => format!("{} kernel", crossed(sizes)),
    }
}

/// "a 12x12 input", "an input of length 12"
fn input_phrase(input: &Shape) -> String {
    match input.axes() {
        [length] => format!("an input of length {length}"),
        axes => format!("a {} input", crossed(axes)),
    }
}

/// "a 12x12 output", "an output of length 12"
fn output_phrase(axes: &[u64]) -> String {
    match axes {
        [length] => format!("an output of length {length}"),
        axes => format!("a {} output", crossed(axes)),
    }
}

/// "12x12", "length 12"
fn axes_text(input: &Shape) -> String {
    match input.axes() {
        [length] => format!("length {length}"),
        axes => crossed(axes),
    }
}

/// `2`, or `2x1` where the two differ.
fn crossed_or_one(sizes: &[Size]) -> String {
    let is_one = sizes.iter().all(|size| size.equals(&sizes[0]) == Some(true));
    if is_one { sizes[0].to_string() } else { crossed(sizes) }
}

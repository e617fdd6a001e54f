//! A window that slides over an image: what convolution and pooling have in common.

use quote::quote;
use syn::Expr;

use super::call::Call;
use super::call::text;
use crate::shape::Shape;
use crate::size::{Binding, Size};
use crate::wording::meant;

/// Kernel, stride, padding and rounding, as far as they could be read.
pub struct Window {
    /// Height and width.
    pub kernel: Option<[Size; 2]>,
    /// Down and to the right.
    pub stride: Option<[Size; 2]>,
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

/// Zeros around the image.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // There is one for each layer of a declaration.
pub enum Padding {
    /// As many rows above as below, as many columns at the left as at the right.
    Sizes([Size; 2]),
    /// As many as keep height and width.
    Same,
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

/// Reads `padding = 2`, `padding = [2, 1]` or `padding = same`.
pub fn padding<'a>(call: &Call<'a>, value: &'a Expr) -> Option<Padding> {
    match Call::word(value) {
        Some(word) if word == "same" => Some(Padding::Same),
        // Constants are upper case: what is not was meant as a word.
        Some(word) if word.chars().any(char::is_lowercase) => {
            let help = meant(&word, &["same"]).unwrap_or_else(|| String::from("help: write a number or `same`"));
            call.report(value, format!("there is no padding `{word}`\n{help}"));
            None
        }
        _ if text(value) == "\"same\"" => {
            call.report(value, "expected a number or `same`, found `\"same\"`\nhelp: write `padding = same`");
            None
        }
        _ => call.pair(value, Call::size).map(Padding::Sizes),
    }
}

/// One direction of a window, all of it known.
struct Axis<'a> {
    name: &'static str,
    input: &'a Size,
    kernel: &'a Size,
    stride: &'a Size,
    /// Both sides together.
    padding: Size,
}

impl Window {
    /// Rows and columns of zeros: top, bottom, left, right. An odd one of `same` goes to the bottom and the right.
    pub fn margins(&self) -> Option<[Size; 4]> {
        match self.padding.as_ref()? {
            Padding::Sizes([rows, columns]) => Some([rows.clone(), rows.clone(), columns.clone(), columns.clone()]),
            Padding::Same => {
                let [height, width] = self.kernel.as_ref()?;
                let before = |size: &Size| match size.number() {
                    Some(number) => Size::Number(number.saturating_sub(1) / 2),
                    None => {
                        let less = format!("{} - 1", size.bound_text(Binding::Sum));
                        Size::call(quote!(usize::saturating_sub), &[size, &Size::ONE], less).divided(2)
                    }
                };
                Some([before(height), height.divided(2), before(width), width.divided(2)])
            }
        }
    }

    /// Height and width of the output; reports a window that does not fit or does not tile the image.
    pub fn output(&self, call: &Call<'_>, input: &Shape) -> Option<[Size; 2]> {
        let [_, height, width] = input.image()?;
        let ([kernel_height, kernel_width], [down, right]) = (self.kernel.as_ref()?, self.stride.as_ref()?);
        if matches!(self.padding, Some(Padding::Same)) {
            self.check_same(call)?;
            return Some([height.clone(), width.clone()]);
        }
        let [top, bottom, left, right_margin] = self.margins()?;
        let rounding = self.rounding?;
        let rows =
            Axis { name: "height", input: height, kernel: kernel_height, stride: down, padding: top.plus(&bottom) };
        let columns = Axis {
            name: "width",
            input: width,
            kernel: kernel_width,
            stride: right,
            padding: left.plus(&right_margin),
        };
        // What is wrong with a square is said once.
        let axes = if rows.is_like(&columns) { vec![&rows] } else { vec![&rows, &columns] };
        for axis in &axes {
            self.check_fit(call, input, axis)?;
        }
        if rounding == Rounding::Exact {
            for axis in &axes {
                self.check_tiling(call, input, axis)?;
            }
        }
        Some([rows.positions(call, rounding), columns.positions(call, rounding)])
    }

    /// With a stride, `same` would not say which of several paddings is meant.
    fn check_same(&self, call: &Call<'_>) -> Option<()> {
        let one = Size::ONE;
        for stride in self.stride.as_ref()? {
            match stride.equals(&one) {
                Some(true) => {}
                Some(false) => {
                    let message = format!(
                        "`padding = same` keeps the size of the image, and stride {} does not\nhelp: write the padding as a number, or use stride 1",
                        pair(self.stride.as_ref()?)
                    );
                    call.report(call.blame("padding"), message);
                    return None;
                }
                None => {
                    let message = format!("`padding = same` needs stride 1, and `{stride}` is not 1");
                    call.assert(quote!(#stride == 1), call.blame("stride"), message);
                }
            }
        }
        Some(())
    }

    fn check_fit(&self, call: &Call<'_>, input: &Shape, axis: &Axis<'_>) -> Option<()> {
        let Some([size, kernel, _, padding]) = axis.numbers() else {
            let Axis { input: size, kernel, padding, name, .. } = axis;
            let root = call.root;
            let condition = quote!(#root::__private::window_fits(#size, #padding, #kernel));
            let message = format!(
                "a kernel of {name} {kernel} does not fit an input of {name} {size} with padding {padding}: use a smaller kernel, or more padding"
            );
            call.assert(condition, &call.layer.tokens, message);
            return Some(());
        };
        if size.saturating_add(padding) >= kernel {
            return Some(());
        }
        let [kernels, image] = [pair(self.kernel.as_ref()?), image_text(input)];
        let padded = if padding > 0 { " and its padding" } else { "" };
        let mut help = format!("help: use a kernel of {name} {most} or less", name = axis.name, most = size + padding);
        if let [channels, height, width] = input.image()?.map(Size::number)
            && channels == height
            && width.is_some_and(|width| width <= 4)
            && input.is_input()
        {
            help = format!(
                "help: channels stand first: write `input: [{}, {}, {}]`",
                input.sizes()[2],
                input.sizes()[0],
                input.sizes()[1]
            );
        } else if call.takes("padding") {
            help.push_str(&format!(", or `padding = {}`", (kernel - size).div_ceil(2)));
        }
        let origin = input.comes_from(&image, call.place);
        call.report_layer(format!("a {kernels} kernel does not fit a {image} input{padded}\n{origin}\n{help}"));
        None
    }

    fn check_tiling(&self, call: &Call<'_>, input: &Shape, axis: &Axis<'_>) -> Option<()> {
        let Some([size, kernel, stride, padding]) = axis.numbers() else {
            let Axis { input: size, kernel, stride, padding, name } = axis;
            if stride.number() == Some(1) {
                return Some(());
            }
            let root = call.root;
            let condition = quote!(#root::__private::window_tiles(#size, #padding, #kernel, #stride));
            let message = format!(
                "a kernel of {name} {kernel} with stride {stride} does not tile an input of {name} {size}: use another stride, or `rounding = floor`"
            );
            call.assert(condition, &call.layer.tokens, message);
            return Some(());
        };
        let room = size.saturating_add(padding) - kernel;
        if room % stride == 0 {
            return Some(());
        }
        let [kernels, strides] = [pair(self.kernel.as_ref()?), pair_or_one(self.stride.as_ref()?)];
        let image = image_text(input);
        let padded = if padding > 0 { format!(" + {padding}") } else { String::new() };
        #[allow(clippy::cast_precision_loss)] // A quotient for a person to read.
        let quotient = format!("{:.2}", room as f64 / stride as f64 + 1.0);
        let quotient = quotient.trim_end_matches('0');
        let origin = input.comes_from(&image, call.place);
        let help = self.tiling_help(call, input);
        call.report_layer(format!(
            "a {kernels} kernel with stride {strides} does not tile a {image} input: ({size}{padded} - {kernel}) / {stride} + 1 = {quotient}\n{origin}\nhelp: {help}"
        ));
        None
    }

    /// Two ways out: another stride, and the same one with padding or rounding.
    fn tiling_help(&self, call: &Call<'_>, input: &Shape) -> String {
        let way = || {
            let [height, width] = self.paddings()?;
            if !call.takes("padding") || height != width {
                let [rows, columns] = self.positions_with(input, 0)?;
                return Some(format!("`rounding = floor` for a {rows}x{columns} output"));
            }
            let least = height + 1;
            let most = self.kernel.as_ref()?[0].number()?;
            let exact = (least..most).find(|padding| self.tiles_with(input, padding - height).unwrap_or(false));
            let padding = exact.unwrap_or(least);
            let [rows, columns] = self.positions_with(input, padding - height)?;
            let rounding = if exact.is_some() { "" } else { " with `rounding = floor`" };
            Some(format!("`padding = {padding}`{rounding} for a {rows}x{columns} output"))
        };
        let way = way().unwrap_or_else(|| String::from("`rounding = floor`"));
        format!("use `stride = 1`, or {way}")
    }

    /// Zeros on one side, in rows and columns.
    fn paddings(&self) -> Option<[u64; 2]> {
        let [top, _, left, _] = self.margins()?;
        Some([top.number()?, left.number()?])
    }

    /// Rows and columns left for the window to move in, with `more` padding on each side.
    fn rooms(&self, input: &Shape, more: u64) -> Option<[[u64; 2]; 2]> {
        let [_, height, width] = input.image()?;
        let ([kernel_height, kernel_width], [down, right]) = (self.kernel.as_ref()?, self.stride.as_ref()?);
        let [rows, columns] = self.paddings()?;
        let room = |size: &Size, padding: u64, kernel: &Size| {
            (size.number()? + 2 * (padding + more)).checked_sub(kernel.number()?)
        };
        Some([
            [room(height, rows, kernel_height)?, down.number()?],
            [room(width, columns, kernel_width)?, right.number()?],
        ])
    }

    fn tiles_with(&self, input: &Shape, more: u64) -> Option<bool> {
        Some(self.rooms(input, more)?.iter().all(|[room, stride]| room % stride == 0))
    }

    fn positions_with(&self, input: &Shape, more: u64) -> Option<[u64; 2]> {
        Some(self.rooms(input, more)?.map(|[room, stride]| room / stride + 1))
    }
}

impl Axis<'_> {
    /// Input, kernel, stride and padding, if all are known to the macro.
    fn numbers(&self) -> Option<[u64; 4]> {
        Some([self.input.number()?, self.kernel.number()?, self.stride.number()?, self.padding.number()?])
    }

    fn is_like(&self, other: &Self) -> bool {
        let pairs = [
            (self.input, other.input),
            (self.kernel, other.kernel),
            (self.stride, other.stride),
            (&self.padding, &other.padding),
        ];
        pairs.iter().all(|(own, others)| own.equals(others) == Some(true))
    }

    /// `(SIDE + 2 - 5) / 2 + 1`
    fn formula(&self) -> String {
        let Axis { input, kernel, stride, padding, .. } = self;
        let padded = input.plus(padding).bound_text(Binding::Sum);
        let room = format!("{padded} - {}", kernel.bound_text(Binding::Product));
        match stride.number() {
            Some(1) => format!("{room} + 1"),
            _ => format!("({room}) / {} + 1", stride.bound_text(Binding::Atom)),
        }
    }

    /// Places at which the window can stand.
    fn positions(&self, call: &Call<'_>, rounding: Rounding) -> Size {
        if let Some([size, kernel, stride, padding]) = self.numbers() {
            return Size::Number((size.saturating_add(padding) - kernel) / stride + 1);
        }
        if [self.kernel, self.stride].map(Size::number) == [Some(1); 2] && self.padding.number() == Some(0) {
            return self.input.clone();
        }
        let root = call.root;
        let arguments = [self.input, &self.padding, self.kernel, self.stride];
        let is_exact = rounding == Rounding::Exact && self.stride.number() != Some(1);
        let function = if is_exact { quote!(exact_window_positions) } else { quote!(window_positions) };
        Size::call(quote!(#root::__private::#function), &arguments, self.formula())
    }
}

/// `5x5`
pub fn pair([height, width]: &[Size; 2]) -> String {
    format!("{height}x{width}")
}

/// `2`, or `2x1` where the two differ.
fn pair_or_one(sizes: &[Size; 2]) -> String {
    if sizes[0].equals(&sizes[1]) == Some(true) { sizes[0].to_string() } else { pair(sizes) }
}

/// Height and width of an image: `12x12`.
fn image_text(shape: &Shape) -> String {
    shape.image().map_or_else(|| shape.to_string(), |[_, height, width]| format!("{height}x{width}"))
}

/// The image that comes in; after an error one of the same rank.
pub fn image(call: &Call<'_>) -> Vec<Size> {
    let image = call.input.filter(|input| input.image().is_some());
    image.map_or_else(|| vec![Size::ONE; 3], |input| input.sizes().to_vec())
}

/// Reports a layer for images that gets something flat.
pub fn expect_image(call: &Call<'_>) {
    if let Some(input) = call.input
        && input.image().is_none()
    {
        let kind = &call.layer.kind;
        let origin = input.comes_from(&input.to_string(), call.place);
        let help = format!(
            "help: put `{kind}` before any `flatten` and `dense`, and declare the input as `[channels, height, width]`"
        );
        call.report_layer(format!(
            "`{kind}` expects an image `[channels, height, width]`, found the flat {input}\n{origin}\n{help}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_on, message_on, output};

    #[test]
    fn the_message_of_the_design() {
        assert_eq!(
            message_on("conv2: conv2d(16, kernel = 5, stride = 2)", "6,12,12"),
            "`conv2`: a 5x5 kernel with stride 2 does not tile a 12x12 input: (12 - 5) / 2 + 1 = 4.5\n\
             the 12x12 comes from `input`\n\
             help: use `stride = 1`, or `padding = 1` with `rounding = floor` for a 5x5 output"
        );
    }

    #[test]
    fn sizes_of_the_course() {
        let sizes = |text, input| output(&check_on(text, input).unwrap().0);
        assert_eq!(sizes("conv2d(10, kernel = 5, padding = 2)", "3,32,32"), "[10, 32, 32]");
        assert_eq!(sizes("conv2d(1, kernel = 3)", "1,7,7"), "[1, 5, 5]");
        assert_eq!(sizes("conv2d(1, kernel = 3, stride = 2)", "1,7,7"), "[1, 3, 3]");
        assert!(message_on("conv2d(1, kernel = 3, stride = 3)", "1,7,7").contains("= 2.33"));
        assert_eq!(sizes("conv2d(1, kernel = 3, stride = 3, rounding = floor)", "1,7,7"), "[1, 2, 2]");
        assert_eq!(sizes("conv2d(1, kernel = [5, 3], stride = [2, 1], padding = [1, 0])", "1,7,7"), "[1, 3, 5]");
    }

    #[test]
    fn a_padding_that_tiles_is_preferred() {
        let message = message_on("conv2d(1, kernel = 3, stride = 3)", "1,7,7");
        assert!(message.ends_with("help: use `stride = 1`, or `padding = 1` for a 3x3 output"), "{message}");
        let message = message_on("max_pool2d(2)", "1,7,7");
        assert!(message.ends_with("help: use `stride = 1`, or `rounding = floor` for a 3x3 output"), "{message}");
    }

    #[test]
    fn a_kernel_must_fit() {
        assert_eq!(
            message_on("c: conv2d(1, kernel = 7)", "1,5,5"),
            "`c`: a 7x7 kernel does not fit a 5x5 input\nthe 5x5 comes from `input`\n\
             help: use a kernel of height 5 or less, or `padding = 1`"
        );
        assert!(message_on("max_pool2d(7)", "1,5,5").ends_with("help: use a kernel of height 5 or less"));
        assert!(message_on("conv2d(1, kernel = 9, padding = 1)", "1,5,5").contains("input and its padding"));
    }

    #[test]
    fn same_keeps_the_size() {
        for kernel in ["1", "2", "3", "[4, 7]", "K"] {
            let text = format!("conv2d(2, kernel = {kernel}, padding = same)");
            assert_eq!(output(&check_on(&text, "1,6,5").unwrap().0), "[2, 6, 5]");
        }
        let message = message_on("conv2d(2, kernel = 3, stride = 2, padding = same)", "1,6,6");
        assert!(message.contains("`padding = same` keeps the size of the image, and stride 2x2 does not"));
        assert!(message_on("conv2d(2, kernel = 3, padding = samee)", "1,6,6").contains("did you mean `same`?"));
        assert!(message_on("conv2d(2, kernel = 3, padding = valid)", "1,6,6").contains("a number or `same`"));
        assert!(message_on("max_pool2d(2, rounding = ceil)", "1,6,6").contains("expected `floor`, found `ceil`"));
    }

    #[test]
    fn constants_are_left_to_the_compiler() {
        let (facts, assertions) = check_on("c: conv2d(F, kernel = K, stride = 2)", "1,N,12").unwrap();
        assert!(output(&facts).starts_with("[F, (N - K) / 2 + 1, (12 - K) / 2 + 1]"), "{}", output(&facts));
        let messages: Vec<&str> = assertions.iter().map(|assertion| assertion.message.as_str()).collect();
        assert_eq!(messages.len(), 6, "{messages:#?}");
        assert!(messages.iter().all(|message| message.starts_with("`c`: ")));
    }

    #[test]
    fn flat_input_is_no_image() {
        let message = message_on("max_pool2d(2)", "784");
        assert!(message.contains("expects an image `[channels, height, width]`, found the flat [784]"));
    }
}

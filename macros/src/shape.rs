//! The shape of what goes from layer to layer, and which tokens set it.

use crate::size::Size;

/// What the axes of a shape are called, by their number: those behind the features or channels.
const AXES: [&[&str]; 3] = [&[], &["length"], &["height", "width"]];

/// The most axes of a shape.
const MOST_AXES: usize = AXES.len() - 1;

/// `[features]`, `[channels, length]` or `[channels, height, width]`. A shape that an error made unknowable is `None`
/// wherever it may occur.
#[derive(Clone, Debug)]
pub struct Shape {
    sizes: Vec<Size>,
    origin: ShapeOrigin,
    /// Of tokens: how many there are. They are whole numbers below it.
    limit: Option<Size>,
}

/// What set a shape.
#[derive(Clone, Debug)]
pub struct ShapeOrigin {
    /// The layer's place among the layers; `None` for the input.
    place: Option<usize>,
    /// Its name or what it looks like.
    label: String,
}

impl ShapeOrigin {
    pub fn input() -> Self {
        Self { place: None, label: String::from("input") }
    }

    /// One of several inputs.
    pub fn named_input(name: &str) -> Self {
        Self { place: None, label: name.to_owned() }
    }

    pub fn layer(place: usize, label: &str) -> Self {
        Self { place: Some(place), label: label.to_owned() }
    }
}

impl Shape {
    pub fn new(sizes: Vec<Size>, origin: ShapeOrigin) -> Self {
        Self { sizes, origin, limit: None }
    }

    /// The same of tokens, if there is a limit.
    pub fn below(self, limit: Option<Size>) -> Self {
        Self { limit, ..self }
    }

    /// How many tokens there are, if it is a shape of tokens.
    pub fn limit(&self) -> Option<&Size> {
        self.limit.as_ref()
    }

    /// What stands in for a shape that an error made unknowable.
    pub fn unknown() -> Self {
        Self::new(vec![Size::ONE], ShapeOrigin::input())
    }

    pub fn sizes(&self) -> &[Size] {
        &self.sizes
    }

    /// Values of one sample.
    pub fn values(&self) -> Size {
        Size::product(&self.sizes)
    }

    /// The features of a flat shape.
    pub fn flat(&self) -> Option<&Size> {
        match self.sizes.as_slice() {
            [features] => Some(features),
            _ => None,
        }
    }

    /// Channels of a sequence or an image, features of a flat shape.
    pub fn channels(&self) -> &Size {
        &self.sizes[0]
    }

    /// What [`channels`](Self::channels) are.
    pub fn noun_of_channels(&self) -> &'static str {
        if self.axes().is_empty() { "feature" } else { "channel" }
    }

    /// The length of a sequence, height and width of an image, nothing of a flat shape.
    pub fn axes(&self) -> &[Size] {
        &self.sizes[1..]
    }

    /// Values of one channel.
    pub fn positions(&self) -> Size {
        Size::product(self.axes())
    }

    /// "sequence"
    pub fn noun(&self) -> &'static str {
        noun(self.axes().len())
    }

    /// Whether the input set it.
    pub fn is_input(&self) -> bool {
        self.origin.place.is_none()
    }

    /// "the 12x12 comes from `max_pool2d(2)`, the layer before it": `what` is the part of the shape in question, and
    /// `place` that of the layer that has trouble with it.
    pub fn comes_from(&self, what: &str, place: usize) -> String {
        let neighbour = self.origin.place.is_some_and(|origin| origin + 1 == place);
        let before = if neighbour { ", the layer before it" } else { "" };
        format!("the {what} comes from `{}`{before}", self.origin.label)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&list(&self.sizes))
    }
}

/// Whether there are as many sizes as a shape has: one, and one for each axis.
pub fn is_shape(sizes: &[Size]) -> bool {
    (1..=1 + MOST_AXES).contains(&sizes.len())
}

/// What a shape with so many axes is.
pub fn noun(axes: usize) -> &'static str {
    match axes {
        0 => "flat",
        1 => "sequence",
        _ => "image",
    }
}

/// The names of so many axes.
pub fn axis_names(axes: usize) -> &'static [&'static str] {
    AXES[axes]
}

/// `[channels, length]`
pub fn pattern(axes: usize) -> String {
    match axis_names(axes) {
        [] => String::from("[features]"),
        names => format!("[channels, {}]", names.join(", ")),
    }
}

/// `12x11`; of one axis `12`.
pub fn crossed<T: ToString>(sizes: &[T]) -> String {
    sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}

/// `[6, 12, 12]`
pub fn list(sizes: &[Size]) -> String {
    let sizes: Vec<String> = sizes.iter().map(Size::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(origin: ShapeOrigin) -> Shape {
        Shape::new(vec![Size::Number(6), Size::Number(12), Size::Number(11)], origin)
    }

    #[test]
    fn shapes_know_their_rank() {
        let image = image(ShapeOrigin::input());
        assert_eq!(image.to_string(), "[6, 12, 11]");
        assert_eq!(image.values().number(), Some(6 * 12 * 11));
        assert!(image.flat().is_none());
        assert_eq!((image.noun(), image.noun_of_channels()), ("image", "channel"));
        assert_eq!((crossed(image.axes()), image.positions().number()), ("12x11".into(), Some(12 * 11)));
        let flat = Shape::new(vec![Size::Number(3)], ShapeOrigin::input());
        assert!(flat.flat().is_some() && flat.axes().is_empty());
        assert_eq!((flat.noun(), flat.noun_of_channels(), flat.positions().number()), ("flat", "feature", Some(1)));
        let sequence = Shape::new(vec![Size::Number(3), Size::Number(7)], ShapeOrigin::input());
        assert_eq!((sequence.noun(), sequence.channels().number()), ("sequence", Some(3)));
    }

    #[test]
    fn axes_have_names() {
        let patterns = ["[features]", "[channels, length]", "[channels, height, width]"];
        assert_eq!((0..=MOST_AXES).map(pattern).collect::<Vec<_>>(), patterns);
    }

    #[test]
    fn shapes_know_where_they_come_from() {
        let from_layer = image(ShapeOrigin::layer(2, "max_pool2d(2)"));
        assert_eq!(from_layer.comes_from("12x11", 3), "the 12x11 comes from `max_pool2d(2)`, the layer before it");
        assert_eq!(from_layer.comes_from("12x11", 5), "the 12x11 comes from `max_pool2d(2)`");
        assert_eq!(image(ShapeOrigin::input()).comes_from("12x11", 0), "the 12x11 comes from `input`");
    }
}

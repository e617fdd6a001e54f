//! The shape of what goes from layer to layer, and which tokens set it.

use crate::size::Size;

/// `[features]` or `[channels, height, width]`. A shape that an error made unknowable is `None` wherever it may occur.
#[derive(Clone, Debug)]
pub struct Shape {
    sizes: Vec<Size>,
    origin: ShapeOrigin,
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

    pub fn layer(place: usize, label: &str) -> Self {
        Self { place: Some(place), label: label.to_owned() }
    }
}

impl Shape {
    pub fn new(sizes: Vec<Size>, origin: ShapeOrigin) -> Self {
        Self { sizes, origin }
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

    /// Channels, height and width of an image.
    pub fn image(&self) -> Option<[&Size; 3]> {
        match self.sizes.as_slice() {
            [channels, height, width] => Some([channels, height, width]),
            _ => None,
        }
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
        assert!(image.flat().is_none() && image.image().is_some());
        let flat = Shape::new(vec![Size::Number(3)], ShapeOrigin::input());
        assert!(flat.flat().is_some() && flat.image().is_none());
    }

    #[test]
    fn shapes_know_where_they_come_from() {
        let from_layer = image(ShapeOrigin::layer(2, "max_pool2d(2)"));
        assert_eq!(from_layer.comes_from("12x11", 3), "the 12x11 comes from `max_pool2d(2)`, the layer before it");
        assert_eq!(from_layer.comes_from("12x11", 5), "the 12x11 comes from `max_pool2d(2)`");
        assert_eq!(image(ShapeOrigin::input()).comes_from("12x11", 0), "the 12x11 comes from `input`");
    }
}

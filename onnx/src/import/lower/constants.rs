//! What follows from constants alone, such as the shapes that exporters compute.

use super::super::array::{Array, Element};
use super::super::graph::{Attribute, Node};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::moving::picks;
use super::{Lowering, Value, help};

/// The constant that a node makes of constants.
pub(super) fn fold(lowering: &Lowering<'_>, node: &Node) -> Result<Array, Reason> {
    let array = |place: usize| -> Result<Array, Reason> {
        match lowering.value(node, place)? {
            Some(Value::Constant(array)) => Ok(array),
            _ => refuse(format!("its input {place} is missing"), "correct the model"),
        }
    };
    match node.operator.as_str() {
        "Constant" => constant(node),
        "ConstantOfShape" => {
            let shape = sizes(&array(0)?)?;
            let (value, element) = match node.attributes.get("value") {
                Some(Attribute::Tensor(tensor)) => {
                    let tensor = tensor.clone()?;
                    (tensor.single().unwrap_or(0.0), tensor.element)
                }
                _ => (0.0, Element::Single),
            };
            Ok(Array::new(shape.clone(), vec![value; places::count_listed(&shape)?], element))
        }
        "Identity" | "Dropout" => array(0),
        "Cast" => cast(node, &array(0)?),
        "CastLike" => Ok(Array { element: array(1)?.element, ..array(0)? }),
        "Shape" => {
            let shape = array(0)?.shape;
            Ok(Array::integers(shape.into_iter().map(|size| size as f64)))
        }
        "Size" => Ok(Array::new(vec![], vec![array(0)?.numbers.len() as f64], Element::Integer)),
        "Reshape" => reshape(node, &array(0)?, lowering.optional(node, 1)?),
        "Flatten" => {
            let array = array(0)?;
            let (axis, rank) = (node.int("axis", 1), array.shape.len());
            let axis = if axis == rank as i64 { rank } else { places::axis(axis, rank)? };
            let (before, after) = array.shape.split_at(axis);
            Ok(array.reshaped(vec![before.iter().product(), after.iter().product()]))
        }
        "Transpose" => {
            let array = array(0)?;
            let rank = array.shape.len();
            let axes: Vec<usize> = match node.ints("perm") {
                Some(axes) => axes.iter().map(|&axis| places::axis(axis, rank)).collect::<Result<_, _>>()?,
                None => (0..rank).rev().collect(),
            };
            let mut sorted = axes.clone();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..rank) {
                return refuse("it does not say where each axis goes", "correct the model");
            }
            array.transposed(&axes)
        }
        "Squeeze" | "Unsqueeze" => squeeze(node, &array(0)?, lowering.ints(node, "axes", 1)?),
        "Concat" => {
            let arrays = (0..node.inputs.len()).map(array).collect::<Result<Vec<_>, _>>()?;
            concat(&arrays, node.int("axis", 0))
        }
        "Gather" => gather(&array(0)?, &array(1)?, node.int("axis", 0)),
        "Slice" => slice(lowering, node, array(0)?),
        "Expand" => {
            let (array, target) = (array(0)?, sizes(&array(1)?)?);
            match places::common(&array.shape, &target) {
                Some(shape) => array.broadcast(&shape),
                None => refuse("a constant does not spread over the shape that it says", "correct the model"),
            }
        }
        "Range" => range(&array(0)?, &array(1)?, &array(2)?),
        "Neg" => Ok(derived(array(0)?.map(|number| -number))),
        "Sqrt" => Ok(array(0)?.map(f64::sqrt)),
        "Reciprocal" => Ok(array(0)?.map(f64::recip)),
        "Exp" => Ok(array(0)?.map(f64::exp)),
        "Log" => Ok(array(0)?.map(f64::ln)),
        "Abs" => Ok(derived(array(0)?.map(f64::abs))),
        "Floor" => Ok(array(0)?.map(f64::floor)),
        "Ceil" => Ok(array(0)?.map(f64::ceil)),
        "Add" => Ok(derived(array(0)?.with(&array(1)?, |one, other| one + other)?)),
        "Sub" => Ok(derived(array(0)?.with(&array(1)?, |one, other| one - other)?)),
        "Mul" => Ok(derived(array(0)?.with(&array(1)?, |one, other| one * other)?)),
        "Pow" => array(0)?.with(&array(1)?, f64::powf),
        "Div" => {
            let (one, other) = (array(0)?, array(1)?);
            let is_real = one.element.is_real();
            let divide = |one: f64, other: f64| if is_real { one / other } else { (one / other).trunc() };
            Ok(derived(one.with(&other, divide)?))
        }
        _ => help::operator(node),
    }
}

/// Arithmetic on the size of the batch is no longer the size of the batch.
fn derived(array: Array) -> Array {
    if array.element == Element::Integer && array.numbers.iter().any(|number| number.is_nan()) {
        return array.map(|number| if number.is_nan() { f64::INFINITY } else { number });
    }
    array
}

fn constant(node: &Node) -> Result<Array, Reason> {
    let numbers = |values: Vec<f64>, element| Ok(Array::new(vec![values.len()], values, element));
    match node.attributes.iter().next().map(|(name, value)| (name.as_str(), value)) {
        Some(("value", Attribute::Tensor(tensor))) => tensor.clone(),
        Some(("value_int", Attribute::Int(value))) => Ok(Array::new(vec![], vec![*value as f64], Element::Integer)),
        Some(("value_float", Attribute::Float(value))) => {
            Ok(Array::new(vec![], vec![(*value).into()], Element::Single))
        }
        Some(("value_ints", Attribute::Ints(values))) => {
            numbers(values.iter().map(|&value| value as f64).collect(), Element::Integer)
        }
        Some(("value_floats", Attribute::Floats(values))) => {
            numbers(values.iter().map(|&value| value.into()).collect(), Element::Single)
        }
        _ => refuse("it is a constant of something else than numbers", "leave it out of the model"),
    }
}

/// Sizes, all of them known.
fn sizes(array: &Array) -> Result<Vec<usize>, Reason> {
    let shape: Vec<usize> = array.whole().into_iter().map(|size| usize::try_from(size).unwrap_or(usize::MAX)).collect();
    if array.numbers.iter().any(|size| !size.is_finite()) || shape.len() > 32 {
        return refuse(
            "a shape depends on the size of the batch",
            "keep the batch axis first in the model, and samples apart",
        );
    }
    places::count_listed(&shape)?;
    Ok(shape)
}

#[allow(clippy::cast_possible_truncation)] // That is what the model asks for.
fn cast(node: &Node, array: &Array) -> Result<Array, Reason> {
    let element = super::super::read::element(i32::try_from(node.int("to", 1)).unwrap_or(0));
    let cast = match element {
        Element::Integer => array.map(f64::trunc),
        Element::Bool => array.map(|number| f64::from(u8::from(number != 0.0))),
        Element::Single => array.map(|number| f64::from(number as f32)),
        Element::Double => array.clone(),
        Element::Half | Element::Other => {
            return refuse("it makes numbers of 16 bits, or none", "have the model in float32");
        }
    };
    Ok(Array { element, ..cast })
}

fn reshape(node: &Node, array: &Array, target: Option<Array>) -> Result<Array, Reason> {
    let target = match (node.ints("shape"), target) {
        (Some(values), _) => values.to_vec(),
        (None, Some(target)) => target.whole(),
        (None, None) => return refuse("it does not say the shape", "correct the model"),
    };
    let copies = node.int("allowzero", 0) == 0;
    let size = |(axis, &size): (usize, &i64)| match size {
        0 if copies => array.shape.get(axis).copied(),
        -1 => Some(0),
        size => usize::try_from(size).ok(),
    };
    let shape: Option<Vec<usize>> = target.iter().enumerate().map(size).collect();
    let Some(mut shape) = shape else { return refuse("it does not say the shape", "correct the model") };
    let free: Vec<usize> = (0..target.len()).filter(|&axis| target[axis] == -1).collect();
    let known = shape.iter().enumerate().filter(|(axis, _)| !free.contains(axis));
    let known = known.fold(1_usize, |product, (_, &size)| product.saturating_mul(size));
    if let [axis] = free[..] {
        shape[axis] = array.numbers.len().checked_div(known).unwrap_or(0);
    }
    if free.len() > 1 || places::count(&shape)? != array.numbers.len() {
        return refuse("it sees a constant as another number of numbers", "correct the model");
    }
    Ok(array.reshaped(shape))
}

fn squeeze(node: &Node, array: &Array, axes: Option<Vec<i64>>) -> Result<Array, Reason> {
    let rank = array.shape.len();
    if node.operator == "Squeeze" {
        let axes = match axes {
            Some(axes) => axes.iter().map(|&axis| places::axis(axis, rank)).collect::<Result<Vec<_>, _>>()?,
            None => (0..rank).filter(|&axis| array.shape[axis] == 1).collect(),
        };
        if axes.iter().any(|&axis| array.shape[axis] != 1) {
            return refuse("it takes axes away that have more than one number", "correct the model");
        }
        let kept = array.shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &size)| size);
        return Ok(array.reshaped(kept.collect()));
    }
    let axes = axes.unwrap_or_default();
    let all = rank + axes.len();
    if all > 32 {
        return refuse("it adds more axes than a tensor has", "correct the model");
    }
    let axes = axes.iter().map(|&axis| places::axis(axis, all)).collect::<Result<Vec<_>, _>>()?;
    let mut sizes = array.shape.iter().copied();
    let shape: Vec<usize> =
        (0..all).map(|axis| if axes.contains(&axis) { 1 } else { sizes.next().unwrap_or(1) }).collect();
    if sizes.next().is_some() {
        return refuse("it adds an axis twice", "correct the model");
    }
    Ok(array.reshaped(shape))
}

fn concat(arrays: &[Array], axis: i64) -> Result<Array, Reason> {
    let Some(first) = arrays.first() else { return refuse("it puts nothing side by side", "correct the model") };
    let axis = places::axis(axis, first.shape.len())?;
    let mut shape = first.shape.clone();
    for array in &arrays[1..] {
        let fits = array.shape.len() == shape.len()
            && (0..shape.len()).all(|other| other == axis || array.shape[other] == shape[other]);
        if !fits {
            return refuse("constants of these shapes do not stand side by side", "correct the model");
        }
        shape[axis] += array.shape[axis];
    }
    let mut numbers = Vec::with_capacity(places::count_listed(&shape)?);
    for block in 0..shape[..axis].iter().product() {
        for array in arrays {
            let inner: usize = array.shape[axis..].iter().product();
            numbers.extend(&array.numbers[block * inner..(block + 1) * inner]);
        }
    }
    Ok(Array::new(shape, numbers, first.element))
}

fn gather(array: &Array, indices: &Array, axis: i64) -> Result<Array, Reason> {
    let axis = places::axis(axis, array.shape.len())?;
    let size = array.shape[axis];
    let picks = indices.whole().into_iter().map(|index| places::axis(index, size)).collect::<Result<Vec<_>, _>>()?;
    let mut shape = array.shape.clone();
    shape.splice(axis..=axis, indices.shape.iter().copied());
    Ok(array.at(shape, &places::picked(&array.shape, axis, &picks)?))
}

fn slice(lowering: &Lowering<'_>, node: &Node, mut array: Array) -> Result<Array, Reason> {
    let (Some(starts), Some(ends)) = (lowering.ints(node, "starts", 1)?, lowering.ints(node, "ends", 2)?) else {
        return refuse("it does not say what to take", "correct the model");
    };
    let axes = lowering.ints(node, "axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = lowering.optional(node, 4)?.map_or_else(|| vec![1; starts.len()], |steps| steps.whole());
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return refuse("it has another number of starts than of ends, axes or steps", "correct the model");
    }
    for place in 0..starts.len() {
        let axis = places::axis(axes[place], array.shape.len())?;
        let picks = picks(array.shape[axis], starts[place], ends[place], steps[place])?;
        let mut shape = array.shape.clone();
        shape[axis] = picks.len();
        array = array.at(shape, &places::picked(&array.shape, axis, &picks)?);
    }
    Ok(array)
}

fn range(start: &Array, limit: &Array, step: &Array) -> Result<Array, Reason> {
    let (Some(first), Some(limit), Some(step)) = (start.single(), limit.single(), step.single()) else {
        return refuse("its ends are no single numbers", "correct the model");
    };
    let count = ((limit - first) / step).ceil();
    #[allow(clippy::cast_precision_loss)]
    if !(count.is_finite() && count <= places::MOST as f64) {
        return refuse("it has too many numbers, or depends on the size of the batch", "have the model without it");
    }
    let mut numbers = Vec::new();
    while (numbers.len() as f64) < count {
        numbers.push(first + step * numbers.len() as f64);
    }
    Ok(Array::new(vec![numbers.len()], numbers, start.element))
}

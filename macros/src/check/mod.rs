//! [`NetworkAst`] to [`CheckedNetwork`]: threads one shape through the layers.
//!
//! After an error the check goes on, with the shape that the user stated or with what can still be known; an unknown
//! shape silences whatever would only follow from the error.

mod blocks;
mod expressible;
mod generics;
mod input;
mod inputs;
mod naming;
mod repeat;
mod residual;
mod scope;
mod shape_check;

use proc_macro2::Ident;

use crate::checked::{CheckedLayer, CheckedNetwork};
use crate::deferred::Deferred;
use crate::errors::Errors;
use crate::layers::Parameter;
use crate::names;
use crate::shape::Shape;
use crate::size::{LARGEST, Size};
use crate::syntax::{Item, NetworkAst};
use generics::{Generics, check_generics};
use inputs::{Inputs, check_inputs};
use naming::check_types;
use shape_check::ShapeCheck;

pub fn check(network: NetworkAst, errors: &Errors) -> CheckedNetwork {
    check_attributes(&network, errors);
    let Generics { scalar, parameters } = check_generics(&network, errors);
    let deferred = Deferred::new(&network.name, &parameters);
    let inputs = check_inputs(&network, &scalar, &deferred, errors);
    check_not_empty(&network, errors);
    let shapes = ShapeCheck::new(&network, &scalar, &deferred, errors);
    let (mut layers, mut blocks, heads) = shapes.run(&inputs);
    let input = inputs.parts.first().map(|_| names::input_type(&network.name));
    let output = heads.first().map(|_| names::output_type(&network.name));
    let more: Vec<Ident> = input.into_iter().chain(output).collect();
    check_types(&network.name, &more, &mut layers, &mut blocks, errors);
    check_total(&network.name, &layers, &deferred, errors);
    let NetworkAst { root, attributes, visibility, keyword, name, .. } = network;
    let Inputs { whole, parts } = inputs;
    let input = whole.unwrap_or_else(Shape::unknown);
    let (constants, assertions) = deferred.into_parts();
    CheckedNetwork {
        root,
        attributes,
        visibility,
        keyword,
        name,
        scalar,
        parameters,
        input,
        inputs: parts,
        layers,
        blocks,
        heads,
        constants,
        assertions,
    }
}

/// The layout of the struct is the macro's: parameters are seen as one slice.
fn check_attributes(network: &NetworkAst, errors: &Errors) {
    for attribute in network.attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        let name = &network.name;
        errors.at(
            attribute,
            format!("`{name}`: the layout of a network is fixed, it is `repr(C)`\nhelp: remove this attribute"),
        );
    }
}

fn check_not_empty(network: &NetworkAst, errors: &Errors) {
    let is_empty = network.items.iter().all(|item| matches!(item, Item::Input(_) | Item::Inputs(_)));
    // A layer that could not be parsed is no reason to call the network empty.
    if is_empty && errors.count() == 0 {
        let name = &network.name;
        errors.at(name, format!("`{name}` has no layers\nhelp: add one behind the input, for instance `dense(10)`"));
    }
}

/// Parameters must be countable together, not only layer by layer.
fn check_total(name: &Ident, layers: &[CheckedLayer], deferred: &Deferred, errors: &Errors) {
    let lens: Vec<Size> = layers.iter().flat_map(|layer| &layer.facts.parameters).map(Parameter::len).collect();
    let each_is_countable = lens.iter().all(Size::is_countable);
    let total = Size::sum(lens.iter());
    if each_is_countable && !total.is_countable() {
        errors.at(name, format!("`{name}` has {total} parameters, more than {LARGEST}\nhelp: make its layers smaller"));
    }
    deferred.assert_countable(
        &total,
        name,
        format!("`{name}` has more than {LARGEST} parameters: make its layers smaller"),
    );
}

#[cfg(test)]
mod tests;

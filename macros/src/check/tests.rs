//! Whole declarations: the shapes that they lead to, and every mistake at once.

use super::*;
use crate::names::dotted;
use crate::parse::parse;

fn checked(text: &str) -> (CheckedNetwork, Vec<String>) {
    let errors = Errors::new();
    let network = parse(format!("::castnet; {text}").parse().unwrap(), &errors).unwrap();
    let network = check(network, &errors);
    (network, errors.messages())
}

fn messages(text: &str) -> Vec<String> {
    checked(text).1
}

/// The one message about layers behind `input: [4]`.
fn message(layers: &str) -> String {
    let messages = messages(&format!("struct N {{ input: [4], {layers} }}"));
    assert_eq!(messages.len(), 1, "{messages:#?}");
    messages[0].clone()
}

#[test]
fn one_shape_goes_through_the_layers() {
    let (network, messages) = checked(
        "pub struct LeNet5 {
            input: [1, 28, 28],
            conv1: conv2d(6, kernel = 5), relu, max_pool2d(2),
            conv2: conv2d(16, kernel = 5) -> [16, 8, 8], relu, max_pool2d(2),
            flatten, fc1: dense(120), relu, fc2: dense(84), relu, logits: dense(10),
        }",
    );
    assert_eq!(messages, Vec::<String>::new());
    let shapes: Vec<String> = network.layers.iter().map(|layer| layer.output.to_string()).collect();
    assert_eq!(
        shapes,
        [
            "[6, 24, 24]",
            "[6, 24, 24]",
            "[6, 12, 12]",
            "[16, 8, 8]",
            "[16, 8, 8]",
            "[16, 4, 4]",
            "[256]",
            "[120]",
            "[120]",
            "[84]",
            "[84]",
            "[10]"
        ]
    );
    let names: Vec<String> = network.layers.iter().map(|layer| dotted(&layer.path)).collect();
    assert_eq!(names[1..3], ["relu1", "max_pool2d1"]);
    assert_eq!(network.scalar, "f32");
}

#[test]
fn a_later_layer_is_not_blamed_for_an_earlier_one() {
    let found = messages(
        "struct N { input: [1, 28, 28], conv2d(6, kernel = 30), relu, max_pool2d(2), flatten, dense(3) -> [3] }",
    );
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = messages("struct N { input: [1, 5, 5], conv2d(6, kernel = 9) -> [6, 4, 4], max_pool2d(3) }");
    assert_eq!(found.len(), 2, "the stated shape goes on: {found:#?}");
    assert!(messages("struct N { input: [0], dense(3) }").len() == 1);
    assert!(messages("struct N { input: [9], residul, batch_norm, dense(3), dense(3) -> [3] }").len() == 1);
}

#[test]
fn five_mistakes_are_five_messages() {
    let found = messages(
        "struct N<f16> {
            input: [1, 28, 28],
            conv1: conv2d(6, kernal = 5),
            relu, max_pool2d(2, rounding = up),
            flatten,
            #[frosen] fc1: dense(0),
            fc1: dense(10),
        }",
    );
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(found[0].starts_with("`N`: a network computes in `f32` or `f64`, found `<f16>`"));
}

#[test]
fn flat_sizes_can_be_parameters() {
    let (network, found) = checked("struct N<f64, const A: usize, const B: usize> { input: [A], dense(3), dense(B) }");
    assert_eq!((network.parameters.len(), found), (2, Vec::new()));
    assert_eq!(network.scalar, "f64");
    assert_eq!(checked("struct N<Dual> { input: [2], dense(3) }").0.scalar, "Dual");
    let message = |text: &str| {
        let found = messages(&format!("struct N<const A: usize, const B: usize> {text}"));
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].clone()
    };
    assert!(message("{ input: [2 * A + 1], relu }").starts_with("`input`: `2 * A + 1` is computed from the parameter"));
    assert!(message("{ input: [A], d: dense(B / 2), relu }").starts_with("`d`: `B / 2` is computed from"));
    assert!(message("{ input: [3, A, A], relu }").starts_with("`input`: [3, A, A] has 3 * A * A values, which is"));
    assert!(
        message("{ input: [1, 8, 8], c: conv2d(B, kernel = 3), relu, flatten, dense(3) }").contains("write a number")
    );
    assert!(message("{ input: [A], c: concat { {}, { dense(4) } }, relu }").starts_with("`c`: [A + 4] is computed"));
    assert!(message("{ input: [A], dropout(1.0 / A as f64) }").contains("parameters are for sizes"));
    assert!(message("{ input: [A], layer(my::Scale::<A>) }").contains("write a number or a constant for `A` here"));
}

#[test]
fn parameters_are_sizes() {
    let message = |generics: &str| {
        let found = messages(&format!("struct N<{generics}> {{ input: [4], relu }}"));
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].clone()
    };
    assert!(
        message("const A: u32").contains("`A` is a size, of type `usize`, found `u32`\nhelp: write `const A: usize`")
    );
    assert!(message("const A: usize = 3").contains("a parameter has no default\nhelp: write `const A: usize`"));
    assert!(message("const A").contains("expected a parameter, found `const A`"));
    assert!(message("const A: usize, const A: usize").contains("two parameters have the name `A`"));
    assert!(message("const A: usize, f64").contains("the scalar stands first\nhelp: write `struct N<f64, ..>`"));
    assert!(message("T").contains("help: write `const T: usize` if it is a size"));
    assert!(message("N: usize").contains("found `N: usize`\nhelp: write `const N: usize`"));
    assert!(message("f16").contains("a network computes in `f32` or `f64`, found `<f16>`"));
    assert!(message("").contains("found `<>`"));
}

#[test]
fn the_input_is_one_and_first() {
    let found = messages("struct N { dense(3) }");
    assert_eq!(
        found,
        [
            "`N` has no input\nhelp: write `input: [features]`, `input: [channels, length]` for sequences, or `input: [channels, height, width]` for images first"
        ]
    );
    assert!(messages("struct N { relu, input: [4] }")[0].contains("`input` stands behind a layer"));
    assert!(message("input: [5], relu").contains("this is a second one"));
    assert!(messages("struct N { inptu: [4], relu }")[0].contains("help: did you mean `input`?"));
    assert!(messages("struct N { data: [4], relu }")[0].contains("help: write `input: [4]`"));
    assert!(messages("struct N { [4], relu }")[0].contains("a shape needs its name\nhelp: write `input: [4]`"));
    assert!(messages("struct N { #[frozen] input: [4], relu }")[0].contains("`input` takes no attributes"));
    assert!(messages("struct N { input: [28, 28], relu }").is_empty());
    assert!(messages("struct N { input: [1, 2, 3, 4], relu }")[0].contains("found 4 sizes"));
    assert!(messages("struct N { input: [], relu }")[0].contains("found 0 sizes"));
    assert!(messages("struct N { input: [1, 0, 3], relu }")[0].contains("`input`: 0 is too small"));
    assert!(messages("struct N { input: [1.5], relu }")[0].contains("found a number with a fraction"));
    assert!(messages("struct N { input: [70000, 70000, 1], relu }")[0].contains("is more than 4294967295 values"));
}

#[test]
fn a_network_has_layers_and_a_fixed_layout() {
    assert!(messages("struct N { input: [4] }")[0].starts_with("`N` has no layers"));
    assert!(messages("#[repr(packed)] struct N { input: [4], relu }")[0].contains("the layout of a network is fixed"));
}

#[test]
fn unknown_layers_and_attributes_have_a_nearest_name() {
    assert_eq!(message("d: desne(3)"), "`d`: there is no layer `desne`\nhelp: did you mean `dense`?");
    let families = message("transformer");
    assert!(families.starts_with("there is no layer `transformer`\nhelp: there are\nlayers with weights: `dense`"));
    for word in crate::layers::kinds() {
        assert!(families.contains(&format!("`{word}`")), "{word}");
    }
    assert!(families.ends_with("\nblocks: `residual`, `concat`, `sum` and `repeat`"), "{families}");
    assert!(message("#[frosen] dense(3)").contains("a layer has no attribute `frosen`\nhelp: did you mean `frozen`?"));
    assert!(message("#[frozen(1)] dense(3)").contains("`frozen` takes no arguments"));
    assert!(message("#[frozen] relu").contains("it has no parameters that could be frozen"));
}

#[test]
fn names_are_unique_and_free() {
    assert!(message("a: dense(3), a: dense(3)").contains("two layers have the name `a`"));
    assert!(message("type: dense(3)").contains("`type` is a keyword of Rust"));
    assert!(message("_: dense(3)").contains("`_` is a keyword of Rust"));
    assert!(message("gen: dense(3)").contains("`gen` is a keyword of Rust"));
    assert!(messages("struct N { input: [4], r#gen: dense(3) }").is_empty());
    assert!(message("__filling: dense(3)").contains("`__filling` is a field of `N`"));
    assert!(message("input: dense(3)").contains("the shape that comes in is `input: [..]`"));
    assert!(message("gradient_a: dense(3)").contains("`gradient_a` is a field of `NTrace`"));
    assert!(message("dense2: dense(3), dense(3)").contains("would get `dense2`, by its kind and place"));
    assert!(message("fc1: dense(3), fc_1: dense(3)").contains("`fc_1` leads to a type `NFc1`"));
    assert!(message("trace: dense(3)").contains("`trace` leads to a type `NTrace`"));
    assert!(message("bn: batch_norm, bn_sums: dense(3)").contains("belongs to `bn`"));
    assert!(messages("struct N { input: [4], r#type: dense(3) }").is_empty());
}

#[test]
fn annotations_are_checked() {
    assert_eq!(
        message("d: dense(3) -> [5]"),
        "`d`: `dense(3)` makes [3] of the [4] that comes in, not [5]\nhelp: write `-> [3]`, or change the layer"
    );
    assert!(message("d: dense(3) -> [1, 1, 3]").contains("makes [3] of the [4] that comes in, not [1, 1, 3]"));
    assert!(message("d: dense(3) -> [1, 3]").contains("makes [3] of the [4] that comes in, not [1, 3]"));
    assert!(message("d: dense(3) -> [1, 1, 1, 3]").contains("found 4 sizes"));
    assert!(message("d: dense(3) -> [x y]").contains("expected `,`"));
    let (network, messages) = checked("struct N { input: [4], d: dense(3) -> [OUT], dense(OUT) -> [OUT] }");
    assert!(messages.is_empty());
    let texts: Vec<&str> = network.assertions.iter().map(|assertion| assertion.message.as_str()).collect();
    assert!(texts.contains(&"`d`: the output is not [OUT]: `OUT` differs"), "{texts:#?}");
}

#[test]
fn products_are_counted() {
    assert!(message("dense(4_000_000_000)").contains("it would have 16000000000 weights, more than 4294967295"));
    let found = messages("struct N { input: [1, 60000, 60000], conv2d(4, kernel = 1) }");
    assert!(found[0].contains("it would have 14400000000 outputs"), "{found:#?}");
    let found = messages("struct N { input: [50000], dense(50000), dense(50000) }");
    assert!(found[0].starts_with("`N` has 5000100000 parameters"), "{found:#?}");
}

#[test]
fn real_numbers_are_such_in_the_scalar_of_the_network() {
    assert_eq!(
        message("leaky_relu(1e39)"),
        "`leaky_relu(1e39)`: `1e39` is inf in `f32`\nhelp: write another number, or declare the network with `<f64>`"
    );
    assert!(message("leaky_relu(1e-60)").contains("`1e-60` is 0.0 in `f32`"));
    assert!(message("dense(3, init = normal(1e-60))").contains("is 0.0 in `f32`"));
    assert!(message("dropout(0.99999999999)").contains("is 1.0 in `f32`"));
    assert!(messages("struct N<f64> { input: [4], leaky_relu(1e39), dropout(0.99999999999) }").is_empty());
    let (network, _) = checked("struct N { input: [4], leaky_relu(SLOPE) }");
    let condition = network.assertions[0].condition.to_string();
    assert!(condition.contains("rounded_to_f32"), "{condition}");
}

#[test]
fn products_of_constants_are_countable() {
    let conditions = |text: &str| {
        let (network, messages) = checked(text);
        assert_eq!(messages, Vec::<String>::new());
        network.assertions.iter().filter(|it| it.message.contains("more than 4294967295")).count()
    };
    assert_eq!(conditions("struct N { input: [4], dense(7) }"), 0);
    assert_eq!(conditions("struct N { input: [W], dense(W) }"), 1);
    assert_eq!(conditions("struct N { input: [1, W, W], conv2d(F, kernel = 1, padding = same) }"), 3);
    assert_eq!(conditions("struct N<const W: usize> { input: [W], dense(W) }"), 0);
}

#[test]
fn sequences_go_where_images_do() {
    let text = "struct N { input: [2, 12], relu, batch_norm, layer_norm, dropout(0.5), prelu(per_channel = true), \
        residual(project) { conv1d(4, kernel = 2, stride = 2) }, concat { {}, { conv1d(3, kernel = 3, padding = same) } } -> \
        [7, 6], repeat(2) { conv1d(7, kernel = 3, padding = causal) }, sum { {}, { tanh } }, layer(Own) -> [2, 3], flatten }";
    let (network, found) = checked(text);
    assert!(found.is_empty(), "{found:#?}");
    assert!(network.layers.iter().any(|layer| layer.kind == "conv1d" && layer.text.contains("kernel = 1, stride = 2")));

    let message_of = |layers: &str| messages(&format!("struct N {{ input: [2, 12], {layers} }}")).remove(0);
    assert!(message_of("dense(3)").contains("expects flat features, found the sequence [2, 12]"));
    assert!(
        message_of("concat { {}, { flatten } }")
            .contains("makes [24], and the first one [2, 12]: only sequences stand beside sequences")
    );
    let message = message_of("concat { {}, { max_pool1d(2) } }");
    assert!(message.contains(
        "makes a sequence of length 6, and the first one of length 12: channels are put together, lengths must agree"
    ));
    assert!(message_of("residual(project) { flatten }").contains("one is a sequence and the other flat"));
    assert!(
        message_of("residual(project) { layer(Own) -> [1, 4, 6] }")
            .contains("one is an image and the other a sequence")
    );
}

/// The messages about a network with inputs `a` and `b`.
fn with_inputs(layers: &str) -> Vec<String> {
    messages(&format!("struct N {{ input: {{ a: [1, 4, 4], b: [3] }}, {layers} }}"))
}

#[test]
fn several_inputs_go_their_ways() {
    let rest = "concat { {}, { b } }, dense(2)";
    assert_eq!(with_inputs(&format!("flatten, {rest}")), Vec::<String>::new());
    assert_eq!(with_inputs(&format!("a -> [1, 4, 4], flatten, {rest}")), Vec::<String>::new());
    assert_eq!(with_inputs("concat { { a, flatten }, { b, dense(2) } }, dense(2)"), Vec::<String>::new());
    assert_eq!(
        with_inputs("b, dense(2), sum { {}, { a, flatten, dense(2) }, { a, flatten, dense(2) } }"),
        Vec::<String>::new()
    );
    let (network, _) = checked("struct N { input: { a: [1, 4, 4], b: [3] }, flatten, concat { {}, { b } } }");
    assert_eq!((network.input.to_string(), network.inputs[1].before.to_string()), ("[19]".into(), "16".into()));
    assert_eq!(network.layers.last().map(|layer| layer.output.to_string()), Some("[19]".into()));
}

#[test]
fn mistakes_with_several_inputs() {
    for (layers, part) in [
        (
            "flatten, dense(2)",
            "the input `b` is not used\nhelp: begin a branch with it, for instance `concat { {}, { b } }`",
        ),
        ("flatten, b, dense(2)", "`b` is an input, and an input begins the network or a branch"),
        ("flatten, concat { {}, { x: b } }", "`b` is an input, and has its name\nhelp: write `b`"),
        ("flatten, concat { {}, { b -> [4] } }", "`b` makes [3], not [4]"),
        ("flatten, concat { {}, { #[frozen] b } }", "it has no parameters that could be frozen"),
        ("flatten, dense(2), concat { { a, flatten }, { b } }", "what `dense(2)` makes is not used"),
        ("flatten, b: dense(2), concat { {}, { b } }", "`b` names an input and a layer"),
    ] {
        let found = with_inputs(layers);
        assert!(found.len() == 1 && found[0].contains(part), "{layers}: {found:#?}");
    }
    for (input, part) in [
        ("input: { a: [2] }", "one input needs no name of its own\nhelp: write `input: [2]`"),
        ("input: { }", "the braces of `input` are empty"),
        ("input: { a: [2], dense(3) }", "the braces of `input` hold inputs with their shapes"),
        ("input: { a: [2], [3] }", "each input has a name\nhelp: write for instance `image: [3]`"),
        ("input: { a: [2], a: [3] }", "two inputs have the name `a`"),
        ("input: { a: [2], relu: [3] }", "`relu` is a kind of layer or block and cannot name an input"),
        ("input: { a: [2], #[frozen] b: [3] }", "`b`: an input takes no attributes"),
        ("input: { a: [2], b: [0] }", "`b`: 0 is too small"),
        ("input: { a: [4294967295], b: [2] }", "the inputs have more than 4294967295 values together"),
        ("input: { a: [2], b: [N] }", "is computed from the parameter `N`"),
    ] {
        let found = messages(&format!("struct N<const N: usize> {{ {input}, concat {{ {{ a }}, {{ b }} }} }}"));
        assert!(found.iter().any(|message| message.contains(part)), "{input}: {found:#?}");
    }
}

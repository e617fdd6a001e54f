//! Declarations as text, and what is read from them.

use super::*;

/// The declaration, or the messages about it.
fn read(text: &str) -> Result<NetworkAst, Vec<String>> {
    let errors = Errors::new();
    let network = parse(format!("::castnet; {text}").parse().unwrap(), &errors);
    let messages = errors.messages();
    if messages.is_empty() { Ok(network.unwrap()) } else { Err(messages) }
}

fn messages(text: &str) -> Vec<String> {
    read(text).err().unwrap_or_default()
}

fn layers(network: &NetworkAst) -> Vec<&LayerAst> {
    let mut layers = Vec::new();
    for item in &network.items {
        if let Item::Layer(layer) = item {
            layers.push(layer);
        }
    }
    layers
}

#[test]
fn a_declaration_is_read_whole() {
    let network = read(
        "/// Docs.
         #[derive(PartialEq)]
         pub(crate) struct Net<f64> {
             input: [1, 28, N],
             #[frozen]
             conv1: conv2d(6, kernel = [5, 3], padding = same) -> [6, 28, N],
             relu,
             logits: dense(2 * N + 1)
         }",
    )
    .unwrap();
    assert_eq!(network.root.to_string(), ":: castnet");
    assert_eq!(network.name, "Net");
    assert_eq!(network.attributes.len(), 2);
    assert_eq!(network.generics.as_ref().unwrap().to_string(), "f64");
    assert!(matches!(network.visibility, Visibility::Restricted(_)));
    let Item::Input(input) = &network.items[0] else { panic!("the first item is the input") };
    assert_eq!(input.shape.sizes.as_ref().unwrap().len(), 3);
    let layers = layers(&network);
    assert_eq!(layers.iter().map(|layer| layer.kind.to_string()).collect::<Vec<_>>(), ["conv2d", "relu", "dense"]);
    assert_eq!(layers[0].attributes.len(), 1);
    assert_eq!(layers[0].arguments.len(), 3);
    assert_eq!(wording::source(&layers[0].tokens), "conv2d(6, kernel = [5, 3], padding = same)");
    assert_eq!(layers[0].arguments[1].name.as_ref().unwrap(), "kernel");
    assert_eq!(layers[0].annotation.as_ref().unwrap().sizes.as_ref().unwrap().len(), 3);
    assert!(layers[1].name.is_none() && layers[1].arguments.is_empty());
    assert_eq!(layers[2].name.as_ref().unwrap(), "logits");
}

#[test]
fn a_trailing_comma_is_optional() {
    assert_eq!(read("struct N { input: [1], relu, }").unwrap().items.len(), 2);
    assert_eq!(read("struct N { input: [1], relu }").unwrap().items.len(), 2);
    assert_eq!(read("struct N {}").unwrap().items.len(), 0);
}

#[test]
fn every_error_is_found() {
    let found = messages("struct N { input: [1], dense(3,, 4), 5, relu; tanh sigmoid, dense(kernel =), }");
    assert_eq!(found.len(), 5, "{found:#?}");
    assert!(found.iter().any(|message| message.contains("an argument is missing before this comma")));
    assert!(found.iter().any(|message| message.contains("expected a layer, found `5`")));
    assert!(found.iter().any(|message| message.contains("found `;`")));
    assert!(found.iter().any(|message| message.contains("a comma is missing before `sigmoid`")));
    assert!(found.iter().any(|message| message.contains("`kernel` has no value")));
}

#[test]
fn what_is_no_network_says_how_one_looks() {
    assert!(messages("enum N { input: [1] }")[0].starts_with("a network is declared as a struct, found `enum`"));
    assert!(messages("pub struct")[0].contains("the network's name is missing"));
    assert!(messages("")[0].contains("a network is declared as a struct"));
    assert!(messages("struct N;")[0].contains("the layers of `N` stand in braces, found `;`"));
    assert!(messages("struct N(u8);")[0].contains("found `(..)`"));
    assert!(messages("struct N { input: [1], relu } struct M {}")[0].contains("one `network!` declares one network"));
    assert!(!messages("struct N<f32 {}").is_empty());
}

#[test]
fn odd_layers_are_errors_of_their_own() {
    assert!(messages("struct N { input: [1], dense { 3 } }")[0].contains("stand in parentheses, found `{ .. }`"));
    assert!(
        messages("struct N { input: [1], dense(3) -> 4 }")[0].contains("a shape is expected behind `->`, found `4`")
    );
    assert!(messages("struct N { input: [1], dense(3) + 4 }")[0].contains("found `+ 4`"));
    assert!(messages("struct N { input: [1],, relu }")[0].contains("a layer is missing before this comma"));
    assert!(messages("struct N { input: [1 2], relu }").len() == 1);
    assert!(messages("struct N { input: [1], dense(3 4) }")[0].contains("a comma is expected before `4`"));
}

#[test]
fn blocks_hold_items() {
    let network = read(
        "struct N { input: [4], b: residual(project) { relu, { d: dense(3), }, }, concat { left: {}, {} } -> [8] }",
    );
    let items = network.unwrap().items;
    let Item::Block(residual) = &items[1] else { panic!("a block") };
    assert_eq!(residual.header.name.as_ref().unwrap(), "b");
    assert_eq!(wording::source(&residual.header.tokens), "residual(project)");
    let Item::Branch(branch) = &residual.items[1] else { panic!("a branch") };
    assert!(branch.name.is_none() && matches!(branch.items[0], Item::Layer(_)));
    let Item::Block(concat) = &items[2] else { panic!("a block") };
    assert!(concat.header.annotation.is_some());
    let Item::Branch(left) = &concat.items[0] else { panic!("a branch") };
    assert_eq!(left.name.as_ref().unwrap(), "left");
}

#[test]
fn every_error_in_blocks_is_found() {
    let found =
        messages("struct N { input: [1], residual { dense(3,, 4), 5, relu; tanh sigmoid } relu, concat { { 3 }, } }");
    assert_eq!(found.len(), 6, "{found:#?}");
}

#[test]
fn depth_and_length_are_limited() {
    let nested =
        |times| format!("struct N {{ input: [1], {} relu {} }}", "residual {".repeat(times), "}".repeat(times));
    assert!(read(&nested(30)).is_ok());
    assert!(messages(&nested(40))[0].contains("blocks nest at most 32 deep"));
    assert!(messages(&nested(3_000))[0].contains("blocks nest at most 32 deep"));
    assert!(read(&format!("struct N {{ input: [1], residual {{ {} }} }}", "dense(1),".repeat(500))).is_ok());
    let deep = |times| format!("struct N {{ input: [1], dense({}1{}) }}", "(".repeat(times), ")".repeat(times));
    assert!(messages(&deep(100))[0].contains("too long or too deep"));
    assert!(messages(&deep(500))[0].contains("this is too deep"));
    let long = format!("struct N {{ input: [1], dense(1{}) }}", " + 1".repeat(5_000));
    assert!(messages(&long)[0].contains("too long or too deep"));
    assert!(read(&format!("struct N {{ input: [1], dense(1{}) }}", " + 1".repeat(70))).is_ok());
}

/// Each is one message with what to write, and the rest is read as it was meant.
#[test]
fn habits_of_other_languages_are_one_message() {
    for (layers, help) in [
        ("input: 784, dense(10)", "write `input: [784]`"),
        ("input = [784], dense(10)", "write `input: [784]`"),
        ("input: [784], fc = dense(10)", "write `fc: dense(10)`"),
        ("input: [784], let fc = dense(10)", "write `fc: dense(10)`"),
        ("input: [784], let mut fc = dense(10)", "write `fc: dense(10)`"),
        ("input: [784], pub fc: dense(10)", "remove `pub`"),
        ("input: [784], dense(units: 10)", "write `units = 10`"),
        ("input: [784], dense(10).relu()", "write `, relu()`"),
        ("input: [784], dense(10) => relu", "write `, relu`"),
        ("input: [784], dense(10): [10]", "write `-> [10]`"),
        ("input: [784], nn::dense(10)", "write `layer(nn::dense)`"),
        ("input: [784], dense::<10>()", "write `dense(10)`"),
        ("input: [784], dense!(10)", "write `dense(10)`"),
        ("input: [784], dense 10", "write `dense(10)`"),
        ("input: [784], dense[10]", "write `dense(10)`"),
        ("input: [784], concat [ dense(3), dense(4) ]", "write `concat { { .. }, { .. } }`"),
    ] {
        let errors = Errors::new();
        parse(format!("::castnet; struct N {{ {layers} }}").parse().unwrap(), &errors);
        let messages = errors.messages();
        assert_eq!(messages.len(), 1, "{layers}: {messages:#?}");
        assert!(messages[0].ends_with(help), "{layers}: {}", messages[0]);
    }
}

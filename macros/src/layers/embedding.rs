//! `embedding(units, padding_index = .., init = ..)`: a vector that is learnt for each token.

use quote::quote;

use super::call::Call;
use super::facts::{Facts, Output, Parameter, ParameterKind, Part, Start, Value, View};
use super::initializers::Initializer;
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use crate::size::Size;
use crate::wording;

pub struct Embedding;

impl LayerRule for Embedding {
    fn kind(&self) -> &'static str {
        "embedding"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("units"), ArgumentRule::named("padding_index"), ArgumentRule::named("init")] }
    }

    fn takes_tokens(&self) -> bool {
        true
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let units = call.required("units", "write for instance `embedding(16)`", Call::positive);
        let initializer = call.optional("init", None, Initializer::read).flatten();
        let (length, limit) = tokens(call).unwrap_or((Size::ONE, Size::ONE));
        let padding = call.optional("padding_index", None, |call, value| {
            let index = call.size(value)?;
            check_padding(call, value, &index, &limit).map(|()| Some(index))
        });
        let output = match (&units, call.input) {
            (Some(units), Some(_)) => Output::New(vec![units.clone(), length.clone()]),
            _ => Output::Unknown,
        };
        let units = units.unwrap_or(Size::ONE);
        let [tokens, of, to] = [&limit, &length, &units].map(Size::as_argument);
        let padding = match padding.flatten() {
            Some(index) => quote!(::core::option::Option::Some(#index)),
            None => quote!(::core::option::Option::None),
        };
        let value = Value::Plain(quote!(Embedding::<#tokens, #of, #to> { padding_index: #padding }));
        let weight = Parameter {
            name: "weight",
            rows: units.clone(),
            columns: Some(limit.clone()),
            shape: vec![limit.clone(), units.clone()],
            start: Start::Weights {
                initializer: Some(initializer.unwrap_or_else(Initializer::standard_normal)),
                fan_in: limit.clone(),
                fan_out: units.clone(),
            },
            kind: ParameterKind::Embedding,
            meaning: format!("A column of {} for each of {}", units.counted("number"), limit.counted("token")),
        };
        Facts {
            output,
            part: Part::moves(value),
            parameters: vec![weight],
            view: View::Same,
            multiply_adds: length.times(&units),
        }
    }
}

/// How many tokens come in, and how many there are; reports numbers.
fn tokens(call: &Call<'_>) -> Option<(Size, Size)> {
    let input = call.input?;
    let limit = input.limit().cloned();
    if limit.is_none() {
        let origin = input.comes_from(&input.to_string(), call.place);
        let help = if input.is_input() {
            format!("declare them so: `tokens[{}] < 1000`, if they are whole numbers below 1000", input.values())
        } else {
            format!("write `{}` behind the input", wording::source(&call.layer.tokens))
        };
        call.report_layer(format!("`embedding` expects tokens, found the numbers {input}\n{origin}\nhelp: {help}"));
    }
    Some((input.flat()?.clone(), limit?))
}

fn check_padding<'a>(call: &Call<'a>, value: &'a syn::Expr, index: &Size, limit: &Size) -> Option<()> {
    if let (Some(number), Some(limit)) = (index.number(), limit.number())
        && number >= limit
        && call.input.is_some_and(|input| input.limit().is_some())
    {
        let help = format!("write one from 0 to {}", limit - 1);
        call.report(value, format!("{number} is none of the {limit} tokens, which count from 0\nhelp: {help}"));
        return None;
    }
    if index.number().is_none() || limit.number().is_none() {
        call.assert(quote!(#index < #limit), value, format!("`{index}` is none of the tokens, which count from 0"));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_tokens, message, message_of_tokens, output, value};

    #[test]
    fn facts() {
        let facts = check_tokens("embedding(16)", "32", "1000").unwrap().0;
        assert_eq!(output(&facts), "[16, 32]");
        let text = value(&facts);
        assert!(text.contains("Embedding :: < 1000 , 32 , 16 >") && text.contains("Option :: None"), "{text}");
        assert_eq!(facts.parameters[0].len().number(), Some(16_000));
        let (facts, assertions) = check_tokens("embedding(D, padding_index = 0, init = zeros)", "L", "N").unwrap();
        assert_eq!(output(&facts), "[D, L]");
        assert_eq!(
            assertions.last().unwrap().message,
            "`embedding(D, padding_index = 0, init = zeros)`: `0` is none of the tokens, which count from 0"
        );
    }

    #[test]
    fn mistakes() {
        assert!(message("embedding(3)").contains("`embedding` expects tokens, found the numbers [4]"));
        assert!(message_of_tokens("embedding").contains("`units` is missing"));
        assert!(message_of_tokens("embedding(3, padding_index = 7)").contains("7 is none of the 7 tokens"));
    }
}

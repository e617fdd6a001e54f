//! `slice(0..3)`: some of the features, or channels, that follow each other. They are read where they stand.

use quote::quote;
use syn::{Expr, ExprRange, RangeLimits};

use super::call::{Call, text};
use super::facts::{Action, Facts, Output};
use super::rule::LayerRule;
use super::signature::ArgumentRule;
use crate::shape::Shape;
use crate::size::Size;
use crate::wording;

pub struct Slice;

const HELP: &str = "write for instance `slice(0..3)`: the first three features, or channels of an image";

impl LayerRule for Slice {
    fn kind(&self) -> &'static str {
        "slice"
    }

    fn arguments(&self) -> &'static [ArgumentRule] {
        const { &[ArgumentRule::positional("range")] }
    }

    fn takes_tokens(&self) -> bool {
        true
    }

    fn check(&self, call: &Call<'_>) -> Facts {
        let part = call.required("range", HELP, |call, value| {
            let range = range(call, value)?;
            let input = call.input?;
            part(call, value, range, input)
        });
        match (part, call.input) {
            (Some([start, len]), Some(input)) => {
                let rest = &input.sizes()[1..];
                let sizes = std::iter::once(len).chain(rest.iter().cloned()).collect();
                Facts::slice(start.times(&Size::product(rest)), sizes)
            }
            _ => Facts::join(Action::Slice, Output::Unknown),
        }
    }
}

/// The two ends, where they are given: the first that is taken, and the first that is not.
fn range<'a>(call: &Call<'a>, value: &'a Expr) -> Option<[Option<Size>; 2]> {
    let Expr::Range(ExprRange { start, end, limits, .. }) = value else {
        call.report(value, format!("expected a range, found `{}`\nhelp: {HELP}", text(value)));
        return None;
    };
    // Both are read before either is given up.
    let read = |end: &'a Option<Box<Expr>>| end.as_ref().map(|end| call.size(end));
    let (start, end) = (read(start), read(end));
    let is_closed = matches!(limits, RangeLimits::Closed(_));
    let end = end.map(|end| end.map(|end| if is_closed { end.plus(&Size::ONE) } else { end }));
    match (start, end) {
        (Some(None), _) | (_, Some(None)) => None,
        (start, end) => Some([start.flatten(), end.flatten()]),
    }
}

/// Where the part begins, and how many features or channels it has.
fn part<'a>(call: &Call<'a>, value: &'a Expr, [start, end]: [Option<Size>; 2], input: &Shape) -> Option<[Size; 2]> {
    let there = &input.sizes()[0];
    let (start, end) = (start.unwrap_or(Size::ZERO), end.unwrap_or_else(|| there.clone()));
    let noun = if input.flat().is_some() { "feature" } else { "channel" };
    let found = text(value);
    let origin = || input.comes_from(&there.to_string(), call.place);
    if let (Some(first), Some(last)) = (start.number(), end.number())
        && first >= last
    {
        call.report(value, format!("`{found}` takes nothing\nhelp: {HELP}"));
        return None;
    }
    if let (Some(last), Some(count)) = (end.number(), there.number())
        && last > count
    {
        let found_start = start.to_string();
        let help = match start.number() {
            Some(first) if first >= count => format!("begin before {count}"),
            _ => format!("write `slice({found_start}..{count})`, or take fewer"),
        };
        let message = format!("`{found}` ends behind the last of {}", wording::counted(count, noun));
        call.report(value, format!("{message}\n{}\nhelp: {help}", origin()));
        return None;
    }
    let is_known = |size: &Size| size.number().is_some() || size.equals(there) == Some(true);
    if start.number().is_none() || !is_known(&end) {
        let message = format!("`{found}` takes nothing: its end is not behind its start");
        call.assert(quote!(#start < #end), value, message);
    }
    if end.equals(there).is_none() {
        let message = format!("`{found}` ends behind the last of {}", there.counted(noun));
        call.assert(quote!(#end <= #there), value, message);
    }
    Some([start.clone(), end.minus(&start)])
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_flat, check_on, message, message_on, output};

    fn facts(text: &str, sizes: &str) -> (String, String) {
        let (facts, assertions) = check_on(text, sizes).unwrap();
        assert!(assertions.is_empty());
        (facts.part.before.to_string(), output(&facts))
    }

    #[test]
    fn a_part_of_features_or_channels() {
        assert_eq!(facts("slice(0..3)", "5"), ("0".into(), "[3]".into()));
        assert_eq!(facts("slice(3..)", "5"), ("3".into(), "[2]".into()));
        assert_eq!(facts("slice(..=1)", "5"), ("0".into(), "[2]".into()));
        assert_eq!(facts("slice(1..3)", "4,2,3"), ("6".into(), "[2, 2, 3]".into()));
        assert_eq!(facts("slice(..)", "N"), ("0".into(), "[N]".into()));
    }

    #[test]
    fn what_only_the_compiler_knows() {
        let (facts, assertions) = check_on("slice(N..M)", "5").unwrap();
        assert_eq!((facts.part.before.to_string(), output(&facts)), ("N".into(), "[M - N]".into()));
        let messages: Vec<&str> = assertions.iter().map(|assertion| assertion.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "`slice(N..M)`: `N..M` takes nothing: its end is not behind its start",
                "`slice(N..M)`: `N..M` ends behind the last of 5 features"
            ]
        );
        assert!(check_flat("slice(1..N)", "N").is_ok());
    }

    #[test]
    fn mistakes() {
        assert!(message("slice").contains("`range` is missing"));
        assert!(message("slice(3)").contains("expected a range, found `3`"));
        assert!(message("slice(2..2)").contains("`2..2` takes nothing"));
        assert!(message("slice(3..1)").contains("takes nothing"));
        assert!(message("slice(2..5)").contains("behind the last of 4 features"));
        assert!(message("slice(2..5)").contains("help: write `slice(2..4)`, or take fewer"));
        assert!(message("slice(7..9)").contains("help: begin before 4"));
        assert!(message_on("slice(0..3)", "2,5,5").contains("behind the last of 2 channels"));
        assert!(message("slice(-1..2)").contains("-1"));
    }
}

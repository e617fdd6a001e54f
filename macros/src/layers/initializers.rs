//! What `init = ..` may say.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::Expr;

use super::call::Call;
use super::call::{Range, text};
use crate::wording::suggestion;

/// How weights start, as a value of the runtime's `init`.
#[derive(Clone, Debug)]
pub struct Initializer {
    /// As in a declaration, for documentation.
    pub label: String,
    /// Within `castnet::init`.
    pub value: TokenStream,
}

/// The initialisations without arguments, and their types in `castnet::init`.
const PLAIN: [(&str, &str); 8] = [
    ("zeros", "Zeros"),
    ("xavier_uniform", "XavierUniform"),
    ("xavier_normal", "XavierNormal"),
    ("he_uniform", "HeUniform"),
    ("he_normal", "HeNormal"),
    ("lecun_uniform", "LecunUniform"),
    ("lecun_normal", "LecunNormal"),
    ("pytorch_uniform", "PyTorchUniform"),
];

/// All that there are.
fn names() -> Vec<&'static str> {
    PLAIN.iter().map(|(name, _)| *name).chain(["normal"]).collect()
}

const DEVIATION: Range = Range {
    least: 0.0,
    limit: None,
    words: "a standard deviation of at least 0",
    help: "write for instance `init = normal(0.01)`",
};

impl Initializer {
    /// What suits a layer that other weights read.
    pub fn xavier_normal() -> Self {
        Self::plain("xavier_normal").expect("it is in the list")
    }

    /// What suits the last layer with weights.
    pub fn pytorch_uniform() -> Self {
        Self::plain("pytorch_uniform").expect("it is in the list")
    }

    /// What suits the vectors of an embedding.
    pub fn standard_normal() -> Self {
        Self { label: String::from("normal(1)"), value: quote!(Normal { standard_deviation: 1.0 }) }
    }

    /// One without arguments, if there is one of that name.
    fn plain(name: &str) -> Option<Self> {
        let (_, kind) = PLAIN.iter().find(|(known, _)| *known == name)?;
        Some(Self { label: name.to_owned(), value: format_ident!("{kind}").to_token_stream() })
    }

    /// Reads `he_normal` or `normal(0.01)`; reports what is neither.
    pub fn read<'a>(call: &Call<'a>, value: &'a Expr) -> Option<Option<Self>> {
        if let Some(name) = Call::word(value) {
            return Self::by_name(call, value, &name).map(Some);
        }
        let Expr::Call(function) = value else {
            let found = text(value);
            if let Some(name) = names().iter().find(|name| found.trim_matches('"') == **name) {
                call.report(value, format!("expected an initialisation, found `{found}`\nhelp: write `init = {name}`"));
                return None;
            }
            call.report(
                value,
                format!("expected an initialisation, found `{}`\n{}", text(value), suggestion("", &names())),
            );
            return None;
        };
        let name = text(&function.func);
        if name != "normal" {
            if names().contains(&name.as_str()) {
                call.report(value, format!("`{name}` takes no arguments\nhelp: write `init = {name}`"));
            } else {
                Self::unknown(call, &function.func, &name);
            }
            return None;
        }
        let [deviation] = function.args.iter().collect::<Vec<_>>()[..] else {
            call.report(value, format!("`normal` takes one standard deviation\nhelp: {}", DEVIATION.help));
            return None;
        };
        let deviation = call.real(deviation, &DEVIATION)?;
        Some(Some(Self { label: text(value), value: quote!(Normal { standard_deviation: #deviation }) }))
    }

    fn by_name<'a>(call: &Call<'a>, value: &'a Expr, name: &str) -> Option<Self> {
        let initializer = Self::plain(name);
        if name == "normal" {
            call.report(value, format!("`normal` needs its standard deviation\nhelp: {}", DEVIATION.help));
        } else if initializer.is_none() {
            Self::unknown(call, value, name);
        }
        initializer
    }

    fn unknown(call: &Call<'_>, value: &Expr, name: &str) {
        call.report(value, format!("there is no initialisation `{name}`\n{}", suggestion(name, &names())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{check_flat, message};

    #[test]
    fn every_initialisation_is_known() {
        for name in names().into_iter().filter(|name| *name != "normal").chain(["normal(0.01)", "normal(SIGMA)"]) {
            assert!(check_flat(&format!("dense(3, init = {name})"), "4").is_ok(), "{name}");
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        assert_eq!(
            message("dense(3, init = he_normall)"),
            "`dense(3, init = he_normall)`: there is no initialisation `he_normall`\nhelp: did you mean `he_normal`?"
        );
        assert!(message("dense(3, init = glorot(2))").contains("help: there are `zeros`, `xavier_uniform`"));
        assert!(message("dense(3, init = normal)").contains("needs its standard deviation"));
        assert!(
            message("dense(3, init = normal(-1.0))")
                .contains("expected a standard deviation of at least 0, found -1.0")
        );
        assert!(message("dense(3, init = normal(1.0, 2.0))").contains("takes one standard deviation"));
        assert!(message("dense(3, init = zeros(1))").contains("`zeros` takes no arguments"));
        assert!(message("dense(3, init = 5)").contains("expected an initialisation, found `5`"));
    }
}

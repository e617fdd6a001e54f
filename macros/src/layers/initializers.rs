//! What `init = ..` may say.

use proc_macro2::TokenStream;
use quote::quote;
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

const NAMES: &[&str] = &["zeros", "normal", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal"];

const DEVIATION: Range = Range {
    least: 0.0,
    limit: None,
    words: "a standard deviation of at least 0",
    help: "write for instance `init = normal(0.01)`",
};

impl Initializer {
    /// What suits a layer whose values go into a relu: keeps their variance, of which the relu halves.
    pub fn he_normal() -> Self {
        Self::plain("he_normal", quote!(HeNormal))
    }

    /// What suits any other layer.
    pub fn xavier_uniform() -> Self {
        Self::plain("xavier_uniform", quote!(XavierUniform))
    }

    fn plain(label: &str, value: TokenStream) -> Self {
        Self { label: label.to_owned(), value }
    }

    /// Reads `he_normal` or `normal(0.01)`; reports what is neither.
    pub fn read<'a>(call: &Call<'a>, value: &'a Expr) -> Option<Option<Self>> {
        if let Some(name) = Call::word(value) {
            return Self::by_name(call, value, &name).map(Some);
        }
        let Expr::Call(function) = value else {
            let found = text(value);
            if let Some(name) = NAMES.iter().find(|name| found.trim_matches('"') == **name) {
                call.report(value, format!("expected an initialisation, found `{found}`\nhelp: write `init = {name}`"));
                return None;
            }
            call.report(
                value,
                format!("expected an initialisation, found `{}`\n{}", text(value), suggestion("", NAMES)),
            );
            return None;
        };
        let name = text(&function.func);
        if name != "normal" {
            if NAMES.contains(&name.as_str()) {
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
        let initializer = match name {
            "zeros" => quote!(Zeros),
            "xavier_uniform" => quote!(XavierUniform),
            "xavier_normal" => quote!(XavierNormal),
            "he_uniform" => quote!(HeUniform),
            "he_normal" => quote!(HeNormal),
            "normal" => {
                call.report(value, format!("`normal` needs its standard deviation\nhelp: {}", DEVIATION.help));
                return None;
            }
            _ => {
                Self::unknown(call, value, name);
                return None;
            }
        };
        Some(Self::plain(name, initializer))
    }

    fn unknown(call: &Call<'_>, value: &Expr, name: &str) {
        call.report(value, format!("there is no initialisation `{name}`\n{}", suggestion(name, NAMES)));
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::testing::{check_flat, message};

    #[test]
    fn every_initialisation_is_known() {
        for name in
            ["zeros", "normal(0.01)", "normal(SIGMA)", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal"]
        {
            assert!(check_flat(&format!("dense(3, init = {name})"), "4").is_ok(), "{name}");
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        assert_eq!(
            message("dense(3, init = he_normall)"),
            "`dense(3, init = he_normall)`: there is no initialisation `he_normall`\nhelp: did you mean `he_normal`?"
        );
        assert!(message("dense(3, init = glorot(2))").contains("help: there are `zeros`, `normal`"));
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

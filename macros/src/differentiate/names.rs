//! Names for what the gradient computes.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;

/// The names that are taken.
pub struct Names {
    given: HashSet<String>,
    /// Every word of the function: constants and functions among them must not be hidden.
    words: HashSet<String>,
    /// The next number behind a word.
    next: HashMap<String, usize>,
}

impl Names {
    /// Names that are none of the words of `function`.
    pub fn beside(function: TokenStream) -> Self {
        let mut words = HashSet::new();
        collect(function, &mut words);
        Self { given: HashSet::new(), words, next: HashMap::new() }
    }

    /// A name of the user's: itself if it was not given before, else with a number.
    pub fn of_users(&mut self, name: &Ident) -> Ident {
        let word = name.unraw().to_string();
        if self.given.insert(word.clone()) {
            return name.clone();
        }
        self.numbered(&format!("{word}_"), name.span())
    }

    /// A name that is nowhere in the function.
    pub fn fresh(&mut self, word: &str) -> Ident {
        if !self.words.contains(word) && self.given.insert(word.to_owned()) {
            return Ident::new(word, Span::call_site());
        }
        self.numbered(&format!("{word}_"), Span::call_site())
    }

    /// `t1`, `t2`, .. for what has no name.
    pub fn temporary(&mut self) -> Ident {
        self.numbered("t", Span::call_site())
    }

    fn numbered(&mut self, word: &str, span: Span) -> Ident {
        // `x_2` is the second of a name, `t1` the first.
        let next = self.next.entry(word.to_owned()).or_insert(if word.ends_with('_') { 2 } else { 1 });
        loop {
            let name = format!("{word}{next}");
            *next += 1;
            if !self.words.contains(&name) && self.given.insert(name.clone()) {
                return Ident::new(&name, span);
            }
        }
    }
}

fn collect(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                words.insert(word.unraw().to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), words),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

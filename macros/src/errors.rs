//! Collects the mistakes of a declaration, so that one compile shows all of them.

use std::cell::RefCell;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The mistakes so far.
///
/// Shared by the stages behind `&`. Dropping it unread panics: a stage that forgets to hand its errors on would make a
/// wrong declaration compile.
pub struct Errors {
    /// `None` once read.
    found: RefCell<Option<Vec<Error>>>,
}

impl Errors {
    pub fn new() -> Self {
        Self { found: RefCell::new(Some(Vec::new())) }
    }

    /// Reports `message`, underlining all of `tokens`.
    pub fn at(&self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// Reports an error of syn's.
    pub fn push(&self, error: Error) {
        if let Some(found) = self.found.borrow_mut().as_mut() {
            found.push(error);
        }
    }

    /// How many there are: a stage compares two counts to learn whether a part of its work went wrong.
    pub fn count(&self) -> usize {
        self.found.borrow().as_ref().map_or(0, Vec::len)
    }

    /// Forgets all but the first `count`: what a part of the work that is done again has to say for the second time.
    pub fn truncate(&self, count: usize) {
        if let Some(found) = self.found.borrow_mut().as_mut() {
            found.truncate(count);
        }
    }

    /// All of them as `compile_error!` items; `Ok` if there are none.
    pub fn finish(self) -> Result<(), TokenStream> {
        let found = self.found.borrow_mut().take().unwrap_or_default();
        if found.is_empty() { Ok(()) } else { Err(found.iter().map(Error::to_compile_error).collect()) }
    }

    /// All messages as text.
    #[cfg(test)]
    pub fn messages(self) -> Vec<String> {
        self.found.borrow_mut().take().unwrap_or_default().iter().map(Error::to_string).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if self.found.borrow().is_some() && !std::thread::panicking() {
            panic!("the errors of a declaration were dropped unread");
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn all_errors_come_out_in_their_order() {
        let errors = Errors::new();
        errors.at(quote!(relu), "first");
        errors.at(quote!(tanh), "second");
        assert_eq!(errors.count(), 2);
        let items = errors.finish().unwrap_err().to_string();
        assert!(items.find("first").unwrap() < items.find("second").unwrap());
        assert_eq!(items.matches("compile_error").count(), 2);
    }

    #[test]
    fn no_error_is_no_item() {
        assert!(Errors::new().finish().is_ok());
    }

    #[test]
    #[should_panic(expected = "dropped unread")]
    fn dropping_it_unread_is_a_bug() {
        drop(Errors::new());
    }
}

//! Declarations cut at their commas, and limited to what the parser's stack can hold.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::errors::Errors;

/// Brackets within brackets of one layer: the parser calls itself for each.
const DEEPEST: usize = 32;
/// Tokens of one layer: the parser may call itself for each, and more could exhaust the stack.
const LONGEST: usize = 160;
/// Braces within braces, those of the network included.
const DEEPEST_BLOCK: usize = 32;
/// Brackets of any kind within brackets, in the whole declaration: reading tokens alone takes a call for each.
const DEEPEST_TOKEN: usize = 256;

/// Reports a declaration that is nested too deeply to be parsed at all.
pub fn check_depth(declaration: &TokenStream, errors: &Errors) -> Option<()> {
    let mut streams = vec![(0, true, declaration.clone())];
    while let Some((depth, is_block, stream)) = streams.pop() {
        for token in stream {
            let TokenTree::Group(group) = &token else { continue };
            let is_block = is_block && group.delimiter() == Delimiter::Brace;
            if depth >= DEEPEST_TOKEN || is_block && depth >= DEEPEST_BLOCK {
                let message = format!(
                    "this is too deep: blocks nest at most {DEEPEST_BLOCK} deep\nhelp: take some layers out of their blocks"
                );
                errors.at(token, message);
                return None;
            }
            streams.push((depth + 1, is_block, group.stream()));
        }
    }
    Some(())
}

/// The pieces between commas, none of them empty and each of them safe to parse. A semicolon is reported and taken for a
/// comma; a piece that is too long or too deep is reported and left out.
pub fn pieces(body: TokenStream, errors: &Errors) -> Vec<TokenStream> {
    let mut pieces = split_at_commas(body, errors);
    pieces.retain(|piece| {
        let is_digestible = is_digestible(piece);
        if !is_digestible {
            let message = format!(
                "this layer is too long or too deep: at most {LONGEST} tokens and {DEEPEST} brackets within brackets are read\nhelp: give its sizes names by `const`"
            );
            errors.at(piece, message);
        }
        is_digestible
    });
    pieces
}

fn split_at_commas(body: TokenStream, errors: &Errors) -> Vec<TokenStream> {
    let mut pieces = vec![TokenStream::new()];
    for token in body {
        let separator = match &token {
            TokenTree::Punct(punct) => matches!(punct.as_char(), ',' | ';').then(|| punct.as_char()),
            _ => None,
        };
        let Some(separator) = separator else {
            if let Some(piece) = pieces.last_mut() {
                piece.extend([token]);
            }
            continue;
        };
        if separator == ';' {
            errors.at(&token, "layers are separated by commas, found `;`\nhelp: write `,`");
        } else if pieces.last().is_some_and(TokenStream::is_empty) {
            errors.at(&token, "a layer is missing before this comma\nhelp: remove the comma");
        }
        pieces.push(TokenStream::new());
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Whether parsing the tokens is safe for the stack. The braces of a block are cut into pieces of their own.
fn is_digestible(piece: &TokenStream) -> bool {
    let mut tokens = 0;
    let mut streams = vec![(0, piece.clone())];
    while let Some((depth, stream)) = streams.pop() {
        for token in stream {
            tokens += 1;
            if depth > DEEPEST || tokens > LONGEST {
                return false;
            }
            match token {
                TokenTree::Group(group) if depth == 0 && group.delimiter() == Delimiter::Brace => {}
                TokenTree::Group(group) => streams.push((depth + 1, group.stream())),
                _ => {}
            }
        }
    }
    true
}

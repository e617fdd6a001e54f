//! The sentences that several messages share, and the user's tokens as text.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What other libraries call things, and what they are called here.
const SYNONYMS: &[(&[&str], &str)] = &[
    (&["linear", "fc", "fully_connected", "affine"], "dense"),
    (&["convolution", "conv"], "conv1d"),
    (&["convolution", "conv"], "conv2d"),
    (&["dilation_rate", "dilate"], "dilation"),
    (&["bn", "batchnorm1d", "batchnorm2d", "normalize"], "batch_norm"),
    (&["pool", "max_pool", "maxpool", "max_pooling"], "max_pool1d"),
    (&["pool", "max_pool", "maxpool", "max_pooling"], "max_pool2d"),
    (&["mean_pool", "average_pool", "avg_pool", "avgpool", "average_pooling"], "avg_pool1d"),
    (&["mean_pool", "average_pool", "avg_pool", "avgpool", "average_pooling"], "avg_pool2d"),
    (&["lrelu"], "leaky_relu"),
    (&["logistic"], "sigmoid"),
    (&["reshape", "view"], "flatten"),
    (&["custom", "module"], "layer"),
    (&["skip", "shortcut", "identity"], "residual"),
    (&["cat", "concatenate", "parallel", "inception", "split"], "concat"),
    (&["add"], "sum"),
    (&["out_features", "features", "neurons", "size", "n"], "units"),
    (&["out_channels", "channels"], "filters"),
    (&["kernel_size", "size", "window", "k"], "kernel"),
    (&["pad"], "padding"),
    (&["p", "rate", "prob"], "probability"),
    (&["alpha", "negative_slope"], "slope"),
    (&["initializer", "initialization", "initialisation", "kernel_initializer"], "init"),
    (&["n", "count"], "times"),
    (&["glorot_uniform"], "xavier_uniform"),
    (&["glorot_normal"], "xavier_normal"),
    (&["kaiming_uniform"], "he_uniform"),
    (&["kaiming_normal"], "he_normal"),
];

/// "did you mean `relu`?", or the list of what there is where nothing is near.
pub fn suggestion(found: &str, known: &[&str]) -> String {
    meant(found, known)
        .unwrap_or_else(|| format!("help: there {} {}", if known.len() == 1 { "is" } else { "are" }, list(known)))
}

/// "did you mean `relu`?", if one is near.
pub fn meant(found: &str, known: &[&str]) -> Option<String> {
    let nearest = nearest(found, known);
    (!nearest.is_empty()).then(|| format!("help: did you mean {}?", enumeration(&nearest, "or")))
}

/// The known names that `found` is another word for, or a slip of, if some are near enough: one edit in three letters. Of
/// equally near ones those with the same first letter, or all.
pub fn nearest<'a>(found: &str, known: &[&'a str]) -> Vec<&'a str> {
    let found = found.to_lowercase();
    let means = |name: &&str| SYNONYMS.iter().any(|(words, word)| word == name && words.contains(&found.as_str()));
    let meant: Vec<&str> = known.iter().copied().filter(means).collect();
    if !meant.is_empty() {
        return meant;
    }
    let is_same_word = |name: &str| name.replace('_', "") == found.replace('_', "");
    let is_near = |name: &str, edits: usize| is_same_word(name) || edits <= found.chars().count().max(name.len()) / 3;
    let distances = known.iter().map(|&name| (distance(&found, name), name));
    let near: Vec<(usize, &str)> = distances.filter(|&(edits, name)| is_near(name, edits)).collect();
    let least = near.iter().map(|(edits, _)| *edits).min();
    let tied: Vec<&str> = near.iter().filter(|(edits, _)| Some(*edits) == least).map(|(_, name)| *name).collect();
    let begins_alike = |name: &&&str| name.chars().next() == found.chars().next();
    let alike: Vec<&str> = tied.iter().filter(begins_alike).copied().collect();
    if alike.is_empty() { tied } else { alike }
}

/// Levenshtein's edit distance, where exchanging two neighbouring letters is one edit too.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            rows[i][j] = match (i, j) {
                (0, edits) | (edits, 0) => edits,
                _ => {
                    let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                    let edits = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    let swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
                    if swapped { edits.min(rows[i - 2][j - 2] + 1) } else { edits }
                }
            };
        }
    }
    rows[left.len()][right.len()]
}

/// `a`, `b` and `c`, each in backquotes.
pub fn list(names: &[&str]) -> String {
    enumeration(names, "and")
}

fn enumeration(names: &[&str], last_word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {last_word} {last}", rest.join(", ")),
        None => String::from("none"),
    }
}

/// "1 channel", "6 channels", "2 branches".
pub fn counted(number: impl std::fmt::Display, noun: &str) -> String {
    let number = number.to_string();
    let plural = match number.as_str() {
        "1" => "",
        _ if noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{number} {noun}{plural}")
}

/// Tokens as a person would have typed them: `conv2d(6, kernel = [5, 3])`.
pub fn source(tokens: &TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

fn write(tokens: &TokenStream, text: &mut String) {
    // Whether a space belongs before the next token, unless that token refuses it.
    let mut space = false;
    // Whether the next `-`, `*`, `&` or `!` would be an operator with one operand.
    let mut unary = true;
    // How many of the brackets of `Gate::<4>` are open.
    let mut open_angles = 0;
    for token in tokens.clone() {
        match &token {
            TokenTree::Punct(punct) => {
                let sign = punct.as_char();
                let opens = sign == '<' && text.ends_with("::");
                let closes = sign == '>' && open_angles > 0;
                open_angles = open_angles + usize::from(opens) - usize::from(closes);
                let glued = closes || matches!(sign, ',' | ';' | '.' | ':' | '?');
                if space && !glued {
                    text.push(' ');
                }
                text.push(sign);
                let joint = punct.spacing() == proc_macro2::Spacing::Joint;
                let single = unary && matches!(sign, '-' | '*' | '&' | '!');
                let path = text.ends_with("::") || sign == '.' || sign == '#';
                space = !(joint || single || path || opens);
                unary = !closes;
            }
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                // Brackets behind a name or a bracket belong to it, as in a call.
                let call = !unary && matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Bracket);
                if space && !call {
                    text.push(' ');
                }
                text.push_str(open);
                write(&group.stream(), text);
                text.push_str(close);
                (space, unary) = (true, false);
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if space {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
                (space, unary) = (true, false);
            }
        }
    }
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{ ", " }"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn tokens_are_as_typed() {
        let texts = [quote!(layer(my::Gate::<4, { N + 1 }>)), quote!(dense(A < B)), quote!(f::<G::<2>>(-1, 2 - 1)[0])];
        let expected = ["layer(my::Gate::<4, { N + 1 }>)", "dense(A < B)", "f::<G::<2>>(-1, 2 - 1)[0]"];
        assert_eq!(texts.map(|text| source(&text)), expected);
    }

    #[test]
    fn a_slip_finds_its_word() {
        let known = ["dense", "conv2d", "max_pool2d", "batch_norm", "relu", "leaky_relu"];
        for (slip, word) in [
            ("desne", "dense"),
            ("conv", "conv2d"),
            ("maxpool2d", "max_pool2d"),
            ("MaxPool2d", "max_pool2d"),
            ("BatchNorm", "batch_norm"),
            ("ReLU", "relu"),
            ("leakyrelu", "leaky_relu"),
        ] {
            if slip != "conv" {
                assert_eq!(nearest(slip, &known), [word], "{slip}");
            }
        }
        assert_eq!(nearest("conv2", &known), ["conv2d"]);
        assert_eq!(nearest("transformer", &known), [""; 0]);
        assert_eq!(nearest("x", &[]), [""; 0]);
    }

    #[test]
    fn of_equally_near_words_the_first_letter_decides_or_none() {
        let known = ["celu", "conv1d", "conv2d", "elu", "relu", "selu"];
        assert_eq!(nearest("rlu", &known), ["relu"]);
        assert_eq!(nearest("lelu", &known), ["celu", "elu", "relu", "selu"]);
        assert_eq!(nearest("convid", &known), ["conv1d", "conv2d"]);
        assert_eq!(suggestion("convid", &known), "help: did you mean `conv1d` or `conv2d`?");
    }

    #[test]
    fn a_word_may_mean_several_kinds() {
        let known = ["dense", "conv1d", "conv2d", "max_pool1d", "max_pool2d"];
        assert_eq!(suggestion("Conv", &known), "help: did you mean `conv1d` or `conv2d`?");
        assert_eq!(suggestion("max_pool", &known), "help: did you mean `max_pool1d` or `max_pool2d`?");
    }

    #[test]
    fn a_suggestion_is_a_name_or_the_list() {
        assert_eq!(suggestion("kernal", &["kernel", "stride"]), "help: did you mean `kernel`?");
        assert_eq!(suggestion("units", &["kernel", "stride"]), "help: there are `kernel` and `stride`");
        assert_eq!(suggestion("units", &["kernel"]), "help: there is `kernel`");
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("abc", "acb"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn tokens_read_as_they_were_typed() {
        for text in [
            "conv2d(6, kernel = [5, 3], padding = same)",
            "normal(0.01)",
            "2 * N + 1",
            "sizes::HIDDEN",
            "-1",
            "2 - -1",
            "N.pow(2)",
            "[1, 28, 28]",
            "max(N, 3)",
            "(2 + N) * 3",
        ] {
            let tokens: TokenStream = text.parse().unwrap();
            assert_eq!(source(&tokens), text);
        }
        assert_eq!(source(&quote!()), "");
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(counted(1, "channel"), "1 channel");
        assert_eq!(counted(2, "channel"), "2 channels");
        assert_eq!(counted(0, "branch"), "0 branches");
    }
}

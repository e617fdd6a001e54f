//! Whether names can all exist side by side in the code that castnet makes of a declaration.

use std::collections::HashSet;

use super::blocks::{Item, What};
use super::names::{copy, default_names};
use super::net::Net;

/// Whether no two names lead to one type or one field of the network.
pub fn are_possible(net: &Net, items: &[Item]) -> bool {
    let mut seen = Seen { net, types: HashSet::new(), fields: HashSet::new() };
    seen.types.extend(["Trace", "Workspace", "Input", "Output"].map(String::from));
    seen.braces(items, &[])
}

struct Seen<'a> {
    net: &'a Net,
    types: HashSet<String>,
    fields: HashSet<String>,
}

impl Seen<'_> {
    fn braces(&mut self, items: &[Item], path: &[String]) -> bool {
        let names = default_names(self.net, items);
        items.iter().zip(names).all(|(item, name)| {
            let path: Vec<String> = path.iter().cloned().chain([name]).collect();
            match &item.what {
                What::Input(_) => true,
                What::Layer(id) => {
                    let has_type = !self.net.layers[*id].weights.is_empty();
                    (!has_type || self.types.insert(camel(&path))) && self.fields.insert(path.join("_"))
                }
                What::Residual(items) | What::Project(items, _) => {
                    self.types.insert(camel(&path)) && self.braces(items, &path)
                }
                What::Sum(branches) | What::Concat(branches) => {
                    self.types.insert(camel(&path))
                        && branches.iter().enumerate().all(|(place, branch)| {
                            let name = branch.name.clone().unwrap_or_else(|| format!("branch{}", place + 1));
                            let path: Vec<String> = path.iter().cloned().chain([name]).collect();
                            self.types.insert(camel(&path)) && self.braces(&branch.items, &path)
                        })
                }
                What::Repeat(copies) => {
                    let (before, name) = path.split_at(path.len() - 1);
                    copies.iter().enumerate().all(|(place, items)| {
                        let path: Vec<String> = before.iter().cloned().chain([copy(&name[0], place)]).collect();
                        self.types.insert(camel(&path)) && self.braces(items, &path)
                    })
                }
            }
        })
    }
}

/// As castnet names types.
fn camel(path: &[String]) -> String {
    let mut all = String::new();
    for name in path {
        let mut camel = String::new();
        for word in name.split('_').filter(|word| !word.is_empty()) {
            let is_digit = |letter: char| letter.is_ascii_digit();
            if camel.ends_with(is_digit) && word.starts_with(is_digit) {
                camel.push('_');
            }
            let mut letters = word.chars();
            camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            camel.extend(letters);
        }
        all += &camel;
    }
    all
}

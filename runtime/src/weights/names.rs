//! Names of tensors in files and in networks.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{ParameterKind, Segment};

/// What files call things.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Before every name of the file.
    pub prefix: String,
    /// Beginnings of names in the file, and in the network.
    pub renames: Vec<[String; 2]>,
    /// Whether fields have their names of Keras.
    pub keras: bool,
}

impl Names {
    /// A name of the file as rules about it are written: in Keras' files `/` is as good as a dot, and `:0` says nothing.
    pub fn normal(&self, file: &str, normal: &mut String) {
        normal.clear();
        if self.keras {
            normal.extend(file.trim_end_matches(":0").chars().map(|letter| if letter == '/' { '.' } else { letter }));
        } else {
            normal.push_str(file);
        }
    }

    /// The name in the network of one in the file; none if it has not the prefix.
    pub fn in_network(&self, file: &str, network: &mut String) -> bool {
        network.clear();
        let Some(name) = file.strip_prefix(&*self.prefix) else { return false };
        let renamed = self.renames.iter().filter(|[from, _]| covers(from, name)).max_by_key(|[from, _]| from.len());
        push_renamed(name, renamed.map(|[from, to]| [&**from, &**to]), network);
        true
    }

    /// The name in the file.
    pub fn in_file(&self, segment: &Segment) -> String {
        let (layer, field) = self.parts(segment);
        let name = [layer, field].join(if layer.is_empty() { "" } else { "." });
        let renamed = self.renames.iter().filter(|[_, to]| covers(to, &name)).max_by_key(|[_, to]| to.len());
        let mut file = self.prefix.clone();
        push_renamed(&name, renamed.map(|[from, to]| [&**to, &**from]), &mut file);
        file
    }

    /// Whether this is the name of a segment, but for its prefix and other names.
    pub fn is(&self, name: &str, segment: &Segment) -> bool {
        let (layer, field) = self.parts(segment);
        name.strip_prefix(layer).and_then(|rest| rest.strip_prefix('.')) == Some(field)
    }

    /// The layer, and the field under the name that it has in files.
    fn parts(&self, segment: &Segment) -> (&'static str, &'static str) {
        let (layer, field) = segment.name.rsplit_once('.').unwrap_or(("", segment.name));
        let field = match (self.keras, segment.kind, field) {
            (false, _, "running_variance") => "running_var",
            (true, ParameterKind::Weight, "weight") => "kernel",
            (true, ParameterKind::Embedding, _) => "embeddings",
            (true, ParameterKind::Scale, _) => "gamma",
            (true, ParameterKind::Shift, _) => "beta",
            (true, ParameterKind::Slope, _) => "alpha",
            (true, _, "running_mean") => "moving_mean",
            (true, _, "running_variance") => "moving_variance",
            _ => field,
        };
        (layer, field)
    }
}

/// Whether a rule about `rule` is about `name`: the same, or something in it.
pub fn covers(rule: &str, name: &str) -> bool {
    name.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn push_renamed(name: &str, renamed: Option<[&str; 2]>, into: &mut String) {
    match renamed {
        Some([from, to]) => {
            into.push_str(to);
            into.push_str(&name[from.len()..]);
        }
        None => into.push_str(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Order, Role};

    fn segment(name: &'static str, kind: ParameterKind) -> Segment {
        let role = Role::Trainable;
        Segment { name, offset: 0, len: 1, shape: &[1], order: Order::RowByRow, role, kind }
    }

    fn in_network(names: &Names, file: &str) -> Option<String> {
        let (mut normal, mut network) = (String::new(), String::new());
        names.normal(file, &mut normal);
        names.in_network(&normal, &mut network).then_some(network)
    }

    #[test]
    fn the_longest_rename_counts_and_whole_words_only() {
        let renames = [["features", "all"], ["features.0", "conv1"], ["features.0.bias", "b.x"]];
        let names = Names {
            prefix: "module.".into(),
            renames: renames.map(|pair| pair.map(String::from)).into(),
            keras: false,
        };
        for (file, network) in [
            ("module.features.0.weight", "conv1.weight"),
            ("module.features.0.bias", "b.x"),
            ("module.features.01.weight", "all.01.weight"),
            ("module.features", "all"),
            ("module.fc.weight", "fc.weight"),
        ] {
            assert_eq!(in_network(&names, file).as_deref(), Some(network));
        }
        assert_eq!(in_network(&names, "features.0.weight"), None);
        let weight = segment("conv1.weight", ParameterKind::Weight);
        assert_eq!(names.in_file(&weight), "module.features.0.weight");
        assert!(names.is("conv1.weight", &weight) && !names.is("conv1.bias", &weight) && !names.is("conv1", &weight));
    }

    #[test]
    fn fields_have_the_names_of_pytorch_and_of_keras() {
        let variance = segment("norm.running_variance", ParameterKind::RunningStatistic);
        assert_eq!(Names::default().in_file(&variance), "norm.running_var");
        let keras = Names { keras: true, ..Names::default() };
        assert_eq!(keras.in_file(&variance), "norm.moving_variance");
        assert_eq!(keras.in_file(&segment("a.b.weight", ParameterKind::Weight)), "a.b.kernel");
        assert_eq!(keras.in_file(&segment("norm.weight", ParameterKind::Scale)), "norm.gamma");
        assert_eq!(in_network(&keras, "a/b/kernel:0").as_deref(), Some("a.b.kernel"));
    }
}

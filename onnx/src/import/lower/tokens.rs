//! Tables of vectors that tokens are looked up in.

use super::super::array::Array;
use super::super::graph::Node;
use super::super::net::{Input, Kind, Order, Weight};
use super::super::places;
use super::super::refusal::{Reason, refuse};
use super::{Lowering, Sample};

/// From here on `f32` leaves whole numbers out.
const MOST: usize = 1 << 24;

impl<'a> Lowering<'a> {
    pub(super) fn embedding(&mut self, node: &Node, table: &Array) -> Result<Sample, Reason> {
        let sample = self.unpadded(node, 1)?;
        let ([tokens, units], 0) = (&table.shape[..], node.int("axis", 0)) else {
            return refuse(
                "it looks up something else than rows of a matrix",
                "castnet has `embedding`: rows by their number",
            );
        };
        let (tokens, units, len) = (*tokens, *units, sample.len());
        if tokens == 0 || units == 0 || tokens > MOST {
            return refuse(
                format!("its table has {tokens} rows of {units}"),
                "have 1 to 16,777,216 rows of 1 number or more",
            );
        }
        let own = self.tokens(&sample)?;
        let root = self.net.root(sample.id);
        let order = self.order(&sample);
        match &mut self.net.layers[root].kind {
            Kind::Input(Input { is_whole: true, limit, .. }) => {
                if limit.is_some_and(|limit| limit != tokens) {
                    return refuse(
                        "tables of different sizes are read by the same tokens",
                        "give each table an input of its own",
                    );
                }
                *limit = Some(tokens);
            }
            _ => {
                return refuse(
                    "it looks numbers up that are computed",
                    "castnet looks up what comes in: whole numbers",
                );
            }
        }
        if own != [len] || order != Order::Same {
            return refuse("it looks up only some of the tokens, or in another order", "give the network just those");
        }
        let weight = Weight::new("weight", vec![tokens, units], table.numbers.to_vec());
        let text = format!("embedding({units})");
        let id = self.layer(node, Kind::Plain(text), vec![sample.id], vec![units, len], vec![weight])?;
        self.net.layers[id].names = node.inputs.iter().take(1).chain([&node.name]).cloned().collect();
        let order = Order::new(places::transposed(&[units, len], &[1, 0])?.into_iter());
        let shape = sample.shape.iter().copied().chain([units]).collect();
        Ok(Sample { order, ..Self::made_by(id, shape) })
    }
}

/// It has no passes.
#[derive(Clone, Copy, Default)]
pub struct Scale;

castnet::network! {
    struct Net {
        input: [4],
        scale: layer(Scale),
        dense(3),
    }
}

fn main() {}

const HIDDEN: usize = 10;

castnet::network! {
    struct Net {
        input: [4],
        hidden: dense(HIDDEN), relu,
        repeat(2) { residual { dense(HIDDEN) } },
    }
}

fn main() {}

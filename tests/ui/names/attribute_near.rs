castnet::network! {
    struct Net {
        input: [4],
        #[frosen]
        dense(3),
    }
}

fn main() {}

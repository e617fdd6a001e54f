castnet::network! {
    struct Actor { input: [4], dense(2) }
}

castnet::network! {
    struct Critic { input: [6], dense(1) }
}

fn main() {}

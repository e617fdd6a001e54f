#[allow(dead_code)]
struct PolicyHidden;

castnet::network! {
    struct Policy {
        input: [4],
        hidden: dense(16), relu,
        dense(2),
    }
}

fn main() {}

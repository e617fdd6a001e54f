castnet::network! {
    struct Net;
}

fn main() {}

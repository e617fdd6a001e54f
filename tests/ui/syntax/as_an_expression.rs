fn main() {
    let net = castnet::network! {
        /// From two numbers to one.
        struct Net {
            input: [2],
            dense(1),
        }
    };
    let _ = net;
}

pub fn main() {
    castnet::network! {
        /// From two numbers to one.
        struct Net {
            input: [2],
            dense(1),
        }
    }
    let _ = <Net as castnet::Parameters>::PARAMETER_COUNT;
}

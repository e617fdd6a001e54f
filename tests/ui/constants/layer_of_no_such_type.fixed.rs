mod layers {
    use castnet::layers::{Backward, Context, Forward, Layer};
    use castnet::{Scalar, pulp::Simd};

    /// Nothing to learn.
    #[derive(Clone, Copy, Default)]
    pub struct Scale;

    impl<T: Scalar> Layer<T> for Scale {
        const INPUT: usize = 4;
        const OUTPUT: usize = 4;
        const PARAMETERS: usize = 0;

        fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
            io.output.copy_from_slice(io.input);
        }

        fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
            if let Some(input_gradient) = io.input_gradient {
                input_gradient.copy_from_slice(io.output_gradient);
            }
        }
    }
}

castnet::network! {
    struct Net {
        input: [4],
        scale: layer(layers::Scale),
        dense(3),
    }
}

fn main() {}

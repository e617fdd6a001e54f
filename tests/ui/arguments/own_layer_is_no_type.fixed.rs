mod my {
    use castnet::layers::{Backward, Context, Forward, Layer};
    use castnet::{Scalar, pulp::Simd};

    #[derive(Clone, Copy, Default)]
    pub struct Scale;

    impl<T: Scalar> Layer<T> for Scale {
        const INPUT: usize = 4;
        const OUTPUT: usize = 4;
        const PARAMETERS: usize = 1;

        fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
            io.output.iter_mut().zip(io.input).for_each(|(y, &x)| *y = io.parameters[0] * x);
        }

        fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, _: Backward<'_, T>) {}
    }
}

castnet::network! {
    struct Net {
        input: [4],
        layer(my::Scale),
    }
}

fn main() {}

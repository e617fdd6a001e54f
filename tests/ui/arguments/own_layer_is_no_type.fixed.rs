mod my {
    use castnet::layers::{Activations, Layer};
    use castnet::{Pass, Scalar, pulp::Simd};

    #[derive(Clone, Copy, Default)]
    pub struct Scale;

    impl<T: Scalar> Layer<T> for Scale {
        const INPUT: usize = 4;
        const OUTPUT: usize = 4;
        const PARAMETERS: usize = 1;

        fn forward<S: Simd, const L: usize>(self, _: S, _: &Pass, scale: &[T], input: &[T], output: &mut [T]) {
            output.iter_mut().zip(input).for_each(|(y, &x)| *y = scale[0] * x);
        }

        fn backward<S: Simd, const L: usize>(
            self,
            _: S,
            _: &Pass,
            _: &[T],
            _: Activations<'_, T>,
            _: &mut [T],
            _: Option<&mut [T]>,
            _: Option<&mut [T]>,
        ) {
        }
    }
}

castnet::network! {
    struct Net {
        input: [4],
        layer(my::Scale),
    }
}

fn main() {}

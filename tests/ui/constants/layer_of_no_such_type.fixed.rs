mod layers {
    use castnet::layers::{Activations, Layer};
    use castnet::{Pass, Scalar, pulp::Simd};

    /// Nothing to learn.
    #[derive(Clone, Copy, Default)]
    pub struct Scale;

    impl<T: Scalar> Layer<T> for Scale {
        const INPUT: usize = 4;
        const OUTPUT: usize = 4;
        const PARAMETERS: usize = 0;

        fn forward<S: Simd, const L: usize>(self, _: S, _: &Pass, _: &[T], input: &[T], output: &mut [T]) {
            output.copy_from_slice(input);
        }

        fn backward<S: Simd, const L: usize>(
            self,
            _: S,
            _: &Pass,
            _: &[T],
            _: Activations<'_, T>,
            output_gradient: &mut [T],
            input_gradient: Option<&mut [T]>,
            _: Option<&mut [T]>,
        ) {
            if let Some(input_gradient) = input_gradient {
                input_gradient.copy_from_slice(output_gradient);
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

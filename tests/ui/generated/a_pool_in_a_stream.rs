use castnet::prelude::*;

network! {
    struct Filter {
        input: [1, 100],
        conv1d(4, kernel = 3, padding = causal), tanh,
        smooth: avg_pool1d(2),
        conv1d(1, kernel = 1),
    }
}

fn listen<N: Stream>(_: &N) {}

fn main() {
    let filter: Box<Filter> = castnet::bytemuck::zeroed_box();
    listen(&*filter);
}

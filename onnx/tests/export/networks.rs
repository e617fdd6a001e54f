//! The networks that are exported: every kind of layer and block by itself, and what declarations have besides.

use super::visit::Visit;

/// Declares a network for each row.
macro_rules! networks {
    ($($case:ident$(<$scalar:ident>)? { $($declaration:tt)* })*) => {
        $(mod $case {
            castnet::network! { pub struct Case$(<$scalar>)? { $($declaration)* } }
        })*

        /// Shows every network of the table.
        pub fn kinds(visit: &mut impl Visit) {
            $(visit.visit::<$case::Case>(stringify!($case));)*
        }

        /// Names and declarations.
        #[allow(dead_code)] // For the test of what is missing.
        pub const DECLARATIONS: &[(&str, &str)] = &[$((stringify!($case), stringify!($($declaration)*))),*];
    };
}

networks! {
    dense { input: [5], dense(4) }
    dense_without_bias { input: [3], dense(18, bias = false) }
    conv2d { input: [2, 6, 5], conv2d(3, kernel = 3) }
    conv2d_strided { input: [2, 7, 6], conv2d(3, kernel = [3, 2], stride = [2, 1], padding = [1, 0], bias = false) }
    conv2d_same { input: [1, 4, 5], conv2d(2, kernel = [2, 3], padding = same) }
    conv2d_dilated { input: [2, 8, 6], conv2d(3, kernel = [3, 2], dilation = [2, 3], padding = [1, 0]) }
    conv2d_padded { input: [2, 4, 5], conv2d(3, kernel = 3, stride = [2, 1], padding = [[3, 1], [0, 2]], rounding = floor) }
    conv1d { input: [2, 11], conv1d(3, kernel = 3) }
    conv1d_causal { input: [2, 13], conv1d(18, kernel = 3, dilation = 4, padding = causal) }
    conv1d_same { input: [1, 9], conv1d(2, kernel = 4, dilation = 3, padding = same, bias = false) }
    conv1d_strided { input: [3, 12], conv1d(2, kernel = 3, stride = 2, dilation = 2, padding = [1, 2]) }
    max_pool1d { input: [2, 8], max_pool1d(2) }
    max_pool1d_overlapping { input: [3, 10], max_pool1d(3, stride = 2, rounding = floor) }
    avg_pool1d { input: [2, 8], avg_pool1d(2) }
    avg_pool1d_overlapping { input: [3, 10], avg_pool1d(3, stride = 2, rounding = floor) }
    max_pool2d { input: [2, 4, 6], max_pool2d(2) }
    max_pool2d_overlapping { input: [1, 5, 7], max_pool2d([3, 2], stride = [1, 2], rounding = floor) }
    avg_pool2d { input: [2, 4, 6], avg_pool2d(2) }
    avg_pool2d_overlapping { input: [1, 5, 7], avg_pool2d([3, 2], stride = [1, 2], rounding = floor) }
    flatten { input: [2, 2, 3], flatten, dense(3) }
    flatten_of_sequences { input: [3, 4], flatten, dense(3) }
    flatten_of_features { input: [3], flatten, dense(2), flatten }
    relu { input: [9], relu }
    leaky_relu { input: [9], leaky_relu(0.2) }
    gelu { input: [9], gelu }
    gelu_behind_conv2d { input: [1, 4, 4], conv2d(3, kernel = 2), gelu }
    silu { input: [9], silu }
    silu_behind_dense { input: [5], dense(4), silu }
    prelu { input: [9], prelu }
    prelu_of_images { input: [3, 2, 4], prelu }
    prelu_of_features { input: [4], prelu(per_channel = true) }
    prelu_of_channels { input: [3, 2, 4], prelu(per_channel = true) }
    prelu_of_sequences { input: [3, 5], prelu(per_channel = true) }
    sigmoid { input: [9], sigmoid }
    tanh { input: [9], tanh }
    embedding { input: tokens[6] < 5, embedding(3) }
    embedding_padded { input: tokens[4] < 7, embedding(2, padding_index = 2), flatten, dense(3) }
    embedding_of_some { input: tokens[6] < 5, slice(2..5), embedding(3) }
    slice { input: [5], slice(1..4) }
    slice_of_channels { input: [3, 2, 2], slice(1..3) }
    slice_of_sequences { input: [4, 3], slice(2..) }
    slice_in_branches {
        input: [5],
        dense(6),
        concat { { slice(0..2), tanh }, { slice(1..5), dense(2) }, { slice(5..) } },
    }
    softmax { input: [7], softmax }
    dropout { input: [6], dropout(0.5) }
    dropout_between { input: [6], dense(3), dropout(0.5), relu, dropout(0.1) }
    batch_norm { input: [5], batch_norm }
    batch_norm_of_channels { input: [3, 2, 4], batch_norm }
    batch_norm_of_sequences { input: [3, 5], batch_norm }
    batch_norm_behind_dense { input: [4], dense(3), batch_norm, tanh, dense(2, bias = false), batch_norm }
    batch_norm_behind_conv1d { input: [2, 6], conv1d(3, kernel = 3), batch_norm, relu }
    batch_norm_behind_conv2d {
        input: [2, 5, 5],
        conv2d(3, kernel = 3, padding = same, bias = false), batch_norm, relu,
        #[frozen] conv2d(2, kernel = 3), #[frozen] batch_norm,
    }
    batch_norm_of_what_others_read { input: [4], dense(3), concat { { batch_norm }, {} } }
    layer_norm { input: [7], layer_norm }
    layer_norm_of_images { input: [3, 2, 4], layer_norm(epsilon = 0.01) }
    layer_norm_of_sequences { input: [3, 5], layer_norm }
    layer { input: [6], layer(crate::scaled::Scaled::<6>), dense(2) }
    residual { input: [4], residual { dense(4), tanh } }
    residual_of_images { input: [2, 3, 3], residual { conv2d(2, kernel = 3, padding = 1, bias = false), batch_norm } }
    residual_projected { input: [4], residual(project) { dense(6) } }
    residual_projected_images {
        input: [2, 5, 4],
        residual(project) { conv2d(3, kernel = 3, stride = 2, padding = 1, rounding = floor) }
    }
    residual_of_sequences { input: [2, 7], residual { conv1d(2, kernel = 3, dilation = 2, padding = causal), tanh } }
    residual_projected_sequences { input: [2, 7], residual(project) { conv1d(3, kernel = 3, stride = 2, padding = 1) } }
    concat { input: [4], concat { { dense(3), tanh }, {}, { dense(2) } } }
    concat_of_images { input: [2, 3, 3], concat { { conv2d(1, kernel = 1) }, { conv2d(3, kernel = 3, padding = 1), relu } } }
    concat_of_sequences { input: [2, 6], concat { { conv1d(1, kernel = 1) }, { conv1d(3, kernel = 3, padding = 1), relu } } }
    sum { input: [4], sum { { dense(4), tanh }, {}, { sigmoid } } }
    sum_of_two { input: [4], sum { { dense(4), tanh }, {} } }
    repeat { input: [3], stage: repeat(2) { dense(4), tanh } }
    inputs {
        input: { image: [1, 6, 6], speed: [3], words: tokens[4] < 9 },
        conv2d(2, kernel = 3, stride = 2, rounding = floor), relu,
        flatten,
        concat { {}, { speed, dense(4), tanh }, { words, embedding(2), flatten }, { speed } },
        dense(3),
    }
    heads {
        input: [4],
        trunk: dense(6), tanh,
        concat { policy: { dense(3) }, value: { dense(1), sigmoid }, trunk_too: {}, again: {}, value_too: { dense(1) } },
    }
    // Names that a file has only once: of an input, a head and a layer.
    names {
        input: { x: [2], y: [3] },
        concat { {}, { y } },
        z: dense(5), relu,
        concat { x: { dense(2) }, z: {} },
    }
    output { input: [3], output: dense(2), tanh }
    double<f64> { input: [4], dense(3), gelu, layer_norm, dense(2) }
}

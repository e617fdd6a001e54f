//! A network in the program itself, asked from C.

use castnet::prelude::*;

network! {
    struct Line {
        input: [1],
        slope: dense(1),
    }
}

static LINE: &Line = castnet::weights!(Line, "../../../target/no_std/line.safetensors");

#[unsafe(no_mangle)]
pub extern "C" fn line_predict(place: f32) -> f32 {
    LINE.predict(&[place])[0]
}

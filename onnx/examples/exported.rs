//! Writes the networks of `tests/export` to a folder, with inputs and outputs: `check.py` there computes the outputs again.
//!
//! ```sh
//! onnx/tests/export/check
//! ```

use std::error::Error;

#[macro_use]
#[path = "../tests/export/resnet18.rs"]
mod resnet18;

#[path = "../tests/export/architectures.rs"]
mod architectures;
#[path = "../tests/export/files.rs"]
mod files;
#[path = "../tests/export/networks.rs"]
mod networks;
#[path = "../../tests/reference/scaled.rs"]
mod scaled;
#[path = "../tests/export/visit.rs"]
mod visit;
#[path = "../tests/export/write.rs"]
mod write;

fn main() -> Result<(), Box<dyn Error>> {
    let mut writer = write::Writer::to_argument()?;
    networks::kinds(&mut writer);
    architectures::architectures(&mut writer);
    writer.result
}

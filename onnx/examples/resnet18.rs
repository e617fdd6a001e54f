//! Writes ResNet-18 for images of 224x224, with all its filters, as the example `exported` does other networks.
//!
//! ```sh
//! onnx/tests/export/check --resnet18
//! ```

use std::error::Error;

#[macro_use]
#[path = "../tests/export/resnet18.rs"]
mod resnet18;

#[path = "../tests/export/files.rs"]
mod files;
#[path = "../tests/export/visit.rs"]
mod visit;
#[path = "../tests/export/write.rs"]
mod write;

resnet18!(ResNet18, 224, [64, 128, 256, 512], 7, 1000);

fn main() -> Result<(), Box<dyn Error>> {
    let mut writer = write::Writer::to_argument()?;
    visit::Visit::visit::<ResNet18>(&mut writer, "resnet18");
    writer.result
}

//! Models in the build of a user's program.

use std::path::{Path, PathBuf};

use crate::{Error, Import};

/// Imports a model in a build script: writes `<stem>.rs`, the declaration, and `<stem>.safetensors`, its weights, into
/// `OUT_DIR`, and has cargo run the script again when the model changes. The network is called by the file:
/// `lenet_5.onnx` becomes `Lenet5`. Returns the path of the declaration.
///
/// ```no_run
/// // build.rs
/// castnet_onnx::build("models/gate.onnx").unwrap();
/// ```
///
/// ```ignore
/// // src/main.rs
/// include!(concat!(env!("OUT_DIR"), "/gate.rs"));
///
/// let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/gate.safetensors"));
/// let gate = Gate::from_safetensors(bytes)?;
/// ```
///
/// In `Cargo.toml`, the crate is a build dependency without its default features, which then needs nothing of castnet's
/// runtime: `castnet-onnx = { version = "0.1", default-features = false }`.
///
/// # Errors
///
/// Those of [`Import::file`], and [`Error::NoOutDir`] outside of a build script.
pub fn build(model: impl AsRef<Path>) -> Result<PathBuf, Error> {
    let stem = stem(model.as_ref());
    build_as(model, &Import::new(&stem))
}

/// The same, with a name or with sizes of inputs.
///
/// ```no_run
/// use castnet_onnx::Import;
///
/// castnet_onnx::build_as("models/pnet.onnx", &Import::new("PNet").input("image", &[3, 12, 12]))?;
/// # Ok::<(), castnet_onnx::Error>(())
/// ```
///
/// # Errors
///
/// As for [`build`].
pub fn build_as(model: impl AsRef<Path>, import: &Import) -> Result<PathBuf, Error> {
    let model = model.as_ref();
    let folder = std::env::var_os("OUT_DIR").ok_or(Error::NoOutDir)?;
    println!("cargo::rerun-if-changed={}", model.display());
    let [declaration, _] = import.file(model)?.write(folder, &stem(model))?;
    Ok(declaration)
}

fn stem(model: &Path) -> String {
    model.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

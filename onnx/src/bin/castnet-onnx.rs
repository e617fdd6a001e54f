//! The command `castnet-onnx`: a model to a declaration and its weights.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use castnet_onnx::Import;
use lexopt::prelude::*;

const USAGE: &str = "\
Writes a Rust file with the network! declaration of an ONNX model, and a safetensors file with its weights.

usage: castnet-onnx model.onnx [options]

  --name NAME         the type of the network; by default the name of the file
  --input NAME=SIZES  the shape of one sample of an input, for sizes that the model leaves free: image=3x224x224
  --out FOLDER        where to write; by default beside the model
";

struct Arguments {
    model: PathBuf,
    name: Option<String>,
    inputs: Vec<(String, Vec<usize>)>,
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| arguments.map_or(Ok(()), |arguments| run(&arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What was asked for; nothing if it was for help.
fn arguments() -> Result<Option<Arguments>, String> {
    let (mut model, mut name, mut inputs, mut out) = (None, None, Vec::new(), None);
    let mut parser = lexopt::Parser::from_env();
    let text = |error: lexopt::Error| format!("{error}\n\n{USAGE}");
    while let Some(argument) = parser.next().map_err(text)? {
        match argument {
            Long("name") => name = Some(parser.value().and_then(|value| value.string()).map_err(text)?),
            Long("input") => inputs.push(input(&parser.value().and_then(|value| value.string()).map_err(text)?)?),
            Long("out") => out = Some(parser.value().map_err(text)?.into()),
            Short('h') | Long("help") => {
                print!("{USAGE}");
                return Ok(None);
            }
            Value(path) if model.is_none() => model = Some(path.into()),
            other => return Err(text(other.unexpected())),
        }
    }
    let model = model.ok_or_else(|| format!("which model?\n\n{USAGE}"))?;
    Ok(Some(Arguments { model, name, inputs, out }))
}

/// `image=3x224x224`
fn input(text: &str) -> Result<(String, Vec<usize>), String> {
    let parsed = text.rsplit_once('=').and_then(|(name, sizes)| {
        let sizes = sizes.split('x').map(|size| size.parse().ok().filter(|&size| size > 0)).collect::<Option<_>>()?;
        Some((name.to_string(), sizes))
    });
    parsed.ok_or_else(|| format!("expected sizes such as `--input image=3x224x224`, found `{text}`"))
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let stem = arguments.model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let import = Import::new(arguments.name.as_deref().unwrap_or(&stem));
    let import = arguments.inputs.iter().fold(import, |import, (name, shape)| import.input(name, shape));
    let folder = arguments.out.as_deref().or(arguments.model.parent()).unwrap_or(Path::new(""));
    let imported = import.file(&arguments.model).map_err(|error| error.to_string())?;
    let [declaration, weights] = imported.write(folder, &stem).map_err(|error| error.to_string())?;
    println!("{} and {}: `{}`", declaration.display(), weights.display(), imported.name);
    Ok(())
}

//! Random networks against PyTorch: a fixed set here, and as many as wanted from `tests/differential/generate.py`, whose
//! README says how.

#[path = "differential/check.rs"]
mod check;
#[path = "reference/passes.rs"]
mod passes;
#[path = "reference/scaled.rs"]
mod scaled;
#[path = "reference/tensors.rs"]
mod tensors;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use castnet::__private::KINDS;

include!("differential/fixed/networks.rs");

#[test]
fn the_fixed_set_holds_every_kind() {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let words: Vec<&str> = DECLARATIONS.iter().flat_map(|text| text.split(|letter| !is_word(letter))).collect();
    for kind in KINDS {
        assert!(words.contains(kind), "no network of tests/differential/fixed has `{kind}`: see the README beside it");
    }
}

/// Draws networks, and tests them in a crate of their own.
#[test]
#[ignore = "needs PyTorch, and minutes: see tests/differential/README.md"]
fn differential() {
    let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let seed = env::var("SEED").unwrap_or_else(|_| seconds().to_string());
    let networks = env::var("NETWORKS").unwrap_or_else(|_| "60".into());
    println!("{networks} networks of seed {seed}");

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/differential");
    generate(&root.join("tests/differential/generate.py"), &folder, &seed, &networks);
    write_crate(root, &folder);
    // What makes a debug build of a release one, or another target folder, is the outer build's.
    let build = Command::new(env!("CARGO"))
        .args(["test", "--release", "--quiet", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.join("target"))
        .output()
        .unwrap();
    let said = [build.stdout, build.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    println!("{said}");
    assert!(build.status.success(), "seed {seed}: to see it again, set SEED={seed} and NETWORKS={networks}");
    assert!(said.contains(&format!("{networks} passed")), "seed {seed}: not {networks} tests");
}

/// Runs the script.
fn generate(script: &Path, folder: &Path, seed: &str, networks: &str) {
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let run = Command::new(&python).arg(script).args(["--seed", seed, "--networks", networks]).arg(folder).output();
    let run = run.unwrap_or_else(|error| panic!("`{python}`: {error}: set PYTHON to a Python that has PyTorch"));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(
        !said.contains("ModuleNotFoundError"),
        "{said}\n`{python}` lacks a package: `pip install -r tests/reference/requirements.txt`, or set PYTHON to one that has it"
    );
    assert!(run.status.success(), "{said}");
}

/// The crate around the networks, which has this workspace's versions of all packages.
fn write_crate(root: &Path, folder: &Path) {
    let path = |path: &str| -> PathBuf { root.join(path) };
    let manifest = format!(
        r#"[package]
name = "differential"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
castnet = {{ path = {:?}, default-features = false, features = ["avx512", "threads"] }}
safetensors = "0.8"

[lib]
path = "lib.rs"

# Loops in vectors, and little else: each network is compiled for every instruction set.
[profile.release]
opt-level = 1
"#,
        path("runtime")
    );
    let modules = ["differential/check", "reference/passes", "reference/scaled", "reference/tensors"].map(|file| {
        let name = file.rsplit('/').next().unwrap();
        format!("#[path = {:?}]\nmod {name};\n", path("tests").join(file).with_extension("rs"))
    });
    let source = format!("#![cfg(test)]\n{}include!(\"networks.rs\");\n", modules.concat());
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("lib.rs"), source).unwrap();
    fs::copy(path("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

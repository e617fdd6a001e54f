//! Writes the iris table as constants, which the linker puts into flash, and shows the linker where the memory is.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let table = Path::new(&here).join("../../data/tabular/iris.csv");
    println!("cargo:rerun-if-changed={}", table.display());
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rustc-link-search={here}");

    let text = fs::read_to_string(&table).expect("the table is in the repository");
    let sorted: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    // The table has fifty of one species, then fifty of the next; here they take turns.
    let rows: Vec<&Vec<&str>> = (0..sorted.len()).map(|row| &sorted[row % 3 * 50 + row / 3]).collect();
    let mut code = format!(
        "/// Sepal length and width, petal length and width, in cm.\npub static FEATURES: [[f32; 4]; {}] = [",
        rows.len()
    );
    for row in &rows {
        let numbers: Vec<f32> = row[..4].iter().map(|number| number.parse().expect("a number")).collect();
        write!(code, "{numbers:?},").expect("a string takes it");
    }
    write!(code, "];\n/// Which of the three species.\npub static LABELS: [usize; {}] = [", rows.len())
        .expect("a string takes it");
    for row in &rows {
        write!(code, "{},", row[4]).expect("a string takes it");
    }
    code.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("iris.rs"), code).expect("cargo made the folder");
}

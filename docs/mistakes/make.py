"""Writes docs/mistakes.md: ten mistakes in castnet, dfdx, burn and candle, and what each of them says.

    python3 docs/mistakes/make.py

Every program in `<library>/src/bin/` is built, and run if it builds; what the compiler or the program prints goes into the
page as it is, except that paths of this machine are shortened. The first build of the other libraries takes some minutes.
"""

import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent / "mistakes.md"
LIBRARIES = ["castnet", "dfdx", "burn", "candle"]

# Name of the programs, heading, and what is wrong.
MISTAKES = [
    ("no_flatten", "A dense layer straight after an image", "784 features were meant, and a 28x28 image of one channel comes in."),
    ("wrong_features", "A wrong number of features", "What comes before the last layer makes 864 features, and 256 are stated."),
    ("kernel_too_large", "A kernel larger than its image", "A 7x7 kernel on a 5x5 image, without padding."),
    ("stride_does_not_tile", "A stride that does not tile its image", "A 5x5 kernel with stride 2 on a 12x12 image leaves half a step over."),
    ("residual", "A residual block that changes the shape", "64 features come in and 32 go out: there is nothing to add them to."),
    ("no_units", "A layer of no units", "0 units: whatever comes in, nothing goes on."),
    ("certain_dropout", "Dropout of everything", "Probability 1: no value is left, and the scale of the rest is 1 / 0."),
    ("no_such_layer", "A slip of the pen", "`leaky_rellu` for `leaky_relu`."),
    ("short_sample", "A sample that is too short", "783 numbers where 784 are expected."),
    ("short_target", "A target of another length than the output", "9 numbers for 10 outputs, in the mean squared error."),
]

# Programs that there are not, and why.
NIGHTLY = "dfdx 0.13 has convolutions with a nightly compiler only (its feature `nightly`); this page is made with stable Rust."
ABSENT = {("dfdx", "kernel_too_large"): NIGHTLY, ("dfdx", "stride_does_not_tile"): NIGHTLY}


def environment(library):
    target = os.environ.get("CARGO_TARGET_DIR", str(HERE / "target"))
    others = {name: value for name, value in os.environ.items() if name != "RUST_BACKTRACE"}
    return {**others, "CARGO_TARGET_DIR": f"{target}/{library}", "RUST_BACKTRACE": "0", "CARGO_TERM_COLOR": "never"}


def build(library, mistake):
    """What the compiler says about the program, and whether it builds."""
    command = ["cargo", "build", "--quiet", "--bin", mistake, "--message-format=json"]
    run = subprocess.run(command, cwd=HERE / library, env=environment(library), capture_output=True, text=True)
    messages = [json.loads(line) for line in run.stdout.splitlines()]
    messages = [message for message in messages if message["reason"] == "compiler-message"]
    own = [message["message"] for message in messages if message["target"]["name"] == mistake]
    # Without a place it is only the sum of the others.
    rendered = [message["rendered"] for message in own if message["spans"] or message["level"] == "error" and not message["message"].startswith("aborting")]
    if run.returncode != 0 and not rendered:
        raise SystemExit(f"{library} {mistake}: {run.stderr}")
    return "".join(rendered), run.returncode == 0


def execute(library, mistake):
    """What the program prints, and whether it ends well."""
    program = pathlib.Path(environment(library)["CARGO_TARGET_DIR"]) / "debug" / mistake
    run = subprocess.run([program], env=environment(library), capture_output=True, text=True, timeout=60)
    return run.stdout + run.stderr, run.returncode == 0


def shortened(text):
    text = re.sub(r"/[^\s:]*/registry/src/[^/]*/", "", text)
    text = re.sub(r"/[^\s:]*/lib/rustlib/src/rust/", "", text)
    text = re.sub(r"thread 'main' \(\d+\)", "thread 'main'", text)
    text = re.sub(r" *= note: the full name for the type has been written to .*\n", "", text)
    text = text.replace(f"{HERE.parents[1]}/", "")
    return "\n".join(line.rstrip() for line in text.strip("\n").rstrip().split("\n"))


def outcome(library, mistake):
    """When it is found, and what is printed."""
    if (library, mistake) in ABSENT:
        return None, ABSENT[library, mistake]
    said, builds = build(library, mistake)
    if not builds:
        return "compile time", shortened(said)
    printed, ends_well = execute(library, mistake)
    return "not found" if ends_well else "run time", shortened(said + printed)


def version(library):
    if library == "castnet":
        return "this version"
    crate = "candle-nn" if library == "candle" else library
    lock = (HERE / library / "Cargo.lock").read_text()
    return re.search(rf'name = "{crate}"\nversion = "([^"]*)"', lock).group(1)


def summary(found):
    """One cell of the table."""
    when, text = found
    if when is None:
        return "-"
    lines = len(text.split("\n"))
    return f"{when}, {lines} {'line' if lines == 1 else 'lines'}" if when != "not found" else "**not found**"


def section(number, mistake, outcomes):
    name, heading, wrong = mistake
    lines = [f"## {number}. {heading}", "", wrong, ""]
    for library in LIBRARIES:
        when, text = outcomes[library, name]
        lines += [f"### {heading} in {library}: {when or 'no program'}", ""]
        if when is None:
            lines += [text, ""]
            continue
        program = (HERE / library / "src" / "bin" / f"{name}.rs").read_text().rstrip()
        lines += ["```rust", program, "```", "", "```text", text, "```", ""]
    return lines


def main():
    outcomes = {}
    for name, _, _ in MISTAKES:
        for library in LIBRARIES:
            outcomes[library, name] = outcome(library, name)
            print(f"{name} in {library}: {outcomes[library, name][0]}")
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split(" (")[0]
    versions = ", ".join(f"{library} ({version(library)})" for library in LIBRARIES)
    lines = [
        "# Ten mistakes in four libraries",
        "",
        f"The same ten mistakes in {versions}, with {compiler}: each program, when its mistake is found, and all that is "
        "printed about it.",
        "",
        "This page is written by `python3 docs/mistakes/make.py`, which builds and runs the programs in `docs/mistakes/`. "
        "burn and candle have shapes at run time, so that is when they can find a wrong one; dfdx has them in its types.",
        "",
        "| mistake | " + " | ".join(LIBRARIES) + " |",
        "| --- |" + " --- |" * len(LIBRARIES),
    ]
    for name, heading, _ in MISTAKES:
        lines.append(f"| {heading} | " + " | ".join(summary(outcomes[library, name]) for library in LIBRARIES) + " |")
    lines.append("")
    for number, mistake in enumerate(MISTAKES, 1):
        lines += section(number, mistake, outcomes)
    PAGE.write_text("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()

"""Builds the programs and writes their work."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent


def say(text):
    print(text, flush=True)


def python_of(target):
    return target / "env" / "bin" / "python"


def build_all(target, programs):
    target.mkdir(exist_ok=True)
    make_environment(target)
    for name in sorted({program.crate for program in programs if program.crate}):
        folder = HERE / name if name == "castnet" else HERE / "rust" / name
        say(f"building {name}")
        # castnet is built as any user's program is; rust/.cargo/config.toml has flags and folder for the others.
        own = ["--target-dir", str(target / "castnet")] if name == "castnet" else ["--locked"]
        subprocess.run(["cargo", "build", "--release", "--quiet", *own], cwd=folder, check=True)
    source, binary = HERE / "machine" / "peak.c", target / "peak"
    subprocess.run(["cc", "-O3", "-march=native", str(source), "-o", str(binary)], check=True)


def make_environment(target):
    """A Python environment with the libraries of requirements.txt, made once."""
    if python_of(target).exists():
        return
    say("installing the Python libraries")
    subprocess.run([sys.executable, "-m", "venv", str(target / "env")], check=True)
    install = ["-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")]
    subprocess.run([str(python_of(target)), *install], check=True)


def write_work(target):
    """Parameters, inputs and expected outputs, the same for all programs. Written once: they do not change."""
    folder, script = target / "work", HERE / "python" / "data.py"
    made = folder / "expected.json"
    sources = [script, HERE / "python" / "items.py"]
    if not made.exists() or made.stat().st_mtime < max(os.path.getmtime(source) for source in sources):
        say("writing the work")
        subprocess.run([str(python_of(target)), str(script), str(folder)], check=True)
    return folder

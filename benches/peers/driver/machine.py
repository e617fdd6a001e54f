"""What the machine is, and what its core can do at best."""

import json
import pathlib
import platform
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent


def describe(target):
    return {"processor": processor(), "versions": versions(target)}


def processor():
    """Its name, and the widest vectors that it has."""
    information = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", information)
    flags = set(re.search(r"flags\s*: (.*)", information)[1].split())
    widest = next((text for flag, text in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "SSE2")
    return f"{name[1].strip() if name else platform.machine()}, {widest}"


def versions(target):
    found = {"rustc": subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1]}
    crates = {"burn": "burn", "candle": "candle-core", "dfdx": "dfdx", "tract": "tract-onnx"}
    for library, crate in crates.items():
        lock = (HERE / "rust" / library / "Cargo.lock").read_text()
        found[library] = re.search(rf'name = "{crate}"\nversion = "(.*)"', lock)[1]
    code = "import importlib.metadata as m; print(*(m.version(n) for n in ('torch', 'jax', 'onnxruntime')))"
    output = subprocess.run([str(target / "env/bin/python"), "-c", code], capture_output=True, text=True, check=True)
    return found | dict(zip(("torch", "jax", "onnxruntime"), output.stdout.split()))


def peaks(target, cores):
    """GFLOP/s by multiply-adds of f32, and GB/s of reading from memories of several sizes."""
    command = ["taskset", "-c", cores.split(",")[0], str(target / "peak")]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    return {
        "gflops": max(row["gflops"] for row in rows if "gflops" in row),
        "read_gb_per_s": {row["what"]: row["gb_per_s"] for row in rows if "gb_per_s" in row},
    }

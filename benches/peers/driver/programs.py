"""The programs that are compared, and how they are asked."""

import json
import os
import pathlib
import select
import subprocess
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent.parent

# Every program has one thread; what the peers free is kept for their next step, not returned to the system.
ONE_THREAD = {name: "1" for name in (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "GEMM_NUM_THREADS")}
KEEP_MEMORY = {
    "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296"
}
LONGEST_ANSWER = 600  # seconds: torch.compile takes its time


class Program(NamedTuple):
    name: str
    library: str
    crate: str | None = None  # A Rust program,
    script: str | None = None  # or a Python one.
    arguments: tuple = ()
    threads: int = 1
    items: tuple = ()  # Keys of items; all if none.

    @property
    def is_castnet(self):
        return self.crate == "castnet"

    def is_wanted(self, names):
        return not names or self.name in names

    def does(self, item):
        return not self.items or item.key in self.items


PROGRAMS = [
    Program("castnet", "castnet", crate="castnet"),
    Program("castnet-2-threads", "castnet", crate="castnet", arguments=("threads=2",), threads=2,
            items=("W5_128", "W6_32")),
    Program("burn", "burn (flex)", crate="burn"),
    Program("candle", "candle", crate="candle"),
    Program("dfdx", "dfdx", crate="dfdx"),
    Program("tract", "tract", crate="tract"),
    Program("onnxruntime", "ONNX Runtime", script="ort_peer.py"),
    Program("torch", "PyTorch", script="torch_peer.py"),
    Program("torch-script", "PyTorch (traced, frozen)", script="torch_peer.py", arguments=("--script",)),
    # Compiling takes minutes; on the other items it is slower than the rows above.
    Program("torch-compile", "PyTorch (torch.compile)", script="torch_peer.py", arguments=("--compile",),
            items=("W3_64", "W6_32", "W9_10000")),
    Program("jax", "JAX", script="jax_peer.py"),
    Program("jax-reshape-pool", "JAX (pooling by reshape)", script="jax_peer.py", arguments=("--reshape-pool",)),
]


class Running:
    """A program that waits for questions, pinned to its cores."""

    def __init__(self, program, target, work, cores):
        self.program = program
        if program.script:
            command = [str(target / "env" / "bin" / "python"), str(HERE / "python" / program.script)]
        else:
            folder = "castnet" if program.is_castnet else "rust"
            command = [str(target / folder / "release" / f"peer-{program.crate}")]
        cores = ",".join(cores.split(",")[: program.threads])
        tunables = {} if program.is_castnet else KEEP_MEMORY
        self.log = (target / f"{program.name}.log").open("w")
        self.process = subprocess.Popen(
            ["taskset", "-c", cores, *command, str(work), *program.arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=os.environ | ONE_THREAD | tunables)

    def ask(self, item, question):
        """The answer, which has the key `error` if there is none."""
        try:
            self.process.stdin.write(f"{item.name} {item.batch} {question}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return {"error": f"the program has ended; see {self.log.name}"}
        if not select.select([self.process.stdout], [], [], LONGEST_ANSWER)[0]:
            self.process.kill()
            return {"error": f"no answer in {LONGEST_ANSWER} s"}
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": f"the program has ended; see {self.log.name}"}

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()

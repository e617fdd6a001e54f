"""Where the functions of `src/proof.rs` reach a panic or an allocation.

After `tests/targets/no_std` has failed: builds the library with line numbers, links every function with a panic and an
allocation that do exist, and prints the calls that lead there, each with the places that were inlined into one another.

    python3 tests/no_std/sites.py [part of a name]
"""

import os
import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
FOLDER = PACKAGE.parents[1] / "target" / "no_std"
HEAVY = re.compile(
    r"core::panicking::|core::(?:slice|str)::.*fail|core::(?:option|result)::.*fail|core::cell::panic"
    r"|bytemuck::internal::something_went_wrong|__rust(?:c::__rust)?_alloc|alloc::alloc::handle_alloc_error"
    r"|castnet_(?:panic|allocation)_is_reachable"
)


def run(*command: str, **options) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def sites(program: Path) -> list[str]:
    """A line for each call in the program that panics or allocates, but for those within `core` itself."""
    found, function = [], ""
    for line in run("objdump", "--disassemble", "--no-show-raw-insn", "--demangle", str(program)).splitlines():
        if start := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            function = start[1]
            continue
        call = re.match(r"\s*([0-9a-f]+):\s+(?:call|j[a-z]+)\s+[0-9a-f]+ <(.*?)(?:\+0x[0-9a-f]+)?>", line)
        if call and HEAVY.search(call[2]) and not HEAVY.search(function) and not function.startswith("core::"):
            places = run("addr2line", "--inlines", "--exe", str(program), call[1]).split()
            places = [re.sub(r".*/(runtime/src|src)/", "", place) for place in places if "/rustc/" not in place]
            found.append(f"{call[2]} from {' < '.join(places[:9]) or function}")
    return found


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    target = FOLDER / "sites"
    subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", str(PACKAGE / "Cargo.toml")]
        + ["--target-dir", str(target), "--features", "proof"],
        check=True,
        env={**os.environ, "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only"},
    )
    library, objects = target / "release" / "libcastnet_no_std.a", []
    stub = target / "stub.c"
    stub.write_text(
        "void castnet_panic_is_reachable(void) { for (;;) {} }\nvoid castnet_allocation_is_reachable(void) { for (;;) {} }\n"
    )
    for source in [PACKAGE / "memory.c", stub]:
        objects.append(str(target / f"{source.stem}.o"))
        run("cc", "-O1", "-ffreestanding", "-fno-builtin", "-fno-tree-loop-distribute-patterns", "-c", str(source), "-o", objects[-1])
    symbols = re.findall(r" T ((?:predict|step)\..*)", run("nm", "--defined-only", str(library)))
    for name in sorted(symbol for symbol in symbols if wanted in symbol):
        program = target / "program"
        roots = ["-Xlinker", "-u", "-Xlinker", name, f"-Wl,-e,{name}", "-Wl,--gc-sections"]
        run("cc", "-nostdlib", "-static", *roots, *objects, str(library), "-o", str(program))
        found = sites(program)
        print(f"{name}: {len(found)}")
        for line in found:
            print(f"    {line}")


if __name__ == "__main__":
    main()

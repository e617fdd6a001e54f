"""Shows that rust-analyzer finds its way through a declaration: definition, references, hover, rename and completion.

    python3 tests/ide/navigate.py [path of rust-analyzer]

Without the path, `rust-analyzer` is looked for in the PATH; where there is none, nothing is checked. It can be had by
`rustup component add rust-analyzer`, or from crates.io by `cargo install ra_ap_rust-analyzer`.

rust-analyzer would install the component `rust-src` into the toolchain in use, after which the compiler's messages point
into the standard library. So rustup is told of the toolchain by its path only, to which it adds nothing.
"""

import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / "target" / "ide"
MINUTES = 10

MANIFEST = f"""[package]
name = "navigated"
version = "0.0.0"
edition = "2024"

[dependencies]
castnet = {{ path = "{ROOT / 'runtime'}" }}

[workspace]
"""

# `^` marks the places that are asked about, by number: the declaration's (0, 2, 4) and the uses (1, 3, 5).
PROGRAM = """
const HIDDEN: usize = 120;

castnet::network! {
    /// LeNet-5 for 28x28 grey digits.
    pub struct LeNet5 {
        input: [1, 28, 28],
        ^conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        block: residual { ^inner: conv2d(6, kernel = 3, padding = same) },
        flatten,
        fc1: dense(^HIDDEN), relu,
        /// The scores.
        logits: dense(10),
    }
}

pub fn use_it(net: &LeNet5) -> f32 {
    let inner = &net.block.^inner;
    net.^conv1.bias[0] + inner.bias[0] + net.^logits.bias[0]
}
"""


def toolchain():
    """The folder of the toolchain in use."""
    found = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    return pathlib.Path(found.stdout.strip())


def environment():
    """One in which rustup takes the toolchain for somebody's own, to which it adds nothing, and knows of no other."""
    home = PROJECT / "rustup"
    home.mkdir(parents=True, exist_ok=True)
    return {**os.environ, "RUSTUP_HOME": str(home), "RUSTUP_TOOLCHAIN": str(toolchain())}


def contents(folder):
    """The names and sizes of all files."""
    return {path: path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()}


class Server:
    """A language server on the other end of two pipes."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=PROJECT,
            env=environment(),
        )
        self.number = 0
        self.messages = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            length = None
            while (line := self.process.stdout.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length is None:
                return
            self.messages.put(json.loads(self.process.stdout.read(length)))

    def send(self, message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self.process.stdin.flush()

    def notify(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def wait(self, is_it):
        """The first message that it is; requests of the server are answered with nothing meanwhile."""
        while True:
            message = self.messages.get(timeout=60 * MINUTES)
            if is_it(message):
                return message
            if "id" in message and "method" in message:
                settings = [None] * len(message["params"].get("items", [])) if message.get("params") else None
                self.send({"id": message["id"], "result": settings})

    def ask(self, method, parameters):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": parameters})
        answer = self.wait(lambda message: message.get("id") == self.number and "method" not in message)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]


def find(arguments):
    path = arguments[0] if arguments else shutil.which("rust-analyzer")
    if path is None:
        return None
    # rustup has a stand-in of that name for a component that may not be installed.
    version = subprocess.run([path, "--version"], capture_output=True, text=True)
    return path if version.returncode == 0 else None


def marked(program):
    """The program without marks, and their lines and columns."""
    lines, marks = [], []
    for number, line in enumerate(program.strip().split("\n")):
        while (column := line.find("^")) >= 0:
            marks.append({"line": number, "character": column})
            line = line[:column] + line[column + 1 :]
        lines.append(line)
    return "\n".join(lines) + "\n", marks


def main():
    path = find(sys.argv[1:])
    if path is None:
        print("rust-analyzer is not installed: nothing was checked")
        return
    program, marks = marked(PROGRAM)
    conv1, inner, hidden, inner_used, conv1_used, logits_used = marks
    (PROJECT / "src").mkdir(parents=True, exist_ok=True)
    (PROJECT / "Cargo.toml").write_text(MANIFEST)
    source = PROJECT / "src" / "lib.rs"
    source.write_text(program)
    uri = source.as_uri()

    before = contents(toolchain())
    server = Server(path)
    server.ask("initialize", {
        "processId": os.getpid(),
        "rootUri": PROJECT.as_uri(),
        "capabilities": {
            "experimental": {"serverStatusNotification": True},
            "textDocument": {
                "rename": {"prepareSupport": True},
                "hover": {"contentFormat": ["markdown"]},
                "completion": {"completionItem": {"snippetSupport": False}},
            },
        },
        "initializationOptions": {
            "checkOnSave": False,
            "cachePriming": {"enable": False},
            "procMacro": {"enable": True},
            "cargo": {"targetDir": True},
        },
    })
    server.notify("initialized", {})
    server.notify("textDocument/didOpen", {
        "textDocument": {"uri": uri, "languageId": "rust", "version": 1, "text": program},
    })
    server.wait(lambda message: message.get("method") == "experimental/serverStatus" and message["params"]["quiescent"])

    def at(mark, **others):
        return {"textDocument": {"uri": uri}, "position": mark, **others}

    def check(name, is_right, found):
        if not is_right:
            raise SystemExit(f"{name}: found {json.dumps(found, indent=2)}")
        print(f"{name}: yes")

    def leads_to(mark, declaration):
        found = server.ask("textDocument/definition", at(mark)) or []
        ranges = [place.get("targetSelectionRange") or place.get("range") for place in found]
        return any(place["start"] == declaration for place in ranges), found

    check("definition of `net.conv1` is `conv1:` in the declaration", *leads_to(conv1_used, conv1))
    check("definition of `net.block.inner` is `inner:` in the block", *leads_to(inner_used, inner))
    check("definition of `HIDDEN` in the declaration is the constant", *leads_to(hidden, {"line": 0, "character": 6}))

    def shows(mark, text):
        found = server.ask("textDocument/hover", at(mark))
        return found is not None and text in json.dumps(found), found

    check("hover on `net.conv1` says what it is", *shows(conv1_used, "conv2d(6, kernel = 5)"))
    check("hover on `conv1:` in the declaration says what it is", *shows(conv1, "conv2d(6, kernel = 5)"))
    check("hover on `net.logits` has the user's docs", *shows(logits_used, "The scores."))

    def edits(mark):
        found = server.ask("textDocument/rename", at(mark, newName="first"))
        changes = found.get("changes") or {
            change["textDocument"]["uri"]: change["edits"] for change in found.get("documentChanges", [])
        }
        return sorted((edit["range"]["start"]["line"], edit["range"]["start"]["character"]) for edit in changes[uri])

    both = sorted((mark["line"], mark["character"]) for mark in (conv1, conv1_used))
    for name, mark in (("its use", conv1_used), ("its declaration", conv1)):
        found = edits(mark)
        check(f"rename of `conv1` at {name} changes declaration and use", found == both, found)

    found = server.ask("textDocument/references", at(conv1_used, context={"includeDeclaration": True}))
    lines = sorted(place["range"]["start"]["line"] for place in found)
    check("references of `net.conv1` are declaration and use", lines == [line for line, _ in both], found)

    found = server.ask("textDocument/completion", at(conv1_used))
    labels = {item["label"].split("(")[0] for item in (found["items"] if isinstance(found, dict) else found)}
    check("completion behind `net.` knows the layers", {"conv1", "block", "fc1", "logits"} <= labels, sorted(labels))

    server.ask("shutdown", None)
    server.notify("exit", None)
    changed = sorted(str(path) for path, _ in before.items() ^ contents(toolchain()).items())
    check("the toolchain is as it was", not changed, changed[:10])


if __name__ == "__main__":
    main()

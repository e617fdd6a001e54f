"""The measurements: in every round each program measures each item for a short time, one program after the other."""

import datetime
import json
import random
import subprocess
import time

from driver import machine
from driver.setup import say


class Figures:
    """What has been measured, line by line in a file, so that a run can be stopped and resumed."""

    def __init__(self, path, keep):
        path.parent.mkdir(exist_ok=True)
        if not keep:
            path.unlink(missing_ok=True)
        self.path = path
        self.rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def add(self, row):
        self.rows.append(row)
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def has(self, **keys):
        """Whether that has been measured; what failed is tried again."""
        return any(keys.items() <= row.items() for row in self.rows if "error" not in row)


def measure(agreed, wanted, chosen, target, figures):
    if not figures.has(what="run"):
        figures.add({"what": "run", "date": datetime.date.today().isoformat(), **machine.describe(target)})
    start = time.monotonic()
    for number in range(1, chosen.rounds + 1):
        if not figures.has(what="peak", round=number):
            figures.add({"what": "peak", "round": number, **machine.peaks(target, chosen.cores)})
        for item in wanted:
            measure_item(item, agreed, number, chosen, figures)
        say(f"round {number} of {chosen.rounds} done after {time.monotonic() - start:.0f} s")
        if number <= chosen.epochs and (not chosen.items or "epochs" in chosen.items):
            measure_epochs(number, chosen, target, figures)


def measure_item(item, agreed, number, chosen, figures):
    programs = [program for program, of in agreed if of == item]
    programs.sort(key=lambda program: program.program.name)
    # In another order each time, so that none always follows the same one.
    random.Random(f"{number} {item.key}").shuffle(programs)
    shown = []
    for program in programs:
        row = {"what": "time", "round": number, "item": item.key, "program": program.program.name}
        if figures.has(**row):
            continue
        figures.add(row | program.ask(item, f"time {chosen.seconds}"))
        shown.append((figures.rows[-1].get("us", float("inf")), program.program.name))
    if shown:
        say(f"{number}/{chosen.rounds} {item.key:8} us: " + "  ".join(f"{name} {us:.4g}" for us, name in sorted(shown)))


def measure_epochs(number, chosen, target, figures):
    """Ten epochs of LeNet-5 on MNIST by castnet."""
    if figures.has(what="epochs", round=number) or (chosen.programs and "castnet" not in chosen.programs):
        return
    mnist = machine.HERE.parent.parent / "data" / "mnist"
    binary = target / "castnet" / "release" / "peer-castnet"
    command = ["taskset", "-c", chosen.cores.split(",")[0], str(binary), "epochs", str(mnist)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    row = {"what": "epochs", "round": number} | json.loads(output)
    figures.add(row)
    say(f"MNIST: {row['epochs']} epochs in {row['seconds']:.1f} s, {row['samples_per_second']:.0f} samples per second")

"""Whether all programs compute the same."""

import json

from driver.setup import say

# Of the largest value: f32 against double precision, after ten steps of Adam, is off by less than a tenth of it.
TOLERANCE = 1e-3


def check(running, wanted, work, figures):
    """Asks every program for its outputs, or the losses of ten steps; returns (program, item) for those that agree with
    PyTorch in double precision."""
    expected = json.loads((work / "expected.json").read_text())
    agreed = set()
    for program in running:
        for item in wanted:
            if not program.program.does(item):
                continue
            answer = program.ask(item, "check")
            if answer.get("unsupported"):
                continue
            row = {"agreement": item.key, "program": program.program.name}
            if "error" in answer:
                row["error"] = answer["error"]
            else:
                row["deviation"] = deviation(answer["values"], expected[item.key])
                row["agrees"] = row["deviation"] <= TOLERANCE
            figures.add(row)
            if row.get("agrees"):
                agreed.add((program, item))
            else:
                say(f"{program.program.name} {item.key}: not timed: {row.get('error') or deviates(row)}")
        say(f"checked {program.program.name}")
    return agreed


def deviates(row):
    return f"deviates by {row['deviation']:.1e} of the largest value; {TOLERANCE:.0e} is allowed"


def deviation(values, expected):
    if len(values) != len(expected):
        return float("inf")
    largest = max(map(abs, expected))
    off = max(abs(a - b) for a, b in zip(values, expected)) / largest
    return off if off == off else float("inf")

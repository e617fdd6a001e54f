"""The table, in Markdown and JSON."""

import collections
import json
import statistics
from typing import NamedTuple

import items
from driver import chart, published
from driver.programs import PROGRAMS
from driver.setup import say

LIBRARIES = {program.name: program.library for program in PROGRAMS}
THREADS = {program.name: program.threads for program in PROGRAMS}
GOAL_OF_TWO_THREADS, GOAL_OF_EPOCHS = 0.55, 50_000


class Time(NamedTuple):
    """Microseconds of one call, by round."""

    program: str
    rounds: dict

    @property
    def us(self):
        return statistics.median(self.rounds.values())

    def over(self, other):
        """The ratio to another program's time: median, least and greatest of those of the rounds."""
        ratios = [us / other.rounds[number] for number, us in self.rounds.items() if number in other.rounds]
        return Ratio(statistics.median(ratios), min(ratios), max(ratios))


class Ratio(NamedTuple):
    median: float
    least: float
    greatest: float

    def __str__(self):
        return f"{self.median:.2f} ({self.least:.2f} to {self.greatest:.2f})"


class Row(NamedTuple):
    """An item with the times of all programs, fastest first."""

    item: items.Item
    times: list

    def of(self, program):
        return next((time for time in self.times if time.program == program), None)

    @property
    def castnet(self):
        return self.of("castnet")

    @property
    def peer(self):
        """The fastest that is not castnet."""
        return next((time for time in self.times if not time.program.startswith("castnet")), None)


class Summary:
    def __init__(self, figures):
        rows = figures.rows
        self.run = next(row for row in rows if row.get("what") == "run")
        peaks = [row for row in rows if row.get("what") == "peak"]
        self.peak = max(row["gflops"] for row in peaks)
        self.bandwidths = {
            memory: statistics.median(row["read_gb_per_s"][memory] for row in peaks) for memory in peaks[0]["read_gb_per_s"]
        }
        # A run that is resumed checks again: the last check counts.
        self.agreement = list({(row["agreement"], row["program"]): row for row in rows if "agreement" in row}.values())
        self.epochs = [row for row in rows if row.get("what") == "epochs"]
        times = collections.defaultdict(lambda: collections.defaultdict(dict))
        for row in rows:
            if row.get("what") == "time" and "us" in row:
                times[row["item"]][row["program"]][row["round"]] = row["us"]
        self.failures = [
            row for row in rows
            if row.get("what") == "time" and "error" in row and row["round"] not in times[row["item"]][row["program"]]
        ]
        self.rows = [
            Row(item, sorted((Time(*entry) for entry in times[item.key].items()), key=lambda time: time.us))
            for item in items.ITEMS if times[item.key]
        ]

    def share(self, item, us):
        """Of the peak."""
        return item.flops / us / 1e3 / self.peak

    def heading(self):
        versions = {LIBRARIES.get(name, name): version for name, version in self.run["versions"].items()}
        return (f"{self.run['date']}, {self.run['processor']}, one core of {self.peak:.0f} GFLOP/s in f32; "
                + ", ".join(f"{name} {version}" for name, version in versions.items()))


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def title(item):
    batch = f", batch {item.batch:,}" + (", per sample" if per(item) > 1 else "")
    return f"{item.name} {item.title}{batch}"


def per(item):
    """Inference is told by sample, training by step."""
    return 1 if item.trains else item.batch


def short_table(summary):
    """castnet beside the best of the others."""
    lines = ["| work | castnet, µs | rounds | of peak | best other | µs | rounds | its time / castnet's |",
             "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |"]
    for row in summary.rows:
        cells = [title(row.item)]
        for time in (row.castnet, row.peer):
            if time is row.peer:
                cells.append(LIBRARIES[time.program] if time else "")
            cells += [number(time.us / per(row.item)), spread(time, row.item)] if time else ["", ""]
            if time is row.castnet:
                cells.append(f"{100 * summary.share(row.item, time.us):.0f} %" if time else "")
        cells.append(str(row.peer.over(row.castnet)) if row.castnet and row.peer else "")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def spread(time, item):
    least, greatest = min(time.rounds.values()), max(time.rounds.values())
    return f"{number(least / per(item))} to {number(greatest / per(item))}"


def full_tables(summary):
    lines = []
    for row in summary.rows:
        best = row.peer or row.times[0]
        lines += [f"### {title(row.item)}", "", "| program | µs | rounds | of peak | its time / the best other's |",
                  "| --- | ---: | ---: | ---: | ---: |"]
        for time in row.times:
            threads = f", {THREADS[time.program]} threads" if THREADS[time.program] > 1 else ""
            lines.append(
                f"| {LIBRARIES[time.program]}{threads} | {number(time.us / per(row.item))} | {spread(time, row.item)} | "
                f"{100 * summary.share(row.item, time.us):.1f} % | {time.over(best)} |")
        lines.append("")
    return lines[:-1]


def two_threads(summary):
    lines = [f"| work | one thread, µs | two, µs | ratio (goal: at most {GOAL_OF_TWO_THREADS}) |",
             "| --- | ---: | ---: | ---: |"]
    for row in summary.rows:
        one, two = row.castnet, row.of("castnet-2-threads")
        if one and two:
            lines.append(f"| {title(row.item)} | {number(one.us)} | {number(two.us)} | {two.over(one)} |")
    return lines if len(lines) > 2 else []


def epochs(summary):
    if not summary.epochs:
        return []
    runs = sorted(summary.epochs, key=lambda row: row["samples_per_second"])
    run = runs[len(runs) // 2]
    rates = " to ".join(f"{row['samples_per_second']:,.0f}" for row in (runs[0], runs[-1]))
    return [
        f"castnet trains W5's network on MNIST for {run['epochs']} epochs of batches of {run['batch']} in "
        f"{run['seconds']:.1f} s on one core, reading the files ({run['load_seconds']:.2f} s), shuffling and gathering "
        f"included: {run['samples_per_second']:,.0f} samples per second (median of {len(runs)}, {rates}; goal: at "
        f"least {GOAL_OF_EPOCHS:,}). It then knows {100 * run['test_accuracy']:.1f} % of the test digits."
    ]


def agreement(summary):
    checked = [row for row in summary.agreement if "deviation" in row]
    lines = []
    if checked:
        worst = max(row["deviation"] for row in checked)
        lines.append(f"{len(checked)} outputs or losses of ten steps were compared with PyTorch in double precision before "
                     f"timing; the largest deviation was {worst:.1e} of the largest value.")
    bad = [row for row in summary.agreement if not row.get("agrees")] + summary.failures
    if bad:
        lines += ["", "Not timed:", ""]
        lines += [f"- {row['program']}, {row.get('agreement') or row['item']}: "
                  f"{row.get('error') or 'deviates by %.1e' % row['deviation']}" for row in bad]
    return lines


def markdown(summary):
    sections = [
        ("", [summary.heading() + ".", "", "Medians over the rounds of one run, in which all programs take turns; "
              "\"rounds\" is the least and the greatest median of a round, and ratios are those within a round. Inference is told by sample, training by step "
              "(forward, loss, backward, Adam). One thread, pinned to one core.", ""] + short_table(summary)),
        ("Two threads", two_threads(summary)),
        ("Epochs", epochs(summary)),
        ("Not measured in this run", published.table(summary)),
        ("All programs", full_tables(summary)),
        ("Agreement", agreement(summary)),
        ("Bandwidth of one core", [f"- {memory}: {value:.0f} GB/s" for memory, value in summary.bandwidths.items()]),
    ]
    lines = ["# castnet and other libraries", ""]
    for name, body in sections:
        if body:
            lines += ([f"## {name}", ""] if name else []) + body + [""]
    return "\n".join(lines).rstrip() + "\n"


def as_json(summary):
    return {
        **summary.run, "peak_gflops": summary.peak, "read_gb_per_s": summary.bandwidths,
        "rows": [
            {"item": row.item.name, "batch": row.item.batch, "flops": row.item.flops, "program": time.program,
             "library": LIBRARIES[time.program], "threads": THREADS[time.program], "us": time.us,
             "us_by_round": list(time.rounds.values()), "share_of_peak": summary.share(row.item, time.us),
             "ratio_to_best_other": time.over(row.peer)._asdict() if row.peer else None}
            for row in summary.rows for time in row.times
        ],
        "epochs": summary.epochs, "agreement": summary.agreement, "published": published.FIGURES,
    }


def write(summary, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(markdown(summary))
    (folder / "results.json").write_text(json.dumps(as_json(summary), indent=1) + "\n")
    (folder / "chart.svg").write_text(chart.svg(summary))
    say("\n".join(short_table(summary)))
    say(f"wrote results.md, results.json and chart.svg to {folder}")

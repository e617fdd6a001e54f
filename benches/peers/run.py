#!/usr/bin/env python3
"""Measures castnet and other libraries on the reference work, by turns, in one run.

    python3 benches/peers/run.py

builds everything, checks that all programs compute the same, times them in rounds, and writes a table (Markdown and
JSON) and a chart (SVG) to benches/peers/results. It needs cargo, a C and a C++ compiler, taskset and an x86 processor with Linux;
what it makes is kept in benches/peers/target. See benches/README.md.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "python"), str(HERE)]

import items
from driver import agreement, readme, report, rounds, setup
from driver.programs import PROGRAMS, Running


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--items", nargs="+", metavar="W5", help="only these, such as W5, or W5_128 for one batch; also `epochs`")
    add("--programs", nargs="+", metavar="NAME", choices=[program.name for program in PROGRAMS],
        help="only these")
    add("--rounds", type=int, default=9, help="how often each is measured [9]")
    add("--seconds", type=float, default=0.3, help="for one program on one item in one round [0.3]")
    add("--epochs", type=int, default=3, metavar="RUNS", help="trainings of ten epochs on MNIST [3]")
    add("--cores", default="0,1", help="the core to pin to, and one more for two threads [0,1]")
    add("--resume", action="store_true", help="keep what the last run has measured; measure what is missing")
    add("--out", type=pathlib.Path, default=HERE / "results", help="folder of the results [benches/peers/results]")
    add("--no-build", action="store_true", help="take what is built")
    add("--report-only", action="store_true", help="write table and chart from the last run's figures")
    add("--readme", action="store_true", help="also put the table and the chart into the README")
    return parser.parse_args()


def main():
    chosen = options()
    target = HERE / "target"
    figures = rounds.Figures(target / "rounds.jsonl", keep=chosen.resume or chosen.report_only)
    if not chosen.report_only:
        if not chosen.no_build:
            setup.build_all(target, [program for program in PROGRAMS if program.is_wanted(chosen.programs)])
        work = setup.write_work(target)
        running = [
            Running(program, target, work, chosen.cores) for program in PROGRAMS if program.is_wanted(chosen.programs)
        ]
        wanted = [item for item in items.ITEMS if not chosen.items or {item.name, item.key} & set(chosen.items)]
        agreed = agreement.check(running, wanted, work, figures)
        rounds.measure(agreed, wanted, chosen, target, figures)
        for program in running:
            program.stop()
    summary = report.Summary(figures)
    report.write(summary, chosen.out)
    if chosen.readme:
        readme.insert(summary, HERE.parent.parent / "README.md", chosen.out)


if __name__ == "__main__":
    main()

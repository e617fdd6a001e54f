"""The README's table and chart."""

import os
import sys

from driver import report
from driver.setup import say

START, END = "<!-- benches/peers/run.py: start -->", "<!-- benches/peers/run.py: end -->"


def insert(summary, path, folder):
    """Puts table and chart between the markers."""
    text = path.read_text()
    if START not in text or END not in text:
        sys.exit(f"{path} has no lines `{START}` and `{END}` to put the table between")
    before, after = text.split(START)[0], text.split(END)[1]
    link = os.path.relpath(folder, path.parent)
    body = [START, "", f"![Chart: castnet and the best other library]({link}/chart.svg)", "", summary.heading() + ".", "",
            *report.short_table(summary), "", *report.epochs(summary), "",
            f"[All figures]({link}/results.md), with two threads, every library, and published figures.", "", END]
    path.write_text(before + "\n".join(body) + after)
    say(f"wrote the table to {path}")

"""The chart: how much slower the best of the others is, and the shares of the peak."""

from html import escape

ROW, TOP, LEFT, WIDTH, GAP = 44, 72, 360, 300, 100
CASTNET, OTHER, INK, FAINT = "#b7410e", "#8a94a3", "#1f2328", "#d0d7de"


def svg(summary):
    from driver.report import LIBRARIES, number, per, title

    rows = [row for row in summary.rows if row.castnet and row.peer]
    height, width = TOP + ROW * len(rows) + 40, LEFT + 2 * WIDTH + GAP + 40
    greatest = max([row.peer.over(row.castnet).greatest for row in rows], default=1)
    ratio, share = Axis(LEFT, WIDTH, greatest), Axis(LEFT + WIDTH + GAP, WIDTH, 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(16, 24, "castnet and the best other library, one thread on one core", size=15),
        text(16, 44, f"{summary.run['date']}, {summary.run['processor']}, peak {summary.peak:.0f} GFLOP/s; whiskers: least "
             "and greatest round", INK),
        text(ratio.start, TOP - 4, "time of the best other / time of castnet"),
        text(share.start, TOP - 4, "share of the peak: castnet above, the other below"),
    ]
    bottom = TOP + ROW * len(rows)
    parts += [line(ratio.at(1), TOP, ratio.at(1), bottom, INK, dashed=True)]
    parts += [line(share.at(part), TOP, share.at(part), bottom, FAINT) for part in (0, 0.25, 0.5, 0.75, 1)]
    parts += [text(share.at(part), bottom + 16, f"{100 * part:.0f} %", anchor="middle") for part in (0, 0.5, 1)]
    for index, row in enumerate(rows):
        y, ours, theirs = TOP + ROW * index, row.castnet, row.peer
        parts.append(text(16, y + 18, title(row.item)))
        label = f"{number(ours.us / per(row.item))} µs; {LIBRARIES[theirs.program]} {number(theirs.us / per(row.item))} µs"
        parts.append(text(16, y + 34, label, "#57606a"))
        faster = theirs.over(ours)
        parts += bar(ratio, y + 10, 20, *faster, CASTNET)
        parts.append(text(ratio.at(max(faster.greatest, 1)) + 6, y + 24, f"{faster.median:.2f}"))
        for time, offset, colour in ((ours, 6, CASTNET), (theirs, 22, OTHER)):
            times = (time.us, max(time.rounds.values()), min(time.rounds.values()))
            shares = [summary.share(row.item, us) for us in times]
            parts += bar(share, y + offset, 14, *shares, colour)
    return "\n".join(parts + ["</svg>"]) + "\n"


class Axis:
    def __init__(self, start, width, greatest):
        self.start, self.scale = start, width / greatest

    def at(self, value):
        return self.start + self.scale * value


def bar(axis, y, height, value, least, greatest, colour):
    middle = y + height / 2
    return [
        f'<rect x="{axis.start}" y="{y}" width="{axis.at(value) - axis.start:.1f}" height="{height}" fill="{colour}"/>',
        line(axis.at(least), middle, axis.at(greatest), middle, INK),
    ]


def line(x1, y1, x2, y2, colour, dashed=False):
    dash = ' stroke-dasharray="3 3"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dash}/>'


def text(x, y, words, colour=INK, size=12, anchor="start"):
    place = f'x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(words)}</text>"

"""Figures of libraries that are not on crates.io or PyPI, as they were published or measured elsewhere."""

EARLIER = "measured before on one core of a Zen 4 EPYC with 118 GFLOP/s"
FAST_MATH = f"{EARLIER}, built with -ffast-math"

FIGURES = [
    {"item": "W1_1", "library": "RTNeural (Eigen)", "us": 0.333, "source": EARLIER},
    {"item": "W2_1", "library": "RLtools with OpenBLAS", "us": 3.7, "source": FAST_MATH},
    {"item": "W4_32", "library": "RLtools with OpenBLAS", "us": 201.0, "source": FAST_MATH},
    {"item": "W7_64", "library": "RLtools with OpenBLAS", "us": 9.4, "source": FAST_MATH},
    {"item": "W8_64", "library": "RLtools with OpenBLAS", "us": 30.8, "source": FAST_MATH},
    {"item": "W9_10000", "library": "SimpleChains.jl", "us": 740.0,
     "source": "published: 41 µs on 18 AVX-512 cores, times 18"},
]

# 60,000 samples, ten times, on four cores.
SIMPLE_CHAINS_EPOCHS = 28_000


def table(summary):
    from driver.report import number

    lines = ["| work | library | µs | castnet in this run, µs | its time / castnet's | source |",
             "| --- | --- | ---: | ---: | ---: | --- |"]
    for figure in FIGURES:
        row = next((row for row in summary.rows if row.item.key == figure["item"]), None)
        ours = row.castnet.us if row and row.castnet else None
        cells = [figure["item"].replace("_", ", batch "), figure["library"], f"{figure['us']:g}",
                 number(ours) if ours else "", f"{figure['us'] / ours:.2f}" if ours else "", figure["source"]]
        lines.append("| " + " | ".join(cells) + " |")
    return lines + ["", f"SimpleChains.jl published 5.3 s for ten epochs of W5's network on MNIST on a laptop with four cores: "
                    f"{SIMPLE_CHAINS_EPOCHS:,} samples per second and core."]

"""What each pass gains: the time of the kernel made without it, over that of the kernel made with all of them.

    python benchmarks/passes.py [--cells lstm] [--points tiny mid]

Interleaved in one process, by the computing time of the process, one thread.
"""

from __future__ import annotations

import argparse
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

from functools import partial

from contenders.symrnn_kernels import arguments
from measure import CLOCKS, times
from problem import CELLS, POINTS, Run, make_problem

import symrnn
from symrnn.kernels.build import Options, build
from symrnn.kernels.made import PASSES, Kernel, emitted, passed, wanted


def kernels(cell: str) -> dict[str, Kernel]:
    """The kernel with all passes, and by name of a pass the one without it."""
    d, options = symrnn.derive(cell), Options()
    system = build(d.model, d.recurrence, wanted(d.model, "parameters"), options)
    found = {"all": emitted(passed(system), "plain", options)}
    for one in dict.fromkeys(PASSES):
        found[one.__name__] = emitted(passed(system, [p for p in PASSES if p is not one]), "plain", options)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", nargs="+", default=["gru", "lstm"])
    parser.add_argument("--points", nargs="+", default=["tiny", "mid"])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for cell in options.cells:
        made = kernels(CELLS[cell])
        for point in options.points:
            values = arguments(make_problem(cell, POINTS[point], "float64"))
            runs = {
                name: Run(partial(kernel.value_and_grad, values), lambda found: found)
                for name, kernel in made.items()
            }
            for run in runs.values():
                run.call()
            found = times(runs, options.rounds, CLOCKS["cpu"])
            ratios = "  ".join(f"{name} {found[name] / found['all']:.2f}" for name in found if name != "all")
            print(f"{cell:5}{point:9}{ratios}", flush=True)


if __name__ == "__main__":
    main()

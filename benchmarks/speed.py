"""How fast symrnn is, as ratios of medians against importing SymPy or click, interleaved.

    python benchmarks/speed.py [--rounds 7]

Whole processes are started afresh for every measurement; derivations are timed in one process.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

PROCESSES = {
    "import sympy": [sys.executable, "-c", "import sympy"],
    "import click": [sys.executable, "-c", "import click"],
    "symrnn --help": [sys.executable, "-m", "symrnn", "--help"],
    "derive lstm, 3 steps": [sys.executable, "-m", "symrnn", "derive", "--cell", "lstm", "--steps", "3"],
}
RATIOS = [
    ("derive lstm, 3 steps", "import sympy", 2.5),
    ("symrnn --help", "import click", 3.0),
    ("unroll lstm, T = 300", "unroll lstm, T = 30", 12.0),
    ("unroll lstm, T = 300", "import sympy", 3.0),
    ("prove lstm, n = 2, T = 3", "import sympy", 20.0),
]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def derivations() -> dict[str, Callable[[], object]]:
    from symrnn import derive

    def unrolled(steps: int) -> int:
        d = derive("lstm", steps)
        return len(d.forward) + len(d.backward)

    return {
        "unroll lstm, T = 30": lambda: unrolled(30),
        "unroll lstm, T = 300": lambda: unrolled(300),
        "recurrence lstm": lambda: derive("lstm", 300).recurrence,
        "prove lstm, n = 2, T = 3": lambda: derive("lstm", 3).prove(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    work: dict[str, Callable[[], object]] = {
        name: lambda command=command: subprocess.run(command, check=True, capture_output=True)  # type: ignore[misc]
        for name, command in PROCESSES.items()
    }
    work |= derivations()
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, job in work.items():
            times[name].append(seconds(job))
    median = {name: statistics.median(found) for name, found in times.items()}
    for name, found in median.items():
        print(f"{name:28} {found * 1e3:9.1f} ms")
    print()
    for name, against, target in RATIOS:
        ratio = median[name] / median[against]
        print(
            f"{name:28} / {against:22} {ratio:6.2f}   target {target:g}  {'met' if ratio <= target else 'MISSED'}"
        )


if __name__ == "__main__":
    main()

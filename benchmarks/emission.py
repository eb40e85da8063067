"""How long it takes to emit a kernel and to import it, against importing SymPy, in fresh processes, interleaved.

    python benchmarks/emission.py [--rounds 7]

"emit" is the time from the name of a cell to the text of the module, "import" that of the module from a file.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

CELLS = ("rnn", "gru-reset-after", "lstm")
TARGET = 1.5
TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
IMPORT_SYMPY = TIMED.format("import sympy")
EMIT = "import symrnn.derivation; " + TIMED.format(
    "open({path!r}, 'w').write(symrnn.derive({cell!r}).kernel().source)"
)
IMPORT = "import numpy, runpy; " + TIMED.format("runpy.run_path({path!r})")


def seconds(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        work = {"import sympy": IMPORT_SYMPY}
        for cell in CELLS:
            path = str(Path(folder) / f"{cell}.py")
            work |= {
                f"emit {cell}": EMIT.format(cell=cell, path=path),
                f"import {cell}": IMPORT.format(path=path),
            }
        times: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, code in work.items():
                times[name].append(seconds(code))
    median = {name: statistics.median(found) for name, found in times.items()}
    for name, found in median.items():
        print(f"{name:24} {found * 1e3:9.1f} ms")
    print()
    for cell in CELLS:
        ratio = (median[f"emit {cell}"] + median[f"import {cell}"]) / median["import sympy"]
        verdict = "met" if ratio < TARGET else "MISSED"
        print(f"emit and import {cell:16} / import sympy {ratio:6.2f}   target {TARGET:g}  {verdict}")


if __name__ == "__main__":
    main()

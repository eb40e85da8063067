"""Loss and gradients of recurrent networks: every contender's time, interleaved in one process.

    python benchmarks/kernels.py [--points tiny mid] [--cells lstm] [--contenders tuned torch] [--rounds 7]
                                 [--threads 2] [--dtype float32] [--clock cpu] [--limit] [--plot times.svg]

Before anything is timed, loss and every gradient of all contenders are compared with those of autograd.
"""

from __future__ import annotations

import argparse
import os


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", nargs="+", help="names of sizes (all)")
    parser.add_argument("--cells", nargs="+", help="rnn, gru, lstm (all)")
    parser.add_argument("--contenders", nargs="+", help="see contenders/__init__.py (all)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, choices=(1, 2), default=1)
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: where others use the machine, with one thread",
    )
    parser.add_argument("--limit", action="store_true", help="how much of the time is the machine's limit")
    parser.add_argument("--plot", metavar="FILE", help="draw the ratios: .svg or .png (needs matplotlib)")
    options = parser.parse_args()
    set_threads(options.threads)
    # From here on NumPy may be loaded: its BLAS reads the number of threads once.
    from measure import measure

    measure(options)


def set_threads(threads: int) -> None:
    """The number of threads of every library that is loaded later, and of processors that this process may use.

    XLA makes a thread for every processor that it sees, whatever it is told, and lets them wait actively.
    """
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for name in ("OPENBLAS", "OMP", "MKL", "NUMBA"):
        os.environ[f"{name}_NUM_THREADS"] = str(threads)
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


if __name__ == "__main__":
    main()

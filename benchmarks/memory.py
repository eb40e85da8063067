"""How much memory a kernel takes at its peak, against the bytes of the values that the backward pass needs.

    python benchmarks/memory.py [--cells lstm]

NumPy reports its arrays to tracemalloc.  What must be stored is every gate, state and candidate of every step
(T, B, n), the distributions (T, B, v), the gradient of every pre-activation, and the gradients of the parameters.
"""

from __future__ import annotations

import argparse
import tracemalloc

from contenders.symrnn_kernels import arguments
from problem import CELLS, POINTS, Problem, Sizes, make_problem

import symrnn

# Arrays (T, B, n) that are alive at the end of the backward pass's loop: what the forward pass computed and some
# derivative reads, and dL/d(pre-activation), which the products for the weights read.
STORED = {"rnn": 1 + 1, "gru": 5 + 4, "lstm": 7 + 4}  # h; z r q g h; f i o g c tanh(c) h
POINTS_MEASURED = ("mid", "big", "long")


def stored_bytes(problem: Problem) -> int:
    """The bytes of the values that must be there at once."""
    T, n, _, v, B = problem.sizes
    parameters = sum(array.size for array in problem.parameters.values())
    return (T * B * (STORED[problem.cell] * n + v) + parameters) * problem.dtype.itemsize


def peak_bytes(problem: Problem) -> int:
    """The most that the kernel holds at once, with what it keeps from call to call, without the values themselves."""
    kernel, values = symrnn.derive(CELLS[problem.cell]).kernel(), arguments(problem)
    kernel.value_and_grad(
        arguments(make_problem(problem.cell, POINTS["course"], "float64"))
    )  # the code is loaded
    tracemalloc.start()
    for _ in range(2):
        kernel.value_and_grad(values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def with_steps(sizes: Sizes, factor: int) -> Sizes:
    return sizes._replace(T=sizes.T * factor)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", nargs="+", default=list(CELLS))
    options = parser.parse_args()
    print(f"{'':14}{'peak, MB':>12}{'stored, MB':>12}{'ratio':>8}{'twice the steps':>18}")
    for cell in options.cells:
        for point in POINTS_MEASURED:
            problem, twice = (
                make_problem(cell, with_steps(POINTS[point], factor), "float64") for factor in (1, 2)
            )
            peak, least = peak_bytes(problem), stored_bytes(problem)
            growth = peak_bytes(twice) / peak
            print(f"{cell:5}{point:9}{peak / 1e6:12.1f}{least / 1e6:12.1f}{peak / least:8.2f}{growth:17.2f}x")


if __name__ == "__main__":
    main()

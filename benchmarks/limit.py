"""What the machine needs at least: the matrix products at their shapes, and the elementwise work, nothing else.

Each is measured here, in the process that times the contenders: np.dot into a given array, and ufuncs on arrays
that the cache holds.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import cache

import numpy as np
from problem import Problem, Sizes

# For an entry of the state and a step: how many tanh, and how many additions and multiplications, in both passes,
# with each factor that does not depend on the recursion computed once (counted in contenders/tuned_*).
PER_STATE = {"rnn": (1, 5), "gru": (3, 35), "lstm": (5, 40)}
PER_CLASS = (1, 6)  # exp; bias, maximum, difference, sum, quotient, difference
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
IN_CACHE = 4096
GROUP, GROUPS = 5e-4, 15  # seconds
Clock = Callable[[], float]


def seconds(call: Callable[[], object], clock: Clock) -> float:
    """The median time of a call, in groups that take long enough for the clock not to count."""
    start = clock()
    call()
    group = range(max(1, int(GROUP / max(clock() - start, 1e-7))))
    found = []
    for _ in range(GROUPS):
        start = clock()
        for _ in group:
            call()
        found.append((clock() - start) / len(group))
    return statistics.median(found)


@cache
def product(rows: int, inner: int, columns: int, dtype: str, clock: Clock) -> float:
    """Seconds of one matrix product (rows, inner) (inner, columns)."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(rows, inner)).astype(dtype), rng.normal(size=(inner, columns)).astype(dtype)
    out = np.empty((rows, columns), dtype)
    return seconds(lambda: np.dot(a, b, out), clock)


@cache
def per_element(function: str, dtype: str, clock: Clock) -> float:
    """Seconds for one element of "tanh", "exp" or "multiply"."""
    a = np.random.default_rng(0).normal(size=IN_CACHE).astype(dtype)
    out, ufunc = np.empty_like(a), getattr(np, function)
    given = (a, a) if ufunc.nin == 2 else (a,)
    return seconds(lambda: ufunc(*given, out), clock) / IN_CACHE


def products(cell: str, sizes: Sizes) -> list[tuple[int, int, int, int]]:
    """How often, rows, inner, columns: forward and backward of the recursion, of the inputs, of the readout."""
    T, n, m, v, B = sizes
    G = GATES[cell] * n
    recursion = [(T, B, n, G), (T - 1, B, G, n), (1, n, T * B, G)]
    inputs = [(1, T * B, m, G), (1, m, T * B, G)]
    readout = [(1, T * B, n, v), (1, T * B, v, n), (1, n, T * B, v)]
    return recursion + inputs + readout


def parts(problem: Problem, clock: Clock) -> dict[str, float]:
    """Seconds for the matrix products, for tanh and exp, and for additions and multiplications."""
    T, n, _, v, B = problem.sizes
    dtype = problem.dtype.name
    tanh, arithmetic = PER_STATE[problem.cell]
    exp, softmax = PER_CLASS
    matrix = sum(
        count * product(*shape, dtype, clock) for count, *shape in products(problem.cell, problem.sizes)
    )
    transcendental = (
        T * B * (tanh * n * per_element("tanh", dtype, clock) + exp * v * per_element("exp", dtype, clock))
    )
    rest = T * B * (arithmetic * n + softmax * v) * per_element("multiply", dtype, clock)
    return {"products": matrix, "tanh, exp": transcendental, "+ and *": rest}


def line(problem: Problem, row: dict[str, float], clock: Clock) -> str:
    """The parts, and which fraction of the limit everyone reaches."""
    found = parts(problem, clock)
    whole = sum(found.values())
    limits = ", ".join(f"{name} {part * 1e6:.4g}" for name, part in found.items())
    reached = ", ".join(f"{name} {whole / took:.2f}" for name, took in row.items())
    return f"{'':14}limit {whole * 1e6:.4g} us ({limits}); of it: {reached}"

"""What the hand-tuned NumPy contenders share: layouts, chunks of time, and the names of their joined gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from problem import READOUT, Array, Problem, parted

HALF = {np.dtype(name): np.array(0.5, name) for name in ("float32", "float64")}
ONE = {np.dtype(name): np.array(1, name) for name in ("float32", "float64")}
CHUNK_BYTES = 1 << 19  # half of a core's second-level cache


def chunks(T: int, most: int) -> list[tuple[int, int]]:
    """The steps in groups of at most ``most``: (start, stop)."""
    return [(start, min(start + most, T)) for start in range(0, T, most)]


def chunk_length(problem: Problem, blocks: int) -> int:
    """How many steps of ``blocks`` arrays (B, n) stay in the cache."""
    one = blocks * problem.sizes.n * problem.sizes.B * problem.dtype.itemsize
    return min(problem.sizes.T, max(1, CHUNK_BYTES // one))


def gate_view(rows: Array, blocks: int, n: int) -> Array:
    """(B, blocks n) as (blocks, B, n), without a copy."""
    return rows.reshape(len(rows), blocks, n).transpose(1, 0, 2)


def in_blocks(rows: Array, blocks: int, n: int) -> Array:
    """(T, B, blocks n) as (T, blocks, B, n), without a copy."""
    T, B, _ = rows.shape
    return rows.reshape(T, B, blocks, n).transpose(0, 2, 1, 3)


def halves_of_sigmoids(width: int, sigmoids: int, dtype: np.dtype) -> Array:
    """1/2 for the columns of the gates that are sigmoids, the first ones, 1 for the others."""
    scale = np.ones(width, dtype)
    scale[:sigmoids] = 0.5
    return scale


def packing(problem: Problem, places: dict[str, Array]) -> Callable[[], None]:
    """Copies the parameters of the problem to their places in joined matrices."""
    pairs = [(place, problem.values[name]) for name, place in places.items()]

    def pack() -> None:
        for place, given in pairs:
            np.copyto(place, given)

    return pack


def readout_named(problem: Problem, joined: Array) -> dict[str, Array]:
    """The weights and the bias of a readout in a matrix (n + 1, v), or their gradients."""
    n, (weights, bias) = problem.sizes.n, READOUT[problem.cell]
    return {weights: joined[:n].T, bias: joined[n]}


def unjoined(
    problem: Problem, found: Any, names: tuple[tuple[str, ...], ...]
) -> tuple[float, dict[str, Array]]:
    """The loss and the gradients by name, of a matrix whose rows belong to h, 1 and x."""
    loss, gradient, d_readout = found
    n = problem.sizes.n
    of_h, of_one, of_x = names
    named = {**parted(gradient[:n], of_h), **parted(gradient[n], of_one), **parted(gradient[n + 1 :], of_x)}
    return float(loss), named | readout_named(problem, d_readout)

"""How far two arrays of the same shape are apart, and where most."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isnan, log10

import numpy as np

from symrnn.oracles.arrays import Array

DIGITS = 16  # what float64 holds
TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class Difference:
    """The normwise relative error of two arrays, and the entry in which they differ most.

    ``index`` is 0-based, ``first`` and ``second`` are the two values there; ``digits`` agree normwise.
    """

    error: float
    index: tuple[int, ...]
    first: float
    second: float

    @property
    def digits(self) -> int:
        """Decimal digits of the array's norm that agree, 0 to 16."""
        if isnan(self.error):
            return 0
        return DIGITS if self.error == 0 else max(0, min(DIGITS, floor(-log10(self.error))))


def compare(a: Array, b: Array, floor: float = TINY) -> Difference:
    """||a - b|| / max(||a||, ||b||, floor), and the worst entry.

    One wrong entry counts in full against the norm of its array, and never against that of another array.
    A norm below ``floor`` counts as ``floor``.  A NaN anywhere makes the error NaN, below no tolerance.
    Raises ValueError where the shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
    gap = np.abs(a - b)
    size = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)), floor)
    worst = np.unravel_index(int(np.argmax(gap)), gap.shape)
    index = tuple(int(i) for i in worst)
    return Difference(float(np.linalg.norm(gap)) / size, index, float(a[index]), float(b[index]))

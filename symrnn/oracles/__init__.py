"""Independent ways to the same gradients: they import NumPy, autograd and each other, not the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symrnn.oracles.arrays import Array, Gradients, ScalarFunction, Values
from symrnn.oracles.difference import Difference as Difference
from symrnn.oracles.difference import compare as compare
from symrnn.oracles.numerical import (
    autograd_gradient,
    central_difference_gradient,
    complex_step_gradient,
)


@dataclass(frozen=True)
class Oracle:
    """A way to a gradient, and how exact it is.

    ``tolerance`` bounds the normwise relative error.  Arrays with a norm below ``floor`` (times |f|, where
    that is above 1) are measured against ``floor`` instead: the rounding in them is that of larger numbers.
    """

    gradient: Callable[[ScalarFunction, Values, Sequence[str]], Gradients]
    tolerance: float
    floor: float

    def compare(self, ours: Array, theirs: Array, loss: float) -> Difference:
        """How far a gradient is from the oracle's; ``loss`` is f's value, which sets the size of rounding."""
        return compare(ours, theirs, self.floor * max(1.0, abs(loss)))

    def accepts(self, difference: Difference) -> bool:
        """Whether a difference is within the tolerance; one that is NaN never is."""
        return difference.error <= self.tolerance


ORACLES: dict[str, Oracle] = {
    # exact up to rounding (measured: 1e-15 to 1e-13), with room for long sums; the floor grants 1e-15
    "autograd": Oracle(autograd_gradient, tolerance=1e-10, floor=1e-5),
    # nothing is subtracted, hence as exact as autograd (measured: 7e-15)
    "complex step": Oracle(complex_step_gradient, tolerance=1e-10, floor=1e-5),
    # step^2 of truncation and eps / step of rounding, 4e-11 each (measured: 4e-10), with room for large third
    # derivatives; the floor grants 1e-9, some ten times that rounding
    "central differences": Oracle(central_difference_gradient, tolerance=1e-6, floor=1e-3),
}

"""Gradients of a scalar function of named arrays, by methods that need no derivation.

Each takes f (values -> (1, 1)), the values, and the keys to differentiate for, and returns {key: gradient}.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence

import autograd.numpy as anp
import numpy as np
from autograd import grad

from symrnn.oracles.arrays import Array, Gradients, ScalarFunction, Values

COMPLEX_STEP = 1e-20
"""Nothing is subtracted, so the step may be as small as it likes: its square must vanish next to 1."""

CENTRAL_STEP = float(np.cbrt(np.finfo(float).eps))
"""6e-6: a step s costs s^2 f'''/6 by truncation and eps |f| / s by rounding; they balance near eps^(1/3)."""

LEAST_TAYLOR_SLOPE = 1.8
"""A right gradient leaves a remainder of second order or more, a wrong one of first order."""


def autograd_gradient(f: ScalarFunction, values: Values, keys: Sequence[str]) -> Gradients:
    """By HIPS autograd, which traces f's calls of autograd.numpy."""

    def of_arrays(arrays: list[Array]) -> Array:
        total: Array = anp.sum(f({**values, **dict(zip(keys, arrays, strict=True))}))
        return total

    with warnings.catch_warnings(), np.errstate(over="ignore"):
        # a slope of zero everywhere, as that of sign(x), is an answer
        warnings.filterwarnings("ignore", "Output seems independent of input")
        # autograd's slope of tanh is 1 / cosh^2, which is 0 as it should be where cosh overflows
        gradients: list[Array] = grad(of_arrays)([np.asarray(values[key], dtype=float) for key in keys])
    return dict(zip(keys, gradients, strict=True))


def complex_step_gradient(f: ScalarFunction, values: Values, keys: Sequence[str]) -> Gradients:
    """Im f(v + ih) / h, entry by entry; f must be analytic along its branch."""

    def slope(key: str, entry: tuple[int, ...]) -> float:
        shifted = values[key].astype(complex)
        shifted[entry] += 1j * COMPLEX_STEP
        return float(np.sum(f({**values, key: shifted})).imag) / COMPLEX_STEP

    return _entrywise(slope, values, keys)


def central_difference_gradient(f: ScalarFunction, values: Values, keys: Sequence[str]) -> Gradients:
    """(f(v + s) - f(v - s)) / 2s, entry by entry, s relative to entries above 1."""

    def at(key: str, entry: tuple[int, ...], value: float) -> float:
        shifted = values[key].copy()
        shifted[entry] = value
        return float(np.sum(f({**values, key: shifted})))

    def slope(key: str, entry: tuple[int, ...]) -> float:
        value = float(values[key][entry])
        step = CENTRAL_STEP * max(1.0, abs(value))
        above, below = value + step, value - step
        # divided by the difference of the numbers that float64 really holds, not by 2 * step
        return (at(key, entry, above) - at(key, entry, below)) / (above - below)

    return _entrywise(slope, values, keys)


def _entrywise(
    slope: Callable[[str, tuple[int, ...]], float], values: Values, keys: Sequence[str]
) -> Gradients:
    gradients = {key: np.zeros(values[key].shape) for key in keys}
    for key, gradient in gradients.items():
        for entry in np.ndindex(gradient.shape):
            gradient[entry] = slope(key, entry)
    return gradients


def taylor_slope(
    f: ScalarFunction,
    gradient: Values,
    values: Values,
    keys: Sequence[str],
    rng: np.random.Generator,
    directions: int = 3,
) -> float:
    """The order of |f(v + e d) - f(v) - e <gradient, d>| in e: the least over some random directions d.

    2 for a right gradient (3 where the second derivative happens to vanish), 1 for a wrong one, and infinity
    where the remainder never rises above rounding: then f is linear in the keys, and the gradient right to
    the last digits.  NaN where f or the gradient is not finite.  Accept from LEAST_TAYLOR_SLOPE on.  One key
    at a time is the sharpest test: along all of them, one's curvature hides another's error.
    """
    slopes = []
    for _ in range(directions):
        direction = {key: rng.standard_normal(values[key].shape) for key in keys}
        slopes.append(_slope(list(_remainders(f, gradient, values, direction))))
    return float(np.min(slopes))  # unlike min(), np.min lets no NaN pass


def _remainders(
    f: ScalarFunction, gradient: Values, values: Values, direction: Values
) -> Iterator[tuple[float, float]]:
    """(e, remainder) for e from 1e-2 down to 1e-7, where the remainder is well above rounding."""
    here = float(np.sum(f(values)))
    slope = sum(float(np.sum(gradient[key] * d)) for key, d in direction.items())

    def remainder(e: float) -> float:
        there = f({**values, **{key: values[key] + e * d for key, d in direction.items()}})
        return abs(float(np.sum(there)) - here - e * slope)

    # at steps this small nothing but rounding is left; its measure counts where f cancels inside
    rounding = max(float(np.finfo(float).eps) * max(1.0, abs(here)), *map(remainder, (1e-13, 2e-13, 3e-13)))
    for e in 10.0 ** np.arange(-2, -7.5, -0.5):
        left = remainder(float(e))
        if not left < 100 * rounding:  # below that more than a hundredth of it is rounding; NaN passes
            yield float(e), left


def _slope(remainders: list[tuple[float, float]]) -> float:
    """Between the two smallest steps: there an error of first order outweighs the curvature."""
    if len(remainders) < 2:
        return float("inf")
    (e, r), (smaller_e, smaller_r) = remainders[-2:]
    return float(np.log(r / smaller_r) / np.log(e / smaller_e))

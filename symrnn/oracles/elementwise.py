"""The functions that model text may call, as numerical formulas.

They take floats, complex arrays (a branch is decided by the real part, so that a complex step passes through)
and autograd's boxes, and overflow nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

import autograd.numpy as np

from symrnn.oracles.arrays import Traced

Formula = Callable[..., Traced]


def _exceeds(a: Traced, b: Traced) -> Traced:
    return np.real(a) > np.real(b)


def _is_positive(x: Traced) -> Traced:
    return _exceeds(x, 0.0)


def _larger(a: Traced, b: Traced) -> Traced:
    return np.where(_exceeds(a, b), a, b)


def _smaller(a: Traced, b: Traced) -> Traced:
    return np.where(_exceeds(b, a), a, b)


def _relu(x: Traced) -> Traced:
    return np.where(_is_positive(x), x, 0.0)


def _sigmoid(x: Traced) -> Traced:
    small = np.exp(np.where(_is_positive(x), -x, x))
    return np.where(_is_positive(x), 1.0, small) / (1.0 + small)


def _softplus(x: Traced) -> Traced:
    return _relu(x) + np.log1p(np.exp(np.where(_is_positive(x), -x, x)))


def _elu(x: Traced) -> Traced:
    return np.where(_is_positive(x), x, np.expm1(np.where(_is_positive(x), 0.0, x)))


def _hard_sigmoid(x: Traced) -> Traced:
    inside = np.where(np.real(x) < -3, 0.0, x / 6 + 0.5)
    return np.where(np.real(x) > 3, 1.0, inside)


def _erf(x: Traced) -> Traced:
    """2/sqrt(pi) e^(-x^2) (x + 2x^3/3 + 4x^5/15 + ...), Abramowitz and Stegun 7.1.6.

    The series converges everywhere and cancels nothing for real x; beyond 6, erf is 1 to the last digit.
    It needs neither SciPy nor a rule for autograd, and is analytic.
    """
    near = np.where(np.abs(np.real(x)) < 6, x, 0.0)
    square = near * near
    series = 1.0 + 0.0 * square
    for odd in range(241, 1, -2):  # 120 terms: the last one is below 1e-17 of the sum at x = 6
        series = 1.0 + 2.0 * square / odd * series
    inside = 2 / sqrt(pi) * near * np.exp(-square) * series
    return np.where(np.abs(np.real(x)) < 6, inside, np.sign(np.real(x)))


def _gelu(x: Traced) -> Traced:
    return x * (1.0 + _erf(x / sqrt(2))) / 2


def _softmax(x: Traced) -> Traced:
    """Over the rows of a column."""
    shifted = np.exp(x - np.max(np.real(x), axis=0, keepdims=True))
    total = np.sum(shifted, axis=0, keepdims=True)
    return shifted / total


def _sum(x: Traced) -> Traced:
    return np.reshape(np.sum(x), (1, 1))


ELEMENTWISE: dict[str, Formula] = {
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "relu": _relu,
    "softplus": _softplus,
    "exp": np.exp,
    "log": np.log,
    "abs": lambda x: np.where(_is_positive(x), x, -x),
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "square": lambda x: x * x,
    "sign": lambda x: np.sign(np.real(x)),
    "step": lambda x: np.where(_is_positive(x), 1.0, 0.0),
    "silu": lambda x: x * _sigmoid(x),
    "gelu": _gelu,
    "elu": _elu,
    "leaky_relu": lambda x: np.where(_is_positive(x), x, 0.01 * x),
    "hard_sigmoid": _hard_sigmoid,
    "max": _larger,
    "min": _smaller,
}

OF_ARRAYS: dict[str, Formula] = {
    "softmax": _softmax,
    "sum": _sum,
    "dot": lambda a, b: _sum(a * b),
    "outer": lambda a, b: a @ b.T,
    "diag": lambda v: np.eye(np.shape(v)[0]) * v,
}


def _from_zero(x: Traced) -> Traced:
    return np.abs(x)


KINKS: dict[str, Formula] = {
    "relu": _from_zero,
    "abs": _from_zero,
    "sign": _from_zero,
    "step": _from_zero,
    "leaky_relu": _from_zero,
    "elu": _from_zero,  # its slope is continuous, its curvature jumps
    "hard_sigmoid": lambda x: np.abs(np.abs(x) - 3),
    "max": lambda a, b: np.abs(a - b),
    "min": lambda a, b: np.abs(a - b),
}
"""Function -> distance of its arguments from the point where it has no derivative."""

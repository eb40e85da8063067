"""The losses of one output, with gradients worked out by hand.

``value(out, y)`` is (1, 1), ``gradient(out, y)`` has the shape of ``out``; out and y are columns (v, 1).
Values also take complex arrays: every branch and every shift is decided by the real part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import autograd.numpy as np

from symrnn.oracles.arrays import Array, Traced


class Loss(NamedTuple):
    """A loss and its gradient with respect to the output."""

    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]


def _total(terms: Traced) -> Traced:
    return np.reshape(np.sum(terms), (1, 1))


def _log_softmax(out: Traced) -> Traced:
    shifted = out - np.max(np.real(out))
    return shifted - np.log(_total(np.exp(shifted)))


def _cross_entropy(out: Traced, y: Array) -> Traced:
    return -_total(y * _log_softmax(out))


def _cross_entropy_gradient(out: Traced, y: Array) -> Traced:
    # d log p_i / d out_j = [i = j] - p_j: the targets need not sum to one
    return np.exp(_log_softmax(out)) * _total(y) - y


def _nll(out: Traced, y: Array) -> Traced:
    return -np.log(_total(y * np.exp(_log_softmax(out))))


def _nll_gradient(out: Traced, y: Array) -> Traced:
    p = np.exp(_log_softmax(out))
    return p - y * p / _total(y * p)


def _binary_cross_entropy(out: Traced, y: Array) -> Traced:
    # -y log f(z) - (1 - y) log(1 - f(z)) = log(1 + e^z) - y z, written so that no e^z overflows
    positive = np.real(out) > 0
    small = np.exp(np.where(positive, -out, out))
    return _total(np.where(positive, out, 0.0) + np.log1p(small) - y * out)


def _binary_cross_entropy_gradient(out: Traced, y: Array) -> Traced:
    return (1 + np.tanh(out / 2)) / 2 - y


def _squared_error(out: Traced, y: Array) -> Traced:
    return _total((out - y) ** 2) / 2


def _squared_error_gradient(out: Traced, y: Array) -> Traced:
    return out - y


LOSSES: dict[str, Loss] = {
    "cross-entropy": Loss(_cross_entropy, _cross_entropy_gradient),
    "nll": Loss(_nll, _nll_gradient),
    "binary-cross-entropy": Loss(_binary_cross_entropy, _binary_cross_entropy_gradient),
    "squared-error": Loss(_squared_error, _squared_error_gradient),
}

"""The readout and the softmax cross-entropy of the hand-tuned NumPy contenders, for all steps at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from problem import READOUT, Array, Problem


def joined_weights(problem: Problem) -> Array:
    """The matrix of the readout, transposed, and its bias as a last row: (n + 1, v)."""
    weights, bias = (problem.values[name] for name in READOUT[problem.cell])
    return np.ascontiguousarray(np.concatenate([weights.T, bias[None]]))


def joined_readout(problem: Problem, states: Array, W: Array) -> Callable[[Array], tuple[float, Array]]:
    """For small sizes: ``states`` (T, B, n + 1) with a last column of ones, so that one product has the bias too.

    The function returned writes dL/dh to its argument and gives the loss and the joined gradient.
    """
    T, n, _, v, B = problem.sizes
    W_states = W[:n].T
    rows = states.reshape(T * B, n + 1)
    y = problem.one_hot.reshape(T * B, v)
    out, top, norm = (
        np.empty((T * B, v), W.dtype),
        np.empty((T * B, 1), W.dtype),
        np.empty((T * B, 1), W.dtype),
    )
    gradient = np.empty_like(W)

    def run(d_states: Array) -> tuple[float, Array]:
        np.dot(rows, W, out)
        np.maximum.reduce(out, 1, None, top, True)
        np.subtract(out, top, out)
        picked = np.vdot(y, out)
        np.exp(out, out)
        np.add.reduce(out, 1, None, norm, True)
        np.divide(out, norm, out)
        np.log(norm, norm)
        loss = np.add.reduce(norm, None) - picked
        np.subtract(out, y, out)
        np.dot(out, W_states, d_states)
        np.dot(rows.T, out, gradient)
        return loss, gradient

    return run


def blocked_readout(problem: Problem, states: Array) -> Callable[[Array], tuple[float, Array]]:
    """For large sizes: ``states`` (T, B, n); the labels are numbers. The gradient is that of ``joined_weights``."""
    T, n, _, v, B = problem.sizes
    weights, bias = (problem.values[name] for name in READOUT[problem.cell])
    rows, dtype = states.reshape(T * B, n), weights.dtype
    W = np.empty((n, v), dtype)
    place = np.arange(T * B) * v + problem.values["labels"].reshape(-1)
    out, norm = np.empty((T * B, v), dtype), np.empty((T * B, 1), dtype)
    flat, ones = out.reshape(-1), np.ones(T * B, dtype)
    gradient = np.empty((n + 1, v), dtype)

    def run(d_states: Array) -> tuple[float, Array]:
        np.copyto(W, weights.T)
        np.dot(rows, W, out)
        np.add(out, bias, out)
        np.maximum.reduce(out, 1, None, norm, True)
        np.subtract(out, norm, out)
        picked = np.add.reduce(flat.take(place))
        np.exp(out, out)
        np.add.reduce(out, 1, None, norm, True)
        np.divide(out, norm, out)
        np.log(norm, norm)
        loss = np.add.reduce(norm, None) - picked
        flat[place] -= 1
        np.dot(out, weights, d_states)
        np.dot(rows.T, out, gradient[:n])
        np.dot(ones, out, gradient[n])
        return loss, gradient

    return run

"""The readout and the softmax cross-entropy of the hand-tuned NumPy contenders, for all steps at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from problem import READOUT, Array, Problem


def joined_readout(problem: Problem, states: Array) -> Callable[[Array, Array], tuple[float, Array]]:
    """For small sizes: ``states`` (T, B, n + 1) with a last column of ones, so that one product has the bias too.

    The function returned writes dL/dh to its first argument and gives the loss and the joined gradient.
    """
    T, n, _, v, B = problem.sizes
    weights, bias = (problem.values[name] for name in READOUT[problem.cell])
    W = np.ascontiguousarray(np.concatenate([weights.T, bias[None]]))  # (n + 1, v)
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


def blocked_readout(problem: Problem, states: Array) -> Callable[[Array], tuple[float, Array, Array]]:
    """For large sizes: ``states`` (T, B, n); the labels are numbers, and the bias is added where the cache holds it."""
    T, n, _, v, B = problem.sizes
    weights, bias = (problem.values[name] for name in READOUT[problem.cell])
    W = np.ascontiguousarray(weights.T)
    rows, dtype = states.reshape(T * B, n), W.dtype
    place = np.arange(T * B) * v + problem.values["labels"].reshape(-1)
    out, norm = np.empty((T * B, v), dtype), np.empty((T * B, 1), dtype)
    flat, ones = out.reshape(-1), np.ones(T * B, dtype)
    d_weights, d_bias = np.empty((n, v), dtype), np.empty(v, dtype)

    def run(d_states: Array) -> tuple[float, Array, Array]:
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
        np.dot(rows.T, out, d_weights)
        np.dot(ones, out, d_bias)
        return loss, d_weights, d_bias

    return run

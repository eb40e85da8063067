"""What every hand-coded recurrence needs: quantities by step, and the layers they have in common."""

from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Array, Gradients, Series, Values

Sizes = dict[str, int]
"""Dimension name -> size: {"n": 3, "m": 2, "v": 5}."""

Shapes = dict[str, tuple[int, int]]
"""Key -> shape of every given value, where "x[t]" stands for all steps: {"W": (n, n), "x[t]": (m, 1)}."""

Cache = dict[str, Series]
"""What forward keeps for backward: quantity -> step -> array."""


def series(values: Values, name: str) -> Series:
    """{0: ..., 1: ...} of the keys name[0], name[1], ..."""
    start = name + "["
    return {int(k[len(start) : -1]): v for k, v in values.items() if k.startswith(start)}


def keyed(name: str, steps: Series) -> Gradients:
    """The reverse of ``series``: {"h[1]": ...}."""
    return {f"{name}[{t}]": array for t, array in steps.items()}


def zeros(values: Values, *keys: str) -> Gradients:
    """Where the sums over the steps start."""
    return {key: np.zeros(values[key].shape) for key in keys}


def injected(d_final: Values, key: str, state: Array) -> Array:
    """The cotangent given for a final state, or zeros."""
    return d_final[key] if key in d_final else np.zeros(state.shape)


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^-z), as a tanh so that nothing overflows."""
    f: Array = (1 + np.tanh(z / 2)) / 2
    return f


def softmax(z: Array) -> Array:
    """e^z / sum(e^z) of a column."""
    e: Array = np.exp(z - np.max(z))
    total: Array = np.sum(e)
    return e / total


def affine(V: Array, c: Array, h: Series, T: int) -> Series:
    """o[t] = V h[t] + c: the output layer of nearly every model, and the readout W_y, b_y."""
    return {t: V @ h[t] + c for t in range(1, T + 1)}


def affine_backward(V: Array, h: Series, d_o: Series) -> tuple[Series, Array, Array]:
    """The gradients for h[t], V and c of ``affine``."""
    d_h = {t: V.T @ d for t, d in d_o.items()}
    d_V = np.sum([d @ h[t].T for t, d in d_o.items()], axis=0)
    d_c = np.sum(list(d_o.values()), axis=0)
    return d_h, d_V, d_c


def tanh_recurrence(W: Array, drive: Series, h_0: Array) -> Series:
    """h[t] = tanh(W h[t-1] + drive[t]), from h[0] on."""
    h = {0: h_0}
    for t in range(1, len(drive) + 1):
        h[t] = np.tanh(W @ h[t - 1] + drive[t])
    return h


def tanh_recurrence_backward(W: Array, h: Series, d_h: Series) -> tuple[Series, Array]:
    """From d_h[t], what reaches h[t] from outside the recurrence, to the gradients for drive[t] and h[0]."""
    d_drive: Series = {}
    from_later = np.zeros(h[0].shape)
    for t in range(len(d_h), 0, -1):
        d_drive[t] = (1 - h[t] ** 2) * (d_h[t] + from_later)
        from_later = W.T @ d_drive[t]
    return d_drive, from_later

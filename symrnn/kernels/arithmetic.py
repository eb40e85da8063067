"""What generated modules compute with: softmax, its logarithm and the losses of it, and targets that are classes.

The functions are copied into a module as they stand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import add, divide, exp, log, maximum, subtract, vdot

# The sum of the squares of logits of which none is beyond 80: their exponentials are normal numbers.
MODERATE = 6400.0


def softmax(o: Any) -> Any:
    """exp(o) / sum(exp(o)) over the last axis, shifted so that nothing overflows."""
    p = np.exp(o - o.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return p


def log_softmax(o: Any) -> Any:
    """log(softmax(o)) over the last axis, finite where softmax(o) is zero to rounding."""
    shifted = o - o.max(-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(-1, keepdims=True))
    return shifted


def log_likelihood(y: Any, o: Any) -> Any:
    """log(sum of y * softmax(o)) over the last axis, finite where the softmax rounds to zero."""
    top, most = np.amax(np.where(y > 0, o, -math.inf), -1, keepdims=True), np.amax(o, -1, keepdims=True)
    chosen = np.sum(y * np.exp(np.where(y > 0, o - top, 0.0)), -1, keepdims=True)
    return np.log(chosen) + top - most - np.log(np.sum(np.exp(o - most), -1, keepdims=True))


def posterior(y: Any, o: Any) -> Any:
    """softmax(o + log(y)) over the last axis, finite where y is zero and where softmax(o) rounds to zero."""
    top = np.amax(np.where(y > 0, o, -math.inf), -1, keepdims=True)
    weights = y * np.exp(np.where(y > 0, o - top, 0.0))
    return weights / np.sum(weights, -1, keepdims=True)


def erf(x: Any) -> Any:
    """The error function of every entry, by Python's, for NumPy has none: a tenth of a microsecond each."""
    return np.array([*map(math.erf, x.reshape(-1).tolist())], x.dtype).reshape(x.shape)


def at_step(x: Any, steps: int, when: Any) -> Any:
    """An array of so many steps that is x at one step, or at one of each sequence, and zero elsewhere."""
    found = np.zeros((steps, *x.shape), x.dtype)
    found[when if np.ndim(when) == 0 else (when, np.arange(len(x)))] = x
    return found


def softmax_into(o: Any, p: Any, log_p: Any) -> None:
    """Write softmax(o) to p and its logarithm to log_p, from one exponential."""
    np.subtract(o, np.maximum.reduce(o, axis=-1, keepdims=True), log_p)
    np.exp(log_p, p)
    total = np.add.reduce(p, axis=-1, keepdims=True)
    np.divide(p, total, p)
    np.subtract(log_p, np.log(total), log_p)


def room_for_sums(every: Any, width: int) -> tuple[Any, Any, Any, Any]:
    """A column for the sums of rows of a width, the same as a vector, and ones to sum by; ``every`` is one a row."""
    column = np.empty((len(every), 1), every.dtype)
    return column, column[:, 0], np.ones(width, every.dtype), every


def cross_entropy_into(o: Any, y: Any, p: Any, room: tuple[Any, Any, Any, Any]) -> float:
    """Write the softmax of the rows o to p, which may be o; the sum of -y log(softmax(o)) is returned.

    One exponential serves both.  A product with ones takes half the time of a sum.  Logits that may be large are
    taken relative to the largest of their row.
    """
    column, sums, ones, every = room
    if not vdot(o, o) < MODERATE:
        maximum.reduce(o, 1, out=column, keepdims=True)
        o = subtract(o, column, p)
    chosen = every.dot(o.reshape(-1).take(y)) if y.ndim == 1 else vdot(y, o)
    exp(o, p)
    p.dot(ones, sums)
    divide(p, column, p)
    log(column, column)
    whole = every if y.ndim == 1 else add.reduce(y, -1).reshape(-1)
    return float(whole.dot(sums) - chosen)


def picked_into(y: Any, q: Any, out: Any) -> None:
    """Write the sums of y * q over the last axis; of classes y stands for their places among all entries."""
    if y.ndim == 1:
        out.reshape(-1)[:] = q.reshape(-1).take(y)
    else:
        np.add.reduce(y * q, -1, out=out, keepdims=True)


def less_target(p: Any, y: Any, out: Any) -> None:
    """Write p - y; of classes y stands for the places of their ones among all entries."""
    if y.ndim == 1:
        if out is not p:
            np.copyto(out, p)
        out.reshape(-1)[y] -= 1
    else:
        np.subtract(p, y, out)

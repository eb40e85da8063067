"""The rectified recurrent network: the plain one with h[t] = max(a[t], 0), whose slope is 1 or 0."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references import rnn
from symrnn.oracles.references.steps import Cache, injected, keyed, series, zeros

shapes = rnn.shapes
final_states = rnn.final_states


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, b, c = (values[key] for key in ("W", "U", "V", "b", "c"))
    x, h, a, o = series(values, "x"), series(values, "h"), {}, {}
    for t in range(1, lengths["T"] + 1):
        a[t] = W @ h[t - 1] + U @ x[t] + b
        h[t] = np.maximum(a[t], 0)
        o[t] = V @ h[t] + c
    return keyed("o", o), {"h": h, "a": a}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W, U, V = values["W"], values["U"], values["V"]
    x, h, a, T = series(values, "x"), cache["h"], cache["a"], lengths["T"]
    grad = zeros(values, "W", "U", "V", "b", "c")
    from_later = injected(d_final, f"h[{T}]", h[T])
    for t in range(T, 0, -1):
        d_o = d_outs[f"o[{t}]"]
        d_h = V.T @ d_o + from_later
        d_a = np.where(a[t] > 0, d_h, 0)
        grad["V"] += d_o @ h[t].T
        grad["c"] += d_o
        grad["W"] += d_a @ h[t - 1].T
        grad["U"] += d_a @ x[t].T
        grad["b"] += d_a
        grad[f"x[{t}]"] = U.T @ d_a
        from_later = W.T @ d_a
    grad["h[0]"] = from_later
    return grad

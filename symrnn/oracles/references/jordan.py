"""Recurrence from the output only: a[t] = b + W o[t-1] + U x[t], h[t] = tanh(a[t]), o[t] = c + V h[t]."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, series, zeros


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    return {
        "W": (n, v),
        "U": (n, m),
        "V": (v, n),
        "b": (n, 1),
        "c": (v, 1),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "o[0]": (v, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"o[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, b, c = (values[key] for key in ("W", "U", "V", "b", "c"))
    x, o, h, T = series(values, "x"), series(values, "o"), {}, lengths["T"]
    for t in range(1, T + 1):
        h[t] = np.tanh(b + W @ o[t - 1] + U @ x[t])
        o[t] = c + V @ h[t]
    return {f"o[{t}]": o[t] for t in range(1, T + 1)}, {"h": h, "o": o}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W, U, V = values["W"], values["U"], values["V"]
    x, h, o, T = series(values, "x"), cache["h"], cache["o"], lengths["T"]
    grad = zeros(values, "W", "U", "V", "b", "c")
    from_later = injected(d_final, f"o[{T}]", o[T])
    for t in range(T, 0, -1):
        d_o = d_outs[f"o[{t}]"] + from_later  # this step's loss, and the next step that reads o[t]
        d_a = (1 - h[t] ** 2) * (V.T @ d_o)
        grad["V"] += d_o @ h[t].T
        grad["c"] += d_o
        grad["W"] += d_a @ o[t - 1].T
        grad["U"] += d_a @ x[t].T
        grad["b"] += d_a
        grad[f"x[{t}]"] = U.T @ d_a
        from_later = W.T @ d_a
    grad["o[0]"] = from_later
    return grad

"""One vector starts the state, h[0] = tanh(R x + d); then every output is fed back:

h[t] = tanh(W h[t-1] + U o[t-1] + b),  o[t] = V h[t] + c
"""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, series, zeros


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    return {
        "R": (n, m),
        "W": (n, n),
        "U": (n, v),
        "V": (v, n),
        "b": (n, 1),
        "c": (v, 1),
        "d": (n, 1),
        "x": (m, 1),
        "y[t]": (v, 1),
        "o[0]": (v, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]", f"o[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, b, c = (values[key] for key in ("W", "U", "V", "b", "c"))
    o, T = series(values, "o"), lengths["T"]
    h = {0: np.tanh(values["R"] @ values["x"] + values["d"])}
    for t in range(1, T + 1):
        h[t] = np.tanh(W @ h[t - 1] + U @ o[t - 1] + b)
        o[t] = V @ h[t] + c
    return {f"o[{t}]": o[t] for t in range(1, T + 1)}, {"h": h, "o": o}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W, U, V, R, x = (values[key] for key in ("W", "U", "V", "R", "x"))
    h, o, T = cache["h"], cache["o"], lengths["T"]
    grad = zeros(values, "W", "U", "V", "b", "c")
    h_later = injected(d_final, f"h[{T}]", h[T])
    o_later = injected(d_final, f"o[{T}]", o[T])
    for t in range(T, 0, -1):
        d_o = d_outs[f"o[{t}]"] + o_later
        d_a = (1 - h[t] ** 2) * (V.T @ d_o + h_later)
        grad["V"] += d_o @ h[t].T
        grad["c"] += d_o
        grad["W"] += d_a @ h[t - 1].T
        grad["U"] += d_a @ o[t - 1].T
        grad["b"] += d_a
        h_later = W.T @ d_a
        o_later = U.T @ d_a
    grad["o[0]"] = o_later
    grad["d"] = (1 - h[0] ** 2) * h_later
    grad["R"] = grad["d"] @ x.T
    grad["x"] = R.T @ grad["d"]
    return grad

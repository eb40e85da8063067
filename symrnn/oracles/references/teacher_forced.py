"""The true output fed back: h[t] = tanh(b + W y[t-1] + U x[t]), o[t] = c + V h[t].

No step reads what another one computed: the gradient is a sum over steps, and none flows through time.
"""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, keyed, series, zeros


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
        "y[0]": (v, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return []


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, b, c = (values[key] for key in ("W", "U", "V", "b", "c"))
    x, y, h, o = series(values, "x"), series(values, "y"), {}, {}
    for t in range(1, lengths["T"] + 1):
        h[t] = np.tanh(b + W @ y[t - 1] + U @ x[t])
        o[t] = c + V @ h[t]
    return keyed("o", o), {"h": h}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    U, V, x, y, h = values["U"], values["V"], series(values, "x"), series(values, "y"), cache["h"]
    grad = zeros(values, "W", "U", "V", "b", "c")
    for t in range(1, lengths["T"] + 1):
        d_o = d_outs[f"o[{t}]"]
        d_a = (1 - h[t] ** 2) * (V.T @ d_o)
        grad["V"] += d_o @ h[t].T
        grad["c"] += d_o
        grad["W"] += d_a @ y[t - 1].T
        grad["U"] += d_a @ x[t].T
        grad["b"] += d_a
        grad[f"x[{t}]"] = U.T @ d_a
    return grad

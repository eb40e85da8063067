"""The simple gated network of the MIT 6.390 notes, read out by a_y[t] = W_y h[t] + b_y.

g[t] = sigmoid(W_gx x[t] + W_gh h[t-1]),  k[t] = tanh(W_hx x[t] + W_hh h[t-1] + b_h)
h[t] = (1 - g[t]) h[t-1] + g[t] k[t]
"""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import (
    Cache,
    Shapes,
    Sizes,
    affine,
    affine_backward,
    injected,
    keyed,
    series,
    sigmoid,
    zeros,
)


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    return {
        "W_gx": (n, m),
        "W_gh": (n, n),
        "W_hx": (n, m),
        "W_hh": (n, n),
        "b_h": (n, 1),
        "W_y": (v, n),
        "b_y": (v, 1),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "h[0]": (n, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W_gx, W_gh, W_hx, W_hh = (values[key] for key in ("W_gx", "W_gh", "W_hx", "W_hh"))
    x, h, g, k, T = series(values, "x"), series(values, "h"), {}, {}, lengths["T"]
    for t in range(1, T + 1):
        g[t] = sigmoid(W_gx @ x[t] + W_gh @ h[t - 1])
        k[t] = np.tanh(W_hx @ x[t] + W_hh @ h[t - 1] + values["b_h"])
        h[t] = (1 - g[t]) * h[t - 1] + g[t] * k[t]
    outs = affine(values["W_y"], values["b_y"], h, T)
    return keyed("a_y", outs), {"h": h, "g": g, "k": k}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W_gx, W_gh, W_hx, W_hh = (values[key] for key in ("W_gx", "W_gh", "W_hx", "W_hh"))
    x, h, g, k, T = series(values, "x"), cache["h"], cache["g"], cache["k"], lengths["T"]
    grad = zeros(values, "W_gx", "W_gh", "W_hx", "W_hh", "b_h")
    above, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], h, series(d_outs, "a_y"))
    from_later = injected(d_final, f"h[{T}]", h[T])
    for t in range(T, 0, -1):
        d_h = above[t] + from_later
        d_zg = d_h * (k[t] - h[t - 1]) * g[t] * (1 - g[t])
        d_zk = d_h * g[t] * (1 - k[t] ** 2)
        grad["W_gx"] += d_zg @ x[t].T
        grad["W_gh"] += d_zg @ h[t - 1].T
        grad["W_hx"] += d_zk @ x[t].T
        grad["W_hh"] += d_zk @ h[t - 1].T
        grad["b_h"] += d_zk
        grad[f"x[{t}]"] = W_gx.T @ d_zg + W_hx.T @ d_zk
        from_later = (1 - g[t]) * d_h + W_gh.T @ d_zg + W_hh.T @ d_zk
    grad["h[0]"] = from_later
    return grad

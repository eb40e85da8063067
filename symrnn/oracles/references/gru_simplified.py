"""The gated recurrent unit without a reset gate (Ng), read out by a_y[t] = W_y c[t] + b_y.

ctilde[t] = tanh(W_c c[t-1] + U_c x[t] + b_c),  u[t] = sigmoid(W_u c[t-1] + U_u x[t] + b_u)
c[t] = u[t] ctilde[t] + (1 - u[t]) c[t-1]
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
        "W_c": (n, n),
        "U_c": (n, m),
        "b_c": (n, 1),
        "W_u": (n, n),
        "U_u": (n, m),
        "b_u": (n, 1),
        "W_y": (v, n),
        "b_y": (v, 1),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "c[0]": (n, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"c[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W_c, U_c, b_c = values["W_c"], values["U_c"], values["b_c"]
    W_u, U_u, b_u = values["W_u"], values["U_u"], values["b_u"]
    x, c, ctilde, u, T = series(values, "x"), series(values, "c"), {}, {}, lengths["T"]
    for t in range(1, T + 1):
        ctilde[t] = np.tanh(W_c @ c[t - 1] + U_c @ x[t] + b_c)
        u[t] = sigmoid(W_u @ c[t - 1] + U_u @ x[t] + b_u)
        c[t] = u[t] * ctilde[t] + (1 - u[t]) * c[t - 1]
    outs = affine(values["W_y"], values["b_y"], c, T)
    return keyed("a_y", outs), {"c": c, "ctilde": ctilde, "u": u}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W_c, U_c, W_u, U_u = (values[key] for key in ("W_c", "U_c", "W_u", "U_u"))
    c, ctilde, u = cache["c"], cache["ctilde"], cache["u"]
    x, T = series(values, "x"), lengths["T"]
    grad = zeros(values, "W_c", "U_c", "b_c", "W_u", "U_u", "b_u")
    above, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], c, series(d_outs, "a_y"))
    from_later = injected(d_final, f"c[{T}]", c[T])
    for t in range(T, 0, -1):
        d_c = above[t] + from_later
        d_ac = d_c * u[t] * (1 - ctilde[t] ** 2)
        d_au = d_c * (ctilde[t] - c[t - 1]) * u[t] * (1 - u[t])
        grad["W_c"] += d_ac @ c[t - 1].T
        grad["U_c"] += d_ac @ x[t].T
        grad["b_c"] += d_ac
        grad["W_u"] += d_au @ c[t - 1].T
        grad["U_u"] += d_au @ x[t].T
        grad["b_u"] += d_au
        grad[f"x[{t}]"] = U_c.T @ d_ac + U_u.T @ d_au
        from_later = (1 - u[t]) * d_c + W_c.T @ d_ac + W_u.T @ d_au
    grad["c[0]"] = from_later
    return grad

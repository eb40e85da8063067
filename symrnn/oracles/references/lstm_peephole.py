"""Long short-term memory whose gates see the cell, read out by a_y[t] = W_y h[t] + b_y.

f, i = sigmoid(W x[t] + U h[t-1] + p c[t-1] + b),  o = sigmoid(W x[t] + U h[t-1] + p c[t] + b)
g = tanh(W x[t] + U h[t-1] + b),  c[t] = f[t] c[t-1] + i[t] g[t],  h[t] = o[t] tanh(c[t])
"""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Array, Gradients, Lengths, Values
from symrnn.oracles.references import lstm
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
    return lstm.shapes(sizes) | {f"p_{gate}": (sizes["n"], 1) for gate in "fio"}


final_states = lstm.final_states


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    x, h, c, T = series(values, "x"), series(values, "h"), series(values, "c"), lengths["T"]
    p_f, p_i, p_o = values["p_f"], values["p_i"], values["p_o"]
    f, i, o, g = {}, {}, {}, {}

    def drive(gate: str, t: int) -> Array:
        a: Array = values[f"W_{gate}"] @ x[t] + values[f"U_{gate}"] @ h[t - 1] + values[f"b_{gate}"]
        return a

    for t in range(1, T + 1):
        f[t] = sigmoid(drive("f", t) + p_f * c[t - 1])
        i[t] = sigmoid(drive("i", t) + p_i * c[t - 1])
        g[t] = np.tanh(drive("g", t))
        c[t] = f[t] * c[t - 1] + i[t] * g[t]
        o[t] = sigmoid(drive("o", t) + p_o * c[t])
        h[t] = o[t] * np.tanh(c[t])
    outs = affine(values["W_y"], values["b_y"], h, T)
    return keyed("a_y", outs), {"h": h, "c": c, "f": f, "i": i, "o": o, "g": g}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    h, c, f, i, o, g = (cache[name] for name in ("h", "c", "f", "i", "o", "g"))
    p_f, p_i, p_o = values["p_f"], values["p_i"], values["p_o"]
    x, T = series(values, "x"), lengths["T"]
    grad = zeros(values, *(f"{kind}_{gate}" for kind in "WUb" for gate in lstm.GATES))
    grad |= zeros(values, "p_f", "p_i", "p_o")
    above, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], h, series(d_outs, "a_y"))
    h_later = injected(d_final, f"h[{T}]", h[T])
    c_later = injected(d_final, f"c[{T}]", c[T])
    for t in range(T, 0, -1):
        d_h = above[t] + h_later
        d_ao = d_h * np.tanh(c[t]) * o[t] * (1 - o[t])
        d_c = d_h * o[t] * (1 - np.tanh(c[t]) ** 2) + c_later + p_o * d_ao  # o[t] sees c[t]
        d_af = d_c * c[t - 1] * f[t] * (1 - f[t])
        d_ai = d_c * g[t] * i[t] * (1 - i[t])
        d_ag = d_c * i[t] * (1 - g[t] ** 2)
        grad["p_f"] += d_af * c[t - 1]
        grad["p_i"] += d_ai * c[t - 1]
        grad["p_o"] += d_ao * c[t]
        d_x, h_later = np.zeros(x[t].shape), np.zeros(h[t].shape)
        c_later = d_c * f[t] + p_f * d_af + p_i * d_ai
        for gate, d_a in {"f": d_af, "i": d_ai, "o": d_ao, "g": d_ag}.items():
            grad[f"W_{gate}"] += d_a @ x[t].T
            grad[f"U_{gate}"] += d_a @ h[t - 1].T
            grad[f"b_{gate}"] += d_a
            d_x += values[f"W_{gate}"].T @ d_a
            h_later += values[f"U_{gate}"].T @ d_a
        grad[f"x[{t}]"] = d_x
    grad["h[0]"], grad["c[0]"] = h_later, c_later
    return grad

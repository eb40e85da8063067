"""Long short-term memory, read out by a_y[t] = W_y h[t] + b_y.

f, i, o = sigmoid(W x[t] + U h[t-1] + b),  g = tanh(W x[t] + U h[t-1] + b), each with its own W, U, b
c[t] = f[t] c[t-1] + i[t] g[t],  h[t] = o[t] tanh(c[t])
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

GATES = ("f", "i", "o", "g")


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    gates: Shapes = {}
    for gate in GATES:
        gates |= {f"W_{gate}": (n, m), f"U_{gate}": (n, n), f"b_{gate}": (n, 1)}
    readout = {"W_y": (v, n), "b_y": (v, 1)}
    return gates | readout | {"x[t]": (m, 1), "y[t]": (v, 1), "h[0]": (n, 1), "c[0]": (n, 1)}


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]", f"c[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    x, h, c, T = series(values, "x"), series(values, "h"), series(values, "c"), lengths["T"]
    f, i, o, g = {}, {}, {}, {}
    for t in range(1, T + 1):
        a = {
            gate: values[f"W_{gate}"] @ x[t] + values[f"U_{gate}"] @ h[t - 1] + values[f"b_{gate}"]
            for gate in GATES
        }
        f[t], i[t], o[t], g[t] = sigmoid(a["f"]), sigmoid(a["i"]), sigmoid(a["o"]), np.tanh(a["g"])
        c[t] = f[t] * c[t - 1] + i[t] * g[t]
        h[t] = o[t] * np.tanh(c[t])
    outs = affine(values["W_y"], values["b_y"], h, T)
    return keyed("a_y", outs), {"h": h, "c": c, "f": f, "i": i, "o": o, "g": g}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    h, c, f, i, o, g = (cache[name] for name in ("h", "c", "f", "i", "o", "g"))
    x, T = series(values, "x"), lengths["T"]
    grad = zeros(values, *(f"{kind}_{gate}" for kind in "WUb" for gate in GATES))
    above, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], h, series(d_outs, "a_y"))
    h_later = injected(d_final, f"h[{T}]", h[T])
    c_later = injected(d_final, f"c[{T}]", c[T])
    for t in range(T, 0, -1):
        d_h = above[t] + h_later
        d_c = d_h * o[t] * (1 - np.tanh(c[t]) ** 2) + c_later
        d_a = {  # what reaches each gate before its squashing
            "f": d_c * c[t - 1] * f[t] * (1 - f[t]),
            "i": d_c * g[t] * i[t] * (1 - i[t]),
            "o": d_h * np.tanh(c[t]) * o[t] * (1 - o[t]),
            "g": d_c * i[t] * (1 - g[t] ** 2),
        }
        d_x, h_later, c_later = np.zeros(x[t].shape), np.zeros(h[t].shape), d_c * f[t]
        for gate in GATES:
            grad[f"W_{gate}"] += d_a[gate] @ x[t].T
            grad[f"U_{gate}"] += d_a[gate] @ h[t - 1].T
            grad[f"b_{gate}"] += d_a[gate]
            d_x += values[f"W_{gate}"].T @ d_a[gate]
            h_later += values[f"U_{gate}"].T @ d_a[gate]
        grad[f"x[{t}]"] = d_x
    grad["h[0]"], grad["c[0]"] = h_later, c_later
    return grad

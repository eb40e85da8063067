"""Long short-term memory with one joined matrix a gate, as in Ng's course.

p = [h[t-1], x[t]];  u, f, o = sigmoid(W p + b),  ctilde = tanh(W_c p + b_c)
c[t] = u[t] ctilde[t] + f[t] c[t-1],  h[t] = o[t] tanh(c[t])
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

GATES = ("c", "u", "f", "o")


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    gates: Shapes = {}
    for gate in GATES:
        gates |= {f"W_{gate}": (n, n + m), f"b_{gate}": (n, 1)}
    readout = {"W_y": (v, n), "b_y": (v, 1)}
    return gates | readout | {"x[t]": (m, 1), "y[t]": (v, 1), "h[0]": (n, 1), "c[0]": (n, 1)}


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]", f"c[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    x, h, c, T = series(values, "x"), series(values, "h"), series(values, "c"), lengths["T"]
    candidate, u, f, o, joined = {}, {}, {}, {}, {}
    for t in range(1, T + 1):
        joined[t] = np.concatenate([h[t - 1], x[t]])
        a = {gate: values[f"W_{gate}"] @ joined[t] + values[f"b_{gate}"] for gate in GATES}
        candidate[t] = np.tanh(a["c"])
        u[t], f[t], o[t] = sigmoid(a["u"]), sigmoid(a["f"]), sigmoid(a["o"])
        c[t] = u[t] * candidate[t] + f[t] * c[t - 1]
        h[t] = o[t] * np.tanh(c[t])
    outs = affine(values["W_y"], values["b_y"], h, T)
    cache = {"h": h, "c": c, "u": u, "f": f, "o": o, "candidate": candidate, "joined": joined}
    return keyed("a_y", outs), cache


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    h, c, u, f, o = (cache[name] for name in ("h", "c", "u", "f", "o"))
    candidate, joined, T = cache["candidate"], cache["joined"], lengths["T"]
    grad = zeros(values, *(f"{kind}_{gate}" for kind in "Wb" for gate in GATES))
    above, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], h, series(d_outs, "a_y"))
    h_later = injected(d_final, f"h[{T}]", h[T])
    c_later = injected(d_final, f"c[{T}]", c[T])
    for t in range(T, 0, -1):
        d_h = above[t] + h_later
        d_c = c_later + d_h * o[t] * (1 - np.tanh(c[t]) ** 2)
        d_a = {
            "c": d_c * u[t] * (1 - candidate[t] ** 2),
            "u": d_c * candidate[t] * u[t] * (1 - u[t]),
            "f": d_c * c[t - 1] * f[t] * (1 - f[t]),
            "o": d_h * np.tanh(c[t]) * o[t] * (1 - o[t]),
        }
        d_joined = np.zeros(joined[t].shape)
        for gate in GATES:
            grad[f"W_{gate}"] += d_a[gate] @ joined[t].T
            grad[f"b_{gate}"] += d_a[gate]
            d_joined += values[f"W_{gate}"].T @ d_a[gate]
        h_later, c_later = d_joined[: len(h[t])], d_c * f[t]
        grad[f"x[{t}]"] = d_joined[len(h[t]) :]
    grad["h[0]"], grad["c[0]"] = h_later, c_later
    return grad

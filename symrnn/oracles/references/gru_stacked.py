"""The full gated recurrent unit with one joined matrix a gate, as in Ng's course.

r, u = sigmoid(W [c[t-1], x[t]] + b),  ctilde = tanh(W_c [r[t] c[t-1], x[t]] + b_c)
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
    gates: Shapes = {}
    for gate in ("r", "u", "c"):
        gates |= {f"W_{gate}": (n, n + m), f"b_{gate}": (n, 1)}
    readout = {"W_y": (v, n), "b_y": (v, 1)}
    return gates | readout | {"x[t]": (m, 1), "y[t]": (v, 1), "c[0]": (n, 1)}


def final_states(lengths: Lengths) -> list[str]:
    return [f"c[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    x, c, T = series(values, "x"), series(values, "c"), lengths["T"]
    r, u, candidate = {}, {}, {}
    for t in range(1, T + 1):
        joined = np.concatenate([c[t - 1], x[t]])
        r[t] = sigmoid(values["W_r"] @ joined + values["b_r"])
        u[t] = sigmoid(values["W_u"] @ joined + values["b_u"])
        candidate[t] = np.tanh(values["W_c"] @ np.concatenate([r[t] * c[t - 1], x[t]]) + values["b_c"])
        c[t] = u[t] * candidate[t] + (1 - u[t]) * c[t - 1]
    outs = affine(values["W_y"], values["b_y"], c, T)
    return keyed("a_y", outs), {"c": c, "r": r, "u": u, "candidate": candidate}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    c, r, u, candidate = (cache[name] for name in ("c", "r", "u", "candidate"))
    x, T, n = series(values, "x"), lengths["T"], len(cache["c"][0])
    grad = zeros(values, "W_r", "W_u", "W_c", "b_r", "b_u", "b_c")
    above, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], c, series(d_outs, "a_y"))
    from_later = injected(d_final, f"c[{T}]", c[T])
    for t in range(T, 0, -1):
        d_c = above[t] + from_later
        d_ac = d_c * u[t] * (1 - candidate[t] ** 2)
        d_au = d_c * (candidate[t] - c[t - 1]) * u[t] * (1 - u[t])
        d_reset = values["W_c"].T @ d_ac  # what reaches [r[t] * c[t-1], x[t]]
        d_ar = d_reset[:n] * c[t - 1] * r[t] * (1 - r[t])
        d_joined = values["W_u"].T @ d_au + values["W_r"].T @ d_ar
        grad["W_c"] += d_ac @ np.concatenate([r[t] * c[t - 1], x[t]]).T
        grad["W_u"] += d_au @ np.concatenate([c[t - 1], x[t]]).T
        grad["W_r"] += d_ar @ np.concatenate([c[t - 1], x[t]]).T
        grad["b_c"] += d_ac
        grad["b_u"] += d_au
        grad["b_r"] += d_ar
        grad[f"x[{t}]"] = d_joined[n:] + d_reset[n:]
        from_later = (1 - u[t]) * d_c + r[t] * d_reset[:n] + d_joined[:n]
    grad["c[0]"] = from_later
    return grad

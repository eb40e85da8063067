"""The gated recurrent unit with the reset gate before the product, read out by a_y[t] = W_y h[t] + b_y.

z[t] = sigmoid(W_z x[t] + U_z h[t-1] + b_z),  r[t] = sigmoid(W_r x[t] + U_r h[t-1] + b_r)
g[t] = tanh(W_h x[t] + U_h (r[t] h[t-1]) + b_h),  h[t] = (1 - z[t]) h[t-1] + z[t] g[t]
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
    for gate in ("z", "r", "h"):
        gates |= {f"W_{gate}": (n, m), f"U_{gate}": (n, n), f"b_{gate}": (n, 1)}
    readout = {"W_y": (v, n), "b_y": (v, 1)}
    return gates | readout | {"x[t]": (m, 1), "y[t]": (v, 1), "h[0]": (n, 1)}


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W_z, U_z, b_z = values["W_z"], values["U_z"], values["b_z"]
    W_r, U_r, b_r = values["W_r"], values["U_r"], values["b_r"]
    W_h, U_h, b_h = values["W_h"], values["U_h"], values["b_h"]
    x, h, z, r, g, T = series(values, "x"), series(values, "h"), {}, {}, {}, lengths["T"]
    for t in range(1, T + 1):
        z[t] = sigmoid(W_z @ x[t] + U_z @ h[t - 1] + b_z)
        r[t] = sigmoid(W_r @ x[t] + U_r @ h[t - 1] + b_r)
        g[t] = np.tanh(W_h @ x[t] + U_h @ (r[t] * h[t - 1]) + b_h)
        h[t] = (1 - z[t]) * h[t - 1] + z[t] * g[t]
    outs = affine(values["W_y"], values["b_y"], h, T)
    return keyed("a_y", outs), {"h": h, "z": z, "r": r, "g": g}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W_z, W_r, W_h = values["W_z"], values["W_r"], values["W_h"]
    U_z, U_r, U_h = values["U_z"], values["U_r"], values["U_h"]
    h, z, r, g = (cache[name] for name in ("h", "z", "r", "g"))
    x, T = series(values, "x"), lengths["T"]
    grad = zeros(values, "W_z", "W_r", "W_h", "U_z", "U_r", "U_h", "b_z", "b_r", "b_h")
    above, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], h, series(d_outs, "a_y"))
    from_later = injected(d_final, f"h[{T}]", h[T])
    for t in range(T, 0, -1):
        d_h = above[t] + from_later
        d_az = d_h * (g[t] - h[t - 1]) * z[t] * (1 - z[t])
        d_ag = d_h * z[t] * (1 - g[t] ** 2)
        d_reset = U_h.T @ d_ag  # what reaches r[t] * h[t-1]
        d_ar = d_reset * h[t - 1] * r[t] * (1 - r[t])
        grad["W_z"] += d_az @ x[t].T
        grad["W_r"] += d_ar @ x[t].T
        grad["W_h"] += d_ag @ x[t].T
        grad["U_z"] += d_az @ h[t - 1].T
        grad["U_r"] += d_ar @ h[t - 1].T
        grad["U_h"] += d_ag @ (r[t] * h[t - 1]).T
        grad["b_z"] += d_az
        grad["b_r"] += d_ar
        grad["b_h"] += d_ag
        grad[f"x[{t}]"] = W_z.T @ d_az + W_r.T @ d_ar + W_h.T @ d_ag
        from_later = (1 - z[t]) * d_h + U_z.T @ d_az + U_r.T @ d_ar + r[t] * d_reset
    grad["h[0]"] = from_later
    return grad

"""Two recurrences over one input, h forward and g backward in time, read together:

h[t] = tanh(W h[t-1] + U x[t] + b),  g[t] = tanh(Q g[t+1] + R x[t] + d),  o[t] = V [h[t], g[t]] + c
"""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, keyed, series, zeros


def shapes(sizes: Sizes) -> Shapes:
    n, m, v, k = sizes["n"], sizes["m"], sizes["v"], sizes["k"]
    return {
        "W": (n, n),
        "U": (n, m),
        "b": (n, 1),
        "Q": (k, k),
        "R": (k, m),
        "d": (k, 1),
        "V": (v, n + k),
        "c": (v, 1),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "h[0]": (n, 1),
        "g[T+1]": (k, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]", "g[1]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, b, Q, R, d = (values[key] for key in ("W", "U", "b", "Q", "R", "d"))
    x, h, g, T = series(values, "x"), series(values, "h"), series(values, "g"), lengths["T"]
    for t in range(1, T + 1):
        h[t] = np.tanh(W @ h[t - 1] + U @ x[t] + b)
    for t in range(T, 0, -1):
        g[t] = np.tanh(Q @ g[t + 1] + R @ x[t] + d)
    V, c = values["V"], values["c"]
    o = {t: V @ np.concatenate([h[t], g[t]]) + c for t in range(1, T + 1)}
    return keyed("o", o), {"h": h, "g": g}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W, U, Q, R, V = (values[key] for key in ("W", "U", "Q", "R", "V"))
    x, h, g, T = series(values, "x"), cache["h"], cache["g"], lengths["T"]
    grad = zeros(values, "W", "U", "b", "Q", "R", "d", "V", "c")
    n, d_h, d_g = len(W), {}, {}
    for t in range(1, T + 1):
        d_o = d_outs[f"o[{t}]"]
        grad["V"] += d_o @ np.concatenate([h[t], g[t]]).T
        grad["c"] += d_o
        d_joined = V.T @ d_o
        d_h[t], d_g[t] = d_joined[:n], d_joined[n:]
    from_later = injected(d_final, f"h[{T}]", h[T])
    for t in range(T, 0, -1):
        d_a = (1 - h[t] ** 2) * (d_h[t] + from_later)
        grad["W"] += d_a @ h[t - 1].T
        grad["U"] += d_a @ x[t].T
        grad["b"] += d_a
        grad[f"x[{t}]"] = U.T @ d_a
        from_later = W.T @ d_a
    grad["h[0]"] = from_later
    from_earlier = injected(d_final, "g[1]", g[1])  # g[1] is computed last
    for t in range(1, T + 1):
        d_a = (1 - g[t] ** 2) * (d_g[t] + from_earlier)
        grad["Q"] += d_a @ g[t + 1].T
        grad["R"] += d_a @ x[t].T
        grad["d"] += d_a
        grad[f"x[{t}]"] += R.T @ d_a
        from_earlier = Q.T @ d_a
    grad[f"g[{T + 1}]"] = from_earlier
    return grad

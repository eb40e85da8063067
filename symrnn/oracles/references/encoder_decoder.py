"""An encoder over t = 1..T whose last state starts a decoder over u = 1..U.

h[t] = tanh(W h[t-1] + U x[t] + b)
s[0] = tanh(R h[T] + d),  s[u] = tanh(Q s[u-1] + P y[u-1] + e),  o[u] = V s[u] + c
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
    tanh_recurrence,
    tanh_recurrence_backward,
    zeros,
)


def shapes(sizes: Sizes) -> Shapes:
    n, m, v, k = sizes["n"], sizes["m"], sizes["v"], sizes["k"]
    return {
        "W": (n, n),
        "U": (n, m),
        "b": (n, 1),
        "R": (k, n),
        "d": (k, 1),
        "Q": (k, k),
        "P": (k, v),
        "e": (k, 1),
        "V": (v, k),
        "c": (v, 1),
        "x[t]": (m, 1),
        "y[u]": (v, 1),
        "y[0]": (v, 1),
        "h[0]": (n, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]", f"s[{lengths['U']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    x, y, T, steps = series(values, "x"), series(values, "y"), lengths["T"], lengths["U"]
    drive = {t: values["U"] @ x[t] + values["b"] for t in range(1, T + 1)}
    h = tanh_recurrence(values["W"], drive, values["h[0]"])
    s_0 = np.tanh(values["R"] @ h[T] + values["d"])
    drive = {u: values["P"] @ y[u - 1] + values["e"] for u in range(1, steps + 1)}
    s = tanh_recurrence(values["Q"], drive, s_0)
    return keyed("o", affine(values["V"], values["c"], s, steps)), {"h": h, "s": s}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    x, y, T, steps = series(values, "x"), series(values, "y"), lengths["T"], lengths["U"]
    h, s = cache["h"], cache["s"]
    grad = zeros(values, "W", "U", "b", "Q", "P", "e")

    d_s, grad["V"], grad["c"] = affine_backward(values["V"], s, series(d_outs, "o"))
    d_s[steps] = d_s[steps] + injected(d_final, f"s[{steps}]", s[steps])
    d_a, d_s_0 = tanh_recurrence_backward(values["Q"], s, d_s)
    for u in range(1, steps + 1):
        grad["Q"] += d_a[u] @ s[u - 1].T
        grad["P"] += d_a[u] @ y[u - 1].T
        grad["e"] += d_a[u]

    grad["d"] = (1 - s[0] ** 2) * d_s_0
    grad["R"] = grad["d"] @ h[T].T

    d_h = {t: np.zeros(h[t].shape) for t in range(1, T + 1)}  # only the last state is read
    d_h[T] = values["R"].T @ grad["d"] + injected(d_final, f"h[{T}]", h[T])
    d_a, grad["h[0]"] = tanh_recurrence_backward(values["W"], h, d_h)
    for t in range(1, T + 1):
        grad["W"] += d_a[t] @ h[t - 1].T
        grad["U"] += d_a[t] @ x[t].T
        grad["b"] += d_a[t]
        grad[f"x[{t}]"] = values["U"].T @ d_a[t]
    return grad

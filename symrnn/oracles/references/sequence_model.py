"""A distribution over sequences: h[t] = tanh(b + W h[t-1] + U y[t-1]), o[t] = c + V h[t]."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

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
    n, v = sizes["n"], sizes["v"]
    return {
        "W": (n, n),
        "U": (n, v),
        "V": (v, n),
        "b": (n, 1),
        "c": (v, 1),
        "y[t]": (v, 1),
        "y[0]": (v, 1),
        "h[0]": (n, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, b, c = (values[key] for key in ("W", "U", "V", "b", "c"))
    y, T = series(values, "y"), lengths["T"]
    drive = {t: b + U @ y[t - 1] for t in range(1, T + 1)}
    h = tanh_recurrence(W, drive, values["h[0]"])
    return keyed("o", affine(V, c, h, T)), {"h": h}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    y, h, T = series(values, "y"), cache["h"], lengths["T"]
    grad = zeros(values, "W", "U", "b")
    d_h, grad["V"], grad["c"] = affine_backward(values["V"], h, series(d_outs, "o"))
    d_h[T] = d_h[T] + injected(d_final, f"h[{T}]", h[T])
    d_a, grad["h[0]"] = tanh_recurrence_backward(values["W"], h, d_h)
    for t in range(1, T + 1):
        grad["W"] += d_a[t] @ h[t - 1].T
        grad["U"] += d_a[t] @ y[t - 1].T
        grad["b"] += d_a[t]
    return grad

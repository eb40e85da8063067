"""Hidden recurrence with the previous true output: h[t] = tanh(b + W h[t-1] + U x[t] + R y[t-1])."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references import rnn
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
    return rnn.shapes(sizes) | {"R": (n, v), "y[0]": (v, 1)}


final_states = rnn.final_states


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, R, V, b, c = (values[key] for key in ("W", "U", "R", "V", "b", "c"))
    x, y, T = series(values, "x"), series(values, "y"), lengths["T"]
    drive = {t: b + U @ x[t] + R @ y[t - 1] for t in range(1, T + 1)}
    h = tanh_recurrence(W, drive, values["h[0]"])
    return keyed("o", affine(V, c, h, T)), {"h": h}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    x, y, h, T = series(values, "x"), series(values, "y"), cache["h"], lengths["T"]
    grad = zeros(values, "W", "U", "R", "b")
    d_h, grad["V"], grad["c"] = affine_backward(values["V"], h, series(d_outs, "o"))
    d_h[T] = d_h[T] + injected(d_final, f"h[{T}]", h[T])
    d_a, grad["h[0]"] = tanh_recurrence_backward(values["W"], h, d_h)
    for t in range(1, T + 1):
        grad["W"] += d_a[t] @ h[t - 1].T
        grad["U"] += d_a[t] @ x[t].T
        grad["R"] += d_a[t] @ y[t - 1].T
        grad["b"] += d_a[t]
        grad[f"x[{t}]"] = values["U"].T @ d_a[t]
    return grad

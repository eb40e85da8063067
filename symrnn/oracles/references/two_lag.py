"""Two steps back: h[t] = tanh(W h[t-1] + Q h[t-2] + U x[t] + b), read out by a_y[t] = W_y h[t] + b_y."""

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
    zeros,
)


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    return {
        "W": (n, n),
        "Q": (n, n),
        "U": (n, m),
        "b": (n, 1),
        "W_y": (v, n),
        "b_y": (v, 1),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "h[0]": (n, 1),
        "h[-1]": (n, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, Q, U, b = (values[key] for key in ("W", "Q", "U", "b"))
    x, h, T = series(values, "x"), series(values, "h"), lengths["T"]
    for t in range(1, T + 1):
        h[t] = np.tanh(W @ h[t - 1] + Q @ h[t - 2] + U @ x[t] + b)
    return keyed("a_y", affine(values["W_y"], values["b_y"], h, T)), {"h": h}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W, Q, U = values["W"], values["Q"], values["U"]
    x, h, T = series(values, "x"), cache["h"], lengths["T"]
    grad = zeros(values, "W", "Q", "U", "b")
    d_h, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], h, series(d_outs, "a_y"))
    d_h[T] = d_h[T] + injected(d_final, f"h[{T}]", h[T])
    d_h[0], d_h[-1] = np.zeros(h[0].shape), np.zeros(h[0].shape)
    for t in range(T, 0, -1):  # d_h[t] is complete: steps t+1 and t+2 have added their parts
        d_a = (1 - h[t] ** 2) * d_h[t]
        grad["W"] += d_a @ h[t - 1].T
        grad["Q"] += d_a @ h[t - 2].T
        grad["U"] += d_a @ x[t].T
        grad["b"] += d_a
        grad[f"x[{t}]"] = U.T @ d_a
        d_h[t - 1] = d_h[t - 1] + W.T @ d_a
        d_h[t - 2] = d_h[t - 2] + Q.T @ d_a
    grad["h[0]"], grad["h[-1]"] = d_h[0], d_h[-1]
    return grad

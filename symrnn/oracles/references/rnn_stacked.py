"""The plain recurrent network with one joined matrix: a[t] = W_a [h[t-1], x[t]] + b."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references import rnn
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, keyed, series, zeros


def shapes(sizes: Sizes) -> Shapes:
    split = rnn.shapes(sizes)
    joined = {"W_a": (sizes["n"], sizes["n"] + sizes["m"])}
    return joined | {key: shape for key, shape in split.items() if key not in ("W", "U")}


final_states = rnn.final_states


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W_a, V, b, c = (values[key] for key in ("W_a", "V", "b", "c"))
    x, h, o = series(values, "x"), series(values, "h"), {}
    for t in range(1, lengths["T"] + 1):
        h[t] = np.tanh(W_a @ np.concatenate([h[t - 1], x[t]]) + b)
        o[t] = V @ h[t] + c
    return keyed("o", o), {"h": h}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W_a, V = values["W_a"], values["V"]
    x, h, T = series(values, "x"), cache["h"], lengths["T"]
    n = len(W_a)
    grad = zeros(values, "W_a", "V", "b", "c")
    from_later = injected(d_final, f"h[{T}]", h[T])
    for t in range(T, 0, -1):
        d_o = d_outs[f"o[{t}]"]
        d_a = (1 - h[t] ** 2) * (V.T @ d_o + from_later)
        d_joined = W_a.T @ d_a
        grad["V"] += d_o @ h[t].T
        grad["c"] += d_o
        grad["W_a"] += d_a @ np.concatenate([h[t - 1], x[t]]).T
        grad["b"] += d_a
        from_later, grad[f"x[{t}]"] = d_joined[:n], d_joined[n:]
    grad["h[0]"] = from_later
    return grad

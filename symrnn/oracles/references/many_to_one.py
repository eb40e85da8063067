"""Many to one: h[t] = tanh(W h[t-1] + U x[t] + b), one output o = V h[T] + c at the end."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references import rnn
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, series, zeros


def shapes(sizes: Sizes) -> Shapes:
    many = rnn.shapes(sizes)
    return {("y" if key == "y[t]" else key): shape for key, shape in many.items()}


final_states = rnn.final_states


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, b = values["W"], values["U"], values["b"]
    x, h, T = series(values, "x"), series(values, "h"), lengths["T"]
    for t in range(1, T + 1):
        h[t] = np.tanh(W @ h[t - 1] + U @ x[t] + b)
    return {"o": values["V"] @ h[T] + values["c"]}, {"h": h}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W, U, d_o = values["W"], values["U"], d_outs["o"]
    x, h, T = series(values, "x"), cache["h"], lengths["T"]
    grad = zeros(values, "W", "U", "b")
    grad["V"] = d_o @ h[T].T
    grad["c"] = d_o.copy()
    d_h = values["V"].T @ d_o + injected(d_final, f"h[{T}]", h[T])
    for t in range(T, 0, -1):
        d_a = (1 - h[t] ** 2) * d_h
        grad["W"] += d_a @ h[t - 1].T
        grad["U"] += d_a @ x[t].T
        grad["b"] += d_a
        grad[f"x[{t}]"] = U.T @ d_a
        d_h = W.T @ d_a
    grad["h[0]"] = d_h
    return grad

"""A sequence model that predicts the steps that remain, k[t] = w_k h[t] + b_k, and reads k[t-1] back.

    h[t] = tanh(b + W h[t-1] + U y[t-1] + w_r k[t-1]),  yhat[t] = softmax(V h[t] + c)

It has a loss of its own: cross-entropy of yhat[t] plus (k[t] - r[t])^2 / 2.
"""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references import sequence_model
from symrnn.oracles.references.steps import (
    Cache,
    Shapes,
    Sizes,
    injected,
    series,
    softmax,
    zeros,
)


def shapes(sizes: Sizes) -> Shapes:
    n = sizes["n"]
    length = {"w_r": (n, 1), "w_k": (1, n), "b_k": (1, 1), "r[t]": (1, 1), "k[0]": (1, 1)}
    return sequence_model.shapes(sizes) | length


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]", f"k[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, b, c = (values[key] for key in ("W", "U", "V", "b", "c"))
    w_r, w_k, b_k = values["w_r"], values["w_k"], values["b_k"]
    h, k, y, r = (series(values, name) for name in ("h", "k", "y", "r"))
    yhat = {}
    loss = np.zeros((1, 1))
    for t in range(1, lengths["T"] + 1):
        h[t] = np.tanh(b + W @ h[t - 1] + U @ y[t - 1] + w_r @ k[t - 1])
        yhat[t] = softmax(V @ h[t] + c)
        k[t] = w_k @ h[t] + b_k
        loss = loss - np.sum(y[t] * np.log(yhat[t])) + (k[t] - r[t]) ** 2 / 2
    return {"L": loss}, {"h": h, "k": k, "yhat": yhat}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W, V, w_r, w_k, d_L = values["W"], values["V"], values["w_r"], values["w_k"], d_outs["L"]
    y, r, T = series(values, "y"), series(values, "r"), lengths["T"]
    h, k, yhat = cache["h"], cache["k"], cache["yhat"]
    grad = zeros(values, "W", "U", "V", "w_r", "w_k", "b", "c", "b_k")
    h_later = injected(d_final, f"h[{T}]", h[T])
    k_later = injected(d_final, f"k[{T}]", k[T])
    for t in range(T, 0, -1):
        d_o = d_L * (yhat[t] * np.sum(y[t]) - y[t])
        d_k = d_L * (k[t] - r[t]) + k_later
        d_h = V.T @ d_o + w_k.T @ d_k + h_later
        d_a = (1 - h[t] ** 2) * d_h
        grad["V"] += d_o @ h[t].T
        grad["c"] += d_o
        grad["w_k"] += d_k @ h[t].T
        grad["b_k"] += d_k
        grad["W"] += d_a @ h[t - 1].T
        grad["U"] += d_a @ y[t - 1].T
        grad["w_r"] += d_a @ k[t - 1].T
        grad["b"] += d_a
        grad[f"r[{t}]"] = -d_L * (k[t] - r[t])
        h_later = W.T @ d_a
        k_later = w_r.T @ d_a
    grad["h[0]"], grad["k[0]"] = h_later, k_later
    return grad

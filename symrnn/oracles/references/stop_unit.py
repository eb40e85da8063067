"""The sequence model with a Bernoulli unit q[t] = sigmoid(w_e h[t] + b_e) that says whether to go on (e[t]).

It has a loss of its own: cross-entropy of yhat[t] = softmax(V h[t] + c), plus that of q[t].
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
    sigmoid,
    softmax,
    tanh_recurrence,
    tanh_recurrence_backward,
    zeros,
)


def shapes(sizes: Sizes) -> Shapes:
    stop = {"w_e": (1, sizes["n"]), "b_e": (1, 1), "e[t]": (1, 1)}
    return sequence_model.shapes(sizes) | stop


final_states = sequence_model.final_states


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, w_e, b, c, b_e = (values[key] for key in ("W", "U", "V", "w_e", "b", "c", "b_e"))
    y, e, T = series(values, "y"), series(values, "e"), lengths["T"]
    drive = {t: b + U @ y[t - 1] for t in range(1, T + 1)}
    h = tanh_recurrence(W, drive, values["h[0]"])
    yhat = {t: softmax(V @ h[t] + c) for t in range(1, T + 1)}
    q = {t: sigmoid(w_e @ h[t] + b_e) for t in range(1, T + 1)}
    loss = np.zeros((1, 1))
    for t in range(1, T + 1):
        loss = loss - np.sum(y[t] * np.log(yhat[t]))
        loss = loss - e[t] * np.log(q[t]) - (1 - e[t]) * np.log(1 - q[t])
    return {"L": loss}, {"h": h, "yhat": yhat, "q": q}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    V, w_e, d_L = values["V"], values["w_e"], d_outs["L"]
    y, e, T = series(values, "y"), series(values, "e"), lengths["T"]
    h, yhat, q = cache["h"], cache["yhat"], cache["q"]
    grad = zeros(values, "W", "U", "V", "w_e", "b", "c", "b_e")
    d_h = {}
    for t in range(1, T + 1):
        d_o = d_L * (yhat[t] * np.sum(y[t]) - y[t])
        d_z = d_L * (q[t] - e[t])
        d_h[t] = V.T @ d_o + w_e.T @ d_z
        grad["V"] += d_o @ h[t].T
        grad["c"] += d_o
        grad["w_e"] += d_z @ h[t].T
        grad["b_e"] += d_z
        grad[f"e[{t}]"] = d_L * np.log((1 - q[t]) / q[t])
    d_h[T] = d_h[T] + injected(d_final, f"h[{T}]", h[T])
    d_a, grad["h[0]"] = tanh_recurrence_backward(values["W"], h, d_h)
    for t in range(1, T + 1):
        grad["W"] += d_a[t] @ h[t - 1].T
        grad["U"] += d_a[t] @ y[t - 1].T
        grad["b"] += d_a[t]
    return grad

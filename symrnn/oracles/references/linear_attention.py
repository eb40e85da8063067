"""Linear attention: a matrix state S[t] = S[t-1] + w[t] k[t]^T, o[t] = S[t] q[t], a_y[t] = W_y o[t] + b_y.

q, k, w = W_q x[t], W_k x[t], W_w x[t]
"""

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
    zeros,
)


def shapes(sizes: Sizes) -> Shapes:
    n, m, v, d = sizes["n"], sizes["m"], sizes["v"], sizes["d"]
    return {
        "W_q": (d, m),
        "W_k": (d, m),
        "W_w": (n, m),
        "W_y": (v, n),
        "b_y": (v, 1),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "S[0]": (n, d),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"S[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W_q, W_k, W_w = values["W_q"], values["W_k"], values["W_w"]
    x, S, o, T = series(values, "x"), series(values, "S"), {}, lengths["T"]
    for t in range(1, T + 1):
        q, k, w = W_q @ x[t], W_k @ x[t], W_w @ x[t]
        S[t] = S[t - 1] + w @ k.T
        o[t] = S[t] @ q
    outs = affine(values["W_y"], values["b_y"], o, T)
    return keyed("a_y", outs), {"S": S, "o": o}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    W_q, W_k, W_w = values["W_q"], values["W_k"], values["W_w"]
    x, S, o, T = series(values, "x"), cache["S"], cache["o"], lengths["T"]
    grad = zeros(values, "W_q", "W_k", "W_w")
    d_o, grad["W_y"], grad["b_y"] = affine_backward(values["W_y"], o, series(d_outs, "a_y"))
    d_S = injected(d_final, f"S[{T}]", S[T])
    for t in range(T, 0, -1):
        q, k, w = W_q @ x[t], W_k @ x[t], W_w @ x[t]
        d_S = d_S + d_o[t] @ q.T  # S[t-1] enters S[t] as it is: d_S runs on unchanged
        d_q, d_k, d_w = S[t].T @ d_o[t], d_S.T @ w, d_S @ k
        grad["W_q"] += d_q @ x[t].T
        grad["W_k"] += d_k @ x[t].T
        grad["W_w"] += d_w @ x[t].T
        grad[f"x[{t}]"] = W_q.T @ d_q + W_k.T @ d_k + W_w.T @ d_w
    grad["S[0]"] = d_S
    return grad

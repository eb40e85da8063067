"""The plain recurrent network, its backward pass written twice.

a[t] = b + W h[t-1] + U x[t],  h[t] = tanh(a[t]),  o[t] = c + V h[t]
"""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, keyed, series, zeros


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    return {
        "W": (n, n),
        "U": (n, m),
        "V": (v, n),
        "b": (n, 1),
        "c": (v, 1),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "h[0]": (n, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"h[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    W, U, V, b, c = (values[key] for key in ("W", "U", "V", "b", "c"))
    x, h, o = series(values, "x"), series(values, "h"), {}
    for t in range(1, lengths["T"] + 1):
        h[t] = np.tanh(b + W @ h[t - 1] + U @ x[t])
        o[t] = c + V @ h[t]
    return keyed("o", o), {"h": h}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    """Goodfellow, Bengio, Courville (2016), eq. 10.17-10.28, with diag(1 - h^2) as a matrix.

    grad_h(t) = W^T diag(1 - h(t+1)^2) grad_h(t+1) + V^T grad_o(t)
    """
    W, U, V = values["W"], values["U"], values["V"]
    x, h, T = series(values, "x"), cache["h"], lengths["T"]
    grad = zeros(values, "W", "U", "V", "b", "c")
    from_later = injected(d_final, f"h[{T}]", h[T])
    for t in range(T, 0, -1):
        grad_o = d_outs[f"o[{t}]"]
        grad_h = from_later + V.T @ grad_o
        diag = np.diag(1 - h[t][:, 0] ** 2)
        grad["c"] += grad_o
        grad["V"] += grad_o @ h[t].T
        grad["b"] += diag @ grad_h
        grad["W"] += diag @ grad_h @ h[t - 1].T
        grad["U"] += diag @ grad_h @ x[t].T
        grad[f"x[{t}]"] = U.T @ diag @ grad_h
        from_later = W.T @ diag @ grad_h
    grad["h[0]"] = from_later
    return grad


def backward_delta(
    values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values
) -> Gradients:
    """MIT 6.390 notes: delta[t] = dF_t / ds_t, where F_t = L_{t+1} + ... + L_T is the loss still to come.

    delta[t-1] = (ds_t / ds_{t-1})^T (dL_t / ds_t + delta[t]), from delta[T] = 0 (or the injected cotangent).
    In their names s = h, W^ss = W, W^sx = U, W^ss_0 = b, W^o = V, W^o_0 = c.
    """
    W, U, V = values["W"], values["U"], values["V"]
    x, s, T = series(values, "x"), cache["h"], lengths["T"]
    dL_ds = {t: V.T @ d_outs[f"o[{t}]"] for t in range(1, T + 1)}
    ds_dz = {t: 1 - s[t] ** 2 for t in range(1, T + 1)}  # s_t = tanh(z_t), z_t = W s_{t-1} + U x_t + b
    delta = {T: injected(d_final, f"h[{T}]", s[T])}
    for t in range(T, 0, -1):
        ds_ds = ds_dz[t] * W  # each row of W times its entry of the column
        delta[t - 1] = ds_ds.T @ (dL_ds[t] + delta[t])
    grad = zeros(values, "W", "U", "V", "b", "c")
    for t in range(1, T + 1):
        dF_dz = (dL_ds[t] + delta[t]) * ds_dz[t]  # F_{t-1} = L_t + F_t
        grad["W"] += dF_dz @ s[t - 1].T
        grad["U"] += dF_dz @ x[t].T
        grad["b"] += dF_dz
        grad["V"] += d_outs[f"o[{t}]"] @ s[t].T
        grad["c"] += d_outs[f"o[{t}]"]
        grad[f"x[{t}]"] = U.T @ dF_dz
    grad["h[0]"] = delta[0]
    return grad


SECOND_FORMS = {"delta form": backward_delta}
"""Other ways to write the backward pass, by name."""

"""No recurrence: h = tanh(U x + b), o = V h + c."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

import autograd.numpy as np

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    return {"U": (n, m), "V": (v, n), "b": (n, 1), "c": (v, 1), "x": (m, 1), "y": (v, 1)}


def final_states(lengths: Lengths) -> list[str]:
    return []


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    h = np.tanh(values["U"] @ values["x"] + values["b"])
    return {"o": values["V"] @ h + values["c"]}, {"h": {0: h}}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    h, d_o = cache["h"][0], d_outs["o"]
    d_a = (1 - h**2) * (values["V"].T @ d_o)
    return {
        "V": d_o @ h.T,
        "c": d_o,
        "U": d_a @ values["x"].T,
        "b": d_a,
        "x": values["U"].T @ d_a,
    }

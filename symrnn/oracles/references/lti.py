"""A linear time-invariant system: s[t] = A s[t-1] + B x[t], o[t] = C s[t]."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, keyed, series, zeros


def shapes(sizes: Sizes) -> Shapes:
    n, m, v = sizes["n"], sizes["m"], sizes["v"]
    return {
        "A": (n, n),
        "B": (n, m),
        "C": (v, n),
        "x[t]": (m, 1),
        "y[t]": (v, 1),
        "s[0]": (n, 1),
    }


def final_states(lengths: Lengths) -> list[str]:
    return [f"s[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    A, B, C = values["A"], values["B"], values["C"]
    x, s, o = series(values, "x"), series(values, "s"), {}
    for t in range(1, lengths["T"] + 1):
        s[t] = A @ s[t - 1] + B @ x[t]
        o[t] = C @ s[t]
    return keyed("o", o), {"s": s}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    A, B, C = values["A"], values["B"], values["C"]
    x, s, T = series(values, "x"), cache["s"], lengths["T"]
    grad = zeros(values, "A", "B", "C")
    from_later = injected(d_final, f"s[{T}]", s[T])
    for t in range(T, 0, -1):
        d_o = d_outs[f"o[{t}]"]
        d_s = C.T @ d_o + from_later
        grad["C"] += d_o @ s[t].T
        grad["A"] += d_s @ s[t - 1].T
        grad["B"] += d_s @ x[t].T
        grad[f"x[{t}]"] = B.T @ d_s
        from_later = A.T @ d_s
    grad["s[0]"] = from_later
    return grad

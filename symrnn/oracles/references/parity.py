"""The parity automaton: s[t] = s[t-1] (2 x[t] - 1), entry by entry; the state is the output."""

# ruff: noqa: D103  (what the four functions do is said in references.Reference)
from __future__ import annotations

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes, injected, series


def shapes(sizes: Sizes) -> Shapes:
    n = sizes["n"]
    return {"x[t]": (n, 1), "y[t]": (n, 1), "s[0]": (n, 1)}


def final_states(lengths: Lengths) -> list[str]:
    return [f"s[{lengths['T']}]"]


def forward(values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
    x, s, T = series(values, "x"), series(values, "s"), lengths["T"]
    for t in range(1, T + 1):
        s[t] = s[t - 1] * (2 * x[t] - 1)
    return {f"s[{t}]": s[t] for t in range(1, T + 1)}, {"s": s}


def backward(values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values) -> Gradients:
    x, s, T = series(values, "x"), cache["s"], lengths["T"]
    grad: Gradients = {}
    from_later = injected(d_final, f"s[{T}]", s[T])
    for t in range(T, 0, -1):
        d_s = d_outs[f"s[{t}]"] + from_later
        grad[f"x[{t}]"] = 2 * s[t - 1] * d_s
        from_later = (2 * x[t] - 1) * d_s
    grad["s[0]"] = from_later
    return grad

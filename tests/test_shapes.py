"""The shapes that come out of the equations: of built-in cells, of corner cases, of random cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symrnn.equations import Model
from symrnn.reading import read


def shapes(model: Model) -> dict[str, str]:
    """Name -> shape, of every quantity of a model."""
    found = [*(equation.lhs for equation in model.equations), *model.used]
    return {leaf.name: f"({leaf.shape[0]}, {leaf.shape[1]})" for leaf in found}


GATES = {f"W_{g}": "(n, m)" for g in "fiog"} | {f"U_{g}": "(n, n)" for g in "fiog"}
BIASES = {f"b_{g}": "(n, 1)" for g in "fiog"}
READOUT = {"W_y": "(v, n)", "b_y": "(v, 1)", "y": "(v, 1)", "yhat": "(v, 1)", "ell": "(1, 1)", "L": "(1, 1)"}
PLAIN = {"W": "(n, n)", "U": "(n, m)", "b": "(n, 1)", "V": "(v, n)", "c": "(v, 1)", "a": "(n, 1)"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("lstm", {**GATES, **BIASES, **READOUT, "a_f": "(n, 1)", "a_y": "(v, 1)", "x": "(m, 1)"}),
        ("lstm-peephole", {**GATES, **BIASES, "p_f": "(n, 1)", "p_i": "(n, 1)", "p_o": "(n, 1)"}),
        ("gru", {"W_z": "(n, m)", "U_h": "(n, n)", "b_r": "(n, 1)", "a_g": "(n, 1)", **READOUT}),
        ("gru-reset-after", {"U_h": "(n, n)", "b_u": "(n, 1)", "r": "(n, 1)", **READOUT}),
        ("rnn", PLAIN),
        ("rnn-stacked", {"W_a": "(n, m + n)", "b": "(n, 1)"}),
        ("jordan", {"W": "(n, v)"}),
        ("conditional", {**PLAIN, "R": "(n, v)"}),
        ("context", {"R": "(n, m)", "x": "(m, 1)"}),
        ("bidirectional", {"V": "(v, k + n)", "Q": "(k, k)", "R": "(k, m)", "W": "(n, n)"}),
        ("linear-attention", {"S": "(n, d)", "q": "(d, 1)", "k": "(d, 1)", "w": "(n, 1)", "W_q": "(d, m)"}),
        ("encoder-decoder", {"R": "(k, n)", "d": "(k, 1)", "P": "(k, v)", "Q": "(k, k)", "V": "(v, k)"}),
        ("stop-unit", {"w_e": "(1, n)", "b_e": "(1, 1)", "q": "(1, 1)", "ell": "(1, 1)"}),
        ("predicted-length", {"w_r": "(n, 1)", "w_k": "(1, n)", "k": "(1, 1)", "V": "(v, n)"}),
        ("parity", {"s": "(n, 1)", "y": "(n, 1)"}),
        ("many-to-one", {"V": "(v, n)", "o": "(v, 1)", "y": "(v, 1)"}),
    ],
)
def test_shapes_of_built_in_cells(cell: str, expected: dict[str, str]) -> None:
    found = shapes(read(cell)[0])
    assert {name: found[name] for name in expected} == expected


DECLARED = "x[t]: m\nh[t]: n\n"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (DECLARED + "h[t] = W @ [h[t-1], x[t], x[t-1]]", "W", "(n, 2*m + n)"),
        ("h[t]: n\nz[t]: n + m\nz[t] = [h[t-1], q[t]]\nh[t] = W @ z[t]", "q", "(m, 1)"),
        (DECLARED + "z[t]: m + n\nh[t] = W @ z[t] + U @ [x[t], h[t-1]]", "U", "(n, m + n)"),
        (DECLARED + "h[t] = tanh(W @ h[t-1] + p * h[t-1]) + Q @ x[t]", "p", "(n, 1)"),
        (DECLARED + "alpha: 1\nh[t] = alpha * h[t-1] + W @ x[t]", "alpha", "(1, 1)"),
        (DECLARED + "h[t] = dot(w, h[t-1]) * h[t-1] + W @ x[t]", "w", "(n, 1)"),
        (DECLARED + "h[t] = h[t-1] / dot(h[t-1], p) + W @ x[t]", "p", "(n, 1)"),
        (DECLARED + "h[t] = (w @ h[t-1]) * (Q @ x[t])", "w", "(n, n)"),
        (DECLARED + "s[t]: 1\ns[t] = w @ h[t-1]\nh[t] = s[t] * (Q @ x[t])", "w", "(1, n)"),
        (DECLARED + "S[t]: (n, d)\nS[t] = S[t-1] + outer(x_n, q)\nh[t] = S[t] @ r + W @ x[t]", "r", "(d, 1)"),
        (DECLARED + "S[t]: (n, d)\nS[t] = S[t-1] + outer(p, q)\nh[t] = S[t] @ q + W @ x[t]", "q", "(d, 1)"),
        (DECLARED + "A[t]: (n, n)\nA[t] = diag(g) @ A[t-1]\nh[t] = A[t] @ (W @ x[t])", "g", "(n, 1)"),
        ("x[t]: 3\nh[t]: 2\nh[t] = W @ x[t]", "W", "(2, 3)"),
        ("x[t]: 3\nh[t]: 2\nh[t] = W @ [x[t], h[t-1]]", "W", "(2, 5)"),
        ("h[t]: n\nh[t] = softmax(A @ h[t-1] / 2)", "A", "(n, n)"),
        ("h[t]: n\nh[0] = 0\nh[t] = max(0, W @ h[t-1])", "W", "(n, n)"),
        ("h[t]: n\nh[t] = (h[t-1].T @ W).T", "W", "(n, n)"),
    ],
)
def test_inferred_shape(text: str, name: str, expected: str) -> None:
    assert shapes(read(text)[0])[name] == expected


def test_a_product_waits_for_what_a_later_line_says() -> None:
    early = "h[t]: n\ng[t] = q[t] * r[t]\nh[t] = g[t] * h[t-1]\nq[t]: 1\nr[t]: n\n"
    assert shapes(read(early)[0])["g"] == "(n, 1)"
    scalar = "h[t]: n\ng[t] = q[t] * r[t]\nh[t] = g[t] * h[t-1]\nq[t]: 1\nr[t]: 1\n"
    assert shapes(read(scalar)[0])["g"] == "(1, 1)"


SIZES = st.sampled_from(["n", "m", "k"])


@st.composite
def sums_of_products(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A cell whose weights have shapes we know: s_i[t] = sum of W @ s_j, elementwise factors and biases."""
    states = {f"s{i}": draw(SIZES) for i in range(draw(st.integers(1, 4)))}
    expected = {name: f"({size}, 1)" for name, size in states.items()}
    lines = [f"{name}[t]: {size}" for name, size in states.items()]
    for number, (name, size) in enumerate(states.items()):
        terms = []
        for part in range(draw(st.integers(1, 3))):
            weight, other = f"W{number}_{part}", draw(st.sampled_from(sorted(states)))
            read_at = f"{other}[t-{draw(st.integers(1, 2))}]"
            kind = draw(st.sampled_from(["product", "transposed", "stack", "gate", "outer", "bias"]))
            term, shape = {
                "product": (f"{weight} @ {read_at}", (size, states[other])),
                "transposed": (f"({read_at}.T @ {weight}).T", (states[other], size)),
                "stack": (f"{weight} @ [{read_at}, {name}[t-1]]", (size, _sum(states[other], size))),
                "gate": (f"{weight} * {name}[t-1]", (size, "1")),
                "outer": (f"outer({weight}, {read_at}) @ {read_at}", (size, "1")),
                "bias": (weight, (size, "1")),
            }[kind]
            function = draw(st.sampled_from(["tanh", "relu", ""]))
            terms.append(f"{function}({term})")
            expected[weight] = f"({shape[0]}, {shape[1]})"
        lines.append(f"{name}[t] = {' + '.join(terms)}")
    return "\n".join(lines), expected


def _sum(a: str, b: str) -> str:
    return f"2*{a}" if a == b else " + ".join(sorted([a, b]))


@given(sums_of_products())
def test_inferred_shapes_are_those_the_cell_was_made_with(cell: tuple[str, dict[str, str]]) -> None:
    text, expected = cell
    found = shapes(read(text)[0])
    assert {name: found[name] for name in expected} == expected


@given(sums_of_products(), st.randoms(use_true_random=False))
def test_declarations_may_stand_anywhere(cell: tuple[str, dict[str, str]], random: object) -> None:
    text, expected = cell
    declarations = [line for line in text.split("\n") if "=" not in line]
    equations = [line for line in text.split("\n") if "=" in line]
    found = shapes(read("\n".join([*equations, *reversed(declarations)]))[0])
    assert {name: found[name] for name in expected} == expected

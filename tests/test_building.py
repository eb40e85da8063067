"""The nodes that a cell is built of, and the names that pre-activations get."""

from __future__ import annotations

import pytest
from sympy import Rational, S

from symrnn.expressions import (
    CLOCKS,
    LENGTHS,
    Apply,
    Diag,
    Hadamard,
    Over,
    Plus,
    Product,
    Scale,
    Softmax,
    Stack,
    Total,
    Transposed,
    Variable,
    dimension,
    fill,
    leaves,
    scale,
)
from symrnn.functions import FUNCTIONS, RECIPROCAL, power
from symrnn.reading import read

T_CLOCK, U_CLOCK = CLOCKS["t"], CLOCKS["u"]
n, m, v, k, d = (dimension(name) for name in "nmvkd")


def rhs(text: str, name: str) -> object:
    """What an equation of a cell is read as."""
    model, _ = read(text)
    return next(e.rhs for e in model.equations if str(e.lhs) == name)


h, x = Variable("h", n, 1, T_CLOCK), Variable("x", m, 1, T_CLOCK)
before = Variable("h", n, 1, T_CLOCK, -1)
W, U, b = Variable("W", n, m), Variable("U", n, n), Variable("b", n, 1)
ones = fill(1, (n, S.One))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("W @ x[t] + U @ h[t-1] + b", Plus(Product(W, x), Product(U, before), b)),
        ("b + U @ h[t-1] + W @ x[t]", Plus(b, Product(U, before), Product(W, x))),
        ("b - W @ x[t]", Plus(b, scale(-1, Product(W, x)))),
        ("1 - h[t-1] + W @ x[t]", Plus(ones, scale(-1, before), Product(W, x))),
        ("0.1 * h[t-1] + W @ x[t]", Plus(Scale(Rational(1, 10), before), Product(W, x))),
        ("(W @ x[t]) / 3", Scale(Rational(1, 3), Product(W, x))),
        ("h[t-1] / b + W @ x[t]", Plus(Hadamard(before, Apply(RECIPROCAL, b)), Product(W, x))),
        ("h[t-1] ** 3 + W @ x[t]", Plus(Apply(power(3), before), Product(W, x))),
        ("b ** -1 + W @ x[t]", Plus(Apply(RECIPROCAL, b), Product(W, x))),
        ("b ** -2 + W @ x[t]", Plus(Apply(RECIPROCAL, Variable("a_h", n, 1, T_CLOCK)), Product(W, x))),
        ("h[t-1] * (2 ** 3 - 1) + W @ x[t]", Plus(scale(7, before), Product(W, x))),
        ("diag(b) @ (U @ h[t-1]) + W @ x[t]", Plus(Product(Diag(b), U, before), Product(W, x))),
        ("max(0, b) + W @ x[t]", Plus(Apply(FUNCTIONS["max"], fill(0, (n, S.One)), b), Product(W, x))),
        ("sqrt(2) * b + W @ x[t]", Plus(Scale(2 ** Rational(1, 2), b), Product(W, x))),
        ("h[0] + W @ x[t]", Plus(Variable("h", n, 1, S.Zero), Product(W, x))),
        ("h[-1] + W @ x[t]", Plus(Variable("h", n, 1, S.Zero, -1), Product(W, x))),
        ("W @ x[T-1] + W @ x[t]", Plus(Product(W, Variable("x", m, 1, LENGTHS[T_CLOCK], -1)), Product(W, x))),
    ],
)
def test_node(written: str, expected: object) -> None:
    assert rhs(f"x[t]: m\nh[t]: n\nh[t] = {written}", "h[t]") == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("sum_t(ell[t])", Over(Variable("ell", 1, 1, T_CLOCK), T_CLOCK)),
        (
            "sum_t(ell[t]) / sum_t(1)",
            Scale(1 / LENGTHS[T_CLOCK], Over(Variable("ell", 1, 1, T_CLOCK), T_CLOCK)),
        ),
        ("sum(h[T])", Total(Variable("h", n, 1, LENGTHS[T_CLOCK]))),
        (
            "dot(h[T], h[0])",
            Product(Transposed(Variable("h", n, 1, LENGTHS[T_CLOCK])), Variable("h", n, 1, S.Zero)),
        ),
    ],
)
def test_node_of_a_loss(written: str, expected: object) -> None:
    text = f"h[t]: n\nh[t] = tanh(U @ h[t-1])\nell[t] = sum(h[t])\nL = {written}"
    assert rhs(text, "L") == expected


def test_a_scalar_quantity_multiplies_as_a_scalar() -> None:
    text = "h[t]: n\nalpha: 1\nh[t] = h[t-1] * alpha"
    assert rhs(text, "h[t]") == Scale(Variable("alpha", 1, 1), before)


def test_floats_are_the_fractions_that_were_written() -> None:
    text = "h[t]: n\nh[t] = 0.1 * h[t-1] + 1e-3 * h[t-2]"
    first, second = rhs(text, "h[t]").args
    assert (first.args[0], second.args[0]) == (Rational(1, 10), Rational(1, 1000))


def test_an_equation_that_is_a_number_fills_its_quantity() -> None:
    assert rhs("h[t]: n\nh[0] = 1\nh[t] = tanh(U @ h[t-1])", "h[0]") == ones


def names_of(text: str) -> list[str]:
    model, _ = read(text)
    added = ("a_y", "yhat", "ell", "L")
    return [str(equation.lhs) for equation in model.equations if equation.lhs.name not in added]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tanh(U @ h[t-1])", ["a_h[t]", "h[t]"]),
        ("softmax(U @ h[t-1])", ["a_h[t]", "h[t]"]),
        ("tanh(b + h[t-1])", ["a_h[t]", "h[t]"]),
        ("tanh(b * h[t-1])", ["a_h[t]", "h[t]"]),
        ("tanh(tanh(U @ h[t-1]))", ["a_h[t]", "a_h_2[t]", "h[t]"]),
        ("tanh(U @ h[t-1]) * sigmoid(V @ h[t-1])", ["a_h[t]", "a_h_2[t]", "h[t]"]),
        ("U @ h[t-1]", ["h[t]"]),
        ("tanh(h[t-1])", ["h[t]"]),
        ("tanh(-h[t-1])", ["h[t]"]),
        ("log(1 - h[t-1])", ["h[t]"]),
        ("exp(2 * h[t-1] - 1)", ["h[t]"]),
        ("max(0, h[t-1])", ["h[t]"]),
        ("exp(dot(h[t-1], b)) * b", ["h[t]"]),
        ("(h[t-1] - b) ** 2", ["h[t]"]),
        ("square(h[t-1] - b)", ["h[t]"]),
        ("sqrt(h[t-1] * h[t-1] + b * b)", ["h[t]"]),
        ("abs(h[t-1] - b)", ["h[t]"]),
        ("b / (1 + h[t-1] * h[t-2])", ["h[t]"]),
        ("(U @ h[t-1]) ** 2", ["a_h[t]", "h[t]"]),
        ("b / exp(h[t-1])", ["a_h[t]", "h[t]"]),
    ],
)
def test_what_a_function_is_taken_of_is_named_unless_it_is_short(written: str, expected: list[str]) -> None:
    declared = "h[t]: n\n" + "b: n\n" * ("b" in written.replace("abs", ""))
    assert names_of(f"{declared}h[t] = {written}") == expected


def test_the_name_of_a_pre_activation_avoids_names_of_the_text() -> None:
    assert names_of("h[t]: n\na_h[t] = h[t-1]\nh[t] = tanh(U @ a_h[t])") == ["a_h[t]", "a_h_2[t]", "h[t]"]


def test_pre_activations_of_an_initial_value_stand_at_its_index() -> None:
    same_size = "x: m\nh[t]: n\nh[0] = tanh(R @ x)\nh[t] = tanh(U @ h[t-1])"
    assert names_of(same_size) == ["a_h[0]", "h[0]", "a_h[t]", "h[t]"]
    other_size = "x: m\nh[t]: n\nR: (k, m)\nh[0] = Q @ tanh(R @ x)\nh[t] = tanh(U @ h[t-1])"
    assert names_of(other_size) == ["a_h[0]", "h[0]", "a_h_2[t]", "h[t]"]


def test_pre_activations_inside_a_sum_over_steps_have_its_clock() -> None:
    text = "h[t]: n\nc: k\nh[t] = tanh(U @ h[t-1])\nc = sum_t(tanh(W @ h[t]))\noutput: c"
    assert names_of(text) == ["a_h[t]", "h[t]", "a_c[t]", "c"]


def test_what_depends_on_both_clocks_has_no_name() -> None:
    text = (
        "h[t]: n\ns[u]: n\nh[t] = U @ h[t-1]\n"
        "s[u] = sum_t(exp(dot(W @ s[u-1], h[t])) * h[t]) + tanh(Q @ s[u-1])"
    )
    assert names_of(text) == ["h[t]", "a_s[u]", "s[u]"]


def test_the_parts_of_the_model() -> None:
    model, _ = read("encoder-decoder")
    assert model.output == Variable("o", v, 1, U_CLOCK)
    assert [str(leaf) for leaf in model.inputs] == ["x[t]"]
    assert Variable("h", n, 1, LENGTHS[T_CLOCK]) in set(leaves(model.equations[2].rhs))
    assert Variable("s", k, 1, S.Zero) in {equation.lhs for equation in model.equations}


def test_nodes_of_the_stacked_cell_and_the_matrix_state() -> None:
    a = read("rnn-stacked")[0].equations[0].rhs
    assert a == Plus(Product(Variable("W_a", n, m + n), Stack(before, x)), b)
    state = next(e.rhs for e in read("linear-attention")[0].equations if e.lhs.name == "S")
    key, value = Variable("k", d, 1, T_CLOCK), Variable("w", n, 1, T_CLOCK)
    assert state == Plus(Variable("S", n, d, T_CLOCK, -1), Product(value, Transposed(key)))


def test_softmax_is_a_node_of_its_own() -> None:
    yhat = next(e.rhs for e in read("rnn")[0].equations if e.lhs.name == "yhat")
    assert yhat == Softmax(Variable("o", v, 1, T_CLOCK))

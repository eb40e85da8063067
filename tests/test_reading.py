"""Cells read: the shapes that come out, the nodes that are built, and the text that is completed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Lambda, Rational, S, Symbol, atan, erf, sin, tanh

from symrnn.cells import CELLS, cell_source
from symrnn.equations import Model
from symrnn.errors import SymrnnError
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
from symrnn.losses import LOSSES, REDUCTIONS
from symrnn.oracles.interpreter import evaluate
from symrnn.reading import read
from symrnn.reading.completion import defines_loss
from symrnn.reading.text import parse

T_CLOCK, U_CLOCK = CLOCKS["t"], CLOCKS["u"]
n, m, v, k, d = (dimension(name) for name in "nmvkd")
CELLS_WITHOUT_LOSS = [cell for cell in CELLS if not defines_loss(parse(cell_source(cell), cell))]


def shapes(model: Model) -> dict[str, str]:
    """Name -> shape, of every quantity of a model."""
    found = [*(equation.lhs for equation in model.equations), *model.used]
    return {leaf.name: f"({leaf.shape[0]}, {leaf.shape[1]})" for leaf in found}


def rhs(text: str, name: str) -> object:
    """What an equation of a cell is read as."""
    model, _ = read(text)
    return next(e.rhs for e in model.equations if str(e.lhs) == name)


# -- every built-in cell


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("cell", CELLS_WITHOUT_LOSS)
def test_every_cell_reads_with_every_loss_and_reduction(cell: str, loss: str, reduction: str) -> None:
    model, text = read(cell, loss=loss, reduction=reduction)
    assert text.startswith(cell_source(cell))
    assert model.loss == Variable("L", 1, 1)
    assert model.loss.base in model.bound
    assert model.output is not None
    assert model.output.base in model.bound
    assert model.title
    assert model.source
    assert "y" in model.targets
    assert ("omega" in shapes(model)) == (reduction == "weighted")


@pytest.mark.parametrize("cell", sorted(set(CELLS) - set(CELLS_WITHOUT_LOSS)))
def test_a_cell_with_its_own_loss_is_left_as_it_is(cell: str) -> None:
    model, text = read(cell)
    assert text == cell_source(cell)
    assert model.output is None
    assert model.facts == ()


@pytest.mark.parametrize("cell", CELLS)
def test_the_completed_text_reads_as_the_same_model(cell: str) -> None:
    model, text = read(cell)
    assert read(text)[0].equations == model.equations


def test_every_file_of_a_cell_is_in_the_table() -> None:
    files = {path.name for path in Path("symrnn/cells").glob("*.rnn")}
    assert files == set(CELLS.values())


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


def test_lstm_equations_in_the_order_of_the_text() -> None:
    names = [str(equation.lhs) for equation in read("lstm")[0].equations]
    gates = [name for gate in "fiog" for name in (f"a_{gate}[t]", f"{gate}[t]")]
    assert names == [*gates, "c[t]", "h[t]", "a_y[t]", "yhat[t]", "ell[t]", "L"]


# -- shapes


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


# -- nodes


h, x = Variable("h", n, 1, T_CLOCK), Variable("x", m, 1, T_CLOCK)
before = Variable("h", n, 1, T_CLOCK, -1)
W, U, b = Variable("W", n, m), Variable("U", n, n), Variable("b", n, 1)
ones = fill(1, (n, 1))


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
        ("max(0, b) + W @ x[t]", Plus(Apply(FUNCTIONS["max"], fill(0, (n, 1)), b), Product(W, x))),
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


# -- pre-activations


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


# -- completion


@pytest.mark.parametrize(
    ("cell", "loss", "reduction", "added"),
    [
        (
            "lstm",
            None,
            None,
            """y[t]: v
a_y[t] = W_y @ h[t] + b_y
yhat[t] = softmax(a_y[t])
ell[t] = -sum(y[t] * log(yhat[t]))
L = sum_t(ell[t])
""",
        ),
        (
            "rnn",
            "squared-error",
            "mean",
            """yhat[t] = o[t]
ell[t] = sum((yhat[t] - y[t]) ** 2) / 2
L = sum_t(ell[t]) / sum_t(1)
""",
        ),
        (
            "encoder-decoder",
            "nll",
            "weighted",
            """omega[u]: 1
yhat[u] = softmax(o[u])
ell[u] = -log(dot(y[u], yhat[u]))
L = sum_u(omega[u] * ell[u])
""",
        ),
        (
            "many-to-one",
            "binary-cross-entropy",
            "mean",
            """yhat = sigmoid(o)
L = -sum(y * log(yhat) + (1 - y) * log(1 - yhat))
""",
        ),
        (
            "one-to-one",
            "squared-error",
            "weighted",
            """omega: 1
yhat = o
ell = sum((yhat - y) ** 2) / 2
L = omega * ell
""",
        ),
    ],
)
def test_lines_that_complete_a_cell(cell: str, loss: str | None, reduction: str | None, added: str) -> None:
    assert read(cell, loss=loss, reduction=reduction)[1] == cell_source(cell) + added


def test_the_size_of_the_target_is_a_new_one() -> None:
    assert "y[t]: v_0\n" in read("h[t]: v\nh[t] = tanh(U @ h[t-1])")[1]


def test_the_prediction_may_be_fed_back() -> None:
    found = shapes(read("h[t]: n\nh[t] = tanh(U @ h[t-1] + R @ yhat[t-1])")[0])
    assert found["R"] == "(n, v)"


@pytest.mark.parametrize("loss", ["cross-entropy", "nll"])
def test_a_distribution_as_target_is_a_fact(loss: str) -> None:
    timed, timeless = read("lstm", loss=loss)[0], read("many-to-one", loss=loss)[0]
    assert [tuple(fact) for fact in timed.facts] == [("y", "the entries of y[t] sum to one")]
    assert [tuple(fact) for fact in timeless.facts] == [("y", "the entries of y sum to one")]


@pytest.mark.parametrize("loss", ["binary-cross-entropy", "squared-error"])
def test_other_targets_are_any_numbers(loss: str) -> None:
    assert read("lstm", loss=loss)[0].facts == ()


def test_mean_and_weights_by_number() -> None:
    text = "o[t]: 1\no[t] = w * x[t]\noutput: o[t]"
    values = {"w": 2.0, "x[1]": 1.0, "x[2]": 3.0, "y[1]": 0.0, "y[2]": 2.0, "omega[1]": 0.0, "omega[2]": 1.0}
    arrays = {key: np.array([[value]]) for key, value in values.items()}
    # outputs 2 and 6: losses (2 - 0)^2 / 2 = 2 and (6 - 2)^2 / 2 = 8
    for reduction, expected in {"sum": 10.0, "mean": 5.0, "weighted": 8.0}.items():
        whole = read(text, loss="squared-error", reduction=reduction)[1]
        assert evaluate(whole, arrays, {"T": 2}, ["L"])["L"] == expected


# -- where a cell comes from


def test_a_cell_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "my_cell.rnn"
    path.write_bytes(b"\xef\xbb\xbf# Mine\r\n# source: me\r\nh[t]: n\r\nh[t] = tanh(W @ h[t-1])\r\n")
    for cell in (path, str(path)):
        model, text = read(cell)
        assert (model.title, model.source) == ("Mine", "me")
        assert text.startswith("# Mine\n# source: me\nh[t]: n\n")


def test_a_cell_as_indented_text() -> None:
    model, text = read("""
        h[t]: n   # the state
        h[t] = tanh(
            W @ h[t-1]
        )
        """)
    assert [str(equation.lhs) for equation in model.equations][:2] == ["a_h[t]", "h[t]"]
    assert "\nh[t]: n   # the state\n" in text


def test_one_line_is_text_too() -> None:
    assert read("s: 2\ns = s_0")[0].equations == read("s = s_0; s: 2")[0].equations


# -- functions from Python


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (atan, atan),
        (Lambda(Symbol("z"), sin(Symbol("z")) ** 2), lambda x: sin(x) ** 2),
        (lambda x: x * tanh(x), lambda x: x * tanh(x)),
        (erf, erf),
    ],
)
def test_a_function_from_python(function: object, expected: object) -> None:
    text = "h[t]: n\nh[t] = mine(U @ h[t-1])"
    model, _ = read(text, functions={"mine": function})
    applied = model.equations[1].rhs
    assert isinstance(applied, Apply)
    argument = Symbol("z", real=True)
    assert applied.function(argument) == expected(argument)


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("tanh", sin, "tanh is built in"),
        ("softmax", sin, "softmax is built in"),
        ("my tanh", sin, "no name for a function"),
        ("__import__", sin, "no name for a function"),
        ("f", lambda x: x * Symbol("q"), "no expression of x alone"),
        ("f", lambda x: "sin(x)", "no expression of x alone"),
    ],
)
def test_what_is_no_function(name: str, function: object, message: str) -> None:
    with pytest.raises(SymrnnError, match=message):
        read("lstm", functions={name: function})


# -- the model


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

"""The reverse pass: numbers worked out on paper, equations written by hand, boundary cases, growth."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from autograd import grad

import symrnn
from symrnn.adjoint import reverse
from symrnn.cells import CELLS
from symrnn.equations import Equation
from symrnn.errors import SymrnnError
from symrnn.expressions import CLOCKS, Adjoint, leaves
from symrnn.expressions.walk import size
from symrnn.forms import FORMS
from symrnn.oracles.interpreter import loss as interpreted_loss
from symrnn.reading import read
from symrnn.unroll import unroll

T, U = CLOCKS["t"], CLOCKS["u"]
Steps = int | tuple[int, int]


def column(*entries: float) -> np.ndarray:
    return np.array(entries, dtype=float)[:, None]


def says(equations: Iterable[Equation], *texts: str) -> None:
    """Each text is one of the equations, brackets and spaces apart."""
    found = {str(e.lhs): ast.dump(ast.parse(str(e.rhs))) for e in equations}
    for text in texts:
        lhs, rhs = text.split(" = ", 1)
        assert found[lhs] == ast.dump(ast.parse(rhs)), f"{lhs} = {dict(texts_of(equations))[lhs]}"


def texts_of(equations: Iterable[Equation]) -> Iterable[tuple[str, str]]:
    return ((str(e.lhs), str(e.rhs)) for e in equations)


# Numbers on paper.  tanh(log 2) = 3/5, tanh(log 3) = 4/5.

W = np.array([[0.0, 1.0], [2.0, 0.0]])
U_ = np.array([[1.0, 2.0], [0.0, 1.0]])
V = np.array([[1.0, 2.0]])
B = column(1, -1)
LOG2, LOG3 = np.log(2), np.log(3)
# x[t] is chosen so that a[1] = (log 2, log 3), a[2] = (log 3, log 2):
# b + W h[0] = (3/4, 0), so U x[1] = (log 2 - 3/4, log 3); b + W h[1] = (9/5, 1/5)
X1 = column(LOG2 - 0.75 - 2 * LOG3, LOG3)
X2 = column(LOG3 - 1.8 - 2 * (LOG2 - 0.2), LOG2 - 0.2)
VALUES = {"W": W, "U": U_, "V": V, "b": B, "c": column(0), "h[0]": column(0.5, -0.25)}
VALUES |= {"x[1]": X1, "x[2]": X2, "y[1]": column(2), "y[2]": column(1.5)}
# h[1] = (3/5, 4/5), o[1] = 11/5, dL/do[1] = 1/5; h[2] = (4/5, 3/5), o[2] = 2, dL/do[2] = 1/2
# dL/dh[2] = (1/2, 1),                         dL/da[2] = (9/25 1/2, 16/25 1)       = (.18, .64)
# dL/dh[1] = (2 .64 + .2, .18 + .4) = (1.48, .58), dL/da[1] = (16/25 1.48, 9/25 .58) = (.9472, .2088)
GRADIENTS = {
    "W": [[0.9472 * 0.5 + 0.18 * 0.6, -0.9472 * 0.25 + 0.18 * 0.8], [0.1044 + 0.384, -0.0522 + 0.512]],
    "U": np.outer([0.9472, 0.2088], X1) + np.outer([0.18, 0.64], X2),
    "V": [[0.2 * 0.6 + 0.5 * 0.8, 0.2 * 0.8 + 0.5 * 0.6]],
    "b": [[1.1272], [0.8488]],
    "c": [[0.7]],
    "x[1]": [[0.9472], [2 * 0.9472 + 0.2088]],
    "x[2]": [[0.18], [1.0]],
    "h[0]": [[0.4176], [0.9472]],
}


def test_a_tiny_network_gives_the_numbers_on_paper() -> None:
    found = symrnn.derive("rnn", 2, loss="squared-error").evaluate(VALUES)
    assert found.pop("L") == pytest.approx((0.2**2 + 0.5**2) / 2)
    assert set(found) == set(GRADIENTS)
    for key, expected in GRADIENTS.items():
        np.testing.assert_allclose(found[key], expected, rtol=1e-13, err_msg=key)


def test_softmax_and_cross_entropy_on_paper() -> None:
    """One step, no hidden layer to speak of: o = (0, log 3), y_hat = (1/4, 3/4), y = (1, 0)."""
    d = symrnn.derive("x: m\no: v\no = V @ x + c\noutput: o", 1)
    values = {"x": column(1, 0), "V": np.zeros((2, 2)), "c": column(0, LOG3), "y": column(1, 0)}
    found = d.evaluate(values)
    assert found["L"] == pytest.approx(np.log(4))
    np.testing.assert_allclose(found["c"], [[-0.75], [0.75]])
    np.testing.assert_allclose(found["V"], [[-0.75, 0], [0.75, 0]])


def test_a_scalar_gate_on_paper() -> None:
    """s = sigmoid(log 3) = 3/4; h[1] = 3/4 2 + 1/4 4 = 5/2; L = (5/2 - 1/2)^2 / 2."""
    text = (
        "h[t]: 1\nz[t] = sigmoid(w @ x[t])\nh[t] = z[t] * h[t-1] + (1 - z[t]) * x[t]\noutput: h[t]\nx[t]: 1"
    )
    values = {"w": column(LOG3 / 4), "x[1]": column(4), "h[0]": column(2), "y[1]": column(0.5)}
    found = symrnn.derive(text, 1, loss="squared-error").evaluate(values)
    assert found["L"] == pytest.approx(2)
    assert found["h[0]"] == pytest.approx(2 * 0.75)
    slope = 2 * (2 - 4) * 0.75 * 0.25  # dL/dh (h[0] - x) s (1 - s)
    assert found["w"] == pytest.approx(slope * 4)
    assert found["x[1]"] == pytest.approx(slope * LOG3 / 4 + 2 * 0.25)


# Equations by hand.

GOODFELLOW = [
    "dL_dell[t] = 1",  # 10.17
    "dL_do[t] = yhat[t] - y[t]",  # 10.18
    # 10.19, 10.21: at t = T the first term is zero
    "dL_dh[t] = W.T @ ((1 - h[t+1]**2) * dL_dh[t+1]) + V.T @ dL_do[t]",
    "dL_dc = sum_t(dL_do[t])",  # 10.22
    "dL_db = sum_t((1 - h[t]**2) * dL_dh[t])",  # 10.23
    "dL_dV = sum_t(dL_do[t] @ h[t].T)",  # 10.24
    "dL_dW = sum_t(((1 - h[t]**2) * dL_dh[t]) @ h[t-1].T)",  # 10.26
    "dL_dU = sum_t(((1 - h[t]**2) * dL_dh[t]) @ x[t].T)",  # 10.28
]


def test_the_recurrence_is_the_textbooks() -> None:
    d = symrnn.derive("rnn")
    says(FORMS["recurrence"](d.model, d.recurrence).equations, *GOODFELLOW)


def test_the_comparison_with_the_textbook_can_fail() -> None:
    d = symrnn.derive("rnn")
    for wrong in (
        "dL_dW = sum_t(((1 - h[t]**2) * dL_dh[t]) @ h[t].T)",
        "dL_dh[t] = W @ ((1 - h[t+1]**2) * dL_dh[t+1]) + V.T @ dL_do[t]",
        "dL_dh[t] = W.T @ ((1 - h[t]**2) * dL_dh[t+1]) + V.T @ dL_do[t]",
        "dL_do[t] = y[t] - yhat[t]",
    ):
        with pytest.raises(AssertionError):
            says(FORMS["recurrence"](d.model, d.recurrence).equations, wrong)


def test_the_backward_pass_of_the_plain_network() -> None:
    d = symrnn.derive("rnn")
    says(
        d.recurrence.equations,
        "dL_dyhat[t] = -y[t] / yhat[t]",
        "dL_do[t] = yhat[t] - y[t]",
        "dL_dh[t] = W.T @ dL_da[t+1] + V.T @ dL_do[t]",
        "dL_da[t] = (1 - h[t]**2) * dL_dh[t]",
        "dL_db = sum_t(dL_da[t])",
        "dL_dW = sum_t(dL_da[t] @ h[t-1].T)",
        "dL_dU = sum_t(dL_da[t] @ x[t].T)",
        "dL_dc = sum_t(dL_do[t])",
        "dL_dV = sum_t(dL_do[t] @ h[t].T)",
        "dL_dx[t] = U.T @ dL_da[t]",
        "dL_dh[0] = W.T @ dL_da[1]",
    )
    assert len(d.recurrence.equations) == 12


def test_every_term_says_through_which_equation_and_at_which_lag_it_came() -> None:
    h = next(e for e in symrnn.derive("rnn").recurrence.equations if str(e.lhs) == "dL_dh[t]")
    assert [(str(term.through), term.lag) for term in h.terms] == [("a[t+1]", 1), ("o[t]", 0)]


def test_y_hat_minus_y_is_derived_and_says_what_it_takes_for_granted() -> None:
    o = next(e for e in symrnn.derive("rnn").recurrence.equations if str(e.lhs) == "dL_do[t]")
    (term,) = o.terms
    assert term.given == ("the entries of y[t] sum to one",)
    assert {str(leaf) for leaf in leaves(term.chain)} == {"yhat[t]", "dL_dyhat[t]"}  # the Jacobian of softmax


@pytest.mark.parametrize("loss", ["binary-cross-entropy", "squared-error"])
def test_other_losses_give_y_hat_minus_y_without_conditions(loss: str) -> None:
    equations = symrnn.derive("rnn", loss=loss).recurrence.equations
    (o,) = [e for e in equations if str(e.lhs) == "dL_do[t]"]
    assert all(term.given == () for term in o.terms)
    values = {"o": column(0.3, -1.2, 2), "y": column(0.2, 0.5, 0.9)}
    d = symrnn.derive("o = c + x\noutput: o\nc: v\nx: v", loss=loss)
    found = d.evaluate({"c": values["o"], "x": column(0, 0, 0), "y": values["y"]})
    yhat = 1 / (1 + np.exp(-values["o"])) if loss == "binary-cross-entropy" else values["o"]
    np.testing.assert_allclose(found["c"], yhat - values["y"], rtol=1e-12)


def test_the_long_short_term_memory() -> None:
    says(
        symrnn.derive("lstm").recurrence.equations,
        "dL_do[t] = tanh(c[t]) * dL_dh[t]",
        "dL_dc[t] = f[t+1] * dL_dc[t+1] + (1 - tanh(c[t])**2) * o[t] * dL_dh[t]",
        "dL_df[t] = c[t-1] * dL_dc[t]",
        "dL_di[t] = g[t] * dL_dc[t]",
        "dL_dg[t] = i[t] * dL_dc[t]",
        "dL_da_f[t] = f[t] * (1 - f[t]) * dL_df[t]",
        "dL_da_i[t] = i[t] * (1 - i[t]) * dL_di[t]",
        "dL_da_o[t] = o[t] * (1 - o[t]) * dL_do[t]",
        "dL_da_g[t] = (1 - g[t]**2) * dL_dg[t]",
        "dL_dW_f = sum_t(dL_da_f[t] @ x[t].T)",
        "dL_dU_f = sum_t(dL_da_f[t] @ h[t-1].T)",
        "dL_db_f = sum_t(dL_da_f[t])",
    )


# Boundaries.


def unrolled(cell: str, steps: Steps) -> dict[str, str]:
    return dict(texts_of(symrnn.derive(cell, steps).backward))


def test_nothing_comes_from_beyond_the_last_step() -> None:
    found = symrnn.derive("rnn", 3).backward
    says(found, "dL_dh[3] = V.T @ dL_do[3]", "dL_dh[2] = W.T @ dL_da[3] + V.T @ dL_do[2]")
    says(found, "dL_dW = dL_da[1] @ h[0].T + dL_da[2] @ h[1].T + dL_da[3] @ h[2].T")


def test_one_step_has_no_future() -> None:
    says(symrnn.derive("rnn", 1).backward, "dL_dh[1] = V.T @ dL_do[1]", "dL_dh[0] = W.T @ dL_da[1]")


def test_a_lag_of_two_reaches_two_initial_states() -> None:
    d = symrnn.derive("two-lag", 3)
    assert [str(s) for s in d.model.initial_states] == ["h[0]", "h[-1]"]
    says(
        d.backward,
        "dL_dh[3] = W_y.T @ dL_da_y[3]",
        "dL_dh[2] = W.T @ dL_da[3] + W_y.T @ dL_da_y[2]",
        "dL_dh[1] = Q.T @ dL_da[3] + W.T @ dL_da[2] + W_y.T @ dL_da_y[1]",
        "dL_dh[0] = Q.T @ dL_da[2] + W.T @ dL_da[1]",
        "dL_dh[-1] = Q.T @ dL_da[1]",
        "dL_dQ = dL_da[1] @ h[-1].T + dL_da[2] @ h[0].T + dL_da[3] @ h[1].T",
    )


def test_one_step_of_a_lag_of_two() -> None:
    found = symrnn.derive("two-lag", 1).backward
    says(found, "dL_dh[0] = W.T @ dL_da[1]", "dL_dh[-1] = Q.T @ dL_da[1]", "dL_dh[1] = W_y.T @ dL_da_y[1]")


def test_a_lead_collects_its_terms_from_earlier_steps() -> None:
    d = symrnn.derive("bidirectional", 3)
    assert [str(s) for s in d.model.initial_states] == ["h[0]", "g[T+1]"]
    found = unrolled("bidirectional", 3)
    assert "dL_da_g" not in found["dL_dg[1]"]
    assert "Q.T @ dL_da_g[1]" in found["dL_dg[2]"]
    assert "Q.T @ dL_da_g[2]" in found["dL_dg[3]"]
    assert found["dL_dg[4]"] == "Q.T @ dL_da_g[3]"
    order = [str(e.lhs) for e in d.backward]
    assert order.index("dL_dg[1]") < order.index("dL_dg[2]") < order.index("dL_dg[3]")
    assert order.index("dL_dh[3]") < order.index("dL_dh[2]") < order.index("dL_dh[1]")


def test_a_constant_context_collects_a_term_from_every_step() -> None:
    says(symrnn.derive("context").recurrence.equations, "dL_dx = sum_t(R.T @ dL_da[t])")
    says(symrnn.derive("context", 2).backward, "dL_dx = R.T @ dL_da[1] + R.T @ dL_da[2]")


def test_a_use_of_the_last_state_concerns_the_last_step_only() -> None:
    found = symrnn.derive("many-to-one", 3).backward
    says(
        found,
        "dL_dh[3] = V.T @ dL_do",
        "dL_dh[2] = W.T @ dL_da_h[3]",
        "dL_dh[1] = W.T @ dL_da_h[2]",
        "dL_dV = dL_do @ h[3].T",
    )


def test_a_use_of_the_state_before_the_last_one() -> None:
    text = "x[t]: m\nh[t]: n\no: v\nh[t] = tanh(W @ h[t-1] + U @ x[t])\no = V @ h[T-1]\noutput: o"
    says(
        symrnn.derive(text, 3).backward,
        "dL_dh[2] = W.T @ dL_da_h[3] + V.T @ dL_do",
        "dL_dh[1] = W.T @ dL_da_h[2]",
        "dL_dV = dL_do @ h[2].T",
    )
    assert symrnn.derive(text, 3).verify().holds
    # With one step, h[T-1] is the initial state, and no state of the steps has any influence.
    one = symrnn.derive(text, 1)
    assert one.prove().holds
    assert one.verify().holds
    says(one.backward, "dL_dh[0] = W.T @ dL_da_h[1] + V.T @ dL_do")


def test_a_state_that_no_step_uses_has_the_gradient_zero() -> None:
    """With one step, h[t-2] is h[-1]; nothing reads h[0]."""
    d = symrnn.derive("x[t]: m\nh[t]: n\nh[t] = tanh(W @ h[t-2] + U @ x[t])", 1)
    says(d.backward, "dL_dh[-1] = W.T @ dL_da_h[1]")
    assert d.prove().holds
    assert d.verify().holds


def test_the_decoder_hands_its_start_to_the_encoders_last_state() -> None:
    says(
        symrnn.derive("encoder-decoder", (3, 2)).backward,
        "dL_dh[3] = R.T @ dL_da_s[0]",
        "dL_da_s[0] = (1 - s[0]**2) * dL_ds[0]",
        "dL_ds[0] = Q.T @ dL_da_s[1]",
        "dL_dh[2] = W.T @ dL_da_h[3]",
        "dL_dQ = dL_da_s[1] @ s[0].T + dL_da_s[2] @ s[1].T",
    )


def test_teacher_forcing_leaves_no_term_through_time() -> None:
    backward = symrnn.derive("teacher-forced").recurrence
    lags = [term.lag for e in backward.equations for term in e.terms if isinstance(e.lhs, Adjoint)]
    assert lags
    assert set(lags) <= {0, None}  # None: the sums of the parameters
    free = [term.lag for e in symrnn.derive("jordan").recurrence.equations for term in e.terms]
    assert 1 in free


def test_an_initial_state_with_an_equation_passes_its_gradient_on() -> None:
    says(
        symrnn.derive("one-to-many", 2).backward,
        "dL_dh[0] = W.T @ dL_da_h[1]",
        "dL_dR = dL_da_h[0] @ x.T",
        "dL_dx = R.T @ dL_da_h[0]",
    )


@pytest.mark.parametrize(
    "text",
    [
        "x: m\nh[t]: n\nh[0] = tanh(R @ x + d)\nh[t] = W @ h[t-1] + b",
        "x[t]: m\nh[t]: n\ns[t]: n\ns[0] = tanh(R @ r)\nr: k\nh[t] = tanh(W @ h[t-1] + Q @ s[t-1] + U @ x[t])",
        "x[t]: m\nh[t]: n\ns[u]: k\no[u]: v\n"
        "h[t] = W @ h[t-1] + U @ x[t]\ns[0] = tanh(R @ h[T])\no[u] = V @ s[u-1]\n"
        "o[u]: v\noutput: o[u]",
    ],
    ids=[
        "a start with a function, steps without",
        "a start of what is given at the steps",
        "of another clock",
    ],
)
def test_what_is_defined_before_the_first_step_alone_has_gradients(text: str) -> None:
    d = symrnn.derive(text, 2)
    assert "R" in d.gradients
    assert d.prove().holds
    assert d.verify(["autograd"], forms=["recurrence"]).holds


@pytest.mark.parametrize("place", ["0", "T", "T-1"])
def test_data_that_is_read_at_one_place_alone_has_its_gradient_there(place: str) -> None:
    text = f"x[t]: m\nh[t]: n\nz[t]: k\nh[t] = tanh(W @ h[t-1] + Q @ z[{place}] + U @ x[t])"
    d = symrnn.derive(text, 3)
    key = f"z[{ {'0': 0, 'T': 3, 'T-1': 2}[place] }]"
    says([d.gradients[key]], f"dL_d{key} = Q.T @ dL_da_h[1] + Q.T @ dL_da_h[2] + Q.T @ dL_da_h[3]")
    assert d.prove().holds
    assert d.verify(["autograd"], forms=["recurrence"]).holds


def test_a_mean_over_the_steps_divides_by_their_number() -> None:
    says(symrnn.derive("rnn", 4, reduction="mean").backward, "dL_dell[2] = 1 / 4")


# Growth.


@pytest.mark.parametrize("cell", CELLS)
def test_the_number_and_the_size_of_equations_grow_linearly(cell: str) -> None:
    d = symrnn.derive(cell)
    counts, sizes = [], []
    for steps in (4, 8, 12, 16):
        forward, backward = (unroll(m, {T: steps, U: steps}) for m in (d.model, d.recurrence))
        counts.append((len(forward), len(backward)))
        sizes.append(sum(size(e.rhs) for e in (*forward, *backward)))
    assert len({b - a for (a, _), (b, _) in pairwise(counts)}) == 1
    assert len({b - a for (_, a), (_, b) in pairwise(counts)}) == 1
    assert len({b - a for a, b in pairwise(sizes)}) == 1


@pytest.mark.parametrize("cell", CELLS)
def test_every_quantity_has_one_equation_in_the_shape_of_what_it_is_the_derivative_of(cell: str) -> None:
    d = symrnn.derive(cell, 3)
    names = [str(e.lhs) for e in d.backward]
    assert len(names) == len(set(names))
    for equation in d.backward:
        assert equation.lhs.shape == equation.lhs.of.shape == equation.rhs.shape


@pytest.mark.parametrize("cell", CELLS)
def test_every_parameter_input_and_initial_state_has_a_gradient(cell: str) -> None:
    d = symrnn.derive(cell, 2)
    asked = {str(x) for x in d.model.parameters}
    asked |= {f"{x.name}[{t}]" for x in d.model.inputs for t in (1, 2)}
    asked |= {str(x).replace("T+1", "3") for x in d.model.initial_states}
    assert asked <= set(d.gradients)
    targets = {key for key in d.needs() if key.split("[")[0] in d.model.targets}
    assert set(d.gradients) | targets == set(d.needs())


# The reverse pass of the reverse pass.


def test_a_model_without_parameters_has_no_hessian() -> None:
    d = symrnn.derive("parity", 2)
    assert d.model.parameters == ()
    with pytest.raises(SymrnnError, match="no parameter"):
        d.hvp({key: column(1) for key in d.needs()}, {})


@pytest.mark.parametrize("cell", [name for name in CELLS if symrnn.derive(name).model.parameters])
def test_hessian_vector_products_are_those_of_autograd(cell: str) -> None:
    d = symrnn.derive(cell, 2)
    rng = np.random.default_rng(7)
    sizes = {"n": 2, "m": 3, "v": 4, "k": 5, "d": 3, "1": 1}
    values = {}
    for key, shape in d.needs().items():
        rows_, cols = (sum(sizes[part.strip()] for part in s.split("+")) for s in shape[1:-1].split(","))
        values[key] = rng.uniform(0.2, 1, (rows_, cols))
        if key.split("[")[0] == "y":
            values[key] /= values[key].sum()
    parameters = [str(p) for p in d.model.parameters]
    directions = {p: rng.standard_normal(values[p].shape) for p in parameters}

    def objective(numbers: list[np.ndarray]) -> float:
        known = {**values, **dict(zip(parameters, numbers, strict=True))}
        return interpreted_loss(read(cell)[1], known, {"T": 2, "U": 2})[0, 0]

    def along(numbers: list[np.ndarray]) -> float:
        slopes = grad(objective)(numbers)
        return sum((slope * directions[p]).sum() for p, slope in zip(parameters, slopes, strict=True))

    found = d.hvp(values, directions)
    assert set(found) == set(parameters)
    for p, expected in zip(parameters, grad(along)([values[p] for p in parameters]), strict=True):
        np.testing.assert_allclose(found[p], expected, rtol=1e-9, atol=1e-11, err_msg=p)


# What is refused.


@pytest.mark.parametrize("steps", [0, -1, 1.5, "3", None, True, (1, 2, 3), (2, 0), [], 10**6])
def test_a_number_of_steps_that_makes_no_sense_is_refused(steps: object) -> None:
    with pytest.raises(SymrnnError, match="step"):
        symrnn.derive("rnn", steps).backward  # type: ignore[arg-type]  # noqa: B018


def test_reversing_needs_no_steps_and_reports_none() -> None:
    d = symrnn.derive("lstm", 10**9)  # only unrolling is refused
    assert reverse(d.model).equations == d.recurrence.equations

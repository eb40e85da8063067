r"""The numbers that a wrong claim is shown by: real ones, of the model at sizes of 2, computed here by NumPy."""

import re

import numpy as np
import pytest

from symrnn.check.counterexample import short
from symrnn.check.definition import Choice
from symrnn.check.document import check_document
from symrnn.check.jacobian import Label
from symrnn.check.model import build
from symrnn.check.real import Real, fraction, real_world
from symrnn.check.understand import understand
from symrnn.field import P
from symrnn.notes.find import find
from symrnn.notes.rows import statements

NOTES = r"""
$$a_t = W h_{t-1} + U x_t + b$$
$$h_t = \tanh(a_t)$$
$$o_t = V h_t + c$$
$$\hat{y}_t = \operatorname{softmax}(o_t)$$
$$L = - \sum_{t=1}^T y_t^\top \log \hat{y}_t$$
"""


def reason(claim, notes=NOTES):
    (found,) = [
        j
        for j in check_document("notes.md", f"{notes}\n$${claim}$$\n".encode()).judgements
        if j.verdict != "definition"
    ]
    return found.reason


def world():
    notes = NOTES + r"$$\frac{\partial L}{\partial W} = U + V + b + c + x_t + y_t$$"
    document = understand([(m, statements(m.latex)) for m in find("notes.md", notes.encode()).maths])
    return real_world(build(document, document.entries[-1].index), Choice(), small=True)


def floats(tensor):
    return np.array(tensor.value, dtype=float)


def forward(given, w):
    """The loss of the sequence, with what is given of the parameters, else the world's."""

    def at(key, *time):
        return given.get(key, floats(w.quantity(Label(key, time))))

    h, loss = at("h", 0), 0.0
    for t in range(1, w.steps + 1):
        h = np.tanh(at("W") @ h + at("U") @ at("x", t) + at("b"))
        o = at("V") @ h + at("c")
        y = np.exp(o) / np.exp(o).sum()
        loss -= float((at("y", t) * np.log(y)).sum())
    return loss


def test_all_sizes_are_two_and_targets_are_distributions():
    w = world()
    assert w.shapes["W"] == w.shapes["U"] == w.shapes["V"] == (2, 2)
    assert sorted(floats(w.quantity(Label("y", (1,)))).ravel()) == [0.25, 0.75]


def test_the_loss_is_what_numpy_computes():
    w = world()
    assert float(w.quantity(Label("L")).value[0, 0]) == pytest.approx(forward({}, w), abs=1e-12)


@pytest.mark.parametrize("key", ["W", "U", "V", "b"])
def test_a_gradient_is_the_difference_quotient(key):
    w = world()
    gradient = np.array(w.derivative(Label("L"), Label(key)).full[0, 0], dtype=float)
    value = floats(w.quantity(Label(key)))
    for index in np.ndindex(*value.shape):
        step = np.zeros_like(value)
        step[index] = 1e-5
        quotient = (forward({key: value + step}, w) - forward({key: value - step}, w)) / 2e-5
        assert gradient[index] == pytest.approx(quotient, abs=1e-8)


def test_both_values_are_told_and_where():
    told = reason(r"\frac{\partial L}{\partial o_t} = y_t - \hat{y}_t")
    found = re.fullmatch(
        r"the values differ, at t = (\d), entry \((\d), 1\): (\S+) as written, (\S+) by the model", told
    )
    assert found is not None
    t, i = int(found[1]), int(found[2])
    w = world()
    gradient = floats(w.quantity(Label("hat y", (t,)))) - floats(w.quantity(Label("y", (t,))))
    assert float(found[4]) == pytest.approx(gradient[i - 1, 0], abs=5e-4)
    assert float(found[3]) == pytest.approx(-gradient[i - 1, 0], abs=5e-4)


def test_school_calculus_is_told_without_an_entry():
    told = reason(r"\frac{d}{dx} \tanh(x) = 1 - \tanh(x)", notes="")
    assert "entry" not in told


@pytest.mark.parametrize(
    ("a", "told"), [(0.0, "0"), (-0.5, "-0.5"), (0.125, "0.125"), (2.0, "2"), (1 / 3, "0.333")]
)
def test_numbers_are_short(a, told):
    assert short(a) == told


@pytest.mark.parametrize(("top", "bottom"), [(1, 2), (-3, 4), (0, 1), (7, 1), (1, 10)])
def test_an_element_of_the_field_is_the_fraction_it_stands_for(top, bottom):
    assert fraction(top * pow(bottom, -1, P) % P) == top / bottom


def test_a_real_is_not_reduced():
    assert Real(-0.5) % P == -0.5
    assert Real(1.5) * (P - 1) == -1.5
    assert (2 - Real(0.5)) % P == 1.5

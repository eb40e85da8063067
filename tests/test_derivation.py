"""What a person does with a derivation in Python."""

from __future__ import annotations

import json

import autograd.numpy as anp
import numpy as np
import pytest
import sympy
from autograd import grad

import symrnn
from symrnn.cases import make_case
from symrnn.cells import CELLS
from symrnn.expressions import dimension
from symrnn.forms import FORMS
from symrnn.notation import NOTATIONS

GATED = ("rnn", "gru", "lstm", "two-lag", "bidirectional", "encoder-decoder", "linear-attention")


def sequence(derivation):
    """The case of a derivation, and the values of its first sequence."""
    case = make_case(derivation.model, derivation.listing, derivation.steps, {})
    first = case.sequences[0]
    return case, first, {**case.shared, **first.own}


def interpreted(case, first):
    from symrnn.oracles.interpreter import loss

    return lambda values: loss(case.text, values, first.lengths)


@pytest.mark.parametrize("cell", GATED)
def test_evaluate_gives_the_loss_and_the_gradients_that_autograd_gives(cell):
    derivation = symrnn.derive(cell, 3)
    case, first, values = sequence(derivation)
    found = derivation.evaluate(values)
    f = interpreted(case, first)
    assert found.pop("L") == pytest.approx(f(values), rel=1e-13)
    for key, gradient in found.items():
        truth = grad(lambda a, key=key: anp.sum(f({**values, key: a})))(values[key])
        np.testing.assert_allclose(gradient, truth, rtol=1e-10, atol=1e-13)
    assert set(found) == {k for k in values if not k.startswith("y")}


@pytest.mark.parametrize("cell", GATED)
def test_the_hessian_times_a_direction_is_the_derivative_of_autograds_gradient(cell):
    derivation = symrnn.derive(cell, 3)
    case, first, values = sequence(derivation)
    f = interpreted(case, first)
    rng = np.random.default_rng(3)
    directions = {key: rng.standard_normal(value.shape) for key, value in case.shared.items()}
    keys = list(directions)

    def slope(arrays):
        gradients = grad(lambda a: anp.sum(f({**values, **dict(zip(keys, a, strict=True))})))(arrays)
        return sum(anp.sum(g * directions[key]) for g, key in zip(gradients, keys, strict=True))

    truth = dict(zip(keys, grad(slope)([values[key] for key in keys]), strict=True))
    found = derivation.hvp(values, directions)
    assert set(found) == set(keys)
    for key in keys:
        np.testing.assert_allclose(found[key], truth[key], rtol=1e-9, atol=1e-12)


def test_a_direction_of_another_shape_is_refused_by_name():
    derivation = symrnn.derive("rnn", 2)
    _, _, values = sequence(derivation)
    with pytest.raises(symrnn.SymrnnError, match=r"the direction of W has shape \(1, 1\)"):
        derivation.hvp(values, {"W": [[1.0]]})


@pytest.mark.parametrize("cell", GATED)
def test_the_fixed_size_kernel_gives_what_evaluate_gives(cell):
    derivation = symrnn.derive(cell, 2)
    kernel = derivation.fixed_kernel(n=2, m=3)
    rng = np.random.default_rng(5)
    values = {key: rng.uniform(0.1, 0.9, shape) for key, shape in kernel.shapes.items()}
    values |= {key: value / value.sum() for key, value in values.items() if key.startswith("y")}
    loss, gradients = kernel(values)
    truth = derivation.evaluate(values)
    assert loss == pytest.approx(float(truth.pop("L")[0, 0]), rel=1e-12)
    assert set(gradients) == set(truth)
    for key, gradient in gradients.items():
        np.testing.assert_allclose(gradient, truth[key], rtol=1e-10, atol=1e-13)


def test_a_kernel_takes_its_own_number_of_steps_and_names_unknown_sizes():
    derivation = symrnn.derive("rnn", 2)
    assert "x[5]" in derivation.fixed_kernel(n=2, m=2, T=5).shapes
    with pytest.raises(symrnn.SymrnnError, match="no dimension q; the model has n, m, v, T"):
        derivation.fixed_kernel(q=2)
    with pytest.raises(symrnn.SymrnnError, match="n is 0"):
        derivation.fixed_kernel(n=0)
    with pytest.raises(symrnn.SymrnnError, match=r"no value for b: an array of shape \(2, 1\)"):
        derivation.fixed_kernel(n=2)({})


def test_equations_are_sympy_objects():
    derivation = symrnn.derive("rnn", 2)
    equation = derivation.gradients["W"]
    assert isinstance(equation, sympy.Equality)
    smaller = equation.subs(dimension("n"), 3)
    assert smaller.lhs.shape == (3, 3)
    assert "L" in sympy.latex(equation.rhs)
    assert set(derivation.gradients) == {"W", "U", "b", "V", "c", "x[1]", "x[2]", "h[0]"}
    assert str(derivation.backward["dL_dh[2]"].lhs) == "dL_dh[2]"


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_prints_a_whole_derivation(notation):
    derivation = symrnn.derive("lstm", 2)
    for written in (derivation.latex(notation), derivation.markdown(notation), derivation.text(notation)):
        assert "proved, exactly" in written
        assert "autograd" in written
    assert json.loads(derivation.json(notation))["schema"] == 1


@pytest.mark.parametrize("form", FORMS)
def test_every_form_prints_for_the_plain_network(form):
    written = symrnn.derive("rnn", 2).text(form=form)
    assert "proved, exactly" in written
    assert "not proved" not in written


def test_a_notebook_shows_the_recurrence_as_one_display():
    display = symrnn.derive("gru")._repr_latex_()
    assert display.startswith("$$\\begin{aligned}")
    assert display.endswith("\\end{aligned}$$")
    assert display.count("\\frac{\\partial L}{\\partial h_{t+1}}") == 1


@pytest.mark.parametrize("steps", [0, -1, 1.5, True, "3", [3, 2]])
def test_steps_that_are_no_steps_are_refused(steps):
    with pytest.raises(symrnn.SymrnnError, match="steps"):
        symrnn.derive("rnn", steps)


def test_a_million_steps_are_not_unrolled_but_have_their_recurrence():
    derivation = symrnn.derive("rnn", 10**6)
    assert len(derivation.recurrence.equations) == 12
    with pytest.raises(symrnn.SymrnnError, match="too many to unroll"):
        _ = derivation.backward


def test_missing_and_misshapen_values_are_named():
    derivation = symrnn.derive("rnn", 1)
    _, _, values = sequence(derivation)
    with pytest.raises(symrnn.SymrnnError, match=r"values are missing for W \(n, n\)"):
        derivation.evaluate({k: v for k, v in values.items() if k != "W"})
    with pytest.raises(symrnn.SymrnnError, match=r"b has shape \(2,\)"):
        derivation.evaluate({**values, "b": [1.0, 2.0]})


def test_a_target_that_does_not_sum_to_one_is_refused_where_the_derivation_needs_it():
    derivation = symrnn.derive("rnn", 1)
    _, _, values = sequence(derivation)
    with pytest.raises(symrnn.SymrnnError, match=r"the entries of y\[1\] sum to 2"):
        derivation.evaluate({**values, "y[1]": 2 * values["y[1]"]})


def test_a_function_from_python_is_differentiated_by_sympy():
    text = "x[t]: m\nh[t]: n\nh[t] = mish(W @ h[t-1] + U @ x[t])\n"
    derivation = symrnn.derive(
        text, 3, functions={"mish": lambda x: x * sympy.tanh(sympy.log(1 + sympy.exp(x)))}
    )
    report = derivation.verify()
    assert report.holds
    assert report.proofs[0].holds
    erf = symrnn.derive(
        "x[t]: m\nh[t]: n\nh[t] = phi(W @ h[t-1] + U @ x[t])\n", 1, functions={"phi": sympy.erf}
    )
    assert erf.verify(["central differences"], []).holds  # NumPy has no erf: SymPy computes it, slowly
    assert "autograd" not in erf.verify(["autograd"], []).oracles


def test_a_function_from_python_may_have_a_case_at_one_place():
    text = "x[t]: m\nh[t]: n\nh[t] = sinc(W @ h[t-1] + U @ x[t])\n"
    sinc = sympy.Lambda(
        x := sympy.Symbol("x"), sympy.Piecewise((1, sympy.Eq(x, 0)), (sympy.sin(x) / x, True))
    )
    derivation = symrnn.derive(text, 2, functions={"sinc": sinc})
    assert derivation.verify().holds
    # Everything is zero but the targets: at that place.
    values = {
        key: np.full(shape, key[0] == "y") / 2 for key, shape in derivation.fixed_kernel().shapes.items()
    }
    assert all(np.isfinite(array).all() for array in derivation.evaluate(values).values())


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_reads_back_from_its_own_infix(cell):
    # What the JSON calls infix is the cell language: the forward equations make the same model again.
    derivation = symrnn.derive(cell, 2)
    found = json.loads(derivation.json(form="recurrence"))
    forward = next(s for s in found["sections"] if s["title"].startswith("Forward"))
    declared = [
        line
        for line in derivation.listing.splitlines()
        if ":" in line and not line.startswith(("#", "output"))
    ]
    text = "\n".join([*declared, *(e["infix"] for e in forward["equations"])])
    again = symrnn.derive(text + "\n", 2)
    assert [e.args for e in again.model.equations] == [e.args for e in derivation.model.equations]


@pytest.mark.parametrize("cell", ["jordan", "parity", "one-to-many"])
@pytest.mark.parametrize("form", ["delta", "total"])
def test_a_states_own_loss_is_no_future_loss(cell, form):
    # Here the output is a state: its adjoint has a term of this step's loss that contains no other adjoint.
    assert symrnn.derive(cell, 3, loss="nll").prove_form(form).holds

"""Numbers far out: what is finite is computed, to all digits and without a warning (warnings are errors here)."""

from __future__ import annotations

import numpy as np
import pytest

import symrnn
from symrnn.functions import FUNCTIONS
from symrnn.oracles.elementwise import ELEMENTWISE
from symrnn.oracles.losses import LOSSES

STEP = 1e-20  # of a complex step: the imaginary part is the slope
FAR = (-1e5, -800.0, -40.0, 40.0, 800.0, 1e5)
NO_VALUE = {  # what has no finite value there, and says so by a warning
    "exp": (800.0, 1e5),
    "log": (-1e5, -800.0, -40.0),
    "sqrt": (-1e5, -800.0, -40.0),
}
POINTS = [(name, x) for name in FUNCTIONS for x in FAR if x not in NO_VALUE.get(name, ())]


@pytest.mark.parametrize(("name", "x"), POINTS)
def test_a_function_and_its_derivative_are_right_far_out(name: str, x: float) -> None:
    function = FUNCTIONS[name]
    arguments = "a, b" if len(function.variables) == 2 else "a"
    derivation = symrnn.derive(f"a: n\nb: n\nL = sum({name}({arguments}) + 2*a + b)")
    found = derivation.evaluate({"a": [[x]], "b": [[1.0]]})
    columns = [np.array([[x + STEP * 1j]]), np.ones((1, 1))][: len(function.variables)]
    true = ELEMENTWISE[name](*columns)
    np.testing.assert_allclose(found["L"], true.real + 2 * x + 1, rtol=1e-14)
    np.testing.assert_allclose(found["a"], true.imag / STEP + 2, rtol=1e-14)


TARGETS = {"one-hot": [0.0, 1.0, 0.0, 0.0], "soft": [0.25, 0.5, 0.125, 0.125]}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("scale", [1.0, 40.0, 2000.0, 1e6])
@pytest.mark.parametrize("loss", ["cross-entropy", "binary-cross-entropy"])
def test_a_loss_of_logits_far_out_is_right(loss: str, scale: float, target: str) -> None:
    derivation = symrnn.derive("x[t]: m\nh[t]: n\nh[t] = tanh(U @ x[t])", 2, loss=loss)
    rng = np.random.default_rng(1)
    values = {
        key: rng.uniform(-1, 1, shape) for key, shape in derivation.fixed_kernel(n=2, m=3, v=4).shapes.items()
    }
    y = np.array(TARGETS[target]).reshape(4, 1)
    values |= {"y[1]": y, "y[2]": y, "b_y": scale * values["b_y"]}
    outputs = [values["W_y"] @ np.tanh(values["U"] @ values[f"x[{t}]"]) + values["b_y"] for t in (1, 2)]
    found = derivation.evaluate(values)
    np.testing.assert_allclose(found["L"], sum(LOSSES[loss].value(o, y) for o in outputs), rtol=1e-14)
    gradient = sum(LOSSES[loss].gradient(o, y) for o in outputs)
    np.testing.assert_allclose(found["b_y"], gradient, rtol=1e-13, atol=1e-15)
    second = derivation.hvp(values, {"b_y": np.ones((4, 1))})
    assert all(np.isfinite(array).all() for array in second.values())


@pytest.mark.parametrize(
    ("term", "true"),
    [
        ("log(sigmoid(a))", -800.0),
        ("log(1 - sigmoid(a))", 0.0),
        ("sum(log(softmax([a, b])))", -800.0),
    ],
)
def test_a_probability_needs_no_name_of_its_own(term: str, true: float) -> None:
    derivation = symrnn.derive(f"a: 1\nb: 1\nL = {term} + b")
    assert derivation.evaluate({"a": [[-800.0]], "b": [[0.0]]})["L"] == pytest.approx(true, rel=1e-14)

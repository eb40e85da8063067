"""The oracles against numbers worked out by hand, and against each other."""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np
import pytest

import symrnn.oracles
from symrnn.oracles import ORACLES, compare
from symrnn.oracles.arrays import Array, Gradients, Values
from symrnn.oracles.elementwise import ELEMENTWISE, KINKS
from symrnn.oracles.hand_coded import hand_coded_gradients
from symrnn.oracles.interpreter import ModelTextError, evaluate, loss, near_kink
from symrnn.oracles.losses import LOSSES
from symrnn.oracles.numerical import LEAST_TAYLOR_SLOPE, taylor_slope
from symrnn.oracles.references import backwards

# tanh(log 2) = 3/5, tanh(log 3) = 4/5, sigmoid(log 3) = 3/4: with these the arithmetic is done on paper

RNN = """
h[t] = tanh(b + W @ h[t-1] + U @ x[t])
o[t] = c + V @ h[t]
ell[t] = sum((o[t] - y[t]) ** 2) / 2
L = sum_t(ell[t])
"""
# a[1] = 1/2 + 2/4 + x[1] = log 2, h[1] = 3/5, o[1] = 4/5
# a[2] = 1/2 + 6/5 + x[2] = log 3, h[2] = 4/5, o[2] = 7/5
RNN_VALUES = {"W": 2.0, "U": 1.0, "V": 3.0, "b": 0.5, "c": -1.0, "h[0]": 0.25}
RNN_VALUES |= {"x[1]": log(2) - 1, "x[2]": log(3) - 1.7, "y[1]": 0.3, "y[2]": 1.0}
# grad_o = 1/2, 2/5; grad_h[2] = 6/5, grad_a[2] = 9/25 6/5 = .432; grad_h[1] = 3/2 + 2 .432 = 2.364,
# grad_a[1] = 16/25 2.364 = 1.51296
RNN_GRADIENTS = {
    "c": 0.9,
    "V": 0.5 * 0.6 + 0.4 * 0.8,
    "b": 0.432 + 1.51296,
    "W": 0.432 * 0.6 + 1.51296 * 0.25,
    "U": 0.432 * (log(3) - 1.7) + 1.51296 * (log(2) - 1),
    "x[1]": 1.51296,
    "x[2]": 0.432,
    "h[0]": 3.02592,
}

LSTM = """
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + b_f)
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + b_i)
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + b_o)
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)
c[t] = f[t] * c[t-1] + i[t] * g[t]
h[t] = o[t] * tanh(c[t])
a_y[t] = W_y @ h[t] + b_y
L = sum((a_y[1] - y[1]) ** 2) / 2
"""
C_0 = (log(2) - 0.3) / 0.75
# f = o = 3/4, i = 1/2, g = 3/5; c[1] = 3/4 c[0] + 3/10 = log 2, h[1] = 3/4 3/5 = .45, a_y = 1
LSTM_VALUES = {"W_f": 2.0, "U_f": 1.0, "b_f": log(3), "W_i": 4.0, "U_i": 2.0, "b_i": 0.0}
LSTM_VALUES |= {"W_o": 0.0, "U_o": 0.0, "b_o": log(3), "W_g": 1.0, "U_g": 3.0, "b_g": log(2) + 2.5}
LSTM_VALUES |= {"W_y": 2.0, "b_y": 0.1, "x[1]": 0.5, "h[0]": -1.0, "c[0]": C_0, "y[1]": 0.2}
# grad_a_y = .8, grad_h = 1.6, grad_c = 1.6 3/4 16/25 = .768; before the squashing functions:
D_F, D_I, D_O, D_G = 0.768 * C_0 * 3 / 16, 0.768 * 0.6 / 4, 1.6 * 0.6 * 3 / 16, 0.768 * 0.5 * 16 / 25
LSTM_GRADIENTS = {"W_f": D_F / 2, "U_f": -D_F, "b_f": D_F, "W_i": D_I / 2, "U_i": -D_I, "b_i": D_I}
LSTM_GRADIENTS |= {"W_o": D_O / 2, "U_o": -D_O, "b_o": D_O, "W_g": D_G / 2, "U_g": -D_G, "b_g": D_G}
LSTM_GRADIENTS |= {"W_y": 0.36, "b_y": 0.8, "c[0]": 0.576}
LSTM_GRADIENTS |= {"x[1]": 2 * D_F + 4 * D_I + D_G, "h[0]": D_F + 2 * D_I + 3 * D_G}

BY_HAND = {
    "rnn": (RNN, RNN_VALUES, RNN_GRADIENTS, 0.205, {"T": 2}),
    "lstm": (LSTM, LSTM_VALUES, LSTM_GRADIENTS, 0.32, {"T": 1}),
}


def arrays(numbers: dict[str, float]) -> Gradients:
    return {key: np.array([[number]]) for key, number in numbers.items()}


def column(*entries: float) -> Array:
    return np.array(entries)[:, None]


@pytest.mark.parametrize("cell", BY_HAND)
def test_the_interpreted_loss_is_the_number_on_paper(cell: str) -> None:
    text, values, _, value, lengths = BY_HAND[cell]
    assert loss(text, arrays(values), lengths) == pytest.approx(value)


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("cell", BY_HAND)
def test_oracles_give_the_numbers_on_paper(cell: str, oracle: str) -> None:
    text, values, gradients, _, lengths = BY_HAND[cell]
    found = ORACLES[oracle].gradient(lambda v: loss(text, v, lengths), arrays(values), list(gradients))
    assert {key: float(array[0, 0]) for key, array in found.items()} == pytest.approx(gradients, rel=1e-8)


@pytest.mark.parametrize(("cell", "form"), [(cell, form) for cell in BY_HAND for form in backwards(cell)])
def test_hand_coded_recurrences_give_the_numbers_on_paper(cell: str, form: str) -> None:
    _, values, gradients, value, lengths = BY_HAND[cell]
    found = hand_coded_gradients(cell, "squared-error", arrays(values), lengths, form=form)
    assert found.loss == pytest.approx(value)
    assert {key: float(array[0, 0]) for key, array in found.gradients.items()} == pytest.approx(gradients)


@pytest.mark.parametrize("name", LOSSES)
def test_a_gradient_of_a_loss_is_that_of_its_value_for_any_target(name: str) -> None:
    rng = np.random.default_rng(1)
    out, y = rng.standard_normal((4, 1)), rng.random((4, 1))
    gradient = LOSSES[name].gradient(out, y)
    for oracle in ORACLES.values():
        found = oracle.gradient(lambda v: LOSSES[name].value(v["out"], y), {"out": out}, ["out"])
        assert oracle.accepts(oracle.compare(gradient, found["out"], 1.0))


def test_losses_are_the_numbers_on_paper() -> None:
    out, y = column(0.0, log(3)), column(0.25, 0.75)  # softmax: 1/4, 3/4; sigmoid: 1/2, 3/4
    entropy = 0.25 * log(4) + 0.75 * log(4 / 3)
    assert LOSSES["cross-entropy"].value(out, y) == pytest.approx(entropy)
    assert LOSSES["nll"].value(out, column(0, 1)) == pytest.approx(log(4 / 3))
    assert LOSSES["binary-cross-entropy"].value(out, y) == pytest.approx(log(2) + entropy)
    assert LOSSES["squared-error"].value(out, column(2, log(3))) == pytest.approx(2)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_overflow_nowhere(name: str) -> None:
    out = column(1000, -1000, 999)
    assert np.isfinite(LOSSES[name].value(out, column(1, 0, 0)))
    assert np.isfinite(LOSSES[name].gradient(out, column(1, 0, 0))).all()


FORMULAS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "exp": math.exp,
    "log": math.log,
    "abs": abs,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "square": lambda x: x**2,
    "sign": lambda x: math.copysign(1, x),
    "step": lambda x: float(x > 0),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "hard_sigmoid": lambda x: min(max(x / 6 + 1 / 2, 0.0), 1.0),
}
UNARY = sorted(set(ELEMENTWISE) - {"max", "min"})


@pytest.mark.parametrize("name", FORMULAS)
def test_elementwise_functions_have_their_textbook_values(name: str) -> None:
    for x in (-9.3, -2.5, -0.7, 0.3, 1.9, 8.4):
        if x > 0 or name not in ("log", "sqrt"):
            assert ELEMENTWISE[name](column(x))[0, 0] == pytest.approx(
                FORMULAS[name](x), rel=1e-13, abs=1e-15
            )


@pytest.mark.parametrize("name", UNARY)
def test_every_oracle_finds_the_same_slope_of_an_elementwise_function(name: str) -> None:
    x = column(0.2, 0.9, 2.1, 4.3) if name in ("log", "sqrt") else column(-7.1, -4.2, -0.8, 0.2, 2.5, 9.0)

    def f(values: Values) -> Array:
        return loss(f"L = sum({name}(x))", values, {})

    value = float(f({"x": x})[0, 0])
    slope = ORACLES["complex step"].gradient(f, {"x": x}, ["x"])
    for oracle in ORACLES.values():
        found = oracle.gradient(f, {"x": x}, ["x"])
        assert oracle.accepts(oracle.compare(slope["x"], found["x"], value))


@pytest.mark.parametrize("name", sorted(set(UNARY) - {"exp", "log", "sqrt"}))
def test_elementwise_functions_overflow_nowhere(name: str) -> None:
    x = column(-2000.0, 2000.0)
    for oracle in ORACLES.values():
        slope = oracle.gradient(lambda v: loss(f"L = sum({name}(x))", v, {}), {"x": x}, ["x"])
        assert np.isfinite(slope["x"]).all()


def test_max_and_min_take_two_arguments() -> None:
    values = {"a": column(1, 4), "b": column(2, 3)}
    found = evaluate("p = max(a, b)\nq = min(a, b)\nr = max(a, 2)", values, {}, ["p", "q", "r"])
    assert [found[key].tolist() for key in "pqr"] == [[[2], [4]], [[1], [3]], [[2], [4]]]


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_reported_with_its_place(name: str) -> None:
    call = f"{name}(a[t], 1.5)" if name in ("max", "min") else f"{name}(a[t])"
    kink = {"max": 1.5, "min": 1.5, "hard_sigmoid": 3.0}.get(name, 0.0)
    text = f"a[t] = x[t]\nL = sum_t(sum({call}))"
    values = {"x[1]": column(-1, 1), "x[2]": column(7, kink + 1e-9)}
    (place,) = near_kink(text, values, {"T": 2}, 1e-6)
    assert place.startswith(f"{call} at t = 2: entry (1, 0) is 1e-09")
    assert near_kink(text, values, {"T": 2}, 1e-10) == []


EVERY_CONSTRUCT = """
# a comment
A: (n, m)
S[t]: (n, n)
output: q
p = [x, -A @ x]
S[t] = S[t-1] + outer(x, x) * 2 - diag(x)
g[t] = g[t+1] * 3
s[0] = S[T] @ x
s[u] = s[u-1] / d
k = dot(x, x) ** 2
r = sum_u(s[u]).T
m = sum_t(g[t] + S[T-1]) / sum_t(1)
q = softmax(x)
"""


def test_every_construct_of_the_language() -> None:
    x, A, S = column(1, 2), np.array([[1.0, 0], [2, 3]]), np.zeros((2, 2))
    values = {"x": x, "A": A, "S[0]": S, "g[4]": np.ones((2, 2)), "d": np.array([[2.0]])}
    found = evaluate(EVERY_CONSTRUCT, values, {"T": 3, "U": 2}, ["p", "S[3]", "g[1]", "r", "k", "m", "q"])
    assert found["p"].tolist() == [[1], [2], [-1], [-8]]
    S_1 = np.array([[1, 4], [4, 6]])
    assert found["S[3]"].tolist() == (3 * S_1).tolist()
    assert found["g[1]"].tolist() == [[27, 27], [27, 27]]
    assert found["r"].tolist() == (3 * S_1 @ x * (1 / 2 + 1 / 4)).T.tolist()
    assert found["k"].tolist() == [[25]]
    assert found["m"].tolist() == (2 * S_1 + 13).tolist()  # (3 + 9 + 27) / 3 = 13
    assert found["q"] == pytest.approx(column(1, math.e) / (1 + math.e))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("L = frobnicate(x)", r"line 1: frobnicate\(x\): not in the language"),
        ("L = np.tanh(x)", r"np.tanh\(x\): not in the language"),
        ("L = __import__('os').system('true')", "not in the language"),
        ("L = tanh(x, out=x)", "not in the language"),
        ("L = x if x else x", "not in the language"),
        ("L = x % x", "x % x: not in the language"),
        ("L = x ** x", "not in the language"),
        ("L = 'text'", "not in the language"),
        ("L = True", "not in the language"),
        ("L = x[k]", "k: not in the language"),
        ("import os", "import os: not in the language"),
        ("L += x", "not in the language"),
        ("L = x\nL = x", "line 2: L = x: bound twice"),
        ("L = z[3]", r"z\[3\] has no equation, and no value was given"),
        ("L = a\na = L", "needs itself"),
        ("h[t] = h[t+1]\nh[0] = x\nL = h[1]", r"h\[4\] has no equation"),
        ("h[t] = g[t]\ng[t] = h[t] * x\nL = h[1]", "needs itself"),
        ("L = x * x.T", r"shapes differ: \[\(1, 2\), \(2, 1\)\]"),
        ("L = max(x, x.T)", "shapes differ"),
    ],
)
def test_the_interpreter_refuses_what_it_does_not_know(text: str, complaint: str) -> None:
    with pytest.raises(ModelTextError, match=complaint):
        loss(text, {"x": column(1, 2)}, {"T": 3})


def test_functions_beyond_the_built_in_ones_can_be_given() -> None:
    assert loss("L = cube(x)", {"x": column(2)}, {}, functions={"cube": lambda x: x**3}) == 8


def test_cotangents_are_injected_at_final_states() -> None:
    text, values, _, value, lengths = BY_HAND["rnn"]
    assert loss(text, arrays(values), lengths, {"h[2]": column(10)}) == pytest.approx(value + 8)


@pytest.mark.parametrize("text", [RNN, RNN.replace("t-1", "t+1")], ids=["forward", "backward"])
def test_three_hundred_steps_fit_the_stack_of_python(text: str) -> None:
    numbers = {key: RNN_VALUES[key] for key in ("W", "U", "V", "b", "c", "h[0]")} | {"h[301]": 0.5}
    numbers |= {f"{name}[{t}]": 0.1 * t % 1 for name in "xy" for t in range(1, 301)}
    limit = sys.getrecursionlimit()
    gradient = ORACLES["autograd"].gradient(
        lambda v: loss(text, v, {"T": 300}), arrays(numbers), ["x[299]", "W"]
    )
    assert gradient["x[299]"] != 0
    assert sys.getrecursionlimit() == limit


def test_a_difference_names_the_worst_entry() -> None:
    a, b = np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([[3.0, 0.0], [0.25, 4.0]])
    difference = compare(a, b)
    assert difference.index == (1, 0)
    assert (difference.first, difference.second) == (0.0, 0.25)
    assert difference.error == pytest.approx(0.25 / math.hypot(5, 0.25))
    assert difference.digits == 1
    assert compare(a, a).digits == 16
    assert compare(a, b, floor=25).error == 0.01
    assert compare(np.zeros((2, 1)), np.zeros((2, 1))).error == 0


@pytest.mark.parametrize("oracle", ORACLES.values(), ids=ORACLES)
def test_nan_and_infinity_agree_with_nothing(oracle: symrnn.oracles.Oracle) -> None:
    for wrong in (np.nan, np.inf):
        difference = oracle.compare(column(1, wrong), column(1, 2), 1.0)
        assert difference.index == (1, 0)
        assert not oracle.accepts(difference)
        assert difference.digits == 0


def test_arrays_of_different_shapes_are_not_compared() -> None:
    with pytest.raises(ValueError, match=r"shapes differ: \(2, 1\) and \(1, 2\)"):
        compare(column(1, 2), column(1, 2).T)


def test_rounding_in_a_gradient_that_is_zero_is_no_disagreement() -> None:
    for oracle in ORACLES.values():
        assert oracle.accepts(oracle.compare(column(1e-16), column(0), 1.0))


def slope_of(f: Callable[[Array], Array], x: Array, gradient: Array) -> float:
    def of_values(values: Values) -> Array:
        return np.reshape(np.sum(f(values["x"])), (1, 1))

    return taylor_slope(of_values, {"x": gradient}, {"x": x}, ["x"], np.random.default_rng(2))


def test_taylor_slopes() -> None:
    x = column(0.5, -1.5)
    assert slope_of(lambda v: v**2, x, 2 * x) == pytest.approx(2, abs=0.05)
    assert slope_of(lambda v: v**3, np.zeros((2, 1)), np.zeros((2, 1))) == pytest.approx(3, abs=0.05)
    assert slope_of(lambda v: 7 * v, x, column(7, 7)) == math.inf
    assert slope_of(lambda v: v**2, x, 2.002 * x) == pytest.approx(1, abs=0.05)
    assert slope_of(lambda v: 7 * v, x, column(7, 7.007)) == pytest.approx(1, abs=0.05)
    assert not slope_of(lambda v: v**2, x, column(np.nan, 0)) >= LEAST_TAYLOR_SLOPE


def imports(path: Path) -> set[str]:
    """The modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_oracles_share_nothing_with_the_engine() -> None:
    files = list(Path(symrnn.oracles.__path__[0]).rglob("*.py"))
    assert len(files) > 25
    for path in files:
        for module in imports(path):
            root = module.split(".")[0]
            allowed = root in {"numpy", "autograd"} or root in sys.stdlib_module_names
            assert allowed or module.startswith("symrnn.oracles"), f"{path.name} imports {module}"

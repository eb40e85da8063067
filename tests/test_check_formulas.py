"""Functions of one variable, given by a formula or known to everybody, and their slopes."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document


def judged(text: str) -> list[str]:
    """The verdicts, in order."""
    return [j.verdict for j in check_document("notes.md", text.encode()).judgements]


LOGISTIC = r"""
$$S(x) = \frac{1}{1+e^{-x}}$$
$$S'(x) = %s$$
"""


@pytest.mark.parametrize(
    ("slope", "verdict"),
    [
        ("S(x)(1 - S(x))", "correct"),
        (r"\frac{e^{-x}}{(1 + e^{-x})^2}", "correct"),
        ("S(x) - S(x)^2", "correct"),
        ("S(x)(1 + S(x))", "wrong"),
        ("1 - S(x)^2", "wrong"),
        (r"\frac{e^{-x}}{1 + e^{-x}}", "wrong"),
    ],
)
def test_the_slope_of_a_function_with_a_formula(slope: str, verdict: str) -> None:
    assert judged(LOGISTIC % slope) == ["definition", verdict]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"(\tanh u)' = 1 - \tanh^2 u", "correct"),
        (r"[\tanh(u)]' = 1 - \tanh^2(u)", "correct"),
        (r"(\tanh u)' = 1 - \tanh u", "wrong"),
        (r"\frac{d\tanh(u)}{du} = 1 + \tanh^2(u)", "wrong"),
    ],
)
def test_the_slope_of_a_known_function(claim: str, verdict: str) -> None:
    assert judged(f"$${claim}$$") == [verdict]


NET = r"""
$$\phi(a) = \frac{e^a - e^{-a}}{e^a + e^{-a}}$$
$$\phi'(a) = 1 - \phi(a)^2$$
$$a_t = W s_{t-1} + U x_t, \qquad s_t = \phi(a_t)$$
$$L = \sum_t \tfrac12 \|s_t - y_t\|^2$$
$$\frac{\partial s_t}{\partial a_t} = \mathrm{diag}(1 - s_t^2)$$
$$\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(\phi'(a_t)) W$$
$$\frac{\partial s_t}{\partial x_t} = \mathrm{diag}(1 - s_t^2) U$$
$$\frac{\partial s_t}{\partial x_t} = \mathrm{diag}(s_t (1 - s_t)) U$$
"""


def test_a_network_with_such_an_activation() -> None:
    *right, wrong = [v for v in judged(NET) if v != "definition"]
    assert set(right) == {"correct"}
    assert wrong == "wrong"


def test_a_function_that_is_given_by_two_formulas_is_any() -> None:
    """For the hidden and for the output layer: which one is meant is not known."""
    text = r"""
$$f(x) = \tanh(x)$$
$$f(x) = \frac{1}{1 + e^{-x}}$$
$$h_t = f(W h_{t-1})$$
$$f'(x) = 1 - f(x)^2$$
$$f'(x) = f(x)^2$$
"""
    assert not {"wrong", "shape", "symbol"} & {*judged(text)}


@pytest.mark.parametrize("slope", ["g(x)(1 - g(x))", r"1 - g(x)^2", "1[x > 0]"])
def test_the_slope_of_a_function_that_is_only_named_says_which_it_is(slope: str) -> None:
    text = r"""
$$a_t = W s_{t-1} + U x_t, \qquad s_t = g(a_t)$$
$$L = \sum_t \tfrac12 \|s_t - y_t\|^2$$
$$\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(g'(a_t)) W$$
$$\frac{\partial s_t}{\partial x_t} = \mathrm{diag}(g'(a_t)) U$$
$$\frac{\partial L}{\partial s_t} = s_t - y_t + W^\top (g'(a_{t+1}) \odot \frac{\partial L}{\partial s_{t+1}})$$
$$g'(x) = SLOPE$$
"""
    *right, last = [v for v in judged(text.replace("SLOPE", slope)) if v != "definition"]
    assert set(right) == {"correct"}
    assert last in ("correct", "convention", "unchecked")


@pytest.mark.parametrize("formula", [r"\max(0, x)", r"\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}"])
def test_a_function_with_a_formula_that_is_not_read_is_any(formula: str) -> None:
    text = r"""
$$g(x) = FORMULA$$
$$a_t = W s_{t-1} + U x_t, \qquad s_t = g(a_t)$$
$$\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(g'(a_t)) W$$
$$\frac{\partial s_t}{\partial x_t} = \mathrm{diag}(g'(a_t)) U$$
$$\frac{\partial s_t}{\partial x_{t-1}} = \mathrm{diag}(g'(a_t)) W \mathrm{diag}(g'(a_{t-1})) U$$
$$\frac{\partial s_t}{\partial x_{t-1}} = \mathrm{diag}(g'(a_t)) W \mathrm{diag}(g'(a_t)) U$$
"""
    *right, wrong = [v for v in judged(text.replace("FORMULA", formula)) if v != "definition"]
    assert (set(right), wrong) == ({"correct"}, "wrong")

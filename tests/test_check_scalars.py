"""Networks of one unit: small letters are numbers, and the first state may be computed from an input x_0."""

from __future__ import annotations

from symrnn.check.document import check_document

UNIT = r"""
$$z_t = u x_t + w s_{t-1} + b, \qquad s_t = \tanh(z_t)$$
$$p_t = v s_t$$
$$E_t = \frac12 (p_t - d_t)^2, \quad E = \sum_t E_t$$
"""
FIRST = r"""
$$q^0 = \tanh(u v^0 + g)$$
$$q^n = \tanh(u v^n + w q^{n-1} + g)$$
$$L = \sum_{n=0}^N \frac12 (q^n - p^n)^2$$
"""


def judged(text: str) -> list[tuple[str, str]]:
    """The verdict and the correction of each claim, in order."""
    found = check_document("notes.md", text.encode()).judgements
    return [(j.verdict, j.correction) for j in found if j.verdict != "definition"]


def test_sensitivities_that_are_carried_forward() -> None:
    claims = r"""
$$\frac{\partial s_t}{\partial w} = (1 - s_t^2)\left(s_{t-1} + w \frac{\partial s_{t-1}}{\partial w}\right)$$
$$\frac{\partial s_t}{\partial u} = (1 - s_t^2)\left(x_t + w \frac{\partial s_{t-1}}{\partial u}\right)$$
$$\frac{\partial s_t}{\partial s_k} = w^{t-k} \prod_{j=k+1}^t (1 - s_j^2)$$
$$\frac{\partial E_t}{\partial w} = (p_t - d_t) v \frac{\partial s_t}{\partial w}$$
$$\frac{\partial s_t}{\partial b} = (1 - s_t^2)\left(1 + u \frac{\partial s_{t-1}}{\partial b}\right)$$
"""
    *right, wrong = judged(UNIT + claims)
    assert {verdict for verdict, _ in right} <= {"correct", "convention"}
    assert wrong[0] == "wrong"
    assert r"1 + w \frac" in wrong[1]


def test_what_stands_after_a_product_over_steps_is_outside_of_it() -> None:
    """The factors of step k are no factors of every step j; one too many is told."""
    claim = r"""
$$\frac{\partial E}{\partial w} =
  \sum_t \sum_{k=1}^t (p_t - d_t) v w^{t-k} \prod_{j=k+1}^t (1-s_j^2) (1-s_k^2) s_{k-1}$$
$$\frac{\partial E}{\partial u} = \sum_t \sum_{k=1}^t (p_t - d_t) v w^{t-k} \prod_{j=k+1}^t (1-s_j^2) (1-s_k^2) x_k$$
$$\frac{\partial E}{\partial v} = \sum_t (p_t - d_t) s_t$$
$$\frac{\partial E}{\partial b} = \sum_t \sum_{k=1}^t (p_t - d_t) v w^{t-k} \prod_{j=k+1}^t (1-s_j^2) s_k$$
"""
    *right, wrong = judged(UNIT + claim)
    assert {verdict for verdict, _ in right} <= {"correct", "convention"}
    assert wrong[0] == "wrong"


def test_a_product_of_jacobians_before_another_factor() -> None:
    text = r"""
$$h_t = \tanh(W h_{t-1} + U x_t), \quad L = \sum_t L_t, \quad L_t = \ell(h_t)$$
$$\frac{\partial L_t}{\partial W} = \sum_{k=1}^t \frac{\partial L_t}{\partial h_t}
  \prod_{j=k+1}^t \frac{\partial h_j}{\partial h_{j-1}} \frac{\partial h_k}{\partial W}$$
$$\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^t \mathrm{diag}(1-h_j^2) W$$
$$\frac{\partial h_t}{\partial x_k} = \prod_{j=k+1}^t \mathrm{diag}(1-h_j^2) W \mathrm{diag}(1-h_k^2) U$$
$$\frac{\partial h_t}{\partial x_k} = \prod_{j=k+1}^t \mathrm{diag}(1-h_j^2) W \mathrm{diag}(1-h_{k+1}^2) U$$
"""
    *right, wrong = judged(text)
    assert {verdict for verdict, _ in right} == {"convention"}
    assert wrong[0] == "wrong"
    assert r"(1-h_k^2)" in wrong[1]


def test_a_sequence_that_begins_with_step_0() -> None:
    """No state is before q^0, and x^0 is the first input."""
    claims = r"""
$$\frac{\partial q^0}{\partial u} = (1 - (q^0)^2) v^0$$
$$\frac{\partial q^0}{\partial w} = 0$$
$$\frac{\partial q^1}{\partial w} = (1 - (q^1)^2) q^0$$
$$\frac{\partial q^n}{\partial w} = (1 - (q^n)^2) (q^{n-1} + w \frac{\partial q^{n-1}}{\partial w})$$
$$\frac{\partial q^1}{\partial u} = (1 - (q^1)^2) (v^1 + w (1 - (q^0)^2) v^0)$$
$$\frac{\partial q^1}{\partial g} = (1 - (q^1)^2) (1 + u (1 - (q^0)^2))$$
"""
    *right, wrong = judged(FIRST + claims)
    assert {verdict for verdict, _ in right} <= {"correct", "convention"}
    assert wrong[0] == "wrong"
    assert "1 + w" in wrong[1]


def test_the_right_side_that_leaves_the_first_step_unsaid() -> None:
    """v^n beside q^0 is that of step 0."""
    claims = r"""
$$\frac{\partial q^0}{\partial w} = 0$$
$$\frac{\partial q_0}{\partial u} = (1 - q_0^2) v_t$$
"""
    text = FIRST.replace("^0", "_0").replace("^{n-1}", "_{t-1}").replace("^n", "_t").replace("n=0", "t=0")
    assert {verdict for verdict, _ in judged(text + claims.replace("q^0", "q_0"))} == {"convention"}


def test_capital_letters_are_matrices() -> None:
    """A document with matrices is not read as one of numbers for the sake of a claim."""
    text = r"""
$$h_t = \tanh(W h_{t-1} + U x_t), \quad L = \sum_t \ell(h_t)$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$$
$$\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U$$
$$\frac{\partial h_t}{\partial x_{t-1}} = \mathrm{diag}(1 - h_t^2) W \mathrm{diag}(1 - h_{t-1}^2) U$$
$$\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(1 - h_t^2)$$
"""
    *right, wrong = judged(text)
    assert {verdict for verdict, _ in right} == {"correct"}
    assert wrong[0] in ("wrong", "shape")

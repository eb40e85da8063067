"""Products whose letters stand side by side, losses of one step, and what is said of them when they are wrong."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document
from symrnn.check.joined_letters import spelled_out
from symrnn.notes.parse import formula

ELMAN = r"""
$$q_t = \tanh(Rq_{t-1} + Bx_t)$$
$$u_t = Aq_t$$
$$p_t = softmax(u_t)$$
$$J_t = -y_t^T \log p_t$$
"""


def verdicts(text: str) -> list[tuple[str, str]]:
    """The verdicts on the last equations of a document, and what it should be."""
    found = check_document("notes.md", text.encode()).judgements
    return [(j.verdict, j.correction) for j in found if j.verdict != "definition"]


@pytest.mark.parametrize(
    ("claim", "verdict", "correction"),
    [
        (r"\frac{\partial J_t}{\partial A} = (p_t - y_t)q_t^T", "correct", ""),
        (r"\frac{\partial J_t}{\partial q_t} = A^T(p_t - y_t)", "correct", ""),
        (
            r"\frac{\partial J_t}{\partial A} = (p_t - y_t)q_{t-1}^T",
            "wrong",
            r"\frac{\partial J_t}{\partial A} = (p_t - y_t)q_t^T",
        ),
        (
            r"\frac{\partial J_t}{\partial A} = (y_t - p_t)q_t^T",
            "wrong",
            r"\frac{\partial J_t}{\partial A} = -(y_t - p_t)q_t^T",
        ),
        (
            r"\frac{\partial J_t}{\partial u_t} = p_t + y_t",
            "wrong",
            r"\frac{\partial J_t}{\partial u_t} = p_t - y_t",
        ),
    ],
)
def test_one_claim_about_the_loss_of_a_step_is_judged_by_the_equations_alone(claim, verdict, correction):
    assert verdicts(f"{ELMAN}$${claim}$$") == [(verdict, correction)]


def test_only_the_names_that_are_products_are_taken_apart():
    assert spelled_out(formula(r"cRq_{t-1} \odot ab_t"), {"Rq"}) == formula(r"cRq_{t-1} \odot ab_t")
    assert spelled_out(formula(r"c Rq_{t-1} + ab_t"), {"Rq"}) == formula(r"c R q_{t-1} + ab_t")
    assert spelled_out(formula(r"\tanh(Rq_{t-1})"), {"Rq"}) == formula(r"\tanh(R q_{t-1})")


def test_what_comes_through_every_step_up_to_the_third_is_said_by_a_sum_up_to_it():
    text = (
        ELMAN
        + r"""
$$\frac{\partial J_t}{\partial A} = (p_t - y_t)q_t^T$$
$$\frac{\partial J_t}{\partial q_t} = A^T(p_t - y_t)$$
$$\frac{\partial J_t}{\partial u_t} = p_t - y_t$$
$$\frac{\partial J_3}{\partial R} = A(p_3 - y_3) \sum_{k=1}^3 R^{3-k} q_{k-1}$$
"""
    )
    *_, (verdict, correction) = verdicts(text)
    assert verdict in ("wrong", "shape")
    right = text.rpartition("$$\\frac")[0] + f"$${correction}$$"
    assert verdicts(right)[-1] == ("correct", "")
    assert "_{k = 1}^3" in correction

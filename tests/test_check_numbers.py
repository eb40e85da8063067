"""Networks of numbers: small networks without vectors, numbers beside vectors, and steps that are figures."""

from __future__ import annotations

from collections import Counter

import pytest

from symrnn.check.document import check_document


def verdicts(text: str) -> list[str]:
    """What is said of each claim, in order."""
    return [
        j.verdict for j in check_document("notes.md", text.encode()).judgements if j.verdict != "definition"
    ]


TWO_LAYERS = r"""
$$ p_1 = w_1 x + b_1 $$
$$ r_1 = \sigma(p_1) $$
$$ p_2 = w_2 r_1 + b_2 $$
$$ r_2 = \sigma(p_2) $$
$$ C = \tfrac12 (r_2 - y)^2 $$
$$ \frac{\partial C}{\partial r_2} = r_2 - y $$
$$ \frac{\partial C}{\partial p_2} = (r_2 - y) r_2 (1 - r_2) $$
$$ \frac{\partial C}{\partial w_2} = (r_2 - y) r_2 (1 - r_2) r_1 $$
$$ \frac{\partial C}{\partial b_1} = (r_2 - y) r_2 (1 - r_2) w_2 r_1 (1 - r_1) $$
"""


def test_a_curly_d_by_what_the_equation_does_not_name_is_taken_through_those_between() -> None:
    wrong = r"$$ \frac{\partial C}{\partial w_1} = (r_2 - y) r_2 (1 - r_2) w_1 r_1 (1 - r_1) x $$"
    assert verdicts(TWO_LAYERS + wrong) == ["correct"] * 4 + ["wrong"]


def test_a_curly_d_by_what_the_equation_names_holds_the_rest() -> None:
    """q reads p itself, and through m as well."""
    text = r"""
$$ m = \sin(p) + a $$
$$ q = p m $$
$$ \frac{\partial q}{\partial p} = m $$
$$ \frac{d q}{d p} = m + p \cos(p) $$
$$ \frac{\partial q}{\partial a} = p $$
$$ \frac{d q}{d p} = m $$
"""
    assert verdicts(text) == ["correct", "correct", "correct", "wrong"]


FIGURES = r"""
given: $x_t$ $(n, 1)$, $e_t$ $(1, 1)$; the state $s_t$ $(n, 1)$ starts at $s_0$ $(n, 1)$; $v$ $(1, n)$
$$ s_1 = s_0 \odot x_1 $$
$$ q_1 = \sigma(v s_1) $$
$$ s_2 = s_1 \odot x_2 $$
$$ q_2 = \sigma(v s_2) $$
$$ L = \tfrac12 (q_1 - e_1)^2 + \tfrac12 (q_2 - e_2)^2 $$
$$ \frac{\partial L}{\partial q_2} = q_2 - e_2 $$
$$ \frac{\partial L}{\partial s_2} = v^\top q_2 (1 - q_2) \frac{\partial L}{\partial q_2} $$
$$ \frac{\partial L}{\partial x_2} = s_1 \odot \frac{\partial L}{\partial s_2} $$
"""


def test_what_is_said_of_the_size_at_any_step_holds_at_every_figure() -> None:
    """e_1 is a number, no unit vector, and x_2 is a vector, as the list of sizes says."""
    wrong = r"$$ \frac{\partial L}{\partial x_1} = s_1 \odot \frac{\partial L}{\partial s_1} $$"
    assert verdicts(FIGURES + wrong)[-4:] == ["correct"] * 3 + ["wrong"]


NUMBER = r"""
$$ z_t = \tanh(A z_{t-1} + B x_t + r q_{t-1}) $$
$$ q_t = v^\top z_t + d $$
$$ \frac{\partial^+ z_t}{\partial z_{t-1}} = \operatorname{diag}(1 - z_t^2) A $$
$$ \frac{\partial^+ z_t}{\partial q_{t-1}} = \operatorname{diag}(1 - z_t^2) r $$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"v^\top \operatorname{diag}(1 - z_t^2) A", "correct"),
        (r"v^\top A", "wrong"),
        (r"v^\top \operatorname{diag}(1 - z_t^2) A^\top", "wrong"),
    ],
)
def test_the_jacobian_of_a_number_of_the_network_is_a_row(claim: str, verdict: str) -> None:
    assert verdicts(NUMBER + rf"$$ \frac{{\partial^+ q_t}}{{\partial z_{{t-1}}}} = {claim} $$")[-1] == verdict


def test_a_label_beside_a_step_that_is_moved_elsewhere() -> None:
    """a_{s,u} is the argument of s_u: s is no index, as u is the step of s_{u-1}."""
    text = r"""
$$ a_{s,u} = Q s_{u-1} + P x_u $$
$$ s_u = \tanh(a_{s,u}) $$
$$ L = \sum_{u=1}^{T} \tfrac12 \|s_u - d_u\|^2 $$
$$ \frac{\partial L}{\partial a_{s,u}} = (1 - s_u^2) \odot \frac{\partial L}{\partial s_u} $$
$$ \frac{\partial L}{\partial s_u} = s_u - d_u + Q^\top \frac{\partial L}{\partial a_{s,u+1}} $$
$$ \frac{\partial L}{\partial Q} = \sum_u \frac{\partial L}{\partial a_{s,u}} s_u^\top $$
"""
    assert verdicts(text) == ["correct", "correct", "wrong"]


def test_what_is_written_out_for_three_steps_is_read_with_three_steps() -> None:
    """The last state of what reads is h_3 here; a gradient that holds for three steps only is not passed."""
    text = r"""
$$ h_t = f(h_{t-1}, x_t) $$
$$ m = R h_T $$
$$ m = R f(f(f(h_0, x_1), x_2), x_3) $$
$$ L = \tfrac12 \|m - y\|^2 $$
$$ \frac{\partial L}{\partial h_3} = R^\top (m - y) $$
"""
    *_, last = verdicts(text)
    assert last not in ("correct", "convention")


SENSITIVITIES = r"""
$$ z_t = \tanh(A z_{t-1} + B x_t) $$
$$ \ell_t = \tfrac12 \|z_t - y_t\|^2 $$
$$ p^{ij}_t = \frac{d z_t}{d A_{ij}} $$
$$ p^{ij}_t = (1 - z_t^2) \odot (A p^{ij}_{t-1} + z_{t-1,j} e_i) $$
$$ \frac{\partial \ell_t}{\partial A_{ij}} = (z_t - y_t)^\top p^{ij}_t $$
$$ \frac{\partial \ell_t}{\partial z_t} = z_t - y_t $$
"""


def test_the_letters_above_a_name_are_those_of_the_entry_that_it_is_the_derivative_by() -> None:
    wrong = r"$$ p^{ij}_t = (1 - z_t^2) \odot (A p^{ij}_{t-1} + z_{t-1,i} e_j) $$"
    assert verdicts(SENSITIVITIES + wrong) == ["correct", "correct", "correct", "wrong"]


@pytest.mark.parametrize(
    ("right", "wrong", "verdict"),
    [
        # a step that the forward equations do not speak of has no size, whatever is said of all steps
        (
            r"s_1 \odot \frac{\partial L}{\partial s_2}",
            r"s_1 \odot \frac{\partial L}{\partial s_3}",
            "symbol",
        ),
        # a parameter depends on no number of a step
        (r"= q_2 - e_2", r"= q_2 + \frac{\partial v}{\partial q_2}", "shape"),
        (r"= q_2 - e_2", r"= q_2 + \frac{\partial e_1}{\partial q_2}", "wrong"),
    ],
)
def test_derivatives_at_figures_by_what_nothing_reads(right: str, wrong: str, verdict: str) -> None:
    assert FIGURES.count(right) == 1
    more = r"""
$$ \frac{\partial L}{\partial q_1} = q_1 - e_1 $$
$$ \frac{\partial L}{\partial s_1} = v^\top q_1 (1 - q_1) (q_1 - e_1) + x_2 \odot \frac{\partial L}{\partial s_2} $$
"""
    found = verdicts(FIGURES.replace(right, wrong) + more)
    assert Counter(found[-5:]) == {"correct": 4, verdict: 1}

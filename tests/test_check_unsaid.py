"""What notes leave unsaid and everybody fills in the same way: special cases of the loss, dots, accents."""

from __future__ import annotations

from symrnn.check.document import check_document
from symrnn.check.judgement import Judgement

STATE = r"""
$$ a_t = P s_{t-1} + Q u_t + c, \qquad s_t = \tanh(a_t) $$
"""
LOSS = r"""
$$ J = \sum_{t=1}^{T} \ell_t $$
"""
ALL_ERRORS = {"wrong", "shape", "symbol"}


def judged(text: str) -> list[Judgement]:
    """What is said of each claim, in order."""
    return [j for j in check_document("notes.md", text.encode()).judgements if j.verdict != "definition"]


def verdicts(text: str) -> list[str]:
    """The verdicts on the claims."""
    return [j.verdict for j in judged(text)]


def test_the_loss_of_the_last_step_is_a_special_case() -> None:
    """What is said of J = l_T does not take the place of the sum over the steps, and its claims are found right."""
    special = r"""
    Where only the last step has a loss, $J = \ell_T$.

    $$ e_t = \frac{\partial J}{\partial s_t} $$
    $$ e_t = \frac{\partial \ell_t}{\partial s_t} + P^\top \left(e_{t+1} \odot (1 - s_{t+1}^2)\right) $$
    $$ \frac{\partial J}{\partial P} = \sum_{t=1}^T (e_t \odot (1 - s_t^2)) s_{t-1}^\top $$
    $$ e_t = P^\top \left(e_{t+1} \odot (1 - s_{t+1}^2)\right) $$
    $$ e_t = P \left(e_{t+1} \odot (1 - s_{t+1}^2)\right) $$
    """
    *right, last = verdicts((STATE + LOSS + special).replace("    ", ""))
    assert right == ["correct"] * 3
    assert last in ALL_ERRORS
    without = special.replace(r"$J = \ell_T$", "it is small")
    assert verdicts((STATE + LOSS + without).replace("    ", ""))[2] not in ("correct", "convention")


def test_a_loss_that_is_written_out_for_a_few_steps() -> None:
    """The general sum holds for all steps all the same."""
    few = r"""
    $$ J = \ell_1 + \ell_2 + \ell_3 $$
    $$ \frac{\partial J}{\partial s_2} = \frac{\partial \ell_2}{\partial s_2}
       + \left(\frac{\partial s_3}{\partial s_2}\right)^\top \frac{\partial \ell_3}{\partial s_3} $$
    $$ \frac{\partial J}{\partial s_1} = \frac{\partial \ell_1}{\partial s_1}
       + \left(\frac{\partial s_2}{\partial s_1}\right)^\top \frac{\partial J}{\partial s_2} $$
    $$ \frac{\partial J}{\partial c} = \sum_{t=1}^T \frac{\partial J}{\partial s_t} \odot (1 - s_t^2) $$
    $$ \frac{\partial J}{\partial s_2} = \frac{\partial \ell_2}{\partial s_2}
       + \frac{\partial s_3}{\partial s_2} \frac{\partial \ell_3}{\partial s_3} $$
    """
    *right, last = verdicts((STATE + LOSS + few).replace("    ", ""))
    assert right == ["correct"] * 3
    assert last in ALL_ERRORS | {"convention"}


def test_gradients_with_names_of_their_own_are_no_outputs() -> None:
    """The loss looks at the state, not at what is computed from gradients."""
    share = r"""
    $$ \delta_t = \frac{\partial J}{\partial a_t}, \qquad e_t = \frac{\partial J}{\partial s_t} $$
    $$ k_t = P^\top \delta_{t+1} $$
    $$ e_t = \frac{\partial \ell_t}{\partial s_t} + k_t $$
    $$ \delta_t = e_t \odot (1 - s_t^2) $$
    $$ e_t = \frac{\partial \ell_t}{\partial s_t} - k_t $$
    """
    assert verdicts((STATE + LOSS + share).replace("    ", "")) == ["correct", "correct", "wrong"]


def test_what_is_said_to_be_zero_is_not_told_wrong() -> None:
    """A condition, or what holds after the last step."""
    zero = r"""
    $$ e_t = \frac{\partial J}{\partial s_t}, \qquad r_t = \frac{\partial \ell_t}{\partial s_t} $$
    Steps without a loss have $r_t = 0$; and $\ell_1 = \ell_2 = \cdots = \ell_{T-1} = 0$ if only the end counts.
    $$ e_t = r_t + P^\top (e_{t+1} \odot (1 - s_{t+1}^2)) $$
    """
    found = judged((STATE + LOSS + zero).replace("    ", ""))
    assert [j.verdict for j in found] == ["unchecked", "unchecked", "correct"]


def test_dots_between_factors_and_terms() -> None:
    """From both ends, in either direction, and with several factors for every step."""
    text = r"""
    $$ M_k = \mathrm{diag}(1 - s_k^2) $$
    $$ \frac{\partial s_t}{\partial s_k}
       = \frac{\partial s_t}{\partial s_{t-1}} \frac{\partial s_{t-1}}{\partial s_{t-2}} \cdots
         \frac{\partial s_{k+1}}{\partial s_k} $$
    $$ \frac{\partial s_t}{\partial s_k} = M_t P M_{t-1} P \cdots M_{k+1} P $$
    $$ \frac{\partial J}{\partial c} = \sum_t \frac{\partial J}{\partial a_t}
       = \frac{\partial J}{\partial a_1} + \frac{\partial J}{\partial a_2} + \dots + \frac{\partial J}{\partial a_T} $$
    $$ \frac{\partial s_t}{\partial s_k} = M_t P M_{t-1} P \cdots M_k P $$
    $$ \frac{\partial J}{\partial c}
       = \frac{\partial J}{\partial a_1} + \frac{\partial J}{\partial a_2} + \dots
         + \frac{\partial J}{\partial a_{T-1}} $$
    """
    *right, first, second = verdicts((STATE + LOSS + text).replace("    ", ""))
    assert set(right) <= {"correct", "convention"}
    assert first in ALL_ERRORS
    assert second in ALL_ERRORS


def test_a_tilde_that_is_set_over_a_name() -> None:
    r"""\stackrel{\sim}{C_t} is \tilde C_t, and not C_t; of gates that nothing defines nothing is told wrong."""
    text = r"""
    $$ h_t = o_t \odot \tanh(C_t), \qquad C_t = f_t \odot C_{t-1} + i_t \odot \stackrel{\sim}{C_t} $$
    $$ \frac{\partial L}{\partial i_t} = \frac{\partial L}{\partial C_t} \odot \overset{\sim}{C_t} $$
    $$ \frac{\partial L}{\partial \tilde C_t} = \frac{\partial L}{\partial C_t} \odot i_t $$
    $$ \frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial C_t} \odot C_{t-1} $$
    $$ \frac{\partial L}{\partial C_t} = \frac{\partial L}{\partial h_t} \odot o_t \odot (1 - \tanh^2(C_t)) $$
    """
    assert verdicts(text.replace("    ", "")) == ["correct", "correct", "correct", "unchecked"]


def test_steps_that_are_a_letter_ahead() -> None:
    """s_{t+k}: k steps after t, wherever there are so many; one factor more or less is a mistake."""
    text = r"""
    $$ G_t = \frac{\partial s_{t+1}}{\partial s_t} = \mathrm{diag}(1 - s_{t+1}^2) P $$
    $$ \frac{\partial s_{t+k}}{\partial s_t} = \prod_{i=0}^{k-1} G_{t+i} $$
    $$ \frac{\partial J}{\partial P} = \sum_t \frac{\partial J}{\partial a_t} s_{t-1}^\top $$
    $$ \frac{\partial J}{\partial c} = \sum_t \frac{\partial J}{\partial a_t} $$
    $$ \frac{\partial s_{t+k}}{\partial s_t} = \prod_{i=0}^{k} G_{t+i} $$
    """
    *right, last = verdicts((STATE + LOSS + text).replace("    ", ""))
    assert set(right) <= {"correct", "convention"}
    assert last in ALL_ERRORS


def test_the_loss_of_a_step_is_the_summand_of_the_loss_of_the_sequence() -> None:
    """E_t and l_t are both what E sums up, and no other function of the output."""
    text = r"""
    $$ q_t = f(A q_{t-1} + B v_t + k) $$
    $$ r_t = g(C q_t + m) $$
    $$ E = \sum_{t=1}^{T} \ell(r_t, \hat{r}_t) $$
    $$ \frac{\partial E}{\partial C} = \sum_t \frac{\partial \ell_t}{\partial r_t} \frac{\partial r_t}{\partial C} $$
    $$ \frac{\partial E}{\partial A} = \sum_{t=1}^T \frac{\partial E_t}{\partial q_t} \frac{\partial q_t}{\partial A} $$
    $$ \frac{\partial E}{\partial C} = \sum_t \frac{\partial \ell_t}{\partial q_t} \frac{\partial r_t}{\partial C} $$
    """
    *right, last = verdicts(text.replace("    ", ""))
    assert set(right) <= {"correct", "convention"}
    assert last not in ("correct", "convention")


def test_the_left_side_of_a_product_over_steps_means_no_sum() -> None:
    """Under a product over t >= i > k the left side is not taken for a product as well, so that anything passes."""
    text = r"""
    $$ q_t = A \sigma(q_{t-1}) + B v_t + k $$
    $$ \frac{\partial q_t}{\partial q_k} = \prod_{t \geq i > k} 3 A \text{diag}(q_{i-1}) $$
    """
    assert not set(verdicts(text.replace("    ", ""))) & {"correct", "convention"}

"""Models that notes leave incomplete: an output layer, the loss of the last step, names of one thing in two ways."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document
from symrnn.check.judgement import Checked

RNN = r"""
$$ a_t = P s_{t-1} + Q u_t + c, \qquad s_t = \tanh(a_t) $$
"""
ALL_ERRORS = {"wrong", "shape", "symbol"}


def checked(text: str) -> Checked:
    """The document, checked."""
    return check_document("notes.md", text.replace("    ", "").encode())


def verdicts(text: str) -> list[str]:
    """What is said of each claim, in order."""
    return [j.verdict for j in checked(text).judgements if j.verdict != "definition"]


LAYER = r"""
    $$ \frac{\partial L}{\partial W_{hy}} = \sum_t (\hat y_t - y_t) s_t^\top $$
    $$ \frac{\partial L}{\partial b_y} = \sum_t (\hat y_t - y_t) $$
    $$ \frac{\partial L}{\partial s_t} = W_{hy}^\top (\hat y_t - y_t) + P^\top \frac{\partial L}{\partial a_{t+1}} $$
    $$ \frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial s_t} \odot (1 - s_t^2) $$
"""


def test_an_output_layer_that_is_not_given() -> None:
    """Its weight is known by its name; what was added is told."""
    found = checked(RNN + LAYER)
    assert [j.verdict for j in found.judgements[2:]] == ["correct"] * 4
    assert any("output layer" in words for words in found.inferred)


@pytest.mark.parametrize(
    ("right", "slip"),
    [
        (r"\sum_t (\hat y_t - y_t) s_t^\top", r"\sum_t (\hat y_t - y_t) s_{t-1}^\top"),
        (r"\sum_t (\hat y_t - y_t) s_t^\top", r"\sum_t (\hat y_t + y_t) s_t^\top"),
        (r"W_{hy}^\top (\hat y_t", r"W_{hy} (\hat y_t"),
    ],
)
def test_slips_in_what_is_said_of_such_a_layer(right: str, slip: str) -> None:
    """They are not passed for right."""
    before, after = verdicts(RNN + LAYER), verdicts(RNN + LAYER.replace(right, slip))
    changed = [b for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == 1
    assert set(changed) <= ALL_ERRORS | {"unchecked"}


def test_an_output_after_the_last_step_has_one_loss() -> None:
    """y = W s_T: no sum over the steps; nabla W += is what a step adds."""
    text = r"""
    $$ s_t = \tanh(P s_{t-1} + Q u_t + c), \qquad \hat y = R s_T + k $$
    $$ \delta_t = \delta s_t \odot (1 - s_t^2) $$
    $$ \delta s_T = R^\top \frac{\partial L}{\partial \hat y} $$
    $$ \delta s_{t-1} = P^\top \delta_t $$
    $$ \nabla Q_{in} += \delta_t u_t^\top $$
    $$ \delta s_{t-1} = P \delta_t $$
    $$ \nabla Q_{in} += \delta_t s_t^\top $$
    """.replace("Q u_t", "Q_{in} u_t")
    *right, order, symbol = verdicts(text)
    assert set(right) <= {"correct", "convention"}
    assert {order, symbol} <= ALL_ERRORS


def test_t_as_the_last_step() -> None:
    """Sums up to t of what the loss of the whole sequence is differentiated by."""
    text = r"""
    $$ \delta_t = \frac{\partial E}{\partial a_t} $$
    $$ \frac{\partial E}{\partial c} = \sum_{j=1}^{t} \delta_j $$
    $$ \frac{\partial E}{\partial Q} = \sum_{j=1}^{t} \delta_j u_j^\top $$
    $$ \frac{\partial E}{\partial P} = \sum_{j=1}^{t} \delta_j s_{j-1}^\top $$
    $$ \frac{\partial E}{\partial P} = \sum_{j=1}^{t} \delta_j s_j^\top $$
    """
    assert verdicts(RNN + text) == ["convention"] * 3 + ["wrong"]


def test_a_capital_in_the_one_equation_and_none_in_the_other() -> None:
    r"""\tilde G_t is defined, \tilde g_t is read: one quantity; and an argument with a name of its own."""
    text = r"""
    $$ f_t = \sigma(W_f \cdot [h_{t-1}, x_t] + b_f), \qquad \tilde G_t = \tanh(W_g \cdot [h_{t-1}, x_t] + b_g) $$
    $$ h_t = f_t \odot h_{t-1} + (1 - f_t) \odot \tilde g_t $$
    $$ \mathbf{n}_{f,t} = W_f [\mathbf{h}_{t-1}, x_t] + b_f, \qquad \mathbf{n}_{g,t} = W_g [h_{t-1}, x_t] + b_g $$
    $$ \frac{\partial E}{\partial \tilde g_t} = \frac{\partial E}{\partial h_t} \odot (1 - f_t) $$
    $$ \frac{\partial E}{\partial n_{g,t}} = \frac{\partial E}{\partial \tilde g_t} \odot (1 - \tilde g_t^2) $$
    $$ \frac{\partial E}{\partial b_f} = \sum_t \frac{\partial E}{\partial n_{f,t}} $$
    $$ \frac{\partial E}{\partial \tilde g_t} = \frac{\partial E}{\partial h_t} \odot f_t $$
    """
    assert verdicts(text) == ["correct"] * 3 + ["wrong"]


def test_two_names_in_one_equation() -> None:
    """h_t = y_t = f: the one is read by the next step, the other by the loss, and both are one quantity."""
    text = r"""
    $$ h_t = y_t = \tanh(P h_{t-1} + Q x_t) $$
    $$ L = \sum_t \lVert y_t - d_t \rVert^2 $$
    $$ \frac{\partial L}{\partial y_t} = 2 (y_t - d_t)
       + P^\top \left(\frac{\partial L}{\partial h_{t+1}} \odot (1 - h_{t+1}^2)\right) $$
    $$ \frac{\partial L}{\partial Q} = \sum_t \left(\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)\right) x_t^\top $$
    $$ \frac{\partial L}{\partial y_t} = 2 (y_t - d_t) $$
    """
    *right, last = verdicts(text)
    assert right == ["correct", "correct"]
    assert last in ALL_ERRORS


def test_a_norm_in_double_bars() -> None:
    """||x||^2, also behind a factor; |a||b| is a product."""
    text = r"""
    $$ s_t = \tanh(P s_{t-1} + Q u_t) $$
    $$ E = \frac12 \sum_t ||s_t - d_t||^2 $$
    $$ \frac{\partial E}{\partial s_t} = (s_t - d_t)
       + P^\top \left(\frac{\partial E}{\partial s_{t+1}} \odot (1 - s_{t+1}^2)\right) $$
    $$ \frac{\partial E}{\partial s_t} = (s_t - d_t)
       - P^\top \left(\frac{\partial E}{\partial s_{t+1}} \odot (1 - s_{t+1}^2)\right) $$
    """
    assert verdicts(text) == ["correct", "wrong"]


def test_what_comes_back_by_one_use_of_a_quantity() -> None:
    """A gradient that is named by a number may be the share that comes by one gate; two names for one are a slip."""
    text = r"""
    $$ f_t = \sigma(P_f s_{t-1} + Q_f u_t), \qquad g_t = \tanh(P_g s_{t-1} + Q_g u_t) $$
    $$ s_t = f_t \odot s_{t-1} + g_t $$
    $$ \delta_1 = \delta s_t \odot s_{t-1}, \qquad \delta_2 = \delta_1 \odot f_t \odot (1 - f_t) $$
    $$ \delta_3 = \delta s_t \odot (1 - g_t^2) $$
    $$ \delta_4 = P_f^\top \delta_2, \qquad \delta_5 = Q_f^\top \delta_2, \qquad \delta_6 = P_g^\top \delta_3 $$
    @
    """
    *_, fourth, fifth, sixth = verdicts(text.replace("@", ""))
    assert {fourth, fifth, sixth} == {"correct"}
    *_, fourth, fifth, sixth, seventh = verdicts(text.replace("@", r"$$ \delta_7 = P_g^\top \delta_3 $$"))
    assert (fourth, fifth, sixth, seventh) == ("correct", "correct", "unchecked", "unchecked")

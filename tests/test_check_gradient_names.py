"""Names that notes make up for gradients and their shares, and for what an activation is applied to."""

from __future__ import annotations

from symrnn.check.document import check_document

RNN = r"""
$$ s_t = \tanh(P s_{t-1} + Q u_t + c), \qquad v_t = R s_t + k, \qquad \hat y_t = \mathrm{softmax}(v_t) $$
$$ J = \sum_t J_t, \qquad J_t = -\sum_j y_{t,j} \log \hat y_{t,j} $$
"""
ALL_ERRORS = {"wrong", "shape", "symbol"}


def verdicts(text: str) -> list[str]:
    """What is said of each claim, in order."""
    text = text.replace("    ", "")
    return [
        j.verdict for j in check_document("notes.md", text.encode()).judgements if j.verdict != "definition"
    ]


def test_the_share_of_the_later_steps_as_a_label() -> None:
    r"""ds_t^{\text{later}} is what the later steps hand back; it belongs to the step that it is written with."""
    text = r"""
    $$ \delta v_t = \hat y_t - y_t $$
    $$ \delta s_t = R^\top \delta v_t + \delta s_t^{\text{(rec)}} $$
    $$ \delta s_{t-1}^{\text{(rec)}} = P^\top ((1 - s_t^2) \odot \delta s_t) $$
    $$ \delta s_{t-1}^{\text{(rec)}} = P ((1 - s_t^2) \odot \delta s_t) $$
    $$ \delta s_t = R^\top \delta v_t + \delta s_{t+1}^{\text{(rec)}} $$
    """
    *right, order, index = verdicts(RNN + text)
    assert set(right) == {"correct"}
    assert order in ALL_ERRORS
    assert index in ALL_ERRORS


def test_the_shares_of_a_gradient_by_its_subscripts() -> None:
    """What its own step gives, what the later ones hand back, and both."""
    text = r"""
    $$ \delta_{s_t, \mathrm{out}} = R^\top (\hat y_t - y_t) $$
    $$ \delta_{s_t} = \delta_{s_t, \mathrm{out}} + \delta_{s_t, \mathrm{future}} $$
    $$ \delta_{s_t, \mathrm{future}} = P^\top (\delta_{s_{t+1}} \odot (1 - s_{t+1}^2)) $$
    $$ \delta_{s_t} = \delta_{s_t, \mathrm{out}} - \delta_{s_t, \mathrm{future}} $$
    $$ \delta_{s_t, \mathrm{out}} = R^\top (\hat y_t + y_t) $$
    """
    found = verdicts(RNN + text)
    assert found[:3] == ["correct"] * 3
    assert set(found[3:]) <= ALL_ERRORS


def test_the_share_of_a_gradient_that_has_a_letter() -> None:
    """g_t is the gradient by s_t, and so is its share."""
    text = r"""
    $$ g_t = \frac{\partial J}{\partial s_t} $$
    $$ g_t = \frac{\partial J_t}{\partial s_t} + g_t^{\mathrm{later}} $$
    $$ g_t^{\mathrm{later}} = P^\top (g_{t+1} \odot (1 - s_{t+1}^2)) $$
    $$ g_t^{\mathrm{later}} = P^\top (g_{t+1} \odot (1 - s_t^2)) $$
    """
    assert verdicts(RNN + text) == ["correct", "correct", "wrong"]


def test_where_no_claim_bears_out_what_a_share_is() -> None:
    """The label may say from which step something comes: nothing is told wrong then."""
    text = r"""
    $$ \delta s_t = R^\top \delta v_t + \delta s_{t+1}^{\text{next}} $$
    $$ \delta s_t^{\text{next}} = P^\top ((1 - s_t^2) \odot \delta s_t) $$
    $$ \frac{\partial J}{\partial R} = \sum_t \delta v_t s_t^\top $$
    $$ \frac{\partial J}{\partial k} = \sum_t \delta v_t $$
    $$ \frac{\partial J}{\partial v_t} = \hat y_t - y_t $$
    """
    found = verdicts(RNN + text)
    assert found[:2] == ["unchecked", "unchecked"]
    assert set(found[2:]) == {"correct"}


def test_what_an_activation_is_applied_to_may_be_called_raw() -> None:
    r"""s_t^{\text{raw}}, \text{raw}_t and a_t, where only one activation can be meant."""
    for raw in (r"s_t^{\text{raw}}", r"\text{raw}_t", "a_t", r"\text{net}_t"):
        text = r"""
    $$ \nabla_{@} J = (1 - s_t^2) \odot \nabla_{s_t} J $$
    $$ \frac{\partial J}{\partial P} = \sum_t \nabla_{@} J \, s_{t-1}^\top $$
    $$ \frac{\partial J}{\partial Q} = \sum_t \nabla_{@} J \, u_t^\top $$
    $$ \nabla_{@} J = (1 + s_t^2) \odot \nabla_{s_t} J $$
        """.replace("@", raw)
        *right, last = verdicts(RNN + text)
        assert set(right) == {"correct"}, raw
        assert last == "wrong", raw


def test_losses_with_labels_are_not_all_the_loss() -> None:
    """The share of a loss that a label speaks of is not the whole."""
    text = r"""
    $$ \nabla_{s_t} J = \nabla_{s_t} J_{\text{from here}} + \nabla_{s_t} J_{\text{from there}} $$
    $$ \nabla_{R} J_{\text{total}} = \sum_t (\hat y_t - y_t) s_t^\top $$
    """
    assert verdicts(RNN + text) == ["unchecked", "correct"]

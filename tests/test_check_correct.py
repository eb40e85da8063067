import re

import pytest

from symrnn.check.correct import Budget, correct
from symrnn.check.evaluate import Reading
from symrnn.check.judge import attempt
from symrnn.check.model import build
from symrnn.check.understand import understand
from symrnn.check.world import Choice
from symrnn.notes.find import find
from symrnn.notes.rows import statements
from symrnn.notes.written import written

PLAIN = (Reading(), Choice())
RNN = r"""
$$a_t = W h_{t-1} + U x_t + b$$
$$h_t = \tanh(a_t)$$
$$o_t = V h_t + c$$
$$\hat{y}_t = \operatorname{softmax}(o_t)$$
$$L = \sum_{t=1}^T L_t$$
$$L_t = - y_t^\top \log \hat{y}_t$$
"""
LSTM = r"""
$$f_t = \sigma(W_f h_{t-1} + U_f x_t + b_f)$$
$$i_t = \sigma(W_i h_{t-1} + U_i x_t + b_i)$$
$$o_t = \sigma(W_o h_{t-1} + U_o x_t + b_o)$$
$$g_t = \tanh(W_g h_{t-1} + U_g x_t + b_g)$$
$$c_t = f_t \odot c_{t-1} + i_t \odot g_t$$
$$h_t = o_t \odot \tanh(c_t)$$
"""


def correction(text, claim):
    data = f"{text}\n$${claim}$$\n".encode()
    document = understand([(math, statements(math.latex)) for math in find("notes.md", data).maths])
    entry = document.entries[-1]
    model = build(document, entry.index)
    assert not attempt(model, entry.sides, *PLAIN).holds
    context = [side for other in document.entries for side in other.sides]
    found = correct(model, entry.sides, [PLAIN], context=context, budget=Budget(model.meter, effort=600_000))
    if found is None:
        return None
    for side in found.sides[1:]:
        assert attempt(model, (found.sides[0], side), found.outcome.reading, found.outcome.choice, 7).holds
    return squeezed(" = ".join(written(side) for side in found.sides)), found.mistake


def gradients(short):
    return re.sub("<(.*?)>", r"\\frac{\\partial L}{\\partial \1}", short)


def squeezed(latex):
    return "".join(latex.split()).replace(r"\left", "").replace(r"\right", "").replace(r"{\top}", r"\top")


@pytest.mark.parametrize(
    ("text", "claim", "right", "mistake"),
    [
        (RNN, r"<h_T> = V <o_T>",
              r"<h_T> = V^\top <o_T>", "transpose"),
        (RNN, r"<V> = \sum_{t=1}^T h_t^\top <o_t>",
              r"<V> = \sum_{t=1}^T <o_t> h_t^\top", "order"),
        (RNN, r"<W> = \sum_{t=1}^T <a_t> h_t^\top",
              r"<W> = \sum_{t=1}^T <a_t> h_{t - 1}^\top", "index"),
        (RNN, r"<o_t> = \hat{y}_t + y_t",
              r"<o_t> = \hat{y}_t - y_t", "sign"),
        (RNN, r"<a_t> = <h_t> \odot (1 - h_t)",
              r"<a_t> = <h_t> \odot (1 - h_t^2)",
              "missing-activation-derivative"),
        (RNN, r"<h_t> = V^\top (\hat{y}_t - y_t) + V^\top <a_{t+1}>",
              r"<h_t> = V^\top (\hat{y}_t - y_t) + W^\top <a_{t+1}>",
              "wrong-symbol"),
        (LSTM, r"<f_t> = <c_t> \odot c_t",
               r"<f_t> = <c_t> \odot c_{t - 1}", "index"),
        (LSTM, r"<i_t> = <c_t> \odot f_t",
               r"<i_t> = <c_t> \odot g_t", "wrong-symbol"),
        (LSTM, r"<g_t> = <c_t> \odot f_t",
               r"<g_t> = <c_t> \odot i_t", "gate-swap"),
        (LSTM, r"<b_o> = \sum_{t=1}^T <o_t>",
               r"<b_o> = \sum_{t=1}^T <o_t> \odot o_t \odot (1 - o_t)",
               "missing-activation-derivative"),
        (LSTM, r"<U_f> = \sum_{t=1}^T <f_t> x_t^\top",
               r"<U_f> = \sum_{t=1}^T (<f_t> \odot f_t \odot (1 - f_t)) x_t^\top",
               "missing-activation-derivative"),
        (RNN, r"<h_t> = V^\top <o_t>",
              r"<h_t> = V^\top <o_t> + W^\top (<h_{t + 1}> \odot (1 - h_{t + 1}^2))", "missing-term"),
        (RNN, r"<h_t> = V^\top <o_t> + W^\top <a_{t+1}> + U^\top <a_t>",
              r"<h_t> = V^\top <o_t> + W^\top <a_{t+1}>", "extra-term"),
        (RNN, r"<h_t> = V^\top <o_t> - W^\top <a_{t+1}>",
              r"<h_t> = V^\top <o_t> + W^\top <a_{t+1}>", "sign"),
        (RNN, r"<h_t> = <h_{t+1}> \odot W^\top (1 - h_{t+1}^2) + V^\top <o_t>",
              r"<h_t> = W^\top (<h_{t+1}> \odot (1 - h_{t+1}^2)) + V^\top <o_t>", "order"),
        (RNN, r"<h_t> = W^\top <h_{t+1}> \odot (1 - h_{t+1}^2) + V^\top <o_t>",
              r"<h_t> = W^\top (<h_{t+1}> \odot (1 - h_{t+1}^2)) + V^\top <o_t>", "parentheses"),
        (RNN, r"<U> = \sum_{t=1}^T <h_t> x_t^\top",
              r"<U> = \sum_{t=1}^T (<h_t> \odot (1 - h_t^2)) x_t^\top",
              "missing-activation-derivative"),
        (RNN, r"\frac{\partial h_t}{\partial h_{t-1}} = W",
              r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W",
              "missing-activation-derivative"),
        (RNN, r"\frac{\partial h_t}{\partial h_{t-1}} = W^\top \operatorname{diag}(1 - h_t^2)",
              r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W", "order"),
        (LSTM, r"\frac{\partial c_t}{\partial c_{t-1}} = \operatorname{diag}(i_t)",
               r"\frac{\partial c_t}{\partial c_{t-1}} = \operatorname{diag}(f_t)", "gate-swap"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_corrected(text, claim, right, mistake):
    found = correction(text, gradients(claim))
    assert found == (squeezed(gradients(right)), mistake)


def test_several_terms_are_corrected_at_once():
    wrong = "<x_t> = <f_t> U_f + <i_t> U_i + <o_t> U_o + <g_t> U_g"
    found = correction(LSTM, gradients(wrong))
    terms = [rf"U_{k}^\top (<{k}_t> \odot {k}_t \odot (1 - {k}_t))" for k in "fio"]
    right = " + ".join([*terms, r"U_g^\top (<g_t> \odot (1 - g_t^2))"])
    assert found == (squeezed(gradients(f"<x_t> = {right}")), "missing-activation-derivative")


def test_two_slips_are_corrected_together():
    found = correction(LSTM, gradients(r"<b_o> = \sum_{k=1}^T <o_t>"))
    assert found is not None
    assert found[0] == squeezed(gradients(r"<b_o> = \sum_{t=1}^T <o_t> \odot o_t \odot (1 - o_t)"))


def test_a_right_side_of_a_chain_is_kept():
    wrong = r"<a_t> = (\frac{\partial h_t}{\partial a_t})^\top <h_t> = <h_t> \odot (1 - h_t)"
    right = gradients(wrong.replace("1 - h_t", "1 - h_t^2"))
    assert correction(RNN, gradients(wrong)) == (squeezed(right), "missing-activation-derivative")


def test_a_claim_is_not_corrected_by_repeating_its_left_side():
    found = correction(RNN, gradients(r"<h_t> = <o_t>"))
    assert found is None or found[0] != squeezed(gradients("<h_t> = <h_t>"))


# -- where no small change helps: reverse mode on the document's own equations


@pytest.mark.parametrize(
    ("text", "claim", "right"),
    [
        (RNN, r"<x_t> = x_t \odot x_t", r"<x_t> = U^\top <a_t>"),
        (RNN, r"<U> = \sum_t \hat{y}_t h_t^\top <h_t>", r"<U> = \sum_t (<h_t> \odot (1 - h_t^2)) x_t^\top"),
        (RNN, r"<h_t> = W U x_t + <o_t>", r"<h_t> = W^\top <a_{t + 1}> + V^\top <o_t>"),
        (LSTM, r"<x_t> = <f_t> + <i_t> + <o_t> + <g_t> \odot g_t",
               r"<x_t> = U_f^\top (<f_t> \odot f_t \odot (1 - f_t)) + U_i^\top (<i_t> \odot i_t \odot (1 - i_t))"
               r" + U_o^\top (<o_t> \odot o_t \odot (1 - o_t)) + U_g^\top (<g_t> \odot (1 - g_t^2))"),
    ],
)  # fmt: skip
def test_what_is_quite_wrong_is_derived_anew(text, claim, right):
    # The document calls the gradient by h_t what the claim does not need to name.
    named = gradients(r"$$<h_t> = V^\top <o_t> + W^\top <a_{t+1}>$$") if text is RNN else ""
    found = correction(text + named, gradients(claim))
    assert found is not None
    assert found[0] == squeezed(gradients(right))


def test_a_name_of_a_gradient_is_used():
    named = RNN + r"$$\delta_t = \frac{\partial L}{\partial a_t}$$"
    found = correction(named, gradients(r"<W> = \sum_{t=1}^T x_t x_t^\top"))
    assert found is not None
    assert found[0] == squeezed(gradients(r"<W> = \sum_{t=1}^T \delta_t h_{t - 1}^\top"))


@pytest.mark.parametrize(
    ("notes", "wrong", "right"),
    [
        (r"$$h_t = \tanh(h_{t-1} W + x_t U + b)$$ $$o_t = h_t V$$", r"<U> = \sum_t <h_t> x_t^\top",
         r"<U> = \sum_t x_t^\top (<h_t> \odot (1 - h_t^2))"),
        (r"$$h_t = f(W h_{t-1} + U x_t + b)$$ $$o_t = V h_t$$", r"<b> = \sum_t <h_t>",
         r"<b> = \sum_t <h_t> \odot f'(W h_{t-1} + U x_t + b)"),
        (r"$$h_t = \tanh(W h_{t-1} + U x_t + b)$$ $$o_t = V h_t$$", r"<V> = \sum_t h_t <o_t>",
         r"<V> = \sum_t <o_t> h_t^\top"),
    ],
)  # fmt: skip
def test_rows_and_named_functions_are_corrected_in_kind(notes, wrong, right):
    loss = r"$$p_t = \operatorname{softmax}(o_t)$$ $$L = -\sum_t y_t^\top \log p_t$$"
    if "x_t U" in notes:
        loss = r"$$p_t = \operatorname{softmax}(o_t)$$ $$L = -\sum_t \log(p_t) y_t^\top$$"
    found = correction(f"{notes}\n{loss}", gradients(wrong))
    assert found is not None
    assert found[0] == squeezed(gradients(right))


def test_a_term_of_another_kind_is_not_taken_for_a_missing_one():
    # The factors are right and stand in the wrong order: that is one change, another term would be two.
    notes = RNN.replace(r"\tanh", "f")
    wrong = r"<h_t> = W^\top <h_{t+1}> \operatorname{diag}(f'(a_{t+1})) + V^\top <o_t>"
    right = r"<h_t> = W^\top \operatorname{diag}(f'(a_{t+1})) <h_{t+1}> + V^\top <o_t>"
    assert correction(notes, gradients(wrong)) == (squeezed(gradients(right)), "order")


def test_the_marks_of_the_claim_are_kept_where_the_document_has_others():
    notes = RNN + gradients(r"$$<x_t> = U^T <a_t>$$")
    found = correction(notes, gradients(r"<h_t> = V^\top <o_t> + W <a_{t+1}>"))
    assert found is not None
    assert found[0] == squeezed(gradients(r"<h_t> = V^\top <o_t> + W^\top <a_{t+1}>"))

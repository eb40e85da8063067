"""Steps in brackets, h(t) and h[t-1], are read, judged and corrected like h_t and h_{t-1}."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document

NOTES = r"""
$$ h[t] = \tanh(W h[t-1] + U x[t] + b) $$
$$ L = \sum_t \tfrac12 \|h[t] - y[t]\|^2 $$
$$ \frac{\partial L}{\partial h[t]}
   = h[t] - y[t] + W^\top ((1 - h[t+1]^2) \odot \frac{\partial L}{\partial h[t+1]}) $$
$$ \frac{\partial L}{\partial U} = \sum_t ((1-h[t]^2) \odot \frac{\partial L}{\partial h[t]}) x[t-1]^\top $$
"""


@pytest.mark.parametrize("brackets", ["[]", "()"])
def test_steps_in_brackets(brackets):
    text = NOTES.replace("[", brackets[0]).replace("]", brackets[1])
    *_, right, wrong = check_document("notes.md", text.encode()).judgements
    assert (right.verdict, wrong.verdict) == ("correct", "wrong")
    assert wrong.correction.replace("{t}", "t").endswith(rf"x{brackets[0]}t{brackets[1]}^\top")


def test_a_function_of_a_letter_is_no_quantity_at_a_step():
    """sigma(k) and f(x) keep their arguments where no bracket holds a step."""
    text = r"""
    $$ h_t = f(z_t), \quad z_t = W h_{t-1} + U x_t $$
    $$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(f'(z_t)) W $$
    """
    *_, claim = check_document("notes.md", text.replace("    ", "").encode()).judgements
    assert claim.verdict == "correct"


@pytest.mark.parametrize("brackets", ["[]", "()"])
def test_a_weight_that_is_written_close_to_a_quantity_at_a_step(brackets):
    """Wh(t-1) is W times h(t-1)."""
    text = r"""
$$ p[t] = Ux[t] + Wh[t-1] + b, \quad h[t] = \tanh(p[t]) $$
$$ \frac{\partial h[t]}{\partial h[t-1]} = \mathrm{diag}(1 - h[t]^2) W $$
$$ \frac{\partial h[t]}{\partial x[t]} = \mathrm{diag}(1 - h[t]^2) U $$
$$ \frac{\partial h[t]}{\partial h[t-1]} = \mathrm{diag}(1 - h[t-1]^2) W $$
"""
    found = check_document(
        "notes.md", text.replace("[", brackets[0]).replace("]", brackets[1]).encode()
    ).judgements
    assert [j.verdict for j in found] == ["definition", "definition", "correct", "correct", "wrong"]

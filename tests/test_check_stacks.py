r"""Vectors one above the other, in the ways they are written; and a fraction whose denominator is a vector."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document

CELL = r"""
$$ v_t = P_v %s + q $$
$$ s_t = \tanh(v_t) $$
"""
GRADIENT = (
    r"$$ \frac{\partial L}{\partial P_v} = \sum_t (\frac{\partial L}{\partial s_t} \odot (1 - s_t^2)) %s $$"
)

FORWARD = [
    r"\cdot \mathrm{concat}(s_{t-1}, x_t)",
    r"\operatorname{concat}[s_{t-1}, x_t]",
    r"\text{Concat}(s_{t-1}; x_t)",
    r"(s_{t-1} \oplus x_t)",
    r"\cdot (s_{t-1}, x_t)",
    r"[s_{t-1}^T, x_t^T]^T",
    r"\cdot [s_{t-1} x_t]",
    r"\times \{s_{t-1}, x_t\}",
]
BACKWARD = [r"[s_{t-1}, x_t]^T", r"(s_{t-1}, x_t)^T", r"[s_{t-1}^T, x_t^T]", r"(s_{t-1} \oplus x_t)^\top"]


def said(text: str) -> list[str]:
    """The verdicts on what is claimed."""
    return [j.verdict for j in check_document("n.md", text.encode()).judgements if j.verdict != "definition"]


@pytest.mark.parametrize("forward", FORWARD)
@pytest.mark.parametrize("backward", BACKWARD)
def test_what_is_stacked(forward: str, backward: str) -> None:
    assert said(CELL.replace("%s", forward) + GRADIENT.replace("%s", backward)) == ["correct"]


@pytest.mark.parametrize("forward", FORWARD)
def test_what_is_stacked_in_another_order(forward: str) -> None:
    swapped = GRADIENT.replace("%s", "[x_t, s_{t-1}]^T")
    right = GRADIENT.replace("%s", "[s_{t-1}, x_t]^T")
    bias = r"$$ \frac{\partial L}{\partial q} = \sum_t \frac{\partial L}{\partial s_t} \odot (1 - s_t^2) $$"
    by_v = r"$$ \frac{\partial L}{\partial v_t} = \frac{\partial L}{\partial s_t} \odot (1 - s_t^2) $$"
    verdicts = said(CELL.replace("%s", forward) + "\n".join((right, bias, by_v, swapped)))
    assert verdicts[:3] == ["correct"] * 3
    assert verdicts[3] in ("wrong", "shape")


def test_weight_with_another_letter() -> None:
    """A capital W before a pair is a factor; a small letter is a function."""
    cell = r"""
$$ k_t = \tanh(W(k_{t-1}, x_t) + b) $$
$$ \frac{\partial L}{\partial W} = \sum_t (\frac{\partial L}{\partial k_t} \odot (1 - k_t^2)) (k_{t-1}, x_t)^T $$
$$ \frac{\partial L}{\partial b} = \sum_t \frac{\partial L}{\partial k_t} \odot (1 - k_t^2) $$
$$ \frac{\partial L}{\partial W} = \sum_t (\frac{\partial L}{\partial k_t} \odot (1 + k_t^2)) (k_{t-1}, x_t)^T $$
"""
    *right, wrong = said(cell)
    assert right == ["correct"] * 2
    assert wrong == "wrong"


def test_logistic_function_written_out_of_a_name_without_a_step() -> None:
    text = r"""
$$ a_g = M k_{t-1} + N x_t $$
$$ k_t = \sigma(a_g) = \frac{1}{1 + e^{-a_g}} $$
$$ \frac{\partial L}{\partial M} = \sum_t (\frac{\partial L}{\partial k_t} \odot k_t \odot (1 - k_t)) k_{t-1}^T $$
$$ \frac{\partial L}{\partial N} = \sum_t (\frac{\partial L}{\partial k_t} \odot k_t \odot (1 - k_t)) x_t^T $$
$$ \frac{\partial L}{\partial N} = \sum_t (\frac{\partial L}{\partial k_t} \odot k_t \odot (1 + k_t)) x_t^T $$
"""
    *right, wrong = said(text)
    assert set(right) <= {"correct", "convention"}
    assert wrong == "wrong"

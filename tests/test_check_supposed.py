r"""Documents that name a cell and do not define it: its equations are supposed, where the claims agree with them."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document

FINE = {"correct", "convention"}

ELMAN = r"""
$$ \frac{\partial s_t}{\partial s_{t-1}} = \operatorname{diag}(1 - s_t^2) V $$
$$ \frac{\partial J}{\partial V} = \sum_t (\frac{\partial J}{\partial s_t} \odot (1 - s_t^2)) s_{t-1}^\top $$
$$ \frac{\partial J}{\partial P} = \sum_t (\frac{\partial J}{\partial s_t} \odot (1 - s_t^2)) x_t^\top $$
$$ \frac{\partial J}{\partial b} = \sum_t \frac{\partial J}{\partial s_t} \odot (1 - s_t^2) $$
"""
LSTM = r"""
$$ \frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial h_t} \odot \tanh(c_t) $$
$$ \frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \odot o_t \odot (1 - \tanh^2(c_t))
   + \frac{\partial L}{\partial c_{t+1}} \odot f_{t+1} $$
$$ \frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial c_t} \odot c_{t-1} $$
$$ \frac{\partial L}{\partial i_t} = \frac{\partial L}{\partial c_t} \odot g_t $$
$$ \frac{\partial L}{\partial g_t} = \frac{\partial L}{\partial c_t} \odot i_t $$
$$ \frac{\partial L}{\partial W_f} = \sum_t (\frac{\partial L}{\partial f_t} \odot f_t \odot (1 - f_t)) x_t^\top $$
$$ \frac{\partial L}{\partial U_f} = \sum_t (\frac{\partial L}{\partial f_t} \odot f_t \odot (1 - f_t)) h_{t-1}^\top $$
"""
GATES = r"""
$$ r_t = \sigma(A_r x_t + B_r h_{t-1}) $$
$$ u_t = \sigma(A_u x_t + B_u h_{t-1}) $$
$$ \tilde h_t = \tanh(A x_t + B (r_t \odot h_{t-1})) $$
"""
KEEPS = r"""
$$ \frac{\partial L}{\partial u_t} = \frac{\partial L}{\partial h_t} \odot (h_{t-1} - \tilde h_t) $$
$$ \frac{\partial L}{\partial \tilde h_t} = \frac{\partial L}{\partial h_t} \odot (1 - u_t) $$
$$ \frac{\partial L}{\partial B} =
   \sum_t (\frac{\partial L}{\partial \tilde h_t} \odot (1 - \tilde h_t^2)) (r_t \odot h_{t-1})^\top $$
"""
OPENS = r"""
$$ \frac{\partial L}{\partial u_t} = \frac{\partial L}{\partial h_t} \odot (\tilde h_t - h_{t-1}) $$
$$ \frac{\partial L}{\partial \tilde h_t} = \frac{\partial L}{\partial h_t} \odot u_t $$
$$ \frac{\partial L}{\partial B} =
   \sum_t (\frac{\partial L}{\partial \tilde h_t} \odot (1 - \tilde h_t^2)) (r_t \odot h_{t-1})^\top $$
"""


def checked(text: str) -> tuple[list[str], list[str], tuple[str, ...]]:
    """The verdicts on what is claimed, the corrections, and what was inferred."""
    result = check_document("n.md", text.encode())
    claims = [j for j in result.judgements if j.verdict != "definition"]
    return [j.verdict for j in claims], [j.correction or "" for j in claims], result.inferred


@pytest.mark.parametrize("text", [ELMAN, LSTM, GATES + KEEPS, GATES + OPENS])
def test_right_claims_about_a_cell_that_is_not_defined(text: str) -> None:
    verdicts, _, inferred = checked(text)
    assert set(verdicts) <= FINE
    assert "the forward equations are not given" in inferred[0]


@pytest.mark.parametrize(
    ("text", "planted", "right"),
    [
        (
            ELMAN,
            r"\frac{\partial J}{\partial P} = \sum_t (\frac{\partial J}{\partial s_t} \odot (1 + s_t^2)) x_t^\top",
            "1 - s_t^2",
        ),
        (LSTM, r"\frac{\partial L}{\partial i_t} = \frac{\partial L}{\partial c_t} \odot c_{t-1}", "g_t"),
        (
            GATES + KEEPS,
            r"\frac{\partial L}{\partial \tilde h_t} = \frac{\partial L}{\partial h_t} \odot u_t",
            "1 - u_t",
        ),
        (GATES + OPENS, r"\frac{\partial L}{\partial \tilde h_t} = \frac{\partial L}{\partial h_t} \odot r_t", "u_t"),
    ],
)  # fmt: skip
def test_a_mistake_among_right_claims(text: str, planted: str, right: str) -> None:
    verdicts, corrections, _ = checked(text + f"$$ {planted} $$\n")
    assert set(verdicts[:-1]) <= FINE
    assert verdicts[-1] == "wrong"
    assert right in corrections[-1]


def test_nobody_is_accused_on_one_claim() -> None:
    """A claim alone does not say which cell is meant."""
    verdicts, _, _ = checked(r"$$ \frac{\partial s_t}{\partial s_{t-1}} = \operatorname{diag}(s_t^2) V $$")
    assert verdicts == ["unchecked"]


def test_what_the_document_defines_is_not_supposed() -> None:
    *_, inferred = checked(r"$$ s_t = \tanh(V s_{t-1} + P x_t + b) $$" + ELMAN)
    assert inferred == ()


def test_activation_that_no_claim_tells() -> None:
    """What holds for every activation is right; what holds for none of the known ones is not called wrong."""
    text = r"""
$$ \frac{\partial J}{\partial V} = \sum_t \frac{\partial J_t}{\partial V} $$
$$ \frac{\partial s_t}{\partial s_k} = \prod_{j=k+1}^t \frac{\partial s_j}{\partial s_{j-1}} $$
$$ \frac{\partial J_t}{\partial V} =
   \sum_{k=1}^t \frac{\partial J_t}{\partial s_t} \frac{\partial s_t}{\partial s_k} \frac{\partial s_k}{\partial V} $$
$$ \frac{\partial s_t}{\partial s_{t-1}} = V \operatorname{diag}(s_t^3) $$
"""
    *verdicts, last = checked(text)[0]
    assert set(verdicts) <= FINE
    assert last == "unchecked"


@pytest.mark.parametrize("name", [r"a_{r_t}", r"a_{r,t}"])
def test_step_of_a_label(name: str) -> None:
    r"""a_{r_t} is the argument of r_t at its step."""
    text = r"""
$$ r_t = \sigma(A x_t + B h_{t-1}) $$
$$ NAME = A x_t + B h_{t-1} $$
$$ h_t = r_t \odot h_{t-1} + \tanh(K x_t) $$
$$ \frac{\partial L}{\partial NAME} = \frac{\partial L}{\partial r_t} \odot r_t \odot (1 - r_t) $$
$$ \frac{\partial L}{\partial A} = \sum_t \frac{\partial L}{\partial NAME} x_t^\top $$
$$ \frac{\partial L}{\partial B} = \sum_t \frac{\partial L}{\partial NAME} h_{t-1}^\top $$
$$ \frac{\partial L}{\partial B} = \sum_t \frac{\partial L}{\partial NAME} h_t^\top $$
"""
    *right, wrong = checked(text.replace("NAME", name))[0]
    assert set(right) <= FINE
    assert wrong == "wrong"

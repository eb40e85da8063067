"""What is only nearly right is not passed, and what is right is not accused."""

import pytest
from notes_of_rnns import NOTES

from symrnn.check.document import check_document
from symrnn.check.judgement import FAILED, PASSED, Judgement

MEAN = NOTES["mean"]
SQUARES = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"o_t = V h_t",
    r"L = \sum_{t=1}^T \frac{1}{2} \|o_t - y_t\|^2",
)
SQUARES_CLAIMS = (
    r"\frac{\partial L}{\partial o_t} = o_t - y_t",
    r"\frac{\partial L}{\partial V} = \sum_t (o_t - y_t) h_t^\top",
    r"\frac{\partial L}{\partial U} = \sum_t \left( \frac{\partial L}{\partial h_t} \odot (1 - h_t^2) \right) x_t^\top",
)


def judge(*equations: str) -> list[Judgement]:
    text = "\n\n".join(f"$${each}$$" for each in equations) + "\n"
    return list(check_document("notes.md", text.encode()).judgements)


@pytest.mark.parametrize(
    ("claim", "verdicts"),
    [
        (r"\frac{\partial L}{\partial V} = \frac{1}{4} \sum_{t=1}^T (\hat y_t - y_t) h_t^\top", FAILED),
        (r"\frac{\partial L}{\partial c} = \frac{1}{T^2} \sum_{t=1}^T (\hat y_t - y_t)", FAILED),
        (r"\frac{\partial L}{\partial c} = T^{-2} \sum_{t=1}^T (\hat y_t - y_t)", FAILED),
        (r"\frac{\partial L}{\partial c} = T^{-1} \sum_{t=1}^T (\hat y_t - y_t)", PASSED),
        (r"T^2 \frac{\partial L}{\partial c} = T \sum_{t=1}^T (\hat y_t - y_t)", PASSED),
        (r"\frac{\partial L}{\partial c} = \frac{1}{T} \sum_{t=1}^4 (\hat y_t - y_t)", {"unchecked"}),
    ],
    ids=["a quarter", "square", "power -2", "power -1", "square on the left", "up to 4"],
)
def test_the_number_of_steps_is_any_number(claim, verdicts):
    definitions, claims = MEAN
    found = judge(*definitions, *claims.values(), claim)[len(definitions) :]
    assert {j.verdict for j in found[:-1]} == {"correct"}
    assert found[-1].verdict in verdicts


@pytest.mark.parametrize("last", ["t+2", "t+3"])
def test_a_sum_that_stops_early_is_not_the_whole_sum(last):
    claim = (
        rf"\frac{{\partial L}}{{\partial h_t}} = \sum_{{k=t}}^{{{last}}}"
        r" \left(\frac{\partial h_k}{\partial h_t}\right)^\top V^\top (o_k - y_k)"
    )
    *_, cut, whole = judge(*SQUARES, *SQUARES_CLAIMS, claim, claim.replace(f"^{{{last}}}", "^T"))
    assert cut.verdict not in PASSED
    assert whole.verdict == "correct"


def test_a_network_of_as_many_steps_as_are_written_is_one_of_so_many_steps():
    found = judge(
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"o_t = V h_t",
        r"L_t = \frac{1}{2} \|o_t - y_t\|^2",
        "L = L_1 + L_2 + L_3 + L_4",
        r"\frac{\partial L}{\partial h_4} = V^\top (o_4 - y_4)",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^4 (o_t - y_t) h_t^\top",
        r"\frac{\partial L}{\partial h_3} = V^\top (o_3 - y_3) + W^\top \mathrm{diag}(1 - h_4^2) V^\top (o_4 - y_4)",
    )
    assert [j.verdict for j in found[4:]] == ["correct"] * 3

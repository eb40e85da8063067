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


COLUMNS, COLUMNS_CLAIMS = NOTES["columns"]


@pytest.mark.parametrize(
    "definitions",
    [
        (r"h_t = \tanh(W h_t + U x_t + b)", *COLUMNS[1:]),
        (r"h_t = \tanh(a_t)", r"a_t = W h_t + U x_t + b", *COLUMNS[1:]),
        (*COLUMNS[:3], "L = M", "M = L"),
        (*COLUMNS[:3], "L = L + 1"),
    ],
    ids=["itself", "each other", "loss", "plus one"],
)
def test_nothing_follows_from_a_circle(definitions):
    found = [j for j in judge(*definitions, *COLUMNS_CLAIMS.values()) if r"\partial L" in j.latex]
    assert {j.verdict for j in found} == {"unchecked"}
    assert any("is defined by itself" in j.reason for j in found)


def test_what_holds_for_any_function_holds_for_one_that_cannot_be_read():
    f, *rest = NOTES["lstm"][0]
    unread = r"f_t = \sigma(W_f x_t + U_f h_{t-1} + \spadesuit \uplus b_f)"
    definitions = [unread if each.startswith("f_t") else each for each in (f, *rest)]
    found = judge(
        *definitions,
        NOTES["lstm"][1]["o"],
        r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)",
        r"\frac{\partial L}{\partial W_f} = 0",
    )
    assert found[-3].verdict == "correct"
    assert found[-2].verdict != "correct"  # f_t depends on c_{t-1} through h_{t-1}
    assert found[-1].verdict == "unchecked"


def test_a_bracket_that_is_never_closed_is_a_slip_and_no_quiet_model():
    unclosed = r"h_t = \tanh(W h_{t-1} + U x_t + b"
    slip, *_ = found = judge(unclosed, *COLUMNS[1:], *COLUMNS_CLAIMS.values())
    assert (slip.verdict, slip.correction) == ("symbol", unclosed + ")")
    claims = found[len(COLUMNS) :]
    assert {j.verdict for j in claims} == {"convention"}
    assert all("the bracket in the definition of h closes at its end" in j.reading for j in claims)
    wrong = judge(unclosed, *COLUMNS[1:], *COLUMNS_CLAIMS.values(), r"\frac{\partial L}{\partial b} = 3 b")[
        -1
    ]
    assert wrong.verdict == "unchecked"


@pytest.mark.parametrize(
    "terms", [r"\sum_{i=1}^{100} \sum_{j=1}^{100}", r"\sum_{i=1}^{60} \sum_{j=1}^{60} \sum_{k=1}^{60}"]
)
def test_sums_in_sums_are_not_evaluated_for_ever(terms):
    claim = rf"\frac{{\partial L}}{{\partial c}} = {terms} (\hat y_t - y_t)"
    found = judge(*COLUMNS, COLUMNS_CLAIMS["c"], claim)
    assert [j.verdict for j in found[-2:]] == ["correct", "unchecked"]
    assert found[-1].reason == "a sum of too many terms"


def test_a_claim_that_is_too_long_to_be_read_is_there_all_the_same():
    claim = r"\frac{\partial L}{\partial o_t} = \hat y_t - y_t" + " + 0" * 120_000
    found = judge(*COLUMNS, COLUMNS_CLAIMS["c"], claim)
    assert len(found) == len(COLUMNS) + 2
    assert (found[-1].verdict, found[-1].start) == ("unchecked", (11, 3))
    assert "at most 400000 are read" in found[-1].reason


def test_a_claim_has_only_so_much_time():
    terms = " + ".join([r"\hat y_t - y_t"] * 200)
    claim = rf"\frac{{\partial L}}{{\partial c}} = \sum_{{i=1}}^{{60}} \sum_{{j=1}}^{{60}} ({terms})"
    found = judge(*COLUMNS, COLUMNS_CLAIMS["c"], claim)
    assert [j.verdict for j in found[-2:]] == ["correct", "unchecked"]
    assert found[-1].reason == "it takes too long to evaluate"


CHAINS = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"y_t = V h_t",
    r"L_t = \frac{1}{2} \|y_t - d_t\|^2",
    r"L = \sum_{t=1}^T L_t",
    r"\frac{\partial L_t}{\partial h_t} = V^\top (y_t - d_t)",
    r"\frac{\partial L_t}{\partial y_t} = y_t - d_t",
)


@pytest.mark.parametrize(
    ("product", "verdict", "reading"),
    [
        (r"\prod_{i=k+1}^t \mathrm{diag}(1 - h_i^2) W", "convention", "later steps stand on the left"),
        (r"\prod_{i=k+1}^t \frac{\partial h_i}{\partial h_{i-1}}", "convention", "innermost factor"),
        (r"\prod_{i=k}^t \mathrm{diag}(1 - h_i^2) W", "wrong", ""),
        (r"\prod_{i=k+1}^t \mathrm{diag}(1 - h_{i-1}^2) W", "wrong", ""),
    ],
)
def test_the_factors_of_a_product_over_steps(product, verdict, reading):
    claim = rf"\frac{{\partial h_t}}{{\partial h_k}} = {product}"
    found = judge(*CHAINS, r"\frac{\partial L}{\partial V} = \sum_t (y_t - d_t) h_t^\top", claim)[-1]
    assert found.verdict == verdict
    assert reading in found.reading


def test_a_loss_of_the_last_step_and_entrywise_powers():
    found = judge(
        r"a_t = W h_{t-1} + U x_t",
        r"h_t = \tanh(a_t)",
        r"L = \frac{1}{2} \|h_T - d\|^2",
        r"\frac{\partial L}{\partial h_T} = h_T - d",
        r"\frac{\partial L}{\partial a_T} = (h_T - d) \odot (1 - h_T^{\odot 2})",
        r"\frac{\partial L}{\partial a_T} = (h_T - d) \odot (1 + h_T^{\odot 2})",
    )
    assert [j.verdict for j in found[3:]] == ["correct", "correct", "wrong"]


ROWS, ROWS_CLAIMS = NOTES["rows"]
DELTAS, DELTAS_CLAIMS = NOTES["deltas"]
POWERS, POWERS_CLAIMS = NOTES["powers"]


@pytest.mark.parametrize(
    ("definitions", "claims", "other"),
    [
        (COLUMNS, COLUMNS_CLAIMS, r"\frac{\partial L}{\partial V} = \sum_t h_t (\hat y_t - y_t)^\top"),
        (COLUMNS, COLUMNS_CLAIMS, r"\frac{\partial L}{\partial o_t} = (\hat y_t - y_t)^\top"),
        (ROWS, ROWS_CLAIMS, r"\frac{\partial L}{\partial W_{hy}} = \sum_t (y_t - d_t)^\top h_t"),
        (DELTAS, DELTAS_CLAIMS, r"\frac{\partial L}{\partial W} = \sum_t h_{t-1} \delta_t^\top"),
    ],
    ids=["matrix", "vector", "rows", "deltas"],
)
def test_one_gradient_in_another_layout_is_a_transpose_too_few(definitions, claims, other):
    found = judge(*definitions, *claims.values(), other)[len(definitions) :]
    assert {j.verdict for j in found[:-1]} == {"correct"}
    assert (found[-1].verdict, found[-1].mistake) == ("shape", "transpose")
    again = judge(*definitions, *claims.values(), found[-1].correction)[-1]
    assert again.verdict == "correct"


def test_a_document_may_have_the_other_layout():
    plain = {name: claim for name, claim in COLUMNS_CLAIMS.items() if name in ("logits", "h", "step")}
    found = judge(
        *COLUMNS,
        *plain.values(),
        r"\frac{\partial L}{\partial V} = \sum_t h_t (\hat y_t - y_t)^\top",
        r"\frac{\partial L}{\partial U}"
        r" = \sum_t x_t \left( \frac{\partial L}{\partial h_t} \odot (1 - h_t^2) \right)^\top",
    )[len(COLUMNS) :]
    assert [j.verdict for j in found] == ["correct"] * 3 + ["convention"] * 2


def test_sigma_is_no_tanh_where_it_is_a_sigmoid_elsewhere():
    tanh = r"\frac{\partial h^t}{\partial h^{t-1}} = \mathrm{diag}(1 - (h^t)^2) W"
    found = judge(*POWERS, *POWERS_CLAIMS.values(), tanh)
    assert {j.verdict for j in found[len(POWERS) : -1]} == {"correct"}
    assert found[-1].verdict == "wrong"
    assert judge(*POWERS, tanh)[-1].verdict == "correct"


def test_a_claim_that_stands_alone_can_be_wrong():
    wrong = r"\frac{\partial L}{\partial o_t} = \hat y_t \odot o_t + 7 y_t \odot \tanh(o_t)"
    assert judge(*COLUMNS, wrong)[-1].verdict == "wrong"
    assert judge(*COLUMNS[:3], wrong)[-1].verdict == "unchecked"  # a loss that the document does not define


def test_a_term_that_is_not_explained_is_not_dropped():
    """What arrives from a layer above is said in the code, not in the text."""
    text = r"""
$$h_t = \tanh(W h_{t-1} + U x_t), \qquad o_t = V h_t, \qquad L = \sum_t \|o_t - y_t\|^2$$

$$\frac{\partial L}{\partial o_t} = 2 (o_t - y_t)$$

$$\frac{\partial L}{\partial h_t} = G_{\text{above}} + V^\top \frac{\partial L}{\partial o_t} + W^\top \left(
  (1 - h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}}\right)$$
"""
    last = check_document("notes.md", text.encode()).judgements[-1]
    assert (last.verdict, last.reason) == ("unchecked", r"G_{\text{above}} is not defined")

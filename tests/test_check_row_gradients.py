r"""Gradients \nabla_x L that lie down: rows before matrices, as \frac{\partial L}{\partial x} in numerator layout."""

from __future__ import annotations

import re

import pytest

from symrnn.check.document import check_document

CELL = r"""
$$ z_t = G m_{t-1} + H p_t $$
$$ m_t = \tanh(z_t) $$
$$ o_t = K m_t $$
"""
BY_STATE = r"D{m_t} = D{o_t} K + D{z_{t+1}} G"
BY_INPUT = r"D{p_t} = D{z_t} H"
ENTRYWISE = r"D{z_t} = D{m_t} \odot (1 - m_t^2)"
OTHER_MATRIX = r"D{p_t} = D{z_t} G"
OTHER_STEP = r"D{m_t} = D{o_t} K + D{z_t} G"
BY_MATRIX = r"D{H} = \sum_t (D{m_t} \odot (1 - m_t^2)) p_t^\top"
STANDING_STATE = r"D{m_t} = K^\top D{o_t} + G^\top D{z_{t+1}}"
STANDING_INPUT = r"D{p_t} = H^\top D{z_t}"
GRADIENT = re.compile(r"D\{(\w(?:_(?:\w|\{[^}]*\}))?)\}")
SIGNS = {"nabla": r"\\nabla_{\1} C", "fraction": r"\\frac{\\partial C}{\\partial \1}"}


def verdicts(sign: str, *claims: str) -> list[str]:
    """What is said of each claim, in order; D{x} is the gradient by x."""
    shown = "".join(f"$$ {GRADIENT.sub(SIGNS[sign], claim)} $$\n" for claim in claims)
    judgements = check_document("notes.md", (CELL + shown).encode()).judgements
    return [j.verdict for j in judgements if j.verdict != "definition"]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    "claims",
    [(BY_INPUT,), (BY_STATE, BY_INPUT), (BY_INPUT, ENTRYWISE), (BY_STATE, BY_INPUT, ENTRYWISE)],
    ids=["one", "two", "one beside an entrywise one", "two beside an entrywise one"],
)
def test_gradients_may_be_rows(sign: str, claims: tuple[str, ...]) -> None:
    """An entrywise product is the same lying and standing: it is no layout that the others should share."""
    found = dict(zip(claims, verdicts(sign, *claims), strict=True))
    assert {found[claim] for claim in claims if claim != ENTRYWISE} == {"convention"}
    assert found.get(ENTRYWISE, "correct") == "correct"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("wrong", [OTHER_MATRIX, OTHER_STEP])
def test_what_is_wrong_of_rows_is_wrong(sign: str, wrong: str) -> None:
    *right, last = verdicts(sign, BY_STATE, BY_INPUT, ENTRYWISE, wrong)
    assert right == ["convention", "convention", "correct"]
    assert last in ("wrong", "shape")


@pytest.mark.parametrize("sign", SIGNS)
def test_one_row_among_columns_is_a_transpose_too_few(sign: str) -> None:
    *right, last = verdicts(sign, STANDING_STATE, STANDING_INPUT, ENTRYWISE, BY_MATRIX, BY_INPUT)
    assert set(right) <= {"correct", "convention"}
    assert last == "shape"

"""What derive prints is read by check, and comes out correct; benchmarks/round_trip.py tries every combination."""

from functools import cache

import pytest

from symrnn import derive
from symrnn.cells import CELLS
from symrnn.check.document import check_document
from symrnn.check.judgement import FAILED
from symrnn.forms import FORMS
from symrnn.notation import NOTATIONS

FORMATS = ("markdown", "latex")
WITH_ALL_FORMS = ("rnn", "gated", "lstm")


@cache
def derivation(cell: str):
    return derive(cell)


def printed(cell: str, form: str, notation: str, format_: str) -> str:
    return getattr(derivation(cell), format_)(notation, form)


def verdicts(text: str, format_: str) -> list[tuple[str, str]]:
    found = check_document("printed.md" if format_ == "markdown" else "printed.tex", text.encode()).judgements
    return [(j.verdict, j.latex) for j in found if j.reason != "no claim about a derivative"]


def combinations():
    """Every cell and every form of some, each in one notation and format; each of these comes up often."""
    pairs = [(cell, "recurrence") for cell in CELLS]
    pairs += [(cell, form) for cell in WITH_ALL_FORMS for form in FORMS if form != "recurrence"]
    pairs += [("encoder-decoder", form) for form in ("unrolled", "composition")]
    notations = [*NOTATIONS]
    for count, (cell, form) in enumerate(pairs):
        yield cell, form, notations[count % len(notations)], FORMATS[count // len(notations) % 2]
    yield "encoder-decoder", "recurrence", "plain", "markdown"  # a label, s, and a step, u, side by side
    yield "parity", "unrolled", "plain", "latex"  # no parameters: all sizes are in the list of them
    yield "parity", "components", "plain", "markdown"
    yield "predicted-length", "product", "goodfellow", "markdown"  # a number among the states
    yield "predicted-length", "unrolled", "plain", "latex"
    yield "stop-unit", "unrolled", "ng", "markdown"
    yield "two-lag", "total", "goodfellow", "markdown"  # an equation for earlier steps than another


@pytest.mark.parametrize(("cell", "form", "notation", "format_"), list(combinations()))
def test_what_is_printed_is_read_back_as_correct(cell, form, notation, format_):
    found = verdicts(printed(cell, form, notation, format_), format_)
    assert [pair for pair in found if pair[0] not in ("definition", "correct")] == []
    assert sum(verdict == "correct" for verdict, _ in found) >= (1 if form == "composition" else 5)


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("recurrence", r"W^{\top} \left(", r"W \left("),
        (
            "unrolled",
            r"W^{\top} \frac{\partial L}{\partial a_3}",
            r"W^{\top} \frac{\partial L}{\partial a_2}",
        ),
        (
            "components",
            r"V_{21} \frac{\partial L}{\partial o_{2,2}}",
            r"V_{12} \frac{\partial L}{\partial o_{2,2}}",
        ),
        ("product", r"\prod_{t \ge j > k}", r"\prod_{t > j > k}"),
    ],
)
def test_a_slip_in_what_is_printed_is_seen(form, right, wrong):
    text = printed("rnn", form, "plain", "markdown")
    assert right in text
    found = verdicts(text.replace(right, wrong, 1), "markdown")
    assert sum(verdict in FAILED for verdict, _ in found) == 1

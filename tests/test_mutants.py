"""Mistakes planted in what derive prints are found; benchmarks/mutants.py plants many more."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from typing import Any

import pytest

from symrnn import derive
from symrnn.check.document import check_document
from symrnn.check.judgement import FAILED
from symrnn.notes.find import find
from symrnn.notes.rows import statements

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MOST = 6  # mutants of one document


@pytest.fixture
def mutants(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("mutants")


def known(mutants: Any, cell: str, form: str, notation: str) -> Any:
    return mutants.notes(derive(cell), form, notation, cell)


@pytest.mark.parametrize(
    ("cell", "form", "notation"),
    [
        ("rnn", "recurrence", "plain"),
        ("lti", "unrolled", "goodfellow"),
        ("teacher-forced", "total", "mit"),
    ],
)
def test_mistakes_are_rejected_and_most_of_them_repaired(mutants, cell, form, notation):
    document = known(mutants, cell, form, notation)
    assert len(document.claims) >= 5
    found = [m for m in mutants.planted(document, random.Random(7), MOST) if m.fate != "equivalent"]
    assert len(found) >= 4
    assert [(m.kind, m.after) for m in found if m.fate != "rejected"] == []
    assert sum(m.repaired for m in found) >= 0.8 * len(found)


STACKED = r"\left(W_a^{\top} \frac{\partial L}{\partial a_3}\right)"


@pytest.mark.parametrize(
    ("cell", "form", "notation", "right", "wrong"),
    [
        # some readings have no loss of one step, or both sides are zero in them
        ("teacher-forced", "recurrence", "mit", r"= -\frac{y_t}{g_t}", r"= -\frac{g_t}{g_t}"),
        (
            "gated",
            "unrolled",
            "plain",
            r"{\partial a_{g,1}} h_0^{\top} + ",
            r"{\partial a_{g,1}} h_0^{\top} - ",
        ),
        # what a softmax hands on, where the loss is a sum over entries
        ("rnn", "recurrence", "plain", r"\partial o_t} = \hat{y}_t - y_t", r"\partial o_t} = \hat{y}_t"),
        # quantities that are told apart by figures: gradients by single numbers; none is a parameter
        ("rnn", "unrolled", "mit", r"= -\frac{y_2}{g_2}", r"= -\frac{y_2}{x_2}"),
        (
            "rnn",
            "components",
            "plain",
            r"\partial c_1} = \frac{\partial L}{\partial o_{1,3}} +",
            r"\partial c_1} =",
        ),
        # steps that do not exist
        ("rnn", "unrolled", "plain", r"= \hat{y}_1 - y_1", r"= \hat{y}_1 - y_1 + y_0"),
        (
            "rnn",
            "unrolled",
            "ng",
            r"da^{\langle 3 \rangle} = W_{ya}^{\top} dz_y^{\langle 3 \rangle}",
            r"da^{\langle 3 \rangle} = W_{ya}^{\top} dz_y^{\langle 4 \rangle}",
        ),
        ("parity", "recurrence", "mit", r"= (2 x_1 - 1) \odot", r"= (2 x_0 - 1) \odot"),
        # a product is no function; a square that is lost within brackets
        (
            "gru",
            "recurrence",
            "ng",
            r"dW_{cc} = \sum_{t=1}^{T} dz_c^{\langle t \rangle} \left(",
            r"dW_{cc} = -\sum_{t=1}^{T} dz_c^{\langle t \rangle} \left(",
        ),
        (
            "rnn",
            "product",
            "goodfellow",
            r"L = \sum_{u=t}^{\tau} U^{\top} \operatorname{diag}\left(1 - \left(h^{(t)}\right)^{2}\right)",
            r"L = \sum_{u=t}^{\tau} U^{\top} \operatorname{diag}\left(1 - \left(h^{(t)}\right)\right)",
        ),
    ],
)
def test_what_was_missed_once_is_rejected_and_repaired(mutants, cell, form, notation, right, wrong):
    text = derive(cell).markdown(notation, form)
    assert text.count(right) == 1
    found = check_document("printed.md", text.replace(right, wrong).encode()).judgements
    failed = [j for j in found if j.verdict in FAILED]
    assert [wrong in j.latex for j in failed] == [True]
    displays = [s for math in find("printed.md", text.encode()).maths for s in statements(math.latex)]
    point = importlib.import_module("equivalence").printed(text, displays)
    correction = statements(failed[0].correction)[0].sides
    assert point.is_true(*correction, point.steps([correction[0]]))


@pytest.mark.parametrize(
    ("cell", "form", "notation", "right", "wrong"),
    [
        # the last step, of which the equation makes an exception
        ("encoder-decoder", "recurrence", "mit", r"&\quad + [t = T]", r"&\quad - [t = T]"),
        # no slice, where all others have one
        ("rnn-stacked", "unrolled", "plain", STACKED + "_{n+1:m+n}", STACKED),
    ],
)
def test_what_passed_once_is_rejected(cell, form, notation, right, wrong):
    text = derive(cell).markdown(notation, form)
    assert text.count(right) == 1
    found = check_document("printed.md", text.replace(right, wrong).encode()).judgements
    assert [wrong in j.latex for j in found if j.verdict in FAILED] == [True]


def test_a_correction_holds_for_other_numbers_of_steps(mutants):
    """With four steps, the sum of the second term is that of the first at the steps that it leaves out."""
    text = derive("gru").markdown("plain", "delta")
    right = (
        r"\partial b_z} = \sum_{t=1}^{T} \left(\frac{\partial \ell_t}{\partial a_{z,t}}"
        r" + \frac{\partial F_t}{\partial a_{z,t}}"
    )
    wrong = right + r" + \frac{\partial F_t}{\partial a_{z,t+1}}"
    assert text.count(right) == 1
    found = check_document("printed.md", text.replace(right, wrong).encode()).judgements
    assert ["+ 2" in j.correction for j in found if j.verdict in FAILED] == [False]


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (r"\frac{\partial L}{\partial o_t}", r"-(y_t - \hat{y}_t)", True),
        (r"\frac{\partial L}{\partial o_t}", r"y_t - \hat{y}_t", False),
        (r"\frac{\partial L}{\partial a_t}", r"\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)", True),
        (r"\frac{\partial L}{\partial a_t}", r"\frac{\partial L}{\partial h_t} (1 - h_t^2)", False),
        (r"\frac{\partial L}{\partial c}", r"\sum_{t=1}^{T} \frac{\partial L}{\partial o_t}", True),
        (r"\frac{\partial L}{\partial c}", r"\sum_{t=2}^{T} \frac{\partial L}{\partial o_t}", False),
        (r"\frac{\partial L}{\partial c}", r"\frac{\partial L}{\partial o_t}", False),
        (r"\frac{\partial h_t}{\partial h_{t-1}}", r"\operatorname{diag}(1 - h_t^2) W", True),
        (r"\frac{\partial h_t}{\partial h_{t-1}}", r"W \operatorname{diag}(1 - h_t^2)", False),
        (
            r"\frac{\partial L}{\partial h_t}",
            r"V^{\top} \frac{\partial L}{\partial o_t} + W^{\top} \frac{\partial L}{\partial a_{t+1}}",
            True,
        ),
        (
            r"\frac{\partial L}{\partial h_t}",
            r"V^{\top} \frac{\partial L}{\partial o_t} + W^{\top} \frac{\partial L}{\partial a_t}",
            False,
        ),
        (r"\frac{\partial L}{\partial o_t}", r"\hat{y}_t - q_t", False),
    ],
)
def test_the_evaluator_that_drops_what_is_no_mistake_sees_what_is_one(mutants, left, right, verdict):
    """Equations that are known by hand: it shares nothing with check but the syntax trees."""
    point = known(mutants, "rnn", "recurrence", "plain").point
    sides = statements(f"{left} = {right}")[0].sides
    assert point.is_true(*sides, point.steps([sides[0]])) is verdict


def test_the_short_way_to_a_verdict_gives_that_of_the_document(mutants):
    """The benchmark tries the other claims of a document once; symrnn check tries all of them."""
    document = known(mutants, "rnn", "recurrence", "plain")
    found = [m for m in mutants.planted(document, random.Random(3), 5) if m.judgement is not None]
    assert len(found) >= 4
    for mutant in found:
        text = document.text.replace(mutant.before, mutant.after, 1)
        all_ = check_document("printed.md", text.encode()).judgements
        whole = [j for j in all_ if j.latex == mutant.after]
        assert [(j.verdict, j.correction) for j in whole] == [
            (mutant.judgement.verdict, mutant.judgement.correction)
        ]
        assert sum(j.verdict in FAILED for j in all_) == (mutant.judgement.verdict in FAILED)

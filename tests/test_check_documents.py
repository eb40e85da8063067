"""Whole documents: what is right is passed, what is wrong is found, and each by itself."""

import json
from functools import cache

import pytest
from notes_of_rnns import NOTES
from planted_faults import FAULTS

from symrnn.check.document import check_document
from symrnn.check.judgement import FAILED, PASSED, Judgement


def judge(text: str, name: str = "notes.md") -> tuple[Judgement, ...]:
    return check_document(name, text.encode()).judgements


def written(*equations: str) -> str:
    return "\n\n".join(f"$${each}$$" if "=" in each else each for each in equations) + "\n"


@cache
def right(notes: str) -> tuple[str, ...]:
    definitions, claims = NOTES[notes]
    found = judge(written(*definitions, *claims.values()))
    assert [j.latex for j in found[-len(claims) :]] == [*claims.values()]
    assert {j.verdict for j in found[: -len(claims)]} == {"definition"}
    return tuple(j.verdict for j in found[-len(claims) :])


@pytest.mark.parametrize("notes", NOTES)
def test_notes_that_are_right_pass(notes):
    claims = NOTES[notes][1]
    assert {
        name: verdict for name, verdict in zip(claims, right(notes), strict=True) if verdict not in PASSED
    } == {}


@pytest.mark.parametrize(
    ("notes", "claim", "fault"),
    [(notes, claim, fault) for notes, claim, _, fault in FAULTS],
    ids=[f"{notes}-{claim}-{kind}-{at}" for at, (notes, claim, kind, _) in enumerate(FAULTS)],
)
def test_a_planted_fault_is_found_alone_and_its_correction_holds(notes, claim, fault):
    definitions, claims = NOTES[notes]
    planted = {**claims, claim: fault}
    found = dict(zip(claims, judge(written(*definitions, *planted.values()))[-len(claims) :], strict=True))
    assert found[claim].latex == fault
    assert found[claim].verdict in FAILED
    assert found[claim].reason
    before = dict(zip(claims, right(notes), strict=True))
    assert {n: j.verdict for n, j in found.items() if n != claim} == {
        n: v for n, v in before.items() if n != claim
    }
    if correction := found[claim].correction:
        mended = judge(written(*definitions, *{**planted, claim: correction}.values()))[-len(claims) :]
        assert dict(zip(claims, mended, strict=True))[claim].verdict in PASSED


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial L}{\partial h_t} = V^T (\hat y_t - y_t)"
        r" + W^T \operatorname{diag}(1 - h_{t+1}^2) \frac{\partial L}{\partial h_{t+1}}",
        r"\frac{\partial L}{\partial h_t} = W^\top \left[ \frac{\partial L}{\partial h_{t+1}}"
        r" \odot (1 - h_{t+1} \odot h_{t+1}) \right] - V^\top (y_t - \hat y_t)",
        r"\frac{\partial L}{\partial h_t} = V^\top \frac{\partial L}{\partial o_t}"
        r" + \left( \frac{\partial h_{t+1}}{\partial h_t} \right)^\top \frac{\partial L}{\partial h_{t+1}}",
        r"\frac{\partial L}{\partial h_t} = V^\top (\hat y_t - y_t) + W^\top \left("
        r" \tanh'(W h_t + U x_{t+1} + b) \odot \frac{\partial L}{\partial h_{t+1}} \right)",
        r"\frac{dL}{dh_t} = V^{\mathsf T} (\hat y_t - y_t)"
        r" + W^{\mathsf T} \left( (1 - h_{t+1}^{2}) \circ \frac{dL}{dh_{t+1}} \right)",
    ],
    ids=["diag", "order of the terms", "chain rule", "prime", "upright and circ"],
)
def test_a_claim_holds_in_whichever_form_it_is_written(claim):
    assert judge(written(*NOTES["columns"][0], claim))[-1].verdict in PASSED


def test_chinese_prose_is_prose():
    found = judge(
        r"""# 循环神经网络

隐藏状态由下式给出:

$$h_t = \tanh(W h_{t-1} + U x_t + b)$$

输出为 $o_t = V h_t + c$,预测为 $\hat y_t = \mathrm{softmax}(o_t)$,损失函数是

$$L = -\sum_t y_t^\top \log \hat y_t \qquad \text{(交叉熵)}$$

因此,对输出的梯度为

$$\frac{\partial L}{\partial o_t} = \hat y_t - y_t$$

对参数的梯度为

$$\frac{\partial L}{\partial V} = \sum_t (\hat y_t - y_t) h_t^\top$$

而不是

$$\frac{\partial L}{\partial V} = \sum_t (\hat y_t - y_t) h_{t-1}^\top$$
"""
    )
    assert [j.verdict in PASSED for j in found if j.verdict != "definition"] == [True, True, False]
    assert (found[-1].verdict, found[-1].start) == ("wrong", (21, 3))


def test_korean_prose_is_prose():
    found = judge(
        r"""## 순환 신경망

은닉 상태는 다음과 같다.

$$h_t = \tanh(W h_{t-1} + U x_t + b)$$

출력은 다음과 같고

$$y_t = V h_t$$

손실 함수는 다음과 같다.

$$L = \frac{1}{2} \sum_t \| y_t - d_t \|^2$$

따라서 기울기는

$$\frac{\partial L}{\partial y_t} = y_t - d_t$$

이고,

$$\frac{\partial L}{\partial V} = \sum_t (y_t - d_t)^\top h_t$$

이다.
"""
    )
    assert [j.verdict for j in found[:3]] == ["definition"] * 3
    assert found[3].verdict in PASSED
    assert found[4].verdict == "shape"


TEX = r"""\documentclass{article}
\usepackage{amsmath}
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\T}{^\top}
\DeclareMathOperator{\softmax}{softmax}
\newcommand{\yh}{\hat{y}}
\begin{document}
The network is
\begin{align}
h_t &= \tanh(W h_{t-1} + U x_t + b) \\
o_t &= V h_t + c \\
\yh_t &= \softmax(o_t)
\end{align}
with the loss
\begin{equation}
L = -\sum_t y_t\T \log \yh_t .
\end{equation}
Its derivatives are % \begin{equation} 1 = 2 \end{equation}
\begin{align}
\pd{L}{o_t} &= \yh_t - y_t \label{eq:o} \\
\pd{L}{V} &= \sum_t \pd{L}{o_t} h_t\T \\
\pd{L}{h_t} &= V\T \pd{L}{o_t} + W\T \left( (1 - h_{t+1}^2) \odot \pd{L}{h_{t+1}} \right)
\end{align}
\end{document}
"""


def test_a_latex_document_has_macros_and_aligned_equations():
    found = judge(TEX, "notes.tex")
    assert [j.start[0] for j in found] == [10, 11, 12, 16, 20, 21, 22]
    assert [j.verdict for j in found[:4]] == ["definition"] * 4
    assert all(j.verdict in PASSED for j in found[4:])


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        (20, r"\yh_t - y_t \label", r"y_t - \yh_t \label"),
        (21, r"\pd{L}{o_t} h_t\T", r"\pd{L}{o_t} h_{t-1}\T"),
        (22, r"W\T \left", r"W \left"),
        (22, r"(1 - h_{t+1}^2) \odot ", ""),
    ],
)
def test_a_fault_behind_macros_is_found_at_its_line(line, before, after):
    assert before in TEX
    found = judge(TEX.replace(before, after), "notes.tex")
    assert [j.start[0] for j in found if j.verdict in FAILED] == [line]
    assert all(j.verdict in PASSED for j in found[4:] if j.start[0] != line)


def notebook(*cells: tuple[str, str]) -> str:
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
                | ({"outputs": [], "execution_count": None} if kind == "code" else {})
                for kind, source in cells
            ],
        }
    )


def test_a_notebook_is_read_across_its_cells():
    found = judge(
        notebook(
            ("markdown", "The network:\n$$h_t = \\tanh(W h_{t-1} + U x_t + b)$$\n$$y_t = V h_t$$\n"),
            ("code", "x = '$$1 = 2$$'"),
            ("markdown", "$$L = \\frac{1}{2} \\sum_t \\| y_t - d_t \\|^2$$\n"),
            ("markdown", "$$\\frac{\\partial L}{\\partial V} = \\sum_t (y_t - d_t) h_t^\\top$$\n"),
            ("markdown", "so\n\n$$\\frac{\\partial L}{\\partial y_t} = d_t - y_t$$\n"),
        ),
        "notes.ipynb",
    )
    assert [(j.cell, j.start[0]) for j in found] == [(0, 2), (0, 3), (2, 1), (3, 1), (4, 3)]
    assert [j.verdict for j in found] == ["definition", "definition", "definition", "correct", "wrong"]


def test_every_fault_of_a_document_is_found():
    definitions, claims = NOTES["columns"]
    faults = {claim: fault for notes, claim, _, fault in FAULTS if notes == "columns"}
    mixed = {**claims, **{name: faults[name] for name in ("logits", "W", "step")}}
    found = dict(zip(claims, judge(written(*definitions, *mixed.values()))[-len(claims) :], strict=True))
    assert {name for name, j in found.items() if j.verdict in FAILED} == {"logits", "W", "step"}
    assert {name for name, j in found.items() if j.verdict in PASSED} == claims.keys() - {
        "logits",
        "W",
        "step",
    }


def test_without_a_model_nothing_is_passed_without_saying_which_one_is_supposed():
    claims = NOTES["columns"][1]
    passed = [j for j in judge(written(*claims.values())) if j.verdict in PASSED]
    assert passed
    assert all(
        j.verdict == "convention" and "is not given: the usual one is meant" in j.reading for j in passed
    )

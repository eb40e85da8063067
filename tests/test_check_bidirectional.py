r"""A network that runs both ways, its names under arrows; shares of a gradient told by a bar or a label."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document

FINE = {"correct", "convention"}

BOTH = r"""
$$ \overrightarrow{s}_t = \tanh(\overrightarrow{P} x_t + \overrightarrow{Q} \overrightarrow{s}_{t-1}) $$
$$ \overleftarrow{v}_t = \overleftarrow{P} x_t + \overleftarrow{Q} \overleftarrow{s}_{t+1} $$
$$ \overleftarrow{s}_t = \tanh(\overleftarrow{v}_t) $$
$$ s_t = [\overrightarrow{s}_t; \overleftarrow{s}_t] $$
$$ q_t = M s_t, \qquad \hat y_t = \mathrm{softmax}(q_t) $$
$$ L_t = -\sum_{k=1}^K y_{t,k} \log \hat y_{t,k}, \qquad L = \sum_{t=1}^T L_t $$
$$ \frac{\partial L}{\partial q_t} = \hat y_t - y_t $$
$$ \frac{\partial L}{\partial s_t} = M^\top (\hat y_t - y_t) $$
$$ \overleftarrow{\delta}_t = \frac{\partial L}{\partial \overleftarrow{v}_t}
   = (\overleftarrow{g}_t + \overleftarrow{Q}^\top \overleftarrow{\delta}_{t-1}) \odot (1 - \overleftarrow{s}_t^2) $$
$$ \overleftarrow{g}_t = \left.\frac{\partial L}{\partial \overleftarrow{s}_t}\right|_{\text{output}} $$
$$ \frac{\partial L}{\partial \overleftarrow{Q}} = \sum_{t=1}^T \overleftarrow{\delta}_t \overleftarrow{s}_{t+1}^\top $$
$$ \frac{\partial L}{\partial \overleftarrow{P}} = \sum_{t=1}^T \overleftarrow{\delta}_t x_t^\top $$
"""
SHARES = r"""
$$ v_t = \tanh(A v_{t-1} + B x_t) $$
$$ u_t = C v_t, \qquad \hat y_t = \mathrm{softmax}(u_t), \qquad L = -\sum_t y_t^\top \log \hat y_t $$
$$ \frac{\partial L}{\partial u_t} = \hat y_t - y_t $$
$$ \frac{\partial L}{\partial v_t} = C^\top (\hat y_t - y_t)
   + \frac{\partial L}{\partial v_t}\bigg|_{\text{from } t+1} $$
$$ \left.\frac{\partial L}{\partial v_t}\right|_{\mathrm{out}} = C^\top \frac{\partial L}{\partial u_t} $$
$$ \frac{\partial L}{\partial v_{t-1}^{\text{next}}} = A^\top (\frac{\partial L}{\partial v_t} \odot (1 - v_t^2)) $$
"""


def said(text: str) -> list[tuple[str, str]]:
    """The verdict on each claim, and its correction."""
    judged = check_document("n.md", text.encode()).judgements
    return [(j.verdict, j.correction or "") for j in judged if j.verdict != "definition"]


@pytest.mark.parametrize("text", [BOTH, SHARES])
def test_right(text: str) -> None:
    assert {verdict for verdict, _ in said(text)} <= FINE


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        (
            BOTH,
            r"\frac{\partial L}{\partial \overleftarrow{Q}} = "
            r"\sum_{t=1}^T \overleftarrow{\delta}_t \overleftarrow{s}_{t-1}^\top",
            "t + 1",
        ),
        (
            BOTH,
            r"\frac{\partial L}{\partial \overleftarrow{Q}} = "
            r"\sum_{t=1}^T \overleftarrow{\delta}_t \overrightarrow{s}_{t+1}^\top",
            r"\overleftarrow{s}",
        ),
        (
            SHARES,
            r"\frac{\partial L}{\partial v_{t-1}^{\text{next}}} = "
            r"B^\top (\frac{\partial L}{\partial v_t} \odot (1 - v_t^2))",
            "A",
        ),
        (
            SHARES,
            r"\left.\frac{\partial L}{\partial v_t}\right|_{\mathrm{out}} = -C^\top \frac{\partial L}{\partial u_t}",
            r"= C^\top",
        ),
    ],
)
def test_a_planted_mistake(text: str, wrong: str, right: str) -> None:
    *rest, (verdict, correction) = said(text + f"$$ {wrong} $$\n")
    assert {v for v, _ in rest} <= FINE
    assert verdict in ("wrong", "shape", "symbol")
    assert right in correction


def test_loss_of_the_last_step_that_is_not_defined_so() -> None:
    """The text may be about a loss that reads the last state only: neither right nor wrong."""
    claim = (
        r"\frac{\partial L}{\partial v_t} = \frac{\partial L}{\partial v_T} \frac{\partial v_T}{\partial v_t}"
    )
    assert said(SHARES + f"$$ {claim} $$\n")[-1][0] == "unchecked"

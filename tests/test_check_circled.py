r"""The sign \otimes between vectors: the outer product, or the entrywise one where definitions use it so."""

from __future__ import annotations

from symrnn.check.document import check_document

GATED = r"""
$$ a_t = P s_{t-1} + Q u_t + c $$
$$ s_t = \tanh(a_t) $$
$$ v_t = R s_t + k $$
$$ \hat y_t = \mathrm{softmax}(v_t) $$
$$ J_t = -\sum_j y_{t,j} \log \hat y_{t,j}, \qquad J = \sum_t J_t $$
$$ g_t = \frac{\partial J}{\partial a_t} $$
$$ \frac{\partial J}{\partial s_t} = R^\top (\hat y_t - y_t) + P^\top g_{t+1} $$
$$ \frac{\partial J}{\partial R} = \sum_t (\hat y_t - y_t) s_t^\top $$
"""
ALL_ERRORS = {"wrong", "shape", "symbol"}


def claims(text: str, after: str = GATED) -> list[tuple[str, str]]:
    """What is said of each claim of a text that follows others, and how it was read."""
    judgements = check_document("notes.md", (after + text.replace("    ", "")).encode()).judgements
    own = [j for j in judgements if j.start[0] > after.count("\n") + 1]
    return [(j.verdict, j.reading) for j in own]


def test_the_outer_product_of_vectors_of_one_size() -> None:
    """g_t and s_{t-1} have as many entries; the first two are right, the others are not."""
    text = r"""

    $$ \frac{\partial J}{\partial P} = \sum_t g_t \otimes s_{t-1} $$
    $$ \frac{\partial J}{\partial R} = \sum_t (\hat y_t - y_t) \otimes s_t $$
    $$ \frac{\partial J}{\partial P} = \sum_t g_t \otimes s_t $$
    $$ \frac{\partial J}{\partial P} = \sum_t g_t \odot s_{t-1} $$
    $$ \frac{\partial J}{\partial P} = \sum_t g_{t+1} \otimes s_{t-1} $$
    """
    (verdict, reading), other, *wrong = claims(text)
    assert verdict == "correct"
    assert r"\otimes is the outer product" in reading
    assert other[0] == "correct"
    assert {verdict for verdict, _ in wrong} <= ALL_ERRORS


def test_the_entrywise_product_in_a_circle() -> None:
    """Between vectors that give a vector it is the entrywise product."""
    text = r"""

    $$ g_t = \frac{\partial J}{\partial s_t} \otimes (1 - s_t^2) $$
    $$ g_t = \frac{\partial J}{\partial s_t} \otimes (1 + s_t^2) $$
    """
    right, wrong = claims(text)
    assert right[0] == "correct"
    assert wrong[0] in ALL_ERRORS


def test_a_circle_in_a_definition_is_entrywise_everywhere() -> None:
    """Where a gate is multiplied by it, no outer product is written so."""
    gated = GATED.replace(r"$$ s_t = \tanh(a_t) $$", r"$$ s_t = \tanh(a_t) \otimes \tanh(a_t) $$")
    gated = gated.replace(
        r"$$ g_t = ", r"$$ \delta s_t = R^\top (\hat y_t - y_t) + P^\top g_{t+1} $$" "\n$$ g_t = "
    )
    text = r"""

    $$ \frac{\partial J}{\partial P} = \sum_t g_t \otimes s_{t-1} $$
    """
    assert claims(text, gated)[0][0] == "shape"

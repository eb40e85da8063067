"""Signs of gradients that notes make up, g_{h_t} and d_{z_t}, and vectors that lie down in the backward pass."""

from __future__ import annotations

from symrnn.check.document import check_document

RNN = r"""
$$ v_t = P s_{t-1} + Q u_t + k, \qquad s_t = \tanh(v_t), \qquad a_t = R s_t + m $$
"""
GRU = r"""
$$ q_t = \sigma(A_q u_t + B_q s_{t-1} + k_q), \quad m_t = \sigma(A_m u_t + B_m s_{t-1} + k_m) $$
$$ \tilde s_t = \tanh(A_s u_t + B_s (m_t \odot s_{t-1}) + k_s) $$
$$ s_t = q_t \odot s_{t-1} + (1 - q_t) \odot \tilde s_t $$
"""
RIGHT = {"correct", "convention"}
ALL_ERRORS = {"wrong", "shape", "symbol"}


def verdicts(text: str) -> list[str]:
    """What is said of each claim, in order."""
    text = text.replace("    ", "")
    return [
        j.verdict for j in check_document("notes.md", text.encode()).judgements if j.verdict != "definition"
    ]


def test_a_sign_that_the_text_explains() -> None:
    r"""Write G_y for the gradient by y; what is added up is what one step gives."""
    text = r"""
    Write $G_y = \frac{\partial L}{\partial y}$.
    $$ G_{v_t} = G_{s_t} \odot (1 - s_t^2) $$
    $$ G_P \mathrel{+}= G_{v_t} s_{t-1}^\top $$
    $$ G_R += G_{a_t} s_t^\top $$
    $$ G_{s_t}^{\text{output}} = R^\top G_{a_t} $$
    $$ G_{s_t} = G_{s_t}^{\text{output}} + G_{s_t}^{\text{next}} $$
    $$ G_{v_t} = G_{s_t} \odot (1 + s_t^2) $$
    $$ G_R += G_{a_t} u_t^\top $$
    """
    found = verdicts(RNN + text)
    assert set(found[:5]) <= RIGHT
    assert set(found[5:]) <= ALL_ERRORS


def test_bars_that_are_gradients() -> None:
    r"""\bar{s}_t = \partial L / \partial s_t: adjoints."""
    text = r"""
    Adjoints: $\bar s_t = \frac{\partial L}{\partial s_t}$.
    $$ \bar v_t = \bar s_t \odot (1 - s_t^2) $$
    $$ \bar P = \sum_t \bar v_t s_{t-1}^\top $$
    $$ \bar u_t = Q^\top \bar v_t $$
    $$ \bar u_t = Q \bar v_t $$
    """
    *right, wrong = verdicts(RNN + text)
    assert set(right) <= RIGHT
    assert wrong in ALL_ERRORS


def test_signs_by_their_use() -> None:
    """D_{q_t} is the gradient by a gate, and e_{q_t}, got from it by the slope, that by what it is applied to."""
    text = r"""
    $$ d_{q_t} = g_{s_t} \odot (s_{t-1} - \tilde s_t) $$
    $$ d_{\tilde s_t} = g_{s_t} \odot (1 - q_t) $$
    $$ \epsilon_{q_t} = d_{q_t} \odot q_t \odot (1 - q_t) $$
    $$ \epsilon_{\tilde s_t} = d_{\tilde s_t} \odot (1 - \tilde s_t^2) $$
    $$ d_{m_t} = (B_s^\top \epsilon_{\tilde s_t}) \odot s_{t-1} $$
    $$ \epsilon_{m_t} = d_{m_t} \odot m_t \odot (1 - m_t) $$
    $$ g_{B_q} += \epsilon_{q_t} s_{t-1}^\top $$
    $$ d_{\tilde s_t} = g_{s_t} \odot q_t $$
    $$ \epsilon_{m_t} = d_{m_t} \odot (1 - m_t^2) $$
    $$ g_{A_m} += d_{m_t} u_t^\top $$
    """
    found = verdicts(GRU + text)
    assert set(found[:7]) <= RIGHT
    assert set(found[7:]) <= ALL_ERRORS


def test_a_label_is_no_sign() -> None:
    """Where the letter stands by itself too, d_{s_t} is what the text defines it as."""
    text = r"""
    $$ d_t = R_d s_t, \qquad d_{s_t} = S s_t $$
    $$ L = \sum_t \ell(d_{s_t}) $$
    $$ \frac{\partial L}{\partial S} = \sum_t \frac{\partial L}{\partial d_{s_t}} s_t^\top $$
    """
    assert not set(verdicts(RNN + text)) & ALL_ERRORS


def test_a_backward_pass_in_rows() -> None:
    """All is transposed against the forward equations, everywhere; one that is not is a slip."""
    text = r"""
    $$ \delta_{v_t} = \delta_{s_t} \odot (1 - s_t^2) $$
    $$ dP += s_{t-1}^\top \delta_{v_t} $$
    $$ dQ += u_t^\top \delta_{v_t} $$
    $$ \delta_{u_t} = \delta_{v_t} Q^\top $$
    $$ dR += s_t^\top \delta_{a_t} $$
    $$ \delta_{u_t} = \delta_{v_t} Q $$
    $$ dR += u_t^\top \delta_{a_t} $$
    """
    found = verdicts(RNN + text)
    assert set(found[:5]) <= RIGHT
    assert set(found[5:]) <= ALL_ERRORS


def test_vectors_that_are_rows_while_weights_are_as_before() -> None:
    """As batches have it in code: dP = delta^T s, du = delta Q."""
    text = r"""
    $$ dP += \delta_{v_t}^\top s_{t-1} $$
    $$ dQ += \delta_{v_t}^\top u_t $$
    $$ \delta_{u_t} = \delta_{v_t} Q $$
    $$ dR += \delta_{a_t}^\top s_t $$
    $$ dR += \delta_{a_t}^\top u_t $$
    """
    *right, wrong = verdicts(RNN + text)
    assert set(right) <= RIGHT
    assert wrong in ALL_ERRORS


def test_one_transposed_gradient_among_others_is_a_mistake() -> None:
    """Nobody lies down once."""
    text = r"""
    $$ dP += \delta_{v_t} s_{t-1}^\top $$
    $$ dQ += u_t^\top \delta_{v_t} $$
    $$ \delta_{u_t} = Q^\top \delta_{v_t} $$
    $$ dR += \delta_{a_t} s_t^\top $$
    """
    assert verdicts(RNN + text)[1] in ALL_ERRORS

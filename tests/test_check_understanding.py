"""How a document is understood: names that differ between its parts, relations that it leaves open."""

from __future__ import annotations

from symrnn.check.document import check_document

LSTM = r"""
$$ \Gamma_f^t = \sigma(W_f [a^{t-1}, x^t] + b_f) $$
$$ \Gamma_i^t = \sigma(W_i [a^{t-1}, x^t] + b_i) $$
$$ \Gamma_o^t = \sigma(W_o [a^{t-1}, x^t] + b_o) $$
$$ \tilde c^t = \tanh(W_c [a^{t-1}, x^t] + b_c) $$
$$ c^t = \Gamma_f^t * c^{t-1} + \Gamma_i^t * \tilde c^t $$
$$ a^t = \Gamma_o^t * \tanh(c^t) $$
"""


def verdicts(text: str) -> list[str]:
    """What is said of each claim, in order."""
    return [
        j.verdict for j in check_document("notes.md", text.encode()).judgements if j.verdict != "definition"
    ]


def test_a_gate_whose_label_is_another_in_the_backward_pass() -> None:
    """u for update there, i for input here; and small gamma is the argument of what big gamma is the value of."""
    backward = r"""
    $$ d\gamma_u^t = dc^t * \tilde c^t * \Gamma_u^t * (1 - \Gamma_u^t) $$
    $$ d\gamma_f^t = dc^t * c^{t-1} * \Gamma_f^t * (1 - \Gamma_f^t) $$
    $$ db_u = \sum_t d\gamma_u^t $$
    $$ d\gamma_u^t = dc^t * c^{t-1} * \Gamma_u^t * (1 - \Gamma_u^t) $$
    """
    *right, wrong = verdicts(LSTM + backward.replace("    ", ""))
    assert set(right) <= {"correct", "convention"}
    assert wrong == "wrong"


def test_d_before_a_name_is_no_target() -> None:
    """Where no target has a name, the d of a gradient is not taken for one."""
    backward = r"""
    $$ d\gamma_f^t = dc^t * c^{t-1} * \Gamma_f^t * (1 - \Gamma_f^t) $$
    $$ d\gamma_i^t = dc^t * \tilde c^t * \Gamma_i^t * (1 - \Gamma_i^t) $$
    $$ dx^t = W_f^T d\gamma_f^t + W_i^T d\gamma_i^t + W_c^T dp\tilde c^t + W_o^T d\gamma_o^t $$
    """
    assert not {"wrong", "shape", "symbol", "unchecked"} & {*verdicts(LSTM + backward.replace("    ", ""))}


def test_two_cells_of_one_document_with_the_same_state() -> None:
    """The weights that a claim names say which of the two states a is its own."""
    rnn = r"""
    $$ a^t = \tanh(W_{ax} x^t + W_{aa} a^{t-1} + b_a) $$
    """
    backward = r"""
    where $W_f = W_f[:, :n_a]$, and so on, with the gradients of the pre-activations $d\gamma$:

    $$ d\gamma_f^t = dc^t * c^{t-1} * \Gamma_f^t * (1 - \Gamma_f^t) $$
    $$ dx^t = W_f^T d\gamma_f^t + W_i^T d\gamma_i^t + W_c^T dp\tilde c^t + W_o^T d\gamma_o^t $$
    """
    found = verdicts((rnn + LSTM + backward).replace("    ", ""))
    assert set(found) <= {"correct", "convention"}


CONE = r"""
$$ V(r, h) = \frac{\pi r^2 h}{3} $$
$$ \frac{\partial V}{\partial h} = \frac{\pi r^2}{3} $$
$$ \frac{dV}{dr} = \frac{\partial V}{\partial r} + \frac{\partial V}{\partial h} \frac{dh}{dr} $$
$$ \frac{dV}{dh} = \frac{2 \pi r h}{3} \frac{dr}{dh} + \frac{\pi r^2}{3} $$
$$ \frac{dV}{dh} = \frac{\pi r^2}{3} $$
"""


def test_total_derivatives_where_it_is_not_said_how_the_variables_depend_on_each_other() -> None:
    """r and h follow each other in any way; a curly d holds the other one."""
    assert verdicts(CONE) == ["correct", "correct", "correct", "wrong"]


def test_total_derivatives_against_the_direction_of_the_equation() -> None:
    """With r = c h, h is r / c."""
    claims = r"""
$$ \frac{dV}{dr} = \frac{2 \pi r h}{3} + \frac{\pi r^2}{3 c} $$
$$ \frac{dV}{dr} = \frac{2 \pi r h}{3} + \frac{\pi r^2 c}{3} $$
"""
    *_, right, wrong = verdicts(CONE + "Now $r = c h$, where c is fixed, so that" + claims)
    assert (right, wrong) == ("correct", "wrong")


RNN = r"""
$$ h_t = \sigma(W h_{t-1} + U x_t) $$
$$ \hat y_t = \sigma(V h_t) $$
$$ E = \sum_t \tfrac12 \|\hat y_t - y_t\|^2 $$
"""


def test_the_state_of_a_plain_network_is_no_gate() -> None:
    """The slope of the activation may go unsaid for a gate, never for a state or an output."""
    claims = r"""
$$ \frac{\partial E}{\partial W} = \sum_t \frac{\partial E}{\partial h_t} h_{t-1}^\top $$
$$ \frac{\partial E}{\partial V} = \sum_t \frac{\partial E}{\partial \hat y_t} h_t^\top $$
"""
    assert not {"correct", "convention"} & {*verdicts(RNN + claims)}


def test_a_name_that_claims_share_is_no_slip() -> None:
    """raw_t is defined nowhere, and yet it is no mistyped name: more than one claim uses it."""
    claims = r"""
$$ \frac{\partial E}{\partial W} = \sum_t \frac{\partial E}{\partial \text{raw}_t} h_{t-1}^\top $$
$$ \frac{\partial E}{\partial U} = \sum_t \frac{\partial E}{\partial \text{raw}_t} x_t^\top $$
"""
    assert not {"wrong", "shape", "symbol"} & {*verdicts(RNN + claims)}


def test_what_a_step_hands_back() -> None:
    """The gradient by the state before may be the part of it that this step gives."""
    claims = r"""
$$ \frac{\partial E}{\partial \hat y_t} = \hat y_t - y_t $$
$$ \frac{\partial E}{\partial h_{t-1}} = W^\top (h_t \odot (1 - h_t) \odot \frac{\partial E}{\partial h_t}) $$
$$ \frac{\partial E}{\partial h_t} = W^\top (h_{t+1} \odot (1 - h_{t+1}) \odot \frac{\partial E}{\partial h_{t+1}}) $$
"""
    assert verdicts(RNN + claims)[:2] == ["correct", "convention"]
    assert verdicts(RNN + claims)[2] not in ("correct", "convention")


def test_names_of_gradients_that_say_by_what() -> None:
    """delta_{z_t} is the gradient by z_t wherever z_t is a quantity."""
    text = r"""
$$ h_t = \tanh(z_t), z_t = W h_{t-1} + U x_t $$
$$ E = \sum_t \tfrac12 \|h_t - y_t\|^2 $$
$$ \delta_{h_t} = W^\top \delta_{z_{t+1}} + h_t - y_t $$
$$ \delta_{z_t} = (1 - h_t^2) \odot \delta_{h_t} $$
$$ \delta_{z_t} = (1 - h_t^2) \odot \delta_{h_{t+1}} $$
"""
    assert verdicts(text) == ["correct", "correct", "wrong"]


def test_gradients_that_are_added_up() -> None:
    """+= says that the right-hand side is the contribution of one step; one path of a state is not judged."""
    claims = r"""
$$ \frac{\partial E}{\partial W} \mathrel{+}=
   (h_t \odot (1 - h_t) \odot \frac{\partial E}{\partial h_t}) h_{t-1}^\top $$
$$ \nabla_U E += (h_t \odot (1 - h_t) \odot \frac{\partial E}{\partial h_t}) x_t^\top $$
$$ \nabla_U E += (h_t \odot \frac{\partial E}{\partial h_t}) x_t^\top $$
$$ \frac{\partial E}{\partial h_t} += W^\top (h_{t+1} \odot (1 - h_{t+1}) \odot \frac{\partial E}{\partial h_{t+1}}) $$
"""
    *right, wrong, path = verdicts(RNN + claims)
    assert set(right) <= {"correct", "convention"}
    assert (wrong, path) == ("wrong", "unchecked")


def test_a_gradient_that_is_named_at_the_last_step_is_named_at_all() -> None:
    claims = r"""
With $\delta_T = \frac{\partial E}{\partial z_T}$, where $h_t = \sigma(z_t)$ and $z_t = W h_{t-1} + U x_t$:
$$ \frac{\partial E}{\partial U} = \sum_{t=1}^T \delta_t x_t^\top $$
$$ \frac{\partial E}{\partial U} = \sum_{t=1}^T \delta_t h_t^\top $$
$$ \frac{\partial E}{\partial W} = \delta_T h_{T-1}^\top $$
"""
    right, wrong, of_last_step = verdicts(RNN + claims)
    assert right == "correct"
    assert wrong in ("wrong", "shape")
    assert of_last_step == "unchecked"


def test_products_over_steps_in_either_order() -> None:
    claims = r"""
$$ \frac{\partial h_T}{\partial h_t} = \prod_{k=t+1}^T \mathrm{diag}(h_k \odot (1 - h_k)) W $$
$$ \frac{\partial h_T}{\partial h_t} = \prod_{k=t+1}^T \mathrm{diag}(1 - h_k) W $$
"""
    right, wrong = verdicts(RNN + claims)
    assert right == "convention"
    assert wrong not in ("correct", "convention")


def test_what_the_text_calls_constant_depends_on_nothing() -> None:
    """Else c would follow r and h."""
    claims = r"""
Let the constant $c = \tan^{-1} \alpha$, with $r = c h$:
$$ \frac{dV}{dh} = \frac{\pi r^2}{3} + \frac{2 \pi r h}{3} c $$
$$ \frac{dV}{dh} = \frac{\pi r^2}{3} + \frac{2 \pi r h}{3} \frac{1}{c} $$
"""
    *_, right, wrong = verdicts(CONE + claims)
    assert (right, wrong) == ("correct", "wrong")


def test_what_follows_from_an_arrow_is_a_statement_of_its_own() -> None:
    """The arrow may stand at the end of a row."""
    text = (
        RNN
        + r"""
$$ \begin{align}
z_t = W h_{t-1} + U x_t \implies \\
\frac{\partial z_t}{\partial h_{t-1}} &= W
\end{align} $$
"""
    )
    assert verdicts(text) == ["correct"]


def test_a_function_with_the_name_of_what_it_defines() -> None:
    """L = sum of L(y_t, hat y_t) is no circle."""
    text = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$
$$ \hat y_t = V h_t $$
$$ L = \sum_{t=1}^T L(y_t, \hat y_t) $$
$$ \frac{\partial L}{\partial V} = \sum_{t=1}^T \frac{\partial L}{\partial \hat y_t} h_t^\top $$
"""
    assert verdicts(text) == ["correct"]


def test_a_bar_at_a_step_is_what_that_step_contributes() -> None:
    claims = r"""
$$ \left.\frac{\partial E}{\partial W}\right|_t
   = (h_t \odot (1 - h_t) \odot \frac{\partial E}{\partial h_t}) h_{t-1}^\top $$
$$ \left.\frac{\partial E}{\partial W}\right|_t
   = (h_t \odot (1 - h_t) \odot \frac{\partial E}{\partial h_t}) h_t^\top $$
"""
    right, wrong = verdicts(RNN + claims)
    assert right in ("correct", "convention")
    assert wrong not in ("correct", "convention")


def test_a_target_with_a_hat() -> None:
    """Where the output has a name of its own, what wears the hat is what it is compared with."""
    text = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$
$$ p_t = \mathrm{softmax}(V h_t) $$
$$ L = -\sum_t \hat y_t^\top \log p_t $$
$$ \frac{\partial L}{\partial V} = \sum_t (p_t - \hat y_t) h_t^\top $$
$$ \frac{\partial L}{\partial V} = \sum_t (\hat y_t - p_t) h_t^\top $$
"""
    assert verdicts(text) == ["correct", "wrong"]

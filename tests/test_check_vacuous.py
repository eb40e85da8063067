"""Nothing follows from 0 = 0: where the model does not see a quantity, a claim about it is not correct."""

import pytest

from symrnn.check.document import check_document

CELL = "$$s_t = \\tanh(A s_{t-1} + B x_t), \\qquad q_t = C s_t$$\n"
SUMMED = (
    CELL
    + "$$\\mathcal{L} = \\sum_{t=1}^{n} \\ell(q_t, y_t), \\qquad F_t = \\sum_{u=t+1}^{n} \\ell(q_u, y_u)$$\n"
)


def verdicts(text):
    found = check_document("notes.md", text.encode()).judgements
    return [j.verdict for j in found if j.verdict != "definition"]


@pytest.mark.parametrize("right", [r"s_t", r"s_{t-1}"])
def test_a_parameter_that_nothing_reads_has_no_gradient_to_speak_of(right):
    claim = (
        rf"$$\frac{{\partial \mathcal{{L}}}}{{\partial D}} = \sum_{{t=1}}^{{n}} q_t {right}^\top \cdot 0$$"
    )
    assert verdicts(SUMMED + claim) == ["unchecked"]


def test_two_zeros_are_not_equal_for_a_reason():
    claim = r"$$\frac{\partial q_t}{\partial y_t} = \frac{\partial s_t}{\partial y_t}$$"
    assert verdicts(SUMMED + claim) == ["unchecked"]


def test_what_is_lost_after_the_last_step_is_said_to_be_zero_and_is():
    claim = r"$$\frac{\partial F_n}{\partial s_n} = 0$$"
    assert verdicts(SUMMED + claim) == ["correct"]


def test_what_is_lost_at_the_last_step_is_not_zero():
    held = (
        r"$$\frac{\partial F_{t-1}}{\partial s_t} = "
        r"\frac{\partial \ell(q_t, y_t)}{\partial s_t} + \frac{\partial F_t}{\partial s_t}$$"
    )
    claim = r"$$\frac{\partial F_{n-1}}{\partial s_n} = 0$$"
    assert "correct" not in verdicts(SUMMED + held + "\n" + claim)[1:]


@pytest.mark.parametrize(
    ("first", "verdict"),
    [(r"\frac{\partial F_{t-1}}{\partial s_t}", "correct"), (r"\frac{\partial F_t}{\partial s_t}", None)],
)
def test_the_loss_after_step_zero_is_all_of_it(first, verdict):
    steps = (
        r"$$\frac{\partial \mathcal{L}}{\partial A} = "
        rf"\sum_{{t=1}}^{{n}} \operatorname{{diag}}(1 - s_t^2) {first} s_{{t-1}}^\top$$"
    )
    found = verdicts(SUMMED + steps)
    assert (found == [verdict]) if verdict else (found[0] not in ("correct", "convention"))


def test_the_inverse_of_a_function_is_any_function_and_accuses_nobody():
    text = "$$V = r^2 h, \\qquad r = c h, \\qquad c = \\tan^{-1} \\alpha$$\n"
    assert verdicts(text + r"$$\frac{dV}{dh} = r^2 + 2 r h c$$") == ["correct"]
    assert verdicts(text + r"$$\frac{dc}{d\alpha} = \frac{1}{1 + \alpha^2}$$") == ["unchecked"]


def test_what_nothing_defines_has_no_derivative_by_its_own_past():
    claim = r"$$\frac{\partial h_t}{\partial h_{t-\tau}} = \prod_{i=t-\tau}^{t} \frac{\partial h_i}{\partial h_{i-1}}$$"
    assert verdicts(claim) == ["unchecked"]


@pytest.mark.parametrize(("low", "verdict"), [(r"t-\tau+1", "convention"), (r"t-\tau", "wrong")])
def test_a_product_with_a_factor_too_many_is_wrong(low, verdict):
    cell = r"$$\frac{\partial s_t}{\partial s_{t-1}} = \operatorname{diag}(1 - s_t^2) A$$" + "\n"
    start = rf"$$\frac{{\partial s_t}}{{\partial s_{{t-\tau}}}} = \prod_{{i={low}}}^{{t}}"
    claim = start + r" \frac{\partial s_i}{\partial s_{i-1}}$$"
    assert verdicts(CELL + cell + claim)[-1] == verdict


def test_a_gradient_that_the_model_does_not_see_accuses_nobody():
    cell = r"$$s_t = \sigma(A s_{t-1} + B x_t), \qquad y_{pred} = \sigma(C s_T + c)$$" + "\n"
    claims = [
        r"$$\frac{\partial L}{\partial s_{t-1}} = A^\top (\frac{\partial L}{\partial s_t} \odot s_t \odot (1 - s_t))$$",
        r"$$\delta y = (y_{pred} - y) \odot \sigma'(C s_T + c)$$",
    ]
    assert "wrong" not in verdicts(cell + "\n".join(claims))


def test_what_is_computed_once_from_the_last_state_is_what_the_loss_reads():
    cell = r"$$s_t = \tanh(A s_{t-1} + B x_t), \qquad q = C s_T + c$$" + "\n"
    assert verdicts(cell + r"$$\frac{\partial L}{\partial s_T} = C^\top \frac{\partial L}{\partial q}$$") == [
        "correct"
    ]
    assert verdicts(cell + r"$$\frac{\partial L}{\partial s_T} = C \frac{\partial L}{\partial q}$$") != [
        "correct"
    ]


def test_dx_in_a_definition_is_the_gradient():
    cell = (
        r"$$f_t = \sigma(A s_{t-1} + B x_t), \quad u_t = \tanh(D s_{t-1} + E x_t),"
        r"\quad c_t = f_t \odot c_{t-1} + u_t$$" + "\n"
        r"$$s_t = \tanh(c_t), \quad q_t = C s_t, \quad L = \sum_{t=1}^{T} \ell(q_t, y_t)$$" + "\n"
        r"$$\kappa_t = f_{t+1} \odot dc_{t+1}$$" + "\n"
    )
    assert verdicts(cell + r"$$dc_t = ds_t \odot (1 - s_t^2) + \kappa_t$$") == ["correct"]
    assert verdicts(cell + r"$$dc_t = ds_t \odot (1 - s_t^2) \odot \kappa_t$$") != ["correct"]


def test_a_quantity_of_two_gates_has_labels_of_both():
    cell = (
        r"$$f_t = \sigma(A s_{t-1} + p_f \odot c_{t-1}), \quad i_t = \sigma(B s_{t-1} + p_i \odot c_{t-1}),"
        r"\quad c_t = f_t \odot c_{t-1} + i_t, \quad s_t = \tanh(c_t)$$" + "\n"
    )
    claim = r"$$g_{c_{t-1}} = g_{c_t} \odot f_t + \delta_{f_t} \odot p_f + \delta_{i_t} \odot p_i$$"
    assert "symbol" not in [j.verdict for j in check_document("notes.md", (cell + claim).encode()).judgements]


GATED = r"""
$$z_u^{\langle t\rangle} = W_u a^{\langle t-1\rangle} + U_u x^{\langle t\rangle}$$
$$\Gamma_u^{\langle t\rangle} = \sigma(z_u^{\langle t\rangle})$$
$$\tilde c^{\langle t\rangle} = \tanh(W_c a^{\langle t-1\rangle} + U_c x^{\langle t\rangle})$$
$$a^{\langle t\rangle} = \Gamma_u^{\langle t\rangle} \odot \tilde c^{\langle t\rangle}
  + (1 - \Gamma_u^{\langle t\rangle}) \odot a^{\langle t-1\rangle}$$
$$L = \sum_{t=1}^{T} \ell(a^{\langle t\rangle}, y^{\langle t\rangle})$$
"""
GATE = r"""
$$\frac{\partial L}{\partial \Gamma_u^{\langle t\rangle}}
  = \frac{\partial L}{\partial a^{\langle t\rangle}} \odot (\tilde c^{\langle t\rangle} - a^{\langle t-1\rangle})$$
"""


@pytest.mark.parametrize("label", ["u", "u+1", "u-1"])
def test_a_label_that_is_shifted_is_another_label(label):
    ends = (
        rf"$$\frac{{\partial L}}{{\partial z_{{{label}}}^{{\langle t\rangle}}}} = "
        r"\frac{\partial L}{\partial \Gamma_u^{\langle t\rangle}} "
        r"\odot \Gamma_u^{\langle t\rangle} \odot (1 - \Gamma_u^{\langle t\rangle})$$"
    )
    found = verdicts(GATED + GATE + ends)
    assert found[0] == "correct"
    assert (found[1] == "correct") == (label == "u")


PRODUCTS = (
    CELL
    + r"$$L = \sum_{t=1}^{T} \ell_t, \qquad \ell_t = \ell(q_t, y_t)$$" + "\n"
    + r"$$\frac{\partial L}{\partial s_0} = \sum_{t=1}^{T} \left(\prod_{t \ge j \ge 1}"
    r" \frac{\partial s_j}{\partial s_{j-1}}\right)^{\top} \frac{\partial \ell_t}{\partial s_t}$$" + "\n"
    + r"$$\frac{\partial L}{\partial s_t} = \left(\frac{\partial s_{t+1}}{\partial s_t}\right)^{\top}"
    r" \frac{\partial L}{\partial s_{t+1}} + \frac{\partial \ell_t}{\partial s_t}$$" + "\n"
)  # fmt: skip


@pytest.mark.parametrize("mark", [r"^{\top}", ""])
def test_who_transposes_chains_has_forgotten_it_where_one_is_not(mark):
    claim = (
        rf"$$\frac{{\partial L}}{{\partial A}} = \sum_{{t=1}}^{{T}} \sum_{{k=1}}^{{t}} \left( (1 - s_k^2) \odot"
        rf" \left(\prod_{{t \ge j > k}} \frac{{\partial s_j}}{{\partial s_{{j-1}}}}\right){mark}"
        r" \frac{\partial \ell_t}{\partial s_t} \right) s_{k-1}^\top$$"
    )
    assert (verdicts(PRODUCTS + claim)[-1] in ("correct", "convention")) == bool(mark)


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize(
    ("middle", "verdicts_"), [("", ("unchecked",) * 2), (r"\ell(q_2, y_2) +", ("correct", "wrong"))]
)
def test_a_gradient_that_is_always_zero_says_nothing(sign, middle, verdicts_):
    """Where the loss does not read q_2, the sign of its term makes no difference."""
    loss = rf"$$L = \ell(q_1, y_1) + {middle} \ell(q_3, y_3)$$" + "\n"
    claim = (
        r"$$\frac{\partial L}{\partial C} = \frac{\partial L}{\partial q_1} s_1^\top"
        rf" {sign} \frac{{\partial L}}{{\partial q_2}} s_2^\top + \frac{{\partial L}}{{\partial q_3}} s_3^\top$$"
    )
    assert verdicts(CELL + loss + claim) == [verdicts_["+-".index(sign)]]

"""What is printed: strings worked out by hand from the course notes, never pasted from our output."""

from __future__ import annotations

import pytest
from sympy import Lambda, Piecewise, S, Symbol, erf, exp, sqrt

from symrnn.cells import CELLS
from symrnn.equations import Equation
from symrnn.expressions import (
    CLOCKS,
    INDICES,
    LENGTHS,
    Adjoint,
    Jacobian,
    Node,
    Partial,
    Softmax,
    Transposed,
    Variable,
    apply,
    blocks,
    chain,
    diag,
    diagonal,
    dimension,
    fill,
    hadamard,
    identity,
    inner,
    only,
    operations,
    over,
    plus,
    product,
    rows,
    scale,
    stack,
    total,
    transposed,
)
from symrnn.functions import FUNCTIONS, RECIPROCAL, power
from symrnn.naming import names
from symrnn.reading import read
from symrnn.render import equation_infix, equation_latex, equation_text, infix, latex, text
from symrnn.render.lowering import LOWERING

n, m = dimension("n"), dimension("m")
t, u = CLOCKS["t"], CLOCKS["u"]
j, k = INDICES["j"], INDICES["k"]
T = LENGTHS[t]
one = S.One


def column(name, offset=0, clock=t, size=n):
    return Variable(name, size, 1, clock, offset)


h, before, after = column("h"), column("h", -1), column("h", 1)
x = column("x", size=m)
yhat, y = column("yhat"), column("y")
W, U, b = Variable("W", n, n), Variable("U", n, m), Variable("b", n, 1)
W_f = Variable("W_f", n, n)
L = Variable("L", 1, 1)
ell, F, e = Variable("ell", 1, 1, t), Variable("F", 1, 1, t), Variable("e", 1, 1, t)
dh, dnext = Adjoint(h, L), Adjoint(after, L)
ones = fill(1, (n, one))
z = Symbol("z")


def minus(a):
    return scale(-1, a)


# expression, LaTeX, text, cell language, in the plain notation
PLAIN = [
    (before, "h_{t-1}", "hₜ₋₁", "h[t-1]"),
    (column("h", 0, T), "h_T", "h_T", "h[T]"),
    (column("h", 0, S.Zero), "h_0", "h₀", "h[0]"),
    (column("h", -1, S.Zero), "h_{-1}", "h₋₁", "h[-1]"),
    (column("a_y"), "a_{y,t}", "a_yₜ", "a_y[t]"),
    (W_f, "W_f", "W_f", "W_f"),
    (plus(product(W, before), product(U, x), b), "W h_{t-1} + U x_t + b", "W hₜ₋₁ + U xₜ + b",
     "W @ h[t-1] + U @ x[t] + b"),
    (plus(h, minus(b)), "h_t - b", "hₜ - b", "h[t] - b"),
    (plus(minus(h), minus(b)), "-h_t - b", "-hₜ - b", "-h[t] - b"),
    (plus(ones, minus(h)), "1 - h_t", "1 - hₜ", "1 - h[t]"),
    (plus(fill(-1, (n, one)), h), "h_t - 1", "hₜ - 1", "h[t] - 1"),
    (hadamard(h, plus(ones, minus(h))), r"h_t \odot (1 - h_t)", "hₜ ⊙ (1 - hₜ)", "h[t] * (1 - h[t])"),
    (product(W, hadamard(h, b)), r"W (h_t \odot b)", "W (hₜ ⊙ b)", "W @ (h[t] * b)"),
    (hadamard(h, product(W, b)), r"h_t \odot (W b)", "hₜ ⊙ (W b)", "h[t] * (W @ b)"),
    (product(transposed(W), dnext), r"W^{\top} \frac{\partial L}{\partial h_{t+1}}", "Wᵀ ∂L/∂hₜ₊₁",
     "W.T @ dL_dh[t+1]"),
    (product(dh, transposed(before)), r"\frac{\partial L}{\partial h_t} h_{t-1}^{\top}", "(∂L/∂hₜ) hₜ₋₁ᵀ",
     "dL_dh[t] @ h[t-1].T"),
    (hadamard(dh, h), r"\frac{\partial L}{\partial h_t} \odot h_t", "∂L/∂hₜ ⊙ hₜ", "dL_dh[t] * h[t]"),
    (transposed(dh), r"\left(\frac{\partial L}{\partial h_t}\right)^{\top}", "(∂L/∂hₜ)ᵀ", "dL_dh[t].T"),
    (apply(power(2), h), "h_t^{2}", "hₜ²", "h[t]**2"),
    (apply(power(2), plus(h, b)), r"\left(h_t + b\right)^{2}", "(hₜ + b)²", "(h[t] + b)**2"),
    (apply(power(2), apply(FUNCTIONS["tanh"], h)), r"\tanh(h_t)^{2}", "tanh(hₜ)²", "tanh(h[t])**2"),
    (apply(power(3), product(W, h)), r"\left(W h_t\right)^{3}", "(W hₜ)³", "(W @ h[t])**3"),
    (apply(RECIPROCAL, h), r"\frac{1}{h_t}", "1 / hₜ", "1 / h[t]"),
    (hadamard(y, apply(RECIPROCAL, yhat)), r"\frac{y_t}{\hat{y}_t}", "yₜ / ŷₜ", "y[t] / yhat[t]"),
    (product(W, hadamard(y, apply(RECIPROCAL, yhat))), r"W \frac{y_t}{\hat{y}_t}", "W (yₜ / ŷₜ)",
     "W @ (y[t] / yhat[t])"),
    (scale(S.Half, h), r"\frac{1}{2} h_t", "½ hₜ", "h[t] / 2"),
    (scale(-2, product(W, h)), "-2 W h_t", "-2 W hₜ", "-2 * W @ h[t]"),
    (scale(e, h), "e_t h_t", "eₜ hₜ", "e[t] * h[t]"),
    (scale(inner(y, b), h), r"(y_t^{\top} b) h_t", "(yₜᵀ b) hₜ", "(y[t].T @ b) * h[t]"),
    (hadamard(e, plus(fill(1, (one, one)), minus(e))), "e_t (1 - e_t)", "eₜ (1 - eₜ)", "e[t] * (1 - e[t])"),
    (apply(FUNCTIONS["sigmoid"], h), r"\sigma(h_t)", "σ(hₜ)", "sigmoid(h[t])"),
    (apply(FUNCTIONS["relu"], plus(h, b)), r"\operatorname{relu}(h_t + b)", "relu(hₜ + b)", "relu(h[t] + b)"),
    (apply(FUNCTIONS["leaky_relu"], h), r"\operatorname{leaky relu}(h_t)", "leaky_relu(hₜ)",
     "leaky_relu(h[t])"),
    (apply(FUNCTIONS["max"], h, b), r"\max(h_t, b)", "max(hₜ, b)", "max(h[t], b)"),
    (apply(FUNCTIONS["sqrt"], h), r"\sqrt{h_t}", "√(hₜ)", "sqrt(h[t])"),
    (apply(FUNCTIONS["abs"], h), r"\left|h_t\right|", "|hₜ|", "abs(h[t])"),
    (apply(FUNCTIONS["step"], h), "[h_t > 0]", "[hₜ > 0]", "step(h[t])"),
    (apply(Lambda(z, z * exp(-z)), h), r"h_t \odot \exp(-h_t)", "hₜ ⊙ exp(-hₜ)", "h[t] * exp(-h[t])"),
    (apply(Lambda(z, 2 * z + erf(z) / 3), h), r"2 h_t + \frac{1}{3} \operatorname{erf}(h_t)",
     "2 hₜ + ⅓ erf(hₜ)", "2 * h[t] + erf(h[t]) / 3"),
    (apply(Lambda(z, z**2 * sqrt(2) / 2), h), r"\frac{\sqrt{2}}{2} h_t^{2}", "(√(2) / 2) hₜ²",
     "(sqrt(2) / 2) * h[t]**2"),
    (apply(power(2), apply(RECIPROCAL, h)), r"\frac{1}{h_t^{2}}", "1 / hₜ²", "1 / h[t]**2"),
    (hadamard(b, apply(power(2), apply(RECIPROCAL, h))), r"\frac{b}{h_t^{2}}", "b / hₜ²", "b / h[t]**2"),
    (apply(Lambda(z, Piecewise((2, z > 1), (z, True))), h),
     r"\begin{cases} 2 & \text{if } h_t > 1 \\ h_t & \text{otherwise} \end{cases}",
     "{2 if hₜ > 1; hₜ otherwise}", "(2 if h[t] > 1 else h[t])"),
    (apply(Lambda(z, 1 / (1 + exp(-z))), h), r"\sigma(h_t)", "σ(hₜ)", "sigmoid(h[t])"),
    (Softmax(plus(h, b)), r"\operatorname{softmax}(h_t + b)", "softmax(hₜ + b)", "softmax(h[t] + b)"),
    (product(Variable("A", n, n + m), stack(before, x)), r"A \begin{bmatrix} h_{t-1} \\ x_t \end{bmatrix}",
     "A [hₜ₋₁; xₜ]", "A @ [h[t-1], x[t]]"),
    (rows(product(transposed(U), h), one, m), r"(U^{\top} h_t)_{2:m}", "(Uᵀ hₜ)[2:m]", "(U.T @ h[t])[1:m]"),
    (total(hadamard(y, apply(FUNCTIONS["log"], yhat))), r"\sum_{i} y_{t,i} \log(\hat{y}_{t,i})",
     "∑ᵢ yₜᵢ log(ŷₜᵢ)", "sum(y[t] * log(yhat[t]))"),
    (total(apply(power(2), plus(yhat, minus(y)))), r"\sum_{i} \left(\hat{y}_{t,i} - y_{t,i}\right)^{2}",
     "∑ᵢ (ŷₜᵢ - yₜᵢ)²", "sum((yhat[t] - y[t])**2)"),
    (total(product(W, h)), r"\sum_{i} (W h_t)_{i}", "∑ᵢ (W hₜ)ᵢ", "sum(W @ h[t])"),
    (total(hadamard(W, W_f)), r"\sum_{i,j} W_{i,j} W_{f,i,j}", "∑ᵢⱼ Wᵢⱼ W_fᵢⱼ", "sum(W * W_f)"),
    (total(hadamard(column("i"), h)), r"\sum_{j} i_{t,j} h_{t,j}", "∑ⱼ iₜⱼ hₜⱼ", "sum(i[t] * h[t])"),
    (total(plus(h, b)), r"\sum_{i} (h_{t,i} + b_i)", "∑ᵢ (hₜᵢ + bᵢ)", "sum(h[t] + b)"),
    (only(plus(h, b), t, T), r"[t = T] \, (h_t + b)", "[t = T] (hₜ + b)", "only(t == T, h[t] + b)"),
    (over(ell, t), r"\sum_{t=1}^{T} \ell_t", "∑ₜ ℓₜ", "sum_t(ell[t])"),
    (over(plus(h, b), t), r"\sum_{t=1}^{T} (h_t + b)", "∑ₜ (hₜ + b)", "sum_t(h[t] + b)"),
    (over(product(dh, transposed(before)), t),
     r"\sum_{t=1}^{T} \frac{\partial L}{\partial h_t} h_{t-1}^{\top}", "∑ₜ (∂L/∂hₜ) hₜ₋₁ᵀ",
     "sum_t(dL_dh[t] @ h[t-1].T)"),
    (product(over(h, t), transposed(b)), r"\left(\sum_{t=1}^{T} h_t\right) b^{\top}", "(∑ₜ hₜ) bᵀ",
     "sum_t(h[t]) @ b.T"),
    (over(Variable("ell", 1, 1, u), u, t + 1, T), r"\sum_{u=t+1}^{T} \ell_u", "∑_{u=t+1..T} ℓᵤ",
     "sum_u(ell[u], t + 1, T)"),
    (chain(Jacobian(column("h", 0, j), column("h", -1, j)), j, k + 1, t),
     r"\prod_{t \ge j > k} \frac{\partial h_j}{\partial h_{j-1}}", "∏_{t≥j>k} (∂hⱼ/∂hⱼ₋₁)",
     "prod_j(dh_dh[j, j-1], k + 1, t)"),
    (only(product(transposed(W), b), t, T), r"[t = T] \, W^{\top} b", "[t = T] Wᵀ b",
     "only(t == T, W.T @ b)"),
    (diag(h), r"\operatorname{diag}(h_t)", "diag(hₜ)", "diag(h[t])"),
    (diagonal(W), r"\operatorname{diagonal}(W)", "diagonal(W)", "diagonal(W)"),
    (scale(e, ones), r"e_t \mathbf{1}", "eₜ 𝟏", "e[t] * ones(n, 1)"),
    (identity(n), r"\mathbf{I}", "𝐈", "eye(n)"),
    (blocks([[W, U], [W_f, U]]), r"\begin{bmatrix} W & U \\ W_f & U \end{bmatrix}", "[W, U; W_f, U]",
     "[[W, U], [W_f, U]]"),
    (Partial(h, ell), r"\frac{\partial^{+} \ell_t}{\partial h_t}", "∂⁺ℓₜ/∂hₜ", "partial_dell_dh[t]"),
    (Adjoint(h, Variable("ell", 1, 1, u)), r"\frac{\partial \ell_u}{\partial h_t}", "∂ℓᵤ/∂hₜ",
     "dell_dh[u, t]"),
    (Adjoint(dh, Variable("S", 1, 1)), r"\frac{\partial S}{\partial \frac{\partial L}{\partial h_t}}",
     "∂S/∂(∂L/∂hₜ)", "dS_ddL_dh[t]"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "in_latex", "in_text", "in_code"), PLAIN, ids=lambda v: str(v)[:40])
def test_plain(expression, in_latex, in_text, in_code):
    assert latex(expression) == in_latex
    assert text(expression) == in_text
    assert infix(expression) == in_code


# The forward pass of the RNN in each course's symbols: a, h, o, y_hat, the loss of a step, the loss.
RNN = {
    "plain": [
        (r"a_t = b + W h_{t-1} + U x_t", "aₜ = b + W hₜ₋₁ + U xₜ"),
        (r"h_t = \tanh(a_t)", "hₜ = tanh(aₜ)"),
        (r"o_t = c + V h_t", "oₜ = c + V hₜ"),
        (r"\hat{y}_t = \operatorname{softmax}(o_t)", "ŷₜ = softmax(oₜ)"),
        (r"\ell_t = -\sum_{i} y_{t,i} \log(\hat{y}_{t,i})", "ℓₜ = -∑ᵢ yₜᵢ log(ŷₜᵢ)"),
        (r"L = \sum_{t=1}^{T} \ell_t", "L = ∑ₜ ℓₜ"),
    ],
    "goodfellow": [
        (r"a^{(t)} = b + W h^{(t-1)} + U x^{(t)}", "a⁽ᵗ⁾ = b + W h⁽ᵗ⁻¹⁾ + U x⁽ᵗ⁾"),
        (r"h^{(t)} = \tanh(a^{(t)})", "h⁽ᵗ⁾ = tanh(a⁽ᵗ⁾)"),
        (r"o^{(t)} = c + V h^{(t)}", "o⁽ᵗ⁾ = c + V h⁽ᵗ⁾"),
        (r"\hat{y}^{(t)} = \operatorname{softmax}(o^{(t)})", "ŷ⁽ᵗ⁾ = softmax(o⁽ᵗ⁾)"),
        (r"L^{(t)} = -\sum_{i} y_i^{(t)} \log(\hat{y}_i^{(t)})", "L⁽ᵗ⁾ = -∑ᵢ yᵢ⁽ᵗ⁾ log(ŷᵢ⁽ᵗ⁾)"),
        (r"L = \sum_{t=1}^{\tau} L^{(t)}", "L = ∑ₜ L⁽ᵗ⁾"),
    ],
    "mit": [
        (r"z^1_t = W^{ss}_0 + W^{ss} s_{t-1} + W^{sx} x_t", "z¹ₜ = Wˢˢ₀ + Wˢˢ sₜ₋₁ + Wˢˣ xₜ"),
        (r"s_t = \tanh(z^1_t)", "sₜ = tanh(z¹ₜ)"),
        (r"z^2_t = W^o_0 + W^o s_t", "z²ₜ = Wᵒ₀ + Wᵒ sₜ"),
        (r"g_t = \operatorname{softmax}(z^2_t)", "gₜ = softmax(z²ₜ)"),
        (r"\mathcal{L}_t = -\sum_{i} y_{t,i} \log(g_{t,i})", "ℒₜ = -∑ᵢ yₜᵢ log(gₜᵢ)"),
        (r"\mathcal{L}_{\text{seq}} = \sum_{t=1}^{T} \mathcal{L}_t", "ℒ_seq = ∑ₜ ℒₜ"),
    ],
    "ng": [
        (r"z_a^{\langle t \rangle} = b_a + W_{aa} a^{\langle t-1 \rangle} + W_{ax} x^{\langle t \rangle}",
         "z_a⟨t⟩ = b_a + W_aa a⟨t-1⟩ + W_ax x⟨t⟩"),
        (r"a^{\langle t \rangle} = \tanh(z_a^{\langle t \rangle})", "a⟨t⟩ = tanh(z_a⟨t⟩)"),
        (r"z_y^{\langle t \rangle} = b_y + W_{ya} a^{\langle t \rangle}", "z_y⟨t⟩ = b_y + W_ya a⟨t⟩"),
        (r"\hat{y}^{\langle t \rangle} = \operatorname{softmax}(z_y^{\langle t \rangle})",
         "ŷ⟨t⟩ = softmax(z_y⟨t⟩)"),
        (r"\mathcal{L}^{\langle t \rangle} = -\sum_{i} y_i^{\langle t \rangle}"
         r" \log(\hat{y}_i^{\langle t \rangle})", "ℒ⟨t⟩ = -∑ᵢ yᵢ⟨t⟩ log(ŷᵢ⟨t⟩)"),
        (r"\mathcal{L} = \sum_{t=1}^{T} \mathcal{L}^{\langle t \rangle}", "ℒ = ∑ₜ ℒ⟨t⟩"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("course", RNN)
def test_the_forward_pass_of_the_rnn_in_each_course(course):
    model = read("rnn")[0]
    spelling = names(model, course)
    printed = [(equation_latex(q, spelling), equation_text(q, spelling)) for q in model.equations]
    assert printed == RNN[course]


def gradient_of_h():
    """Goodfellow, eq. 10.21, with its factors in the order in which they conform."""
    V, do = Variable("V", n, n), Adjoint(column("o"), L)
    derivative = plus(ones, minus(apply(power(2), after)))
    future = product(transposed(W), hadamard(derivative, dnext))
    return Equation(dh, plus(future, product(transposed(V), do)))


GRADIENT = {
    "plain": (
        r"\frac{\partial L}{\partial h_t} = W^{\top} \left((1 - h_{t+1}^{2}) \odot"
        r" \frac{\partial L}{\partial h_{t+1}}\right) + V^{\top} \frac{\partial L}{\partial o_t}",
        "∂L/∂hₜ = Wᵀ ((1 - hₜ₊₁²) ⊙ ∂L/∂hₜ₊₁) + Vᵀ ∂L/∂oₜ",
    ),
    "goodfellow": (
        r"\nabla_{h^{(t)}} L = W^{\top} \operatorname{diag}\left(1 - \left(h^{(t+1)}\right)^{2}\right)"
        r" \nabla_{h^{(t+1)}} L + V^{\top} \nabla_{o^{(t)}} L",
        "∇_h⁽ᵗ⁾ L = Wᵀ diag(1 - (h⁽ᵗ⁺¹⁾)²) ∇_h⁽ᵗ⁺¹⁾ L + Vᵀ ∇_o⁽ᵗ⁾ L",
    ),
    "mit": (
        r"\frac{d \mathcal{L}_{\text{seq}}}{d s_t} = {W^{ss}}^{\top} \left((1 - s_{t+1}^{2}) \odot"
        r" \frac{d \mathcal{L}_{\text{seq}}}{d s_{t+1}}\right)"
        r" + {W^o}^{\top} \frac{d \mathcal{L}_{\text{seq}}}{d z^2_t}",
        "dℒ_seq/dsₜ = (Wˢˢ)ᵀ ((1 - sₜ₊₁²) ⊙ dℒ_seq/dsₜ₊₁) + (Wᵒ)ᵀ dℒ_seq/dz²ₜ",
    ),
    "ng": (
        r"da^{\langle t \rangle} = W_{aa}^{\top} "
        r"\left(\left(1 - \left(a^{\langle t+1 \rangle}\right)^{2}\right)"
        r" \odot da^{\langle t+1 \rangle}\right) + W_{ya}^{\top} dz_y^{\langle t \rangle}",
        "da⟨t⟩ = W_aaᵀ ((1 - a⟨t+1⟩²) ⊙ da⟨t+1⟩) + W_yaᵀ dz_y⟨t⟩",
    ),
}


@pytest.mark.parametrize("course", GRADIENT)
def test_the_gradient_recursion_in_each_course(course):
    spelling = names(read("rnn")[0], course)
    in_latex, in_text = GRADIENT[course]
    assert equation_latex(gradient_of_h(), spelling, width=200) == in_latex
    assert equation_text(gradient_of_h(), spelling) == in_text


def test_the_future_loss_of_the_mit_notes_is_a_delta():
    spelling = names(read("rnn")[0], "mit")
    delta = Adjoint(before, Variable("F", 1, 1, t, -1))
    assert (latex(delta, spelling), text(delta, spelling)) == (r"\delta^{s_{t-1}}", "δˢₜ₋₁")
    future = Adjoint(h, Variable("F", 1, 1, t, -1))
    assert latex(future, spelling) == r"\frac{\partial F_{t-1}}{\partial s_t}"
    pre = Adjoint(column("a"), F)
    assert (latex(pre, spelling), text(pre, spelling)) == (r"\delta^{z^1_t}", "δ^{z¹ₜ}")


def test_an_accented_letter_with_a_superscript_is_put_in_brackets_under_a_transpose():
    # TeX drops the braces of {\hat{y}^{(t)}} and then finds two superscripts.
    spelling = names(read("rnn")[0], "goodfellow")
    assert latex(transposed(yhat), spelling) == r"\left(\hat{y}^{(t)}\right)^{\top}"
    assert latex(transposed(h), spelling) == r"{h^{(t)}}^{\top}"


def test_the_other_notations_of_stacks_and_lengths():
    stacked = names(read("rnn-stacked")[0], "ng")
    pair = product(Variable("W_a", n, n + m), stack(before, x))
    assert latex(pair, stacked) == r"W_a [a^{\langle t-1 \rangle}, x^{\langle t \rangle}]"
    assert text(pair, stacked) == "W_a [a⟨t-1⟩, x⟨t⟩]"
    final = names(read("many-to-one")[0], "goodfellow")
    assert (latex(column("h", 0, T), final), text(column("h", 0, T), final)) == (r"h^{(\tau)}", "h^(τ)")


def test_a_name_that_a_form_adds_is_kept_apart_from_those_of_the_model():
    spelling = names(read("lstm")[0], "mit")  # there the state h is s
    assert latex(column("s"), spelling) == r"\bar{s}_t"
    assert latex(column("joint"), spelling) == r"\mathit{joint}_t"


def test_the_gradient_with_the_other_states_held_fixed_is_marked():
    spelling = names(read("rnn")[0], "goodfellow")
    assert latex(Partial(h, ell), spelling) == r"\nabla^{+}_{h^{(t)}} L^{(t)}"
    assert text(Partial(h, ell), spelling) == "∇⁺_h⁽ᵗ⁾ L⁽ᵗ⁾"


def test_every_operation_has_a_form():
    kinds = {
        c for c in vars(operations).values() if isinstance(c, type) and issubclass(c, Node) and c is not Node
    }
    assert kinds == set(LOWERING)


def test_an_operation_without_a_form_is_named():
    class Novel(Transposed):
        pass

    with pytest.raises(TypeError, match="Novel has no form: add one to LOWERING"):
        latex(Novel(W))


@pytest.mark.parametrize("cell", CELLS)
def test_the_cell_language_reads_back_what_it_prints(cell):
    model, _ = read(cell)
    quantities = {q.lhs.name: q.lhs for q in model.equations} | {q.name: q for q in model.used}
    index = {
        name: f"[{model.clocks[q.base]}]" if q.clock is not None else "" for name, q in quantities.items()
    }
    lines = [f"{name}{index[name]}: ({q.shape[0]}, {q.shape[1]})" for name, q in quantities.items()]
    again, _ = read("\n".join([*lines, *map(equation_infix, model.equations)]))
    assert [q.args for q in again.equations] == [q.args for q in model.equations]

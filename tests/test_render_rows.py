"""Where printed lines are broken."""

from __future__ import annotations

from symrnn.equations import Equation
from symrnn.expressions import CLOCKS, Adjoint, Variable, dimension, hadamard, over, plus, product, transposed
from symrnn.render import equation_latex, equation_text
from symrnn.render.page import escaped
from symrnn.render.width import latex_width, text_width

n = dimension("n")
t = CLOCKS["t"]


def column(name, offset=0):
    return Variable(name, n, 1, t, offset)


h, before, b = column("h"), column("h", -1), Variable("b", n, 1)
W = Variable("W", n, n)
L = Variable("L", 1, 1)


def long_sum():
    return Equation(h, plus(*(product(transposed(W), Adjoint(column(f"a_{g}", 1), L)) for g in "fiogzr")))


def test_a_long_sum_is_broken_behind_the_equals_sign():
    printed = equation_text(long_sum(), width=60)
    assert printed == (
        "hₜ = Wᵀ ∂L/∂a_fₜ₊₁ + Wᵀ ∂L/∂a_iₜ₊₁ + Wᵀ ∂L/∂a_oₜ₊₁\n"
        "     + Wᵀ ∂L/∂a_gₜ₊₁ + Wᵀ ∂L/∂a_zₜ₊₁ + Wᵀ ∂L/∂a_rₜ₊₁"
    )
    assert max(map(text_width, printed.split("\n"))) <= 60
    aligned = equation_latex(long_sum(), aligned=True, width=30)
    assert aligned.startswith("h_t &= W^{\\top} ")
    assert aligned.count("\\\\\n&\\quad + ") == aligned.count("\\\\") == 2
    alone = equation_latex(long_sum(), width=30)
    assert alone == f"\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}"


def test_a_wide_sum_in_brackets_is_opened():
    inside = plus(*(product(transposed(W), Adjoint(column(f"a_{g}"), L)) for g in "fiog"))
    wide = Equation(W, over(product(inside, transposed(before)), t))
    assert equation_text(wide, width=50) == (
        "W = ∑ₜ (Wᵀ ∂L/∂a_fₜ + Wᵀ ∂L/∂a_iₜ + Wᵀ ∂L/∂a_oₜ\n      + Wᵀ ∂L/∂a_gₜ) hₜ₋₁ᵀ"
    )
    first, second = equation_latex(wide, aligned=True, width=40).split(" \\\\\n")
    assert first.startswith(r"W &= \sum_{t=1}^{T} \Bigl(W^{\top} \frac")
    assert second.startswith(r"&\quad\quad + ")
    assert second.endswith(r"\Bigr) h_{t-1}^{\top}")


def test_a_product_is_broken_only_where_nothing_else_can_be():
    factors = [product(transposed(W), Adjoint(column(f"a_{g}"), L)) for g in "fiog"]
    assert equation_text(Equation(h, hadamard(*factors)), width=45) == (
        "hₜ = (Wᵀ ∂L/∂a_fₜ) ⊙ (Wᵀ ∂L/∂a_iₜ)\n       ⊙ (Wᵀ ∂L/∂a_oₜ) ⊙ (Wᵀ ∂L/∂a_gₜ)"
    )
    chained = product(*(plus(Variable(f"{g}_long", n, n), Variable(f"{g}_wide", n, n)) for g in "ABC"))
    assert equation_text(Equation(W, chained), width=45) == (
        "W = (A_long + A_wide) (B_long + B_wide)\n      · (C_long + C_wide)"
    )


def test_left_hand_sides_can_be_filled_up_to_a_column():
    assert equation_text(Equation(h, b), column=6) == "hₜ     = b"


def test_a_fraction_is_as_wide_as_its_wider_half():
    assert latex_width(r"\frac{a}{aaaa}") < latex_width("aaaaaa")


def test_words_are_escaped_for_latex():
    assert escaped("50 % of h_t, Schmidhüber – {x}") == r"50 \% of h\_t, Schmidhüber – \{x\}"
    assert escaped("状態") == "??"

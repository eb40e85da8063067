"""Roles are read off the equations, and every name gets a symbol of its own in every notation."""

from __future__ import annotations

import pytest
from sympy import latex as sympy_latex

from symrnn.cells import CELLS
from symrnn.errors import SymrnnError
from symrnn.naming import names, symbols
from symrnn.notation import NOTATIONS, notation
from symrnn.reading import read
from symrnn.render import latex, text
from symrnn.roles import Role, roles
from symrnn.spelling import Symbol, own_symbol, unicode_of


def model_of(cell: str):
    return read(cell)[0]


RENAMED_LSTM = """
in_[t]: m
out[t]: n
mem[t]: n
keep[t] = sigmoid(A @ in_[t] + B @ out[t-1] + c1)
let[t] = sigmoid(C @ in_[t] + D @ out[t-1] + c2)
show[t] = sigmoid(E @ in_[t] + F1 @ out[t-1] + c3)
new[t] = tanh(G @ in_[t] + H @ out[t-1] + c4)
mem[t] = keep[t] * mem[t-1] + let[t] * new[t]
out[t] = show[t] * tanh(mem[t])
"""


def test_a_role_does_not_depend_on_the_name():
    found = roles(model_of(RENAMED_LSTM))
    assert found["keep"] == Role("forget gate")
    assert found["let"] == Role("input gate")
    assert found["show"] == Role("output gate")
    assert found["new"] == Role("candidate", to="mem")
    assert found["mem"] == Role("cell")
    assert found["out"] == Role("state")
    assert found["in_"] == Role("input")
    assert found["A"] == Role("input weight", to="keep", source="in_")
    assert found["B"] == Role("recurrent weight", to="keep", source="out")
    assert found["c4"] == Role("bias", to="new", source="out")
    assert found["W_y"] == Role("output weight", to="a_y", source="out")


def test_a_renamed_lstm_prints_as_the_course_writes_it():
    model = model_of(RENAMED_LSTM)
    spelling = names(model, "ng")
    assert text(model.bound[("mem",)].rhs, spelling) == "Γ_f⟨t⟩ ⊙ c⟨t-1⟩ + Γ_u⟨t⟩ ⊙ c̃⟨t⟩"
    assert latex(model.bound[("out",)].lhs, spelling) == r"a^{\langle t \rangle}"


def test_gates_by_what_they_do():
    assert roles(model_of("gru"))["z"] == Role("update gate")
    assert roles(model_of("gru"))["r"] == Role("reset gate")
    assert roles(model_of("gru-reset-after"))["z"] == Role("keep gate")
    assert roles(model_of("gru-reset-after"))["r"] == Role("reset gate")
    assert roles(model_of("lstm-peephole"))["p_o"] == Role("peephole", to="o", source="c")


def test_an_output_that_is_fed_back_is_still_the_output():
    found = roles(model_of("jordan"))
    assert found["o"] == Role("logits", to="yhat")
    assert found["h"] == Role("hidden")
    assert found["W"] == Role("recurrent weight", to="h", source="o")


def test_a_weight_of_a_stack_has_several_sources():
    assert roles(model_of("rnn-stacked"))["W_a"] == Role("stacked weight", to="h", source="h,x")
    assert roles(model_of("bidirectional"))["V"] == Role("stacked output weight", to="o", source="h,g")


# From the documents themselves: Goodfellow's slides, the 6.390 notes, the sequence-model notes.
COURSE_SYMBOLS = [
    ("rnn", "goodfellow", "W", Symbol("W")),
    ("rnn", "goodfellow", "U", Symbol("U")),
    ("rnn", "goodfellow", "V", Symbol("V")),
    ("rnn", "goodfellow", "b", Symbol("b")),
    ("rnn", "goodfellow", "c", Symbol("c")),
    ("rnn", "goodfellow", "ell", Symbol("L", timed=True)),
    ("rnn", "mit", "h", Symbol("s", timed=True)),
    ("rnn", "mit", "W", Symbol("W", sup="ss")),
    ("rnn", "mit", "U", Symbol("W", sup="sx")),
    ("rnn", "mit", "b", Symbol("W", sub="0", sup="ss")),
    ("rnn", "mit", "V", Symbol("W", sup="o")),
    ("rnn", "mit", "c", Symbol("W", sub="0", sup="o")),
    ("rnn", "mit", "a", Symbol("z", sup="1", timed=True)),
    ("rnn", "mit", "o", Symbol("z", sup="2", timed=True)),
    ("rnn", "mit", "yhat", Symbol("g", timed=True)),
    ("gated", "mit", "g", Symbol("g", timed=True)),
    ("gated", "mit", "W_gx", Symbol("W", sup="gx")),
    ("gated", "mit", "W_gh", Symbol("W", sup="gs")),
    ("gated", "mit", "W_hx", Symbol("W", sup="sx")),
    ("gated", "mit", "W_hh", Symbol("W", sup="ss")),
    ("gated", "mit", "b_h", Symbol("W", sub="0", sup="ss")),
    ("rnn", "ng", "h", Symbol("a", timed=True)),
    ("rnn", "ng", "W", Symbol("W", sub="aa")),
    ("rnn", "ng", "U", Symbol("W", sub="ax")),
    ("rnn", "ng", "b", Symbol("b", sub="a")),
    ("rnn", "ng", "V", Symbol("W", sub="ya")),
    ("rnn", "ng", "c", Symbol("b", sub="y")),
    ("rnn-stacked", "ng", "W_a", Symbol("W", sub="a")),
    ("bidirectional", "ng", "V", Symbol("W", sub="y")),
    ("rnn-stacked", "mit", "W_a", Symbol("W", sup="ssx")),
    ("gru-simplified", "ng", "ctilde", Symbol(r"\tilde{c}", timed=True)),
    ("gru-simplified", "ng", "u", Symbol(r"\Gamma", sub="u", timed=True)),
    ("lstm", "ng", "i", Symbol(r"\Gamma", sub="u", timed=True)),
    ("lstm", "ng", "f", Symbol(r"\Gamma", sub="f", timed=True)),
    ("lstm", "ng", "o", Symbol(r"\Gamma", sub="o", timed=True)),
    ("lstm", "ng", "g", Symbol(r"\tilde{c}", timed=True)),
    ("lstm", "ng", "c", Symbol("c", timed=True)),
    ("lstm", "ng", "U_f", Symbol("W", sub="fa")),
    ("lstm", "ng", "W_f", Symbol("W", sub="fx")),
    ("lstm", "ng", "b_f", Symbol("b", sub="f")),
    ("lstm", "goodfellow", "W_f", Symbol("U", sup="f")),
    ("lstm", "goodfellow", "U_f", Symbol("W", sup="f")),
    ("lstm", "plain", "W_f", Symbol("W", sub="f")),
]


@pytest.mark.parametrize(("cell", "course", "name", "expected"), COURSE_SYMBOLS)
def test_symbols_are_those_of_the_course(cell, course, name, expected):
    assert symbols(model_of(cell), NOTATIONS[course])[name] == expected


@pytest.mark.parametrize("course", NOTATIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_no_two_names_of_a_cell_look_the_same(cell, course):
    model = model_of(cell)
    given = symbols(model, NOTATIONS[course])
    used = {x.name for x in (*model.used, *(e.lhs for e in model.equations))}
    assert set(given) == used
    for shown in (lambda s: (s.stem, s.sub, s.sup, s.timed), lambda s: (s.text, s.timed)):
        assert len({shown(s) for s in given.values()}) == len(given)


@pytest.mark.parametrize("course", NOTATIONS)
def test_only_the_loss_and_the_loss_of_a_step_share_a_symbol(course):
    for cell in CELLS:
        model = model_of(cell)
        given = {n: (s.stem, s.sub, s.sup) for n, s in symbols(model, NOTATIONS[course]).items()}
        kinds = roles(model)
        others = [s for n, s in given.items() if kinds[n].kind != "step loss"]
        assert len(set(others)) == len(others)


def test_names_that_would_clash_are_kept_apart():
    model = model_of("x[t]: m\nh[t]: n\nh[t] = tanh(W @ h[t-1] + a * h[t-1] + sigma * h[t-1] + U @ x[t])")
    given = symbols(model, NOTATIONS["plain"])
    assert given["sigma"] == Symbol(r"\bar{\sigma}")  # not the sigmoid
    assert len(set(given.values())) == len(given)


def test_names_of_our_own():
    assert own_symbol("W_f") == Symbol("W", "f")
    assert own_symbol("yhat") == Symbol(r"\hat{y}")
    assert own_symbol("ctilde") == Symbol(r"\tilde{c}")
    assert own_symbol("omega") == Symbol(r"\omega")
    assert own_symbol("ell") == Symbol(r"\ell")
    assert own_symbol("h1") == Symbol("h", "1")
    assert own_symbol("a_yhat") == Symbol("a", r"\hat{y}")
    assert own_symbol("gate_new") == Symbol(r"\mathit{gate}", r"\mathit{new}")
    assert own_symbol("W_f_x") != own_symbol("W_fx")


def test_unicode_of_latex():
    assert unicode_of(r"\hat{y}") == "ŷ"
    assert unicode_of(r"\mathcal{L}") == "ℒ"
    assert unicode_of(r"\Gamma") == "Γ"
    assert unicode_of(r"\text{seq}") == "seq"
    assert Symbol("W", sub="0", sup="ss").text == "Wˢˢ₀"
    assert Symbol(r"\Gamma", sub="f").text == "Γ_f"


def test_an_unknown_notation_is_answered_with_those_there_are():
    with pytest.raises(SymrnnError, match="no notation 'bengio'; there are plain, goodfellow, mit, ng"):
        notation("bengio")


def test_sympy_prints_our_nodes_in_the_plain_notation():
    equation = model_of("rnn").bound[("h",)]
    assert sympy_latex(equation.rhs) == r"\tanh(a_t)"
    assert sympy_latex(equation) == r"h_t = \tanh(a_t)"
    assert str(equation.rhs) == "tanh(a[t])"

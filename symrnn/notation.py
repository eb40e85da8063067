"""The courses' notations, as data: what a role is called, how time and derivatives are written.

The tables serve printing and reading alike; naming.py applies them to a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symrnn.errors import SymrnnError
from symrnn.spelling import Symbol


@dataclass(frozen=True)
class Time:
    """Where a time index stands and what is written around it."""

    place: str  # "subscript", "superscript"
    latex: str = "<t>"
    text: str = ""  # empty: as a Unicode subscript or superscript


@dataclass(frozen=True)
class Derivative:
    """How a derivative is written: <loss> and <of> are filled in.

    ``bracket`` says how its LaTeX binds: "fraction", "prefix" (as a nabla does) or "name".
    """

    latex: str
    text: str
    bracket: str


@dataclass(frozen=True)
class Style:
    """The symbols of a role, the preferred one first, and its letter in the names of weights.

    <to> and <from> are the letters of what a weight feeds and of what it multiplies, <own> is the
    quantity's own letter.  No letter means the quantity's own symbol.
    """

    symbols: tuple[Symbol, ...]
    letter: str | None = None


PARTIAL = Derivative(r"\frac{\partial <loss>}{\partial <of>}", "∂<loss>/∂<of>", "fraction")
# The sign of Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks (2013).
IMMEDIATE = Derivative(r"\frac{\partial^{+} <loss>}{\partial <of>}", "∂⁺<loss>/∂<of>", "fraction")


@dataclass(frozen=True)
class Notation:
    """A way of writing models.

    ``styles`` is ordered: what comes first chooses its symbol first.  ``total`` is the derivative of the
    whole loss, ``future`` that of the later steps' losses with respect to this step, ``immediate`` the one
    with the other quantities of the step held fixed, ``partial`` any other.
    """

    name: str
    title: str
    citation: str
    time: Time
    styles: Mapping[str, Style] = field(default_factory=dict)
    total: Derivative = PARTIAL
    partial: Derivative = PARTIAL
    future: Derivative = PARTIAL
    immediate: Derivative = IMMEDIATE
    jacobian: Derivative = PARTIAL
    stack: str = "matrix"  # "matrix": one above the other; "list": [a, b]
    diagonal: bool = False  # whether a derivative's elementwise factors stand as diag(...) in front of it
    reserved: tuple[str, ...] = ()  # stems that no quantity may have
    lengths: Mapping[str, str] = field(default_factory=lambda: {"T": "T", "U": "T'"})


def _style(*spellings: str, letter: str | None = None) -> Style:
    """Symbols written as stem, stem_sub or stem^sup_sub: "W^<to><from>_0"."""
    return Style(tuple(_symbol(s) for s in spellings), letter)


def _symbol(spelling: str) -> Symbol:
    rest, _, sub = spelling.partition("_")
    stem, _, sup = rest.partition("^")
    return Symbol(stem, sub, sup)


PLAIN = Notation(
    name="plain",
    title="names as in the model, time as a subscript",
    citation="",
    time=Time("subscript"),
)

GOODFELLOW = Notation(
    name="goodfellow",
    title="Deep Learning: h^(t), W, U, V, b, c",
    citation="Goodfellow, Bengio, Courville, Deep Learning (2016), chapter 10",
    time=Time("superscript", "(<t>)"),
    styles={
        "state": _style("h", letter=""),
        "cell": _style("h", "s", letter=""),
        "hidden": _style("h", letter=""),
        "candidate": _style(r"\tilde{<to>}", letter=""),
        "forget gate": _style("f"),
        "input gate": _style("g"),
        "output gate": _style("q", letter="o"),
        "update gate": _style("u"),
        "keep gate": _style("u"),
        "reset gate": _style("r"),
        "preactivation": _style("a_<to>"),
        "gate preactivation": _style("a_<to>"),
        "logits": _style("o"),
        "prediction": _style(r"\hat{y}"),
        "total loss": _style("L"),
        "step loss": _style("L"),
        "output weight": _style("V"),
        "stacked output weight": _style("V"),
        "recurrent weight": _style("W^<to>"),
        "input weight": _style("U^<to>"),
        "stacked weight": _style("W^<to>"),
        "peephole": _style("p^<to>"),
        "bias": _style("b^<to>"),
        "output bias": _style("c"),
    },
    total=Derivative(r"\nabla_{<of>} <loss>", "∇_<of> <loss>", "prefix"),
    partial=Derivative(r"\nabla_{<of>} <loss>", "∇_<of> <loss>", "prefix"),
    future=Derivative(r"\nabla_{<of>} <loss>", "∇_<of> <loss>", "prefix"),
    immediate=Derivative(r"\nabla^{+}_{<of>} <loss>", "∇⁺_<of> <loss>", "prefix"),
    diagonal=True,
    lengths={"T": r"\tau", "U": r"\tau'"},
)

MIT = Notation(
    name="mit",
    title="MIT 6.390: s_t, W^ss, W^sx, W^ss_0, W^o, W^o_0, z^1_t, z^2_t, g_t",
    citation="MIT 6.390 Introduction to Machine Learning, lecture notes, Recurrent Neural Networks",
    time=Time("subscript"),
    styles={
        "state": _style("s"),
        "cell": _style("s"),
        "hidden": _style("s"),
        "candidate": _style(r"\tilde{<to>}", letter="<to>"),
        "update gate": _style("g"),
        "preactivation": _style("z^1", "z^<to>"),
        "gate preactivation": _style("z^<to>"),
        "prediction": _style("g", r"\hat{y}", letter="o"),
        "logits": _style("z^2", "z^<to>", letter="<to>"),
        "total loss": _style(r"\mathcal{L}_\text{seq}"),
        "step loss": _style(r"\mathcal{L}"),
        "recurrent weight": _style("W^<to><from>"),
        "input weight": _style("W^<to><from>"),
        "stacked weight": _style("W^<to><from>"),
        "weight": _style("W^<to><from>"),
        "output weight": _style("W^<to>", "W^<to><from>"),
        "stacked output weight": _style("W^<to>"),
        "peephole": _style("p^<to>"),
        "bias": _style("W^<to><from>_0", "W^<to>_0"),
        "output bias": _style("W^<to>_0"),
    },
    total=Derivative(r"\frac{d <loss>}{d <of>}", "d<loss>/d<of>", "fraction"),
    reserved=("d", r"\delta"),
    future=Derivative(r"\delta^{<of>}", "δ<raised>", "name"),
)

NG = Notation(
    name="ng",
    title="deeplearning.ai: a^<t>, W_aa, W_ax, W_ya, b_a, Gamma_u, c^<t>",
    citation="Ng, Sequence Models (deeplearning.ai), week 1",
    time=Time("superscript", r"\langle <t> \rangle", "⟨<t>⟩"),
    styles={
        "state": _style("a"),
        "cell": _style("c"),
        "hidden": _style("a"),
        "candidate": _style(r"\tilde{<to>}", letter="<to>"),
        "forget gate": _style(r"\Gamma_f", letter="f"),
        "keep gate": _style(r"\Gamma_f", letter="f"),
        "input gate": _style(r"\Gamma_u", letter="u"),
        "update gate": _style(r"\Gamma_u", letter="u"),
        "output gate": _style(r"\Gamma_o", letter="o"),
        "reset gate": _style(r"\Gamma_r", letter="r"),
        "gate": _style(r"\Gamma_<own>"),
        "prediction": _style(r"\hat{y}", letter="y"),
        "logits": _style("z_<to>", letter="<to>"),
        "preactivation": _style("z_<to>"),
        "gate preactivation": _style("z_<to>"),
        "total loss": _style(r"\mathcal{L}"),
        "step loss": _style(r"\mathcal{L}"),
        "recurrent weight": _style("W_<to><from>"),
        "input weight": _style("W_<to><from>"),
        "stacked weight": _style("W_<to>"),
        "weight": _style("W_<to><from>"),
        "output weight": _style("W_<to><from>"),
        "stacked output weight": _style("W_<to>"),
        "peephole": _style("p_<to>"),
        "bias": _style("b_<to>", "b_<to>0"),
        "output bias": _style("b_<to>"),
    },
    total=Derivative("d<of>", "d<of>", "name"),
    stack="list",
    reserved=("d",),
    lengths={"T": "T", "U": "T_y"},
)

NOTATIONS: dict[str, Notation] = {n.name: n for n in (PLAIN, GOODFELLOW, MIT, NG)}


def notation(name: str) -> Notation:
    """The notation of a name."""
    if name not in NOTATIONS:
        raise SymrnnError(f"no notation {name!r}; there are {', '.join(NOTATIONS)}")
    return NOTATIONS[name]

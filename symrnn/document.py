"""What a derivation says, in order, whatever the format: sections of words and equations.

The model with citation and shapes; the forward pass; the backward pass in the order one computes it, each
equation with the rule that produced it; the gradients of parameters, inputs and initial states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sympy import Expr, expand

from symrnn.equations import Equation, Model
from symrnn.expressions import INDICES, LENGTHS, Adjoint, Leaf, Partial, leaves, plus, shape_text

if TYPE_CHECKING:
    from symrnn.derivation import Derivation


ENTRY = "i"  # what counts the entries of a vector, where they are summed
Write = Callable[[Leaf], str]  # how a format writes a quantity

BACKWARD, PARAMETERS, INPUTS, INITIAL = (
    "Backward pass",
    "Gradients of the parameters",
    "Gradients of the inputs",
    "Gradients of the initial states",
)
BOUNDARY = "Terms from steps that do not exist are zero: at the last step, those of the step after it."


@dataclass(frozen=True)
class Section:
    """A heading, what is said of which quantities, and equations.

    ``quantities`` are groups under a word ("given", "computed"), ``learned`` the number of parameters' entries;
    ``words`` stand before the equations.
    """

    title: str
    words: tuple[str, ...] = ()
    equations: tuple[Equation, ...] = ()
    quantities: dict[str, tuple[Leaf, ...]] = field(default_factory=dict)
    learned: Expr | None = None


def sections(derivation: Derivation, form: str, stems: Iterable[str] = ()) -> list[Section]:
    """The sections of a derivation in one of FORMS. Raises SymrnnError where the model has no such form.

    ``stems`` are letters that stand for quantities where it is printed: no further step is called so.
    """
    model = derivation.model
    found = derivation.form(form)
    unrolled = not found.equations
    equations = found.graph(derivation.unrolled_steps).equations if unrolled else found.equations
    equations = tuple(_relettered(e, model, {*stems, ENTRY}) for e in equations)
    definitions = [_relettered(e, model, {*stems, ENTRY}) for e in found.definitions]
    backward = [e for e in equations if isinstance(e.lhs, Adjoint | Partial)]
    own = [e for e in (*definitions, *equations) if e not in backward]
    own += found.graph(derivation.unrolled_steps).equations if found.functions else ()
    whole = derivation.forward if unrolled else model.equations
    forward = own if form == "components" else [*whole, *own]
    parts: dict[str, list[Equation]] = {BACKWARD: [], PARAMETERS: [], INPUTS: [], INITIAL: []}
    for equation in backward:
        parts[_part(equation, model)].append(equation)
    words = {BACKWARD: (found.words, BOUNDARY) if derivation.steps else (found.words,)}
    told = [Section(title, words.get(title, ()), tuple(part)) for title, part in parts.items() if part]
    return [_about(derivation), Section(_forward_title(derivation, unrolled), (), tuple(forward)), *told]


def _relettered(equation: Equation, model: Model, stems: set[str]) -> Equation:
    """The equation with other letters for further steps that are called like a quantity."""
    steps = {s for s in INDICES.values() if equation.has(s)} - set(model.clocks.values())
    free = [s for s in INDICES.values() if s not in steps and str(s) not in stems]
    letters = dict(zip(sorted((s for s in steps if str(s) in stems), key=str), free, strict=False))
    if not letters:
        return equation

    terms = tuple(
        t._replace(expression=t.expression.xreplace(letters), chain=t.chain and t.chain.xreplace(letters))
        for t in equation.terms
    )
    return Equation(equation.lhs.xreplace(letters), equation.rhs.xreplace(letters), terms)


def _about(derivation: Derivation) -> Section:
    model = derivation.model
    count = expand(sum(p.shape[0] * p.shape[1] for p in model.parameters))
    data = [*model.inputs, *(x for x in model.used if x.name in model.targets)]
    quantities = {
        "parameters": model.parameters,
        "given": tuple({x.base: x for x in data}.values()),
        "initial states": model.initial_states,
        "computed": tuple(e.lhs for e in model.equations),
    }
    words = (model.source,) if model.source else ()
    return Section(model.title, words, (), {k: v for k, v in quantities.items() if v}, count)


def _forward_title(derivation: Derivation, unrolled: bool) -> str:
    if not derivation.steps:
        return "Forward pass"
    ranges = (f"{c} = 1..{n if unrolled else LENGTHS[c]}" for c, n in derivation.steps.items())
    return f"Forward pass, {', '.join(ranges)}"


def _part(equation: Equation, model: Model) -> str:
    of = equation.lhs.of if isinstance(equation.lhs, Adjoint) else None
    if of is None:
        return BACKWARD
    if of in model.parameters:
        return PARAMETERS
    if of in model.initial_states:
        return INITIAL
    return INPUTS if of.base in {x.base for x in model.inputs} else BACKWARD


def chain(equation: Equation) -> Equation | None:
    """The equation as the chain rule gave it, where algebra then made it shorter."""
    if not any(term.chain for term in equation.terms):
        return None
    return Equation(equation.lhs, plus(*(term.chain or term.expression for term in equation.terms)))


def rule(equation: Equation, write: Write) -> str:
    """Where an equation came from: the chain rule through which equations, at which lag, given what."""
    uses = ", ".join(_use(term.through, term.lag, write) for term in equation.terms)
    given = "; ".join(
        dict.fromkeys(_told(fact, equation, write) for term in equation.terms for fact in term.given)
    )
    return f"through {uses}" * bool(uses) + f"; {given}" * bool(given)


def _told(fact: str, equation: Equation, write: Write) -> str:
    """A fact with its quantities as the format writes them: y[t] as the y of this equation."""
    for leaf in dict.fromkeys(leaves(equation.rhs)):
        pieces = re.split(rf"\b{leaf.name}(?:\[\w+\])?(?= )", fact)
        fact = write(leaf).join(pieces)
    return fact


def _use(through: Leaf, lag: int | None, write: Write) -> str:
    return write(through) + (f" (lag {lag})" if lag else "")


def shapes(quantities: Iterable[Leaf], write: Write) -> list[str]:
    """Quantities with their shapes: "W_f (n, m)"."""
    return [f"{write(leaf)} {shape_text(leaf.shape)}" for leaf in quantities]

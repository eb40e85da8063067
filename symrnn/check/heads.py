r"""Which parts of a formula are derivatives: \frac{\partial a}{\partial b}, d-fractions, \nabla_b a, da as a name."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from symrnn.check.scripts import ACCENTS, BARRED, BEFORE, GRADIENT, LATER, OWN, TRANSPOSES, is_step
from symrnn.notes.formula import Call, Differential, Fraction, Group, Infix, Name, Node, Number
from symrnn.notes.tree import letters

PARTIAL = r"\partial"


class Head(NamedTuple):
    r"""A derivative: of what (None: of what follows), by what, whether it says that it is immediate, and a factor.

    ``scale`` is what stands beside the bottom in the denominator: 1/T of \frac{\partial l}{T \partial o}.
    """

    top: Node | None
    bottom: Node
    immediate: bool = False
    scale: Node | None = None
    nabla: bool = False
    partial: bool = False  # whether it is written with a curly d


def head(node: Node) -> Head | None:
    """The derivative that a node is, if it is one."""
    match node:
        case Fraction(numerator=above, denominator=below):
            return _fraction(above, below)
        case Infix(operators=("/",), operands=(above, below)):
            return _fraction(above, below)
        case Differential(symbol=r"\nabla", sub=bottom, body=top) if bottom is not None and top is not None:
            return Head(top, bottom, nabla=True)
        case Differential(symbol=r"\partial", sub=bottom, body=top) if bottom is not None and top is not None:
            return Head(top, bottom)
    return None


def _fraction(above: Node, below: Node) -> Head | None:
    top, bottom = differential(above), differential(below)
    scale = None
    if bottom is None and isinstance(below, Infix) and len(below.operands) == 2:
        inner = differential(below.operands[1])
        if inner is not None and inner[0] is not None:
            bottom, scale = inner, below.operands[0]
    if top is None or bottom is None or bottom[0] is None:
        return None
    return Head(top[0], bottom[0], top[1] or bottom[1], scale, partial=isinstance(above, Differential))


def differential(node: Node) -> tuple[Node | None, bool] | None:
    r"""What a d or \partial stands before, and whether it is marked as immediate: \partial^{+}; None if it is none."""
    match node:
        case Group(opening="{", body=body) if body is not None:
            return differential(body)
        case Differential(symbol=r"\nabla", sub=None, sup=None, body=Name() as body) if body.sub or body.sup:
            return body, False  # \nabla W_h: by W_h
        case Differential(symbol=r"\partial", sup=sup, body=body):
            if isinstance(sup, Number):
                return None
            return body, sup is not None
        case Name(stem="d", sub=None, sup=None):
            return None, False
        case Name(stem=stem) if (
            len(stem) > 1 and stem[0] == "d" and stem.isalpha() and "text" not in node.accents
        ):
            parts = letters(node)
            return (parts[1] if len(parts) == 2 else Infix(("",) * (len(parts) - 2), parts[1:])), False
        case Infix(operators=operators, operands=(Name(stem="dp", sub=None, sup=None), *rest)) if not any(
            operators
        ):
            return Infix(operators, (Name("p"), *rest)), False
        case Infix(
            operators=operators, operands=(Name(stem="d" | r"\delta" | r"\Delta", sub=None, sup=None), *rest)
        ) if not any(operators):
            return (rest[0] if len(rest) == 1 else Infix(operators[1:], tuple(rest))), False
        case Call(head=Name() as name, argument=Group(opening="(" | "[", body=Infix() as body)) if (
            is_differential(name) and not is_step(body)
        ):
            return body, False  # \delta (r \odot h)
        case Call(head=Name(stem=stem) as name, argument=argument) if stem[0] == "d" and stem.isalpha():
            parts = letters(name)
            if len(parts) == 2:
                return Call(parts[1], argument), False
    return None


def is_differential(name: Name) -> bool:
    """Whether a name is the d of a gradient: a d or a delta that stands by itself."""
    return name.stem in ("d", r"\delta", r"\Delta") and name.sub is None and name.sup is None


def share_of(name: Name) -> tuple[Name, str]:
    """A quantity, and which share of its gradient is meant; see shares."""
    mark = next((a for a in name.accents if a in (LATER, OWN)), "")
    return (replace(name, accents=tuple(a for a in name.accents if a != mark)) if mark else name), mark


def named_by(name: Name) -> Name | None:
    r"""The quantity whose gradient a name is by its subscript: z_t for \delta_{z_t}, transposed with it.

    What other letters are such signs is marked; so is a bar that is one, \bar z_t.
    """
    marks = tuple(a for a in name.accents if a in (LATER, OWN, BEFORE))
    if BARRED in name.accents:
        return replace(
            name, accents=tuple(a for a in name.accents if a not in (*ACCENTS, BARRED, *marks)) + marks
        )
    inner = name.sub
    if not isinstance(inner, Name):
        return None
    if GRADIENT not in name.accents and (name.stem != r"\delta" or not (inner.sub or inner.sup)):
        return None
    inner = replace(inner, accents=(*inner.accents, *marks)) if marks else inner
    if name.sup is None:
        return inner
    if inner.sup is not None or not (GRADIENT not in name.accents or _is_mark(name.sup)):
        return None  # g_{h_t}^{(1)}: a part of it
    return replace(inner, sup=name.sup)


def _is_mark(script: Node) -> bool:
    """Whether what stands above a sign is no label of a part: a transpose, a step of what has none below."""
    return isinstance(script, Name) and script.stem in TRANSPOSES


def gradient_by(node: Node) -> Node | None:
    r"""What a formula is the gradient by, where its name says so: dW, \delta h_t, \delta_{z_t}; None if it is none."""
    inner = named_by(node) if isinstance(node, Name) else None
    if inner is not None:
        return inner
    found = differential(node)
    return found[0] if found is not None else None


def is_before(name: Name) -> bool:
    """Whether the gradient that is meant is that by the argument of the activation."""
    return BEFORE in name.accents


def half(node: Node) -> str | None:
    """Which sign is missing of a fraction that is a derivative but for one: above, below, or nothing is."""
    match node:
        case Fraction(numerator=above, denominator=below):
            top, bottom = differential(above), differential(below)
            if top is not None and top[0] is not None and bottom is None and isinstance(below, Name):
                return "below"
            if bottom is not None and bottom[0] is not None and top is None and isinstance(above, Name):
                return "above"
    return None

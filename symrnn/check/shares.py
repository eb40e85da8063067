r"""Shares of a gradient that have names: \delta_{h_t, \mathrm{recurrent}}, dh_t^{\text{future}}, g_t^{\text{out}}.

What the later steps hand back to a state is one share of its gradient, what its own step gives is the other.  Such a
name is read as the gradient's own under a mark, LATER or OWN, in the place of its label.
"""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.heads import differential, head, is_differential
from symrnn.check.scripts import BARRED, GRADIENT, LATER, OWN, is_shifted, is_step, items, plain
from symrnn.notes.formula import (
    Differential,
    EvaluationBar,
    Fraction,
    Infix,
    List,
    Name,
    Node,
    Text,
    located,
)
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, walk, with_children

Read = tuple[Math, tuple[Statement, ...]]
WORDS = {
    **dict.fromkeys(("future", "recurrent", "recur", "rec", "recurrence", "next", "later", "bptt", "BPTT"), LATER),
    **dict.fromkeys(("out", "output", "local", "current", "direct", "immediate", "now"), OWN),
}  # fmt: skip
FROM = {"from", "via", "through", "of"}
DIFFERENTIALS = {r"\delta", r"\Delta", "d"}


def shared(found: list[Read]) -> list[Read]:
    """The statements, with these names as those of a gradient under a mark."""
    named = _named(found)
    return [(math, tuple(_statement(s, named) for s in own)) for math, own in found]


def _statement(statement: Statement, named: frozenset[str]) -> Statement:
    sides = tuple(_marked(side, named) for side in statement.sides)
    return statement if sides == statement.sides else replace(statement, sides=sides)


def _named(found: list[Read]) -> frozenset[str]:
    r"""The stems of what is said to be a gradient: g_t = \partial L / \partial h_t."""
    return frozenset(
        s.sides[0].stem
        for _, own in found
        for s in own
        if len(s.sides) > 1 and isinstance(s.sides[0], Name) and any(head(side) for side in s.sides[1:])
    )


def _marked(node: Node, named: frozenset[str]) -> Node:
    below = tuple(_marked(child, named) for child in children(node))
    new = with_children(node, below)
    match new:
        case Name() if (
            new.stem in named
            or {GRADIENT, BARRED} & set(new.accents)
            or (new.stem == r"\delta" and _has_quantity(new))
        ):
            new = _without_label(new)
        case Infix(operators=operators, operands=(Name() as sign, Name() as quantity, *rest)) if (
            sign.stem in DIFFERENTIALS and is_differential(sign) and not operators[0]
        ):
            new = replace(new, operands=(sign, _without_label(quantity), *rest))
        case EvaluationBar(body=Fraction() as slope, sub=Node() as note, sup=None) if mark := _noted(note):
            new = _by_share(slope, mark) or new
        case Fraction():
            new = _by_share(new) or new
    if new is node or node.origin is None:
        return new
    return located(new, node.origin.text, node.origin.start, node.origin.end)


def _by_share(slope: Fraction, mark: str = "") -> Fraction | None:
    r"""A derivative by a share: \frac{\partial L}{\partial h_t^{next}}, or one with a bar that says so."""
    below, above = slope.denominator, differential(slope.numerator)
    if above is None or not isinstance(above[0], Name) or not isinstance(below, Differential | Infix):
        return None
    name = below.body if isinstance(below, Differential) else below.operands[-1]
    if not isinstance(name, Name) or differential(below) is None:
        return None
    if mark:
        marked = replace(name, accents=(*name.accents, mark), origin=None)
    else:
        marked = _without_label(name)
        if LATER not in marked.accents:
            return None  # o_t^{out} is the name of an output
    if isinstance(below, Differential):
        return replace(slope, denominator=replace(below, body=marked, origin=None), origin=None)
    new = replace(below, operands=(*below.operands[:-1], marked), origin=None)
    return replace(slope, denominator=new, origin=None)


def _noted(note: Node) -> str:
    r"""Which share the note at a bar says: |_{\text{output}}, |_{\text{from } t+1}."""
    texts = [n.words if isinstance(n, Text) else n.stem for n in walk(note) if isinstance(n, Text | Name)]
    words = {word.strip("().,") for text in texts for word in text.split()}
    marks = {WORDS[word] for word in words if word in WORDS}
    if words & FROM and any(is_shifted(n) for n in walk(note)):
        marks.add(LATER)
    return marks.pop() if len(marks) == 1 else ""


def _has_quantity(name: Name) -> bool:
    """Whether a name says by a subscript with one of its own what it is the gradient by: \\delta_{h_t, r}."""
    return any(isinstance(i.node, Name) and i.node.sub is not None for i in items(name))


def _without_label(name: Name) -> Name:
    """A name at a step without a label that says which share of a gradient it is, marked; itself if it has none."""
    marks = {WORDS[word] for item in items(name) if (word := _word(item.node)) in WORDS}
    timed = any(is_step(n) for part in (name.sub, name.sup) if part is not None for n in walk(part))
    if len(marks) != 1 or not timed:
        return name
    sub, sup = _rest(name.sub), _rest(name.sup)
    return replace(name, sub=sub, sup=sup, accents=(*name.accents, *marks), origin=None)


def _word(node: Node) -> str:
    return plain(node).strip("() ")


def _rest(script: Node | None) -> Node | None:
    """A script without the label."""
    match script:
        case List(items=parts):
            kept = tuple(part for part in parts if _word(part) not in WORDS)
            return None if not kept else kept[0] if len(kept) == 1 else replace(script, items=kept)
        case None:
            return None
    return None if _word(script) in WORDS else script

"""Steps in brackets: h(t) and h[t-1] are read like h_t and h_{t-1} where a document writes its steps so."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.scripts import TRANSPOSES, is_step
from symrnn.notes.formula import Call, Group, Infix, List, Name, Node, Number, Script, located
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, walk, with_children

Read = tuple[Math, tuple[Statement, ...]]
LETTERS = {"t", "k", "n", "i", "j", "s", "u", "l", "T", "N", r"\tau"}
Head = tuple[str, str, tuple[str, ...]]  # bracket, stem, accents


def heads(found: list[Read]) -> frozenset[Head]:
    """What stands before its step in brackets."""
    calls = [
        node for _, own in found for s in own for side in s.sides for node in walk(side) if _is_call(node)
    ]
    shifted = any(
        _is_shift(_argument(call)) for call in calls
    )  # f(t) alone may be a function of t; f[t] is none
    functions = {_head(call) for call in calls if not _is_step(_argument(call))}
    return frozenset({head for head in map(_head, calls) if shifted or head[0] == "["} - functions)


def clocked(found: list[Read], timed: frozenset[Head]) -> list[Read]:
    """The statements, with the steps of these in brackets as scripts."""
    return (
        [(math, tuple(_statement(statement, timed) for statement in own)) for math, own in found]
        if timed
        else found
    )


def _statement(statement: Statement, timed: frozenset[Head]) -> Statement:
    sides = tuple(with_steps(side, timed) for side in statement.sides)
    return statement if sides == statement.sides else replace(statement, sides=sides)


def with_steps(node: Node, timed: frozenset[Head]) -> Node:
    """The tree with the steps of its quantities as scripts, and the places of its parts as they were."""
    below = tuple(with_steps(child, timed) for child in children(node))
    new = with_children(node, below)
    match new:
        case Call(head=Name() as name) if _is_call(new) and _head(new) in timed:
            step = _argument(new)
            new = replace(name, sub=step if name.sub is None else List(",", (name.sub, step)))
        case Script(base=Name(sup=None) as name, sub=None) if (
            isinstance(node, Script) and name is not node.base
        ):
            new = replace(name, sup=new.sup, primes=name.primes + new.primes)
    if new is node or node.origin is None:
        return new
    return located(new, node.origin.text, node.origin.start, node.origin.end)


def in_brackets(node: Node, timed: frozenset[Head]) -> Node:
    """The tree with the steps of names that are new in brackets again, where the document writes them so."""
    below = children(node)
    new = with_children(node, tuple(in_brackets(child, timed) for child in below)) if below else node
    if not isinstance(new, Name) or (new.origin is not None and new.origin.node is new):
        return new
    opening = next((o for o, stem, accents in timed if (stem, accents) == (new.stem, new.accents)), None)
    rest, step = new.sub, new.sub
    if isinstance(rest, List) and len(rest.items) > 1:
        *front, step = rest.items
        rest = front[0] if len(front) == 1 else replace(rest, items=tuple(front), origin=None)
    elif rest is not None:
        rest = None
    marked = isinstance(new.sup, Name) and new.sup.stem in TRANSPOSES
    if opening is None or step is None or not is_step(step) or marked:
        return new
    bracket = Group(opening, step, ")" if opening == "(" else "]")
    return Call(replace(new, sub=rest, origin=None), bracket)


def _is_call(node: Node) -> bool:
    return (
        isinstance(node, Call)
        and isinstance(node.head, Name)
        and isinstance(node.argument, Group)
        and node.argument.opening in ("(", "[")
        and node.argument.body is not None
    )


def _argument(call: Node) -> Node:
    assert isinstance(call, Call)
    assert isinstance(call.argument, Group)
    assert call.argument.body is not None
    return call.argument.body


def _head(call: Node) -> Head:
    assert isinstance(call, Call)
    assert isinstance(call.argument, Group)
    assert isinstance(call.head, Name)
    return call.argument.opening, call.head.stem, call.head.accents


def _is_step(node: Node) -> bool:
    if isinstance(node, Name) and isinstance(node.sub, Number):
        return _is_step(replace(node, sub=None, origin=None))  # t_0
    return _is_letter(node) or _is_shift(node) or (isinstance(node, Number) and node.digits.isdecimal())


def _is_letter(node: Node) -> bool:
    return isinstance(node, Name) and node.stem in LETTERS and node == Name(node.stem)


def _is_shift(node: Node) -> bool:
    """t - 1, T + 1."""
    return (
        isinstance(node, Infix)
        and set(node.operators) <= {"+", "-"}
        and _is_letter(node.operands[0])
        and all(_is_letter(n) or isinstance(n, Number) for n in node.operands)
    )

r"""Signs of gradients that documents make up: g_{h_t} for the gradient by h_t, d_{z_t}, \bar h_t.

A document says so, g_y = \partial L / \partial y, or its use of a letter does: d_{z_t} beside d_{h_t}, all with a
quantity at a step below.  Such a name is marked, GRADIENT or BARRED; where a sign stands on the left of an equation
that has another gradient by the same gate on its right, \delta_{z_t} = d_{z_t} \odot z_t (1 - z_t), it is that by the
argument of the activation, and marked BEFORE too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import is_

from symrnn.check.heads import differential, head, named_by
from symrnn.check.scripts import ACCENTS, BARRED, BEFORE, GRADIENT, base, is_step, items, quantities
from symrnn.notes.formula import Infix, Name, Node, located
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, with_children

Read = tuple[Math, tuple[Statement, ...]]
# the letters that may be signs without a word
LETTERS = {"g", "G", "d", "D", r"\delta", r"\Delta", r"\epsilon", r"\varepsilon"}
STEPS = {"t", "k", "i", "j", "s", "n", "u", "l", r"\tau"}  # a sign with such a letter below is at a step
ENOUGH = 2  # so many quantities below a letter make it a sign


def signed(found: list[Read]) -> list[Read]:
    """The statements with such names marked."""
    every = [statement for _, own in found for statement in own]
    signs, accents = _signs(every)
    if not signs and not accents:
        return found
    standing = {base(name) for name in _quantities(every) if base(name) not in signs}

    def mark(name: Name) -> Name:
        if base(name) in signs and _quantity_below(name, standing) is not None:
            return replace(name, accents=(*name.accents, GRADIENT))
        if accents & set(name.accents) and base(_bared(name)) in standing:
            return replace(name, accents=(*name.accents, BARRED))
        return name

    marked = [(math, tuple(_mapped(s, mark) for s in own)) for math, own in found]
    before = {base(name) for _, own in marked for s in own for name in _slopes_applied(s)}

    def deepen(name: Name) -> Name:
        if named_by(name) is None or base(name) not in before:
            return name
        return replace(name, accents=(*name.accents, BEFORE))

    return [(math, tuple(_mapped(s, deepen) for s in own)) for math, own in marked] if before else marked


def _quantities(statements: list[Statement]) -> Iterator[Name]:
    return (name for s in statements for side in s.sides for name in quantities(side))


def _signs(statements: list[Statement]) -> tuple[set[str], set[str]]:
    """The letters that are signs, with their accents, and the accents that are signs by themselves."""
    letters: set[str] = set()
    accents: set[str] = set()
    for statement in statements:
        for left, _, right in statement.links:
            for a, b in ((left, right), (right, left)):
                given = head(b)
                if not isinstance(a, Name) or given is None or not isinstance(given.bottom, Name):
                    continue
                if a.sub == given.bottom and not _is_at_step(a):
                    letters.add(base(a))
                elif base(_bared(a)) == base(given.bottom) != base(a) and a.sub == given.bottom.sub:
                    accents.update(x for x in a.accents if x in ACCENTS)
    return letters | _by_use(statements), accents


def _by_use(statements: list[Statement]) -> set[str]:
    """The letters that have nothing but quantities at a step below them, several, and stand on the left."""
    below: dict[str, list[Name | None]] = {}
    lefts: set[str] = set()
    standing: set[str] = set()
    for statement in statements:
        for side in statement.sides:
            for name in quantities(side):
                standing.add(base(name))
                if name.stem in LETTERS:
                    below.setdefault(base(name), []).append(_timed_below(name))
        if len(statement.sides) > 1 and isinstance(statement.sides[0], Name):
            lefts.add(base(statement.sides[0]))
    return {
        key
        for key, inner in below.items()
        if key in lefts
        and len({base(n) for n in inner if n is not None} & (standing - {key})) >= ENOUGH
        and 2 * sum(n is not None for n in inner) > len(inner)
    }


def _timed_below(name: Name) -> Name | None:
    """The quantity at a step that stands below a name."""
    inner = name.sub
    if not isinstance(inner, Name) or not any(is_step(i.node) for i in items(inner)):
        return None
    return inner


def _quantity_below(name: Name, standing: set[str]) -> Name | None:
    inner = name.sub
    if not isinstance(inner, Name) or base(inner) not in standing or _is_at_step(name):
        return None
    return inner


def _is_at_step(name: Name) -> bool:
    inner = name.sub
    return isinstance(inner, Name) and inner.stem in STEPS and inner.sub is None and inner.sup is None


def _bared(name: Name) -> Name:
    return replace(name, accents=tuple(a for a in name.accents if a not in ACCENTS))


def _slopes_applied(statement: Statement) -> Iterator[Name]:
    r"""The sign on the left of \delta_z = d_z \odot ..., where the right side has another gradient by z."""
    left = statement.sides[0] if len(statement.sides) > 1 else None
    inner = named_by(left) if isinstance(left, Name) else None
    if inner is None or not isinstance(left, Name):
        return
    for side in statement.sides[1:]:
        factors = side.operands if isinstance(side, Infix) and not set(side.operators) & {"+", "-"} else ()
        if any(_gradient_by(node) == inner and not _is_sign(node, left) for node in factors):
            yield left


def _gradient_by(node: Node) -> Node | None:
    """By what a factor is the gradient."""
    given = head(node)
    if given is not None:
        return given.bottom
    if isinstance(node, Name) and (inner := named_by(node)) is not None:
        return inner
    return found[0] if isinstance(node, Name) and (found := differential(node)) is not None else None


def _is_sign(node: Node, sign: Name) -> bool:
    return isinstance(node, Name) and base(node) == base(sign)


def _mapped(statement: Statement, change: Callable[[Name], Name]) -> Statement:
    """A statement with other names in all its sides."""
    sides = tuple(_changed(side, change) for side in statement.sides)
    return statement if all(map(is_, sides, statement.sides)) else replace(statement, sides=sides)


def _changed(node: Node, change: Callable[[Name], Name]) -> Node:
    new = with_children(node, tuple(_changed(child, change) for child in children(node)))
    if isinstance(new, Name):
        new = change(new)
    if new is node or node.origin is None:
        return new
    return located(new, node.origin.text, node.origin.start, node.origin.end)

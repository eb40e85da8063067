"""Products whose letters stand side by side, ``Ws_{t-1}``: one name to a reader of LaTeX, two to its author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from symrnn.check.contents import chain, target
from symrnn.check.functions import known_function
from symrnn.check.heads import head
from symrnn.check.lexicon import PARAMETERS, WORDS
from symrnn.check.scripts import quantities
from symrnn.notes.formula import Infix, Name, Node, located
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, letters, walk, with_children

Read = tuple[Math, tuple[Statement, ...]]
STEPS = {"t", "T"}  # no factors


def spelled(found: list[Read]) -> list[Read]:
    """The statements, with such products letter by letter."""
    stems = _products([chain(statement) for _, own in found for statement in own])
    return [(math, tuple(_statement(s, stems) for s in own)) for math, own in found] if stems else found


def _statement(statement: Statement, stems: set[str]) -> Statement:
    sides = tuple(spelled_out(side, stems) for side in statement.sides)
    return statement if sides == statement.sides else replace(statement, sides=sides)


def _products(chains: Iterable[tuple[Node, ...]]) -> set[str]:
    """The stems of several letters that are products: each letter is a name elsewhere, or a usual parameter.

    What is defined or differentiated by is a name of its own, and what begins with d may be a gradient.
    """
    stems: dict[str, Name] = {}
    alone: set[str] = set()
    own: set[str] = set()
    for sides in chains:
        if len(sides) > 1 and (name := target(sides[0])) is not None:
            own.add(name.stem)
        for side in sides:
            own.update(name.stem for name in _differentiated(side))
            for name in quantities(side):
                if len(letters(name)) > 1:
                    stems[name.stem] = name
                else:
                    alone.add(name.stem)
    alone -= STEPS
    return {
        stem
        for stem, name in stems.items()
        if stem not in own | WORDS
        and stem[0] != "d"
        and not known_function(stem)
        and stem[-1] in alone
        and all(part.stem in alone | PARAMETERS for part in letters(name))
    }


def spelled_out(tree: Node, stems: set[str]) -> Node:
    """The tree with the letters of such names side by side, and the places of its parts as they were."""
    if isinstance(tree, Name):
        if tree.stem not in stems:
            return tree
        parts = letters(tree)
        product = Infix(("",) * (len(parts) - 1), parts)
        return located(product, *_place(tree)) if tree.origin else product
    below = children(tree)
    new = with_children(tree, tuple(spelled_out(part, stems) for part in below)) if below else tree
    if new is tree:
        return tree
    if isinstance(tree, Infix) and isinstance(new, Infix) and not any(tree.operators):
        new = _spliced(tree, new)
    return located(new, *_place(tree)) if tree.origin else new


def _place(tree: Node) -> tuple[str, int, int]:
    assert tree.origin is not None
    return tree.origin.text, tree.origin.start, tree.origin.end


def _spliced(old: Infix, new: Infix) -> Infix:
    """A product with products in the place of names, as one."""
    flat: list[Node] = []
    for before, after in zip(old.operands, new.operands, strict=True):
        flat += after.operands if isinstance(before, Name) and isinstance(after, Infix) else (after,)
    return replace(new, operators=("",) * (len(flat) - 1), operands=tuple(flat))


def _differentiated(side: Node) -> Iterator[Name]:
    for node in walk(side):
        found = head(node)
        for part in (found.top, found.bottom) if found is not None else ():
            yield from quantities(part) if part is not None else ()

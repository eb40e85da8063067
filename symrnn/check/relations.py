"""Variables of school calculus that depend on each other in a way that is not said: dh/dr beside V = pi r^2 h / 3."""

from __future__ import annotations

from typing import NamedTuple

from symrnn.check.contents import Document
from symrnn.check.definition import Definition
from symrnn.check.functions import SOFTMAX
from symrnn.check.heads import head
from symrnn.check.kinds import is_number, top_name
from symrnn.check.names import Lexicon, quantities
from symrnn.notes.formula import Infix, Name, Node
from symrnn.notes.tree import walk


class Relations(NamedTuple):
    """The variables of school calculus, and which of them depend on each other in a way that is not said."""

    numbers: frozenset[str] = frozenset()
    pairs: frozenset[frozenset[str]] = frozenset()


NONE = Relations()


def numbers_only(lexicon: Lexicon, definitions: list[Definition]) -> frozenset[str]:
    """The quantities of school calculus, V = pi r^2 h / 3: no step, no vector, in none of what is defined by them."""
    groups = []
    others: set[str] = set()
    for definition in definitions:
        keys = {lexicon.read(n).key for n in quantities(definition.body) if not is_number(lexicon, n)}
        vectors = _is_of_vectors(definition.body)
        if definition.times or vectors or any(lexicon.arity.get(k, 0) or k[:1].isupper() for k in keys):
            others.update({definition.key, *keys})
        else:
            groups.append({definition.key, *keys})
    while lexicon.figured and any(group & others and not group <= others for group in groups):
        others.update(*(group for group in groups if group & others))
    return frozenset(key for group in groups for key in group if key not in others)


def _is_of_vectors(body: Node) -> bool:
    """Whether a formula makes sense for vectors only: a product by entry, a softmax."""
    return any(
        (isinstance(node, Infix) and bool({r"\odot", "⊙"} & {*node.operators}))
        or (isinstance(node, Name) and node.stem.removeprefix("\\") in SOFTMAX)
        for node in walk(body)
    )


def relations(document: Document, definitions: list[Definition]) -> Relations:
    """The numbers, and the pairs of them that the document differentiates by each other, where no equation says how."""
    lexicon = document.lexicon
    numbers = numbers_only(lexicon, definitions)
    reads = {d.key: {lexicon.read(n).key for n in quantities(d.body)} for d in definitions}
    found = set()
    for entry in document.entries:
        for side in entry.sides if numbers else ():
            for node in walk(side):
                inner = head(node)
                names = [top_name(n) for n in (inner.top, inner.bottom) if n is not None] if inner else []
                top, bottom = ([lexicon.read(n).key for n in names if n is not None] + ["", ""])[:2]
                if top != bottom and {top, bottom} <= numbers and bottom not in reads.get(top, ()):
                    found.add(frozenset((top, bottom)))
    return Relations(numbers, frozenset(found))

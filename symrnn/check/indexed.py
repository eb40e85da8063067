r"""Names whose scripts say which entry they are the derivative by: p^{ij}_t = dh_t / dW_{ij}."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symrnn.check.contents import target
from symrnn.check.heads import head
from symrnn.check.scripts import base, items, plain
from symrnn.notes.formula import Infix, Name, Node

Indexed = frozenset[tuple[str, str]]  # a stem with its accents, and the letters above it


def indexed(equations: Iterable[Sequence[Node]]) -> Indexed:
    """The names that are defined as derivatives by entries whose letters stand above them."""
    found = set()
    for left, *rest in equations:
        name = target(left)
        for side in rest if name is not None and name.sup is not None else ():
            inner = head(side)
            bottom = target(inner.bottom) if inner is not None else None
            letters = {plain(item.node) for item in items(bottom) if item.place == "_"} if bottom else set()
            if isinstance(name, Name) and isinstance(name.sup, Name | Infix) and plain(name.sup) in letters:
                found.add((base(name), plain(name.sup)))
    return frozenset(found)


def without_indices(name: Name, known: Indexed) -> Name:
    """The name without these letters."""
    return replace(name, sup=None) if (base(name), plain(name.sup)) in known else name

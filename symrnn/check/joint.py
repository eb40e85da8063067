"""States above one another under one name, s_t = [c_t; h_t], where the name is only that: nothing reads it."""

from __future__ import annotations

from collections.abc import Mapping

from symrnn.check.definition import Definition
from symrnn.check.names import Lexicon, quantities
from symrnn.notes.formula import Group, List, Matrix, Name, Node


def joint_states(
    lexicon: Lexicon, definitions: Mapping[str, tuple[Definition, ...]]
) -> dict[str, tuple[Name, ...]]:
    """The names for several states above one another, and the states.

    Their derivative is by all of these states, each varied by itself.
    """
    read = {lexicon.read(n).key for group in definitions.values() for d in group for n in quantities(d.body)}
    return {
        key: parts
        for key, group in definitions.items()
        if key not in read and len(group) == 1 and group[0].times and (parts := _above(group[0].body))
    }


def _above(body: Node) -> tuple[Name, ...]:
    match body:
        case Matrix(rows=rows) if all(len(row) == 1 for row in rows):
            cells = tuple(row[0] for row in rows)
        case Group(opening="[", body=List(separator="," | ";", items=items)):
            cells = items
        case _:
            return ()
    names = tuple(cell for cell in cells if isinstance(cell, Name))
    return names if len(names) == len(cells) > 1 else ()

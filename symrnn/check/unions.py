r"""Units of several kinds under one name: z_k is y_k for k \in U and x_k for k \in I.

The units are counted through: those that the network computes first, then those that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from symrnn.check.components import MEMBER
from symrnn.check.definition import Definition
from symrnn.check.names import Lexicon
from symrnn.notes.formula import Group, Infix, List, Matrix, Name, Node, Text
from symrnn.notes.parse import formula
from symrnn.notes.tree import walk

if TYPE_CHECKING:
    from symrnn.check.world import World


class Union(NamedTuple):
    """The names that one name stands for, each with the letter of its set."""

    parts: tuple[tuple[Name, str], ...]


def union(body: Node, defined: set[str]) -> Union | None:
    """What a body with cases says of sets of units, those that ``defined`` holds first; None if it is no such body."""
    if not isinstance(body, Matrix) or not body.environment.startswith(("cases", "dcases")):
        return None
    found = []
    for row in body.rows:
        if len(row) != 2 or not isinstance(row[0], Name) or row[1] is None:
            return None
        name = set_of(row[1])
        if name is None:
            return None
        found.append((row[0], name))
    ordered = sorted(found, key=lambda pair: pair[0].stem not in defined)
    return Union(tuple(ordered)) if len(found) > 1 else None


def learn(words: Lexicon, definition: Definition, defined: set[str]) -> Definition:
    """The definition of a name for units of several kinds as that of a vector; any other as it is."""
    found = union(definition.body, defined) if len(definition.entries) == 1 else None
    if found is None:
        return definition
    words.unions[definition.key] = tuple(words.read(name).key for name, _ in found.parts)
    words.sets.update({letter: words.read(name).key for name, letter in found.parts})
    names = tuple(_whole(name) for name, _ in found.parts)
    return replace(definition, entries=(), body=Group("[", List(";", names), "]"))


def _whole(name: Name) -> Name:
    """The vector of which a name names an entry."""
    match name.sub:
        case Group(opening="["):
            return replace(name, sub=None)
        case List(items=items):
            rest = tuple(item for item in items if not (isinstance(item, Group) and item.opening == "["))
            return replace(name, sub=rest[0] if len(rest) == 1 else replace(name.sub, items=rest))
    return name


def set_of(condition: Node) -> str | None:
    r"""The letter of the set of a condition: U of ``if } k \in U``."""
    for node in _formulas(condition):
        for inner in walk(node):
            match inner:
                case Infix(operators=(sign,), operands=(Name(), Name(stem=stem))) if sign in MEMBER:
                    return stem
    return None


def _formulas(node: Node) -> Iterator[Node]:
    """A condition, and what stands between dollar signs in its words."""
    yield node
    for inner in walk(node):
        if isinstance(inner, Text):
            for words in re.findall(r"\$([^$]+)\$", inner.words):
                yield formula(words)


def offset(world: World, key: str) -> int:
    """The number of the first unit of a quantity, among those of all its kind."""
    start = 0
    for part in next((parts for parts in world.lexicon.unions.values() if key in parts), ()):
        if part == key:
            return start
        start += max(world.shapes.get(part, (0, 0)))
    return 0


def members(world: World, name: Name, sets: Mapping[str, str]) -> range | None:
    """The units of a set; None for one that nothing explains."""
    key = sets.get(name.stem)
    if key is None or key not in world.shapes:
        return None
    start = offset(world, key)
    return range(start, start + max(world.shapes[key]))

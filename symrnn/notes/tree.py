"""Going through a tree and changing it: every change makes a new tree, which knows what it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from symrnn.notes.formula import Accented, Name, Node, Number, located

_SLOTS: dict[type, tuple[str, ...]] = {}


def _slots(node: Node) -> tuple[str, ...]:
    """The fields of a node's class that may hold nodes."""
    kind = type(node)
    if kind not in _SLOTS:
        _SLOTS[kind] = tuple(f.name for f in fields(kind) if f.compare and "Node" in str(f.type))
    return _SLOTS[kind]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the fields."""
    found: list[Node] = []
    for slot in _slots(node):
        value = getattr(node, slot)
        if isinstance(value, Node):
            found.append(value)
        elif value:
            found.extend(_nodes_in(value))
    return tuple(found)


def _nodes_in(parts: tuple[Any, ...]) -> Iterator[Node]:
    for part in parts:
        if isinstance(part, Node):
            yield part
        elif part:
            yield from _nodes_in(part)


def with_children(node: Node, new: tuple[Node, ...]) -> Node:
    """The node with others in the place of its children, one for one; itself if they are the same."""
    if all(old is other for old, other in zip(children(node), new, strict=True)):
        return node
    rest = iter(new)
    changes = {slot: _refilled(getattr(node, slot), rest) for slot in _slots(node)}
    return replace(node, **changes)


def _refilled(value: Any, rest: Iterator[Node]) -> Any:
    if isinstance(value, tuple):
        return tuple(_refilled(part, rest) for part in value)
    return next(rest) if isinstance(value, Node) else value


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, from left to right, a parent before its children."""
    waiting = [node]
    while waiting:
        yield (here := waiting.pop())
        waiting.extend(reversed(children(here)))


def replaced(tree: Node, old: Node, new: Node) -> Node:
    """The tree with ``new`` in the place of ``old``, this very node and no other that is equal to it."""
    if tree is old:
        return new
    below = children(tree)
    return with_children(tree, tuple(replaced(child, old, new) for child in below)) if below else tree


def accented(accent: str, body: Node) -> Node:
    """A name or a formula under an accent."""
    if isinstance(body, Number):
        return Name(body.digits, (accent,))
    if isinstance(body, Name):
        return replace(body, accents=(accent, *body.accents), origin=None)
    return Accented(accent, body)


def bare(tree: Node) -> Node:
    """The tree without its origins: as if it had never been read."""
    return replace(with_children(tree, tuple(bare(child) for child in children(tree))), origin=None)


def letters(name: Name) -> tuple[Name, ...]:
    """The single letters of a name's stem, the scripts on the last: ``dW_f`` as d and W_f."""
    if len(name.stem) < 2 or not name.stem.isalpha() or set(name.accents) & {"text", "operatorname"}:
        return (name,)
    parts = [Name(letter, name.accents) for letter in name.stem[:-1]]
    last = replace(name, stem=name.stem[-1], left_sub=None, left_sup=None, origin=None)
    if name.origin and name.text.startswith(name.stem):
        text, start = name.origin.text, name.origin.start
        for index, part in enumerate(parts):
            located(part, text, start + index, start + index + 1)
        located(last, text, start + len(parts), name.origin.end)
    return (*parts, last)

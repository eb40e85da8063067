"""What a document offers to those who mend its formulas: its names, its signs, the slopes of its activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from symrnn.check.names import Symbol, is_step
from symrnn.check.tensor import Shape
from symrnn.notes.formula import Infix, Name, Node, Number
from symrnn.notes.tree import children, walk, with_children

Factors = tuple[Node, ...]


class Edit(NamedTuple):
    """A formula with one thing changed, and what its author would then have done wrong."""

    tree: Node
    mistake: str


class Formula:
    """A formula whose parts can be replaced: who stands above whom is found out once."""

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self._above: dict[int, tuple[Node, int]] = {}
        for node in walk(tree):
            for index, child in enumerate(children(node)):
                self._above[id(child)] = node, index

    def put(self, old: Node, new: Node) -> Node:
        """The formula with ``new`` in the place of ``old``, this very node."""
        while old is not self.tree:
            parent, index = self._above[id(old)]
            below = children(parent)
            old, new = parent, with_children(parent, (*below[:index], new, *below[index + 1 :]))
        return new

    def parent(self, node: Node) -> Node | None:
        """What a part of the formula is directly in; None for the whole."""
        return self._above[id(node)][0] if id(node) in self._above else None


def _nothing(_: Node) -> None:
    return None


@dataclass(frozen=True)
class Vocabulary:
    """What a document offers.

    ``names`` spells every quantity, as ``at`` of its steps; ``slopes`` are the derivatives of activations as factors,
    for every quantity that is one.  ``symbol`` reads a name (None: undefined), ``shape`` gives the shape of a part of
    the formula (None: unknown).  ``row`` says that vectors are rows.
    """

    names: Mapping[str, Name] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    slopes: tuple[Factors, ...] = ()
    terms: tuple[Node, ...] = ()
    symbol: Callable[[Name], Symbol | None] = _nothing
    shape: Callable[[Node], Shape | None] = _nothing
    goal: Shape | None = None
    mark: Node = field(default_factory=lambda: Name(r"\top"))
    elementwise: str = r"\odot"
    row: bool = False


# -- steps


def stepped(node: Node, by: int) -> Node | None:
    """A step, so many later: t + 1 of t; None for what is no step."""
    match node:
        case Number(digits=digits) if digits.isdecimal() and int(digits) + by >= 0:
            return Number(str(int(digits) + by))
        case Name():
            return Infix(("+" if by > 0 else "-",), (node, Number(str(abs(by))))) if by else node
        case Infix(operators=(*front, ("+" | "-") as sign), operands=(*rest, Number(digits=digits))):
            moved = (int(digits) if sign == "+" else -int(digits)) + by
            if moved:
                return Infix((*front, "+" if moved > 0 else "-"), (*rest, Number(str(abs(moved)))))
            return rest[0] if len(rest) == 1 else Infix(tuple(front), tuple(rest))
        case Infix() if is_step(node):
            return Infix((*node.operators, "+" if by > 0 else "-"), (*node.operands, Number(str(abs(by)))))
    return None


def swapped(tree: Node, old: Node, new: Node) -> Node:
    """The tree with the first node that is written like ``old`` changed; itself if there is none."""
    if tree == old:
        return new
    below = children(tree)
    for index, child in enumerate(below):
        changed = swapped(child, old, new)
        if changed is not child:
            return with_children(tree, (*below[:index], changed, *below[index + 1 :]))
    return tree


def at(name: Name, old: tuple[Node, ...], new: tuple[Node, ...]) -> Name:
    """A name at other steps."""
    for before, after in zip(old, new, strict=True):
        if before != after:
            changed = swapped(name, before, after)
            assert isinstance(changed, Name)
            name = changed
    return name


def later(tree: Node, letter: str, by: int) -> Node:
    """A formula with a letter of a step moved in all its names: h_{t-1} of h_t, h_t of h_{t+1}."""
    match tree:
        case Name(stem=stem, sub=None, sup=None) if stem == letter:
            return stepped(tree, by) or tree
        case Infix(operators=("+" | "-",), operands=(Name(stem=stem, sub=None, sup=None), Number())) if (
            stem == letter
        ):
            return stepped(tree, by) or tree
    below = children(tree)
    return with_children(tree, tuple(later(child, letter, by) for child in below)) if below else tree

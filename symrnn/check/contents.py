"""The statements of a document, one by one: what each says is equal, and which name it binds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from symrnn.check.definition import Definition
from symrnn.check.heads import head
from symrnn.check.meter import Meter
from symrnn.check.names import Lexicon
from symrnn.notes.formula import (
    Accented,
    Annotated,
    Call,
    Differential,
    Group,
    Infix,
    List,
    Name,
    Node,
    Number,
    Script,
    Unreadable,
    located,
)
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, walk, with_children

EQUAL = {
    "=",
    ":=",
    r"\equiv",
    r"\triangleq",
    r"\coloneqq",
    r"\doteq",
    r"\stackrel{\triangle}{=}",
    r"\approx",
    "≡",
}


ADDED = ("+=",)


@dataclass(eq=False)
class Entry:
    """A statement in its place; ``sides`` are those that are said to be equal."""

    statement: Statement
    math: Math
    index: int
    sides: tuple[Node, ...] = ()
    implied: bool = False  # whether the first side stands in the statement before
    defines: list[Definition] = field(default_factory=list)
    claims: bool = False
    announced: bool = False  # whether a comment of the document says that it is wrong
    source: int = 0  # which of the formulas it stands in

    @property
    def place(self) -> tuple[int, int, int]:
        """Cell, line and column of its beginning."""
        return (self.math.cell or 0, *self.math.place(self.statement.span[0]))

    @property
    def updates(self) -> bool:
        """Whether it adds to what its left side was before: dc = dc + x."""
        return any(
            isinstance(side, Infix) and set(side.operators) <= {"+", "-"} and self.sides[0] in side.operands
            for side in self.sides[1:]
        )

    @property
    def adds(self) -> bool:
        """Whether it adds to a gradient what a step gives: dW += x."""
        return self.statement.relations == ADDED


@dataclass(eq=False)
class Document:
    """The statements of a document, its names, and all equations that define something, in order."""

    entries: list[Entry]
    lexicon: Lexicon
    definitions: list[Definition]
    forward: set[str]  # what is defined without derivatives
    meter: Meter = field(default_factory=Meter)
    models: dict[tuple[object, ...], object] = field(default_factory=dict)  # those that were built before
    unnamed: dict[str, list[Entry]] = field(default_factory=dict)  # names of gradients that nothing explains
    applied: set[str] = field(default_factory=set)  # the functions that stand nowhere alone, or have a prime
    entrywise: bool = False  # whether it is written out entry by entry, so that all its names are numbers
    declared: list[tuple[str, tuple[str, ...]]] = field(
        default_factory=list
    )  # x_t in R^{m}: a key and its sizes
    supposed: tuple[Definition, ...] = ()  # the cell that it names and does not define


def chain(statement: Statement) -> tuple[Node, ...]:
    """The sides that a statement says are equal, from the first on."""
    relations = statement.relations[1:] if statement.continued else statement.relations
    sides = [statement.sides[0]] if statement.sides else []
    for relation, side in zip(relations, statement.sides[1:], strict=False):
        if relation not in EQUAL and statement.relations != ADDED:
            break
        sides.append(side)
    return tuple(numbered(side) for side in sides if not isinstance(side, Unreadable))


def numbered(tree: Node) -> Node:
    r"""The tree in which \delta 3 is one name, as it is where errors are counted."""
    below = children(tree)
    tree = with_children(tree, tuple(numbered(child) for child in below)) if below else tree
    if not isinstance(tree, Infix) or any(tree.operators):
        return tree
    operands = list(tree.operands)
    for index in range(len(operands) - 1):
        name, number = operands[index : index + 2]
        if (
            isinstance(name, Name)
            and name.stem == r"\delta"
            and name.sub is None
            and isinstance(number, Number)
        ):
            joined: Node = replace(name, sub=number, origin=None)
            if name.origin is not None:
                joined = located(joined, name.origin.text, name.span[0], number.span[1])
            rest = [*operands[:index], joined, *operands[index + 2 :]]
            return joined if len(rest) == 1 else Infix(tree.operators[1:], tuple(rest))
    return tree


def derivatives(tree: Node) -> Iterator[Node]:
    """The derivatives in a formula."""
    for node in walk(tree):
        if head(node) is not None or isinstance(node, Differential):
            yield node


def target(node: Node) -> Name | None:
    """The name that the left-hand side of a definition binds."""
    match node:
        case Name():
            return node
        case Group(opening="{" | "(", body=body) if body is not None:
            return target(body)
        case Accented(body=body) | Annotated(body=body):
            return target(body)
        case Call(head=Name() as called, argument=Group(opening="(")):
            return called
        case Script(base=inner, sub=sub, sup=None) if sub is not None:
            name = target(inner)
            return name and replace(name, sub=List(",", (name.sub, sub)) if name.sub else sub)
    return None

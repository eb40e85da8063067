"""The sizes that a document states: x_t in R^m, W of (n, m), h_t (n, 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symrnn.check.contents import Entry
from symrnn.check.names import Lexicon
from symrnn.check.scripts import items, letters_of, plain
from symrnn.notes.formula import Ellipsis, Group, Infix, List, Name, Number
from symrnn.notes.rows import Statement
from symrnn.notes.tree import replaced, walk

Sizes = tuple[str, tuple[str, ...]]  # of a quantity: its key, and the sizes as they are written
REALS = {"R", r"\R", r"\Re"}


def letters_of_sizes(statement: Statement) -> Iterator[str]:
    """The letters of sizes: n and m of R^{n x m}, of (n, 1)."""
    for side in statement.sides:
        for node in walk(side):
            if isinstance(node, Name) and node.stem in REALS and node.sup is not None:
                yield from letters_of(node.sup)
    if len(statement.sides) == 1:
        match statement.sides[0]:
            case Group(opening="(", body=List(separator=",", items=(rows, cols))):
                yield from (*letters_of(rows), *letters_of(cols))


def declared(words: Lexicon, statement: Statement) -> Iterator[Sizes]:
    r"""The sizes in x_t \in \mathbb{R}^{m}, W \in \mathbb{R}^{n \times m}."""
    for left, relation, right in statement.links:
        if relation != r"\in" or not isinstance(right, Name) or right.stem not in REALS:
            continue
        sizes = right.sup
        if sizes is None:
            found: tuple[str, ...] = ("1", "1")
        elif isinstance(sizes, Infix) and set(sizes.operators) <= {r"\times", r"\cdot", "*"}:
            found = tuple(plain(o) for o in sizes.operands)
        else:
            found = (plain(sizes),)
        for name in left.items if isinstance(left, List) else (left,):
            if isinstance(name, Name) and len(found) < 3:
                yield words.read(name).key, found


def noted(words: Lexicon, entry: Entry, following: Entry) -> Iterator[Sizes]:
    """The sizes that stand beside a name in the text: $h_t$ $(n, 1)$."""
    name, sizes = entry.statement.sides[:1], following.statement.sides[:1]
    if len(entry.statement.sides) != 1 or len(following.statement.sides) != 1 or entry.math.display:
        return
    if entry.math.end_line != following.math.line or not isinstance(name[0], Name) or following.math.display:
        return
    match sizes[0]:
        case Group(opening="(", body=List(separator=",", items=(rows, cols))) if not any(
            isinstance(n, Ellipsis) for n in walk(sizes[0])
        ):
            yield words.read(name[0]).key, (plain(rows), plain(cols))


def at_figures(words: Lexicon, names: Iterable[Name], stated: list[Sizes]) -> Iterator[Sizes]:
    """What is stated of h_t, of h_1 and h_2: where all steps are figures."""
    known = {key: sizes for key, sizes in stated if words.arity.get(key)}
    for name in names:
        for item in items(name):
            if isinstance(item.node, Number) and (item.place == "_" or item.bracket):
                lettered = replaced(name, item.node, Name("t"))
                assert isinstance(lettered, Name)
                sizes = known.get(words.read(lettered).key)
                if sizes is not None:
                    yield words.read(name).key, sizes

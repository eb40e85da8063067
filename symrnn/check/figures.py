"""Documents that are written out step by step, or entry by entry: h_1 = ..., h_2 = ..., and no letter for a step."""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.check.contents import derivatives, target
from symrnn.check.scripts import LENGTHS, Item, base, is_shifted, items, plain, quantities
from symrnn.notes.formula import BigOperator, Name, Node, Number
from symrnn.notes.tree import walk


def figured(equations: Sequence[tuple[Node, ...]]) -> bool:
    """Whether all steps are figures, and some quantity is defined at two of them."""
    sides = [side for equation in equations for side in equation]
    bound = {
        name.stem
        for side in sides
        for node in walk(side)
        if isinstance(node, BigOperator) and node.lower is not None
        for name in walk(node.lower)
        if isinstance(name, Name)
    }
    names = {name for side in sides for name in quantities(side)}
    if any(_is_lettered(item) for name in names for item in items(name) if not _letters(item) & bound):
        return False
    defined: dict[str, set[tuple[str, ...]]] = {}
    for equation in equations:
        name = target(equation[0])
        if name is not None and next(derivatives(equation[0]), None) is None and _figures(name):
            defined.setdefault(base(name), set()).add(tuple(_figures(name)))
    return any(len(found) > 1 for found in defined.values())


def _letters(item: Item) -> set[str]:
    return {node.stem for node in walk(item.node) if isinstance(node, Name)}


def _is_lettered(item: Item) -> bool:
    """Whether a script is a step that is written with a letter: t, t - 1, (k), T."""
    if is_shifted(item.node):
        return True
    if not isinstance(item.node, Name):
        return False
    return item.bracket in ("(", "<") or (item.node.stem in ("t", *LENGTHS) and item.place == "_")


def _figures(name: Name) -> list[str]:
    """The figures in the scripts of a name, but for what may be powers."""
    return [
        item.node.digits
        for item in items(name)
        if isinstance(item.node, Number) and (item.place == "_" or item.bracket)
    ]


def has_grid(names: set[Name]) -> bool:
    """Whether all entries of a matrix of two rows and two columns are written: V_{11}, V_{12}, V_{21}, V_{22}."""
    grid = {"11", "12", "21", "22"}
    seen: dict[str, set[str]] = {}
    for name in (name for name in names if name.stem.isupper()):
        labels = [plain(item.node) for item in items(name)]
        key = " ".join((base(name), *(label for label in labels if label not in grid)))
        seen.setdefault(key, set()).update(grid & {*labels})
    return any(grid <= digits for digits in seen.values())


def has_entries(name: Name) -> bool:
    """Whether a name has the figures of an entry, h_{1,2} or h_1^{(2)}, and not those of a step alone."""
    return len(_figures(name)) > 1

"""The shapes of the quantities of a document, from the equations that define them.

Capital parameters are matrices, small ones and everything with a step are vectors, losses are scalars; which sizes
are the same follows from what is added and multiplied.  In the end every size gets a number of its own, so that a
lost transpose cannot hide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symrnn.check.definition import Definition
from symrnn.check.names import Lexicon, quantities
from symrnn.check.scripts import letter
from symrnn.check.shaper import Shaper
from symrnn.check.sizes import ONE
from symrnn.notes.formula import Name


def infer(
    lexicon: Lexicon,
    definitions: Iterable[Definition],
    scalars: Iterable[str] = (),
    *,
    row: bool = False,
    scalar: bool = False,
    batch: bool = False,
    matrices: Iterable[str] = (),
    declared: Iterable[tuple[str, tuple[str, ...]]] = (),
) -> Shaper:
    """The shapes that the definitions need, for columns or for rows."""
    shaper = Shaper(lexicon, row, scalar, batch, scalars=set(scalars), matrices=set(matrices))
    for key, sizes in () if scalar or batch else declared:
        shaper.declare(key, sizes)
    definitions = list(definitions)
    shaper.matrices |= _doubly_indexed(lexicon, definitions)
    keys = {definition.key for definition in definitions}
    for definition in definitions:
        shaper.indices = {}
        left = shaper.of(definition.key)
        if definition.entries:
            for entry, dim in zip(
                definition.entries, left if len(definition.entries) == 2 else [max(left)], strict=False
            ):
                if isinstance(entry, Name):
                    shaper.indices[letter(entry)] = dim
            shaper.shape(definition.body)
        else:
            right = shaper.shape(definition.body)
            if shaper.is_scalar(left) and right is not None and not shaper.is_scalar(right):
                shaper.weigh(definition.body, keys)
            if right == (ONE, ONE):
                shaper.dims[definition.key] = left = right
            if not shaper.is_scalar(left):
                shaper.same(left, right)
    return shaper


def _doubly_indexed(lexicon: Lexicon, definitions: list[Definition]) -> set[str]:
    """What has two letters for units: w_{ij}."""
    names = {name for definition in definitions for name in quantities(definition.body)}
    names |= {d.name for d in definitions if isinstance(d.name, Name)}
    return {
        symbol.key
        for symbol in map(lexicon.read, names)
        if len(symbol.entries) == 2 and lexicon.components.slots
    }


def concrete(shaper: Shaper) -> Mapping[str, tuple[int, int]]:
    """The shapes in numbers."""
    numbers = shaper.sizes.numbers()
    return {key: (numbers[rows], numbers[cols]) for key, (rows, cols) in shaper.dims.items()}

"""The shapes of a completed model, and which of its targets sum to one."""

from __future__ import annotations

from typing import NamedTuple

from symrnn.check.completion import complete, targets
from symrnn.check.definition import STEP_LOSS, Definition
from symrnn.check.flow import output_key, step_outputs
from symrnn.check.heads import head
from symrnn.check.kinds import has_derivative, is_function, is_number, top_name
from symrnn.check.names import Lexicon, quantities
from symrnn.check.naming import named
from symrnn.check.relations import Relations, numbers_only, relations
from symrnn.check.selection import Definitions
from symrnn.check.series import NEUTRAL_SUMS
from symrnn.check.shaper import Shaper
from symrnn.check.shapes import concrete, infer
from symrnn.check.understand import Document
from symrnn.check.written import word
from symrnn.notes.formula import BigOperator, Call, Group, List, Name, Node
from symrnn.notes.tree import walk

Shapes = dict[str, tuple[int, int]]


class Shaped(NamedTuple):
    """Completed definitions, with the shapes of all quantities in numbers."""

    definitions: Definitions
    plain: list[Definition]  # those without derivatives
    shapes: Shapes
    normalised: frozenset[str]  # the targets whose entries sum to one
    sizes: dict[str, int]  # the letters of sizes, in numbers
    row: bool  # whether vectors are rows
    relations: Relations


def shaped(document: Document, definitions: Definitions, scalar: bool) -> Shaped:
    """Complete the definitions and find the shapes of all that they speak of."""
    lexicon = document.lexicon
    completed = complete(document, definitions)
    flat = [d for group in completed.values() for d in group]
    plain = [d for d in flat if not has_derivative(lexicon, d.body)]
    shaper = _shaper(document, flat, plain, scalar)
    output = output_key(lexicon, completed)
    normalised = _target(lexicon, shaper, completed, output)
    _add_step_loss(lexicon, shaper, completed)
    shapes = dict(concrete(shaper))
    for definition in flat:
        if has_derivative(lexicon, definition.body):
            _shape_gradient(lexicon, shapes, definition)
    for key in list(shapes):
        if key in lexicon.functions and key not in completed:
            del shapes[key]
    normalised |= _compared(lexicon, plain, completed, shapes, output)
    numbers = shaper.sizes.numbers()
    sizes = {name: numbers[dim] for name, dim in shaper.letters.items()}
    return Shaped(
        completed, plain, shapes, frozenset(normalised), sizes, shaper.row, relations(document, flat)
    )


def _shaper(document: Document, flat: list[Definition], plain: list[Definition], scalar: bool) -> Shaper:
    """Columns or rows, whichever fits better; with a shape for everything that is read."""
    lexicon = document.lexicon
    losses = {d.key for d in flat if lexicon.is_loss(d.key)} | numbers_only(lexicon, flat)
    batch = _is_batch(document)
    columns, rows = (
        infer(lexicon, plain, losses, row=row, scalar=scalar, batch=batch, declared=document.declared)
        for row in (False, True)
    )
    shaper = rows if rows.conflicts < columns.conflicts else columns
    for definition in plain:
        for name in quantities(definition.body):
            key = lexicon.read(name).key
            if lexicon.spelled(name) and key not in shaper.dims:
                continue
            if not is_function(lexicon, name) and not is_number(lexicon, name):
                shaper.of(key)
    return shaper


def _is_batch(document: Document) -> bool:
    """Whether a sum over the examples of a batch is written."""
    return any(
        isinstance(node, BigOperator) and node.lower is not None and word(node.lower) in NEUTRAL_SUMS
        for entry in document.entries
        for side in entry.sides
        for node in walk(side)
    )


def _target(lexicon: Lexicon, shaper: Shaper, completed: Definitions, output: str | None) -> set[str]:
    """The target that the output is compared with: it has its shape, and sums to one unless it is defined."""
    if output is None or output not in shaper.dims:
        return set()
    if lexicon.figured:  # y_1, y_2, ... of as many steps
        stems = {key: key.partition("_")[0].partition("^")[0] for key in shaper.dims if key not in completed}
        stem = next((s for s in targets(lexicon) if s in stems.values()), None)
        return {key for key in stems if stems[key] == stem}
    key = next((k for k in targets(lexicon) if k in lexicon.arity or k in shaper.dims), None)
    if key is None or key in completed:
        return set()
    shaper.dims[key] = shaper.dims[output]
    if any(
        not d.times and _is_read_bare(lexicon, key, d.body) for group in completed.values() for d in group
    ):
        return {key}
    lexicon.arity[key] = max(lexicon.arity.get(key, 0), min(1, lexicon.arity.get(output, 0)))
    return {key}


def _is_read_bare(lexicon: Lexicon, key: str, body: Node) -> bool:
    """Whether a loss of the last step alone reads a target that never has a step: (h_T - d)^2."""
    if set(lexicon.counts.get(key, ())) != {0} or any(isinstance(node, BigOperator) for node in walk(body)):
        return False
    return any(lexicon.read(n).key == key for n in quantities(body))


def _add_step_loss(lexicon: Lexicon, shaper: Shaper, completed: Definitions) -> None:
    """Any function of what a step hands on."""
    ends = [k for k in step_outputs(lexicon, completed) if k in shaper.dims]
    if ends:
        names = tuple(named(k, Name("t")) for k in ends)
        body = Call(Name("@outputs"), Group("(", List(",", names), ")"))
        completed[STEP_LOSS] = (Definition(STEP_LOSS, (Name("t"),), (), body),)
        lexicon.arity[STEP_LOSS] = 1
        shaper.dims[STEP_LOSS] = (0, 0)


def _shape_gradient(lexicon: Lexicon, shapes: Shapes, definition: Definition) -> None:
    """A gradient that is defined entry by entry has the shape of what it is by; of others nothing is known."""
    shapes.pop(definition.key, None)
    found = head(definition.body)
    below = top_name(found.bottom) if found is not None and definition.entries else None
    if below is not None and len(lexicon.read(below).entries) != len(definition.entries):
        return
    if below is not None and lexicon.read(below).key in shapes:
        shapes[definition.key] = shapes[lexicon.read(below).key]


def _compared(
    lexicon: Lexicon, plain: list[Definition], completed: Definitions, shapes: Shapes, output: str | None
) -> set[str]:
    """What only a loss reads, in the shape of the output: targets that sum to one."""
    if output is None:
        return set()
    read = {lexicon.read(n).key for d in plain if not lexicon.is_loss(d.key) for n in quantities(d.body)}
    beside = {lexicon.read(n).key for d in plain if lexicon.is_loss(d.key) for n in quantities(d.body)}
    return {
        key
        for key in beside - read
        if key in shapes
        and key not in completed
        and lexicon.arity.get(key)
        and shapes[key] == shapes.get(output)
        and not lexicon.is_loss(key)
    }

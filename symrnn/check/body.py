"""The value of the body of a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symrnn.check.definition import Definition, Seed, Unsupported
from symrnn.check.evaluate import Evaluator
from symrnn.check.jacobian import Label
from symrnn.check.scripts import base, letter
from symrnn.check.tensor import Tensor, stack
from symrnn.notes.formula import Name

if TYPE_CHECKING:
    from symrnn.check.world import World


def formula_value(world: World, key: str, argument: Any) -> tuple[Any, Any]:
    """The value and the slope of a function that the document gives by a formula."""
    formula = world.lexicon.formulas[key]
    assert formula is not None
    variable = Tensor(np.array([[argument]], dtype=object), np.ones((1, 1, 1), dtype=object))
    found = Evaluator(world, variable=(base(formula.variable), variable)).tensor(formula.body, {})
    return found.value.item(), 0 if found.tangent is None else found.tangent.item()


def body_value(
    world: World, definition: Definition, env: dict[str, int], label: Label, seed: Seed | None
) -> Tensor:
    """The value of the body of a definition, as the quantity has it."""
    evaluator = Evaluator(world, loss=world.loss, within=seed)
    step = env.get("t", label.times[0] if label.times else 0)
    inside = {**env, "@": step}
    shape = world.shapes.get(label.key)
    evaluator.shape_hint = shape
    if not definition.entries:
        value = evaluator.tensor(definition.body, inside)
    else:
        value = _by_entries(evaluator, definition, inside, shape)
    if shape == (1, 1):
        return world.as_scalar(value)
    if value.literal and shape is not None:
        return Tensor(np.broadcast_to(value.value, shape).copy())
    return value


def _by_entries(
    evaluator: Evaluator, definition: Definition, env: dict[str, int], shape: tuple[int, int] | None
) -> Tensor:
    """A quantity that is defined entry by entry."""
    if shape is None:
        raise Unsupported(f"{definition.key} has no shape")
    names = [letter(entry) for entry in definition.entries if isinstance(entry, Name)]
    cells: list[list[Tensor]] = []
    for i in range(shape[0]):
        row = []
        for j in range(shape[1]):
            numbers = (i, j) if len(names) == 2 else (max(i, j),)
            row.append(evaluator.tensor(definition.body, {**env, **dict(zip(names, numbers, strict=False))}))
        cells.append(row)
    return stack([stack(row, 1) for row in cells], 0)

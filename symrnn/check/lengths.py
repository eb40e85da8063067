"""Sequences of another length: what holds for one number of steps need not hold for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symrnn.check.kinds import has_derivative
from symrnn.check.model import STEPS, Model
from symrnn.check.scripts import letters_of, outer
from symrnn.notes.formula import BigOperator, Infix, Name, Node, Number
from symrnn.notes.tree import walk

LONGER = STEPS + 1


def other_length(model: Model, sides: tuple[Node, ...]) -> int | None:
    """Another number of steps for which a claim must hold; None where figures say how many there are.

    A loss that is written out, L_1 + L_2 + L_3, is that of three steps, and so is a claim that names the steps one by
    one in a document that never speaks of the last step by a letter, or that is about the forward pass alone.
    """
    bodies = (d.body for group in model.definitions.values() for d in group)
    if _has_figures(model, bodies):
        return None
    lettered = model.lexicon.lengths and any(has_derivative(model.lexicon, side) for side in sides)
    if not lettered and _has_figures(model, sides):
        return None
    return LONGER if model.steps != LONGER else STEPS


def is_counted(model: Model, sides: tuple[Node, ...]) -> bool:
    """Whether figures somewhere in the document, or in a claim, may say how many steps there are."""
    return model.steps != STEPS or _has_figures(model, sides)


def _has_figures(model: Model, trees: Iterable[Node]) -> bool:
    """Whether a step beyond the first is written as a number."""
    return any(_is_figure(end) for tree in trees for node in outer(tree) for end in _steps(model, node))


def _steps(model: Model, node: Node) -> Iterator[Node]:
    """The steps that a name is at, or the first and the last of a sum."""
    if isinstance(node, Name):
        yield from model.lexicon.read(node).times
    elif isinstance(node, BigOperator):
        if isinstance(node.lower, Infix):
            yield node.lower.operands[-1]
        if node.upper is not None:
            yield node.upper


def _is_figure(step: Node) -> bool:
    numbers = [part.digits for part in walk(step) if isinstance(part, Number)]
    return not any(letters_of(step)) and any(digits not in ("0", "1") for digits in numbers)

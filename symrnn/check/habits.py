"""What a document does in the same way everywhere, or has done wrong where it does it in another way.

A claim that holds only in a way of writing that the others of its document do not share is not written in a
convention of its own: a gradient in the transposed layout among plain ones is a transpose that was forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from symrnn.check.heads import gradient_by, head
from symrnn.check.judge import Outcome, attempt
from symrnn.check.kinds import top_name
from symrnn.check.model import Model
from symrnn.check.scripts import TRANSPOSES, quantities
from symrnn.notes.formula import Name, Node, Script
from symrnn.notes.tree import walk

VECTORS = "the derivative of a vector"
ENOUGH = 2  # so many claims that do it in one way, for each that does it in another


class Habit(NamedTuple):
    """A way of writing something."""

    what: str
    way: str


STANDING = Habit("the gradient by a vector", "plain")


def layouts(model: Model, sides: tuple[Node, ...], outcome: Outcome) -> frozenset[Habit]:
    """The layouts without which a claim does not hold."""
    return _of_left_side(model, sides, outcome) | _of_chains(sides, outcome)


def _of_chains(sides: tuple[Node, ...], outcome: Outcome) -> frozenset[Habit]:
    """Who transposes the derivatives of vectors has them in numerator layout; in a free order they have none."""
    if {"denominator order", "numerator order"} <= outcome.notes:
        return frozenset({Habit(VECTORS, "any")})
    if any(_is_transposed_chain(node) for side in sides for node in walk(side)):
        return frozenset({Habit(VECTORS, "numerator")})
    if "denominator layout" in outcome.notes:
        return frozenset({Habit(VECTORS, "denominator")})
    return frozenset()


def _is_transposed_chain(node: Node) -> bool:
    return (
        isinstance(node, Script)
        and isinstance(node.sup, Name)
        and node.sup.stem in TRANSPOSES
        and any(head(inner) is not None for inner in walk(node.base))
    )


def _of_left_side(model: Model, sides: tuple[Node, ...], outcome: Outcome) -> frozenset[Habit]:
    notes = outcome.notes
    found = head(sides[0])
    bottom = found.bottom if found is not None else gradient_by(sides[0])
    name = top_name(bottom) if bottom is not None else None
    if name is None:
        return frozenset()
    top = top_name(found.top) if found is not None and found.top is not None else None
    if top is not None and model.shapes.get(model.lexicon.read(top).key, (1, 1)) != (1, 1):
        ways = {w for w in ("numerator", "denominator") if f"{w} layout" in notes}
        return frozenset(Habit(VECTORS, way) for way in ways)
    shape = model.shapes.get(model.lexicon.read(name).key, (1, 1))
    if shape == (1, 1):
        return frozenset()
    what = "the gradient by a " + ("vector" if 1 in shape else "matrix")
    if ("row gradients" in notes) != ("transposed" in notes):
        return frozenset({Habit(what, "transposed")})
    plain = "column gradients" in notes or found is None or found.nabla
    if not plain or (
        found is not None and found.nabla and 1 in shape and is_entrywise(model, sides, outcome)
    ):
        return frozenset()
    return frozenset({Habit(what, "plain")})


def is_entrywise(model: Model, sides: tuple[Node, ...], outcome: Outcome) -> bool:
    """Whether a claim holds for rows as for columns: of entrywise products alone, it has no layout."""
    return attempt(model, sides, outcome.reading._replace(lying="vectors"), outcome.choice).holds


def minorities(habits: Iterable[frozenset[Habit]]) -> frozenset[Habit]:
    """The ways of few claims where most do it in another."""
    counts = Counter(habit for each in habits for habit in each)
    return frozenset(
        few
        for few in counts
        for most in counts
        if few.what == most.what and few != most and counts[most] >= ENOUGH * counts[few]
    )


def needs_plain_activation(model: Model, sides: tuple[Node, ...], outcome: Outcome) -> bool:
    """Whether a claim that holds for the functions that are named does not hold if they are tanh."""
    if not model.generic or outcome.choice.activation:
        return False
    if not any(isinstance(n, Name) for side in sides for n in quantities(side)):
        return False
    return not attempt(model, sides, outcome.reading, outcome.choice._replace(activation="tanh")).holds

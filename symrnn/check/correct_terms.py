"""What a claim is the derivative of, and its terms: one for each equation that reads the quantity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symrnn.check.evaluate import Evaluator
from symrnn.check.heads import gradient_by, head
from symrnn.check.jacobian import Jacobian, Label, chained
from symrnn.check.names import quantities
from symrnn.check.world import OutOfRange, Undefined, Unsupported, World
from symrnn.notes.formula import Name, Node


def claimed(evaluator: Evaluator, side: Node, env: Mapping[str, int]) -> tuple[Label, Label] | None:
    """What a left-hand side is the derivative of, and by what; None if it is none, or of or by an entry."""
    found = head(side)
    if found is not None and found.top is not None:
        top, bottom = (_label(evaluator, node, env) for node in (found.top, found.bottom))
        if top is None or bottom is None:
            return None
        return (evaluator.loss_at(env) if top == evaluator.loss else top), bottom
    if isinstance(side, Name):
        label = _label(evaluator, side, env)
        defined = evaluator.world.equation(label) if label is not None else None
        if defined is not None:
            definition, inside = defined
            return claimed(evaluator, definition.body, inside) if head(definition.body) is not None else None
    named = gradient_by(side)
    if named is not None and evaluator.loss is not None:
        bottom = _label(evaluator, named, env)
        return (evaluator.loss_at(env), bottom) if bottom is not None else None
    return None


def _label(evaluator: Evaluator, node: Node, env: Mapping[str, int]) -> Label | None:
    if not isinstance(node, Name):
        return None
    try:
        symbol = evaluator.resolve(node)
        return None if symbol.entries else evaluator.label(symbol, env)
    except (Undefined, Unsupported):
        return None


def contributions(world: World, top: Label, bottom: Label) -> dict[Label, Jacobian]:
    """d top / d bottom, term by term: what comes through every quantity whose equation reads the bottom."""
    found: dict[Label, Jacobian] = {}
    for label in readers(world, bottom):
        if label == top:
            found[label] = world.derivative(top, bottom, "direct")
            continue
        outer = world.derivative(top, label)
        chain = chained(outer, world.derivative(label, bottom, "direct"))
        if chain is not None and chain[0].full.any():
            found[label] = chain[0]
    return found


def readers(world: World, bottom: Label) -> Iterator[Label]:
    """The quantities in whose equations another stands."""
    for key, group in world.definitions.items():
        if not any(
            symbol.key == bottom.key
            for definition in group
            for name in quantities(definition.body)
            for symbol in world.lexicon.readings(name)
        ):
            continue
        arity = world.lexicon.arity.get(key, 0)
        for step in range(1, world.steps + 1) if arity == 1 else (0,) if arity == 0 else ():
            label = Label(key, (step,) * arity)
            try:
                jacobian = world.derivative(label, bottom, "direct")
            except (OutOfRange, Unsupported):
                continue
            if label != bottom and jacobian.full.any():
                yield label

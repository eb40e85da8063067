"""What of a reading can make a difference to a claim: what nothing in it asks for is not tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from symrnn.check.heads import Head, gradient_by, head
from symrnn.check.model import Model
from symrnn.check.names import LOSSES
from symrnn.notes.formula import Call, Differential, Group, Infix, List, Name, Node
from symrnn.notes.tree import walk


class Relevance(NamedTuple):
    """What a claim depends on.

    ``derivatives``: it has a derivative at all; ``jacobians``: one of something that is no scalar, whose layout and
    whose kind are open; ``numbers``: one of a number of the network, which is no loss; ``alone``: a Jacobian stands
    alone on a side; ``gradients``: one of a loss; ``untimed``: one by what has no step, a parameter; ``canonical``: the
    loss is only named.
    """

    derivatives: bool
    jacobians: bool
    numbers: bool
    alone: bool
    gradients: bool
    untimed: bool
    canonical: bool


def relevance(model: Model, sides: tuple[Node, ...]) -> Relevance:
    """What the value of the sides of a claim can depend on."""
    heads = [found for side in sides for node in walk(side) if (found := head(node)) is not None]
    named = [bottom for side in sides for node in walk(side) if (bottom := _named(node)) is not None]
    bottoms = [*(found.bottom for found in heads), *named]
    vectors = [found for found in heads if not _is_gradient(model, found)]
    return Relevance(
        derivatives=bool(heads),
        jacobians=bool(vectors),
        numbers=any(_is_number(model, found) for found in heads if found not in vectors),
        alone=any(found is not None and not _is_gradient(model, found) for found in map(head, sides)),
        gradients=bool(named)
        or len(vectors) < len(heads)
        or any(not isinstance(h.top, Name) for h in vectors),
        untimed=any(_is_untimed(model, bottom) for bottom in bottoms),
        canonical=any(_is_named_loss(node) for node in _bodies(model, sides)),
    )


def _named(node: Node) -> Node | None:
    """What dW, or d and W beside one another, is the gradient by."""
    if head(node) is not None or not isinstance(node, Name | Infix | Call | Differential):
        return None
    return gradient_by(node)


def _is_gradient(model: Model, found: Head) -> bool:
    """Whether a derivative is one of a scalar that has a name."""
    if not isinstance(found.top, Name):
        return False
    symbol = model.lexicon.read(found.top)
    scalar = model.shapes.get(symbol.key) == (1, 1) or model.lexicon.is_loss(symbol.key)
    return scalar and not symbol.entries


def _is_number(model: Model, found: Head) -> bool:
    """Whether a gradient is one of a quantity that an equation defines, and no loss."""
    key = model.lexicon.read(found.top).key if isinstance(found.top, Name) else ""
    return key in model.definitions and not model.lexicon.is_loss(key)


def _is_untimed(model: Model, bottom: Node) -> bool:
    """Whether something that one differentiates by has no step, as far as that can be seen."""
    if not isinstance(bottom, Name):
        return True
    symbol = model.lexicon.read(bottom)
    return not symbol.times or not model.lexicon.arity.get(symbol.key, 0)


def _bodies(model: Model, sides: tuple[Node, ...]) -> Iterator[Node]:
    for side in sides:
        yield from walk(side)
    for group in model.definitions.values():
        for definition in group:
            yield from walk(definition.body)


def _is_named_loss(node: Node) -> bool:
    """Whether a formula applies a loss of which nothing is known to an output and a target."""
    match node:
        case Call(head=Name(stem=stem), argument=argument):
            inner = argument.body if isinstance(argument, Group) else argument
            is_loss = stem.removeprefix("\\").startswith("@") or stem in LOSSES
            return is_loss and isinstance(inner, List) and len(inner.items) == 2
    return False

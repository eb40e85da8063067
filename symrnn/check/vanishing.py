"""Zeros: what follows from them, and what they only show that a model does not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.check.definition import OutOfRange, Undefined, Unsupported
from symrnn.check.evaluate import Evaluator
from symrnn.check.heads import gradient_by, head
from symrnn.check.kinds import top_name
from symrnn.check.products import Value
from symrnn.check.scripts import FIRST, letters_of, quantities
from symrnn.check.tensor import Mismatch, Tensor
from symrnn.notes.formula import Name, Node, Number
from symrnn.notes.tree import replaced, walk


def is_zero(value: Value) -> bool:
    """Whether all entries are zero."""
    return not (value.value if isinstance(value, Tensor) else value.full).any()


def is_unseen(evaluator: Evaluator, sides: tuple[Node, ...], pairs: Sequence[tuple[Value, Value]]) -> bool:
    """Whether one side is always zero, as it takes a gradient by what no definition reads: it says nothing."""
    left, *rest = sides
    zeros = (left,) if all(is_zero(value) for value, _ in pairs) else ()
    if all(is_zero(value) for _, value in pairs):
        zeros = (*zeros, *rest)
    world = evaluator.world
    definitions = (d for group in world.definitions.values() for d in group)
    read = {world.lexicon.read(name).key for d in definitions for name in quantities(d.body)}
    return any(world.lexicon.read(name).key not in read for side in zeros for name in _bottoms(side))


def _bottoms(side: Node) -> Iterator[Name]:
    """What the gradients in a formula are by."""
    for node in walk(side):
        found = head(node)
        bottom = found.bottom if found is not None else gradient_by(node)
        name = top_name(bottom) if bottom is not None else None
        if name is not None:
            yield name


def takes_no_gradient(evaluator: Evaluator, sides: tuple[Node, ...], held: Sequence[dict[str, int]]) -> bool:
    """Whether a gradient of the loss in a claim is zero wherever the claim holds: the model does not see it all."""
    nodes = [node for side in sides for node in walk(side) if _is_of_a_loss(evaluator, node)]
    return any(_is_always_zero(evaluator, node, held) for node in nodes)


def _is_of_a_loss(evaluator: Evaluator, node: Node) -> bool:
    found = head(node)
    top = top_name(found.top) if found is not None and found.top is not None else None
    return top is not None and evaluator.world.lexicon.is_loss(evaluator.world.lexicon.read(top).key)


def _is_always_zero(evaluator: Evaluator, node: Node, held: Sequence[dict[str, int]]) -> bool:
    """Whether a part of a formula is zero; not if it does not exist, or if a sum binds its letters."""
    try:
        return all(is_zero(evaluator.value(node, env)) for env in held)
    except (Mismatch, OutOfRange, Undefined, Unsupported):
        return False


def vanishes_here(evaluator: Evaluator, sides: tuple[Node, ...], held: Sequence[dict[str, int]]) -> bool:
    """Whether a claim says that something is zero at an end of the sequence, which is not zero elsewhere: F_T = 0."""
    lexicon = evaluator.world.lexicon
    times = {time for name in quantities(sides[0]) for time in lexicon.read(name).times}
    if not times or Number("0") not in sides[1:] or not all(_is_an_end(lexicon.lengths, t) for t in times):
        return False
    elsewhere = sides[0]
    for node in list(walk(elsewhere)):
        if node in times:
            elsewhere = replaced(elsewhere, node, Name("t"))
    steps = range(1, evaluator.world.steps)
    return any(
        not is_zero(evaluator.value(elsewhere, {**env, "t": step, "@": step}))
        for env in held
        for step in steps
    )


def _is_an_end(lengths: set[str], time: Node) -> bool:
    """Whether a step is the last one, T, or the one before the first, t_0 or 0."""
    if time == Number("0") or (isinstance(time, Name) and (time.stem, time.sub) == FIRST):
        return True
    return bool(letters_of(time)) and set(letters_of(time)) <= lengths

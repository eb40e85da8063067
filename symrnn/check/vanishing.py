"""Zeros: what follows from them, and what they only show that a model does not see."""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.check.evaluate import Evaluator
from symrnn.check.products import Value
from symrnn.check.scripts import FIRST, letters_of, quantities
from symrnn.check.tensor import Tensor
from symrnn.notes.formula import Name, Node, Number
from symrnn.notes.tree import replaced, walk


def is_zero(value: Value) -> bool:
    """Whether all entries are zero."""
    return not (value.value if isinstance(value, Tensor) else value.full).any()


def one_side_is_zero(pairs: Sequence[tuple[Value, Value]]) -> bool:
    """Whether the one side, or the other, is always zero: the model does not see what a claim speaks of."""
    return all(is_zero(left) for left, _ in pairs) or all(is_zero(right) for _, right in pairs)


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
    """Whether a step is the last one, T, or the one before the first, t_0."""
    if isinstance(time, Name) and (time.stem, time.sub) == FIRST:
        return True
    return bool(letters_of(time)) and set(letters_of(time)) <= lengths

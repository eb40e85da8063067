"""What feeds a loop, and need not be there for all steps at once: it is computed for as many as the cache holds.

W x + b for the loop of the forward pass, the derivatives of the gates for that of the backward pass: nobody but the
loop reads them, each at its own step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symrnn.equations import Base, Equation
from symrnn.expressions import Leaf, Node, Only, Over, Softmax, leaves
from symrnn.kernels.layout import Layout
from symrnn.kernels.system import clock_of
from symrnn.logarithms import LogSoftmax
from symrnn.schedule import Loop

WHOLE = (Only, Over, Softmax, LogSoftmax)  # what is not computed step by step


@dataclass(frozen=True)
class Chunks:
    """The equations that feed a loop, by the loop's number, and the arrays that hold some of the steps alone."""

    feeding: Mapping[int, tuple[Equation, ...]]
    arrays: frozenset[Base]

    @property
    def equations(self) -> set[Equation]:
        """All equations that feed a loop."""
        return {e for own in self.feeding.values() for e in own}


def chunks(layout: Layout, classes: set[Base]) -> Chunks:
    """What feeds the loops of a system; ``classes`` are targets that may stand for places among all steps."""
    feeding: dict[int, tuple[Equation, ...]] = {}
    for number, loop in layout.stages:
        if loop.direction:
            before = [e for e in _before(layout, number) if _can_wait(e, loop, layout, classes)]
            feeding[number] = tuple(_only_for(loop, before, layout))
    arrays = {layout.place(e.lhs).of.base for own in feeding.values() for e in own}
    return Chunks({number: own for number, own in feeding.items() if own}, frozenset(arrays))


def _before(layout: Layout, number: int) -> Iterator[Equation]:
    """The equations of the same pass, in front of a loop, that no loop computes."""
    first = len(layout.system.loops[0])
    start = first if number >= first else 0
    for _, loop in layout.stages[start:number]:
        if not loop.direction:
            yield from loop.equations


def _can_wait(equation: Equation, loop: Loop, layout: Layout, classes: set[Base]) -> bool:
    """Whether an equation can be computed for some steps at a time, right before the loop needs them."""
    lhs = equation.lhs
    if clock_of(lhs) != loop.clock or lhs.shape[1] != 1 or lhs in layout.system.wanted:
        return False
    room = layout.storage.rooms[lhs.base]
    read = {x.base for x in leaves(equation.rhs)}
    overwritten = {base for base in read if base in layout.replaced} | (read & classes)
    return not (room.before or room.after or overwritten or lhs.base in layout.replacing) and not _whole(
        equation.rhs
    )


def _whole(node: Node) -> bool:
    return isinstance(node, WHOLE) or any(_whole(x) for x in node.operands)


def _only_for(loop: Loop, candidates: list[Equation], layout: Layout) -> list[Equation]:
    """Those of the candidates whose arrays the loop, and others of them, alone read."""
    found = list(candidates)
    inside = {e.lhs.base for e in loop.equations}
    while True:
        own = {e.lhs.base for e in found} | inside
        kept = [e for e in found if all(_at_its_step(r, x, e.lhs, own) for r, x in _reads(e.lhs, layout))]
        bases = {e.lhs.base for e in kept}
        together = [e for e in kept if _members(layout.place(e.lhs).of, layout) <= bases]
        if len(together) == len(found):
            return found
        found = together


def _reads(leaf: Leaf, layout: Layout) -> Iterator[tuple[Equation, Leaf]]:
    return ((e, x) for e in layout.system for x in leaves(e.rhs) if x.base == leaf.base)


def _at_its_step(reader: Equation, used: Leaf, lhs: Leaf, own: set[Base]) -> bool:
    return reader.lhs.base in own and used == lhs


def _members(root: Leaf, layout: Layout) -> set[Base]:
    """All that is kept in an array."""
    inside = {
        base for base in layout.parts if layout.place(layout.system.bound[base].lhs).of.base == root.base
    }
    return inside | {root.base}

"""Targets that are given as classes, and need not be written out as distributions.

y enters a cross-entropy in two places: its product with the logarithms is the logarithm of one class, and p - y is
p with 1 taken away from that class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symrnn.equations import Base, Equation
from symrnn.expressions import Leaf, Node, Over, Plus, Scale, Total, leaves
from symrnn.kernels.layout import Layout
from symrnn.kernels.system import clock_of
from symrnn.kernels.terms import are_twins, summed, taken_away


@dataclass(frozen=True)
class CrossEntropy:
    """The equations of a softmax and of the sum over the steps of -y log softmax: one statement computes both."""

    softmax: Equation
    logarithm: Equation
    entropy: Equation
    loss: Equation
    target: Leaf


def picked(layout: Layout, distributions: Iterable[Leaf]) -> set[Base]:
    """The targets of which only p - y and the sum of y * q are read, at all steps at once."""
    found = set()
    for leaf in distributions:
        uses = [(e, x) for e in layout.system for x in leaves(e.rhs) if x.base == leaf.base]
        good = [x for e in layout.system for x in _picks(e, layout) if x.base == leaf.base]
        if clock_of(leaf) is not None and len(uses) == len(good):
            found.add(leaf.base)
    return found


def _picks(equation: Equation, layout: Layout) -> Iterator[Leaf]:
    """The quantities y of p - y, where that has an array to itself, and of the sum of y * q."""
    lhs = equation.lhs
    if clock_of(lhs) is None or not layout.whole(lhs) or lhs.base in layout.system.recurrent:
        return
    room = layout.storage.rooms[lhs.base]
    if isinstance(equation.rhs, Plus) and len(equation.rhs.operands) == 2 and not (room.before or room.after):
        found = [taken_away(x) for x in equation.rhs.operands]
        yield from (x for x in found if x is not None and None in found)
    for node in _nodes(equation.rhs):
        if isinstance(node, Total) and summed(node) is not None:
            yield summed(node)[0]  # type: ignore[index]


def cross_entropies(layout: Layout) -> Iterator[CrossEntropy]:
    """Softmaxes whose logarithm nothing reads but the loss, -y log p summed over the steps."""
    system = layout.system
    forward = system.passes[0]
    for loss in forward:
        if loss.lhs != system.model.loss or not isinstance(loss.rhs, Over):
            continue
        entropy = (
            system.bound.get(loss.rhs.operands[0].base) if isinstance(loss.rhs.operands[0], Leaf) else None
        )
        pair = _minus_sum(entropy.rhs) if entropy is not None else None
        if entropy is None or pair is None or _readers(entropy, layout) != [loss]:
            continue
        target, inner = pair
        logarithm = system.bound.get(inner.base)
        softmax = next(
            (e for e in forward if logarithm is not None and are_twins(e.rhs, logarithm.rhs)), None
        )
        alone = logarithm is not None and _readers(logarithm, layout) == [entropy]
        whole = (
            softmax is not None and layout.whole(softmax.lhs) and isinstance(softmax.rhs.operands[0], Leaf)
        )
        if (
            softmax is not None
            and logarithm is not None
            and alone
            and whole
            and target.base not in system.bound
        ):
            yield CrossEntropy(softmax, logarithm, entropy, loss, target)


def _minus_sum(node: Node) -> tuple[Leaf, Leaf] | None:
    """y and q of minus the sum of y * q."""
    minus = isinstance(node, Scale) and node.args[0] == -1 and isinstance(node.args[1], Total)
    return summed(node.args[1]) if minus else None


def _readers(equation: Equation, layout: Layout) -> list[Equation]:
    """The equations that read what an equation binds."""
    return [e for e in layout.system if any(x.base == equation.lhs.base for x in leaves(e.rhs))]


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for operand in node.operands:
        yield from _nodes(operand)

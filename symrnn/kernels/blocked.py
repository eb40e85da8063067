"""Which wide quantities are kept block by block: gate after gate, each of them without gaps.

What a matrix product reads or writes has its parts side by side in every row.  What is only ever computed part by
part, or for all parts alike, is faster with each part in one piece.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, cancel

from symrnn.equations import Base, Equation
from symrnn.expressions import Apply, Fill, Hadamard, Leaf, Node, Plus, Rows, Scale, Stack, leaves, same
from symrnn.kernels.layout import Layout


def blocked(layout: Layout) -> dict[Base, Expr]:
    """Base of an array that is kept block by block -> the height of a block."""
    found: dict[Base, Expr] = {}
    members: dict[Base, set[Base]] = {}
    for base in layout.parts:
        root = layout.place(layout.system.bound[base].lhs).of
        members.setdefault(root.base, {root.base}).add(base)
    for whole, own in members.items():
        unit = _unit(own, layout)
        stored = whole in layout.system.bound and whole not in layout.scratch
        if stored and unit is not None and all(_fits(e, own, unit, layout) for e in layout.system):
            found[whole] = unit
    return found


def _unit(own: set[Base], layout: Layout) -> Expr | None:
    """The height of the smallest part, where all parts begin and end at multiples of it."""
    places = [layout.place(layout.system.bound[base].lhs) for base in own]
    unit = min((p.high - p.low for p in places), key=lambda d: len(str(d)))
    whole = all(cancel(edge / unit).is_Integer for p in places for edge in (p.low, p.high, p.of.shape[0]))
    return unit if whole else None


def _fits(equation: Equation, own: set[Base], unit: Expr, layout: Layout) -> bool:
    """Whether an equation computes parts one by one, or alike."""
    lhs, rhs = equation.lhs, equation.rhs
    if lhs.base not in own and not any(x.base in own for x in leaves(rhs)):
        return True
    if isinstance(rhs, Rows | Stack) and lhs.base in own:
        return all(isinstance(x, Leaf) and x.base in own for x in rhs.operands)
    if isinstance(rhs, Hadamard) and isinstance(rhs.operands[-1], Stack):
        wide, stack = rhs.operands[0], rhs.operands[-1]
        return (
            _is_part(wide)
            and not any(x.base in own for x in leaves(stack))
            and same(stack.operands[0].shape[0], unit)
        )
    if lhs.base in own and not same(lhs.shape[0], unit):
        return _alike(rhs, unit, layout)
    singles = all(same(x.shape[0], unit) for x in leaves(rhs) if x.base in own)
    return singles and not any(_reads(x, own) for x in _others(rhs))


def _alike(rhs: Node, unit: Expr, layout: Layout) -> bool:
    """Whether an expression is one function of rows that are blocks, or a number times them and a number."""
    if isinstance(rhs, Apply) and len(rhs.operands) == 1:
        return _of_blocks(rhs.operands[0], unit, layout)
    if isinstance(rhs, Plus):
        return all(
            isinstance(x, Fill) or (isinstance(x, Scale) and _of_blocks(x.args[1], unit, layout))
            for x in rhs.operands
        )
    return False


def _of_blocks(node: Node, unit: Expr, layout: Layout) -> bool:
    """Whether rows of a quantity begin and end at multiples of the height of a block."""
    if not _is_part(node):
        return False
    leaf = node.operands[0] if isinstance(node, Rows) else node
    low, high = node.args[1:] if isinstance(node, Rows) else (0, leaf.shape[0])
    place = layout.place(leaf)
    edges = (place.low + low, place.low + high, place.of.shape[0])
    return leaf.base in layout.system.bound and all(cancel(edge / unit).is_Integer for edge in edges)


def _is_part(node: Node) -> bool:
    """Whether a node is a quantity or rows of one."""
    return isinstance(node, Leaf) or (isinstance(node, Rows) and isinstance(node.operands[0], Leaf))


def _others(node: Node) -> Iterator[Node]:
    """The operations of an expression that are not elementwise."""
    if not isinstance(node, Leaf | Plus | Hadamard | Apply | Scale | Fill):
        yield node
    for operand in node.operands:
        yield from _others(operand)


def _reads(node: Node, own: set[Base]) -> bool:
    return any(x.base in own for x in leaves(node))

"""Walking an expression: its leaves, replaced and moved in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sympy import Expr

from symrnn.expressions.constructors import remake
from symrnn.expressions.leaf import Leaf
from symrnn.expressions.node import Node, rebuilt
from symrnn.expressions.over_time import Chain, Over


def leaves(expression: Node) -> Iterator[Leaf]:
    """The leaves of an expression, left to right, repeated as often as they occur."""
    if isinstance(expression, Leaf):
        yield expression
    else:
        for operand in expression.operands:
            yield from leaves(operand)


def replace_leaves(expression: Node, replacement: Callable[[Leaf], Node]) -> Node:
    """The expression with every leaf replaced, rebuilt through the simplifying constructors."""
    if isinstance(expression, Leaf):
        return replacement(expression)
    operands = expression.operands
    fresh = [replace_leaves(x, replacement) for x in operands]
    if all(a is b for a, b in zip(operands, fresh, strict=True)):
        return expression
    return remake(expression, fresh)


def shift(expression: Node, clock: Expr, steps: int) -> Node:
    """The expression with every index on the clock moved: shift(h[t-1], t, 2) is h[t+1]."""

    def moved(leaf: Leaf) -> Leaf:
        return leaf.at(clock, leaf.offset + steps) if steps and leaf.clock == clock else leaf

    return replace_leaves(expression, moved)


def reindex(expression: Node, values: Mapping[Expr, Expr]) -> Node:
    """The expression with other indices: reindex(h[t-1], {t: k}) is h[k-1].  Indices of sums stay."""
    if isinstance(expression, Leaf):
        return expression.xreplace(values)  # type: ignore[no-any-return]
    bound = expression.index if isinstance(expression, Over | Chain) else None
    inner = {old: new for old, new in values.items() if old != bound}
    args = [
        reindex(a, inner) if isinstance(a, Node) else a if a == bound else a.xreplace(values)
        for a in expression.args
    ]
    return rebuilt(expression, args)


def size(expression: Node) -> int:
    """The number of leaves and operations."""
    return 1 + sum(size(operand) for operand in expression.operands)


def relabel(expression: Node, names: Mapping[Leaf, Leaf]) -> Node:
    """The expression with other leaves of the same shapes; nothing is simplified."""
    if isinstance(expression, Leaf):
        return names.get(expression, expression)
    return rebuilt(expression, [relabel(a, names) if isinstance(a, Node) else a for a in expression.args])

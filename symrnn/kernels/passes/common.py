"""A value that is needed twice is computed once: tanh(c[t]) of the forward pass serves the backward pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symrnn.equations import Equation
from symrnn.expressions import Apply, Leaf, Node, leaves, remake
from symrnn.functions import NAMES
from symrnn.kernels.system import System, clock_of, variable


def common(system: System) -> System:
    """The system with every function value that stands in two places under a name."""
    count = Counter(node for e in system for node in _values(e.rhs))
    known: dict[Node, Leaf] = {e.rhs: e.lhs for e in system if isinstance(e.rhs, Apply)}
    fresh: list[Equation] = []
    for node, times in count.items():
        clocks = {clock_of(x) for x in leaves(node)} - {None}
        timed = [x for x in leaves(node) if clock_of(x)]
        if times > 1 and node not in known and len(clocks) == 1 and not any(x.offset for x in timed):
            name = f"{NAMES.get(node.function, 'value')}_{next(leaves(node)).name}"
            known[node] = variable(system.fresh(name), node, clocks.pop())
            fresh.append(Equation(known[node], node))
    parts = [[Equation(e.lhs, _replaced(e.rhs, known, e.lhs)) for e in part] for part in system.passes]
    return system.rewritten([*parts[0], *fresh], parts[1])


def _values(node: Node) -> Iterator[Apply]:
    """The values of functions that cost more than an addition."""
    if isinstance(node, Apply) and not node.function.expr.is_rational_function(*node.function.variables):
        yield node
    for operand in node.operands:
        yield from _values(operand)


def _replaced(node: Node, known: dict[Node, Leaf], lhs: Leaf) -> Node:
    if node in known and known[node] != lhs:
        return known[node]
    if isinstance(node, Leaf) or not node.operands:
        return node
    return remake(node, [_replaced(x, known, lhs) for x in node.operands])

"""A value that is needed twice is computed once: tanh(c[t]) of the forward pass serves the backward pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symrnn.equations import Equation
from symrnn.expressions import Adjoint, Apply, Leaf, Node, Plus, Product, leaves, remake
from symrnn.functions import NAMES
from symrnn.kernels.system import System, clock_of, variable


def common(system: System) -> System:
    """The system with every function value that stands in two places under a name."""
    count = Counter(node for e in system for node in _values(e.rhs))
    known: dict[Node, Leaf] = {e.rhs: e.lhs for e in system if isinstance(e.rhs, Apply)}
    fresh: list[Equation] = []
    covered: Counter[Node] = Counter()
    for node in sorted(count, key=lambda x: -sum(1 for _ in leaves(x))):
        times = count[node] - covered[node]
        clocks = {clock_of(x) for x in leaves(node)} - {None}
        if (
            times > 1
            and node not in known
            and len(clocks) == 1
            and not any(_elsewhere(x) for x in leaves(node))
        ):
            known[node] = variable(_name(node, system), node, clocks.pop())
            fresh.append(Equation(known[node], node))
            covered.update({inner: times - 1 for inner in _values(node) if inner != node})
    late = [e for e in fresh if any(isinstance(x, Adjoint) for x in leaves(e.rhs))]
    fresh = [e for e in fresh if e not in late]
    parts = [[Equation(e.lhs, _replaced(e.rhs, known, e.lhs)) for e in part] for part in system.passes]
    return system.rewritten([*parts[0], *fresh], [*parts[1], *late])


def _name(node: Node, system: System) -> str:
    """A name that says what the value is made of."""
    names = [x.name for x in leaves(node)]
    first = NAMES.get(node.function, "value") if isinstance(node, Apply) else "by"
    return system.fresh("_".join([first, *(name.replace("dL_d", "d_") for name in names)]))


def _elsewhere(leaf: Leaf) -> bool:
    """Whether a quantity stands at another step, and there only if there is such a step."""
    return bool(leaf.offset) and (isinstance(leaf, Adjoint) or leaf.offset > 0)


def _values(node: Node) -> Iterator[Node]:
    """The values that cost more than an addition: of functions, and of products of a matrix and a column."""
    costly = isinstance(node, Apply) and not node.function.expr.is_rational_function(*node.function.variables)
    if costly or (isinstance(node, Product) and node.shape[1] == 1 and node.shape[0] != 1):
        yield node
    if isinstance(node, Plus) and len(node.operands) == 2 and node.shape[1] == 1 and _is_sum(node):
        yield node
    for operand in node.operands:
        yield from _values(operand)


def _is_sum(node: Plus) -> bool:
    """Whether a sum is that of a product and a parameter, U h + b."""
    return any(isinstance(x, Product) for x in node.operands) and any(
        isinstance(x, Leaf) and x.clock is None for x in node.operands
    )


def _replaced(node: Node, known: dict[Node, Leaf], lhs: Leaf) -> Node:
    if node in known and known[node] != lhs:
        return known[node]
    if isinstance(node, Leaf) or not node.operands:
        return node
    return remake(node, [_replaced(x, known, lhs) for x in node.operands])

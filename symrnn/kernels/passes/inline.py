"""An intermediate product that is used once is put where it is used, so that its factors can be put together.

dL/dg = i * dL/dc and dL/da = (1 - g^2) * dL/dg become dL/da = (1 - g^2) * i * dL/dc: two of the three factors are
known before the backward loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symrnn.equations import Equation
from symrnn.expressions import Hadamard, Leaf, Node, Plus, Product, hadamard, leaves, plus, remake
from symrnn.kernels.system import System


def inlined(system: System) -> System:
    """The system with products that are a factor once, at the same step, written out there."""
    uses = Counter(x.base for e in system for x in leaves(e.rhs))
    kept = {x.base for x in (*system.wanted, system.model.loss)}
    factors = {
        e.lhs: e.rhs
        for e in system
        if isinstance(e.rhs, Hadamard) and uses[e.lhs.base] == 1 and e.lhs.base not in kept
    }
    parts = [[Equation(e.lhs, _written_out(e.rhs, factors)) for e in part] for part in system.passes]
    read = {x.base for part in parts for e in part for x in leaves(e.rhs)}
    forward, backward = ([e for e in part if e.lhs not in factors or e.lhs.base in read] for part in parts)
    return system.rewritten(forward, backward)


def summed(system: System) -> System:
    """The system with a product that is one term of a sum, and used nowhere else, written out in the sum.

    Then it is computed where the sum is kept, and the other terms are added to it.
    """
    uses = Counter(x.base for e in system for x in leaves(e.rhs))
    kept = {x.base for x in system.wanted}
    terms = {
        e.lhs: (e.rhs, system.recurrent.get(e.lhs.base))
        for e in system
        if isinstance(e.rhs, Product) and uses[e.lhs.base] == 1 and e.lhs.base not in kept
    }

    def written(equation: Equation) -> Equation:
        loop = system.recurrent.get(equation.lhs.base)
        if not isinstance(equation.rhs, Plus):
            return equation
        operands = [terms[x][0] if terms.get(x, (0, -1))[1] == loop else x for x in equation.rhs.operands]
        return Equation(equation.lhs, plus(*operands))

    parts = [[written(e) for e in part] for part in system.passes]
    read = {x.base for part in parts for e in part for x in leaves(e.rhs)}
    forward, backward = ([e for e in part if e.lhs not in terms or e.lhs.base in read] for part in parts)
    return system.rewritten(forward, backward)


def _written_out(node: Node, factors: dict[Leaf, Node]) -> Node:
    if isinstance(node, Leaf) or not node.operands:
        return node
    if isinstance(node, Hadamard):
        return hadamard(*(_written_out(x, factors) for f in node.operands for x in _factors(f, factors)))
    return remake(node, [_written_out(x, factors) for x in node.operands])


def _factors(node: Node, factors: dict[Leaf, Node]) -> Iterator[Node]:
    if node in factors:
        for operand in factors[node].operands:
            yield from _factors(operand, factors)
    else:
        yield node

"""An intermediate product that is used once is put where it is used, so that its factors can be put together.

dL/dg = i * dL/dc and dL/da = (1 - g^2) * dL/dg become dL/da = (1 - g^2) * i * dL/dc: two of the three factors are
known before the backward loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symrnn.equations import Equation
from symrnn.expressions import Hadamard, Leaf, Node, Plus, Product, hadamard, leaves, plus, remake
from symrnn.kernels.system import System, clock_of, variable


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


def chained(system: System) -> System:
    """The system with k * d, where d = s * y and k and s are known before the loop, as (k * s) * y.

    Then d and k * d are multiples of one derivative, and one multiplication gives both.
    """
    loops, forward, backward = system.recurrent, *system.passes
    multiples = {e.lhs: s for e in backward if (s := _multiple(e, system)) is not None}
    used: dict[Leaf, Leaf] = {}
    named: dict[Node, Equation] = {}

    def inside(node: Node) -> Node:
        if isinstance(node, Leaf) or not node.operands:
            return node
        if not isinstance(node, Hadamard):
            return remake(node, [inside(x) for x in node.operands])
        product = written(node)
        if product != node and node not in named:
            first = next(x for x in node.operands if x in multiples)
            names = "_".join(x.name.replace("dL_d", "d_") for x in leaves(node))
            named[node] = Equation(variable(system.fresh(f"by_{names}"), node, clock_of(first)), product)
        return named[node].lhs if node in named else node

    def written(node: Node) -> Node:
        if not isinstance(node, Hadamard):
            return inside(node)
        own = [x for x in node.operands if x in multiples]
        rest = [x for x in node.operands if x not in own]
        if len(own) != 1 or any(loops.get(y.base) == loops[own[0].base] for x in rest for y in leaves(x)):
            return node
        first = own[0]
        used.setdefault(first, variable(system.fresh(f"slope_{first.name}"), first, clock_of(first)))
        return hadamard(*rest, used[first], multiples[first][1])

    found = [Equation(e.lhs, written(e.rhs)) for e in backward]
    slopes = [Equation(slope, hadamard(*multiples[x][0])) for x, slope in used.items()]
    found = [
        Equation(e.lhs, hadamard(used[e.lhs], multiples[e.lhs][1])) if e.lhs in used else e for e in found
    ]
    return system.rewritten(forward, [*slopes, *(e for e in named.values()), *found])


def _multiple(equation: Equation, system: System) -> tuple[list[Node], Node] | None:
    """s and y, where a loop computes s * y and changes y alone."""
    loop = system.recurrent.get(equation.lhs.base)
    if loop is None or not isinstance(equation.rhs, Hadamard) or clock_of(equation.lhs) is None:
        return None
    changed = [
        x for x in equation.rhs.operands if any(system.recurrent.get(y.base) == loop for y in leaves(x))
    ]
    still = [x for x in equation.rhs.operands if x not in changed]
    own_step = all(x.clock is None or not x.offset for y in changed for x in leaves(y))
    return (still, changed[0]) if len(changed) == 1 and still and own_step else None


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

"""Which products can be joined, and in which order their results stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from sympy import Expr

from symrnn.equations import Equation
from symrnn.expressions import Adjoint, Apply, Hadamard, Leaf, Node, Plus, Product, leaves, remake
from symrnn.kernels.passes.joining import Joining
from symrnn.kernels.system import System, clock_of, variable

MOST_PERMUTED = 6


@dataclass(frozen=True)
class Member:
    """One product: ``result`` = ``matrix`` times what it shares with others; ``gate`` is the sum it ends up in."""

    result: Leaf
    matrix: Node
    operand: Node
    gate: Leaf


def named_products(joining: Joining) -> None:
    """Give every product of a parameter and a quantity of the forward pass an equation of its own."""
    equations: list[Equation] = []
    for equation in joining.forward:
        clock = clock_of(equation.lhs)
        if clock is None or is_product(joining, equation.rhs):
            equations.append(equation)
            continue
        before: list[Equation] = []
        rhs = _named(joining, equation.rhs, clock, before)
        equations += [*before, Equation(equation.lhs, rhs)]
    joining.forward = equations


def _named(joining: Joining, node: Node, clock: Expr, before: list[Equation]) -> Node:
    """The expression with a name for every product in it."""
    if isinstance(node, Leaf) or not node.operands:
        return node
    if not is_product(joining, node):
        return remake(node, [_named(joining, x, clock, before) for x in node.operands])
    weight, operand = node.operands
    name = joining.name("_".join([*(x.name for x in leaves(operand)), next(leaves(weight)).name]))
    before.append(Equation(variable(name, node, clock), node))
    return before[-1].lhs  # type: ignore[no-any-return]


def is_product(joining: Joining, node: Node) -> bool:
    """Whether an expression is a parameter times a column of the steps."""
    if not isinstance(node, Product) or len(node.operands) != 2:
        return False
    weight, operand = node.operands
    return joining.is_shared(weight) and not joining.is_shared(operand) and operand.shape[1] == 1


def families(joining: Joining, system: System) -> list[list[Member]]:
    """The products that have an operand in common, computed in one loop."""
    found: dict[tuple[object, ...], list[Member]] = {}
    for equation in joining.forward:
        if is_product(joining, equation.rhs) and clock_of(equation.lhs):
            weight, operand = equation.rhs.operands
            key = (operand, clock_of(equation.lhs), system.recurrent.get(equation.lhs.base))
            gate = _gate(equation.lhs, joining)
            found.setdefault(key, []).append(Member(equation.lhs, weight, operand, gate))
    return [own for own in found.values() if len(own) > 1]


def _gate(leaf: Leaf, joining: Joining) -> Leaf:
    """The last of the sums that a quantity is a term of."""
    users = [e for e in joining.forward for x in leaves(e.rhs) if x == leaf]
    if len(users) == 1 and isinstance(users[0].rhs, Plus) and leaf in users[0].rhs.operands:
        return _gate(users[0].lhs, joining)
    return leaf


def components(found: list[list[Member]]) -> Iterator[list[list[Member]]]:
    """Families that have gates in common, together."""
    rest = list(found)
    while rest:
        group, gates = [rest.pop(0)], set()
        size = 0
        while size != len(group):
            size = len(group)
            gates = {m.gate for family in group for m in family}
            group += [family for family in rest if gates & {m.gate for m in family}]
            rest = [family for family in rest if family not in group]
        yield group


def ordered(group: list[list[Member]], joining: Joining) -> list[Leaf]:
    """The gates of families in the order in which their parts are to stand."""
    gates = list(dict.fromkeys(m.gate for family in group for m in family))
    if len(gates) > MOST_PERMUTED:
        return gates
    sets = [{m.gate for m in family} for family in group]
    kinds = {gate: _activation(gate, joining) for gate in gates}
    factors = {gate: _factor(gate, joining) for gate in gates}

    def worth(order: Iterable[Leaf]) -> int:
        whole = list(order)
        together = sum(_breaks(whole, own) for own in sets)
        pairs = list(pairwise(whole))
        alike = sum(kinds[a] is not None and kinds[a] == kinds[b] for a, b in pairs)
        multiplied = sum(factors[a] is not None and factors[a] == factors[b] for a, b in pairs)
        return -100 * together + 2 * alike + multiplied

    return list(max(map(list, permutations(gates)), key=worth))


def _breaks(order: Sequence[Leaf], own: set[Leaf]) -> int:
    """How often the members of a family are parted by others."""
    places = [i for i, gate in enumerate(order) if gate in own]
    return places[-1] - places[0] + 1 - len(places)


def _activation(gate: Leaf, joining: Joining) -> object:
    users = [e.rhs for e in joining.forward if gate in set(leaves(e.rhs))]
    return users[0].args[0] if len(users) == 1 and isinstance(users[0], Apply) else None


def _factor(gate: Leaf, joining: Joining) -> object:
    """What the derivative by a gate is a multiple of."""
    for equation in joining.backward:
        if (
            isinstance(equation.lhs, Adjoint)
            and equation.lhs.of == gate
            and isinstance(equation.rhs, Hadamard)
        ):
            return equation.rhs.operands[-1]
    return None

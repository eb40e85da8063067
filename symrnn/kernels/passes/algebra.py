"""The same value with fewer operations: a mixture of two states, and products that are stored already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symrnn.equations import Equation
from symrnn.expressions import (
    Apply,
    Fill,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Scale,
    fill,
    hadamard,
    plus,
    remake,
    scale,
)
from symrnn.functions import FUNCTIONS, power
from symrnn.kernels.system import System, clock_of

SQUARES = (FUNCTIONS["square"], power(2))


def mixed(system: System) -> System:
    """The system with (1 - z) * g + z * h as g + z * (h - g): three operations for four.

    The backward pass has the difference h - g too, as the derivative by z.
    """
    forward, backward = ([Equation(e.lhs, _mixed(e.rhs)) for e in part] for part in system.passes)
    return system.rewritten(forward, backward)


def _mixed(node: Node) -> Node:
    if not isinstance(node, Plus) or len(node.operands) != 2:
        return node
    for one, other in (node.operands, node.operands[::-1]):
        if not (isinstance(one, Hadamard) and isinstance(other, Hadamard)):
            continue
        for gate in other.operands:
            rest, mine = _without(one.operands, _complement(gate)), _without(other.operands, gate)
            if isinstance(gate, Leaf) and rest is not None and mine is not None:
                left = hadamard(*rest)
                return plus(left, hadamard(gate, plus(hadamard(*mine), scale(-1, left))))
    return node


def _complement(gate: Node) -> Node:
    """1 - z."""
    return plus(fill(1, gate.shape), scale(-1, gate))


def _without(operands: Iterable[Node], one: Node) -> list[Node] | None:
    """The operands but one, if it is among them and not alone."""
    rest = list(operands)
    if one not in rest or len(rest) < 2:
        return None
    rest.remove(one)
    return rest


def stored(system: System) -> System:
    """The system with products that the forward pass stores read where they stand.

    With h = o * c', o * (1 - o) * c' is (1 - o) * h, and (1 - c'^2) * o is o - c' * h.
    """
    forward, backward = system.passes
    known = {
        frozenset(e.rhs.operands): e.lhs
        for e in forward
        if isinstance(e.rhs, Hadamard) and len(e.rhs.operands) == 2 and clock_of(e.lhs) is not None
    }
    return system.rewritten(forward, [Equation(e.lhs, _stored(e.rhs, known)) for e in backward])


def _stored(node: Node, known: Mapping[frozenset[Node], Leaf]) -> Node:
    if isinstance(node, Leaf) or not node.operands:
        return node
    if not isinstance(node, Hadamard):
        return remake(node, [_stored(x, known) for x in node.operands])
    factors = list(node.operands)
    for pair, product in known.items():
        first, second = sorted(pair, key=str) if len(pair) == 2 else (*pair, *pair)
        for x, y in ((first, second), (second, first)):
            slope = next((f for f in factors if _square_taken_away(f) == x), None)
            if slope is not None and y in factors:
                rest = [f for f in factors if f not in (slope, y)]
                return hadamard(plus(y, scale(-1, hadamard(x, product))), *rest)
        if all(factors.count(x) for x in pair) and len(pair) == 2:
            factors.remove(first)
            factors.remove(second)
            factors.append(product)
    return hadamard(*factors)


def _square_taken_away(node: Node) -> Node | None:
    """x of 1 - x^2."""
    if not isinstance(node, Plus) or len(node.operands) != 2:
        return None
    one = [x for x in node.operands if isinstance(x, Fill) and x.args[0] == 1]
    rest = [x for x in node.operands if isinstance(x, Scale) and x.args[0] == -1]
    if not one or not rest:
        return None
    square = rest[0].args[1]
    return square.operands[0] if isinstance(square, Apply) and square.function in SQUARES else None

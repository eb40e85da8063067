"""What does not depend on a recurrence leaves its loop: it gets a name, and is computed for all steps at once.

In a sum or a product, the operands that the loop does not change are put together; in the loop their sum or
product is one operand.  The forward pass leaves W x + b for all steps as one matrix product; the backward pass,
the derivative of every gate.
"""

from __future__ import annotations

from symrnn.equations import Equation
from symrnn.expressions import Fill, Hadamard, Leaf, Node, Plus, Scale, hadamard, leaves, plus, remake
from symrnn.kernels.system import System, clock_of, variable


def hoisted(system: System) -> System:
    """The system with all that a recurrence does not change computed outside it."""
    hoisting = _Hoisting(system)
    forward, backward = ([x for e in part for x in hoisting.equations(e)] for part in system.passes)
    return system.rewritten(forward, backward)


class _Hoisting:
    def __init__(self, system: System) -> None:
        self.system = system
        self.named: dict[tuple[object, Node], Leaf] = {}
        self.taken = set(system.names)

    def equations(self, equation: Equation) -> list[Equation]:
        """The equation, after those of what it no longer computes itself."""
        loop = self.system.recurrent.get(equation.lhs.base)
        if loop is None or clock_of(equation.lhs) is None:
            return [equation]
        before: list[Equation] = []
        rhs = self.without(equation.rhs, equation.lhs, loop, before)
        return [*before, Equation(equation.lhs, rhs)]

    def turns(self, node: Node, loop: int) -> bool:
        """Whether the loop changes an expression."""
        return any(self.system.recurrent.get(x.base) == loop for x in leaves(node))

    def without(self, node: Node, lhs: Leaf, loop: int, before: list[Equation]) -> Node:
        """The expression with what the loop does not change under names."""
        if not self.turns(node, loop):
            return self.name(node, lhs, before)
        if isinstance(node, Leaf):
            return node
        operands = list(node.operands)
        if isinstance(node, Plus | Hadamard):
            still = [x for x in operands if not self.turns(x, loop)]
            if still:
                join = plus if isinstance(node, Plus) else hadamard
                turning = [self.without(x, lhs, loop, before) for x in operands if self.turns(x, loop)]
                first = self.name(join(*still), lhs, before)
                return join(first, *turning)
        return remake(node, [self.without(x, lhs, loop, before) for x in operands])

    def name(self, node: Node, lhs: Leaf, before: list[Equation]) -> Node:
        """A name for an expression of all steps; what has one, or is the same at every step, is as it is."""
        number = isinstance(node, Scale) and not isinstance(node.args[0], Node)
        if (
            isinstance(node, Leaf | Fill)
            or self.system.is_shared(node)
            or (number and isinstance(node.args[1], Leaf))
        ):
            return node
        clock = clock_of(lhs)
        if (clock, node) not in self.named:
            name = f"{'slope' if isinstance(node, Hadamard) else 'given'}_{lhs.name}"
            number_of = 2
            whole = name
            while whole in self.taken:
                whole, number_of = f"{name}_{number_of}", number_of + 1
            self.taken.add(whole)
            self.named[clock, node] = variable(whole, node, clock)
            before.append(Equation(self.named[clock, node], node))
        return self.named[clock, node]

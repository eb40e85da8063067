"""Logarithms of probabilities are taken of what the probabilities are made of: finite where these round to zero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symrnn.equations import Equation
from symrnn.expressions import Leaf, Node, rebuilt
from symrnn.kernels.system import System, clock_of, variable
from symrnn.logarithms import LogSoftmax, with_logarithms


def logarithms(system: System) -> System:
    """The system with the logarithms of a softmax or a sigmoid taken stably; that of a softmax has a name."""
    equations = list(with_logarithms(system.equations))
    naming = _Naming(system)
    forward = list(naming.named(equations[: system.forward]))
    return system.rewritten(forward, naming.named(equations[system.forward :]))


class _Naming:
    def __init__(self, system: System) -> None:
        self.system = system
        self.known: dict[Node, Leaf] = {}

    def named(self, equations: Iterable[Equation]) -> Iterator[Equation]:
        """The equations, each after that of the logarithm it reads."""
        for equation in equations:
            before: list[Equation] = []
            rhs = self.of(equation.rhs, equation, before)
            yield from before
            yield Equation(equation.lhs, rhs)

    def of(self, node: Node, equation: Equation, before: list[Equation]) -> Node:
        """The expression with names for logarithms; the negative step of a loop has none of its own."""
        if isinstance(node, Leaf) or not node.operands:
            return node
        if isinstance(node, LogSoftmax):
            if node not in self.known:
                name = self.system.fresh("log_" + equation.lhs.name)
                self.known[node] = variable(name, node, clock_of(equation.lhs))
                before.append(Equation(self.known[node], node))
            return self.known[node]
        return rebuilt(node, [self.of(a, equation, before) if isinstance(a, Node) else a for a in node.args])

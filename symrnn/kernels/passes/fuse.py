"""Products with the same operand become one product with a joined matrix.

U_f h, U_i h, ... are one product of h with the matrix of all U; the gates are parts of one wide quantity.  In the
backward pass U_f^T d_f + U_i^T d_i + ... is one product of the joined matrix with the joined derivatives, and the
gradients of all U are one product of these with h.  The order of the gates is chosen so that as much as possible
is done for several at once: those with one activation, or multiplied by one derivative, stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.equations import Equation
from symrnn.expressions import Leaf, Node, leaves, product
from symrnn.kernels.passes.families import Member, components, families, named_products, ordered
from symrnn.kernels.passes.fuse_backward import join_backward
from symrnn.kernels.passes.joining import Joining, merged, room_less, runs
from symrnn.kernels.system import System, clock_of


def fused(system: System) -> System:
    """The system with products joined, and what is computed alike from their results."""
    joining = Joining.of(system)
    named_products(joining)
    named = joining.done()
    for group in list(components(families(joining, named))):
        order = ordered(group, joining)
        matrices = {m.matrix: m.gate for family in group for m in family}
        for family in group:
            _join_family(joining, sorted(family, key=lambda m: order.index(m.gate)), named)
        join_backward(joining, order, matrices)
    return joining.done()


def _join_family(joining: Joining, family: Sequence[Member], system: System) -> None:
    """One product for a family, and one equation for what its results enter alike."""
    old = [e for m in family for e in joining.forward if e.lhs == m.result]
    new: list[Equation] = []
    matrix = joining.matrix([m.matrix for m in family], new)
    results = [m.result for m in family]
    wide = joining.variable([r.name for r in results], results, clock_of(results[0]))
    new += [Equation(wide, product(matrix, family[0].operand)), *joining.parted(wide, results)]
    joining.replace(joining.forward, old, new)
    _join_users(joining, results, system)


def _join_users(joining: Joining, parts: Sequence[Leaf], system: System) -> None:
    """Where each part of a wide quantity is used once, and neighbours in the same way, use them together."""
    users = {p: [e for e in joining.forward if p in set(leaves(e.rhs))] for p in parts}
    single = [p for p in parts if len(users[p]) == 1]
    skeletons = {p: _skeleton(users[p][0], p, joining, system) if p in single else None for p in parts}
    for run in runs(parts, lambda p: skeletons[p] or p):
        if len(run) < 2:
            continue
        equations = [users[p][0] for p in run]
        new: list[Equation] = []
        rhs = merged(joining, [e.rhs for e in equations], run, new)
        lhs = [e.lhs for e in equations]
        if rhs is None or len(set(lhs)) < len(lhs) or not all(room_less(x.base, system) for x in lhs):
            continue
        wide = joining.variable([x.name for x in lhs], lhs, clock_of(lhs[0]))
        joining.replace(joining.forward, equations, [*new, Equation(wide, rhs), *joining.parted(wide, lhs)])
        _join_users(joining, lhs, system)


def _skeleton(equation: Equation, part: Leaf, joining: Joining, system: System) -> object:
    """What an equation looks like, whatever the names of its parameters and of the parts of wide quantities."""

    def of(node: Node) -> object:
        if node == part:
            return "part"
        if joining.is_shared(node):
            return ("shared", node.shape)
        if node in joining.views:
            return ("view", joining.views[node][0])
        if isinstance(node, Leaf):
            return node
        rest = tuple(a for a in node.args if not isinstance(a, Node))
        return (type(node), rest, tuple(of(x) for x in node.operands))

    return (
        of(equation.rhs),
        equation.lhs.shape,
        system.recurrent.get(equation.lhs.base),
        clock_of(equation.lhs),
    )

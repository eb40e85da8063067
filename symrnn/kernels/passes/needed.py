"""What nobody reads is not computed."""

from __future__ import annotations

from symrnn.equations import is_beyond
from symrnn.expressions import Adjoint, Leaf, leaves
from symrnn.kernels.system import System


def needed(system: System) -> System:
    """The system without the equations that nothing wanted depends on."""
    used: dict[object, set[object]] = {}
    for equation in system:
        used.setdefault(_key(equation.lhs), set()).update(_key(x) for x in leaves(equation.rhs))
    read = {_key(x) for x in (system.model.loss, *system.wanted)}
    waiting = list(read)
    while waiting:
        fresh = used.get(waiting.pop(), set()) - read
        read |= fresh
        waiting += fresh
    forward, backward = ([e for e in part if _key(e.lhs) in read] for part in system.passes)
    return system.rewritten(forward, backward)


def _key(leaf: Leaf) -> object:
    """A quantity, at all its times; but a derivative by an initial state is one of its own."""
    return leaf if isinstance(leaf, Adjoint) and is_beyond(leaf) else leaf.base

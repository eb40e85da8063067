"""What a kernel computes: the equations of the forward and the backward pass for a whole batch of sequences.

A list of equations with a symbolic time index, as a Model is, with the names of what is the same for every
sequence of the batch.  The passes rewrite it; emission turns it into code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sympy import Expr

from symrnn.equations import Base, Equation, Model, is_fixed
from symrnn.expressions import LENGTHS, Adjoint, Leaf, Node, Variable, leaves
from symrnn.schedule import Loop, recurrences


@dataclass(frozen=True)
class Mask:
    """1 at the steps of a padded sequence; with a lag, 1 where truncation leaves both steps in one stretch."""

    clock: Expr
    lag: int


@dataclass(frozen=True)
class System:
    """Equations, the leaves that are wanted of them, and what is shared by the sequences of a batch.

    ``shared`` are the names of the quantities that have no batch axis: parameters and what is made of them.
    The derivative with respect to a shared quantity is the sum over the batch.  ``forward`` says how many of
    the equations, from the first, belong to the forward pass.
    """

    model: Model
    equations: tuple[Equation, ...]
    forward: int
    wanted: tuple[Leaf, ...]
    shared: frozenset[str]
    masks: Mapping[str, Mask] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Equation]:
        return iter(self.equations)

    @cached_property
    def names(self) -> frozenset[str]:
        """All names in use."""
        used = {x.name for e in self.equations for x in (e.lhs, *leaves(e.rhs))}
        return frozenset(used | {x.name for x in self.wanted})

    @cached_property
    def bound(self) -> dict[Base, Equation]:
        """Base of a quantity -> the equation that binds it."""
        return {e.lhs.base: e for e in self.equations if not is_fixed(e.lhs)}

    @cached_property
    def loops(self) -> tuple[list[Loop], list[Loop]]:
        """The loops of the forward and of the backward pass, in order."""
        first, second = self.equations[: self.forward], self.equations[self.forward :]
        return tuple(recurrences(replace(self.model, equations=part)) for part in (first, second))  # type: ignore[return-value]

    @cached_property
    def recurrent(self) -> dict[Base, int]:
        """Base -> the number of the loop in which a quantity needs itself at another step."""
        looping = [loop for part in self.loops for loop in part if loop.direction]
        return {e.lhs.base: i for i, loop in enumerate(looping) for e in loop.equations}

    def is_shared(self, node: Node) -> bool:
        """Whether an expression is the same for every sequence of the batch."""
        return all(_owner(leaf).clock is None and _owner(leaf).name in self.shared for leaf in leaves(node))

    def fresh(self, name: str) -> str:
        """A name like the one given that nothing bears."""
        while name in self.names:
            name += "_"
        return name

    def rewritten(
        self, forward: Iterable[Equation], backward: Iterable[Equation], **changes: object
    ) -> System:
        """The system with other equations."""
        first = tuple(forward)
        return replace(self, equations=(*first, *backward), forward=len(first), **changes)  # type: ignore[arg-type]

    @property
    def passes(self) -> tuple[tuple[Equation, ...], tuple[Equation, ...]]:
        """The equations of the forward and of the backward pass."""
        return self.equations[: self.forward], self.equations[self.forward :]


def _owner(leaf: Leaf) -> Leaf:
    """What a derivative is of: they have their axes in common."""
    while isinstance(leaf, Adjoint):
        leaf = leaf.of
    return leaf


def variable(name: str, like: Node, clock: Expr | None) -> Variable:
    """A new quantity of the shape of an expression."""
    return Variable(name, *like.shape, clock)


def clock_of(leaf: Leaf) -> Expr | None:
    """The clock that a quantity runs on; None for what stands at a fixed time or outside time."""
    return leaf.clock if leaf.clock in LENGTHS else None

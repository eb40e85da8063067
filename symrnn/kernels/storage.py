"""Where the quantities of a system are kept: arrays (T, batch, features), some with steps before and after.

A quantity that is used at a lag has its initial states in front, h[0] at index 0 and h[t] at index t; one that
is used ahead has room behind.  Step t of the notes, from 1, is index t - 1 of what has nothing in front.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sympy import Expr

from symrnn.equations import Base, is_beyond
from symrnn.expressions import LENGTHS, Leaf, leaves
from symrnn.kernels.system import System


@dataclass
class Room:
    """How many steps an array holds before the first and after the last."""

    before: int = 0
    after: int = 0


@dataclass(frozen=True)
class Storage:
    """The arrays of a system."""

    system: System

    @cached_property
    def rooms(self) -> dict[Base, Room]:
        """Base of a quantity of the steps -> the room in its array."""
        uses = [x for e in self.system for x in (e.lhs, *leaves(e.rhs))]
        found = {x.base: Room() for x in uses if x.clock is not None}
        running = {x.base: x.clock for x in uses if x.clock in LENGTHS}
        for leaf in uses:
            room = found.get(leaf.base)
            if room is None or leaf.base not in running or is_beyond(leaf):
                continue
            if leaf.clock == 0:  # step 2 need not be there: then it is the first after the last
                room.after = max(room.after, leaf.offset - 1)
            else:
                room.before = max(room.before, -leaf.offset)
                room.after = max(room.after, leaf.offset)
        return {base: room for base, room in found.items() if base in running}

    @cached_property
    def boundary(self) -> dict[Base, list[Leaf]]:
        """Base -> the leaves in the room before and after that have values of their own."""
        found: dict[Base, dict[Leaf, None]] = {}
        for leaf in (*self.system.model.boundary, *(e.lhs for e in self.system)):
            if leaf.base in self.rooms and is_beyond(leaf):
                found.setdefault(leaf.base, {})[leaf] = None
        return {base: list(own) for base, own in found.items()}

    def clock(self, base: Base) -> Expr:
        """The clock that a quantity of the steps runs on."""
        return next(
            x.clock
            for e in self.system
            for x in (e.lhs, *leaves(e.rhs))
            if x.base == base and x.clock in LENGTHS
        )

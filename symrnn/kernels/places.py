"""How code names the quantities: in a loop, h[t]; for all steps at once, h; at a fixed time, h_0."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sympy import Expr

from symrnn.equations import Base, is_beyond
from symrnn.expressions import LENGTHS, Leaf, Node, Only, Over, leaves
from symrnn.kernels.code import Place
from symrnn.kernels.identifiers import Identifiers
from symrnn.kernels.storage import Storage
from symrnn.kernels.system import System

CONSTANTS = {"0": "zero", "0.5": "half", "1": "one", "2": "two", "-1": "minus_one"}


@dataclass
class Arrays:
    """The names of the arrays of a system, and what its code has to say of dimensions and lengths."""

    system: System
    storage: Storage
    identifiers: Identifiers
    padded: bool
    batch: str = ""
    dimensions: dict[str, None] = field(default_factory=dict)
    copied: set[Base] = field(default_factory=set)
    blocked: dict[Base, Expr] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    chunked: set[Base] = field(default_factory=set)  # arrays that hold some of the steps
    classes: set[Base] = field(default_factory=set)  # targets that may be given as classes

    def __post_init__(self) -> None:
        self.batch = self.identifiers.fresh("batch")

    def lengths(self, clock: Expr) -> str:
        """The code of the numbers of steps of the sequences, (batch,)."""
        return f"lengths_{clock}"

    def text(self, expression: Expr) -> str:
        """The code of a dimension; its letters are noted."""
        self.dimensions.update(dict.fromkeys(map(str, sorted(expression.free_symbols, key=str))))
        return str(expression)

    def number(self, scalar: Expr) -> str:
        """The code of a number; where sequences differ in length, T is a column of lengths."""
        text = str(scalar)
        if scalar.free_symbols and self.padded:
            for clock, length in LENGTHS.items():
                if scalar.has(length):
                    text = str(scalar.subs(length, f"{self.lengths(clock)}_column"))
        if (scalar.is_Rational and not scalar.is_Integer) or (scalar.is_number and not scalar.is_Rational):
            text = repr(float(scalar))
        return text

    def constant(self, code: str) -> str:
        """The name of an array of one number: NumPy takes it in half the time that it takes a number of Python."""
        if not is_number(code):
            return code
        if code not in self.constants:
            self.constants[code] = self.identifiers.fresh(CONSTANTS.get(code, "number"))
        return self.constants[code]

    def whole(self, leaf: Leaf) -> str:
        """The name of the array of a quantity."""
        return self.identifiers.of(leaf)


class _Named(Place):
    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.system = arrays.system

    def number(self, scalar: Expr) -> str:
        return self.arrays.number(scalar)

    def dimension(self, scalar: Expr) -> str:
        return self.arrays.text(scalar)

    def summed(self, node: Over) -> str:
        inside = node.operands[0]
        place = AllSteps(self.arrays, node.index)
        if not any(True for _ in _timed(inside)):
            return f"{LENGTHS[node.index]} * {place.code.atom(inside)}"
        return f"np.add.reduce({place.code.of(inside)}, 0)"

    def only(self, node: Only) -> str:
        inner, clock, when = node.args
        offset, length = when.as_coeff_Add()
        counts = next(c for c, symbol in LENGTHS.items() if symbol == length)
        steps = self.arrays.lengths(counts) if self.arrays.padded else str(length)
        if clock == 0:
            first = f"({_added(steps, int(offset))} == 0)" + "[:, None]" * self.arrays.padded
            return f"{first} * {self.code.atom(inner)}"
        return f"at_step({self.code.of(inner)}, {length}, {_added(steps, int(offset) - 1)})"

    def fixed(self, leaf: Leaf) -> str:
        """The code of a quantity at a fixed time or outside time."""
        arrays = self.arrays
        if leaf.clock is None:
            return arrays.whole(leaf)
        if is_beyond(leaf):
            return arrays.identifiers.at_boundary(leaf)
        before = arrays.storage.rooms[leaf.base].before
        name = arrays.whole(leaf)
        place = before + leaf.offset - 1
        if leaf.clock == 0:
            return f"{name}[{place}]"
        clock = next(c for c, length in LENGTHS.items() if length == leaf.clock)
        if arrays.padded:
            return f"{name}[{_added(arrays.lengths(clock), place)}, np.arange({arrays.batch})]"
        return f"{name}[{_added(str(leaf.clock), place)}]"


class AllSteps(_Named):
    """All steps of a clock at once; outside time where the clock is None."""

    def __init__(self, arrays: Arrays, clock: Expr | None) -> None:
        super().__init__(arrays)
        self.clock = clock

    def leaf(self, leaf: Leaf) -> str:
        """The code of a quantity."""
        if leaf.clock is None or leaf.clock != self.clock:
            return self.fixed(leaf)
        name = self.arrays.whole(leaf)
        room = self.arrays.storage.rooms[leaf.base]
        first = room.before + leaf.offset
        if room.before == room.after == 0:
            return name
        return f"{name}[{first or ''}:{_added(str(LENGTHS[self.clock]), first)}]"


class OneStep(_Named):
    """One step of a loop, t from 0 on."""

    def __init__(self, arrays: Arrays, clock: Expr) -> None:
        super().__init__(arrays)
        self.clock = clock

    def leaf(self, leaf: Leaf) -> str:
        """The code of a quantity."""
        if leaf.clock is None or leaf.clock != self.clock:
            return self.fixed(leaf)
        place = self.arrays.storage.rooms[leaf.base].before + leaf.offset
        return f"{self.arrays.whole(leaf)}[{_added(str(self.clock), place)}]"


def _timed(node: Node) -> list[Leaf]:
    return [x for x in leaves(node) if x.clock in LENGTHS]


def _added(name: str, number: int) -> str:
    return name if number == 0 else f"{name} {'+' if number > 0 else '-'} {abs(number)}"


def is_number(code: str) -> bool:
    """Whether code is a number, as Python writes it."""
    return re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", code) is not None

"""Statements for frameworks of functions: nothing is written into arrays, and a loop is a scan of a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Expr, S

from symrnn.equations import Base, Equation
from symrnn.expressions import LENGTHS, Leaf, leaves
from symrnn.kernels.places import AllSteps, Arrays, OneStep
from symrnn.kernels.statements import INDENT, Statements
from symrnn.kernels.system import clock_of
from symrnn.schedule import Loop


class InStep(OneStep):
    """Inside the function of a step: h_t, h_1_ago, and what is read of other loops under names of its own."""

    def __init__(self, arrays: Arrays, loop: Loop) -> None:
        assert loop.clock is not None
        super().__init__(arrays, loop.clock)
        self.loop = loop
        self.bound = {e.lhs.base for e in loop.equations}
        self.read: dict[Leaf, str] = {}
        self.past: dict[Base, int] = {}
        self.names: dict[tuple[Base, str], str] = {}

    def name(self, leaf: Leaf, suffix: str) -> str:
        """The name of a quantity in the function of a step."""
        key = (leaf.base, suffix)
        if key not in self.names:
            self.names[key] = self.arrays.identifiers.fresh(f"{self.arrays.whole(leaf)}_{suffix}")
        return self.names[key]

    def leaf(self, leaf: Leaf) -> str:
        """The code of a quantity."""
        if leaf.clock is None or leaf.clock != self.clock:
            return self.fixed(leaf)
        if leaf.base not in self.bound:
            suffix = f"_{leaf.offset:+d}".replace("+", "plus_").replace("-", "minus_") if leaf.offset else ""
            return self.read.setdefault(leaf, self.name(leaf, f"t{suffix}"))
        ago = -leaf.offset * self.loop.direction
        if ago:
            self.past[leaf.base] = max(ago, self.past.get(leaf.base, 0))
        return self.name(leaf, f"{ago}_ago" if ago else "t")


class ScanStatements(Statements):
    """The lines of code that compute the equations of a system by functions."""

    def loop(self, loop: Loop) -> Iterator[str]:
        """The lines of one loop, or of what is computed for all steps at once."""
        if loop.direction:
            yield from self.scan(loop)
            return
        for equation in loop.equations:
            yield from self.at_once(equation)

    def at_once(self, equation: Equation) -> Iterator[str]:
        """The lines of an equation that no loop changes."""
        lhs, clock = equation.lhs, clock_of(equation.lhs)
        place = AllSteps(self.arrays, clock)
        if clock is None:
            summed = self.system.is_shared(lhs) and not self.system.is_shared(equation.rhs)
            whole = place.code.matrix if self.system.is_shared(lhs) else place.code.of
            code = self.total(equation.rhs, place) if summed else whole(equation.rhs)
            yield from self.line(f"{place.fixed(lhs)} = {code}", equation)
            return
        code = place.code.of(equation.rhs)
        timed = any(clock_of(x) for x in leaves(equation.rhs))
        if not timed or place.code.shared(equation.rhs):
            code = f"np.zeros({self.steps_shape(lhs, clock)}, dtype=dtype) + {code}"
        name = self.arrays.whole(lhs)
        yield from self.line(f"{name} = {code}", equation)
        yield from self.joined(lhs, name, clock)

    def steps_shape(self, leaf: Leaf, clock: Expr | None) -> str:
        """The shape of a quantity of all steps, or of one where there is no clock."""
        tail = leaf.shape[:1] if leaf.shape[1] == 1 else leaf.shape
        steps = [str(LENGTHS[clock])] if clock is not None else []
        return f"({', '.join([*steps, self.arrays.batch, *map(self.arrays.text, tail)])})"

    def joined(self, leaf: Leaf, code: str, clock: Expr) -> Iterator[str]:
        """The steps of a quantity with what stands before the first and after the last."""
        room = self.arrays.storage.rooms[leaf.base]
        if not (room.before or room.after):
            return
        before = [self.edge(leaf.at(S.Zero, 1 - k)) for k in range(room.before, 0, -1)]
        after = [self.edge(leaf.at(LENGTHS[clock], k)) for k in range(1, room.after + 1)]
        parts = [*(f"{x}[None]" for x in before), code, *(f"{x}[None]" for x in after)]
        yield f"{self.arrays.whole(leaf)} = np.concatenate([{', '.join(parts)}])"

    def edge(self, leaf: Leaf) -> str:
        """What stands before the first step or after the last: an initial state, or zero."""
        if leaf in self.arrays.storage.boundary.get(leaf.base, ()):
            return self.arrays.identifiers.at_boundary(leaf)
        return f"np.zeros({self.steps_shape(leaf, None)}, dtype=dtype)"

    def scan(self, loop: Loop) -> Iterator[str]:
        """A loop: the function of a step, and its scan over the steps."""
        assert loop.clock is not None
        place = InStep(self.arrays, loop)
        lines = [
            line
            for e in loop.equations
            for line in self.line(f"{place.leaf(e.lhs)} = {place.code.of(e.rhs)}", e, INDENT)
        ]
        left = {e.lhs.base: e.lhs for e in loop.equations}
        carry = [(left[base], ago) for base, most in place.past.items() for ago in range(1, most + 1)]
        kept = [e.lhs for e in loop.equations if self.outside(e.lhs, loop)]
        step = self.arrays.identifiers.fresh("one_step")
        yield f"def {step}(past, here):"
        if carry:
            yield f"{INDENT}{_tuple(place.name(x, f'{ago}_ago') for x, ago in carry)} = past"
        if place.read:
            yield f"{INDENT}{_tuple(place.read.values())} = here"
        yield from lines
        following = (place.name(x, f"{ago - 1}_ago" if ago > 1 else "t") for x, ago in carry)
        yield f"{INDENT}return {_tuple(following)}, {_tuple(place.leaf(x) for x in kept)}"
        first = _tuple(self.edge(self.before(x, ago, loop)) for x, ago in carry)
        every = AllSteps(self.arrays, loop.clock)
        steps = (
            _tuple(every.leaf(x) for x in place.read)
            if place.read
            else f"(np.arange({LENGTHS[loop.clock]}),)"
        )
        back = ", reverse=True" if loop.direction < 0 else ""
        yield f"_, {_tuple(self.arrays.whole(x) for x in kept)} = scan({step}, {first}, {steps}{back})"
        for leaf in kept:
            yield from self.joined(leaf, self.arrays.whole(leaf), loop.clock)

    def before(self, leaf: Leaf, ago: int, loop: Loop) -> Leaf:
        """What a quantity is so many steps before the first that the loop computes."""
        assert loop.clock is not None
        return leaf.at(S.Zero, 1 - ago) if loop.direction > 0 else leaf.at(LENGTHS[loop.clock], ago)

    def outside(self, leaf: Leaf, loop: Loop) -> bool:
        """Whether anything but its own loop reads a quantity."""
        if any(x.base == leaf.base for x in self.system.wanted):
            return True
        inside = set(loop.equations)
        return any(
            x.base == leaf.base and (e not in inside or clock_of(x) is None)
            for e in self.system
            for x in leaves(e.rhs)
        )


def _tuple(names: Iterable[str]) -> str:
    inside = list(names)
    return f"({', '.join(inside)}{',' * (len(inside) == 1)})"

"""The named quantities: variables of the model, and derivatives of a loss with respect to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Integer, S, Symbol, sympify
from sympy.core.symbol import Str

from symrnn.expressions.node import Array, Node, Ring, Shape, rebuilt

CLOCKS = {name: Symbol(name, integer=True) for name in ("t", "u")}
LENGTHS = {CLOCKS["t"]: Symbol("T", integer=True), CLOCKS["u"]: Symbol("U", integer=True)}
INDICES = {
    name: Symbol(name, integer=True) for name in "ujkpqri"
}  # further steps, in sums; i last: it counts entries


class Leaf(Node):
    """A named quantity, at a time (an index on a clock) or timeless."""

    __slots__ = ()

    @property
    def name(self) -> str:
        raise TypeError(f"{type(self).__name__} has no name")

    @property
    def base(self) -> tuple[Any, ...]:
        """What identifies the quantity, whatever its time."""
        raise TypeError(f"{type(self).__name__} has no base")

    @property
    def clock(self) -> Expr | None:
        """The symbol the index counts on (t, u), a length (T, U), 0 for a number, None if timeless."""
        raise TypeError(f"{type(self).__name__} has no clock")

    @property
    def offset(self) -> int:
        """The index less its clock: -1 for h[t-1], 3 for h[3]."""
        raise TypeError(f"{type(self).__name__} has no offset")

    def at(self, clock: Expr, offset: int) -> Leaf:
        """The same quantity at another time."""
        raise TypeError(f"{type(self).__name__} cannot move in time")

    def placed(self, values: Mapping[Expr, int]) -> Leaf:
        """The quantity where the indices have the given values: h[t-1] at t = 3 is h[2]."""
        raise TypeError(f"{type(self).__name__} cannot be placed in time")

    def value(self, operands: list[Array], ring: Ring) -> Array:
        raise KeyError(f"{self.name} has no value")

    @property
    def index(self) -> Expr | None:
        return None if self.clock is None else self.clock + self.offset

    def __str__(self) -> str:
        return self.name if self.index is None else f"{self.name}[{str(self.index).replace(' ', '')}]"

    __repr__ = __str__

    def _sympystr(self, _: Any) -> str:
        return str(self)


class Variable(Leaf):
    """A quantity of the model: Variable("h", n, 1, t, -1) is h[t-1], Variable("W", n, m) a parameter."""

    __slots__ = ()

    def __new__(
        cls, name: str | Str, rows: Expr, cols: Expr, clock: Expr | None = None, offset: Any = 0
    ) -> Variable:
        args = [
            name if isinstance(name, Str) else Str(name),
            sympify(rows, strict=True),
            sympify(cols, strict=True),
        ]
        if clock is not None:
            number, clock = clock.as_coeff_Add()
            args += [clock, number + Integer(offset)]
        return super().__new__(cls, *args)

    def _infer(self) -> Shape:
        return (self.args[1], self.args[2])

    @property
    def name(self) -> str:
        return self.args[0].name  # type: ignore[no-any-return]

    @property
    def base(self) -> tuple[Any, ...]:
        return (self.name,)

    @property
    def clock(self) -> Expr | None:
        return self.args[3] if len(self.args) > 3 else None

    @property
    def offset(self) -> int:
        return int(self.args[4]) if len(self.args) > 3 else 0

    def at(self, clock: Expr, offset: int) -> Variable:
        return rebuilt(self, [*self.args[:3], clock, Integer(offset)])

    def placed(self, values: Mapping[Expr, int]) -> Variable:
        return self if self.clock is None else self.at(S.Zero, values.get(self.clock, 0) + self.offset)


class Adjoint(Leaf):
    """The derivative of a loss with respect to a quantity, in the shape of the quantity.

    The loss is a leaf too, so that one class covers dL/dh[t], the derivative of this step's loss
    dL[t]/dh[t], of the future loss dF[t]/dh[t], of one later loss dL[u]/dh[t], and second derivatives.
    """

    __slots__ = ()

    def __new__(cls, of: Leaf, loss: Leaf) -> Adjoint:
        return super().__new__(cls, of, loss)

    def _infer(self) -> Shape:
        return self.of.shape

    @property
    def of(self) -> Leaf:
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def loss(self) -> Leaf:
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def operands(self) -> tuple[Node, ...]:
        return ()

    @property
    def name(self) -> str:
        return f"d{self.loss.name}_d{self.of.name}"

    @property
    def base(self) -> tuple[Any, ...]:
        return (type(self).__name__, self.of.base, self.loss.base, _distance(self.loss, self.of))

    @property
    def clock(self) -> Expr | None:
        return self.of.clock

    @property
    def offset(self) -> int:
        return self.of.offset

    def __str__(self) -> str:
        # Only where the loss is that of another step do both need their index.
        elsewhere = self.loss.clock is not None and self.loss.index != self.of.index
        return f"d{self.loss}_d{self.of}" if elsewhere else super().__str__()

    __repr__ = __str__

    def at(self, clock: Expr, offset: int) -> Adjoint:
        loss = self.loss
        if loss.clock is not None and loss.clock == self.of.clock:
            loss = loss.at(clock, offset + loss.offset - self.of.offset)
        return type(self)(self.of.at(clock, offset), loss)

    def placed(self, values: Mapping[Expr, int]) -> Adjoint:
        return type(self)(self.of.placed(values), self.loss.placed(values))


class Partial(Adjoint):
    """The partial derivative of a step's loss with respect to one state, the step's other states held fixed.

    It differs from the Adjoint where a state depends on another of the same step, as h[t] does on c[t] in an
    LSTM: dL[t]/dc[t] counts the path through h[t], this one does not.
    """

    __slots__ = ()


class Joint(Partial):
    """The derivative of a step's loss with respect to several states above one another, each varied by itself."""

    __slots__ = ()


class Jacobian(Leaf):
    """The Jacobian of one column with respect to another: entry (i, j) is d of_i / d by_j."""

    __slots__ = ()

    def __new__(cls, of: Leaf, by: Leaf) -> Jacobian:
        return super().__new__(cls, of, by)

    def _infer(self) -> Shape:
        return (self.of.shape[0], self.by.shape[0])

    @property
    def of(self) -> Leaf:
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def by(self) -> Leaf:
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def operands(self) -> tuple[Node, ...]:
        return ()

    @property
    def name(self) -> str:
        return f"d{self.of.name}_d{self.by.name}"

    def __str__(self) -> str:
        return f"d{self.of}_d{self.by}"

    __repr__ = __str__

    @property
    def base(self) -> tuple[Any, ...]:
        return ("Jacobian", self.of.base, self.by.base, _distance(self.by, self.of))

    @property
    def clock(self) -> Expr | None:
        return self.of.clock

    @property
    def offset(self) -> int:
        return self.of.offset

    def at(self, clock: Expr, offset: int) -> Jacobian:
        lag = self.of.offset - self.by.offset
        return type(self)(self.of.at(clock, offset), self.by.at(clock, offset - lag))

    def placed(self, values: Mapping[Expr, int]) -> Jacobian:
        return type(self)(self.of.placed(values), self.by.placed(values))


class Block(Jacobian):
    """The Jacobian of one state with respect to one of the step before, the others of that step held fixed."""

    __slots__ = ()


def _distance(a: Leaf, b: Leaf) -> Expr | int | None:
    """How much later one stands than another; its own index where they do not run on one clock."""
    return a.offset - b.offset if a.clock is not None and a.clock == b.clock else a.index

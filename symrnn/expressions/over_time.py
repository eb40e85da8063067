"""Operations over the steps, blocks of matrices, and named functions: what the forms are written in."""

from __future__ import annotations

import numpy as np
from sympy import Basic, Expr, Integer, S
from sympy.core.symbol import Str

from symrnn.expressions.leaf import LENGTHS
from symrnn.expressions.node import Array, Node, Ring, Shape, ShapeError, same, shape_text


class Over(Node):
    """The sum over the steps of a clock: Over(x, t) is the sum of x for t = 1..T.

    Over(x, u, t + 1, T) is the sum of x for u = t+1..T; an empty sum is zero.
    """

    __slots__ = ()

    def _infer(self) -> Shape:
        return self.operands[0].shape

    @property
    def index(self) -> Expr:
        return self.args[1]

    @property
    def low(self) -> Expr:
        return self.args[2] if len(self.args) > 2 else S.One

    @property
    def high(self) -> Expr:
        return self.args[3] if len(self.args) > 2 else LENGTHS[self.index]


class Chain(Node):
    """The ordered product over the steps: Chain(J, j, low, high) is J[high] J[high-1] ... J[low].

    The latest factor stands on the left, as in ds_t/ds_k = J_t J_{t-1} ... J_{k+1}; an empty product is the
    identity, so J is square.
    """

    __slots__ = ()

    def _infer(self) -> Shape:
        rows, cols = self.operands[0].shape
        if not same(rows, cols):
            raise ShapeError(f"a chain of products of {shape_text((rows, cols))}: it must be square")
        return (rows, cols)

    @property
    def index(self) -> Expr:
        return self.args[1]

    @property
    def low(self) -> Expr:
        return self.args[2]

    @property
    def high(self) -> Expr:
        return self.args[3]


class Identity(Node):
    """The identity matrix with n rows."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return (self.args[0], self.args[0])

    def value(self, operands: list[Array], ring: Ring) -> Array:
        rows = ring.size(self.args[0])
        one = ring.number(S.One)
        return np.eye(rows, dtype=float if isinstance(one, float) else object) * one


class Blocks(Node):
    """A block matrix: Blocks(2, A, B, C, D) has two blocks a row, A and B above C and D."""

    __slots__ = ()

    @property
    def grid(self) -> list[tuple[Node, ...]]:
        """The rows of blocks."""
        width = int(self.args[0])
        blocks = self.operands
        return [blocks[i : i + width] for i in range(0, len(blocks), width)]

    def _infer(self) -> Shape:
        grid = self.grid
        for row in grid:
            for block, top in zip(row, grid[0], strict=True):
                if not (same(block.shape[0], row[0].shape[0]) and same(block.shape[1], top.shape[1])):
                    raise ShapeError(f"a block of {shape_text(block.shape)} does not fit its row and column")
        return (sum((r[0].shape[0] for r in grid), S.Zero), sum((b.shape[1] for b in grid[0]), S.Zero))

    def value(self, operands: list[Array], ring: Ring) -> Array:
        width = int(self.args[0])
        return np.block([operands[i : i + width] for i in range(0, len(operands), width)])


class Only(Node):
    """Iverson's bracket: Only(x, t, T) is x where t = T, and zero elsewhere."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return self.operands[0].shape


class Body(Basic):  # type: ignore[misc]  # SymPy has no type information
    """What a named function computes: Body(expression, leaf, ...), the leaves standing for the arguments."""

    __slots__ = ()

    @property
    def expression(self) -> Node:
        """The expression in the leaves that stand for the arguments."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def placeholders(self) -> tuple[Node, ...]:
        """The leaves that stand for the arguments, in order."""
        return self.args[1:]  # type: ignore[no-any-return]


class Call(Node):
    """A named function of its arguments: Call("f", body, 2, h, x, W, U, b) is written f(h, x).

    The number says how many arguments are written; those after it are the parameters, which f(h, x) leaves
    unsaid.  ``body`` says what the function computes.
    """

    __slots__ = ()

    def __new__(cls, name: str | Str, body: Body, shown: int, *arguments: Node) -> Call:
        return super().__new__(cls, Str(str(name)), body, Integer(shown), *arguments)

    def _infer(self) -> Shape:
        return self.body.expression.shape

    @property
    def name(self) -> str:
        """The name of the function."""
        return str(self.args[0])

    @property
    def body(self) -> Body:
        """What the function computes."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def shown(self) -> tuple[Node, ...]:
        """The arguments that are written."""
        return self.operands[: int(self.args[2])]

    def value(self, operands: list[Array], ring: Ring) -> Array:
        known = dict(zip(self.body.placeholders, operands, strict=True))

        def of(node: Node) -> Array:
            if node in known:
                return known[node]
            return ring.reduce(node.value([of(x) for x in node.operands], ring))

        return of(self.body.expression)

"""The operations: each knows its shape and how to compute its value, and nothing of derivatives."""

from __future__ import annotations

from functools import reduce

import numpy as np
from sympy import Basic, Expr, Integer, Lambda, S, expand
from sympy.core.symbol import Str

from symrnn.expressions.leaf import LENGTHS
from symrnn.expressions.node import Array, Node, Ring, Shape, ShapeError, same, same_shape, shape_text


class Plus(Node):
    """A sum, in the order it was written."""

    __slots__ = ()

    def _infer(self) -> Shape:
        first = self.operands[0].shape
        for term in self.operands[1:]:
            if not same_shape(first, term.shape):
                raise ShapeError(f"{shape_text(first)} + {shape_text(term.shape)}")
        return first

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return reduce(lambda a, b: a + b, operands)


class Scale(Node):
    """A matrix times a scalar: a number (any SymPy scalar) or a (1, 1) expression."""

    __slots__ = ()

    def _infer(self) -> Shape:
        factor, matrix = self.args
        if isinstance(factor, Node) and factor.shape != (1, 1):
            raise ShapeError(f"a factor of shape {shape_text(factor.shape)} is not a scalar")
        return matrix.shape  # type: ignore[no-any-return]

    def value(self, operands: list[Array], ring: Ring) -> Array:
        factor = self.args[0]
        if isinstance(factor, Node):
            return operands[0][0, 0] * operands[1]
        return ring.number(factor) * operands[0]


class Product(Node):
    """A matrix product."""

    __slots__ = ()

    def _infer(self) -> Shape:
        for left, right in zip(self.operands, self.operands[1:], strict=False):
            if not same(left.shape[1], right.shape[0]):
                raise ShapeError(f"{shape_text(left.shape)} @ {shape_text(right.shape)}")
        return (self.operands[0].shape[0], self.operands[-1].shape[1])

    def value(self, operands: list[Array], ring: Ring) -> Array:
        # From the right: a product that ends in a column stays a chain of matrix-vector products.
        return reduce(lambda b, a: ring.reduce(a @ b), reversed(operands))


class Hadamard(Node):
    """An elementwise product."""

    __slots__ = ()

    def _infer(self) -> Shape:
        first = self.operands[0].shape
        for factor in self.operands[1:]:
            if not same_shape(first, factor.shape):
                raise ShapeError(f"{shape_text(first)} * {shape_text(factor.shape)}")
        return first

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return reduce(lambda a, b: ring.reduce(a * b), operands)


class Apply(Node):
    """A scalar function, Lambda((x, ...), expression), applied entry by entry."""

    __slots__ = ()

    def _infer(self) -> Shape:
        first = self.operands[0].shape
        for other in self.operands[1:]:
            if not same_shape(first, other.shape):
                raise ShapeError(f"arguments of shapes {shape_text(first)} and {shape_text(other.shape)}")
        return first

    @property
    def function(self) -> Lambda:
        return self.args[0]

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return ring.apply(self.function, operands)


class Softmax(Node):
    """exp(x) / sum(exp(x)) of a column."""

    __slots__ = ()

    def _infer(self) -> Shape:
        shape = self.operands[0].shape
        if shape[1] != 1:
            raise ShapeError(f"softmax takes a column, not {shape_text(shape)}")
        return shape

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return ring.softmax(operands[0])


class Transposed(Node):
    __slots__ = ()

    def _infer(self) -> Shape:
        rows, cols = self.operands[0].shape
        return (cols, rows)

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return operands[0].T


class Stack(Node):
    """Blocks above one another: [a, b]."""

    __slots__ = ()

    def _infer(self) -> Shape:
        cols = self.operands[0].shape[1]
        for block in self.operands[1:]:
            if not same(cols, block.shape[1]):
                raise ShapeError(f"[{shape_text(self.operands[0].shape)}, {shape_text(block.shape)}]")
        return (sum((b.shape[0] for b in self.operands), S.Zero), cols)

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return np.concatenate(operands, axis=0)


class Rows(Node):
    """Rows start..stop of a matrix, counted from 0, stop excluded."""

    __slots__ = ()

    def _infer(self) -> Shape:
        matrix, start, stop = self.args
        return (expand(stop - start), matrix.shape[1])

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return operands[0][ring.size(self.args[1]) : ring.size(self.args[2])]


class Total(Node):
    """The sum of all entries, a (1, 1) matrix."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return (S.One, S.One)

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return np.asarray(operands[0].sum()).reshape(1, 1)


class Diag(Node):
    """The diagonal matrix of a column."""

    __slots__ = ()

    def _infer(self) -> Shape:
        rows, cols = self.operands[0].shape
        if cols != 1:
            raise ShapeError(f"diag takes a column, not {shape_text((rows, cols))}")
        return (rows, rows)

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return np.diag(operands[0][:, 0])


class Diagonal(Node):
    """The diagonal of a square matrix, as a column."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return (self.operands[0].shape[0], S.One)

    def value(self, operands: list[Array], ring: Ring) -> Array:
        return np.diag(operands[0]).reshape(-1, 1)


class Fill(Node):
    """A matrix with one number in every place: Fill(1, n, 1) is a column of ones."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return (self.args[1], self.args[2])

    def value(self, operands: list[Array], ring: Ring) -> Array:
        shape = (ring.size(self.args[1]), ring.size(self.args[2]))
        number = ring.number(self.args[0])
        return np.full(shape, number, dtype=float if isinstance(number, float) else object)


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
            return known[node] if node in known else ring.reduce(node.value([of(x) for x in node.operands], ring))

        return of(self.body.expression)

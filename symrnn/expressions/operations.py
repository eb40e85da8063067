"""The operations: each knows its shape and how to compute its value, and nothing of derivatives.

Those over the steps, blocks and named functions are in over_time.py.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from sympy import Lambda, S, expand

from symrnn.expressions.node import Array, Node, Ring, Shape, ShapeError, same, same_shape, shape_text
from symrnn.expressions.over_time import Blocks as Blocks
from symrnn.expressions.over_time import Body as Body
from symrnn.expressions.over_time import Call as Call
from symrnn.expressions.over_time import Chain as Chain
from symrnn.expressions.over_time import Identity as Identity
from symrnn.expressions.over_time import Only as Only
from symrnn.expressions.over_time import Over as Over


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
    """A transpose."""

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
        return operands[0].sum(keepdims=True)


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

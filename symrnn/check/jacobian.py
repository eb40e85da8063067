"""Derivatives of one quantity by another, with labelled axes.

A chain of derivatives is contracted by what its factors are the derivatives of and by, whatever their order, and
the order that was found is told: so the verdict about values and the verdict about layout are separate.
Numerator layout: dy/dx has the rows of y and the columns of x.  Denominator layout: the transpose, and the
derivative of a scalar by x has the shape of x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from symrnn.check.tensor import Array, Tensor
from symrnn.field import P


class Label(NamedTuple):
    """A quantity at some steps; the axes of a derivative belong to one."""

    key: str
    times: tuple[int, ...] = ()


class Layout(NamedTuple):
    """How derivatives are laid out as matrices: that of a scalar, and that of a vector, by a vector."""

    gradient: str  # "column": the shape of what it is taken by; "row": its transpose
    jacobian: str  # "numerator" or "denominator"
    number: str = "column"  # the same of a number of the network, which is no loss: "row" is its Jacobian


@dataclass(frozen=True, eq=False)
class Jacobian:
    """d top / d bottom; ``full`` has the axes top rows, top columns, bottom rows, bottom columns.

    ``of_loss``: the top is a loss, or a formula.
    """

    full: Array
    top: Label
    bottom: Label
    of_loss: bool = True

    @property
    def is_gradient(self) -> bool:
        """Whether it is the derivative of a scalar."""
        rows, cols = self.full.shape[:2]
        return bool(rows == cols == 1)

    def matrix(self, layout: Layout) -> Tensor | None:
        """As a matrix in a layout, or None if it has more than two axes."""
        a, b, c, d = self.full.shape
        if self.is_gradient:
            gradient = self.full[0, 0]
            is_row = layout.gradient == "row" or self.is_number_row(layout)
            return Tensor(gradient.T if is_row else gradient)
        if (c, d) == (1, 1):  # the derivative by a scalar
            by_scalar = self.full[:, :, 0, 0]
            return Tensor(by_scalar if layout.jacobian == "numerator" else by_scalar.T)
        if 1 not in (a, b) or 1 not in (c, d):
            return None
        jacobian = self.full.reshape(a * b, c * d)
        return Tensor(jacobian if layout.jacobian == "numerator" else jacobian.T)

    def is_number_row(self, layout: Layout) -> bool:
        """Whether it is that of a number of the network, laid out as a Jacobian of one row."""
        return self.is_gradient and not self.of_loss and layout.number == "row"

    def diagonal(self) -> Tensor | None:
        """The vector on the diagonal, if there is nothing beside it."""
        a, b, c, d = self.full.shape
        if (a, b) != (c, d) or 1 not in (a, b):
            return None
        square = self.full.reshape(a * b, c * d)
        if (square - np.diag(square.diagonal())).any():
            return None
        return Tensor(square.diagonal().reshape(a, b))

    def local_factor(self) -> Tensor | None:
        """x of dz/dW where z = W x: the vector that every row of W meets, as a column; None if there is none."""
        a, b, c, d = self.full.shape
        if (a, b) == (1, 1) or 1 in (c, d):
            return None
        for size, full in ((c, self.full), (d, self.full.transpose(0, 1, 3, 2))):
            if a * b != size:
                continue
            blocks = full.reshape(a * b, size, -1)
            if all(not blocks[i, j].any() for i in range(size) for j in range(size) if i != j) and all(
                not ((blocks[i, i] - blocks[0, 0]) % P).any() for i in range(size)
            ):
                return Tensor(blocks[0, 0].reshape(-1, 1))
        return None


def derivative(
    top: Tensor, label: Label, bottom: Label, shape: tuple[int, int], of_loss: bool = True
) -> Jacobian:
    """The Jacobian in the tangent of a tensor that was seeded with a quantity of a shape."""
    rows, cols = top.shape
    if top.tangent is None:
        return Jacobian(np.zeros((rows, cols, *shape), dtype=object), label, bottom, of_loss)
    return Jacobian(top.tangent.reshape(rows, cols, *shape) % P, label, bottom, of_loss)


def chained(left: Jacobian, right: Jacobian) -> tuple[Jacobian, str] | None:
    """The product of two derivatives that share a quantity, and the order in which they stood."""
    if left.bottom == right.top and left.full.shape[2:] == right.full.shape[:2]:
        return _contract(left, right), "numerator"
    if right.bottom == left.top and right.full.shape[2:] == left.full.shape[:2]:
        return _contract(right, left), "denominator"
    return None


def _contract(outer: Jacobian, inner: Jacobian) -> Jacobian:
    full: Any = np.tensordot(outer.full, inner.full, axes=([2, 3], [0, 1])) % P
    return Jacobian(full, outer.top, inner.bottom, outer.of_loss)


def same(a: Jacobian, b: Jacobian) -> bool:
    """Whether two derivatives of the same are equal."""
    return a.full.shape == b.full.shape and not ((a.full - b.full) % P).any()


def sum_of(a: Jacobian, b: Jacobian, sign: int) -> Jacobian | None:
    """The sum or the difference of two derivatives, if they are of the same shape."""
    if a.full.shape != b.full.shape:
        return None
    return Jacobian((a.full + sign * b.full) % P, a.top, a.bottom, a.of_loss or b.of_loss)

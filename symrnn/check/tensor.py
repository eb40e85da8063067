"""Matrices over a prime field that carry their derivative along: forward-mode differentiation, exactly.

A Tensor is a value of rows x cols, and its tangent of rows x cols x k: the derivative by the k entries of whatever
was seeded (Wengert 1964).  All numbers are elements of the field of symrnn.field, so nothing is rounded and equal
means equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symrnn.field import P, inverse

Array = Any  # numpy.ndarray of Python integers
Shape = tuple[int, int]


class Mismatch(Exception):
    """Two operands whose shapes do not fit: the operation and both shapes."""

    def __init__(self, operation: str, left: Shape, right: Shape) -> None:
        super().__init__(operation)
        self.operation, self.left, self.right = operation, left, right


@dataclass(frozen=True, eq=False)
class Tensor:
    """A matrix; ``tangent`` is None where it does not depend on the seed. A ``literal`` fits every shape."""

    value: Array
    tangent: Array | None = None
    literal: bool = False
    unit: bool = False  # the identity matrix, of whatever size fits

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return (self.value.shape[0], self.value.shape[1])

    @property
    def is_scalar(self) -> bool:
        """Whether it is 1 x 1."""
        return self.shape == (1, 1)

    @property
    def is_vector(self) -> bool:
        """Whether it is one row or one column of more than one entry."""
        return 1 in self.shape and not self.is_scalar


def number(value: int) -> Tensor:
    """A number, which may stand for a matrix filled with it."""
    return Tensor(np.array([[value % P]], dtype=object), literal=True)


def unit() -> Tensor:
    """The identity matrix of a size that goes unsaid."""
    return Tensor(np.array([[1]], dtype=object), literal=True, unit=True)


def _sized(a: Tensor, b: Tensor) -> Tensor:
    """The identity matrix in the size of the other operand."""
    rows, cols = b.shape
    return identity(rows) if a.unit and rows == cols and not b.literal else a


def zeros(shape: Shape) -> Tensor:
    """A matrix of zeros."""
    return Tensor(np.zeros(shape, dtype=object))


def identity(size: int) -> Tensor:
    """The identity matrix."""
    return Tensor(np.array([[int(i == j) for j in range(size)] for i in range(size)], dtype=object))


def equal(a: Tensor, b: Tensor) -> bool:
    """Whether two values are equal, shapes too; a literal may stand for a whole matrix."""
    a, b = _sized(a, b), _sized(b, a)
    if a.shape != b.shape and not (a.literal or b.literal):
        return False
    return not ((a.value - b.value) % P).any()


def _spread(tangent: Array | None, shape: Shape) -> Array | None:
    return None if tangent is None else np.broadcast_to(tangent, (*shape, tangent.shape[2]))


def _fit(operation: str, a: Tensor, b: Tensor) -> tuple[Shape, bool]:
    """The shape of an entrywise operation: equal shapes, a literal with anything, a bias with a batch."""
    literal = a.literal and b.literal
    if a.shape == b.shape:
        return a.shape, literal
    if a.literal:
        return b.shape, False
    if b.literal:
        return a.shape, False
    for small, large in ((a, b), (b, a)):
        rows, cols = small.shape
        if (cols == 1 and rows == large.shape[0] > 1) or (rows == 1 and cols == large.shape[1] > 1):
            return large.shape, False
    raise Mismatch(operation, a.shape, b.shape)


def add(a: Tensor, b: Tensor, sign: int = 1) -> Tensor:
    """A + b, or a - b. Raises Mismatch."""
    a, b = _sized(a, b), _sized(b, a)
    shape, literal = _fit("+" if sign > 0 else "-", a, b)
    parts = [(_spread(a.tangent, shape), 1), (_spread(b.tangent, shape), sign)]
    tangents = [s * t for t, s in parts if t is not None]
    tangent = sum(tangents[1:], tangents[0]) % P if tangents else None
    return Tensor((a.value + sign * b.value) % P, tangent, literal)


def negative(a: Tensor) -> Tensor:
    """The additive inverse."""
    return Tensor(-a.value % P, None if a.tangent is None else -a.tangent % P, a.literal)


def times(a: Tensor, b: Tensor) -> Tensor:
    """The entrywise product; a scalar scales. Raises Mismatch."""
    if a.is_scalar or b.is_scalar:
        shape = b.shape if a.is_scalar else a.shape
        literal = a.literal and b.literal
    else:
        shape, literal = _fit("*", a, b)
    tangents = []
    if a.tangent is not None:
        tangents.append(a.tangent * b.value[:, :, None])
    if b.tangent is not None:
        tangents.append(b.tangent * a.value[:, :, None])
    tangent = sum(tangents[1:], tangents[0]) % P if tangents else None
    return Tensor(a.value * b.value % P, _spread(tangent, shape), literal)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """The matrix product. Raises Mismatch."""
    if a.shape[1] != b.shape[0]:
        raise Mismatch("matrix product", a.shape, b.shape)
    tangents = []
    if a.tangent is not None:
        tangents.append(np.tensordot(a.tangent, b.value, axes=([1], [0])).transpose(0, 2, 1))
    if b.tangent is not None:
        tangents.append(np.tensordot(a.value, b.tangent, axes=([1], [0])))
    tangent = sum(tangents[1:], tangents[0]) % P if tangents else None
    return Tensor(np.dot(a.value, b.value) % P, tangent)


def transpose(a: Tensor) -> Tensor:
    """The transpose."""
    return Tensor(a.value.T, None if a.tangent is None else a.tangent.transpose(1, 0, 2), a.literal)


def reciprocal(a: Tensor) -> Tensor:
    """Entry by entry, 1 / a. Raises NoSuchElement."""
    value = _each(inverse, a.value)
    tangent = None if a.tangent is None else -a.tangent * (value * value)[:, :, None] % P
    return Tensor(value, tangent, a.literal)


def apply(a: Tensor, values: Array, slopes: Array) -> Tensor:
    """A function entry by entry, given its values and its slopes."""
    return Tensor(values, None if a.tangent is None else a.tangent * slopes[:, :, None] % P, a.literal)


def _each(function: Any, array: Array) -> Array:
    return np.array([function(x) for x in array.flat], dtype=object).reshape(array.shape)


def stack(parts: Sequence[Tensor], axis: int) -> Tensor:
    """One under the other (axis 0) or side by side (axis 1). Raises Mismatch."""
    for part in parts[1:]:
        if part.shape[1 - axis] != parts[0].shape[1 - axis]:
            raise Mismatch("stack", parts[0].shape, part.shape)
    value = np.concatenate([part.value for part in parts], axis=axis)
    width = next((part.tangent.shape[2] for part in parts if part.tangent is not None), None)
    if width is None:
        return Tensor(value)
    filled = [
        np.zeros((*part.shape, width), dtype=object) if part.tangent is None else part.tangent
        for part in parts
    ]
    return Tensor(value, np.concatenate(filled, axis=axis))


def diagonal(a: Tensor) -> Tensor:
    """The diagonal matrix of a vector. Raises Mismatch for what is no vector."""
    if a.is_scalar:
        return a
    if not a.is_vector:
        raise Mismatch("diag", a.shape, a.shape)
    eye = identity(a.value.size).value
    value = eye * a.value.reshape(-1, 1)
    tangent = None
    if a.tangent is not None:
        tangent = eye[:, :, None] * a.tangent.reshape(a.value.size, 1, -1)
    return Tensor(value, tangent)


def part(a: Tensor, rows: slice, cols: slice) -> Tensor:
    """The entries of some rows and columns."""
    return Tensor(a.value[rows, cols], None if a.tangent is None else a.tangent[rows, cols])


def total(a: Tensor, axis: int | None = None) -> Tensor:
    """The sum of the entries: of all, down the columns (axis 0) or along the rows (axis 1)."""
    axes = (0, 1) if axis is None else (axis,)
    value = a.value.sum(axis=axes, keepdims=True) % P
    return Tensor(value, None if a.tangent is None else a.tangent.sum(axis=axes, keepdims=True) % P)

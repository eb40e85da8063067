"""What stands beside one another: products of matrices, of derivatives and of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from symrnn.check.definition import OutOfRange, Unsupported
from symrnn.check.jacobian import Jacobian, Layout, chained, sum_of
from symrnn.check.tensor import (
    Mismatch,
    Tensor,
    add,
    identity,
    matmul,
    negative,
    number,
    reciprocal,
    times,
    transpose,
)
from symrnn.field import P

MOST_FACTORS = 64  # of a power
Value = Tensor | Jacobian
ELEMENTWISE = {r"\odot", r"\circ", r"\otimes", "⊙", "∘", r"\bullet", r"\bigodot", r"\star"}
Note = Callable[[str], None]


def as_tensor(value: Value, layout: Layout, note: Note) -> Tensor:
    """A value as a matrix; how a derivative was laid out is noted. Raises Unsupported for more than two axes."""
    if isinstance(value, Tensor):
        return value
    matrix = value.matrix(layout)
    if matrix is None:
        raise Unsupported("the derivative of a vector by a matrix has three axes")
    if value.is_gradient:
        if not (matrix.is_scalar or value.is_number_row(layout)):
            note(f"{layout.gradient} gradients")
    elif not np.array_equal(matrix.value, matrix.value.T):
        note(f"{layout.jacobian} layout")
    return matrix


def unchained(gradient: Jacobian, layout: Layout, note: Note) -> Tensor:
    r"""A gradient \nabla_x L as a vector that stands where it is written, in no chain: a column, or a row."""
    column = Tensor(gradient.full[0, 0])
    if column.is_scalar or layout.gradient != "row":
        return column
    note("row gradients")
    return transpose(column)


def plus(a: Value, b: Value, sign: int, layout: Layout, note: Note) -> Value:
    """The sum, or the difference."""
    if isinstance(a, Jacobian) and isinstance(b, Jacobian):
        found = sum_of(a, b, sign)
        if found is not None:
            return found
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Tensor) and one.literal and not one.value.any() and isinstance(other, Jacobian):
            return other if other is a or sign > 0 else scaled(other, number(-1))
        if isinstance(one, Jacobian) and one.matrix(layout) is None and not one.full.any():
            return other if other is a or sign > 0 else minus(other)  # of what does not depend on it
    return add(as_tensor(a, layout, note), as_tensor(b, layout, note), sign)


def minus(a: Value) -> Value:
    """The additive inverse."""
    return negative(a) if isinstance(a, Tensor) else scaled(a, number(-1))


def scaled(a: Jacobian, factor: Tensor) -> Jacobian:
    """A derivative times a scalar."""
    return replace(a, full=a.full * factor.value[0, 0] % P)


def over(a: Value, b: Tensor, layout: Layout, note: Note) -> Value:
    """The quotient, entry by entry."""
    inverse = reciprocal(b)
    if isinstance(a, Jacobian) and inverse.is_scalar:
        return scaled(a, inverse)
    return times(as_tensor(a, layout, note), inverse)


def multiply(
    a: Value, b: Value, operator: str, layout: Layout, note: Note, star: str = "", outer: bool = False
) -> Value:
    r"""The product that two factors with an operator between them stand for. Raises Mismatch.

    ``star`` is what * means; ``outer``: \otimes is the outer product of vectors of one size too.
    """
    if isinstance(a, Jacobian) and isinstance(b, Jacobian):
        chain = chained(a, b)
        if chain is not None:
            if not _is_free(a, b):
                note(f"{chain[1]} order")
            return chain[0]
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Tensor) and one.is_scalar and isinstance(other, Jacobian):
            return scaled(other, one)
        if isinstance(one, Jacobian) and one.matrix(layout) is None and isinstance(other, Tensor):
            return _contracted(one, other, note)
    left, right = as_tensor(a, layout, note), as_tensor(b, layout, note)
    if left.is_scalar or right.is_scalar:
        return times(left, right)
    if operator in ELEMENTWISE:
        if operator == r"\otimes" and left.shape != right.shape:
            return _outer(left, right)
        if operator == r"\otimes" and outer and left.is_vector:
            note("outer")
            return _outer(left, right)
        return _entrywise(operator, left, right)
    if operator in ("*", r"\ast") and star == "elementwise":
        return _entrywise(operator, left, right)
    batch = (
        star != "matrix" and left.shape == right.shape and left.shape[1] == right.shape[1] != right.shape[0]
    )
    if batch:  # equal shapes that no matrix product fits
        note("elementwise" if operator else "elementwise by juxtaposition")
        return times(left, right)
    if operator in ("*", r"\ast", r"\times") and left.shape[1] == right.shape[0]:
        note("* as matrix product")
    return matmul(left, right)


def _is_free(a: Jacobian, b: Jacobian) -> bool:
    """Whether the order of two factors does not show: one of them is a scalar."""
    return 1 in (a.full.size, b.full.size)


def _entrywise(operator: str, left: Tensor, right: Tensor) -> Tensor:
    """The entrywise product of equal shapes: what a program would spread, mathematics does not."""
    if left.shape != right.shape and not (left.literal or right.literal):
        raise Mismatch(operator, left.shape, right.shape)
    return times(left, right)


def _outer(left: Tensor, right: Tensor) -> Tensor:
    return matmul(_column(left), transpose(_column(right)))


def _column(a: Tensor) -> Tensor:
    return transpose(a) if a.shape[0] == 1 else a


def _contracted(jacobian: Jacobian, other: Tensor, note: Note) -> Value:
    """The gradient of a vector, times the derivative of that vector by a matrix."""
    a, b = jacobian.full.shape[:2]
    for vector in (other, transpose(other)):
        if vector.shape == (a, b):
            note("contracted")
            full = np.tensordot(vector.value, jacobian.full, axes=([0, 1], [0, 1])) % P
            return Tensor(full)
    if other.shape[1] == a and b == 1 and other.shape[0] > 1:
        full = np.tensordot(other.value, jacobian.full, axes=([1], [0])) % P
        return replace(jacobian, full=full)
    raise Mismatch("chain", other.shape, (a, b))


def power(a: Tensor, exponent: int) -> Tensor:
    """Entry by entry for a vector, by repeated matrix products for a square matrix."""
    if abs(exponent) > MOST_FACTORS:
        raise Unsupported(f"a power of {exponent}")
    if exponent < 0:
        if not a.is_scalar and a.shape[0] == a.shape[1]:
            raise OutOfRange  # A^{t-k} for k > t
        return power(reciprocal(a), -exponent)
    if a.shape[0] == a.shape[1] and not a.is_scalar:
        result = identity(a.shape[0])
        for _ in range(exponent):
            result = matmul(result, a)
        return result
    result = number(1)
    for _ in range(exponent):
        result = times(result, a)
    return result

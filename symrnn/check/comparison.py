"""Whether two sides of a claim are equal, each in the form it has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symrnn.check.evaluate import Evaluator
from symrnn.check.jacobian import Jacobian, Layout, same
from symrnn.check.products import Value
from symrnn.check.tensor import Mismatch, Tensor, equal, transpose
from symrnn.field import P


def compare(a: Value, b: Value, layout: Layout, evaluator: Evaluator) -> bool:
    """Whether two sides are equal, each in the form it has. Raises Mismatch."""
    note = evaluator.notes.add
    if isinstance(a, Jacobian) and isinstance(b, Jacobian):
        if a.full.shape == b.full.shape:
            return same(a, b)
        if a.full.size != b.full.size:
            raise Mismatch("=", _shape(a), _shape(b))
        return False
    if isinstance(b, Jacobian):
        a, b = b, a
    if isinstance(a, Tensor):
        assert isinstance(b, Tensor)
        return _tensors(a, b, note)
    assert isinstance(b, Tensor)
    matrix = a.matrix(layout)
    if matrix is not None and (matrix.shape == b.shape or b.literal):
        if equal(matrix, b):
            if a.is_gradient:
                if not (b.is_scalar or a.is_number_row(layout)):
                    note(f"{layout.gradient} gradients")
            elif not np.array_equal(matrix.value, matrix.value.T):
                note(f"{layout.jacobian} layout")
            return True
        if b.literal:
            return not ((a.full - b.value[0, 0]) % P).any()
        return False
    for form, name in ((a.diagonal(), "diagonal"), (a.local_factor(), "local factor")):
        if form is not None:
            for vector in (form, transpose(form)):
                if vector.shape == b.shape and equal(vector, b):
                    note(name)
                    return True
    if matrix is None:
        raise Mismatch("=", _shape(a), b.shape)
    if a.is_gradient and not a.of_loss and equal(matrix, transpose(b)):
        return True  # the Jacobian of a number of the network, a row
    return _tensors(matrix, b, note)


def _shape(a: Jacobian) -> tuple[int, int]:
    p, q, r, s = a.full.shape
    return (p * q, r * s)


def _tensors(a: Tensor, b: Tensor, note: Callable[[str], None]) -> bool:
    if a.shape == b.shape or a.literal or b.literal:
        return equal(a, b)
    if a.shape == (b.shape[1], b.shape[0]) and equal(a, transpose(b)):
        note("transposed")
        return True
    raise Mismatch("=", a.shape, b.shape)

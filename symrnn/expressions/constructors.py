"""The constructors: they check shapes, keep the order, and drop what is trivially zero or one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

from sympy import Expr, Integer, Lambda, S, expand, sympify

from symrnn.expressions.leaf import LENGTHS
from symrnn.expressions.node import Node, Shape, ShapeError, same, same_shape, shape_text
from symrnn.expressions.operations import (
    Apply,
    Diag,
    Diagonal,
    Fill,
    Hadamard,
    Plus,
    Product,
    Rows,
    Scale,
    Softmax,
    Stack,
    Total,
    Transposed,
)
from symrnn.expressions.over_time import Blocks, Call, Chain, Identity, Only, Over


def fill(number: Any, shape: Shape) -> Node:
    """A matrix with one number in every place."""
    return Fill(sympify(number, strict=True), *shape)


def vanishes(node: Node) -> bool:
    """Whether an expression is zero by its form."""
    return isinstance(node, Fill) and node.args[0] == 0


def _is_ones(node: Node) -> bool:
    return isinstance(node, Fill) and node.args[0] == 1


def plus(*terms: Node) -> Node:
    """The sum of terms, which must have one shape."""
    flat = [t for term in terms for t in (term.operands if isinstance(term, Plus) else (term,))]
    if len(flat) > 1:
        Plus(*flat)  # checks the shapes, zeros included
    kept = [t for t in flat if not vanishes(t)]
    return Plus(*kept) if len(kept) > 1 else kept[0] if kept else flat[0]


def scale(factor: Any, matrix: Node) -> Node:
    """factor * matrix; the factor a number or a (1, 1) node."""
    if isinstance(factor, Fill):
        factor = factor.args[0]
    if isinstance(factor, Scale) and not isinstance(factor.args[0], Node):
        return scale(factor.args[0], scale(factor.args[1], matrix))
    factor = factor if isinstance(factor, Node) else sympify(factor, strict=True)
    if factor == 1:
        return matrix
    if factor == 0 or vanishes(matrix):
        return fill(0, matrix.shape)
    if not isinstance(factor, Node):
        if isinstance(matrix, Scale) and not isinstance(matrix.args[0], Node):
            return scale(factor * matrix.args[0], matrix.args[1])
        if isinstance(matrix, Fill):
            return fill(factor * matrix.args[0], matrix.shape)
        if isinstance(matrix, Plus):
            return plus(*(scale(factor, t) for t in matrix.operands))
    elif isinstance(matrix, Scale) and not isinstance(matrix.args[0], Node):
        return scale(matrix.args[0], scale(factor, matrix.args[1]))
    return Scale(factor, matrix)


def product(*factors: Node) -> Node:
    """The matrix product of factors, left to right; scalar factors are pulled to the front."""
    flat: list[Node] = []
    scalars: list[Any] = []
    for factor in factors:
        while isinstance(factor, Scale):
            scalars.append(factor.args[0])
            factor = factor.args[1]
        flat += factor.operands if isinstance(factor, Product) else (factor,)
    whole = Product(*flat) if len(flat) > 1 else flat[0]
    if any(vanishes(f) for f in flat):
        return fill(0, whole.shape)
    if any(isinstance(f, Identity) for f in flat):
        kept = [f for f in flat if not isinstance(f, Identity)] or flat[:1]
        whole = Product(*kept) if len(kept) > 1 else kept[0]
    for scalar in reversed(scalars):
        whole = scale(scalar, whole)
    return whole


def hadamard(*factors: Node) -> Node:
    """The elementwise product of factors of one shape; scalar factors are pulled to the front."""
    flat: list[Node] = []
    scalars: list[Any] = []
    for factor in factors:
        while isinstance(factor, Scale):
            scalars.append(factor.args[0])
            factor = factor.args[1]
        flat += factor.operands if isinstance(factor, Hadamard) else (factor,)
    if len(flat) > 1:
        Hadamard(*flat)
    shape = flat[0].shape
    scalars += [f.args[0] for f in flat if isinstance(f, Fill)]
    kept = [f for f in flat if not isinstance(f, Fill)]
    whole = fill(1, shape) if not kept else kept[0] if len(kept) == 1 else Hadamard(*kept)
    for scalar in reversed(scalars):
        whole = scale(scalar, whole)
    return whole


def apply(function: Lambda, *operands: Node) -> Node:
    """function, entry by entry."""
    if all(isinstance(x, Fill) for x in operands):
        return fill(function(*(x.args[0] for x in operands)), operands[0].shape)
    return Apply(function, *operands)


def transposed(matrix: Node) -> Node:
    """The transpose, taken inside as far as it goes."""
    if isinstance(matrix, Transposed):
        return matrix.operands[0]
    if matrix.shape == (1, 1):
        return matrix
    if isinstance(matrix, Fill):
        return fill(matrix.args[0], (matrix.shape[1], matrix.shape[0]))
    if isinstance(matrix, Scale):
        return scale(matrix.args[0], transposed(matrix.args[1]))
    if isinstance(matrix, Plus):
        return plus(*(transposed(term) for term in matrix.operands))
    if isinstance(matrix, Product):
        return product(*(transposed(f) for f in reversed(matrix.operands)))
    if isinstance(matrix, Diag | Identity):
        return matrix
    return Transposed(matrix)


def stack(*blocks: Node) -> Node:
    """Blocks above one another."""
    whole = Stack(*blocks) if len(blocks) > 1 else blocks[0]
    return fill(0, whole.shape) if all(vanishes(b) for b in blocks) else whole


def rows(matrix: Node, start: Expr, stop: Expr) -> Node:
    """Rows start..stop; of a stack, the block itself where the cut falls between blocks."""
    if vanishes(matrix):
        return fill(0, (expand(stop - start), matrix.shape[1]))
    if start == 0 and same(stop, matrix.shape[0]):
        return matrix
    if isinstance(matrix, Stack):
        for block, (low, high) in zip(matrix.operands, spans(matrix.operands), strict=True):
            if same(low, start) and same(high, stop):
                return block
    return Rows(matrix, start, stop)


def spans(blocks: tuple[Node, ...]) -> list[tuple[Expr, Expr]]:
    """The first and the past-the-last row of each block in their stack."""
    ends = list(accumulate(b.shape[0] for b in blocks))
    return list(zip([S.Zero, *ends], ends, strict=False))


def total(matrix: Node) -> Node:
    """The sum of all entries."""
    if matrix.shape == (1, 1):
        return matrix
    if vanishes(matrix):
        return fill(0, (S.One, S.One))
    if isinstance(matrix, Scale):
        return scale(matrix.args[0], total(matrix.args[1]))
    return Total(matrix)


def inner(a: Node, b: Node) -> Node:
    """The sum of the entries of a * b; for columns, a^T b."""
    if not same_shape(a.shape, b.shape):
        raise ShapeError(f"dot of {shape_text(a.shape)} and {shape_text(b.shape)}")
    if _is_ones(a) or _is_ones(b):
        return total(b if _is_ones(a) else a)
    if a.shape == (1, 1):
        return hadamard(a, b)
    return product(transposed(a), b) if a.shape[1] == 1 else total(hadamard(a, b))


def identity(rows: Expr) -> Node:
    """The identity matrix."""
    return Identity(rows)


def diag(column: Node) -> Node:
    """The diagonal matrix of a column; numbers are pulled to the front."""
    if vanishes(column):
        return fill(0, (column.shape[0], column.shape[0]))
    if isinstance(column, Fill):
        return scale(column.args[0], identity(column.shape[0]))
    if isinstance(column, Scale) and not isinstance(column.args[0], Node):
        return scale(column.args[0], diag(column.args[1]))
    return Diag(column)


def diagonal(matrix: Node) -> Node:
    """The diagonal of a square matrix, as a column."""
    return Diagonal(matrix)


def over(expression: Node, clock: Expr, low: Any = 1, high: Expr | None = None) -> Node:
    """The sum over the steps of a clock, all of them or low..high."""
    if vanishes(expression):
        return expression
    bounds = () if low == 1 and high in (None, LENGTHS.get(clock)) else (sympify(low, strict=True), high)
    return Over(expression, clock, *bounds)


def chain(factor: Node, index: Expr, low: Any, high: Expr) -> Node:
    """factor[high] ... factor[low], the latest on the left."""
    return Chain(factor, index, sympify(low, strict=True), high)


def blocks(grid: list[list[Node]]) -> Node:
    """The matrix of rows of blocks."""
    flat = [block for row in grid for block in row]
    return flat[0] if len(flat) == 1 else Blocks(Integer(len(grid[0])), *flat)


def only(expression: Node, clock: Expr, when: Expr) -> Node:
    """expression where clock = when, zero elsewhere."""
    return expression if vanishes(expression) else Only(expression, clock, when)


CONSTRUCTORS: dict[type, Callable[..., Node]] = {
    Plus: plus,
    Scale: scale,
    Product: product,
    Hadamard: hadamard,
    Apply: apply,
    Transposed: transposed,
    Stack: stack,
    Rows: rows,
    Total: total,
    Softmax: Softmax,
    Diag: diag,
    Diagonal: diagonal,
    Over: over,
    Only: only,
    Chain: chain,
    Identity: identity,
    Blocks: Blocks,
    Call: Call,
}


def remake(node: Node, operands: list[Node]) -> Node:
    """The same operation on other operands, through its simplifying constructor."""
    fresh = iter(operands)
    args = [next(fresh) if isinstance(a, Node) else a for a in node.args]
    return CONSTRUCTORS.get(type(node), type(node))(*args)

"""The matrix of a linear map that is given as an expression: M, where M g is the expression."""

from __future__ import annotations

from collections.abc import Callable

from sympy import S

from symrnn.errors import SymrnnError
from symrnn.expressions import (
    Hadamard,
    Leaf,
    Node,
    Plus,
    Product,
    Rows,
    Scale,
    Stack,
    Total,
    diag,
    fill,
    hadamard,
    identity,
    leaves,
    plus,
    product,
    rows,
    scale,
    stack,
    transposed,
)

Rule = Callable[[Node, Leaf], Node]


def matrix_of(expression: Node, g: Leaf) -> Node:
    """The matrix M with M g = expression, for a column that is linear in the column g.

    Raises SymrnnError for an operation whose matrix is not known.
    """
    if expression == g:
        return identity(g.shape[0])
    if not _has(expression, g):
        return fill(0, (expression.shape[0], g.shape[0]))
    rule = _MATRICES.get(type(expression))
    if rule is None or expression.shape[1] != 1:
        raise SymrnnError(f"no matrix for the linear map by {type(expression).__name__}")
    return rule(expression, g)


def _has(node: Node, g: Leaf) -> bool:
    return any(leaf == g for leaf in leaves(node))


def _plus(node: Node, g: Leaf) -> Node:
    return plus(*(matrix_of(term, g) for term in node.operands))


def _hadamard(node: Node, g: Leaf) -> Node:
    others = [x for x in node.operands if not _has(x, g)]
    (linear,) = (x for x in node.operands if _has(x, g))
    return product(diag(hadamard(*others)), matrix_of(linear, g))


def _scale(node: Node, g: Leaf) -> Node:
    factor, matrix = node.args
    if isinstance(factor, Node) and _has(factor, g):
        return product(matrix, matrix_of(factor, g))
    return scale(factor, matrix_of(matrix, g))


def _product(node: Node, g: Leaf) -> Node:
    factors = node.operands
    if node.shape == (S.One, S.One) and not _has(factors[-1], g):
        return matrix_of(transposed(node), g)  # g^T v = v^T g
    if not _has(factors[-1], g):
        raise SymrnnError("no matrix for the linear map by a product with g on the left")
    return product(*factors[:-1], matrix_of(factors[-1], g))


def _total(node: Node, g: Leaf) -> Node:
    (column,) = node.operands
    return product(fill(1, (S.One, column.shape[0])), matrix_of(column, g))


def _stack(node: Node, g: Leaf) -> Node:
    return stack(*(matrix_of(block, g) for block in node.operands))


def _rows(node: Node, g: Leaf) -> Node:
    matrix = matrix_of(node.args[0], g)
    factors = matrix.operands if isinstance(matrix, Product) else (matrix,)
    return product(rows(factors[0], *node.args[1:]), *factors[1:])


_MATRICES: dict[type, Rule] = {
    Plus: _plus,
    Hadamard: _hadamard,
    Scale: _scale,
    Product: _product,
    Total: _total,
    Stack: _stack,
    Rows: _rows,
}

"""The table of vector-Jacobian products: how a cotangent passes through each operation.

A rule takes the node, the name its value has (the node itself if it has none) and the cotangent g of the
value, and gives one cotangent for each operand: Jacobian^T g, in the operand's shape (Griewank, Walther,
Evaluating Derivatives, 2008, chapter 3).
"""

from __future__ import annotations

from collections.abc import Callable

from symrnn.derivative import VALUE, derivative
from symrnn.errors import SymrnnError
from symrnn.expressions import (
    Apply,
    Diag,
    Diagonal,
    Hadamard,
    Node,
    Only,
    Plus,
    Product,
    Rows,
    Scale,
    Softmax,
    Stack,
    Total,
    Transposed,
    diag,
    diagonal,
    fill,
    hadamard,
    inner,
    only,
    plus,
    product,
    rows,
    scale,
    spans,
    stack,
    transposed,
)
from symrnn.scalar import from_scalar

Rule = Callable[[Node, Node, Node], list[Node]]
VJPS: dict[type, Rule] = {}


def vjp(node_type: type) -> Callable[[Rule], Rule]:
    """Enter a rule in the table."""

    def register(rule: Rule) -> Rule:
        if node_type in VJPS:
            raise ValueError(f"{node_type.__name__} already has a VJP rule")
        VJPS[node_type] = rule
        return rule

    return register


def cotangents(node: Node, value: Node, g: Node) -> list[Node]:
    """The cotangents of a node's operands. Raises SymrnnError where the table has no rule."""
    rule = VJPS.get(type(node))
    if rule is None:
        raise SymrnnError(f"no derivative rule for {type(node).__name__}: add one to VJPS in symrnn/vjp.py")
    return rule(node, value, g)


@vjp(Plus)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    return [g] * len(node.operands)


@vjp(Scale)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    factor, matrix = node.args
    if isinstance(factor, Node):
        return [inner(matrix, g), scale(factor, g)]
    return [scale(factor, g)]


@vjp(Product)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    factors = node.operands
    result = []
    for i in range(len(factors)):
        before = [transposed(f) for f in reversed(factors[:i])]
        after = [transposed(f) for f in reversed(factors[i + 1 :])]
        result.append(product(*before, g, *after))
    return result


@vjp(Hadamard)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    factors = node.operands
    return [hadamard(*factors[:i], *factors[i + 1 :], g) for i in range(len(factors))]


@vjp(Apply)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    result = []
    for i in range(len(node.operands)):
        slope, in_value = derivative(node.function, i)
        own = {VALUE: value} if in_value else dict(zip(node.function.variables, node.operands, strict=True))
        result.append(hadamard(from_scalar(slope, own, node.shape), g))
    return result


@vjp(Softmax)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    # The Jacobian is diag(p) - p p^T (Bridle 1990, eq. 16).
    return [plus(hadamard(value, g), scale(-1, scale(inner(value, g), value)))]


@vjp(Transposed)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    return [transposed(g)]


@vjp(Stack)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    return [rows(g, low, high) for low, high in spans(node.operands)]


@vjp(Rows)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    matrix, start, stop = node.args
    height, width = matrix.shape
    blocks = [fill(0, (start, width))] if start != 0 else []
    blocks += [g]
    blocks += [fill(0, (height - stop, width))] if height - stop != 0 else []
    return [stack(*blocks)]


@vjp(Total)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    return [scale(g, fill(1, node.operands[0].shape))]


@vjp(Diag)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    return [diagonal(g)]


@vjp(Diagonal)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    return [diag(g)]


@vjp(Only)
def _(node: Node, value: Node, g: Node) -> list[Node]:
    return [only(g, node.args[1], node.args[2])]

"""A weight times a stack, W [h, x], as the sum of its parts: W_h h + W_x x.

Then the part of x is known before the loop, and the parts of h of several gates can be fused.
"""

from __future__ import annotations

from symrnn.equations import Equation
from symrnn.expressions import (
    Leaf,
    Node,
    Over,
    Product,
    Rows,
    Stack,
    Transposed,
    over,
    plus,
    product,
    remake,
    rows,
    spans,
    stack,
    transposed,
)
from symrnn.kernels.system import System


def parts(system: System) -> System:
    """The system with products of weights and stacks as sums of products with parts of the weights."""
    forward, backward = ([Equation(e.lhs, _split(e.rhs, system)) for e in part] for part in system.passes)
    return system.rewritten(forward, backward)


def _split(node: Node, system: System) -> Node:
    if isinstance(node, Leaf) or not node.operands:
        return node
    node = remake(node, [_split(x, system) for x in node.operands])
    if isinstance(node, Product) and len(node.operands) == 2:
        return _product(node, system)
    if isinstance(node, Rows) and isinstance(node.operands[0], Product):
        # (W^T g)[low:high] needs the columns low..high of W alone
        weight, *rest = node.operands[0].operands
        if system.is_shared(weight):
            return product(rows(weight, node.args[1], node.args[2]), *rest)
    if isinstance(node, Over) and isinstance(node.operands[0], Transposed):
        return transposed(_split(over(node.operands[0].operands[0], node.index), system))
    if isinstance(node, Over) and isinstance(node.operands[0], Stack):
        return stack(*(over(block, node.index) for block in node.operands[0].operands))
    return node


def _product(node: Node, system: System) -> Node:
    left, right = node.operands
    if isinstance(right, Stack) and system.is_shared(left):
        columns = [rows(transposed(left), low, high) for low, high in spans(right.operands)]
        return plus(*(product(transposed(c), x) for c, x in zip(columns, right.operands, strict=True)))
    if isinstance(right, Transposed) and isinstance(right.operands[0], Stack):
        # g [h, x]^T, the gradient of a joined weight: [h g^T, x g^T]^T
        return transposed(stack(*(product(x, transposed(left)) for x in right.operands[0].operands)))
    return node

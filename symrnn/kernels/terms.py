"""What expressions are made of, where statements of their own compute them."""

from __future__ import annotations

from symrnn.expressions import Hadamard, Leaf, Node, Scale, Softmax
from symrnn.logarithms import LogSoftmax


def taken_away(node: Node) -> Leaf | None:
    """y of the term -y of a sum."""
    minus = isinstance(node, Scale) and node.args[0] == -1 and isinstance(node.args[1], Leaf)
    return node.args[1] if minus and not node.args[1].offset else None


def summed(node: Node) -> tuple[Leaf, Leaf] | None:
    """y and q of the sum of y * q."""
    inside = node.operands[0]
    if (
        isinstance(inside, Hadamard)
        and len(inside.operands) == 2
        and all(isinstance(x, Leaf) for x in inside.operands)
    ):
        first, second = inside.operands
        return (first, second) if not (first.offset or second.offset) else None
    return None


def are_twins(node: Node, other: Node) -> bool:
    """Whether one is the softmax, the other its logarithm, of the same logits."""
    return {type(node), type(other)} == {Softmax, LogSoftmax} and node.operands == other.operands

"""The parts of a formula in which mistakes are made: see mutations."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.notes.formula import (
    BigOperator,
    Call,
    Differential,
    Fraction,
    Group,
    Infix,
    Name,
    Node,
    Number,
    Script,
    Unary,
)
from symrnn.notes.tree import children, walk

ONE = Number("1")


def factors(tree: Node) -> Iterator[Node]:
    """The parts of a formula that are terms and factors: no scripts, and what is differentiated is one part."""
    yield tree
    if isinstance(tree, Name | Differential) or gradient(tree):
        return
    for child in children(tree):
        if not (isinstance(tree, Script) and child is not tree.base) and not (
            isinstance(tree, BigOperator) and child is not tree.body
        ):
            yield from factors(child)


def gradient(node: Node) -> bool:
    """Whether a node is a derivative, written as a fraction or with a nabla."""
    return isinstance(node, Differential) or (
        isinstance(node, Fraction)
        and any(isinstance(n, Differential) or n == Name("d") for n in walk(node.denominator))
    )


def is_sum(node: Node) -> bool:
    return isinstance(node, Infix) and bool(set(node.operators) & {"+", "-"})


def is_product(node: Node) -> bool:
    return isinstance(node, Infix) and not set(node.operators) & {*"+-<>="} and Name("d") not in node.operands


def grouped(node: Node) -> Node:
    return Group("(", node, ")") if is_sum(node) else node


def without(node: Infix, i: int) -> Node:
    """A sum or product without one of its operands."""
    operands = node.operands[:i] + node.operands[i + 1 :]
    operators = node.operators[:i] + node.operators[i + 1 :] if i else node.operators[1:]
    if i:
        operators = node.operators[: i - 1] + node.operators[i:]
    rest = Infix(operators, operands) if operators else operands[0]
    return Unary("-", grouped(rest)) if i == 0 and node.operators[0] == "-" and not operators else rest


def is_slope(node: Node) -> bool:
    """Whether a factor is a slope: (1 - h^2), 1 - sigma, a diagonal of it, or [a > 0]."""
    match node:
        case Call(head=Name(stem="diag"), argument=inside):
            return is_slope(inside) or any(is_slope(n) for n in walk(inside))
        case Group(opening="[", body=Infix(operators=(">",))):
            return True
        case Group(body=Node() as body):
            return is_slope(body)
        case Infix(operators=("-",), operands=(Number(digits="1"), _)):
            return True
    return False

"""How far a product over steps reaches: to the last factor in which its letter stands, and the parameters after it."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.indices import bound
from symrnn.check.names import Lexicon, quantities
from symrnn.notes.formula import BigOperator, Infix, Name, Node
from symrnn.notes.tree import walk

PRODUCTS = (r"\prod", "∏")


def scoped(lexicon: Lexicon, node: Infix | BigOperator) -> Infix | None:
    r"""The factors with those after a product outside of it: \prod_j A_j B_k is (\prod_j A_j) B_k; None if none are.

    A quantity of another step is no factor of every step; a parameter, W, may be one.
    """
    if isinstance(node, BigOperator):
        operators: tuple[str, ...] = ()
        before: tuple[Node, ...] = ()
        last: Node = node
    else:
        operators, (*front, last) = node.operators, node.operands
        before = tuple(front)
    if not isinstance(last, BigOperator) or last.symbol not in PRODUCTS or not isinstance(last.body, Infix):
        return None
    if set(last.body.operators) & {"+", "-"} or set(operators) & {"+", "-"}:
        return None
    cut = _cut(lexicon, last, last.body.operands)
    if cut is None:
        return None
    inside = last.body.operands[:cut]
    body = inside[0] if cut == 1 else Infix(last.body.operators[: cut - 1], inside)
    narrow = replace(last, body=body, origin=None)
    return Infix((*operators, *last.body.operators[cut - 1 :]), (*before, narrow, *last.body.operands[cut:]))


def _cut(lexicon: Lexicon, node: BigOperator, factors: tuple[Node, ...]) -> int | None:
    """The first factor after those of a product's letter that is one of another step."""
    own = set(bound(node))
    naming = [i for i, factor in enumerate(factors) if _names_letter(factor, own)]
    if not naming:
        return None
    for index in range(naming[-1] + 1, len(factors)):
        if any(lexicon.read(name).times for name in quantities(factors[index])):
            return index
    return None


def _names_letter(tree: Node, own: set[str]) -> bool:
    return any(isinstance(node, Name) and node.stem in own for node in walk(tree))

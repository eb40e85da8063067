"""Which mistake was made, from the wrong formula and the right one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symrnn.check.edits_products import flat, is_product, is_sum, is_transposed, untransposed
from symrnn.check.edits_vocabulary import Vocabulary
from symrnn.check.heads import head
from symrnn.notes.formula import BigOperator, Call, Fraction, Group, Infix, Name, Node, Number, Script, Unary


def mistake_of(wrong: Node, right: Node, vocabulary: Vocabulary) -> str:
    """The name of the mistake that a wrong term is: see MISTAKES."""
    before, after = (list(_factors(node, vocabulary)) for node in (wrong, right))
    lost, new = Counter(after) - Counter(before), Counter(before) - Counter(after)
    if not lost and not new:
        if before != after:
            return "order"
        turned = [[is_transposed(leaf) for leaf in _leaves(node, vocabulary)] for node in (wrong, right)]
        return "transpose" if turned[0] != turned[1] else "parentheses"
    if not new:
        return _lost(list(lost))
    if not lost:
        return "scale" if all(isinstance(factor, Number | Fraction) for factor in new) else "other"
    if len(lost) == len(new) == 1:
        return _swapped(next(iter(new)), next(iter(lost)), vocabulary)
    return "other"


def _lost(factors: list[Node]) -> str:
    """What it is called that factors are missing."""
    if all(isinstance(factor, Number | Fraction) for factor in factors):
        return "scale"
    return "missing-activation-derivative" if any(is_slope(factor) for factor in factors) else "other"


def _swapped(wrong: Node, right: Node, vocabulary: Vocabulary) -> str:
    """What it is called that one factor stands for another."""
    symbols = [vocabulary.symbol(node) if isinstance(node, Name) else None for node in (wrong, right)]
    first, second = symbols
    if first is not None and second is not None:
        if first.key == second.key:
            return "index" if first.times != second.times or first.entries != second.entries else "other"
        kinds = vocabulary.kinds.get(first.key), vocabulary.kinds.get(second.key)
        return "gate-swap" if kinds == ("gate", "gate") else "wrong-symbol"
    if is_slope(right):
        return "missing-activation-derivative" if not is_slope(wrong) else "wrong-symbol"
    return "wrong-symbol"


def is_slope(node: Node) -> bool:
    """Whether a factor looks like the derivative of an activation: (1 - ..), f'(..)."""
    match node:
        case Group(body=Infix(operators=("-",), operands=(Number(digits="1"), _))):
            return True
        case Infix(operators=("-",), operands=(Number(digits="1"), _)):
            return True
        case Call(head=Name(primes=primes)) if primes:
            return True
    return False


def _factors(node: Node, vocabulary: Vocabulary) -> Iterator[Node]:
    """The factors of a product, through all brackets and transposes, without their origins' differences."""
    for leaf in _leaves(node, vocabulary):
        yield untransposed(leaf) if is_transposed(leaf) else leaf


def _leaves(node: Node, vocabulary: Vocabulary) -> Iterator[Node]:
    for factor in flat(node, vocabulary).factors:
        inner = factor
        while True:
            match inner:
                case Group(body=Node() as body) if not is_sum(body) or head(body) is not None:
                    inner = body
                case Call(head=Name(stem="diag" | r"\diag"), argument=Group(body=Node() as body)):
                    inner = body
                case Script(base=Group(body=Node() as body)) if is_transposed(inner) and is_product(body):
                    inner = body
                case BigOperator(body=body) | Unary(body=body):
                    inner = body
                case _:
                    break
        if inner is factor or not is_product(inner):
            yield _unbracketed(inner)
        else:
            yield from _leaves(inner, vocabulary)


def _unbracketed(node: Node) -> Node:
    return node.body if isinstance(node, Group) and node.body is not None else node

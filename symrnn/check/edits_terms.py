"""Slips of terms and factors: order, transposes, signs, what is missing or too much, brackets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.check.difference import mistake_of
from symrnn.check.edits_arranged import arrangements
from symrnn.check.edits_products import (
    Product,
    bracketed,
    flat,
    infix,
    is_sum,
    joined,
    product,
    terms,
    transposed,
)
from symrnn.check.edits_vocabulary import Edit, Formula, Vocabulary
from symrnn.notes.formula import BigOperator, Fraction, Group, Infix, Name, Node, Number, Unary
from symrnn.notes.tree import walk


def _products(formula: Formula, vocabulary: Vocabulary) -> Iterator[tuple[Node, Product]]:
    for node, _ in terms(formula.tree):
        yield node, flat(node, vocabulary)


def transposes(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """One factor with a transpose more or less."""
    for node, given in _products(formula, vocabulary):
        for index, factor in enumerate(given.factors):
            if isinstance(factor, Number | BigOperator) or vocabulary.shape(factor) == (1, 1):
                continue
            turned = transposed(factor, vocabulary.mark)
            new = joined(given.signs, (*given.factors[:index], turned, *given.factors[index + 1 :]))
            yield Edit(formula.put(node, new), "transpose")


def orders(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """Two factors exchanged, or one moved to the front or to the end."""
    for node, given in _products(formula, vocabulary):
        count = len(given.factors)
        for order in _orders(count):
            new = joined(given.signs, [given.factors[i] for i in order])
            yield Edit(formula.put(node, new), "order")


def _orders(count: int) -> Iterator[tuple[int, ...]]:
    seen = {tuple(range(count))}
    for i in range(count):
        for j in range(i + 1, count):
            swap = list(range(count))
            swap[i], swap[j] = swap[j], swap[i]
            moved = [k for k in range(count) if k != i]
            moved.insert(j, i)
            back = [k for k in range(count) if k != j]
            back.insert(i, j)
            for order in map(tuple, (swap, moved, back)):
                if order not in seen:
                    seen.add(order)
                    yield order


def conforming(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """The factors of one term in the order, and with the transposes, that its shape asks for."""
    for node, goal in terms(formula.tree, vocabulary.goal):
        given = flat(node, vocabulary)
        for new in arrangements(given, goal, vocabulary):
            yield Edit(formula.put(node, new), mistake_of(node, new, vocabulary))


def extra_factors(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """One factor less."""
    for node, given in _products(formula, vocabulary):
        if len(given.factors) < 2:
            continue
        for index in range(len(given.factors)):
            signs = [*given.signs[: max(index - 1, 0)], *given.signs[max(index, 1) :]]
            new = joined(signs, [*given.factors[:index], *given.factors[index + 1 :]])
            yield Edit(formula.put(node, new), "other")


def extra_terms(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """One term less."""
    for node in walk(formula.tree):
        if not is_sum(node):
            continue
        assert isinstance(node, Infix)
        for index in range(len(node.operands)):
            rest = [*node.operands[:index], *node.operands[index + 1 :]]
            signs = list(node.operators)
            first = signs.pop(max(index - 1, 0))
            if index == 0 and first == "-":
                rest[0] = Unary("-", rest[0])
            yield Edit(formula.put(node, infix(signs, rest)), "extra-term")


def missing_terms(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """One of the terms on offer added."""
    tree = formula.tree
    for term in vocabulary.terms:
        if is_sum(tree):
            assert isinstance(tree, Infix)
            yield Edit(infix([*tree.operators, "+"], [*tree.operands, term]), "missing-term")
        else:
            yield Edit(infix(["+"], [tree, term]), "missing-term")


def signs(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A + for a -, and a minus lost or too much."""
    tree = formula.tree
    for node in walk(formula.tree):
        if isinstance(node, Unary) and node.operator == "-":
            yield Edit(formula.put(node, node.body), "sign")
        elif is_sum(node) and isinstance(node, Infix):
            for index, sign in enumerate(node.operators):
                other = {"+": "-", "-": "+"}[sign]
                changed = (*node.operators[:index], other, *node.operators[index + 1 :])
                yield Edit(formula.put(node, replace(node, operators=changed)), "sign")
    if not isinstance(tree, Unary):
        opposite = bracketed(tree) if is_sum(tree) else tree
        yield Edit(Unary("-", opposite), "sign")


def numbers(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A number less among the factors: 2, or 1/2."""
    for node, given in _products(formula, vocabulary):
        for index, factor in enumerate(given.factors):
            if len(given.factors) > 1 and not any(isinstance(n, Name) for n in walk(factor)):
                signs = [*given.signs[: max(index - 1, 0)], *given.signs[max(index, 1) :]]
                new = joined(signs, [*given.factors[:index], *given.factors[index + 1 :]])
                yield Edit(formula.put(node, new), "scale")


def operators(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A product for a sum, a sum for a product, an entrywise product for a matrix product."""
    tree = formula.tree
    for node in walk(formula.tree):
        if is_sum(node) and isinstance(node, Infix) and len(node.operands) == 2:
            yield Edit(formula.put(node, product(node.operands, vocabulary.elementwise)), "other")
    for node, given in _products(formula, vocabulary):
        for index, sign in enumerate(given.signs):
            for other in ("", vocabulary.elementwise):
                if other != sign:
                    changed = (*given.signs[:index], other, *given.signs[index + 1 :])
                    yield Edit(formula.put(node, joined(changed, given.factors)), "order")
            parts = [
                joined(given.signs[:index], given.factors[: index + 1]),
                joined(given.signs[index + 1 :], given.factors[index + 1 :]),
            ]
            whole = infix(["+"], parts)
            yield Edit(formula.put(node, whole if node is tree else bracketed(whole)), "other")


def brackets(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A bracket that reaches further, or less far; a sum over more of what follows, or less."""
    for node, given in _products(formula, vocabulary):
        count = len(given.factors)
        for start in range(count - 1):
            for end in range(start + 2, count + 1):
                if end - start == count:
                    continue
                group = bracketed(joined(given.signs[start : end - 1], given.factors[start:end]))
                factors = [*given.factors[:start], group, *given.factors[end:]]
                changed = [*given.signs[:start], *given.signs[end - 1 :]]
                yield Edit(formula.put(node, joined(changed, factors)), "parentheses")
        for index, factor in enumerate(given.factors):
            if isinstance(factor, BigOperator) and index:
                front = (*given.factors[:index], _plain(factor.body))
                body = joined(given.signs[:index], front)
                yield Edit(formula.put(node, replace(factor, body=body)), "parentheses")
    for node in walk(formula.tree):
        if is_sum(node) and isinstance(node, Infix):
            last = flat(node.operands[-1], vocabulary)
            if len(last.factors) > 1:
                inner = infix(node.operators, [*node.operands[:-1], last.factors[0]])
                new = joined(last.signs, [bracketed(inner), *last.factors[1:]])
                yield Edit(formula.put(node, new), "parentheses")
            first = flat(node.operands[0], vocabulary)
            if len(first.factors) > 1:
                inner = infix(node.operators, [first.factors[-1], *node.operands[1:]])
                new = joined(first.signs, [*first.factors[:-1], bracketed(inner)])
                yield Edit(formula.put(node, new), "parentheses")


def _plain(node: Node) -> Node:
    """What stands in brackets that it does not need."""
    match node:
        case Group(opening="(", body=Node() as body) if not is_sum(body):
            return body
    return node


def scales(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A factor 2, 1/2 or 1/T lost."""
    given = flat(formula.tree, vocabulary)
    factors = [bracketed(f) if is_sum(f) or isinstance(f, Unary) else f for f in given.factors]
    for scale in (Fraction(Number("1"), Number("2")), Fraction(Number("1"), Name("T")), Number("2")):
        yield Edit(joined(["", *given.signs], [scale, *factors]), "scale")


def sums(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A sum over time too much, or missing."""
    tree = formula.tree
    for node in walk(formula.tree):
        if isinstance(node, BigOperator):
            yield Edit(formula.put(node, node.body), "other")
    steps = Infix(("=",), (Name("t"), Number("1")))
    yield Edit(
        BigOperator(r"\sum", steps, Name("T"), bracketed(tree) if is_sum(tree) else tree), "missing-term"
    )

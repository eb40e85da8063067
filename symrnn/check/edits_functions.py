"""Slips of functions: the slope of an activation that is missing, another one, a power, an application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.check.edits_arranged import arrangements
from symrnn.check.edits_products import Product, bracketed, flat, is_sum, joined, product, terms
from symrnn.check.edits_vocabulary import Edit, Formula, Vocabulary
from symrnn.check.functions import known
from symrnn.notes.formula import Call, Group, Infix, Name, Node, Number, Script
from symrnn.notes.tree import children, walk, with_children

MISSING_SLOPE = "missing-activation-derivative"


def missing_factors(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """One term with the slope of an activation more."""
    for node, goal in terms(formula.tree, vocabulary.goal):
        given = flat(node, vocabulary)
        for slope in vocabulary.slopes:
            longer = Product(
                (*given.signs, *([vocabulary.elementwise] * len(slope))), (*given.factors, *slope)
            )
            for new in arrangements(longer, goal, vocabulary):
                yield Edit(formula.put(node, new), MISSING_SLOPE)
            for new in _with_slope(given, slope, vocabulary):
                yield Edit(formula.put(node, new), MISSING_SLOPE)


def other_slopes(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """The slope of one activation for that of another."""
    for node, goal in terms(formula.tree, vocabulary.goal):
        given = flat(node, vocabulary)
        for index, factor in enumerate(given.factors):
            if not _is_slope(factor):
                continue
            for slope in vocabulary.slopes:
                factors = (*given.factors[:index], *slope, *given.factors[index + 1 :])
                within = (vocabulary.elementwise,) * (len(slope) - 1)
                changed = Product((*given.signs[:index], *within, *given.signs[index:]), factors)
                yield Edit(formula.put(node, joined(changed.signs, factors)), "wrong-symbol")
                for new in arrangements(changed, goal, vocabulary):
                    yield Edit(formula.put(node, new), "wrong-symbol")


def _is_slope(node: Node) -> bool:
    """Whether a factor looks like the derivative of an activation: (1 - ..), f'(..)."""
    match node:
        case Group(body=Infix(operators=("-",), operands=(Number(digits="1"), _))):
            return True
        case Call(head=Name(primes=primes)):
            return primes > 0
        case Call(head=Name(stem="diag" | r"\diag"), argument=Group()):
            return True
    return False


def _with_slope(given: Product, slope: tuple[Node, ...], vocabulary: Vocabulary) -> Iterator[Node]:
    """A slope at any place of a product: between entrywise signs as it is, else with a factor in brackets."""
    sign = vocabulary.elementwise
    if all(given.signs):
        for index in range(len(given.factors), -1, -1):
            factors = [*given.factors[:index], *slope, *given.factors[index:]]
            signs = [*given.signs[:index], *([sign] * len(slope)), *given.signs[index:]]
            yield joined(signs, factors)
        return
    yield product([bracketed(joined(given.signs, given.factors)), *slope], sign)
    for index, factor in enumerate(given.factors):
        pair = bracketed(product([factor, *slope], sign))
        yield joined(given.signs, [*given.factors[:index], pair, *given.factors[index + 1 :]])


def functions(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A square that is missing in 1 - h, a function applied twice, or not at all, or another one."""
    tree = formula.tree
    two = Number("2")
    for node in walk(formula.tree):
        match node:
            case Infix(operators=("-",), operands=(Number(digits="1") as one, Name() as name)):
                squared = replace(name, sup=two) if name.sup is None else Script(bracketed(name), sup=two)
                yield Edit(formula.put(node, replace(node, operands=(one, squared))), MISSING_SLOPE)
                called = Call(Name(r"\tanh"), bracketed(name))
                yield Edit(formula.put(name, called), "other")
            case Infix(operators=("-",), operands=(Number(digits="1") as one, Group() | Call() as value)):
                powered = replace(node, operands=(one, Script(value, sup=two)))
                yield Edit(formula.put(node, powered), MISSING_SLOPE)
        match node:
            case Call(head=Name(primes=0, sup=None) as name, argument=Group(body=Node() as body) as group):
                if _applies(name, vocabulary):
                    yield Edit(formula.put(node, group if is_sum(body) else body), "other")
            case Script(base=inner, sup=Number(digits="2")):
                yield Edit(formula.put(node, inner), "other")
            case Name(sup=Number(digits="2")):
                yield Edit(formula.put(node, replace(node, sup=None)), "other")
    for twice in _everywhere(tree, vocabulary):
        yield Edit(twice, "other")


def _everywhere(tree: Node, vocabulary: Vocabulary) -> Iterator[Node]:
    """A function left out wherever it is applied to one thing."""
    calls = [
        n
        for n in walk(tree)
        if isinstance(n, Call) and isinstance(n.head, Name) and _applies(n.head, vocabulary)
    ]
    for call in dict.fromkeys(calls):
        if calls.count(call) > 1 and isinstance(call.argument, Group) and call.argument.body is not None:
            yield _all(tree, call, call.argument.body)


def _all(tree: Node, old: Node, new: Node) -> Node:
    if tree == old:
        return new
    below = children(tree)
    return with_children(tree, tuple(_all(child, old, new) for child in below)) if below else tree


def _applies(name: Name, vocabulary: Vocabulary) -> bool:
    return vocabulary.symbol(name) is None and (known(name.stem) is not None or name.stem == r"\sigma")

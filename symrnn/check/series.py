"""Sums of terms, and sums and products over steps, indices and the examples of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product as pairs
from math import prod
from typing import TYPE_CHECKING

from symrnn.check.components import APART, MEMBER
from symrnn.check.definition import OutOfRange, Unsupported
from symrnn.check.ellipses import written_out
from symrnn.check.indices import bound, indices_of, repeated, unbound_steps
from symrnn.check.products import Value, multiply, plus
from symrnn.check.scripts import letter as letter_of
from symrnn.check.tensor import number, total, unit
from symrnn.check.unions import members
from symrnn.check.written import word
from symrnn.notes.formula import BigOperator, Infix, List, Name, Node, Number, Text
from symrnn.notes.tree import walk

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


MOST_TERMS = 4000  # of a sum with the sums in it, so that no formula takes for ever
AT_LEAST = (r"\ge", r"\geq", r"\geqslant", "≥")
NEUTRAL_SUMS = {"batch", "samples", "examples", "minibatch"}


def sum_of_terms(ev: Evaluator, node: Infix, env: Mapping[str, int]) -> Value:
    """Terms with + and - between them."""
    node = written_out(ev, node, env)
    operators, operands = node.operators, node.operands
    if ev.reading.wide:
        for i, operand in enumerate(operands[:-1]):
            last = operand.operands[-1] if isinstance(operand, Infix) else operand
            if isinstance(last, BigOperator):
                body = Infix(operators[i:], (last.body, *operands[i + 1 :]))
                longer: Node = replace(last, body=body, origin=None)
                if isinstance(operand, Infix):
                    longer = Infix(operand.operators, (*operand.operands[:-1], longer))
                ev.notes.add("wide sum")
                if i == 0:
                    return ev.value(longer, env)
                return ev.value(Infix(operators[:i], (*operands[:i], longer)), env)
    result = (
        ev.value(operands[0], env) if not repeated(ev, operands[0], env) else einstein(ev, operands[0], env)
    )
    for operator, operand in zip(operators, operands[1:], strict=True):
        term = einstein(ev, operand, env) if repeated(ev, operand, env) else ev.value(operand, env)
        result = plus(result, term, 1 if operator == "+" else -1, ev.reading.layout, ev.notes.add)
    return result


def einstein(ev: Evaluator, node: Node, env: Mapping[str, int]) -> Value:
    """The sum of a term over its repeated indices."""
    sizes = indices_of(ev, node)
    free = [i for i in sizes if i not in env]
    result: Value | None = None
    inner = ev.reading
    if prod(len(sizes[i]) for i in free) > MOST_TERMS:
        raise Unsupported("too many repeated indices", node)
    for numbers in pairs(*(sizes[i] for i in free)):
        ev.reading = inner._replace(einstein=False)
        term = ev.value(node, {**env, **dict(zip(free, numbers, strict=True))})
        ev.reading = inner
        result = term if result is None else plus(result, term, 1, inner.layout, ev.notes.add)
    ev.notes.add("einstein")
    if result is None:
        raise Unsupported("an empty sum", node)
    return result


def series(ev: Evaluator, node: BigOperator, env: Mapping[str, int], operation: str) -> Value:
    """A sum or a product over steps or indices."""
    if isinstance(node.lower, Name | Text) and word(node.lower) in NEUTRAL_SUMS:
        return _batch(ev, node, env)
    letters_ = bound(node)
    if len(letters_) > 1:
        inner = replace(
            node,
            lower=List(",", tuple(Name(x) for x in letters_[1:])) if letters_[2:] else Name(letters_[1]),
            origin=None,
        )
        return series(ev, BigOperator(node.symbol, Name(letters_[0]), None, inner), env, operation)
    if not letters_:
        letters_ = tuple(x for x in unbound_steps(ev, node.body, env))[:1]
        if not letters_:
            raise Unsupported("a sum over nothing", node)
    letter = letters_[0]
    if isinstance(node.lower, Name) and node.upper is None and not _depends(node.body, letter):
        if letter.isupper():  # the examples of a batch B, of which there is one
            return ev.value(node.body, env)
        if letter not in ev.world.lexicon.steps:
            raise Unsupported(f"nothing in the sum depends on {letter}", node)
    numbers = _range(ev, node, letter, env)
    if len(numbers) * ev.terms > MOST_TERMS:
        raise Unsupported("a sum of too many terms", node)
    if operation == "*" and ev.reading.backwards and len(numbers) > 1:
        numbers = numbers[::-1]
        ev.notes.add("backwards")
    outside, ev.terms = ev.terms, ev.terms * max(len(numbers), 1)
    try:
        return _added(ev, node, env, letter, numbers, operation)
    finally:
        ev.terms = outside


def _added(
    ev: Evaluator,
    node: BigOperator,
    env: Mapping[str, int],
    letter: str,
    numbers: Sequence[int],
    operation: str,
) -> Value:
    """The terms of a sum or the factors of a product, taken together."""
    result: Value | None = None
    void = False
    for value in numbers:
        try:
            term = ev.value(node.body, {**env, letter: value})
        except OutOfRange:
            if operation == "*":
                raise
            void = True
            continue
        if result is None:
            result = term
        elif operation == "+":
            result = plus(result, term, 1, ev.reading.layout, ev.notes.add)
        else:
            result = multiply(result, term, "", ev.reading.layout, ev.notes.add)
    if result is None:
        if void or operation == "+":
            return number(0)
        return unit()  # the empty product, of numbers or of matrices
    if void:
        ev.notes.add("void terms")
    return result


def _depends(body: Node, letter: str) -> bool:
    """Whether a formula names a letter."""
    return any(isinstance(inner, Name) and letter in (inner.stem, letter_of(inner)) for inner in walk(body))


def _batch(ev: Evaluator, node: BigOperator, env: Mapping[str, int]) -> Value:
    """A sum over the examples of a batch: the columns of every quantity of a step, or its rows."""
    value = ev.tensor(node.body, env)
    axis = int(ev.world.row == (ev.reading.lying == "all" and ev.within is None))
    return total(value, axis) if value.shape[axis] > 1 else value


def _units(ev: Evaluator, node: BigOperator, every: range, env: Mapping[str, int]) -> Sequence[int]:
    """The units over which a sum runs: all, those of a set, all but one. Raises Unsupported."""
    match node.lower:
        case Infix(operators=(sign,), operands=(_, Name() as own)) if sign in APART and letter_of(own) in env:
            return [number for number in every if number != env[letter_of(own)]]
        case Infix(operators=(sign,), operands=(_, Name() as own)) if sign in MEMBER:
            return members(ev.world, own, ev.world.lexicon.sets) or every
        case Infix(operators=("=",), operands=(_, Number(digits=digits))) if digits not in ("0", "1"):
            raise Unsupported(f"a sum over {node.lower.text}", node)
    return every


def _range(ev: Evaluator, node: BigOperator, letter: str, env: Mapping[str, int]) -> Sequence[int]:
    counted = indices_of(ev, node.body)
    if letter in counted:
        return _units(ev, node, counted[letter], env)
    world = ev.world
    low, high = 1, world.steps
    match node.lower:
        case Infix(operators=(relation,), operands=(_, right)):
            edge = world.step(right, env)
            if relation in ("=", *AT_LEAST):
                low = edge
            elif relation == ">":
                low = edge + 1
            elif relation in (r"\le", r"\leq", r"\leqslant", "≤"):
                high = edge
            elif relation == "<":
                high = edge - 1
            else:
                raise Unsupported(f"a sum over {node.lower.text}", node)
        case Infix(operators=(first, second), operands=(left, _, right)):
            if first in (">", *AT_LEAST):  # t >= j > k: from the left, the factor of j = t is the first
                return range(
                    world.step(left, env) - (first == ">"), world.step(right, env) - (second != ">"), -1
                )
            low = world.step(left, env) + (first == "<")
            high = world.step(right, env) - (second == "<")
    if node.upper is not None:
        high = world.step(node.upper, env)
    return range(low, high + 1)

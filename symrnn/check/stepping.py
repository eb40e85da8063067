"""The numbers that the scripts of steps stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from symrnn.check.definition import Unsupported
from symrnn.check.scripts import FIRST, LENGTHS, is_entrywise_power
from symrnn.notes.formula import Group, Infix, Name, Node, Number, Unary


class Ends(NamedTuple):
    """The number of t_0, that of the last step, and the letters that a document has for it."""

    first: int
    last: int
    letters: frozenset[str]


def step_number(node: Node, env: Mapping[str, int], ends: Ends) -> int:
    """The number of a step or of an exponent, its letters given. Raises Unsupported for what is none."""
    match node:
        case Number(digits=digits) if digits.isdecimal():
            return int(digits[:6])
        case Name(stem=stem, sub=sub) if (stem, sub) == FIRST:
            return ends.first
        case Name(stem=stem, sup=None, primes=0) if stem in env:
            return env[stem]
        case Name(stem=stem) if stem in ends.letters | LENGTHS:
            return ends.last
        case Infix(operators=operators, operands=operands) if set(operators) <= {"+", "-"}:
            first, *rest = (step_number(operand, env, ends) for operand in operands)
            return first + sum(
                n if operator == "+" else -n for operator, n in zip(operators, rest, strict=True)
            )
        case Infix(operators=("=",), operands=(_, right)):
            return step_number(right, env, ends)
        case Group(body=body) if body is not None:
            return step_number(body, env, ends)
        case Unary(body=body):
            return (1 if is_entrywise_power(node) else -1) * step_number(body, env, ends)
    raise Unsupported(f"no step: {node.text}", node)

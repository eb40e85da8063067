"""The numbers that the scripts of steps stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from symrnn.check.definition import Definition, Unsupported
from symrnn.check.names import Lexicon
from symrnn.check.scripts import FIRST, LENGTHS, is_entrywise_power, quantities
from symrnn.notes.formula import Group, Infix, Name, Node, Number, Unary

ZERO = Number("0")


class Ends(NamedTuple):
    """The numbers of t_0, of the last step and of step 0, and the letters that a document has for the last."""

    first: int
    last: int
    letters: frozenset[str]
    zero: int = 0


def step_number(node: Node, env: Mapping[str, int], ends: Ends) -> int:
    """The number of a step or of an exponent, its letters given. Raises Unsupported for what is none."""
    match node:
        case Number(digits=digits) if digits.isdecimal():
            return int(digits[:6]) + ends.zero
        case Name(stem=stem, sub=sub) if (stem, sub) == FIRST:
            return ends.first
        case Name(stem=stem, sup=None, primes=0) if stem in env:
            return env[stem]
        case Name(stem=stem) if stem in ends.letters | LENGTHS:
            return ends.last
        case Infix(operators=operators, operands=operands) if set(operators) <= {"+", "-"}:
            first = step_number(operands[0], env, ends)
            rest = [step_number(operand, env, ends._replace(zero=0)) for operand in operands[1:]]
            return first + sum(
                n if operator == "+" else -n for operator, n in zip(operators, rest, strict=True)
            )
        case Infix(operators=("=",), operands=(_, right)):
            return step_number(right, env, ends)
        case Group(body=body) if body is not None:
            return step_number(body, env, ends)
        case Unary(body=body):
            number = step_number(body, env, ends._replace(zero=0))
            return (number if is_entrywise_power(node) else -number) + ends.zero
    raise Unsupported(f"no step: {node.text}", node)


def starts_at_zero(lexicon: Lexicon, definitions: Mapping[str, tuple[Definition, ...]]) -> bool:
    """Whether step 0 is the first that is computed, from an input: h_0 = f(x_0)."""
    return any(
        lexicon.read(name).times == (ZERO,) and lexicon.read(name).key not in definitions
        for group in definitions.values()
        for definition in group
        if definition.times == (ZERO,)
        for name in quantities(definition.body)
    )

"""Products: factors with whatever stands between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from symrnn.check.derivatives import derivative_of, gradient
from symrnn.check.ellipses import written_out
from symrnn.check.functions import known_function
from symrnn.check.heads import differential, head
from symrnn.check.lookup import is_quantity
from symrnn.check.products import Value, as_tensor, multiply, over
from symrnn.check.scope import scoped
from symrnn.check.tensor import Mismatch
from symrnn.notes.formula import Call, Infix, Name, Node

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


def product(ev: Evaluator, node: Infix, env: Mapping[str, int]) -> Value:
    """Factors with whatever stands between them."""
    node = scoped(ev.world.lexicon, node) or node
    node = _applied(ev, written_out(ev, node, env))
    operators, operands = node.operators, node.operands
    if not operators:
        return ev.value(operands[0], env)
    first = head(operands[0])
    if first is not None and first.top is None and len(operands) > 1:
        rest = operands[1] if len(operands) == 2 else Infix(operators[1:], operands[1:])
        return derivative_of(ev, first._replace(top=rest), env)
    slope = _gradient_name(ev, node, env)
    if slope is not None:
        return slope
    try:
        return fold(ev, operators, operands, env)
    except Mismatch as mismatch:
        flat = _flattened(node)
        if len(flat.operands) == len(operands):
            raise
        try:
            found = fold(ev, flat.operators, flat.operands, env)
        except Mismatch:
            raise mismatch from None
        ev.notes.add("left to right")
        return found


def _applied(ev: Evaluator, node: Infix) -> Infix:
    """The product where a function that stands before a factor is applied to it."""
    operators, operands = list(node.operators), list(node.operands)
    index = 0
    while index < len(operands) - 1 and len(operands) > 2:  # d gamma W: the gradient by gamma, times W
        length = _gradient_length(ev, operators[index:], operands[index:])
        if length and length < len(operands):
            operands[index : index + length] = [
                Infix(("",) * (length - 1), tuple(operands[index : index + length]))
            ]
            del operators[index : index + length - 1]
        index += 1
    for index in range(len(operands) - 2, -1, -1):
        name = operands[index]
        if (
            isinstance(name, Name)
            and operators[index] == ""
            and name.sub is None
            and known_function(name.stem)
            and not is_quantity(ev, name)
        ):
            operands[index : index + 2] = [Call(name, operands[index + 1])]
            del operators[index]
    return node if len(operands) == len(node.operands) else Infix(tuple(operators), tuple(operands))


def _gradient_length(ev: Evaluator, operators: list[str], operands: list[Node]) -> int:
    """How many factors a gradient's name takes: d and gamma, dp and c."""
    name = operands[0]
    if not isinstance(name, Name) or operators[0] or not isinstance(operands[1], Name):
        return 0
    if name.stem not in ("d", r"\delta", r"\Delta", "dp") or name.sub or name.sup or is_quantity(ev, name):
        return 0
    if is_quantity(ev, operands[1]) or name.stem == "dp":
        return 2
    if (
        len(operands) > 2
        and not operators[1]
        and isinstance(operands[2], Name)
        and operands[1] == Name(operands[1].stem)
        and len(operands[1].stem) == 1
    ):
        return 3
    return 2


def fold(
    ev: Evaluator, operators: tuple[str, ...], operands: tuple[Node, ...], env: Mapping[str, int]
) -> Value:
    """Factors from left to right."""
    result = ev.value(operands[0], env)
    layout, note = ev.reading.layout, ev.notes.add
    for index, (operator, operand) in enumerate(zip(operators, operands[1:], strict=True), 1):
        inner = head(operand)
        if inner is not None and inner.top is None and index < len(operands) - 1:
            rest = (
                operands[index + 1]
                if index == len(operands) - 2
                else Infix(operators[index + 1 :], operands[index + 1 :])
            )
            return multiply(result, derivative_of(ev, inner._replace(top=rest), env), operator, layout, note)
        term = ev.value(operand, env)
        if operator == "/":
            result = over(result, as_tensor(term, layout, note), layout, note)
        else:
            outer = operator == r"\otimes" and ev.reading.outer
            result = multiply(result, term, operator, layout, note, ev.reading.star, outer)
    return result


def _gradient_name(ev: Evaluator, node: Infix, env: Mapping[str, int]) -> Value | None:
    """d gamma, \\delta W: the gradient of the loss by what follows."""
    if any(node.operators) or not isinstance(node.operands[0], Name):
        return None
    found = differential(node)
    if found is None or found[0] is None or ev.loss is None:
        return None
    return gradient(ev, found[0], env)


def _flattened(node: Infix) -> Infix:
    """All factors of a product on one level."""
    operators: list[str] = []
    operands: list[Node] = []
    for index, operand in enumerate(node.operands):
        if index:
            operators.append(node.operators[index - 1])
        if isinstance(operand, Infix) and not set(operand.operators) & {"+", "-"} and head(operand) is None:
            inner = _flattened(operand)
            operators += inner.operators
            operands += inner.operands
        else:
            operands.append(operand)
    return Infix(tuple(operators), tuple(operands))

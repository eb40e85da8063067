"""Scripts of brackets, stacked operands, matrices and cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symrnn.check.definition import Unsupported
from symrnn.check.entries import entry_of, position
from symrnn.check.factors import product
from symrnn.check.lookup import is_factor
from symrnn.check.names import TRANSPOSES
from symrnn.check.products import Value, as_tensor, power
from symrnn.check.tensor import Tensor, number, stack, times, total, transpose, zeros
from symrnn.check.unions import set_of
from symrnn.check.written import marks, plain_entries
from symrnn.notes.formula import Call, Group, Infix, List, Matrix, Name, Node, Number, Script, Text
from symrnn.notes.parse import formula

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


def script(ev: Evaluator, node: Script, env: Mapping[str, int]) -> Value:
    """What is in brackets, with indices, transposes and powers."""
    called = node.base
    if isinstance(called, Call) and _multiplies(ev, called.head):
        # delta (h)^T: what is in brackets is transposed, not the product
        return product(ev, Infix(("",), (called.head, replace(node, base=called.argument, origin=None))), env)
    match node:
        case Script(base=Group(opening=r"\|" | r"\lVert" | "‖", body=body), sup=Number(digits="2")) if (
            body is not None
        ):
            inner = ev.tensor(body, env)
            return total(times(inner, inner))
    if node.primes and ev.variable is not None:
        return _slope(ev, node, env)
    value = ev.value(node.base, env)
    if node.sub is not None:
        entries = tuple(plain_entries(node.sub))
        value = entry_of(ev, as_tensor(value, ev.reading.layout, ev.notes.add), entries, env, node)
    if node.primes:
        value = transpose(as_tensor(value, ev.reading.layout, ev.notes.add))
    for mark in marks(node.sup):
        if isinstance(mark, Name) and mark.stem in TRANSPOSES:
            value = transpose(as_tensor(value, ev.reading.layout, ev.notes.add))
        else:
            value = power(as_tensor(value, ev.reading.layout, ev.notes.add), ev.world.exponent(mark, env))
    return value


def _slope(ev: Evaluator, node: Script, env: Mapping[str, int]) -> Tensor:
    r"""(\tanh x)': the derivative by the one variable. Raises Unsupported for more than one prime."""
    assert ev.variable is not None
    if node.primes > 1 or node.sub is not None or node.sup is not None:
        raise Unsupported(f"cannot read {node.text[:40]}", node)
    base, value = ev.variable
    varying = replace(ev, variable=(base, Tensor(value.value, np.ones((1, 1, 1), dtype=object))))
    found = varying.tensor(node.base, env)
    return number(0) if found.tangent is None else Tensor(found.tangent[:, :, 0])


def _multiplies(ev: Evaluator, head: Node) -> bool:
    """Whether what stands before a bracket is multiplied with it: a factor, or {W^s}^T."""
    return is_factor(ev, head) if isinstance(head, Name) else isinstance(head, Script)


def stacked(parts: list[Tensor], wanted: tuple[int, int] | None = None, lying: bool = False) -> Tensor:
    """Operands above each other; rows side by side, and what lies down."""
    parts = [part for (part,) in _with_zero_blocks([[part] for part in parts], wanted)]
    rows = all(p.shape[0] == 1 and p.shape[1] > 1 for p in parts)
    return stack(parts, 1 if rows or lying else 0)


def matrix(ev: Evaluator, node: Matrix, env: Mapping[str, int]) -> Value:
    """A matrix of blocks, or the case that applies."""
    if node.environment.startswith(("cases", "dcases")):
        return _cases(ev, node, env)
    rows = [[ev.tensor(cell, env) for cell in row if cell is not None] for row in node.rows]
    rows = _with_zero_blocks([row for row in rows if row], ev.wanted)
    return stack([stack(row, 1) for row in rows], 0)


def _with_zero_blocks(rows: list[list[Tensor]], wanted: tuple[int, int] | None) -> list[list[Tensor]]:
    """The blocks of a matrix where a plain 0 is a block of zeros in the size that the others leave it."""
    columns = list(zip(*rows, strict=False))
    if not any(map(_is_zero, (b for row in rows for b in row))) or {len(r) for r in rows} != {len(columns)}:
        return rows
    heights = _sizes(rows, 0, wanted)
    widths = _sizes(columns, 1, wanted)
    return [
        [zeros((heights[i], widths[j])) if _is_zero(block) else block for j, block in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def _is_zero(block: Tensor) -> bool:
    return block.literal and not block.unit and not block.value.any()


def _sizes(lines: Sequence[Sequence[Tensor]], axis: int, wanted: tuple[int, int] | None) -> list[int]:
    """The sizes of the rows or columns of blocks; that of a line of zeros is what is left of the whole."""
    known = [max((b.shape[axis] for b in line if not _is_zero(b)), default=0) for line in lines]
    left = wanted[axis] - sum(known) if wanted is not None and known.count(0) == 1 else 1
    return [size or max(left, 1) for size in known]


def _cases(ev: Evaluator, node: Matrix, env: Mapping[str, int]) -> Value:
    for row in node.rows:
        if len(row) == 2 and row[0] is not None and row[1] is not None:
            # zero for the units of no set: here all are of it
            holds = _holds(row[1], env) if set_of(row[1]) is None else _is_else_zero(node)
            if holds:
                return ev.value(row[0], env)
    raise Unsupported("no case applies", node)


def _is_else_zero(node: Matrix) -> bool:
    """Whether the last of two cases is zero."""
    return len(node.rows) == 2 and isinstance(node.rows[1][0], Number) and node.rows[1][0].digits == "0"


def _holds(node: Node, env: Mapping[str, int]) -> bool:
    if isinstance(node, Text):
        words = node.words.replace("$", " ").replace("if", " ").strip()
        if words in ("otherwise", "else"):
            return True
        node = formula(words)
    match node:
        case Infix(operators=(relation,), operands=(left, right)):
            a, b = position(left, env, node), position(right, env, node)
            return (a == b) == (relation == "=")
        case List(items=items):
            return all(
                _holds(i, env) for i in items if not (isinstance(i, Text) and i.words.strip() in ("if", ""))
            )
    raise Unsupported("a condition", node)

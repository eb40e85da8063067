"""Entries and slices of matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from symrnn.check.definition import OutOfRange, Unsupported
from symrnn.check.jacobian import Jacobian
from symrnn.check.names import Symbol, base, plain
from symrnn.check.products import Value
from symrnn.check.scripts import letter
from symrnn.check.tensor import Tensor, part
from symrnn.notes.formula import Group, Infix, Name, Node, Number, Slice

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


def position(node: Node, env: Mapping[str, int], where: Node) -> int:
    """The number of an entry, counted from zero. Raises Unsupported."""
    match node:
        case Name() if letter(node) in env:
            return env[letter(node)]
        case Number(digits=digits):
            return int(digits[:6]) - 1
        case Group(body=body) if body is not None:
            return position(body, env, where)
    raise Unsupported(f"no index: {node.text}", where)


def entry_of(
    ev: Evaluator,
    value: Tensor,
    entries: tuple[Node, ...],
    env: Mapping[str, int],
    where: Node,
    start: int = 0,
) -> Tensor:
    """The entry of a matrix, or a slice of it, that indices name; the first has the number ``start``."""
    if any(isinstance(node, Slice) for node in entries):
        return sliced(ev, value, entries, env, where)
    numbers = [position(node, env, where) - start for node in entries]
    rows, cols = value.shape
    if len(numbers) == 1 and 1 in (rows, cols):
        numbers = [numbers[0], 0] if cols == 1 else [0, numbers[0]]
    if len(numbers) == 1:
        numbers = [numbers[0], 0] if value.is_scalar else numbers
    if len(numbers) != 2:
        raise Unsupported(f"{len(entries)} indices for {rows} x {cols}", where)
    i, j = numbers
    if not (0 <= i < rows and 0 <= j < cols):
        raise OutOfRange
    return part(value, slice(i, i + 1), slice(j, j + 1))


def sliced(
    ev: Evaluator, value: Tensor, entries: tuple[Node, ...], env: Mapping[str, int], where: Node
) -> Tensor:
    """A slice of a matrix."""

    def ranged(node: Node) -> slice:
        if not isinstance(node, Slice):
            index = position(node, env, where)
            return slice(index, index + 1)
        bounds = [None if end is None else _size(ev, end, env) for end in (node.start, node.stop)]
        if bounds[0] and _counts_from_one(node.start):
            bounds[0] -= 1
        return slice(*bounds)

    ranges = [ranged(node) for node in entries]
    if len(ranges) == 1:
        ranges.append(slice(None))
    return part(value, ranges[0], ranges[1])


def _size(ev: Evaluator, node: Node, env: Mapping[str, int]) -> int:
    """The number that a size stands for: n_h is the number of rows of h. Raises Unsupported."""
    match node:
        case Number(digits=digits):
            return int(digits[:6])
        case Name() if plain(node) in ev.world.sizes:
            return ev.world.sizes[plain(node)]
        case Infix(operators=("",), operands=(Number(digits=digits), size)):
            return int(digits[:3]) * _size(ev, size, env)
        case Name(sub=Name(stem=stem) as sub):
            for key in (base(sub), stem):
                if key in ev.world.shapes:
                    return max(ev.world.shapes[key])
        case Infix(operators=operators, operands=operands) if set(operators) <= {"+", "-"}:
            sizes = [_size(ev, operand, env) for operand in operands]
            return sizes[0] + sum(s if o == "+" else -s for o, s in zip(operators, sizes[1:], strict=True))
    raise Unsupported(f"no size: {node.text}", node)


def _counts_from_one(start: Node | None) -> bool:
    """Whether a range counts from 1, its end included: 1:n and n+1:m+n."""
    match start:
        case Number(digits="1"):
            return True
        case Infix(operators=("+", *_), operands=(*_, Number(digits="1"))):
            return True
    return False


def derivative_entry(jacobian: Jacobian, symbol: Symbol, env: Mapping[str, int], where: Node) -> Value:
    """The derivative by an entry."""
    c, d = jacobian.full.shape[2:]
    numbers = [position(node, env, where) for node in symbol.entries]
    if len(numbers) == 1:
        numbers = [numbers[0], 0] if d == 1 else [0, numbers[0]]
    i, j = numbers
    if not (0 <= i < c and 0 <= j < d):
        raise OutOfRange
    return Tensor(jacobian.full[:, :, i, j])

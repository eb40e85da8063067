r"""Factors and terms left out between others of the same form: A_t A_{t-1} \cdots A_1, h_1 + \dots + h_T."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from symrnn.check.definition import OutOfRange, Unsupported
from symrnn.check.scripts import is_step
from symrnn.notes.formula import Ellipsis, Group, Infix, Name, Node, Number
from symrnn.notes.tree import children, with_children

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator

LONGEST = 3  # so many factors may make up what is repeated: D_t W for one step
MOST = 40  # factors that may be left out
Run = tuple[Node, ...]


def written_out(ev: Evaluator, node: Infix, env: Mapping[str, int]) -> Infix:
    """The product or sum with what its dots stand for. Raises Unsupported, OutOfRange."""
    at = next((i for i, operand in enumerate(node.operands) if isinstance(operand, Ellipsis)), None)
    if at is None:
        return node
    before, after = node.operands[:at], node.operands[at + 1 :]
    for period in range(1, LONGEST + 1):
        found = _runs(ev, before, after, period, env)
        if found is None:
            continue
        start, stop, runs = found
        operands = (*before[:start], *(factor for run in runs for factor in run), *after[stop:])
        inner = node.operators[at - 1]
        between = [inner if (i + 1) % period == 0 else "" for i in range(period * len(runs) - 1)]
        if period > 1:
            own = node.operators[start : start + period - 1]
            between = [inner if (i + 1) % period == 0 else own[i % period] for i in range(len(between))]
        left = node.operators[:start]
        right = node.operators[at + stop :] if stop < len(after) else ()
        return Infix((*left, *between, *right), operands)
    raise Unsupported(f"cannot read {node.operands[at].text or 'dots'}", node)


def _runs(
    ev: Evaluator, before: Run, after: Run, period: int, env: Mapping[str, int]
) -> tuple[int, int, list[Run]] | None:
    """Where what is repeated starts and ends, and all of it; None if nothing is repeated."""
    if len(before) < period or len(after) < period:
        return None
    start, stop = len(before) - period, period
    nearest, beyond = before[start:], after[:stop]
    if _distance(ev, nearest, beyond, env) is None:
        return None
    way = 0
    while start >= period:
        step = _distance(ev, before[start - period : start], before[start : start + period], env)
        if step not in (1, -1) or (way and step != way):
            break
        start, way = start - period, step
    while stop + period <= len(after):
        step = _distance(ev, after[stop - period : stop], after[stop : stop + period], env)
        if step not in (1, -1) or (way and step != way):
            break
        stop, way = stop + period, step
    first, last = before[start : start + period], after[stop - period : stop]
    length = _distance(ev, first, last, env)
    if length is None or abs(length) > MOST:
        return None
    way = way or (1 if length >= 0 else -1)
    if length * way < 0:
        raise OutOfRange
    return start, stop, [tuple(_moved(ev, a, b, env, way * j) for a, b in zip(first, last, strict=True))
                         for j in range(abs(length) + 1)]  # fmt: skip


def _distance(ev: Evaluator, first: Run, last: Run, env: Mapping[str, int]) -> int | None:
    """By how many steps all that differs is apart; None if more than steps differ, or nothing does."""
    found: set[int] = set()
    for a, b in zip(first, last, strict=True):
        for left, right in _differences(a, b, steps=False):
            if left is None or right is None:
                return None
            found.add(ev.world.step(right, env) - ev.world.step(left, env))
    return found.pop() if len(found) == 1 else None


def _differences(a: Node, b: Node, *, steps: bool) -> Iterator[tuple[Node | None, Node | None]]:
    """The steps in which two formulas differ; a pair of None where they differ otherwise."""
    if a == b:
        return
    if steps and is_step(a) and is_step(b):
        yield a, b
        return
    mine, others = children(a), children(b)
    if type(a) is not type(b) or len(mine) != len(others) or with_children(b, mine) != a:
        yield None, None
        return
    for left, right in zip(mine, others, strict=True):
        yield from _differences(left, right, steps=steps or isinstance(a, Name))


def _moved(ev: Evaluator, a: Node, b: Node, env: Mapping[str, int], by: int, *, steps: bool = False) -> Node:
    """A formula at other steps: those in which it differs from another, moved by a number."""
    if a == b:
        return a
    if steps and is_step(a) and is_step(b):
        number = Number(str(ev.world.step(a, env) + by))
        return Group("(", number, ")") if isinstance(a, Group) else number
    pairs = zip(children(a), children(b), strict=True)
    inner = steps or isinstance(a, Name)
    return with_children(a, tuple(_moved(ev, x, y, env, by, steps=inner) for x, y in pairs))

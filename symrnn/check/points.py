"""Where a claim is tried: the steps and entries that it leaves free, and the conditions that it names."""

from __future__ import annotations

import operator
import random
from collections.abc import Iterator
from itertools import product
from math import prod

from symrnn.check.definition import Undefined, Unsupported
from symrnn.check.evaluate import Evaluator
from symrnn.check.formulas import function_key
from symrnn.check.functions import known_function
from symrnn.check.indices import check_indices, single
from symrnn.check.model import Model
from symrnn.check.names import Lexicon
from symrnn.check.scripts import letters_of, outer, quantities
from symrnn.notes.formula import BigOperator, Call, Infix, Name, Node, Number
from symrnn.notes.tree import children, letters, walk

POINTS = 24
ORDERS = {
    "<": operator.lt, ">": operator.gt, "=": operator.eq,
    r"\le": operator.le, r"\leq": operator.le, r"\leqslant": operator.le, "≤": operator.le,
    r"\ge": operator.ge, r"\geq": operator.ge, r"\geqslant": operator.ge, "≥": operator.ge,
    r"\ne": operator.ne, r"\neq": operator.ne,
}  # fmt: skip


def sole_variable(sides: tuple[Node, ...], lexicon: Lexicon) -> Name | None:
    """The one variable of a claim of school calculus: x of tanh'(x) = 1 - tanh(x)^2."""
    found: set[str] = set()
    name = None
    heads = {
        id(n.head) for side in sides for n in outer(side) if isinstance(n, Call) and isinstance(n.head, Name)
    }
    for side in sides:
        for inner in quantities(side):
            if id(inner) in heads or known_function(inner.stem) or inner.stem in ("d", "e"):
                continue
            if inner.stem.startswith("d") and len(inner.stem) == 2:
                inner = letters(inner)[1]
            if inner.sub is not None or (inner.sup is not None and not isinstance(inner.sup, Number)):
                return None
            found.add(inner.stem)
            name = Name(inner.stem, inner.accents)
    names = [n for side in sides for n in outer(side) if isinstance(n, Name)]
    applied = any(known_function(n.stem) or lexicon.formulas.get(function_key(n)) for n in names)
    return name if len(found) == 1 and applied else None


def free_steps(tree: Node, evaluator: Evaluator, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The letters of steps in a formula that no sum binds."""
    if isinstance(tree, Name):
        try:
            symbol = evaluator.resolve(tree)
        except Undefined:
            for part in letters(tree)[1:]:
                yield from free_steps(part, evaluator, bound)
            for symbol in evaluator.world.lexicon.readings(tree)[:1]:
                for time in symbol.times:
                    yield from (
                        x for x in letters_of(time) if x not in bound and x in evaluator.world.lexicon.steps
                    )
            return
        lengths = evaluator.world.lexicon.lengths
        for time in (*symbol.times, *([symbol.power] if symbol.power is not None else [])):
            yield from (x for x in letters_of(time) if x not in bound and x not in lengths)
        if evaluator.world.lexicon.arity.get(symbol.key, 0) > len(symbol.times) and "t" not in bound:
            yield "t"
        return
    if isinstance(tree, BigOperator):
        for end in (tree.lower, tree.upper):
            if end is not None:
                inside = set(evaluator.bound(tree))
                yield from (
                    x
                    for x in letters_of(end)
                    if x not in bound | inside and x in evaluator.world.lexicon.steps
                )
        letters_ = evaluator.bound(tree)
        if not letters_:
            letters_ = tuple(evaluator.unbound_steps(tree.body, {}))[:1]
        yield from free_steps(tree.body, evaluator, bound | set(letters_))
        return
    for child in children(tree):
        yield from free_steps(child, evaluator, bound)


def points(sides: tuple[Node, ...], evaluator: Evaluator) -> list[dict[str, int]]:
    """Numbers for the free steps and indices of a claim: all of them, or a sample. Raises Mismatch."""
    world = evaluator.world
    indices: dict[str, range] = {}
    if world.lexicon.components.slots:
        check_indices(evaluator, sides)
    for side in sides:
        indices |= {
            i: n for i, n in evaluator.indices(side).items() if i not in indices or len(n) < len(indices[i])
        }
    if evaluator.reading.einstein:  # what the left side does not leave free is summed
        free = single(evaluator, sides[0])
        indices = {i: n for i, n in indices.items() if i in free}
    evaluator.ranges = indices
    steps = [
        x for x in dict.fromkeys(x for side in sides for x in free_steps(side, evaluator)) if x not in indices
    ]
    if not steps and _needs_step(sides, evaluator):
        steps = ["t"]
    ranges = [range(1, world.steps + 1) if len(steps) < 3 else range(1, world.steps) for _ in steps]
    sizes = [*indices.values()]
    count = prod(len(r) for r in (*ranges, *sizes))
    if count <= POINTS * (4 if indices else 1):
        every = list(product(*ranges, *sizes))
    else:  # too many for all of them: some, drawn at random but always the same
        rng = random.Random(count)
        every = [tuple(rng.choice(r) for r in (*ranges, *sizes)) for _ in range(POINTS * 3)]
    names = [*steps, *indices]
    return [dict(zip(names, numbers, strict=True)) for numbers in every]


def sample(every: list[dict[str, int]], most: int) -> list[dict[str, int]]:
    """Some of the points where there are many: drawn at random, but always the same."""
    if len(every) <= most:
        return every
    return [every[0], *random.Random(len(every)).sample(every[1:], most - 1)]


def _needs_step(sides: tuple[Node, ...], evaluator: Evaluator) -> bool:
    for side in sides:
        for node in walk(side):
            if isinstance(node, Name):
                try:
                    symbol = evaluator.resolve(node)
                except Undefined:
                    continue
                if evaluator.world.lexicon.arity.get(symbol.key, 0) > len(symbol.times):
                    return True
    return False


def admitted(env: dict[str, int], conditions: tuple[Node, ...], model: Model) -> bool:
    """Whether the conditions that a statement names are met: for t < T."""
    world = model.world()
    for condition in conditions:
        for node in outer(condition):
            if not isinstance(node, Infix) or not set(node.operators) <= ORDERS.keys():
                continue
            try:
                numbers = [world.step(operand, env) for operand in node.operands]
            except Unsupported:
                continue
            for sign, a, b in zip(node.operators, numbers, numbers[1:], strict=False):
                if not ORDERS[sign](a, b):
                    return False
    return True

"""The readings under which a claim is tried: those that could make a difference, the plainest first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from symrnn.check.definition import Choice
from symrnn.check.evaluate import Evaluator
from symrnn.check.heads import Head, gradient_by, head
from symrnn.check.jacobian import Layout
from symrnn.check.model import Model
from symrnn.check.reading import Reading
from symrnn.check.relevance import Relevance, relevance
from symrnn.check.scripts import quantities
from symrnn.check.written import name_of
from symrnn.notes.formula import BigOperator, Call, Infix, Name, Node
from symrnn.notes.tree import letters, walk

Option = tuple[int, str, Any]
MOST_DEVIATIONS = 4
PRODUCTS = (r"\prod", "∏")
LAYOUTS = (
    Layout("column", "numerator"),
    Layout("column", "denominator"),
    Layout("row", "numerator"),
    Layout("row", "denominator"),
)
JACOBIAN_OF_A_NUMBER = Layout("column", "numerator", "row")
KINDS = (
    ("total", "total"),
    ("step", "total"),
    ("direct", "total"),
    ("step", "step"),
    ("direct", "direct"),
    ("total", "step"),
    ("total", "direct"),
    ("direct", "step"),
    ("step", "direct"),
)  # what is held fixed, in general and in what stands alone on its side


def readings(
    model: Model, sides: tuple[Node, ...], pre: bool = False, lying: str = ""
) -> Iterator[tuple[Reading, Choice]]:
    """The readings that could make a difference, the plainest first."""
    combined = []
    for combination in product(*_options(model, sides, pre)):
        cost = sum(c for c, _, _ in combination)
        deviations = sum(c > 0 for c, _, _ in combination)
        if deviations <= MOST_DEVIATIONS:
            combined.append((cost + 2 * deviations, combination))
    combined.sort(key=lambda pair: pair[0])
    for _, combination in combined:
        values = {name: value for _, name, value in combination}
        kind, first = values.pop("kinds")
        choice = values.pop("choice")
        yield Reading(kind=kind, first=first, lying=lying, **values), choice


def _options(model: Model, sides: tuple[Node, ...], pre: bool) -> list[list[Option]]:
    """What each thing left open may be: how far-fetched that is, its field of a Reading, and its value."""
    has_sum = any(
        isinstance(n, Infix)
        and set(n.operators) <= {"+", "-"}
        and any(_ends_in_sum(o) for o in n.operands[:-1])
        for s in sides
        for n in walk(s)
    )
    has_product = any(isinstance(n, BigOperator) and n.symbol in PRODUCTS for s in sides for n in walk(s))
    primes = any(
        isinstance(n, Call) and isinstance(n.head, Name) and n.head.primes for s in sides for n in walk(s)
    )
    asks = relevance(model, sides)
    evaluator = Evaluator(model.world(), Reading(), set(), model.loss)
    indices = [evaluator.indices(side).keys() for side in sides]
    repeated = any(letters_ != indices[0] for letters_ in indices) and not model.lexicon.components.slots
    asked = head(sides[0])
    own = any(
        h is not None and s is not sides[0]
        for s in sides[1:]
        for n in walk(s)
        if (h := head(n)) and h == asked
    )
    generic = model.generic
    carried = _is_carried(model, sides)
    copied = asks.untimed and not carried and not _is_recursive(model, sides)
    return [
        _layouts(asks),
        _kinds(asks)[:1] if carried else _kinds(asks),
        [(0, "star", model.lexicon.star)],
        [(0, "wide", False), *([(1, "wide", True)] if has_sum else [])],
        [(0, "of_value", False), *([(1, "of_value", True)] if primes else [])],
        [(0, "einstein", False), *([(1, "einstein", True)] if repeated else [])],
        [
            (0, "context", "sequence"),
            *([(2, "context", "copies")] if copied else []),
            *(
                [(3, "context", "step")]
                if asks.gradients and not carried and (copied or not asks.untimed)
                else []
            ),
        ],
        [
            (0, "choice", Choice()),
            *([(2, "choice", Choice("tanh"))] if generic else []),
            *([(2, "choice", Choice("", True))] if asks.canonical else []),
            *([(3, "choice", Choice("tanh", True))] if generic and asks.canonical else []),
        ],
        [(0, "incoming", False), *([(1, "incoming", True)] if own else [])],
        [(0, "block", ""), *((2, "block", k) for k in _block_keys(model, sides))],
        [(0, "pre", False), *([(4, "pre", True)] if pre else [])],
        [(0, "backwards", False), *([(3, "backwards", True)] if has_product else [])],
        [(0, "outer", False), *([(1, "outer", True)] if _may_be_outer(model, sides) else [])],
        [(0, "carry", False), *([(4, "carry", True)] if _is_by_earlier(model, sides[0]) else [])],
    ]


def _may_be_outer(model: Model, sides: tuple[Node, ...]) -> bool:
    r"""Whether \otimes stands in a claim, and in no definition, where it would be the entrywise product."""
    bodies = [d.body for group in model.definitions.values() for d in group]
    return any(map(_has_circled, sides)) and not any(map(_has_circled, bodies))


def _has_circled(tree: Node) -> bool:
    return any(isinstance(n, Infix) and r"\otimes" in n.operators for n in walk(tree))


def _is_carried(model: Model, sides: tuple[Node, ...]) -> bool:
    """Whether a derivative by a parameter is carried from step to step, unit by unit: all of it is meant then."""
    if not model.lexicon.components.slots:
        return False
    bottoms = [
        {
            model.lexicon.read(name).key
            for n in walk(side)
            if (h := head(n)) and (name := name_of(h.bottom)) and not _is_of_loss(model, h)
        }
        for side in sides
    ]
    untimed = {key for key in bottoms[0] if not model.lexicon.arity.get(key, 0)}
    return any(untimed & found for found in bottoms[1:])


def _is_recursive(model: Model, sides: tuple[Node, ...]) -> bool:
    """Whether a derivative by a parameter follows from that of the step before: a later step's use is not in it."""
    read = model.lexicon.read
    asked = head(sides[0])
    top = name_of(asked.top) if asked is not None and asked.top is not None else None
    if asked is None or top is None:
        return False
    return any(
        h.bottom == asked.bottom and (name := name_of(h.top)) is not None and read(name).key == read(top).key
        and any(isinstance(time, Infix) for time in read(name).times)
        for side in sides[1:]
        for n in walk(side)
        if (h := head(n)) is not None and h.top is not None
    )  # fmt: skip


def _is_of_loss(model: Model, found: Head) -> bool:
    name = name_of(found.top) if found.top is not None else None
    return name is not None and model.lexicon.is_loss(model.lexicon.read(name).key)


def _layouts(asks: Relevance) -> list[Option]:
    every = _either("layout", LAYOUTS if asks.derivatives else LAYOUTS[:1])
    jacobian: list[Option] = [(1, "layout", JACOBIAN_OF_A_NUMBER)] if asks.numbers else []
    return jacobian + (every if asks.jacobians else every[::2])  # the layout of a gradient alone


def _kinds(asks: Relevance) -> list[Option]:
    every = _either("kinds", KINDS if asks.jacobians else KINDS[:1])
    return every if asks.alone else every[:3]  # what stands alone is held as the others


def _is_by_earlier(model: Model, side: Node) -> bool:
    r"""Whether a derivative is by something of the step before: \partial L / \partial h_{t-1}, \delta_{h_{t-1}}."""
    found = head(side)
    bottom = found.bottom if found is not None else gradient_by(side)
    name = name_of(bottom) if bottom is not None else None
    times = model.lexicon.read(name).times if name is not None else ()
    return any(isinstance(time, Infix) and time.operators == ("-",) for time in times)


def _either(name: str, values: tuple[object, ...]) -> list[Option]:
    """Values each of which is more far-fetched than those before it."""
    return [(cost, name, value) for cost, value in enumerate(values)]


def _block_keys(model: Model, sides: tuple[Node, ...]) -> list[str]:
    """The stacked operands that the left side names."""
    stacked = {key for blocks in model.blocks.values() for key in blocks}
    found: dict[str, None] = {}
    for name in quantities(sides[0]):
        for part in (name, *letters(name)[1:]):
            key = model.lexicon.read(part).key
            for k in (key, key.rpartition("_")[0]):
                if k in stacked:
                    found[k] = None
    return list(found)


def _ends_in_sum(node: Node) -> bool:
    last = node.operands[-1] if isinstance(node, Infix) else node
    return isinstance(last, BigOperator)

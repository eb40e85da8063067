"""Whether an equation of a printed derivation holds, in floating point: see floats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
from float_names import LETTERS, Unfit, items, names_of
from floats import Point, Value

from symrnn.notes.formula import BigOperator, Group, Infix, Name, Node
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children

Env = dict[str, int]
CLOSE = 1e-8


@dataclass
class Printed:
    """A printed derivation: its quantities at a random point."""

    point: Point

    def shape(self, name: Name) -> tuple[int, int] | None:
        """The shape of what a name stands for; nothing if it is no quantity."""
        try:
            return self.point.names.shapes[self.point.names.read(name).key]
        except Unfit:
            return None

    def holds_at(self, left: Node, right: Node, env: Env) -> bool | None:
        """Whether two sides are equal at a step; None where they are not and a step does not exist."""
        self.point.missing = False
        try:
            with np.errstate(all="ignore"):
                a, b = self.point.value(left, env), self.point.value(right, env)
        except Unfit:
            return False
        if is_equal(a, b):
            return True
        return None if self.point.missing else False

    def steps(self, sides: Iterable[Node]) -> list[Env]:
        """All values of the letters for steps that no sum binds."""
        letters = sorted(set().union(*(free(side) for side in sides)))
        ranges = (range(1, self.point.names.last[letter] + 1) for letter in letters)
        return [dict(zip(letters, numbers, strict=True)) for numbers in product(*ranges)]

    def where(self, left: Node, right: Node) -> list[Env]:
        """The steps at which an equation holds: all, or those that are in the order that its text speaks of."""
        every = self.steps((left, right))
        held = [env for env in every if self.holds_at(left, right, env)]
        return held if 2 * len(held) >= len(every) or len(held) > 2 else []

    def is_true(self, left: Node, right: Node, at: list[Env]) -> bool:
        """Whether an equation holds at steps, for all values of the letters that these leave open."""
        for env in at:
            for rest in self.steps((left, right)):
                if self.holds_at(left, right, {**rest, **env}) is False:
                    return False
        return True


def printed(text: str, statements: Iterable[Statement]) -> Printed:
    """A printed derivation. Raises Unfit."""
    names = names_of(text)
    point = Point(names, {})
    for statement in statements:
        match statement.sides:
            case (Name() as left, right):
                _define(point, left, right)
    return Printed(point)


def _define(point: Point, name: Name, body: Node) -> None:
    """Add an equation with a quantity on its left, whose shape is that of its value where no list of sizes has it."""
    names = point.names
    try:
        left = names.read(name)
    except Unfit:
        if point.is_gradient(name):
            return
        key = names.declare(name)
        try:
            value = point.value(body, dict.fromkeys(free(name) | free(body), 1))
        except Unfit:
            return
        names.shapes[key] = value.shape if isinstance(value, np.ndarray) else (1, 1)
        left = names.read(name)
    if left.key not in point.forward or left.key in names.listed:
        point.forward.setdefault(left.key, []).append((left, body))


def is_equal(a: Value, b: Value) -> bool:
    """Whether two values are the same but for rounding."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape != b.shape:
        return False
    if (
        isinstance(a, np.ndarray) != isinstance(b, np.ndarray)
        and np.size(a) * np.size(b) > 1
        and np.any(a - b)
    ):
        return False
    size = max(1.0, float(np.max(np.abs(a))), float(np.max(np.abs(b))))
    return bool(np.max(np.abs(a - b)) < CLOSE * size)


def free(node: Node, script: bool = False) -> set[str]:
    """The letters of steps that no sum binds."""
    match node:
        case Name():
            here = {node.stem} if script and node.stem in LETTERS and node.sub is None else set()
            return here.union(*(free(part, True) for place in (node.sub, node.sup) for part in items(place)))
        case BigOperator(lower=Infix(operands=operands), upper=upper, body=body):
            bound = operands[0] if len(operands) == 2 else operands[1]
            outer = [part for part in (*operands, upper) if part is not None and part is not bound]
            inner = free(body, script) - ({bound.stem} if isinstance(bound, Name) else set())
            return inner.union(*(free(part, True) for part in outer))
        case Group(opening="[", body=Infix(operators=("=",), operands=operands)):
            return set().union(*(free(part, True) for part in operands))
    return set().union(*(free(child, script) for child in children(node)))


__all__ = ["Printed", "free", "is_equal", "printed"]

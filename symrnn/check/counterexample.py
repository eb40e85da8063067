"""Two numbers that should be equal and are not: where a wrong claim fails, in real numbers and small sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from symrnn.check.correct_probe import FAILURES
from symrnn.check.definition import Choice, Undefined
from symrnn.check.evaluate import Evaluator
from symrnn.check.heads import gradient_by, head
from symrnn.check.jacobian import Jacobian
from symrnn.check.judge import Outcome, points, side_value
from symrnn.check.model import Model
from symrnn.check.products import Value
from symrnn.check.real import RealWorld, real, real_world
from symrnn.check.tensor import Array, Tensor
from symrnn.notes.formula import Name, Node

CLOSE = 1e-6  # relative; what differs by less is no example
DIGITS = 3
WORLDS: WeakKeyDictionary[Model, dict[tuple[Choice, bool], RealWorld]] = WeakKeyDictionary()


class Example(NamedTuple):
    """Where two sides differ, and how."""

    env: dict[str, int]
    entry: tuple[int, int] | None
    left: float
    right: float


def counterexample(model: Model, sides: tuple[Node, ...], outcome: Outcome) -> str:
    """In words, where a claim fails and what is there; empty where no numbers are found that show it."""
    for small in (True, False):
        example = next(_examples(model, sides, outcome, small), None)
        if example is not None:
            return _words(sides, example)
    return ""


def _examples(model: Model, sides: tuple[Node, ...], outcome: Outcome, small: bool) -> Iterator[Example]:
    """The points at which a claim fails, one side after the other."""
    worlds = WORLDS.setdefault(model, {})
    key = (outcome.choice, small)
    if key not in worlds:
        worlds[key] = real_world(model, outcome.choice, small)
    evaluator = Evaluator(worlds[key], outcome.reading, set(), model.loss)
    try:
        every = points(sides, evaluator)
    except FAILURES:
        return
    same = [env for env in every if env == {k: v for k, v in outcome.env.items() if k != "@"}]
    for env in [*same, *every[:4]]:
        inside = {**env, "@": env["t"]} if "t" in env else env
        evaluator.own = None
        for side in sides[1:]:
            try:
                left = side_value(evaluator, sides[0], inside, outcome.reading, True)
                right = side_value(evaluator, side, inside, outcome.reading, False)
            except (Undefined, *FAILURES):
                break
            shown = {k: v + (k in evaluator.ranges) for k, v in env.items()}  # units are counted from 1
            example = _difference(shown, _matrix(left, evaluator), _matrix(right, evaluator))
            if example is not None:
                yield example


def _matrix(value: Value, evaluator: Evaluator) -> Array | None:
    if isinstance(value, Jacobian):
        matrix: Tensor | None = value.matrix(evaluator.reading.layout)
        return None if matrix is None else matrix.value
    return value.value


def _difference(env: dict[str, int], left: Array | None, right: Array | None) -> Example | None:
    """The entry in which two values differ most."""
    if left is None or right is None or left.shape != right.shape:
        return None
    pairs = [
        (abs(a - b), (i + 1, j + 1), a, b)
        for i in range(left.shape[0])
        for j in range(left.shape[1])
        for a, b in [(real(left[i, j]), real(right[i, j]))]
    ]
    gap, entry, a, b = max(pairs)
    if gap <= CLOSE * max(1.0, abs(a), abs(b)) or short(a) == short(b):
        return None
    return Example(env, None if left.size == 1 else entry, a, b)


def _words(sides: tuple[Node, ...], example: Example) -> str:
    place = ", ".join(f"{k} = {v}" for k, v in example.env.items() if k != "@")
    entry = f"entry {example.entry}" if example.entry is not None else ""
    where = ", ".join(part for part in (place, entry) if part)
    left, right = short(example.left), short(example.right)
    is_derivative = head(sides[0]) is not None or (
        isinstance(sides[0], Name) and gradient_by(sides[0]) is not None
    )
    told = (
        f"{right} as written, {left} by the model"
        if is_derivative
        else f"{left} on the left, {right} on the right"
    )
    return f"{'at ' + where + ': ' if where else ''}{told}"


def short(a: float) -> str:
    """A number in few digits: exactly, where they are enough."""
    for digits in (0, 1, 2, 3):
        if abs(a - round(a, digits)) < 1e-9:
            return (
                f"{round(a, digits):.{digits}f}".replace("-0", "0", 1)
                if round(a, digits) == 0
                else f"{a:.{digits}f}"
            )
    return f"{a:.{DIGITS}g}"

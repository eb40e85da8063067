"""The cheap test of a candidate: one point, one reading, and what is true there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from symrnn.check.edits import Vocabulary
from symrnn.check.evaluate import Evaluator, Reading
from symrnn.check.judge import compare, points
from symrnn.check.meter import Meter
from symrnn.check.model import Model
from symrnn.check.products import Value
from symrnn.check.tensor import Array, Mismatch, Shape, Tensor
from symrnn.check.world import Choice, OutOfRange, Unsupported
from symrnn.field import NoSuchElement
from symrnn.notes.formula import Node

# what the evaluation of a formula ends in that makes no sense
FAILURES = (
    Mismatch, Unsupported, OutOfRange, NoSuchElement, RecursionError, ValueError, IndexError, AssertionError,
)  # fmt: skip


@dataclass
class Budget:
    """How many formulas may be tried, and how many parts of formulas looked at: the same on every machine."""

    meter: Meter
    trials: int = 30_000
    effort: int = 100_000  # three seconds or so
    _end: int = field(init=False)

    def __post_init__(self) -> None:
        self._end = self.meter.done + self.effort

    def spend(self) -> bool:
        """Whether there is enough for one more."""
        self.trials -= 1
        if self.is_over:
            self.trials = 0
        return self.trials > 0

    @property
    def is_over(self) -> bool:
        """Whether all effort is spent."""
        return self.left <= 0

    @property
    def left(self) -> int:
        """The effort that is left, below zero where more was taken."""
        return self._end - self.meter.done

    def share(self, part: float) -> Budget:
        """A part of what there was at the beginning, of what is left."""
        return Budget(
            self.meter, max(int(self.trials * part), 1), min(int(self.effort * part), max(self.left, 0))
        )


@dataclass
class Purse:
    """The effort that all corrections of a document may take: each claim gets a part of what is left."""

    effort: int = 600_000
    part: float = 0.2
    least: int = 1_500
    most: int = 100_000

    def budget(self, meter: Meter) -> Budget:
        """What the next claim may take."""
        return Budget(meter, effort=min(max(int(self.effort * self.part), self.least), self.most))

    def charge(self, budget: Budget) -> None:
        """Take off what a claim took."""
        self.effort -= budget.effort - budget.left


@dataclass
class Remembering(Evaluator):
    """An evaluator that knows the values of the parts it has met: what edits do not touch is evaluated once."""

    memory: dict[tuple[int, tuple[tuple[str, int], ...], Reading], tuple[Node, Value | Exception]] = field(
        default_factory=dict
    )

    def value(self, node: Node, env: Mapping[str, int]) -> Value:
        """The value of a formula; see Evaluator."""
        self.world.meter.done += 1
        key = (id(node), tuple(env.items()), self.reading)
        if key not in self.memory:
            found: Value | Exception
            try:
                found = super().value(node, env)
            except FAILURES as failure:
                found = failure
            self.memory[key] = (node, found)  # the node too: while it lives, no other has its id
        found = self.memory[key][1]
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class Probe:
    """One point and one reading at which candidates are compared with what is true there."""

    reading: Reading
    choice: Choice
    evaluator: Remembering
    env: dict[str, int]
    truth: Value

    def value(self, node: Node) -> Value | None:
        """The value of a formula here; None if it makes no sense."""
        self.evaluator.reading, self.evaluator.first = self.reading, False
        try:
            return self.evaluator.value(node, self.env)
        except FAILURES:
            return None

    def equals(self, side: Node, wanted: Value) -> bool:
        """Whether a formula has a value here."""
        found = self.value(side)
        try:
            return found is not None and compare(wanted, found, self.reading.layout, self.evaluator)
        except FAILURES:
            return False

    def holds(self, side: Node) -> bool:
        """Whether a formula has the true value here."""
        return self.equals(side, self.truth)

    def shape(self, node: Node) -> Shape | None:
        """The shape of a part of a formula here."""
        found = self.value(node)
        if found is None or isinstance(found, Tensor):
            return found.shape if found is not None else None
        matrix = found.matrix(self.reading.layout)
        return None if matrix is None else matrix.shape


def probes(
    model: Model, sides: tuple[Node, ...], readings: Iterable[tuple[Reading, Choice]]
) -> Iterator[Probe]:
    """A point in the middle, for every reading under which the left-hand side has a value."""
    for reading, choice in readings:
        first = reading._replace(kind=reading.first)
        evaluator = Remembering(model.world(choice), first, set(), model.loss)
        try:
            every = _points(sides, evaluator)
        except FAILURES:
            continue
        for env in [*every[1:], *every[:1]]:
            inside = {**env, "@": env["t"]} if "t" in env else env
            evaluator.reading, evaluator.first = first, True
            try:
                truth = evaluator.value(sides[0], inside)
            except FAILURES:
                continue
            if not numbers(truth).any():
                continue  # a zero says nothing
            yield Probe(reading, choice, evaluator, inside, truth)
            break


def _points(sides: tuple[Node, ...], evaluator: Remembering) -> list[dict[str, int]]:
    """Where a claim can be tried; where its indices do not fit, its left side."""
    try:
        return points(sides, evaluator)
    except Mismatch:
        return points(sides[:1], evaluator)


def numbers(value: Value) -> Array:
    """The entries of a value."""
    return value.value if isinstance(value, Tensor) else value.full


@dataclass
class Case:
    """A side that fails, the probe at which it does, and what may be said instead."""

    probe: Probe
    good: tuple[bool, ...]
    index: int
    sides: tuple[Node, ...]
    words: Vocabulary

    @property
    def side(self) -> Node:
        """The side that fails."""
        return self.sides[self.index]

"""The claims of a document, held against one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from symrnn.check.candidates import readings
from symrnn.check.correct import Correction
from symrnn.check.court import Case, Court
from symrnn.check.habits import (
    STANDING,
    VECTORS,
    Habit,
    is_entrywise,
    layouts,
    minorities,
    needs_plain_activation,
)
from symrnn.check.judge import Outcome, attempt
from symrnn.check.scripts import quantities
from symrnn.check.tensor import Mismatch
from symrnn.notes.formula import Group, Name, Node, Script, Slice
from symrnn.notes.tree import walk

MOST_READINGS = 100  # that are tried of a claim


def of_one_mind(court: Court) -> None:
    """What holds only in a way that most other claims do not share does not hold."""
    held = [case for case in court.cases.values() if case.outcome.holds]
    _one_activation(held)
    _sliced(held)
    habits = {case.entry.index: layouts(case.model, case.sides, case.outcome) for case in held}
    few = minorities(habits.values())
    for case in held:
        deviating = habits[case.entry.index] & few
        if deviating and case.outcome.holds and not _agrees(case, deviating, habits.values()):
            _reject(case, min(deviating))


def _agrees(case: Case, deviating: frozenset[Habit], every: Iterable[frozenset[Habit]]) -> bool:
    """Whether a chain of derivatives in any order holds in that of the others as well; it is read so then.

    What is the same lying and standing agrees with gradients that are rows.
    """
    if deviating == {STANDING} and is_entrywise(case.model, case.sides, case.outcome):
        return True
    if Habit(VECTORS, "any") not in deviating:
        return False
    ways = Counter(habit.way for each in every for habit in each if habit.what == VECTORS)
    other = "denominator" if ways["numerator"] > ways["denominator"] else "numerator"
    for reading, choice in islice(readings(case.model, case.sides), MOST_READINGS):
        outcome = attempt(case.model, case.sides, reading, choice, conditions=case.entry.statement.conditions)
        if outcome.holds and not {f"{other} order", f"{other} layout"} & outcome.notes:
            case.outcome = outcome
            return True
    return False


def _one_activation(held: list[Case]) -> None:
    """A function that is named, sigma, is the same everywhere."""
    supposed = [case for case in held if case.outcome.choice.activation]
    if not supposed:
        return
    against = sum(needs_plain_activation(c.model, c.sides, c.outcome) for c in held if c not in supposed)
    if against < 2 * len(supposed):
        return
    for case in supposed:
        choice = case.outcome.choice._replace(activation="")
        case.outcome = attempt(case.model, case.sides, case.outcome.reading, choice)


def _sliced(held: list[Case]) -> None:
    """A document that cuts the columns of one operand out of a joined weight does so everywhere."""
    joined = [case for case in held if case.outcome.reading.block and "block" in case.outcome.notes]
    if not joined or not any(_cuts(case) for case in held if case not in joined):
        return
    for case in joined:
        outcome = case.outcome
        case.outcome = attempt(
            case.model, case.sides, outcome.reading._replace(block="", wide=False), outcome.choice
        )


def _cuts(case: Case) -> bool:
    return any(isinstance(node, Slice) for side in case.sides for node in walk(side))


def _reject(case: Case, habit: Habit) -> None:
    """The claim in the layout of the others."""
    outcome = case.outcome
    if habit.what == VECTORS:
        detail: object = None
        case.outcome = replace(outcome, verdict="differs", detail=detail)
        return
    shape = _shape(case)
    case.outcome = replace(outcome, verdict="mismatch", detail=Mismatch("=", shape, shape[::-1]))
    sides = (case.sides[0], *(_transposed(side) for side in case.sides[1:]))
    holds = Outcome("holds", outcome.reading, outcome.choice)
    case.mended = Correction(sides, "transpose", "singles", holds)


def _shape(case: Case) -> tuple[int, int]:
    """The shape of what the left side is the gradient by."""
    lexicon, shapes = case.model.lexicon, case.model.shapes
    keys = (lexicon.read(name).key for name in quantities(case.sides[0]))
    return next((shapes[key] for key in keys if shapes.get(key, (1, 1)) != (1, 1)), (1, 1))


def _transposed(side: Node) -> Node:
    if isinstance(side, Name) and side.sup is None:
        return replace(side, sup=Name(r"\top"), origin=None)
    return Script(Group("(", side, ")"), None, Name(r"\top"))

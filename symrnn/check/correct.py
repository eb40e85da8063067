"""The smallest change that makes a wrong claim true, in the notation of its author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from symrnn.check.clock import with_steps
from symrnn.check.components import with_entries
from symrnn.check.correct_probe import Budget, Case, Probe, numbers, probes
from symrnn.check.correct_reverse import mended, replaced
from symrnn.check.correct_terms import claimed
from symrnn.check.correct_vocabulary import slopes, vocabulary
from symrnn.check.definition import STEP_LOSS
from symrnn.check.edits import Edit, certain, edits
from symrnn.check.evaluate import Reading
from symrnn.check.heads import head
from symrnn.check.judge import Outcome, attempt, lasting
from symrnn.check.model import Model
from symrnn.check.names import quantities
from symrnn.check.products import Value
from symrnn.check.readings import UNWELCOME
from symrnn.check.relevance import relevance
from symrnn.check.stacks import with_stacks
from symrnn.check.true_terms import Terms, terms_of
from symrnn.check.world import Choice
from symrnn.notes.formula import BigOperator, Call, Name, Node
from symrnn.notes.latex import LatexError
from symrnn.notes.parse import formula
from symrnn.notes.tree import walk
from symrnn.notes.written import written

SEEDS = (1, 2)
MOST_CASES = 6


@dataclass(frozen=True)
class Correction:
    """Sides that are equal, which of the mistakes was made, how they were found, and how they hold."""

    sides: tuple[Node, ...]
    mistake: str
    how: str
    outcome: Outcome = field(default_factory=lambda: Outcome("holds"))

    @property
    def small(self) -> bool:
        """Whether most of what the author wrote stays, so that it speaks for the model that it was read with."""
        return self.how in ("termwise", "singles")


def correct(
    model: Model,
    sides: tuple[Node, ...],
    readings: Sequence[tuple[Reading, Choice]],
    *,
    context: Sequence[Node] = (),
    budget: Budget | None = None,
) -> Correction | None:
    """The claim as it should be, or None if it was not found.

    ``readings`` are those that the document's other claims hold under; ``context`` is all formulas of the document,
    whose names and spellings may be used.  What is returned holds at all points, at two random instances.
    """
    budget = budget or Budget(model.meter)
    trees = [*sides, *context]
    cases = _cases(model, sides, _widened(model, sides, readings), trees)[:MOST_CASES]
    known = {id(case): terms_of(model, case, trees) for case in cases}
    for search, part in SEARCHES:
        second_best: Correction | None = None
        for case in cases:
            for edit in search(case, known[id(case)], budget.share(part / len(cases))):
                found = _settled(model, case, edit)
                if found is not None and not found.outcome.notes & UNWELCOME:
                    return replace(found, how=search.__name__)
                second_best = second_best or found
        if second_best is not None:
            return replace(second_best, how=search.__name__)
    return None


def _widened(
    model: Model, sides: tuple[Node, ...], readings: Sequence[tuple[Reading, Choice]]
) -> Iterator[tuple[Reading, Choice]]:
    """The readings, without what a right claim should not need, and those in which gradients or functions differ."""
    plain = dict.fromkeys((r._replace(block="", incoming=False, wide=False), c) for r, c in readings)
    if not plain and _is_whole(model):
        plain = {(Reading(star=model.lexicon.star), Choice()): None}
    activations = ("", "tanh") if any(not key.startswith("@") for key in model.generic) else ("",)
    found = dict(plain)
    for context in ("sequence", "copies", "step"):
        for reading, _ in plain:
            for canonical in (False, True):
                for activation in activations:
                    found[reading._replace(context=context), Choice(activation, canonical)] = None
    yield from found
    if relevance(model, sides).jacobians:  # what is held fixed in a partial derivative
        for kind in ("step", "direct"):
            yield from ((reading._replace(kind=kind, first=kind), choice) for reading, choice in plain)
    asked = head(sides[0])
    own = asked is not None and any(head(node) == asked for side in sides[1:] for node in walk(side))
    if own:  # the same gradient on the right is what comes from later steps
        yield from ((reading._replace(incoming=True), choice) for reading, choice in found)


def _is_whole(model: Model) -> bool:
    """Whether all of the model is written in the document: what was added is no more than the sum of its losses."""
    is_loss, read = model.lexicon.is_loss, model.lexicon.read
    bodies = [d.body for key, group in model.definitions.items() if key != STEP_LOSS for d in group]
    return any(map(is_loss, model.definitions)) and all(
        body.origin is not None
        or (isinstance(body, BigOperator) and isinstance(body.body, Name) and is_loss(read(body.body).key))
        for body in bodies
    )


def _cases(
    model: Model, sides: tuple[Node, ...], readings: Iterable[tuple[Reading, Choice]], trees: Sequence[Node]
) -> list[Case]:
    """The first side that fails, under each of the readings under which most sides hold."""
    found: dict[object, Case] = {}
    words = vocabulary(model, trees, sides)
    for probe in probes(model, sides, readings):
        good = (True, *(probe.holds(side) for side in sides[1:]))
        if all(good):
            continue
        index = good.index(False)
        values = _entries(probe.truth), _entries(probe.value(sides[index]))
        key = (probe.choice.activation, probe.reading.layout, good, values)
        if key in found:
            continue
        near = replace(
            words,
            shape=probe.shape,
            goal=probe.shape(sides[0]),
            slopes=slopes(model, words.names, probe.choice),
        )
        found[key] = Case(probe, good, index, sides, near)
    most = max((sum(case.good) for case in found.values()), default=0)
    return [case for case in found.values() if sum(case.good) == most]


def _entries(value: Value | None) -> tuple[object, ...]:
    return (numbers(value).shape, *numbers(value).flat) if value is not None else ()


def termwise(case: Case, terms: Terms | None, budget: Budget) -> Iterator[Edit]:
    """Every term changed until it is one of those that the derivative has."""
    yield from mended(terms, budget) if terms is not None else ()


def rewritten(case: Case, terms: Terms | None, budget: Budget) -> Iterator[Edit]:
    """The terms that fail, or all of it, as reverse mode writes them."""
    yield from replaced(terms, budget) if terms is not None else ()


def singles(case: Case, terms: Terms | None, budget: Budget) -> Iterator[Edit]:
    """The single changes that are true at the probe."""
    for edit in edits(case.side, case.words):
        if not budget.spend():
            return
        if case.probe.holds(edit.tree):
            yield edit


def pairs(case: Case, terms: Terms | None, budget: Budget) -> Iterator[Edit]:
    """The pairs of changes that are true at the probe, called by the first."""
    likely = [edit for edit in edits(case.side, case.words) if edit.mistake in FIRST_KINDS]
    likely.sort(key=lambda edit: FIRST_KINDS.index(edit.mistake))
    seen = {case.side, *(edit.tree for edit in likely)}
    for first in (*certain(case.side, case.words), *likely):
        for second in edits(first.tree, case.words):
            if second.mistake not in FIRST_KINDS or second.tree in seen:
                continue
            if not budget.spend():
                return
            seen.add(second.tree)
            if case.probe.holds(second.tree):
                yield second._replace(mistake=first.mistake)


SEARCHES = ((termwise, 0.4), (singles, 0.4), (rewritten, 0.3), (pairs, 0.3))
FIRST_KINDS = ("transpose", "order", "missing-activation-derivative", "index", "wrong-symbol", "gate-swap")


def _settled(model: Model, case: Case, edit: Edit) -> Correction | None:
    """The claim with a changed side, if it is then true everywhere and says something; other wrong sides dropped."""
    again = reread(model, edit.tree)
    if again is None or _is_idle(case, edit):
        return None
    good = list(case.good)
    kept = [side for side, fine in zip(case.sides[: case.index], good, strict=False) if fine]
    kept.append(edit.tree)
    kept += [
        side for side, fine in zip(case.sides[case.index + 1 :], good[case.index + 1 :], strict=True) if fine
    ]
    reading, choice = case.probe.reading, case.probe.choice
    outcomes = [attempt(model, (case.sides[0], again), reading, choice, seed) for seed in SEEDS]
    if not all(outcome.holds for outcome in outcomes):
        return None
    outcome = lasting(model, (case.sides[0], again), outcomes[0], ())
    return Correction(tuple(kept), edit.mistake, "", outcome) if outcome.holds else None


def _is_idle(case: Case, edit: Edit) -> bool:
    """Whether a change only repeats what stands on another side."""
    new = {_squeezed(node) for node in walk(edit.tree)}
    before = {_squeezed(node) for node in walk(case.side)}
    left = _squeezed(case.sides[0])
    if _quotes_parameter(case, edit.tree):
        return True
    return (
        any(_squeezed(edit.tree) == _squeezed(side) for side in case.sides)
        or (left in new and left not in before)
        or (left in new and edit.mistake in ("extra-term", "other"))
    )


def _quotes_parameter(case: Case, tree: Node) -> bool:
    """Whether a gradient by a parameter is said in terms of that parameter, which its author did not name."""
    asked = claimed(case.probe.evaluator, case.sides[0], case.probe.env)
    if asked is None or asked[1].times or asked[1].key in case.probe.evaluator.world.definitions:
        return False
    before, after = (_read_outside(case, side) for side in (case.side, tree))
    return asked[1].key in after - before


def _read_outside(case: Case, tree: Node) -> set[str]:
    """The quantities that a formula reads, but for those in the argument of a function: b of f'(W x + b)."""
    within = {
        id(name)
        for node in walk(tree)
        if isinstance(node, Call) and isinstance(node.head, Name) and case.words.symbol(node.head) is None
        for name in quantities(node.argument)
    }
    names = (name for name in quantities(tree) if id(name) not in within)
    symbols = (case.words.symbol(name) for name in names)
    return {symbol.key for symbol in symbols if symbol is not None}


def _squeezed(node: Node) -> str:
    return "".join(written(node).split())


def reread(model: Model, tree: Node) -> Node | None:
    """A tree as its readers will read it; None if they could not."""
    try:
        steps = with_steps(formula(written(tree)), model.lexicon.clock)
        return with_entries(with_stacks(steps), model.lexicon.components)
    except LatexError:
        return None


__all__ = ["Budget", "Correction", "Probe", "correct"]

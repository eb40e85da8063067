"""What every term of a gradient should be: one contribution for each equation that reads the quantity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symrnn.check.correct_probe import FAILURES, Budget, Case
from symrnn.check.edits import Edit, Formula, edits
from symrnn.check.edits_functions import missing_factors
from symrnn.check.edits_products import infix, is_sum
from symrnn.check.edits_terms import conforming
from symrnn.check.evaluate import Evaluator
from symrnn.check.heads import differential, head
from symrnn.check.jacobian import Jacobian, Label, chained
from symrnn.check.names import quantities
from symrnn.check.world import OutOfRange, Undefined, Unsupported, World
from symrnn.notes.formula import Infix, Name, Node

FIRST_KINDS = ("transpose", "order", "missing-activation-derivative", "index", "wrong-symbol", "gate-swap")
LIKELY = 24  # of the wrong names, those of the right shape come first
TELLING = ("wrong-symbol", "gate-swap", "missing-activation-derivative", "order", "transpose", "index")


def claimed(evaluator: Evaluator, side: Node, env: Mapping[str, int]) -> tuple[Label, Label] | None:
    """What a left-hand side is the derivative of, and by what; None if it is none, or of or by an entry."""
    found = head(side)
    if found is not None and found.top is not None:
        top, bottom = (_label(evaluator, node, env) for node in (found.top, found.bottom))
        if top is None or bottom is None:
            return None
        return (evaluator.loss_at(env) if top == evaluator.loss else top), bottom
    if isinstance(side, Name):
        label = _label(evaluator, side, env)
        defined = evaluator.world.equation(label) if label is not None else None
        if defined is not None:
            definition, inside = defined
            return claimed(evaluator, definition.body, inside) if head(definition.body) is not None else None
    named = differential(side)
    if named is not None and named[0] is not None and evaluator.loss is not None:
        bottom = _label(evaluator, named[0], env)
        return (evaluator.loss_at(env), bottom) if bottom is not None else None
    return None


def _label(evaluator: Evaluator, node: Node, env: Mapping[str, int]) -> Label | None:
    if not isinstance(node, Name):
        return None
    try:
        symbol = evaluator.resolve(node)
        return None if symbol.entries else evaluator.label(symbol, env)
    except (Undefined, Unsupported):
        return None


def contributions(world: World, top: Label, bottom: Label) -> dict[Label, Jacobian]:
    """d top / d bottom, term by term: what comes through every quantity whose equation reads the bottom."""
    found: dict[Label, Jacobian] = {}
    for label in readers(world, bottom):
        if label == top:
            found[label] = world.derivative(top, bottom, "direct")
            continue
        outer = world.derivative(top, label)
        chain = chained(outer, world.derivative(label, bottom, "direct"))
        if chain is not None and chain[0].full.any():
            found[label] = chain[0]
    return found


def readers(world: World, bottom: Label) -> Iterator[Label]:
    """The quantities in whose equations another stands."""
    for key, group in world.definitions.items():
        if not any(
            symbol.key == bottom.key
            for definition in group
            for name in quantities(definition.body)
            for symbol in world.lexicon.readings(name)
        ):
            continue
        arity = world.lexicon.arity.get(key, 0)
        for step in range(1, world.steps + 1) if arity == 1 else (0,) if arity == 0 else ():
            label = Label(key, (step,) * arity)
            try:
                jacobian = world.derivative(label, bottom, "direct")
            except (OutOfRange, Unsupported):
                continue
            if label != bottom and jacobian.full.any():
                yield label


def termwise(case: Case, budget: Budget) -> Iterator[Edit]:
    """Every term changed until it is one of the contributions that the derivative has."""
    evaluator, env = case.probe.evaluator, case.probe.env
    found = claimed(evaluator, case.sides[0], env)
    if found is None or not found[1].times:
        return
    try:
        wanted = contributions(evaluator.world, *found)
    except FAILURES:
        return
    whole = case.side
    parts = list(whole.operands) if is_sum(whole) and isinstance(whole, Infix) else [whole]
    if isinstance(whole, Infix) and is_sum(whole) and "-" in whole.operators:
        return
    if len(parts) != len(wanted):
        return
    new: list[Node | None] = []
    mistakes: list[str] = []
    for part in parts:
        label = next((label for label, value in wanted.items() if case.probe.equals(part, value)), None)
        if label is not None:
            del wanted[label]
        new.append(part if label is not None else None)
    for index, part in enumerate(parts):
        if new[index] is not None:
            continue
        mended = _mended(case, part, wanted, budget)
        if mended is None:
            return
        label, edit = mended
        del wanted[label]
        new[index] = edit.tree
        mistakes.append(edit.mistake)
    if mistakes and not wanted:
        whole_mistake = min(mistakes, key=lambda m: TELLING.index(m) if m in TELLING else len(TELLING))
        yield Edit(infix(["+"] * (len(parts) - 1), [n for n in new if n is not None]), whole_mistake)


def _mended(
    case: Case, part: Node, wanted: Mapping[Label, Jacobian], budget: Budget
) -> tuple[Label, Edit] | None:
    """The first change of a term that makes it a contribution that is still missing, or else two changes."""
    words = case.words
    first_changes = []
    for edit in edits(part, words):
        if not budget.spend():
            return None
        for label, value in wanted.items():
            if case.probe.equals(edit.tree, value):
                return label, edit
        if edit.mistake in FIRST_KINDS:
            first_changes.append(edit)
    symbols = [edit for edit in first_changes if edit.mistake in ("wrong-symbol", "gate-swap")]
    for editor, most in ((conforming, len(symbols)), (missing_factors, LIKELY)):
        for first in symbols[:most]:
            for second in editor(Formula(first.tree), words):
                if not budget.spend():
                    return None
                for label, value in wanted.items():
                    if case.probe.equals(second.tree, value):
                        return label, second._replace(mistake=first.mistake)
    return None

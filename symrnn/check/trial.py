"""The claims of a document, tried together: under which model and reading each holds, and what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from symrnn.check.consensus import of_one_mind
from symrnn.check.contents import Document, Entry
from symrnn.check.correct import correct
from symrnn.check.correct_probe import Purse
from symrnn.check.court import Case, Court
from symrnn.check.definition import Definition
from symrnn.check.functions import SOFTMAX
from symrnn.check.gradients import name_gradients
from symrnn.check.judge import judge
from symrnn.check.judgement import Judgement
from symrnn.check.lying import lying_down
from symrnn.check.model import Model, build
from symrnn.check.scripts import quantities
from symrnn.check.selection import special_losses
from symrnn.check.variants import accumulated, at_the_first, completed_fraction, summed, up_to_the_last
from symrnn.check.verdicts import judgement
from symrnn.notes.formula import Call, Group, Name, Node
from symrnn.notes.tree import letters, walk

NOTHING: Mapping[int, Case] = MappingProxyType({})


def tried(document: Document, skipped: int, denominator: bool, known: Mapping[int, Case] = NOTHING) -> Court:
    """The claims of a document, not corrected yet; the formulas that were added to it are not judged.

    ``known`` are claims that were tried before in the same document, by their index.
    """
    court = Court(document, meanings=name_gradients(document), denominator=denominator)
    entries = [entry for entry in document.entries if entry.source >= skipped]
    court.judged = [entry for entry in entries if _counts(entry)]
    for entry in entries:
        if entry.claims and len(entry.sides) > 1:
            case = known.get(entry.index)
            court.cases[entry.index] = replace(case) if case is not None else _try(court, entry)
    _as_scalars(court)
    _second_reading(court)
    lying_down(court)
    of_one_mind(court)
    return court


def corrected(court: Court) -> list[tuple[Entry, Judgement]]:
    """The statements with their verdicts and corrections: those speak for the model too."""
    held = Counter((c.outcome.reading, c.outcome.choice) for c in court.cases.values() if c.outcome.holds)
    court.readings = [pair for pair, _ in held.most_common(4)]
    court.context = tuple(
        side for entry in court.document.entries for side in entry.sides if len(entry.sides) > 1
    )
    purse = Purse()
    for index, case in court.cases.items():
        fails = case.outcome.verdict in ("differs", "mismatch", "undefined") or case.outcome.is_nowhere
        if fails and not (case.unread or court.unclosed(case)):
            case.model.meter.start()
            budget = purse.budget(case.model.meter)
            court.corrections[index] = case.mended or correct(
                case.model, case.sides, court.readings, context=court.context, budget=budget
            )
            if court.corrections[index] is None and budget.is_over:
                court.cut_short.add(index)
            purse.charge(budget)
    return [(entry, judgement(court, entry)) for entry in court.judged]


def _counts(entry: Entry) -> bool:
    return entry.claims or bool(entry.defines) or bool(entry.statement.relations)


def _is_scalar(document: Document) -> bool:
    """Whether nothing in a document speaks of matrices: no transpose, no bold, no entrywise product, no sizes."""
    for entry in document.entries:
        for side in entry.statement.sides:
            for node in walk(side):
                if isinstance(node, Name) and (
                    set(node.accents) & {"mathbf", "boldsymbol", "bm", "vec", "mathbb"}
                    or node.stem in (r"\top", r"\odot", r"\R")
                    or (isinstance(node.sup, Name) and node.sup.stem in ("T", r"\top"))
                ):
                    return False
                if set(getattr(node, "operators", ())) & {r"\odot", r"\circ"}:
                    return False
    return True


def _try(court: Court, entry: Entry) -> Case:
    """A claim under the models that may be meant."""
    best: Case | None = None
    for sides, told, fixed in _variants(entry):
        models: list[Model] = []
        for model, special in _models(court, entry):
            if model in models:
                continue
            models.append(model)
            outcome = judge(model, sides, conditions=entry.statement.conditions)
            meant = told or special or ("all quantities are scalars" if court.scalar else "")
            shown = model.at_length(outcome.steps) if outcome.steps else model  # where it fails
            case = Case(entry, shown, outcome, sides, meant, fixed, tuple(court.document.definitions))
            if outcome.holds:
                return case
            best = best or case
    assert best is not None
    return best


def _models(court: Court, entry: Entry) -> Iterator[tuple[Model, str]]:
    """The models that a claim may be about, and which special case of the loss each takes, in words."""
    document, position = court.document, entry.index
    scalar = court.scalar or document.entrywise
    yield build(document, position, scalar=scalar), ""
    if not scalar:
        yield build(document, position, first=True), ""
    for index, case in enumerate(special_losses(document, position)):
        name = case.name.text if case.name is not None else case.key
        told = f"the loss is {name} = {case.body.text}" if index else ""  # the latest one is in force
        yield build(document, position, scalar=scalar, case=case), told


def _variants(entry: Entry) -> list[tuple[tuple[Node, ...], str, tuple[Node, ...] | None]]:
    """A claim as it is written, and as it may be meant."""
    sides = entry.sides
    if entry.adds:
        return [(sides, "the gradient is added up over the steps", None)]
    found: list[tuple[tuple[Node, ...], str, tuple[Node, ...] | None]] = []
    completed = completed_fraction(sides)
    if completed is not None:
        return [(completed, "", completed)]
    added = accumulated(sides)
    if added is not None:
        return [(added, "the gradient is added up over the steps", None)]
    found.append((sides, "", None))
    total = summed(sides)
    if total is not None:
        found.append((total, "the left-hand side means the sum over the steps", None))
    ended = up_to_the_last(sides)
    if ended is not None:
        found.append((ended, "t is the last step", None))
    begun = at_the_first(sides)
    if begun is not None:
        found.append((begun, "t is step 0", None))
    return found


def _names_arguments(document: Document) -> bool:
    """Whether the document names the arguments of its activations: h = tanh(a)."""
    return any(
        isinstance(d.body, Call)
        and isinstance(d.body.argument, Group)
        and isinstance(d.body.argument.body, Name)
        and isinstance(d.body.head, Name)
        and d.body.head.stem.removeprefix("\\") not in SOFTMAX
        for d in document.definitions
    )


def _as_scalars(court: Court) -> None:
    """A document that never speaks of matrices may mean numbers.

    One whose weights are small letters does if some of its claims make sense so and not otherwise; another one if half
    of its claims make no sense otherwise.
    """
    failing = [case for case in court.cases.values() if not case.outcome.holds]
    if not failing or not _is_scalar(court.document):
        return
    small = all(_is_small(d, court.document) for d in court.document.definitions)
    if not small and 2 * len(failing) < len(court.cases):
        return
    court.scalar = True
    found = [_try(court, case.entry) for case in failing]
    meant = small and any(case.outcome.holds for case in found)
    court.scalar = meant or 2 * len(failing) >= len(court.cases)
    for case in found:
        if meant or case.outcome.holds:
            court.cases[case.entry.index] = case


def _is_small(definition: Definition, document: Document) -> bool:
    """Whether a definition has no name with a capital letter and without a step but a loss: no matrix."""
    lexicon = document.lexicon
    if lexicon.is_loss(definition.key):
        return True
    names = (part for name in quantities(definition.body) for part in (letters(name) or (name,)))
    keys = {lexicon.read(name).key for name in names}
    return not any(key[:1].isupper() and not lexicon.arity.get(key, 0) for key in keys)


def _one_loss(court: Court) -> None:
    """The loss is that of the sequence if most claims speak of it, and a parameter's gradient is one thing."""
    held = [case for case in court.cases.values() if case.outcome.holds and case.losses_or_gradients]
    counts = Counter(case.outcome.reading.context for case in held)
    allowed = ["sequence"]
    if counts["copies"] and counts["copies"] >= sum(
        c.is_summed for c in held if c.outcome.reading.context == "sequence"
    ):
        allowed.append("copies")
    if counts["step"] > counts["sequence"]:
        allowed.append("step")
    for case in held:
        if case.outcome.reading.context not in allowed:
            case.outcome = judge(
                case.model,
                case.sides,
                conditions=case.entry.statement.conditions,
                contexts=tuple(allowed),
            )


def _second_reading(court: Court) -> None:
    """A document that calls the gradient of a pre-activation that of its gate does so everywhere, or nowhere."""
    _one_loss(court)
    if _names_arguments(court.document):
        return
    failing = [case for case in court.cases.values() if not case.outcome.holds]
    retried = {
        case.entry.index: judge(case.model, case.sides, pre=True, conditions=case.entry.statement.conditions)
        for case in failing
    }
    taken = {n for case in court.cases.values() if case.outcome.holds for n in case.outcome.gates}
    needed = {n for outcome in retried.values() if outcome.holds for n in outcome.gates}
    defining = {n for outcome in retried.values() if outcome.holds for n in outcome.gates[:1]}
    for case in failing:
        outcome = retried[case.entry.index]
        if outcome.holds and defining and not (set(outcome.gates) & taken) and needed:
            case.outcome = outcome

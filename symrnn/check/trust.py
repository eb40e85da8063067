"""When a claim that fails may be called wrong although no other claim speaks for the model, and no correction."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.court import Case, Court
from symrnn.check.formulas import function_key
from symrnn.check.functions import known
from symrnn.check.heads import head
from symrnn.check.points import sole_variable
from symrnn.check.scripts import quantities
from symrnn.notes.formula import Call, Name
from symrnn.notes.tree import walk

SURE = {"tanh", "sigmoid", "exp", "relu", "softplus"}  # what is nowhere the name of another function
HARMLESS = {"column gradients", "total"}  # what may be noted of a claim that is read as it stands


def is_clear(court: Court, case: Case) -> bool:
    """Whether all of a document, and all of a claim about the gradient of its loss, were read as they stand.

    Nothing was added to the model or left out of it, no function is only named, no entry is named by its index, and no
    other claim fails for reasons that are not known.
    """
    model, outcome, document = case.model, case.outcome, court.document
    lexicon = model.lexicon
    if outcome.verdict == "differs" and not case.told and _is_of_functions(case):
        return True
    found = head(case.sides[0])
    if outcome.verdict != "differs" or not outcome.notes <= HARMLESS or case.told:
        return False
    if found is None or not isinstance(found.top, Name) or model.dropped or model.generic - {"@outputs"}:
        return False
    top = lexicon.read(found.top).key
    of_a_step = lexicon.is_loss(top) and top in model.definitions
    if not of_a_step and (model.loss is None or top != model.loss.key):
        return False
    reached = case.reached
    definitions = [d for key in reached for d in model.definitions.get(key, ())]
    if any(d not in case.given for d in definitions):
        return False
    trees = [*case.sides, *(d.body for d in definitions)]
    if any(lexicon.read(name).entries for tree in trees for name in quantities(tree)):
        return False
    if any(isinstance(n, Call) and not isinstance(n.head, Name) for tree in trees for n in walk(tree)):
        return False
    if any(entry.statement.unreadable or entry.statement.remarks for entry in document.entries):
        return False
    return all(
        other is case or other.outcome.holds or court.corrections.get(other.entry.index)
        for other in court.cases.values()
    )


def _is_of_functions(case: Case) -> bool:
    """Whether a claim of one variable speaks of functions that everybody knows, or that have a formula."""
    lexicon = case.model.lexicon
    if sole_variable(case.sides, lexicon) is None:
        return False
    heads = (n.head for side in case.sides for n in walk(side) if isinstance(n, Call))
    return all(
        isinstance(h, Name)
        and (known(h.stem) in SURE or lexicon.formulas.get(function_key(replace(h, primes=0))))
        for h in heads
    )

"""When a claim that fails may be called wrong although no other claim speaks for the model, and no correction."""

from __future__ import annotations

from symrnn.check.court import Case, Court
from symrnn.check.heads import head
from symrnn.check.scripts import quantities
from symrnn.notes.formula import Call, Name
from symrnn.notes.tree import walk

HARMLESS = {"column gradients", "total"}  # what may be noted of a claim that is read as it stands


def is_clear(court: Court, case: Case) -> bool:
    """Whether all of a document, and all of a claim about the gradient of its loss, were read as they stand.

    Nothing was added to the model or left out of it, no function is only named, no entry is named by its index, and no
    other claim fails for reasons that are not known.
    """
    model, outcome, document = case.model, case.outcome, court.document
    lexicon = model.lexicon
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

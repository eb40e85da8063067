"""What is said of each statement, after all claims of a document were tried."""

from __future__ import annotations

from symrnn.check.clock import in_brackets
from symrnn.check.contents import Entry
from symrnn.check.counterexample import counterexample
from symrnn.check.court import SLIPS, Case, Court
from symrnn.check.definition import Unsupported
from symrnn.check.heads import head
from symrnn.check.judge import Outcome
from symrnn.check.judgement import Judgement
from symrnn.check.lint import slip
from symrnn.check.readings import reading_of
from symrnn.check.supposed import is_open
from symrnn.check.tensor import Mismatch
from symrnn.check.trust import is_clear
from symrnn.notes.formula import Name, Node, Number, Unreadable
from symrnn.notes.written import written

POINT = " at a random point modulo 2^61 - 1"  # of symrnn.field: exact arithmetic


def judgement(court: Court, entry: Entry) -> Judgement:
    """The verdict on a statement."""
    case = court.cases.get(entry.index)
    if case is None:
        found = slip(court.document, entry)
        if found is not None:
            return _place(
                entry, "symbol", reason=found.reason, mistake=found.mistake, correction=found.correction
            )
        if entry.defines:
            return _place(entry, "definition")
        return _place(entry, "unchecked", reason=_why_not(entry))
    outcome = case.outcome
    if outcome.holds and case.unfounded:
        return _place(entry, "unchecked", reason=case.unfounded)
    if outcome.holds:
        if case.fixed is not None:
            correction = (
                entry.statement.rewritten(case.fixed) if len(case.fixed) == len(entry.statement.sides) else ""
            )
            return _place(
                entry, "symbol", reason="a sign of differentiation is missing", mistake="wrong-symbol",
                correction=correction,
            )  # fmt: skip
        verdict, reading = reading_of(outcome, court.denominator)
        unclosed = court.unclosed(case)
        if unclosed:
            reading = (
                f"{reading}; the bracket in the definition of {unclosed} closes at its end".removeprefix("; ")
            )
            verdict = "convention"
        supposed = [d.key for d in court.document.supposed if d.key in case.reached]
        cell = (
            f"the equation of {', '.join(supposed)} is not given: the usual one is meant" if supposed else ""
        )
        unstated = [part for part in (case.told, cell) if part]
        return _place(
            entry,
            "convention" if unstated else verdict,
            evidence=_proof(outcome),
            reading="; ".join(part for part in (*unstated, reading) if part),
        )
    return _failed(court, entry, case)


def _failed(court: Court, entry: Entry, case: Case) -> Judgement:
    """The verdict on a claim that does not hold as it is read: corrected, or not understood."""
    outcome, detail = case.outcome, case.outcome.detail
    unread = case.unread or court.unclosed(case)
    if unread and outcome.verdict in ("differs", "mismatch"):
        return _place(entry, "unchecked", reason=f"the definition of {unread} could not be evaluated")
    if outcome.verdict in ("differs", "mismatch") and case.unknown_function:
        return _place(entry, "unchecked", reason=f"nothing says what {case.unknown_function} is")
    if case.shares and not any(c.shares and c.outcome.holds for c in court.cases.values()):
        return _place(entry, "unchecked", reason="nothing says which share of a gradient is meant")
    if outcome.verdict in ("differs", "mismatch") and case.gap:
        return _place(entry, "unchecked", reason=f"nothing says what {case.gap} is")
    if _is_special_case(entry):
        return _place(entry, "unchecked", reason="it holds in a case that is not understood")
    if (entry.adds or entry.updates) and case.is_of_a_step:
        return _place(entry, "unchecked", reason="one of the paths on which a gradient is added up")
    if outcome.verdict in ("differs", "mismatch") and case.is_of_last_step:
        return _place(
            entry, "unchecked", reason="the gradient of a parameter beside what the last step gives"
        )
    if outcome.verdict in ("differs", "mismatch") and case.is_of_last_loss:
        return _place(entry, "unchecked", reason="it is about a loss of the last step alone")
    found = court.corrections.get(entry.index)
    correction, mistake = "", "other"
    if found is not None:
        correction, mistake = _corrected(court, entry, found.sides), found.mistake
    speaks = court.nearly_right(case) or _is_sure(court, case)
    if outcome.verdict == "undefined" and court.is_slip(case):
        reason = detail.reason if isinstance(detail, Unsupported) else ""
        return _place(entry, "symbol", reason=reason, mistake="wrong-symbol", correction=correction)
    if outcome.is_nowhere and court.nearly_right(case) and mistake in SLIPS:
        reason = "it speaks of a step that does not exist"
        return _place(entry, "symbol", reason=reason, mistake=mistake, correction=correction)
    if outcome.verdict in ("differs", "mismatch") and not speaks:
        reason = "no equation of the document speaks for the model that it was read with"
        return _place(entry, "unchecked", reason=reason)
    if court.document.supposed and (is_open(court.document) or not court.trusted(case)):
        return _place(entry, "unchecked", reason="the forward equations are not given")
    if outcome.verdict in ("differs", "mismatch") and case.supposed and not court.nearly_right(case):
        return _place(entry, "unchecked", reason="the output layer is not given")
    late = "; the search for its correction was ended" if entry.index in court.cut_short else ""
    if outcome.verdict == "differs":
        example = counterexample(case.model, case.sides, outcome)
        reason = f"the values differ, {example or 'at ' + _at(outcome)}{late}"
        return _place(
            entry,
            "wrong",
            evidence=f"disproved{POINT}",
            reason=reason,
            mistake=mistake,
            correction=correction,
        )
    if outcome.verdict == "mismatch":
        assert isinstance(detail, Mismatch)
        reason = f"{_misfit(detail)}{late}"
        return _place(entry, "shape", reason=reason, mistake=mistake, correction=correction)
    return _place(
        entry, "unchecked", reason=detail.reason if isinstance(detail, Unsupported) else str(detail)
    )


def _is_special_case(entry: Entry) -> bool:
    """Whether it gives a number for a quantity, or, in a sentence, 0 for a derivative."""
    left, right = entry.sides[0], entry.sides[-1]
    if not isinstance(right, Number):
        return False
    return isinstance(left, Name) or (
        not entry.math.display and right.digits == "0" and head(left) is not None
    )


def _is_sure(court: Court, case: Case) -> bool:
    return court.trusted(case) or is_clear(court, case)


def _misfit(detail: Mismatch) -> str:
    if detail.operation.startswith("index "):
        return f"the {detail.operation} counts {detail.left[0]} entries, and {detail.right[0]}"
    return f"{detail.operation}: {detail.left} and {detail.right} do not fit"


def _corrected(court: Court, entry: Entry, sides: tuple[Node, ...]) -> str:
    """The statement with other sides, in the spelling of its author."""
    sides = tuple(in_brackets(side, court.document.lexicon.clock) for side in sides)
    own = entry.sides[1:] if entry.implied else entry.sides
    new = sides[1:] if entry.implied else sides
    if len(own) == len(new) and all(any(o is s for s in entry.statement.sides) for o in own):
        changed = dict(zip(map(id, own), new, strict=True))
        return entry.statement.rewritten([changed.get(id(s), s) for s in entry.statement.sides])
    return " = ".join(written(side) for side in sides)


def _proof(outcome: Outcome) -> str:
    """How a claim was found to hold."""
    lengths = " and for ".join(f"{steps} steps" for steps in outcome.lengths)
    return f"proved{POINT}, for {lengths}" if lengths else f"proved{POINT}"


def _at(outcome: Outcome) -> str:
    return ", ".join(f"{k} = {v}" for k, v in outcome.env.items() if k != "@") or "the random point"


def _why_not(entry: Entry) -> str:
    if any(isinstance(side, Unreadable) for side in entry.statement.sides):
        return str(entry.statement.unreadable[0].message)
    return "no claim about a derivative"


def _place(entry: Entry, verdict: str, **details: str) -> Judgement:
    start, end = entry.statement.span
    math = entry.math
    line, col = math.place(end - 1)
    return Judgement(
        math.place(start), (line, col + 1), math.cell, entry.statement.text, verdict,
        tag=entry.statement.tag, **details,
    )  # fmt: skip

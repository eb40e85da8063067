"""Vectors that are rows in what a document claims and columns in what it defines, or the other way round.

h_t = tanh(W h_{t-1} + U x_t) and dU += x_t^T delta_t, dx_t = delta_t U^T: all is transposed against the forward
equations; in dU += delta_t^T x_t, dx_t = delta_t U only the vectors are.  Nobody does it once.
"""

from __future__ import annotations

from symrnn.check.court import Case, Court
from symrnn.check.judge import Outcome, attempt, judge

MODES = ("all", "vectors")
ENOUGH = 2  # so many claims that hold so only
OTHERS = 4  # and so many for each that holds only as the forward equations have it
FAILS = ("differs", "mismatch")


def lying_down(court: Court) -> None:
    """Read the claims of a document with vectors that lie down, if that is how it writes its gradients."""
    failing = [case for case in court.cases.values() if case.outcome.verdict in FAILS]
    if sum(case.outcome.verdict == "mismatch" for case in failing) < ENOUGH:
        return
    held = [case for case in court.cases.values() if case.outcome.holds]
    tried = {mode: {case.entry.index: _retried(case, mode, held) for case in failing} for mode in MODES}
    mode = max(MODES, key=lambda mode: sum(_gains(outcome) for outcome in tried[mode].values()))
    gained = sum(_gains(outcome) for outcome in tried[mode].values())
    if gained < ENOUGH or gained < OTHERS * sum(_stands(case, mode) for case in held):
        return
    for case in failing:
        outcome = tried[mode][case.entry.index]
        if outcome.holds or outcome.verdict in FAILS:
            case.outcome = outcome


def _retried(case: Case, mode: str, held: list[Case]) -> Outcome:
    """The claim with vectors that lie down; gradients of gates are those of their arguments where others are."""
    conditions = case.entry.statement.conditions
    outcome = judge(case.model, case.sides, conditions=conditions, lying=mode)
    if outcome.holds or not any(other.outcome.reading.pre for other in held):
        return outcome
    other = judge(case.model, case.sides, pre=True, conditions=conditions, lying=mode)
    return other if other.holds else outcome


def _gains(outcome: Outcome) -> bool:
    return outcome.holds and "lying" in outcome.notes


def _stands(case: Case, mode: str) -> bool:
    """Whether a claim that holds does so only with vectors as the forward equations have them."""
    reading = case.outcome.reading._replace(lying=mode)
    return attempt(case.model, case.sides, reading, case.outcome.choice).verdict in FAILS

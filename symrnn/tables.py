"""The tables that `symrnn verify` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symrnn.report import lines, worst_lines
from symrnn.verify import Check, Report

if TYPE_CHECKING:
    from symrnn.derivation import Derivation


def table(derivation: Derivation, report: Report) -> str:
    """Every gradient in a row, every oracle in a column; then the summary."""
    head = ["gradient", *report.oracles]
    found = {(check.gradient, check.oracle): check for check in report.checks}
    rows = [[g, *(_cell(found.get((g, oracle))) for oracle in report.oracles)] for g in report.gradients]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    grid = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    ]
    worst = [f"disagrees with {check.oracle}: {check.place or check.found}" for check in report.disagreements]
    told = [*worst, *lines(derivation, report), *worst_lines(report)]
    return "\n".join([derivation.model.title, "", *grid, "", *told])


def _cell(check: Check | None) -> str:
    if check is None:
        return "unchecked"
    return check.found if check.verdict == "agrees" else "DISAGREES"


def row(derivation: Derivation, report: Report) -> str:
    """One line for a whole derivation: what is proved, and the fewest digits that agree."""
    proved = sum(proof.holds for proof in report.proofs)
    digits = []
    for oracle in report.oracles:
        numbers = [check.difference.digits for check in report.of(oracle) if check.difference is not None]
        wrong = [check for check in report.of(oracle) if check.verdict != "agrees"]
        digits.append(f"{oracle} {'DISAGREES' if wrong else min(numbers, default='agrees')}")
    name = f"{derivation.cell}, {derivation.loss}"
    return f"{name:40} {proved} of {len(report.proofs)} proved; digits: {', '.join(digits)}"

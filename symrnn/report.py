"""What was proved, what was compared and what was taken for granted, in words.

"proved" is said of exact arithmetic alone, "agrees to N digits" of floating point.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sympy import Abs, Piecewise

from symrnn.cases import KINK_DISTANCE, Case
from symrnn.equations import Equation
from symrnn.expressions import Apply, Node
from symrnn.functions import NAMES
from symrnn.proof import Proof
from symrnn.verify import Check, Report

if TYPE_CHECKING:
    from symrnn.derivation import Derivation


SHOWN = 3  # disagreements that a line names


def lines(derivation: Derivation, report: Report) -> list[str]:
    """One line for each proof and each oracle, then what was taken for granted."""
    found = [_proof_line(proof) for proof in report.proofs]
    found += [words.partition("\n")[0] for words in report.lacking]
    found += [_oracle_line(oracle, report.of(oracle)) for oracle in report.oracles]
    if report.case is not None:
        found.append(f"the numbers: {_case_words(report.case)}")
    return found + [f"given: {fact}" for fact in _facts(derivation.recurrence.equations)] + _kinks(derivation)


def data(derivation: Derivation, report: Report) -> dict[str, Any]:
    """The same for JSON."""
    proofs = [
        {"claim": p.claim, "proved": p.holds, "where": p.where, "failed": [str(q) for q in p.failed]}
        for p in report.proofs
    ]
    checks = [
        {"gradient": c.gradient, "oracle": c.oracle, "verdict": c.verdict, "found": c.found, "worst": c.place}
        for c in report.checks
    ]
    return {"holds": report.holds, "proofs": proofs, "checks": checks, "lines": lines(derivation, report)}


def _proof_line(proof: Proof) -> str:
    if proof.holds:
        return f"proved, exactly: {proof.claim}, {_count(len(proof.quantities))} (modulo 2^61 - 1, {proof.where})"
    failed = ", ".join(map(str, proof.failed[:SHOWN]))
    return f"not proved: {proof.claim} ({proof.where}): fails for {failed}"


def _count(number: int) -> str:
    return f"{number} quantities" if number != 1 else "1 quantity"


def _oracle_line(oracle: str, checks: list[Check]) -> str:
    wrong = [check for check in checks if check.verdict != "agrees"]
    if wrong:
        shown = "; ".join(check.place or f"{check.gradient}: {check.found}" for check in wrong[:SHOWN])
        return f"disagrees with {oracle}, {len(wrong)} of {len(checks)} gradients: {shown}"
    digits = [check.difference.digits for check in checks if check.difference is not None]
    return f"agrees {f'to {min(digits)} digits ' if digits else ''}with {oracle}, {len(checks)} gradients"


def worst_lines(report: Report) -> list[str]:
    """For each oracle that gives numbers, the entry that differs most from it, with both values."""
    found = []
    for oracle in report.oracles:
        measured = [check for check in report.of(oracle) if check.difference is not None]
        if measured:
            worst = max(measured, key=lambda check: check.difference.error if check.difference else 0.0)
            found.append(f"worst against {oracle}: {worst.place}")
    return found


def _case_words(case: Case) -> str:
    sizes = ", ".join(f"{d} = {k}" for d, k in case.sizes.items())
    lengths = " and ".join("/".join(map(str, s.lengths.values())) for s in case.sequences)
    return (
        f"{len(case.sequences)} sequences of {lengths} steps, {sizes}; random values, "
        "and a random gradient arrives at the final states"
    )


def _facts(equations: Iterable[Equation]) -> list[str]:
    """What the algebra of the backward pass took for granted."""
    return list(dict.fromkeys(fact for e in equations for term in e.terms for fact in term.given))


def _kinks(derivation: Derivation) -> list[str]:
    names = dict.fromkeys(name for e in derivation.model.equations for name in _kinked(e.rhs))
    return [f"given: no {name} at its kink (the numbers stay {KINK_DISTANCE} away from it)" for name in names]


def _kinked(node: Node) -> list[str]:
    own = isinstance(node, Apply) and node.function.expr.has(Piecewise, Abs)
    here = [NAMES.get(node.function, str(node.function.expr))] if own else []
    return here + [name for operand in node.operands for name in _kinked(operand)]

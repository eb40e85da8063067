"""Verification: every gradient against every oracle, and the exact proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from symrnn.cases import Case, own_key
from symrnn.expressions import Array
from symrnn.oracles import ORACLES, Difference, Oracle
from symrnn.oracles.hand_coded import hand_coded_gradients
from symrnn.oracles.numerical import LEAST_TAYLOR_SLOPE, taylor_slope
from symrnn.oracles.references import backwards
from symrnn.proof import Proof

TAYLOR = "Taylor remainder"
TRACING = ("autograd", "complex step")  # need a function's formula, not its values alone
QUICK = ("autograd", "hand-coded")  # what a derivation is compared with when it is printed


class Check(NamedTuple):
    """One gradient against one oracle. ``verdict`` is "agrees" or "disagrees"; ``found`` says how far or where."""

    gradient: str
    oracle: str
    verdict: str
    difference: Difference | None
    found: str

    @property
    def place(self) -> str:
        """The entry that differs most, and both values: "W_f[0, 2] derived 0.25, oracle 0.26"."""
        if self.difference is None:
            return ""
        row, col = self.difference.index
        values = f"derived {self.difference.first:.15g}, oracle {self.difference.second:.15g}"
        return f"{self.gradient} entry ({row}, {col}): {values}"


@dataclass(frozen=True)
class Report:
    """What was proved, what was compared in numbers, and which forms the model does not have, with the reason."""

    proofs: tuple[Proof, ...]
    checks: tuple[Check, ...]
    case: Case | None = None
    lacking: tuple[str, ...] = ()

    def __repr__(self) -> str:
        proved = f"{sum(p.holds for p in self.proofs)} of {len(self.proofs)} proofs hold"
        agree = f"{len(self.checks) - len(self.disagreements)} of {len(self.checks)} gradients agree"
        return f"<Report: {proved}, {agree}>"

    @property
    def disagreements(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.checks if check.verdict != "agrees"]

    @property
    def holds(self) -> bool:
        """Whether everything that was looked at is proved or agrees, and something was."""
        looked = bool(self.checks or self.proofs)
        return looked and not self.disagreements and all(proof.holds for proof in self.proofs)

    @property
    def gradients(self) -> list[str]:
        """The gradients that were checked."""
        return list(dict.fromkeys(check.gradient for check in self.checks))

    def of(self, oracle: str) -> list[Check]:
        """The checks against one oracle."""
        return [check for check in self.checks if check.oracle == oracle]

    @property
    def oracles(self) -> list[str]:
        """The oracles that were asked."""
        return list(dict.fromkeys(check.oracle for check in self.checks))


def check_case(case: Case, cell: str | None, loss: str, oracles: Iterable[str]) -> Iterator[Check]:
    """Every gradient of a case against the oracles named; hand-coded ones exist for built-in cells only.

    A gradient that the derivation lacks is taken as its claim that the gradient is zero.
    """
    keys = case.asked
    ours = {key: np.zeros(case.values[key].shape) for key in keys} | case.gradients()
    value = float(np.sum(case.loss(case.values)))
    for name in oracles:
        if name == TAYLOR:
            yield from _taylor(case, ours, keys)
        elif name in ORACLES:
            theirs = ORACLES[name].gradient(case.loss, case.values, keys)
            yield from _compare(name, ORACLES[name], ours, theirs, keys, value)
        elif cell is not None and name in backwards(cell):
            theirs = _hand_coded(case, cell, loss, name)
            yield from _compare(name, ORACLES["autograd"], ours, theirs, keys, value)


def oracle_names(cell: str | None) -> list[str]:
    """The oracles there are for a cell, ``None`` for a user's own."""
    return [*ORACLES, TAYLOR, *(backwards(cell) if cell is not None else ())]


def _compare(
    name: str,
    oracle: Oracle,
    ours: Mapping[str, Array],
    theirs: Mapping[str, Array],
    keys: list[str],
    value: float,
) -> Iterator[Check]:
    for key in keys:
        difference = oracle.compare(ours[key], theirs[key], value)
        agrees = oracle.accepts(difference)
        found = f"{difference.digits} digits"
        yield Check(key, name, "agrees" if agrees else "disagrees", difference, found)


def _taylor(case: Case, ours: Mapping[str, Array], keys: list[str]) -> Iterator[Check]:
    rng = np.random.default_rng(0)
    for key in keys:
        slope = taylor_slope(case.loss, ours, case.values, [key], rng)
        agrees = slope >= LEAST_TAYLOR_SLOPE
        found = "linear, to rounding" if np.isinf(slope) else f"order {slope:.2f}"
        yield Check(key, TAYLOR, "agrees" if agrees else "disagrees", None, found)


def _hand_coded(case: Case, cell: str, loss: str, form: str) -> dict[str, Array]:
    total: dict[str, Array] = {}
    count = len(case.sequences)
    for i, sequence in enumerate(case.sequences):
        values = {**case.shared, **sequence.own}
        found = hand_coded_gradients(cell, loss, values, sequence.lengths, sequence.final, form)
        for key, array in found.gradients.items():
            name = key if key in case.shared else own_key(key, i)
            total[name] = total.get(name, 0) + array / count
    return total

"""What the words before a formula say of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symrnn.notes.places import Math

CONSTANT = re.compile(r"\b(constant|fixed)( \w+)?$")  # let constant $c = ...$; with a fixed angle $a = ...$


def constants(text: str, maths: Iterable[Math]) -> frozenset[tuple[int, int]]:
    """Where the formulas stand that a text calls constant: line and column."""
    lines = text.splitlines()
    return frozenset(
        (math.line, math.col)
        for math in maths
        if math.cell is None and not math.display and CONSTANT.search(_before(lines, math))
    )


def _before(lines: list[str], math: Math) -> str:
    """The words before a formula."""
    if not 0 < math.line <= len(lines):
        return ""
    before = " ".join([lines[math.line - 2] if math.line > 1 else "", lines[math.line - 1][: math.col - 1]])
    return before.rstrip(" $\\(").lower()

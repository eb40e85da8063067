"""Where a line may be broken: between the terms of a sum, also of one in brackets that is too wide."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from symrnn.render.form import Form
from symrnn.render.writer import BLANK, Writer

OPENABLE = frozenset(
    {"neg", "over", "entries", "matmul", "times", "scaled", "hadamard", "call", "rows", "transpose", "only"}
)
WIDE = 0.3  # a sum in brackets is broken if it takes this much of a row: never 1 - h
GROWING = re.compile(r"\\(left|right)(?![a-z])")


@dataclass(frozen=True)
class Rows:
    """Rows of a form, none wider than the width where there is a place to break."""

    writer: Writer
    width: float
    measure: Callable[[str], float]

    def of(self, form: Form) -> list[str]:
        """The rows; all but the first start with the sign of a term."""
        first, *others = self.units(form)
        rows = [first]
        for unit in others:
            if self.measure(rows[-1]) + self.measure(unit) <= self.width:
                rows[-1] += unit
            else:
                rows.append(unit)
        return [row.strip() for row in rows]

    def units(self, form: Form) -> list[str]:
        """The pieces of a form between which a row may end: terms, opened where they are too wide."""
        if form.head != "sum":
            whole = self.writer.write(form)
            return [whole] if self.measure(whole) <= self.width else self.opened(form)
        found: list[str] = []
        for term, whole in zip(form.parts, self.writer.terms(form), strict=True):
            if self.measure(whole) <= self.width:
                found.append(whole)
                continue
            # The sign and the brackets of the term are those it has in the sum.
            inner = term.parts[0] if term.head == "neg" else term
            pieces = self.opened(inner)
            before, _, after = whole.partition(self.writer.write(inner))
            found += [before + pieces[0], *pieces[1:-1], pieces[-1] + after] if len(pieces) > 1 else [whole]
        return found

    def opened(self, form: Form) -> list[str]:
        """The pieces of a form that is too wide, from the wide sum inside it; the form itself if it has none."""
        whole = self.writer.write(form)
        if form.head not in OPENABLE:
            return [whole]
        widths = [self.measure(self.writer.write(part)) for part in form.parts]
        place = max(range(len(widths)), key=widths.__getitem__)
        inner = form.parts[place]
        wide = inner.head != "sum" or widths[place] > self.width * WIDE
        pieces = (self.units if inner.head == "sum" else self.opened)(inner) if wide else []
        if len(pieces) < 2:
            return [whole]
        hole = Form("hole", (), self.writer.piece(inner).level)
        parts = (*form.parts[:place], hole, *form.parts[place + 1 :])
        before, _, after = self.writer.write(replace(form, parts=parts)).partition(BLANK)
        return [_fixed(before, "left") + pieces[0], *pieces[1:-1], pieces[-1] + _fixed(after, "right")]


def _fixed(text: str, side: str) -> str:
    r"""With brackets of a fixed size for those that a row would end inside of: \left( becomes \Bigl(."""
    marks = list(GROWING.finditer(text))
    balance = 0
    for mark in marks if side == "right" else marks[::-1]:
        if mark[1] != side:
            balance += 1
        elif balance:
            balance -= 1
        else:
            size = r"\Bigl" if side == "left" else r"\Bigr"
            text = text[: mark.start()] + size + text[mark.end() :]
            return _fixed(text, side)
    return text

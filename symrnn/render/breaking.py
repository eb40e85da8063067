"""Where a line may be broken: between the terms of a sum, also of one in brackets that is too wide."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from symrnn.render.form import Form
from symrnn.render.writer import BLANK, Writer

OPENABLE = frozenset(
    {"neg", "over", "entries", "matmul", "times", "scaled", "hadamard", "call", "rows", "transpose", "only"}
)
WIDE = 0.3  # a sum in brackets is broken if it takes this much of a row: never 1 - h
STEP = 2  # how far a row inside brackets is indented for each of them
GROWING = re.compile(r"\\(left|right)(?![a-z])")


class Row(NamedTuple):
    """A row, and how many opened brackets it starts inside of."""

    text: str
    depth: int


@dataclass(frozen=True)
class Rows:
    """Rows of a form, none wider than the width where there is a place to break."""

    writer: Writer
    width: float
    measure: Callable[[str], float]
    hang: float = 0  # how far all rows but the first are indented anyway

    def of(self, form: Form) -> list[Row]:
        """The rows; all but the first start with the sign of a term."""
        rows = [Row("", 0)]
        for text, depth in self.units(form):
            joined = rows[-1].text + text
            indent = self.hang + STEP * rows[-1].depth if len(rows) > 1 else 0
            if joined == text or self.measure(joined) <= self.width - indent:
                rows[-1] = rows[-1]._replace(text=joined)
            else:
                rows.append(Row(text, depth))
        return [row._replace(text=row.text.strip()) for row in rows]

    def units(self, form: Form, depth: int = 0) -> list[Row]:
        """The pieces of a form between which a row may end: terms, opened where they are too wide."""
        if form.head != "sum":
            whole = self.writer.write(form)
            return [Row(whole, depth)] if self.measure(whole) <= self.width else self.opened(form, depth)
        found: list[Row] = []
        for term, whole in zip(form.parts, self.writer.terms(form), strict=True):
            if self.measure(whole) <= self.width:
                found.append(Row(whole, depth))
                continue
            # The sign and the brackets of the term are those it has in the sum.
            inner = term.parts[0] if term.head == "neg" else term
            before, _, after = whole.partition(self.writer.write(inner))
            found += _around(before, self.opened(inner, depth), after)
        return found

    def opened(self, form: Form, depth: int) -> list[Row]:
        """The pieces of a form that is too wide, from the wide sum inside it; else the form itself."""
        whole = [Row(self.writer.write(form), depth)]
        if form.head not in OPENABLE:
            return whole
        widths = [self.measure(self.writer.write(part)) for part in form.parts]
        place = max(range(len(widths)), key=widths.__getitem__)
        inner = form.parts[place]
        wide = inner.head != "sum" or widths[place] > self.width * WIDE
        if not wide:
            return whole
        pieces = self.units(inner, depth + 1) if inner.head == "sum" else self.opened(inner, depth)
        if len(pieces) < 2:
            return whole
        hole = Form("hole", (), self.writer.piece(inner).level)
        parts = (*form.parts[:place], hole, *form.parts[place + 1 :])
        before, _, after = self.writer.write(replace(form, parts=parts)).partition(BLANK)
        return _around(
            _fixed(before, "left"), [pieces[0]._replace(depth=depth), *pieces[1:]], _fixed(after, "right")
        )


def _around(before: str, pieces: list[Row], after: str) -> list[Row]:
    first = pieces[0]._replace(text=before + pieces[0].text)
    pieces = [first, *pieces[1:]]
    return [*pieces[:-1], pieces[-1]._replace(text=pieces[-1].text + after)]


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

"""Where a line may be broken: between terms, also of a sum in brackets, and only then between factors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from symrnn.render.form import Form
from symrnn.render.writer import BLANK, Piece, Rule, Writer

PRODUCTS = frozenset({"matmul", "times", "scaled", "hadamard"})
OPENABLE = PRODUCTS | {"neg", "over", "entries", "call", "rows", "transpose", "only"}
WIDE = 0.3  # a sum in brackets is broken if it takes this much of a row: never 1 - h
STEP = 2  # how far a row inside brackets is indented for each of them
GROWING = re.compile(r"\\(left|right)(?![a-z])")


class Row(NamedTuple):
    """A row, or a piece that may start one.

    ``depth`` is how many brackets or products the row starts inside of, ``lead`` what is written in front of
    the piece only where it starts a row.
    """

    text: str
    depth: int
    lead: str = ""


@dataclass(frozen=True)
class Rows:
    """Rows of a form, none wider than the width where there is a place to break."""

    writer: Writer
    width: float
    measure: Callable[[str], float]
    hang: float = 0  # how far all rows but the first are indented anyway
    factors: bool = False  # whether products may be broken too

    def of(self, form: Form) -> list[Row]:
        """The rows; all but the first start with a sign."""
        rows = self.filled(self.units(form, 0))
        if not self.factors and any(self.room(rows, i) < self.measure(r.text) for i, r in enumerate(rows)):
            return replace(self, factors=True).of(form)
        return rows

    def room(self, rows: list[Row], place: int) -> float:
        """How wide a row may be, given how far it is indented."""
        return self.width - (self.hang + STEP * rows[place].depth if place else 0)

    def filled(self, units: list[Row]) -> list[Row]:
        """Pieces joined to rows, each as full as it gets."""
        rows = [units[0]]
        for unit in units[1:]:
            joined = rows[-1].text + unit.text
            if self.measure(joined) <= self.room(rows, -1 if len(rows) > 1 else 0):
                rows[-1] = rows[-1]._replace(text=joined)
            else:
                rows.append(unit._replace(text=unit.lead + unit.text))
        return [row._replace(text=row.text.strip()) for row in rows]

    def units(self, form: Form, depth: int) -> list[Row]:
        """The pieces of a form between which a row may end; whatever fits on a row stays whole."""
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
        """The pieces of a form that is too wide: of its widest part, or its factors; else the form itself."""
        whole = [Row(self.writer.write(form), depth)]
        if form.head not in OPENABLE:
            return whole
        if self.factors and form.head in PRODUCTS:
            return self.factored(form, depth)
        widths = [self.measure(self.writer.write(part)) for part in form.parts]
        place = max(range(len(widths)), key=widths.__getitem__)
        inner = form.parts[place]
        if inner.head == "sum" and widths[place] < self.width * WIDE:
            return whole
        pieces = self.units(inner, depth + 1) if inner.head == "sum" else self.opened(inner, depth)
        if len(pieces) < 2:
            return whole
        hole = Form("hole", (), self.writer.piece(inner).level)
        parts = (*form.parts[:place], hole, *form.parts[place + 1 :])
        return _opened(self.writer.write(replace(form, parts=parts)), pieces, depth)

    def factored(self, form: Form, depth: int) -> list[Row]:
        """The factors of a product, a wide one in pieces of its own."""
        rule = self.writer.format.rules[form.head]
        assert isinstance(rule, Rule)
        found: list[Row] = []
        for i, part in enumerate(form.parts):
            piece = self.writer.piece(part)
            lead = self.writer.format.dot if form.head != "hadamard" else ""
            between = (rule.join or " ") if i else ""
            last = rule.opens and i == len(form.parts) - 1
            need = rule.needs[min(i, len(rule.needs) - 1)]
            if self.measure(piece.text) < self.width * WIDE:
                found.append(Row(between + self.writer.fitted(piece, need, last), depth + 1, lead))
                continue
            hole = self.writer.fitted(Piece(BLANK, piece.level), need, last)
            inside = self.units(part, depth + 2) if part.head == "sum" else self.opened(part, depth + 1)
            whole = [Row(self.writer.fitted(piece, need, last), depth + 1)]
            pieces = _opened(hole, inside, depth + 1) if len(inside) > 1 else whole
            found += _around(between, pieces, "", lead)
        return [found[0]._replace(depth=depth, lead=""), *found[1:]]


def _opened(around: str, pieces: list[Row], depth: int) -> list[Row]:
    """Pieces in the place of the hole in what stands around them."""
    before, _, after = around.partition(BLANK)
    first = pieces[0]._replace(depth=depth)
    return _around(_fixed(before, "left"), [first, *pieces[1:]], _fixed(after, "right"))


def _around(before: str, pieces: list[Row], after: str, lead: str = "") -> list[Row]:
    first = pieces[0]._replace(text=before + pieces[0].text, lead=lead)
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

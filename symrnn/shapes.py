"""The shape of every quantity of a cell, from its declarations and equations; nothing is guessed.

Sums and equations need equal shapes, ``@`` equal inner dimensions.  ``*`` and ``/`` are elementwise unless one
side is (1, 1), and which of the two may come out only later: what stays open is elementwise, so that a scalar
parameter is one that is declared (``alpha: 1``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from symrnn.cell_text import CellText, Term
from symrnn.dimensions import (
    ONE,
    SCALAR,
    Dimensions,
    Shape,
    added,
    dimension_text,
    is_unknown,
    shape_text,
)

_LETTERS = "kdpqrmnvabcefgij"


def infer(cell: CellText) -> Mapping[str, Shape]:
    """The shape of every quantity, in order of appearance."""
    return _Inference(cell).run()


@dataclass(eq=False)
class _Elementwise:
    """A ``*`` or ``/`` of which it is still open whether one side is a scalar."""

    term: Term
    left: Shape
    right: Shape
    result: Shape


class _Inference:
    def __init__(self, cell: CellText) -> None:
        self.cell = cell
        self.dims = Dimensions()
        self.shapes: dict[str, Shape] = {}
        self.declared: dict[str, int] = {}
        self.elementwise: list[_Elementwise] = []
        self.open: list[tuple[Term, tuple[Term, Shape], tuple[Term, Shape]]] = []

    def run(self) -> Mapping[str, Shape]:
        for declaration in self.cell.declarations:
            name = declaration.target.name
            if name in self.shapes and self.shapes[name] != declaration.shape:
                first = f"{name} is {shape_text(self.shapes[name])} from line {self.declared[name]}"
                raise self.cell.error(declaration.target, "a second shape", first, "remove one of the two lines")
            self.shapes[name] = declaration.shape
            self.declared[name] = declaration.target.line
        for equation in self.cell.equations:
            target = self.of(equation.target)
            value = self.shape(equation.value)
            if equation.target.name == "L":
                self.equal(equation.target, (equation.target, target), (equation.target, SCALAR))
            if value is not None:
                self.equal(equation.value, (equation.target, target), (equation.value, value))
        self.settle()
        self.shapes = {name: self.known(shape) for name, shape in self.shapes.items()}
        self.ask_for_what_is_open()
        return self.shapes

    def settle(self) -> None:
        """Decide what was open, again and again, until every ``*`` is decided."""
        while self.elementwise or self.open:
            before = len(self.elementwise) + len(self.open)
            self.elementwise = [e for e in self.elementwise if not self.decide(e)]
            waiting, self.open = self.open, []
            for term, left, right in waiting:
                self.equal(term, left, right)
            if len(self.elementwise) + len(self.open) < before:
                continue
            if not self.elementwise:
                return
            half = (e for e in self.elementwise if self.is_large(e.left) or self.is_large(e.right))
            chosen = next(half, self.elementwise[0])
            self.elementwise.remove(chosen)
            self.same_sides(chosen)

    def decide(self, e: _Elementwise) -> bool:
        """Whether it is now known which side of a ``*``, if any, is a scalar."""
        left, right = e.term.parts
        if self.known(e.left) == SCALAR:
            self.equal(e.term, (e.term, e.result), (right, e.right))
        elif self.known(e.right) == SCALAR:
            self.equal(e.term, (e.term, e.result), (left, e.left))
        elif self.is_large(e.left) and self.is_large(e.right) or self.known(e.result) == SCALAR:
            self.same_sides(e)
        else:
            if self.is_large(e.left):
                self.equal(e.term, (e.term, e.result), (left, e.left))
            if self.is_large(e.right):
                self.equal(e.term, (e.term, e.result), (right, e.right))
            return False
        return True

    def same_sides(self, e: _Elementwise) -> None:
        left, right = e.term.parts
        self.equal(e.term, (left, e.left), (right, e.right))
        self.equal(e.term, (e.term, e.result), (left, e.left))

    def known(self, shape: Shape) -> Shape:
        return (self.dims.resolve(shape[0]), self.dims.resolve(shape[1]))

    def is_large(self, shape: Shape) -> bool:
        """Whether a shape is certainly not (1, 1)."""
        return any(d != ONE and not (len(d) == 1 and is_unknown(d[0][0])) for d in self.known(shape))

    def unknown(self) -> Shape:
        return (self.dims.unknown(), self.dims.unknown())

    def of(self, term: Term) -> Shape:
        return self.shapes.setdefault(term.name, self.unknown())

    def shape(self, term: Term) -> Shape | None:
        """The shape of an expression, as far as it is known; None for a number, which takes any shape."""
        if term.kind == "number":
            return None
        if term.kind == "name":
            return self.of(term)
        given = [self.shape(part) for part in term.parts]
        if term.kind in ("neg", "**") or term.name in ("sum_t", "sum_u"):
            return given[0]
        shaped = [(part, shape) for part, shape in zip(term.parts, given, strict=True) if shape is not None]
        if term.kind in ("+", "-", "*", "/") or (term.kind == "call" and term.name not in _CALLS):
            return self.entrywise(term, shaped)
        if len(shaped) < len(given):
            number = next(part for part, shape in zip(term.parts, given, strict=True) if shape is None)
            raise self.cell.error(number, f"the number {number.text} has no shape here", "declare a scalar, one: 1")
        return self.structured(term, shaped)

    def entrywise(self, term: Term, shaped: list[tuple[Term, Shape]]) -> Shape | None:
        """Operations on entries: numbers fit every shape."""
        if len(shaped) < 2:
            return shaped[0][1] if shaped else None
        (left, a), (right, b) = shaped
        if term.kind not in ("*", "/"):
            self.equal(term, (left, a), (right, b))
            return a
        product = _Elementwise(term, a, b, self.unknown())
        if not self.decide(product):
            self.elementwise.append(product)
        return product.result

    def structured(self, term: Term, shaped: list[tuple[Term, Shape]]) -> Shape:
        (first, a), (last, b) = shaped[0], shaped[-1]
        match term.kind, term.name:
            case "@", _:
                self.inner(term, (first, a), (last, b))
                return (a[0], b[1])
            case ".T", _:
                return (a[1], a[0])
            case "stack", _:
                for part, shape in shaped[1:]:
                    self.columns(part, shape, a[1], "blocks of a stack have the same columns")
                return (added(*(shape[0] for _, shape in shaped)), a[1])
            case _, "sum":
                return SCALAR
            case _, "dot":
                self.equal(term, (first, a), (last, b))
                return SCALAR
        for part, shape in shaped:
            self.columns(part, shape, ONE, f"{term.name} takes a column")
        match term.name:
            case "outer":
                return (a[0], b[0])
            case "diag":
                return (a[0], a[0])
        return a  # softmax

    def equal(self, term: Term, left: tuple[Term, Shape], right: tuple[Term, Shape]) -> None:
        """Make two shapes equal, or say why they cannot be."""
        answers = [self.dims.unify(a, b, term.line) for a, b in zip(left[1], right[1], strict=True)]
        if False in answers:
            self.clash(term, left, right)
        if None in answers:
            self.open.append((term, left, right))

    def columns(self, term: Term, shape: Shape, columns: tuple[tuple[str, int], ...], rule: str) -> None:
        if self.dims.unify(shape[1], columns, term.line) is False:
            what = f"{term.text} is {shape_text(self.known(shape))}: {rule}"
            raise self.cell.error(term, what, *self.so_far(term), "is a transpose .T or a product @ missing?")

    def inner(self, term: Term, left: tuple[Term, Shape], right: tuple[Term, Shape]) -> None:
        answer = self.dims.unify(left[1][1], right[1][0], term.line)
        if answer is None:
            # One open dimension: compared as the rows of two one-column shapes.
            self.open.append((term, (left[0], (left[1][1], ONE)), (right[0], (right[1][0], ONE))))
        if answer is False:
            a, b = self.known(left[1]), self.known(right[1])
            columns, rows = dimension_text(a[1]), dimension_text(b[0])
            needed = f"the columns of {left[0].text} ({columns}) must be the rows of {right[0].text} ({rows})"
            hint = [f"is {left[0].text}.T meant?"] if a[0] == b[0] else []
            sides = self.sides((left[0], a), (right[0], b))
            raise self.cell.error(term, "shapes differ", sides, *self.so_far(term), needed, *hint)

    def sides(self, left: tuple[Term, Shape], right: tuple[Term, Shape]) -> str:
        return "; ".join(f"{term.text} is {shape_text(self.known(shape))}" for term, shape in (left, right))

    def clash(self, term: Term, left: tuple[Term, Shape], right: tuple[Term, Shape]) -> NoReturn:
        if left[0] is right[0]:
            what = f"{left[0].text} is {shape_text(self.known(left[1]))}: the loss is one number, (1, 1)"
            raise self.cell.error(term, what, "sum its entries: L = sum(...)")
        if left[0] is term:
            left = (term.parts[0], left[1]) if len(term.parts) == 2 and term.parts[0] is not right[0] else left
        raise self.cell.error(
            right[0] if left[0].line == right[0].line else term,
            "shapes differ",
            self.sides(left, right),
            *self.so_far(left[0], right[0]),
            self.remedy(left, right),
        )

    def remedy(self, left: tuple[Term, Shape], right: tuple[Term, Shape]) -> str:
        """Of a weight whose own declaration makes the difference, the shape that would fit; else where to look."""
        for (term, _), (_, wanted) in ((left, right), (right, left)):
            if term.kind == "@" and term.parts[0].name in self.declared:
                weight = term.parts[0].name
                fitting = (self.known(wanted)[0], self.known(self.shapes[weight])[1])
                return f"is {weight} meant to be {shape_text(fitting)}?"
        return "change the shape of one, or multiply by a matrix (@); a scalar factor is declared alpha: 1"

    def so_far(self, *terms: Term) -> list[str]:
        """What is known of the quantities in some terms, and from which line."""
        names = dict.fromkeys(t.name for term in terms for t in term.walk() if t.kind == "name")
        said = []
        for name in list(names)[:6]:
            shape = self.known(self.shapes.get(name, self.unknown()))
            if not any(is_unknown(part) for d in shape for part, _ in d):
                line = self.declared.get(name) or max(self.dims.origin(d) for d in self.shapes[name])
                origin = f" from line {line}" if 0 < line <= self.cell.own_lines else ""
                said.append(f"{name} is {shape_text(shape)}{origin}")
        return ["so far " + ", ".join(said)] if said else []

    def ask_for_what_is_open(self) -> None:
        """Refuse a cell in which a dimension is still unknown; ask for the line that settles it."""
        used = {name for shape in self.shapes.values() for d in shape for name, _ in d}
        letter = next(c for c in _LETTERS if c not in used)
        terms = [t for e in self.cell.equations for side in (e.target, e.value) for t in side.walk()]
        asked = sorted((t for t in terms if t.kind == "name"), key=lambda t: t.index is None)  # timed ones first
        for term in asked:
            rows, cols = self.shapes[term.name]
            open_rows, open_cols = (any(is_unknown(part) for part, _ in d) for d in (rows, cols))
            if not open_rows and not open_cols:
                continue
            sides = " and ".join(s for s, is_open in (("rows", open_rows), ("columns", open_cols)) if is_open)
            verb = "are" if sides != "rows and columns" else "are both"
            shown = dimension_text(rows) if not open_rows else letter
            shown = shown if cols == ONE else f"({shown}, {'1' if open_cols else dimension_text(cols)})"
            written = term.name if term.index is None else f"{term.name}[{_clock(term)}]"
            raise self.cell.error(
                term, f"the {sides} of {written} {verb} not determined", f"add a line `{written}: {shown}`"
            )


_CALLS = ("softmax", "sum", "dot", "outer", "diag", "sum_t", "sum_u")


def _clock(term: Term) -> str:
    return {"T": "t", "U": "u", "": "t"}.get(term.index.letter, term.index.letter) if term.index else ""


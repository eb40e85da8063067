"""The shape of every quantity of a cell, from its declarations and equations; nothing is guessed.

Sums and equations need equal shapes, ``@`` equal inner dimensions.  ``*`` and ``/`` are elementwise unless
one side is (1, 1), and which of the two it is may come out only later: what stays open then is elementwise,
so a parameter that is meant to be a scalar is declared (``alpha: 1``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from symrnn.reading.dimensions import (
    ONE,
    SCALAR,
    Dimension,
    Dimensions,
    Shape,
    added,
    dimension_text,
    is_open,
    shape_text,
)
from symrnn.reading.terms import SUMS, CellText, Term

STRUCTURAL = {"softmax": 1, "sum": 1, "dot": 2, "outer": 2, "diag": 1}
"""The functions that are neither elementwise nor sums over steps, and how many arguments they take."""

Side = tuple[Term, Shape]
"""What is written and its shape."""


def infer(cell: CellText) -> Mapping[str, Shape]:
    """The shape of every quantity of a cell, by name."""
    inference = _Inference(cell)
    inference.run()
    _ask_for_what_is_open(cell, inference.shapes)
    return inference.shapes


@dataclass(eq=False)
class _Factors:
    """A ``*`` or ``/`` of which it is still open whether one side is a scalar."""

    term: Term
    left: Side
    right: Side
    result: Side


class _Inference:
    def __init__(self, cell: CellText) -> None:
        self.cell = cell
        self.dims = Dimensions()
        self.shapes: dict[str, Shape] = {}
        self.lines: dict[str, int] = {}
        self.factors: list[_Factors] = []
        self.waiting: list[tuple[Term, Side, Side]] = []

    def run(self) -> None:
        """Collect what the lines say, decide what they leave open, look up what came out."""
        self.declare()
        for equation in self.cell.equations:
            target = (equation.target, self.of(equation.target))
            value = self.shape(equation.value)
            if value is not None:
                self.equal(equation.target, target, (equation.value, value))
        while self.progress():
            pass
        for factors in sorted(self.factors, key=lambda f: not self.has_large_side(f)):
            # This makes no scalars, so that the order of these decisions does not matter.
            self.multiply_entries(factors)
        self.factors = []
        while self.progress():
            pass
        self.shapes = {name: self.known(shape) for name, shape in self.shapes.items()}

    def declare(self) -> None:
        for declaration in self.cell.declarations:
            name, line = declaration.target.name, declaration.target.line
            if self.shapes.setdefault(name, declaration.shape) != declaration.shape:
                known = f"{name} is {shape_text(self.shapes[name])} from line {self.lines[name]}"
                raise self.cell.error(declaration.target, "a second shape", known, "remove one of the lines")
            self.lines.setdefault(name, line)
        self.shapes.setdefault("L", SCALAR)

    def progress(self) -> bool:
        """Look again at all that is open; whether anything was decided."""
        before = len(self.factors) + len(self.waiting)
        # Last first, then first last: what one product says of the next travels far in either order.
        self.factors = [factors for factors in reversed(self.factors) if not self.decided(factors)]
        waiting, self.waiting = self.waiting, []
        for term, left, right in waiting:
            self.equal(term, left, right)
        return len(self.factors) + len(self.waiting) < before

    def has_large_side(self, f: _Factors) -> bool:
        return self.is_large(f.left[1]) or self.is_large(f.right[1])

    def decided(self, f: _Factors) -> bool:
        """Whether it is now known which side of a product, if any, is a scalar."""
        if self.known(f.left[1]) == SCALAR:
            self.equal(f.term, f.result, f.right)
            return True
        if self.known(f.right[1]) == SCALAR:
            self.equal(f.term, f.result, f.left)
            return True
        large = [side for side in (f.left, f.right) if self.is_large(side[1])]
        if len(large) == 2 or self.known(f.result[1]) == SCALAR:
            self.multiply_entries(f)
            return True
        for side in large:
            self.equal(f.term, f.result, side)
        return False

    def multiply_entries(self, f: _Factors) -> None:
        self.equal(f.term, f.left, f.right)
        self.equal(f.term, f.result, f.left)

    def known(self, shape: Shape) -> Shape:
        return (self.dims.resolve(shape[0]), self.dims.resolve(shape[1]))

    def is_large(self, shape: Shape) -> bool:
        """Whether a shape is certainly not (1, 1)."""
        return any(d != ONE and not (is_open(d) and len(d) == 1) for d in self.known(shape))

    def of(self, term: Term) -> Shape:
        if term.name not in self.shapes:
            self.shapes[term.name] = (self.dims.unknown(), self.dims.unknown())
        return self.shapes[term.name]

    def shape(self, term: Term) -> Shape | None:
        """The shape of an expression, as far as it is known; None for a number, which takes any shape."""
        if term.kind == "number":
            return None
        if term.kind == "name":
            return self.of(term)
        given = [(part, self.shape(part)) for part in term.parts]
        if term.kind in ("neg", "**") or term.name in SUMS:
            return given[0][1]
        sides = [(part, shape) for part, shape in given if shape is not None]
        if term.kind in ("+", "-", "*", "/") or (term.kind == "call" and term.name not in STRUCTURAL):
            return self.entrywise(term, sides)
        for part, shape in given:
            if shape is None:
                remedy = "declare a scalar instead, `one: 1`"
                raise self.cell.error(part, f"the number {part.text} has no shape here", remedy)
        return self.structural(term, sides)

    def entrywise(self, term: Term, sides: list[Side]) -> Shape | None:
        """Operations on entries: a number takes the shape of what stands beside it."""
        if len(sides) < 2:
            return sides[0][1] if sides else None
        left, right = sides
        if term.kind not in ("*", "/"):
            self.equal(term, left, right)
            return left[1]
        factors = _Factors(term, left, right, (term, (self.dims.unknown(), self.dims.unknown())))
        if not self.decided(factors):
            self.factors.append(factors)
        return factors.result[1]

    def structural(self, term: Term, sides: list[Side]) -> Shape:
        (_, a), (_, b) = sides[0], sides[-1]
        match term.kind, term.name:
            case "@", _:
                self.inner(term, sides[0], sides[1])
                return (a[0], b[1])
            case ".T", _:
                return (a[1], a[0])
            case "stack", _:
                for side in sides[1:]:
                    self.columns(term, side, a[1], "blocks of a stack have equal columns")
                return (added(*(shape[0] for _, shape in sides)), a[1])
            case _, "sum":
                return SCALAR
            case _, "dot":
                self.equal(term, sides[0], sides[1])
                return SCALAR
        for side in sides:
            self.columns(term, side, ONE, f"{term.name} takes a column")
        return {"softmax": a, "outer": (a[0], b[0]), "diag": (a[0], a[0])}[term.name]

    def equal(self, term: Term, left: Side, right: Side) -> None:
        """Make two shapes equal, or say why they cannot be."""
        answers = [self.dims.unify(a, b, term.line) for a, b in zip(left[1], right[1], strict=True)]
        if False in answers:
            self.clash(term, left, right)
        if None in answers:
            self.waiting.append((term, left, right))

    def columns(self, term: Term, side: Side, columns: Dimension, rule: str) -> None:
        if self.dims.unify(side[1][1], columns, term.line) is False:
            what = f"{side[0].text} is {shape_text(self.known(side[1]))}: {rule}"
            raise self.cell.error(side[0], what, *self.so_far(side[0]), "is a transpose .T or a @ missing?")

    def inner(self, term: Term, left: Side, right: Side) -> None:
        """The columns of the left side are the rows of the right side."""
        columns, rows = left[1][1], right[1][0]
        answer = self.dims.unify(columns, rows, term.line)
        if answer is None:
            # Looked at again as the rows of two columns.
            self.waiting.append((term, (left[0], (columns, ONE)), (right[0], (rows, ONE))))
        if answer is False:
            a, b = self.known(left[1]), self.known(right[1])
            fitting = [left[0].text] if a[0] == b[0] else [right[0].text] if a[1] == b[1] else []
            hints = [f"is {t}.T meant?" for t in fitting] or self.remedy((a[1], b[0]), left, right)
            sides = self.sides(term, left, right)
            needed = f"the columns of {left[0].text} must be the rows of {right[0].text}"
            raise self.cell.error(right[0], "shapes differ", sides, needed, *self.so_far(term), *hints)

    def clash(self, term: Term, left: Side, right: Side) -> NoReturn:
        axis = 0 if self.known(left[1])[0] != self.known(right[1])[0] else 1
        pair = (self.known(left[1])[axis], self.known(right[1])[axis])
        so_far = self.so_far(left[0], right[0])
        hints = self.remedy(pair, left, right)
        if left[0].name == "L":
            hints = [f"the loss is one number: sum the entries, L = sum({right[0].text})"]
        for part in term.parts if term.kind in ("*", "/") else ():
            if part.kind == "name" and part.index is None and part.name not in self.lines:
                hints = [f"if {part.name} is a scalar, add a line `{part.name}: 1`"]
        raise self.cell.error(right[0], "shapes differ", self.sides(term, left, right), *so_far, *hints)

    def sides(self, term: Term, left: Side, right: Side) -> str:
        """What the two sides are; the whole term has the shape that its surroundings want."""
        wanted = term if term.kind in ("*", "/") else None
        said = [f"{side[0].text} {'must be' if side[0] is wanted else 'is'} " for side in (left, right)]
        return "; ".join(s + shape_text(self.known(x[1])) for s, x in zip(said, (left, right), strict=True))

    def so_far(self, *terms: Term) -> list[str]:
        """What is known of the quantities in some terms, and from which line."""
        said = []
        for name in list(dict.fromkeys(part.name for term in terms for part in term.names))[:6]:
            shape = self.known(self.shapes[name])
            if not any(map(is_open, shape)):
                line = self.lines.get(name) or max(map(self.dims.origin, self.shapes[name]))
                origin = f" from line {line}" if 0 < line <= self.cell.own_lines else ""
                said.append(f"{name} is {shape_text(shape)}{origin}")
        return ["so far " + ", ".join(said)] if said else []

    def remedy(self, pair: tuple[Dimension, Dimension], left: Side, right: Side) -> list[str]:
        """The declared weight that alone brings in one of two dimensions, with the other; else both lines."""
        near = {part.name for side in (left, right) for part in side[0].names}
        for mine, other in (pair, pair[::-1]):
            sources = [d for d in self.cell.declarations if mine in d.shape]
            weights = [d for d in sources if d.target.index is None]
            if len(weights) < len(sources) and mine != ONE:
                continue  # an input or a state has this size: it is meant
            for d in weights:
                rows, cols = d.shape
                if d.target.name in near or mine != ONE:
                    fitting = (other if rows == mine else rows, other if cols == mine != ONE else cols)
                    return [f"is {d.target.name} meant to be {shape_text(fitting)}?"]
        return [*self.sources(pair), "make the two equal, or put a matrix between them (W @ x)"]

    def sources(self, pair: tuple[Dimension, Dimension]) -> list[str]:
        """Where two dimensions come from."""
        found = ((k, d) for k in pair if k != ONE for d in self.cell.declarations if k in d.shape)
        first = dict(reversed(list(found)))
        return [f"{dimension_text(k)} comes from `{d.text}` (line {d.target.line})" for k, d in first.items()]


def _ask_for_what_is_open(cell: CellText, shapes: Mapping[str, Shape]) -> None:
    """Refuse a cell in which a dimension is still unknown, and ask for the line that settles it."""
    open_names = {name for name, shape in shapes.items() if any(map(is_open, shape))}
    if not open_names:
        return
    # States first, then other timed quantities: their sizes settle those of the weights.
    asked = min(
        (term for term in cell.names if term.name in open_names),
        key=lambda term: (term.index is None, not (term.index and term.index.offset)),
    )
    rows, cols = shapes[asked.name]
    used = {name for shape in shapes.values() for dimension in shape for name, _ in dimension}
    letter = next(c for c in ("n", "m", "k", "d", *(f"n_{i}" for i in range(len(used)))) if c not in used)
    clock = next((term.clock for term in cell.names if term.name == asked.name and term.clock), "t")
    name = asked.name if asked.index is None else f"{asked.name}[{clock}]"
    sides = " and ".join(s for s, d in (("rows", rows), ("columns", cols)) if is_open(d))
    shown = letter if is_open(rows) else dimension_text(rows)
    if is_open(rows) and is_open(cols):
        remedy = f"add a line: `{name}: {letter}` for a column, `{name}: 1` for a scalar"
    elif cols == ONE:
        remedy = f"add a line `{name}: {shown}`"
    else:
        remedy = f"add a line `{name}: ({shown}, {letter if is_open(cols) else dimension_text(cols)})`"
    raise cell.error(asked, f"the {sides} of {name} are not determined", remedy)

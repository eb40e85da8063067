"""What the text of a cell says: declarations and equations between terms that know where they are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symrnn.errors import SymrnnError
from symrnn.reading.dimensions import Shape

CLOCK_OF = {"t": "t", "T": "t", "u": "u", "U": "u"}
"""Index letter -> the clock it belongs to: t runs 1..T, u runs 1..U."""

SUMS = {"sum_t": "t", "sum_u": "u"}
"""The sums over the steps of a clock."""


@dataclass(frozen=True)
class Index:
    """A time index: a letter, t or u (running), T or U (the last step) or "" (none), and what is added."""

    letter: str
    offset: int

    @property
    def running(self) -> bool:
        """Whether the index moves with the steps."""
        return self.letter in ("t", "u")

    def __str__(self) -> str:
        if not self.letter:
            return str(self.offset)
        return self.letter + (f"{self.offset:+d}" if self.offset else "")


@dataclass(frozen=True, eq=False)
class Term:
    """A part of an expression and where it is written.

    ``kind`` is number, name, neg, + - * / @, ** (``exponent``), .T, stack or call (``name`` is the function).
    """

    kind: str
    text: str
    line: int
    col: int
    parts: tuple[Term, ...] = ()
    name: str = ""
    index: Index | None = None
    exponent: int = 0

    def walk(self) -> Iterator[Term]:
        """The term and all its parts, in the order they are written."""
        waiting = [self]
        while waiting:
            term = waiting.pop()
            yield term
            waiting += reversed(term.parts)

    @property
    def names(self) -> Iterator[Term]:
        """The quantities in a term."""
        return (term for term in self.walk() if term.kind == "name")

    @property
    def clock(self) -> str:
        """The clock of a quantity's running index; "" without one."""
        return self.index.letter if self.index is not None and self.index.running else ""


@dataclass(frozen=True)
class Declaration:
    """``x[t]: m`` or ``W: (n, 2)``."""

    target: Term
    shape: Shape
    text: str


@dataclass(frozen=True)
class CellEquation:
    """``target = value``, as written in ``text``."""

    target: Term
    value: Term
    text: str


@dataclass(frozen=True)
class CellText:
    """What a cell's text says, in the author's order.

    ``text`` is the text itself, its common indent (``margin``) removed; ``own_lines`` is how many of its
    lines the author wrote: what completes it (readout, loss) stands below.
    """

    title: str
    source: str
    declarations: tuple[Declaration, ...]
    equations: tuple[CellEquation, ...]
    output: Term | None
    filename: str
    text: str
    own_lines: int
    margin: int = 0

    @property
    def names(self) -> Iterator[Term]:
        """Every place where a quantity is written: declarations, then equations, then the output."""
        yield from (declaration.target for declaration in self.declarations)
        for equation in self.equations:
            yield equation.target
            yield from equation.value.names
        if self.output is not None:
            yield self.output

    def place(self, term: Term) -> str:
        """file:line:col; a line that was added to the cell has no line in the file."""
        if term.line > self.own_lines:
            return f"{self.filename} (line added for the loss)"
        return f"{self.filename}:{term.line}:{term.col + self.margin}"

    def line_of(self, term: Term) -> str:
        """The equation or declaration that a term stands in, as written."""
        for equation in self.equations:
            if any(part is term for side in (equation.target, equation.value) for part in side.walk()):
                return cut(equation.text)
        for declaration in self.declarations:
            if declaration.target is term:
                return declaration.text
        return f"output: {term.text}" if term is self.output else term.text

    def error(self, term: Term, what: str, *more: str) -> SymrnnError:
        """The error at a term: its line as written, what is wrong, and indented lines, the remedy last."""
        if term.line > self.own_lines:
            more = (*more, "the loss is for a column, its output: name it by a line `output: o[t]`")
        return SymrnnError("\n  ".join([f"{self.line_of(term)}: {what}", *more]), self.place(term))


def cut(text: str) -> str:
    """A text short enough for a message."""
    return text if len(text) <= 120 else text[:100] + " ..."

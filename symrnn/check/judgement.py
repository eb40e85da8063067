"""What the checker says of an equation and of a document."""

from __future__ import annotations

from dataclasses import dataclass, field

VERDICTS = {
    "definition": "builds the model that the claims are judged against",
    "correct": "holds as written",
    "convention": "holds under a reading that the text does not state",
    "wrong": "the shapes fit, the values differ",
    "shape": "not conformable as written",
    "symbol": "a name that is undefined, or a slip of an index or a label",
    "unchecked": "not understood or out of scope; never counted as passed",
}
PASSED = ("correct", "convention")
FAILED = ("wrong", "shape", "symbol")
Place = tuple[int, int]


def located(file: str, cell: int | None, place: Place) -> str:
    """Where something is: ``notes.md:12:3``, or ``notes.ipynb:cell 4:12:3``, where cells count from 0."""
    line, col = place
    return f"{file}:{line}:{col}" if cell is None else f"{file}:cell {cell}:{line}:{col}"


@dataclass(frozen=True)
class Judgement:
    """A statement of a document and its verdict.

    ``start`` and ``end`` are line and column (from 1, in the file or, in a notebook, in the source of ``cell``)
    of its first character and of the one after its last.  ``latex`` is the statement as its author wrote it,
    macros and all.  ``evidence`` says how the verdict was reached ("proved at a random point ...").  ``reading``
    names the convention under which it holds, ``mistake`` is the class of the error, ``correction`` the right statement
    in the author's notation, which can stand in its place.  ``expected`` is what the document itself announces for
    it, if it does: a verdict, or a verdict and a mistake ("wrong missing-term").
    """

    start: Place
    end: Place
    cell: int | None
    latex: str
    verdict: str
    evidence: str = ""
    reading: str = ""
    reason: str = ""
    mistake: str = ""
    correction: str = ""
    tag: str = ""
    expected: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is as it should be: not in error, or in the very error that the document announces."""
        if self.expected:
            return self.expected in (self.verdict, f"{self.verdict} {self.mistake}")
        return self.verdict not in FAILED


@dataclass(frozen=True)
class Checked:
    """A document, its judgements in order, and what was inferred of the way it is written."""

    file: str
    judgements: tuple[Judgement, ...]
    inferred: tuple[str, ...] = field(default=())

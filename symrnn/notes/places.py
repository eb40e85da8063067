"""What is found in a document, and where: formulas, directives, and the way back from LaTeX to the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from symrnn.errors import SymrnnError

ABSENT = "\0"  # stands, in a masked text, for what the author wrote to nobody: comments and definitions


class Lines:
    """The places of a text: lines and columns count characters from 1, whatever ends the lines."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def start(self, offset: int) -> int:
        """Where the line of an offset starts."""
        return self._starts[bisect_right(self._starts, offset) - 1]


class Trail:
    """The way back from LaTeX to the text it was written in, in pieces.

    A piece starts at ``at`` in the LaTeX and at ``source`` in the text.  It either moves along with the text, or
    all of it came from the one place: the call of a macro.
    """

    def __init__(self, lines: Lines, pieces: list[tuple[int, int, bool]]) -> None:
        self._lines = lines
        self._pieces = pieces
        self._ats = [at for at, _, _ in pieces]

    def place(self, index: int) -> tuple[int, int]:
        """The line and the column of a character of the LaTeX."""
        at, source, moves = self._pieces[max(0, bisect_right(self._ats, index) - 1)]
        return self._lines.place(source + (index - at if moves else 0))


@dataclass(frozen=True)
class Math:
    """A formula: what stands between its delimiters, stripped, and where that is.

    ``latex`` has the author's macros expanded; ``source`` is the same as the author wrote it.  ``line``, ``col``
    and ``end_line`` are those of the first and the last character; in a notebook they count within the cell.
    ``environment`` is align*, gather, ... where the whole formula is one; those inside are left in the LaTeX.
    ``label`` and ``tag`` are the first ones, and stay in the LaTeX where they were.  ``problem`` says why the
    macros could not be expanded; the LaTeX then still has them.
    """

    latex: str
    display: bool
    environment: str
    line: int
    col: int
    end_line: int
    cell: int | None
    label: str
    tag: str
    source: str
    problem: SymrnnError | None = field(compare=False)
    trail: Trail = field(compare=False, repr=False)

    def place(self, index: int) -> tuple[int, int]:
        """The line and the column of a character of ``latex``; inside an expanded macro, those of its call."""
        return self.trail.place(index)


@dataclass(frozen=True)
class Directive:
    """A comment addressed to symrnn: ``symrnn: cell=lstm star=elementwise``, ``expect: wrong``."""

    name: str
    words: tuple[str, ...]
    values: Mapping[str, str]
    line: int
    col: int
    cell: int | None


@dataclass(frozen=True)
class Note:
    """A directive as a format finds it: its name, the rest of its text, and the offset of the comment."""

    name: str
    text: str
    offset: int

    @classmethod
    def read(cls, comment: str, offset: int) -> Note | None:
        """The directive in the text of a comment, if it is one."""
        found = _DIRECTIVE.match(comment)
        return cls(found[1], found[2].strip(), offset) if found else None

    def directive(self, lines: Lines, cell: int | None) -> Directive:
        """The directive at its place."""
        values = {key: value.strip("\"'") for key, value in _VALUE.findall(self.text)}
        words = tuple(_VALUE.sub(" ", self.text).split())
        return Directive(self.name, words, MappingProxyType(values), *lines.place(self.offset), cell)


_DIRECTIVE = re.compile(r"\s*+(symrnn|expect)\s*+:(.*)", re.DOTALL)
_VALUE = re.compile(r"(?<![\w-])([A-Za-z][\w-]*+)=(\"[^\"]*+\"|'[^']*+'|\S++)")


@dataclass(frozen=True)
class Span:
    """A formula in a text: where its delimiters open, its content starts and ends, and its delimiters close."""

    opened: int
    start: int
    end: int
    closed: int
    display: bool
    environment: str = ""
    label: str = ""
    doubled: bool = False  # Markdown's own backslashes are written twice: \\( ... \\)


@dataclass
class Page:
    """A text as a format sees it: what is neither prose nor formula is masked, every offset kept.

    Masked by spaces is what is something else (code), by ABSENT what is not there (comments).  Before ``body``
    there are only definitions.
    """

    masked: str
    is_tex: bool
    body: int = 0
    spans: list[Span] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class Mask:
    """A text in the making in which ranges are blanked, in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[str] = []
        self._done = 0

    def blank(self, start: int, end: int, filler: str = " ") -> None:
        """Blank a range, except for its line breaks and for what was blanked before."""
        start, end = max(start, self._done), max(end, self._done)
        self._pieces += (self._text[self._done : start], re.sub(r"[^\n]", filler, self._text[start:end]))
        self._done = end

    def text(self) -> str:
        """The whole text, blanked."""
        return "".join((*self._pieces, self._text[self._done :]))


class Search:
    """``str.find`` from ever later places: what was not found once is not looked for again, so it stays linear."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, int] = {}

    def find(self, wanted: str, start: int) -> int:
        """The first offset of ``wanted`` from ``start`` on, or -1."""
        known = self._known.get(wanted)
        if known is None or 0 <= known < start:
            known = self._known[wanted] = self._text.find(wanted, start)
        return known


def matching_braces(text: str) -> dict[int, int]:
    """The offset of each opening brace that is closed -> that of its closing one."""
    pairs, opened = {}, []
    for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            pairs[opened.pop()] = found.start()
    return pairs

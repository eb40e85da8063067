"""The text of a cell: its limits, checked before Python's own parser sees it, and its title and source."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from symrnn.errors import SymrnnError
from symrnn.reading.syntax import Syntax
from symrnn.reading.terms import CellText, cut

MAX_FILE = 64_000
MAX_LINE = 2_000
MAX_NESTING = 40
MAX_OPERATORS = 200  # in one equation; this keeps every recursion over an expression shallow

_SPLIT = "give a part an equation of its own"


def decode(data: bytes, filename: str) -> str:
    """The text of a cell file. Raises SymrnnError with the place of what is not text."""
    if len(data) > MAX_FILE:
        raise _too_large(filename)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, col = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"byte 0x{data[error.start]:02x} is not UTF-8 text\n  a cell is a text file of equations"
        raise SymrnnError(message, f"{filename}:{line}:{col}") from None


def parse(text: str, filename: str) -> CellText:
    """Read the text of a cell. Raises SymrnnError with the place of what is not in the language."""
    if len(text) > MAX_FILE:
        raise _too_large(filename)
    lines = re.sub(r"\r\n?", "\n", text).split("\n")
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    lines = textwrap.dedent("\n".join(lines)).rstrip().split("\n")
    code = "\n".join(_without_comments(lines, filename, margin))
    comments = list(_leading_comments(lines))
    sources = [c.partition(":")[2].strip() for c in comments if c.lower().startswith("source:")]
    titles = [c for c in comments if c and not c.lower().startswith("source:")]
    syntax = Syntax(code, filename, margin)
    syntax.read()
    return CellText(
        title=next(iter(titles), ""),
        source=next(iter(sources), ""),
        declarations=tuple(syntax.declarations),
        equations=tuple(syntax.equations),
        output=syntax.output,
        filename=filename,
        text="\n".join([*lines, ""]),
        own_lines=len(lines),
        margin=margin,
    )


def _too_large(filename: str) -> SymrnnError:
    message = (
        f"more than {MAX_FILE // 1000} kB\n  a cell is a few lines of equations; is this the right file?"
    )
    return SymrnnError(message, f"{filename}:1:1")


def _leading_comments(lines: list[str]) -> Iterator[str]:
    for line in lines:
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            return
        yield stripped.lstrip("#").strip()


def _without_comments(lines: list[str], filename: str, margin: int) -> Iterator[str]:
    """The lines of code, their limits checked: what passes is ASCII, without quotes, and shallow."""
    depth = operators = 0
    for number, whole in enumerate(lines, 1):
        line = whole.partition("#")[0].rstrip().expandtabs(1)
        if depth == 0:
            operators = 0
        if len(line) > MAX_LINE:
            message = f"a line of {len(line)} characters\n  at most {MAX_LINE} are read; {_SPLIT}"
            raise SymrnnError(message, f"{filename}:{number}:{MAX_LINE + 1 + margin}")
        for col, char in enumerate(line, 1):
            wrong = remedy = ""
            depth = max(0, depth + (char in "([{") - (char in ")]}"))
            operators += char in "+-*/@~%&|^<>.,"
            if depth > MAX_NESTING:
                wrong, remedy = f"more than {MAX_NESTING} nested brackets", _SPLIT
            elif operators > MAX_OPERATORS:
                wrong, remedy = f"more than {MAX_OPERATORS} operators in an equation", _SPLIT
            elif char in "\"'`\\$?!":
                wrong, remedy = (
                    f"{char} has no meaning in a cell",
                    "write names, numbers, + - * / @ and calls",
                )
            elif not (char.isascii() and char.isprintable()):
                shown = char if char.isprintable() else f"character U+{ord(char):04X}"
                wrong, remedy = f"{shown} has no meaning in a cell", "names are ASCII: alpha, not its sign"
            if wrong:
                written = cut("".join(c for c in line.strip() if c.isprintable()))
                raise SymrnnError(f"{written}: {wrong}\n  {remedy}", f"{filename}:{number}:{col + margin}")
        yield line

"""The formulas of a document, in order, each with its place; whatever the document is, it is only read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

from symrnn.errors import SymrnnError
from symrnn.notes import markdown, tex
from symrnn.notes.contents import maths
from symrnn.notes.macros import Macros
from symrnn.notes.notebook import markdown_cells
from symrnn.notes.places import Directive, Lines, Math

MAX_FILE = 32_000_000  # characters

_TEX = frozenset([".tex", ".ltx", ".latex", ".sty", ".cls", ".rnw"])
_MARKDOWN = frozenset([".md", ".markdown", ".mkd", ".qmd", ".rmd"])
_NOTEBOOK = ".ipynb"
_TEX_START = re.compile(r"^[^%\n]{0,200}\\(?:documentclass|begin\{document\})", re.MULTILINE)
_NOTEBOOK_START = re.compile(r"\s*+\{\s*+\"(?:cells|metadata|nbformat|worksheets)\"")
_MOST_ZEROS = 0.01  # of the characters of a text


@dataclass(frozen=True)
class Found:
    """What a document holds: its formulas and its directives, in order."""

    maths: tuple[Math, ...]
    directives: tuple[Directive, ...]


def find(name: str, data: bytes | str) -> Found:
    """The formulas and the directives of a document.

    ``name`` says what it is: LaTeX (.tex), a notebook (.ipynb) or Markdown (.md, .qmd, .Rmd); what has another
    name is looked at, and is Markdown if nothing else.  Raises SymrnnError for what is no text or no notebook.
    """
    texts, is_tex = _texts(name, _text(name, data))
    macros = Macros(name, sum(len(text) for _, text in texts))
    found: list[Math] = []
    directives: list[Directive] = []
    for cell, text in texts:
        page = tex.page(text) if is_tex else markdown.page(text)
        lines = Lines(text)
        found += maths(page, text, lines, macros, cell)
        directives += (note.directive(lines, cell) for note in page.notes)
    return Found(tuple(found), tuple(directives))


def _texts(name: str, text: str) -> tuple[list[tuple[int | None, str]], bool]:
    """The text of a document, or those of a notebook's cells; and whether it is LaTeX."""
    suffix = PurePath(name).suffix.lower()
    unknown = suffix not in (_NOTEBOOK, *_TEX, *_MARKDOWN)
    if suffix == _NOTEBOOK or (unknown and _NOTEBOOK_START.match(text)):
        return [(index, _clean(source)) for index, source in markdown_cells(text, name)], False
    return [(None, text)], suffix in _TEX or (unknown and _TEX_START.search(text) is not None)


def _text(name: str, data: bytes | str) -> str:
    """The text of a document, its lines ended by line feeds. Raises SymrnnError with the place of what is none."""
    if len(data) > MAX_FILE:
        message = f"more than {MAX_FILE // 1_000_000} MB\n  notes are smaller; is this the right file?"
        raise SymrnnError(message, f"{name}:1:1")
    if isinstance(data, bytes):
        try:
            return _text(name, data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            text = bytes(data[: error.start]).decode("utf-8-sig")
            line, col = Lines(text).place(len(text))
            message = f"byte 0x{data[error.start]:02x} is not UTF-8 text\n  save the document as UTF-8"
            raise SymrnnError(message, f"{name}:{line}:{col}") from None
    if data.count("\0") > _MOST_ZEROS * len(data):
        line, col = Lines(data).place(data.index("\0"))
        message = "zero bytes: this is no text, or not UTF-8\n  save the document as UTF-8"
        raise SymrnnError(message, f"{name}:{line}:{col}")
    return _clean(data)


def _clean(text: str) -> str:
    """Lines end in one way; what no text can hold is replaced, as Markdown has it."""
    text = text.replace("\r\n", "\n")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text.removeprefix("\ufeff"))

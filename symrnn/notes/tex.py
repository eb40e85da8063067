"""LaTeX documents: comments, what \\iffalse hides, verbatim text and pictures are masked."""

from __future__ import annotations

import re

from symrnn.notes.places import ABSENT, Mask, Note, Page, Search

_OPAQUE = r"verbatim\*?|Verbatim|lstlisting|minted|alltt|filecontents\*?|comment|tikzpicture|pgfpicture"
_MARK = re.compile(
    r"\\(?P<verb>verb\*?(?=[^A-Za-z\s*]))"
    r"|\\(?P<false>iffalse(?![A-Za-z])|if[ ]?0(?!\d))"
    rf"|\\begin\s*+\{{(?P<opaque>{_OPAQUE})\}}"
    r"|\\(?P<document>begin|end)\s*+\{document\}"
    r"|%(?P<comment>[^\n]*+)"
    r"|\\.",
    re.DOTALL,
)
_CONDITIONAL = re.compile(
    r"\\newif\s*+\\[A-Za-z]++|\\(?P<word>if(?!f(?![A-Za-z])|then)[A-Za-z]*+|else|fi)(?![A-Za-z])|\\.|%[^\n]*+",
    re.DOTALL,
)


def page(text: str) -> Page:
    """A LaTeX document, or a part of one, as a page."""
    mask, search, notes = Mask(text), Search(text), []
    hidden = _hidden(text)
    at = body = 0
    while mark := _MARK.search(text, at):
        start, at = mark.span()
        if mark["comment"] is not None:
            mask.blank(start, at, ABSENT)
            if note := Note.read(mark["comment"], start):
                notes.append(note)
        elif mark["false"] and start in hidden:
            at = hidden[start]
            mask.blank(start, at, ABSENT)
        elif mark["opaque"]:
            end = search.find(f"\\end{{{mark['opaque']}}}", at)
            if end >= 0:
                mask.blank(at, end)
                at = end
        elif mark["verb"]:
            end = text.find(text[at], at + 1, at + 500)
            if 0 <= end < len(text) and "\n" not in text[at:end]:
                mask.blank(start, end + 1)
                at = end + 1
        elif mark["document"] == "begin":
            body = at
        elif mark["document"] == "end":
            mask.blank(at, len(text))
            break
    return Page(mask.text(), True, body, notes=notes)


def _hidden(text: str) -> dict[int, int]:
    """The offset of each conditional -> the end of what does not count if it is false: its \\else or \\fi."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for found in _CONDITIONAL.finditer(text):
        if found["word"] == "fi":
            if opened:
                ends.setdefault(opened.pop(), found.end())
        elif found["word"] == "else":
            if opened:
                ends.setdefault(opened[-1], found.end())
        elif found["word"]:
            opened.append(found.start())
    return ends

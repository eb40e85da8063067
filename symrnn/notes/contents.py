"""The formulas of one text, from its page: found between delimiters, unwrapped, labelled, their macros expanded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symrnn.notes.delimiters import ENVIRONMENTS, bare, delimited
from symrnn.notes.macros import Macros, definitions
from symrnn.notes.places import ABSENT, Lines, Mask, Math, Page, Span, matching_braces

_BEGIN = re.compile(r"\s*+\\begin\s*+\{([A-Za-z]++\*?)\}")
_COLUMNS = re.compile(r"(?:\s*+\[[^\[\]]*+\])?\s*+\{[^{}]*+\}")
_WITH_COLUMNS = frozenset(["alignat", "xalignat", "xxalignat", "IEEEeqnarray"])
_NESTED = 3  # environments around one another
_LABEL = re.compile(r"\\label\s*+\{([^{}]*+)\}")
_TAG = re.compile(r"\\tag\*?\s*+\{([^{}]*+)\}|\\l?eqno\s*+(?:\{([^{}]*+)\}|\(([^()\s]*+)\))")
_LABEL_AFTER = re.compile(
    r"[ \t]*+(?:\{#([\w:.-]++)[^{}\n]*+\}|\(([\w:.-]++)\)[ \t]*+(?=\n|$)|\n?:eqlabel:`([^`\n]*+)`)"
)
_COMMENT = re.compile(r"(\\.)|%[^\n]*+", re.DOTALL)
_QUOTE = re.compile(r"(?<=\n)[ \t]*+(?:>[ \t]?)++")
_DOUBLED = re.compile(r"\\(\\\\|[\\{}_*#$%&,;!|>])")
_DOUBLED_BRACE = re.compile(r"\\(\\[{}])")
_BEFORE_DISPLAY = re.compile(r"[ \t>]*+(?:[-*+]|\d{1,9}[.)])?[ \t>]*+")
_AFTER_DISPLAY = re.compile(r"[ \t.,;:!]*+(?:\{#[^{}\n]*+\}|\([\w:.-]*+\))?[ \t.,;:!]*+(?=\n|$)")


def maths(page: Page, text: str, lines: Lines, macros: Macros, cell: int | None) -> Iterator[Math]:
    """The formulas of a text; ``macros`` learns what is defined on the way."""
    contents = _Contents(page, text, lines)
    waiting = contents.defined[::-1]
    for span in contents.spans:
        while waiting and waiting[-1].start < span.end:
            macros.define(waiting.pop())
        if math := contents.math(span, macros, cell):
            yield math
    for definition in reversed(waiting):
        macros.define(definition)


class _Contents:
    """The spans and the definitions of a text."""

    def __init__(self, page: Page, text: str, lines: Lines) -> None:
        self._text = text
        self._lines = lines
        self._is_tex = page.is_tex
        self.defined = list(definitions(page.masked, matching_braces(page.masked)))
        undefined = _blanked(page.masked, ((d.start, d.end) for d in self.defined), ABSENT)
        self._present = " " * page.body + undefined[page.body :]
        masked = _blanked(self._present, ((span.opened, span.closed) for span in page.spans), " ")
        aliases = {d.name: d.delimiter for d in self.defined if d.delimiter}
        spans = delimited(masked, matching_braces(masked), aliases, self._is_tex)
        self.spans = sorted([*page.spans, *spans], key=lambda span: span.start)

    def math(self, span: Span, macros: Macros, cell: int | None) -> Math | None:
        """The formula in a span, if there is more than space."""
        written = self._written(span)
        environment, start, end = _unwrapped(written, span.environment)
        source = written[start:end].strip()
        if not source:
            return None
        offset = span.start + start + len(written[start:end]) - len(written[start:end].lstrip())
        line, col = self._lines.place(offset)
        expanded = macros.expand(source, offset, self._lines)
        label, tag = _LABEL.search(source), _TAG.search(source)
        return Math(
            latex=expanded.latex,
            display=span.display and not self._is_in_a_sentence(span),
            environment=environment,
            line=line,
            col=col,
            end_line=self._lines.place(offset + len(source) - 1)[0],
            cell=cell,
            label=span.label or (label[1] if label else self._label_after(span)),
            tag=next(filter(None, tag.groups()), "") if tag else "",
            source=source,
            problem=expanded.problem,
            trail=expanded.trail,
        )

    def _written(self, span: Span) -> str:
        """What the author wrote in a span, every offset kept: what does not count there is spaces."""
        written = self._text[span.start : span.end]
        present = self._present[span.start : span.end]
        if ABSENT in present:
            written = "".join(" " if p == ABSENT else w for w, p in zip(written, present, strict=True))
        if self._is_tex:
            return written
        if "\n" in written and self._text.startswith(">", self._lines.start(span.opened)):
            written = _QUOTE.sub(_spaces, written)
        written = _COMMENT.sub(lambda found: found[1] or _spaces(found), written)
        if span.doubled:
            written = _DOUBLED.sub(r" \1", written)
        elif not span.display and "\\begin" not in written:
            written = _DOUBLED_BRACE.sub(r" \1", written)
        return written

    def _is_in_a_sentence(self, span: Span) -> bool:
        """Whether double dollars have words beside them on their line, as Jekyll writes inline formulas."""
        opened, closed = span.opened, span.closed
        if self._is_tex or self._text[opened : opened + 2] != "$$" or "\n" in self._text[opened:closed]:
            return False
        before = _BEFORE_DISPLAY.fullmatch(self._text, self._lines.start(opened), opened)
        return before is None or _AFTER_DISPLAY.match(self._text, closed) is None

    def _label_after(self, span: Span) -> str:
        found = _LABEL_AFTER.match(self._text, span.closed) if span.display and not self._is_tex else None
        return next(filter(None, found.groups()), "") if found else ""


def _spaces(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _blanked(text: str, ranges: Iterable[tuple[int, int]], filler: str) -> str:
    mask = Mask(text)
    for start, end in ranges:
        mask.blank(start, end, filler)
    return mask.text()


def _unwrapped(written: str, environment: str) -> tuple[str, int, int]:
    """The environment that is all of a formula, and where what is in it starts and ends."""
    start, end = 0, len(written)
    for _ in range(_NESTED):
        begin = _BEGIN.match(written, start)
        if (
            begin is None
            or bare(begin[1]) not in ENVIRONMENTS
            or written.count(begin[0].strip(), start, end) > 1
        ):
            break
        ending = f"\\end{{{begin[1]}}}"
        stripped = len(written[:end].rstrip())
        if not written.endswith(ending, begin.end(), stripped):
            break
        environment, start, end = bare(begin[1]), begin.end(), stripped - len(ending)
    if environment in _WITH_COLUMNS and (columns := _COLUMNS.match(written, start, end)):
        start = columns.end()
    return environment, start, end

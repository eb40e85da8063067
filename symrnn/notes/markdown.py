"""Markdown documents, whatever their dialect: code, comments and raw HTML are masked; fences may hold formulas."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from symrnn.notes.places import ABSENT, Mask, Note, Page, Search, Span

_MARK = re.compile(
    r"^[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?(?P<fence>`{3,}+|~{3,}+|:{3,}+)[ \t]*+(?P<info>[^\n]*+)"
    r"|(?P<comment><!--)"
    r"|(?P<code>`++)"
    r"|<(?P<tag>pre|code|script|style|textarea|PRE|CODE|SCRIPT|STYLE)(?:\s[^<>]{0,500})?>"
    r"|\{%-?\s*+(?P<liquid>highlight|comment)\b[^%\n]{0,200}%\}"
    r"|\\[^\n]",
    re.MULTILINE,
)
_FENCE_END = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+|:{3,}+)[ \t]*+$", re.MULTILINE)
_MATH = re.compile(r"\{?math\}?(?=\s|$)")
_MATH_BESIDE = re.compile(r"math[ \t]++(?=[^`\n]*?[\\=^_])")  # ```math a = b```
_BACKTICKS = re.compile(r"`{2,}+|\n[ \t>]*+\n")
_OPTION = re.compile(r"[ \t>]*+:([A-Za-z-]++):[ \t]*+([^\n]*+)(?:\n|$)")
_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*+\n(?=(?:#[^\n]*+\n)*+[\"']?\w[\w .-]*+[\"']?[ \t]*+[:=])"
    r"(?:[^\n]*+\n)*?(?:\1|\.\.\.)[ \t]*+(?:\n|$)"
)
_PARAGRAPH_OR_CODE = re.compile(r"\n(?=[ \t>]*+(?:\n|`{3}|~{3}))|`++")
_BLANK_LINE = re.compile(r"\n(?:[ \t>]*+\n)++")


def page(text: str) -> Page:
    """A Markdown document as a page."""
    return _Markdown(text).page()


class _Markdown:
    """A Markdown text on its way to a page."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._mask = Mask(text)
        self._search = Search(text)
        self._fences = _FenceEnds(text)
        self._code = _code_ends(text)
        self._spans: list[Span] = []
        self._notes: list[Note] = []

    def page(self) -> Page:
        front = _FRONT_MATTER.match(self._text)
        at = body = front.end() if front else 0
        while mark := _MARK.search(self._text, at):
            at = self._after(mark)
        return Page(self._mask.text(), False, body, self._spans, self._notes)

    def _after(self, mark: re.Match[str]) -> int:
        """Mask what a mark opens, if it is closed; where to go on."""
        if mark["fence"]:
            return self._after_fence(mark)
        if mark["comment"]:
            return self._after_comment(mark)
        if mark["code"]:
            return self._after_code(mark.start(), mark.end())
        if mark["tag"]:
            return self._until(mark.end(), f"</{mark['tag']}>")
        if mark["liquid"]:
            return self._until(mark.end(), f"{{% end{mark['liquid']} %}}")
        return mark.end()

    def _until(self, start: int, closing: str) -> int:
        end = self._search.find(closing, start)
        if end < 0:
            return start
        self._mask.blank(start, end)
        return end

    def _after_comment(self, mark: re.Match[str]) -> int:
        end = self._search.find("-->", mark.end())
        if end < 0:
            return mark.end()
        if note := Note.read(self._text[mark.end() : end], mark.start()):
            self._notes.append(note)
        self._mask.blank(mark.start(), end + 3, ABSENT)
        return end + 3

    def _after_fence(self, mark: re.Match[str]) -> int:
        start, run, info = mark.start("fence"), mark["fence"], mark["info"]
        math = _MATH.match(info)
        if run[0] == ":" and not math:
            return mark.start("info")
        if run[0] == "`" and (beside := _MATH_BESIDE.match(info)):
            begins = mark.start("info") + beside.end()
            closing = _BACKTICKS.search(self._text, begins)
            if closing and closing[0][0] == "`":
                self._spans.append(Span(start, begins, closing.start(), closing.end(), True))
                return closing.end()
        if run[0] == "`" and "`" in info:
            return self._after_code(start, start + len(run))
        fence_end = self._fences.find(run, mark.end())
        if fence_end is None:
            return mark.end()
        end, after = fence_end
        if math:
            self._spans += self._formulas(start, mark.end() + 1, end, after)
        else:
            self._mask.blank(start, after)
        return after

    def _formulas(self, opened: int, start: int, end: int, closed: int) -> Iterator[Span]:
        """The formulas in a fence: its options skipped, parted by empty lines."""
        label = ""
        while (option := _OPTION.match(self._text, start, end)) and option.end() > start:
            label = option[2].strip() if option[1] in ("label", "name") else label
            start = option.end()
        parts = (
            [] if "\\begin" in self._text[start:end] else list(_BLANK_LINE.finditer(self._text, start, end))
        )
        starts = [start, *(part.end() for part in parts)]
        ends = [*(part.start() for part in parts), end]
        for begins, stops in zip(starts, ends, strict=True):
            yield Span(opened, begins, max(begins, stops), closed, True, label=label)

    def _after_code(self, start: int, after: int) -> int:
        closing = self._code.get(start)
        if closing is None:
            return after
        end = closing + after - start
        if after - start == 2 and "''" in self._text[after:closing]:
            return after  # TeX's ``quotes''
        if self._text[start - 1 : start] == "$" == self._text[end : end + 1]:  # $`a = b`$
            self._spans.append(Span(start - 1, after, closing, end + 1, False))
            return end + 1
        self._mask.blank(start, end)
        return end


class _FenceEnds:
    """The lines that can close a fence, and the next one that closes a given fence."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, list[re.Match[str]]] = {}
        for line in _FENCE_END.finditer(text):
            self._lines.setdefault(line[1][0], []).append(line)
        self._starts = {char: [m.start() for m in lines] for char, lines in self._lines.items()}
        self._longest = {  # of each line and those after it
            char: list(accumulate((len(m[1]) for m in reversed(lines)), max))[::-1]
            for char, lines in self._lines.items()
        }

    def find(self, run: str, start: int) -> tuple[int, int] | None:
        """Where the line starts and ends that closes the fence ``run``, from ``start`` on."""
        char = run[0]
        at = bisect_right(self._starts.get(char, []), start)
        if at == len(self._starts.get(char, [])) or self._longest[char][at] < len(run):
            return None
        while len(self._lines[char][at][1]) < len(run):
            at += 1
        return self._lines[char][at].span()


def _code_ends(text: str) -> dict[int, int]:
    """The offset of each run of backticks -> that of the next one as long in its paragraph."""
    ends: dict[int, int] = {}
    last: dict[int, int] = {}
    for found in _PARAGRAPH_OR_CODE.finditer(text):
        if found[0] == "\n":
            last.clear()
            continue
        length = len(found[0])
        if length in last:
            ends[last[length]] = found.start()
        last[length] = found.start()
    return ends

"""Formulas between delimiters, in Markdown and in LaTeX: one pass over the delimiters of a masked text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from symrnn.notes.places import ABSENT, Span
from symrnn.notes.prose import has_notation, is_inline, is_prose

ENVIRONMENTS = frozenset(
    [
        "IEEEeqnarray",
        "align",
        "alignat",
        "displaymath",
        "dmath",
        "eqnarray",
        "equation",
        "flalign",
        "gather",
        "multline",
        "xalignat",
        "xxalignat",
    ]
)
_INLINE = "math"  # the one environment of a formula within a sentence
_CLOSING = str.maketrans("([", ")]")

_MARK = re.compile(r"\\+|\$\$?|\n(?:[ \t>]*+\n)++")
_COMMAND = re.compile(
    r"(?P<side>begin|end)[ \t]*+\{(?P<name>[A-Za-z]++\*?)\}"
    r"|(?P<words>text[a-z]*+|mbox|hbox|intertext)[ \t]*+(?=\{)"
    r"|(?P<bracket>[()\[\]])|(?P<other>[A-Za-z]++)|.",
    re.DOTALL,
)
_DEEPEST_WORDS = 3  # of \text{...} inside one another, so that a text is looked at so many times at most
_DOUBLED = (2, 4)  # backslashes before a bracket, where Markdown itself takes half of them away
_PARAGRAPH, _DOLLAR, _DOLLARS, _WORDS = "paragraph", "$", "$$", "words"


def bare(environment: str) -> str:
    """The name of an environment without its star."""
    return environment.removesuffix("*")


class _Token(NamedTuple):
    kind: str  # $, $$, paragraph, words, [1 ]1 (2 )2 ..., begin:align, end:align
    start: int
    end: int


def delimited(text: str, braces: Mapping[int, int], aliases: Mapping[str, str], tex: bool) -> list[Span]:
    """The formulas of a masked text, in order.

    ``braces`` are its matching braces; ``aliases`` are the author's own names for delimiters: be is
    begin:equation, {eqn} is equation.
    """
    return list(_Delimiters(text, braces, _tokens(text, aliases, tex), tex).spans())


def _tokens(text: str, aliases: Mapping[str, str], tex: bool) -> list[_Token]:
    tokens = []
    at = 0
    while mark := _MARK.search(text, at):
        start, at = mark.span()
        if text[start] == "\n":
            tokens.append(_Token(_PARAGRAPH, start, at))
        elif text[start] == "$":
            tokens.append(_Token(mark[0], start, at))
        elif (at - start) % 2:
            if command := _COMMAND.match(text, at):
                at = command.end()
                kind = _kind(command, aliases)
                tokens += [_Token(kind, mark.end() - 1, at)] if kind else []
        elif not tex and at - start in _DOUBLED and text[at : at + 1] in tuple("()[]"):
            at += 1
            tokens.append(_Token(f"{text[at - 1]}{at - 1 - start}", start, at))
    return tokens


def _environment(token: _Token) -> str:
    """The environment that a token opens, if it is one of formulas."""
    side, _, name = token.kind.partition(":")
    return name if side == "begin" and (name in ENVIRONMENTS or name == _INLINE) else ""


def _kind(command: re.Match[str], aliases: Mapping[str, str]) -> str:
    if command["side"]:
        name = bare(command["name"])
        return f"{command['side']}:{aliases.get(f'{{{name}}}', name)}"
    if command["words"]:
        return _WORDS
    if command["bracket"]:
        return command["bracket"] + "1"
    return aliases.get(command["other"] or "", "")


class _Delimiters:
    """The delimiters of a text, and what they enclose."""

    def __init__(self, text: str, braces: Mapping[int, int], tokens: list[_Token], tex: bool) -> None:
        self._text = text
        self._braces = braces
        self._tokens = tokens
        self._tex = tex
        self._places: dict[str, list[int]] = {}  # kind -> indices of its tokens
        self._displays = [index for index, token in enumerate(tokens) if _environment(token)]
        for index, token in enumerate(tokens):
            self._places.setdefault(token.kind, []).append(index)
        self._words = list(self._words_around())
        self._dollars: dict[int, list[int]] = {}  # words -> indices of the dollars in them
        for index, token in enumerate(tokens):
            if token.kind in (_DOLLAR, _DOLLARS):
                self._dollars.setdefault(self._words[index], []).append(index)

    def spans(self) -> Iterator[Span]:
        index = 0
        while index < len(self._tokens):
            opening = self._tokens[index]
            closing = self._closing(index, opening)
            if closing is None:
                index += 1
                continue
            index, end = closing + 1, self._tokens[closing]
            if opening.kind == _DOLLAR and end.kind == _DOLLARS:  # $a$$b$: the second half opens the next
                index, end = closing, _Token(_DOLLAR, end.start, end.start + 1)
                self._tokens[closing] = _Token(_DOLLAR, end.end, end.end + 1)
            environment = _environment(opening)
            yield Span(
                opened=opening.start,
                start=opening.end,
                end=end.start,
                closed=end.end,
                display=opening.kind not in (_DOLLAR, f"begin:{_INLINE}") and opening.kind[0] != "(",
                environment="" if environment == _INLINE else environment,
                doubled=opening.kind[1:] in ("2", "4"),
            )

    def _closing(self, index: int, opening: _Token) -> int | None:
        if opening.kind == _DOLLAR:
            return self._after_dollar(index)
        if opening.kind == _DOLLARS:
            return self._after_dollars(index)
        if opening.kind[0] in "([":
            return self._after_bracket(index, opening)
        return self._after_begin(index) if _environment(opening) else None

    def _next(self, kind: str, index: int) -> int:
        """The index of the next token of a kind; past the end if there is none."""
        return _after(self._places.get(kind, []), index, len(self._tokens))

    def _content(self, opening: int, closing: int) -> str:
        return self._text[self._tokens[opening].end : self._tokens[closing].start].replace(ABSENT, " ")

    def _after_begin(self, index: int) -> int | None:
        """The end of an environment, unless another one begins before."""
        closing = self._next(f"end:{_environment(self._tokens[index])}", index)
        another = _after(self._displays, index, len(self._tokens))
        return closing if closing < another else None

    def _after_bracket(self, index: int, opening: _Token) -> int | None:
        """The closing bracket, unless another one opens before, or the brackets are only escaped."""
        closing = self._next(opening.kind.translate(_CLOSING), index)
        if closing >= min(self._next(opening.kind, index), len(self._tokens)):
            return None
        if opening.kind[0] == "(" and self._next(_PARAGRAPH, index) < closing:
            return None
        content = self._content(index, closing)
        escaped = not self._tex and not has_notation(content) and is_prose(content)
        return None if escaped or not content.strip() else closing

    def _remaining(self, index: int) -> int:
        """How many double dollars there are from a token to the end of its paragraph."""
        places = self._places[_DOLLARS]
        return bisect_left(places, self._next(_PARAGRAPH, index)) - bisect_left(places, index)

    def _after_dollars(self, index: int) -> int | None:
        """The closing double dollar.

        They come in pairs within a paragraph.  Where they do not, a formula has an empty line in it, or one of
        them is stray: then prose is not taken for a formula, nor what starts the next pair for an end.
        """
        closing = self._next(_DOLLARS, index)
        if closing == len(self._tokens):
            return None
        crosses = self._next(_PARAGRAPH, index) < closing
        if not crosses and self._remaining(index) % 2 == 0:
            return closing
        content = self._content(index, closing)
        if not content.strip() or is_prose(content) or (crosses and self._remaining(closing) % 2 == 0):
            return None
        return closing

    def _after_dollar(self, index: int) -> int | None:
        """The closing dollar: the next one in the paragraph that is not inside words."""
        closing = self._next_dollar(index)
        if closing is None:
            return None
        content, end = self._content(index, closing), self._tokens[closing]
        if end.kind == _DOLLARS:
            after = self._next_dollar(closing)
            touch = after is not None and self._tokens[after].kind == _DOLLAR
            return closing if touch and is_inline(content, "") else None
        if self._tex:
            return closing if content.strip() and (has_notation(content) or not is_prose(content)) else None
        return closing if is_inline(content, self._text[end.end : end.end + 1]) else None

    def _next_dollar(self, index: int) -> int | None:
        """The next dollar in the same paragraph and words; those in \\text{if $x$} belong to the text."""
        places = self._dollars[self._words[index]]
        closing = _after(places, index, len(self._tokens))
        return closing if closing < self._next(_PARAGRAPH, index) else None

    def _words_around(self) -> Iterator[int]:
        """For each token the index of the one that begins the words around it, or -1."""
        opened: list[tuple[int, int]] = []
        for index, token in enumerate(self._tokens):
            while opened and (token.kind == _PARAGRAPH or opened[-1][1] <= token.start):
                opened.pop()
            yield opened[-1][0] if opened else -1
            if token.kind == _WORDS and token.end in self._braces and len(opened) < _DEEPEST_WORDS:
                opened.append((index, self._braces[token.end]))


def _after(places: list[int], index: int, none: int) -> int:
    at = bisect_left(places, index + 1)
    return places[at] if at < len(places) else none

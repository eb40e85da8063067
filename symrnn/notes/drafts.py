r"""The rows of a display, as tokens: put together where one goes on in the next, apart where several share one.

A row that begins with a relation goes on with the statement above, and so does one that begins with an
operator, or whose row above ends with one.  A wide space, a comma, a semicolon, a word or an arrow stands
between two statements if both sides of it have a relation of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from symrnn.notes import latex, symbols
from symrnn.notes.formula import Span
from symrnn.notes.latex import Token, tokens
from symrnn.notes.sorting import matching, seen

MAX_LAYERS = 20  # of environments within environments
PUNCTUATION = frozenset(",.;:")
EDGES = frozenset(["&", "quad", "tag", "row"])
Piece = tuple[Token | None, int, int]  # what stands before it, and from which token to which it reaches
_EQUATION_NUMBER = re.compile(r"\d[\w.]{0,7}")


@dataclass
class Draft:
    """The tokens of a statement that is being put together, the rows they are from, and its number."""

    rows: list[Span]
    tag: str
    tokens: list[Token] = field(default_factory=list)
    conditions: list[list[Token]] = field(default_factory=list)
    related: bool = False  # whether the part that is open has a relation

    @property
    def open_part(self) -> list[Token]:
        """What more tokens would go on with."""
        return self.conditions[-1] if self.conditions else self.tokens

    def add(self, tokens: list[Token], related: bool) -> None:
        """Go on with more tokens."""
        self.open_part.extend(tokens)
        self.related = self.related or related

    def add_condition(self, tokens: list[Token], related: bool) -> None:
        """Go on with a condition."""
        self.conditions.append(tokens)
        self.related = related


class Display:
    """The tokens of a display, and which brackets belong together."""

    def __init__(self, text: str) -> None:
        self.text = text
        every = seen(tokens(text), frozenset())
        partner = matching(every)
        self.tokens = [t for t, p in zip(every, partner, strict=True) if p >= 0 or not _is_frame(t)]
        self.partner = matching(self.tokens)

    # -- rows

    def rows(self, low: int, high: int, tag: str = "", layer: int = 0) -> Iterator[tuple[int, int, str]]:
        """The rows between two tokens, each with its number: environments and braces around rows opened."""
        for begin, end in self._between_breaks(low, high):
            first, last = self._trimmed(begin, end)
            own = next((t.text for t in self.tokens[begin:end] if t.kind == "tag"), tag)
            inner = self._unwrapped(first, last)
            if first >= last:
                continue
            if inner and layer < MAX_LAYERS:
                yield from self.rows(*inner, own, layer + 1)
            elif self._starts_with_rows(first) and layer < MAX_LAYERS:
                closing = self.partner[first]
                yield from self.rows(first + 1, closing, tag, layer + 1)
                yield from self.rows(closing + 1, end, tag, layer + 1)
            else:
                yield begin, end, own

    def top(self, low: int, high: int) -> Iterator[int]:
        """The tokens between two that are in no bracket."""
        index = low
        while index < high:
            yield index
            index = max(self.partner[index], index) + 1

    def _between_breaks(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        begin = low
        for index in self.top(low, high):
            if self.tokens[index].kind == "row":
                yield begin, index
                begin = index + 1
        yield begin, high

    def _trimmed(self, low: int, high: int) -> tuple[int, int]:
        while low < high and self.tokens[low].kind in EDGES:
            low += 1
        while low < high and _ends(self.tokens[high - 1]):
            high -= 1
        return low, high

    def _unwrapped(self, low: int, high: int) -> tuple[int, int] | None:
        """What is inside braces or an environment of rows, if these are all there is."""
        while high - low > 1 and self.tokens[low].kind == "{" and self.partner[low] == high - 1:
            low, high = self._trimmed(low + 1, high - 1)
            if high - low < 2 or self.tokens[low].kind != "{" or self.partner[low] != high - 1:
                return low, high
        if high - low < 2 or self.partner[low] != high - 1:
            return None
        token = self.tokens[low]
        if token.kind == "open" and token.text == r"\{" and self.tokens[high - 1].text == ".":
            inside = self._trimmed(low + 1, high - 1)
            return self._unwrapped(*inside) if self.tokens[inside[0]].kind == "begin" else None
        if token.kind != "begin":
            return None
        if token.text in symbols.ALIGNED or self._has_relation(low + 1, high - 1):
            return low + 1, high - 1
        return None

    def _has_relation(self, low: int, high: int) -> bool:
        """Whether there is a relation between two tokens, in no bracket or in braces around a row."""
        return any(
            self._relates(index)
            or (
                self.tokens[index].kind == "{"
                and any(map(self._relates, self.top(index + 1, self.partner[index])))
            )
            for index in self.top(low, high)
        )

    def _starts_with_rows(self, index: int) -> bool:
        token = self.tokens[index]
        return token.kind == "begin" and token.text in symbols.ALIGNED and self.partner[index] > index

    # -- rows into statements

    def drafts(self) -> list[Draft]:
        """The statements of all rows, as tokens."""
        drafts: list[Draft] = []
        for low, high, tag in self.rows(0, len(self.tokens)):
            first, last = self._trimmed(low, high)
            place = (self.tokens[first].start, self.tokens[last - 1].end)
            pieces = list(self._opened(low, high))
            if len(pieces) > 1 and (number := self._equation_number(*pieces[-1])):
                pieces, tag = pieces[:-1], number
            if drafts and self._goes_on(low, first, high, drafts[-1]):
                drafts[-1].rows.append(place)
                drafts[-1].tag = drafts[-1].tag or tag
            else:
                drafts.append(Draft([place], tag))
            for piece in pieces:
                self._add(drafts, piece, place)
        return drafts

    def _pieces(self, low: int, high: int) -> Iterator[Piece]:
        """A row cut at all that may stand between two statements: what stands there, and what follows it."""
        separator, begin, columns, some = None, low, 0, False
        for index in self.top(low, high):
            token = self.tokens[index]
            columns += token.kind == "&"
            if not _separates(token) and (token.kind != "&" or columns % 2):
                some = some or token.kind not in EDGES
                continue
            if some or separator is None:
                yield separator, begin, index
                separator = token
            elif token.kind not in ("quad", "&") and separator.kind != "words":
                separator = token  # of several in a row, a word says most
            begin, some = index + 1, False
        yield separator, begin, high

    def _opened(self, low: int, high: int) -> Iterator[Piece]:
        r"""The pieces of a row, and those in a piece that stands in braces: a = 1, \quad \boxed{b = 2}."""
        for separator, begin, end in self._pieces(low, high):
            first, last = self._trimmed(begin, end)
            braced = last - first > 2 and self.tokens[first].kind == "{" and self.partner[first] == last - 1
            if not braced or not any(map(self._relates, self.top(first + 1, last - 1))):
                yield separator, begin, end
                continue
            for index, (own, *inside) in enumerate(self._pieces(first + 1, last - 1)):
                yield own if index else separator, inside[0], inside[1]

    def _equation_number(self, separator: Token | None, low: int, high: int) -> str:
        """The number in ``\\qquad (4.2)``."""
        low, high = self._trimmed(low, high)
        if separator is None or separator.kind != "quad" or high - low < 3 or self.partner[low] != high - 1:
            return ""
        inside = self.text[self.tokens[low].end : self.tokens[high - 1].start].strip()
        return inside if _EQUATION_NUMBER.fullmatch(inside) else ""

    def _goes_on(self, low: int, first: int, high: int, before: Draft) -> bool:
        """Whether a row belongs to the statement above it."""
        token = self.tokens[first]
        if not before.tokens or _wants_more(before.open_part):
            return True
        if token.kind == "open" and token.text == "." and self.tokens[self.partner[first]].text != "|":
            return True
        related = any(map(self._relates, self.top(first, high)))
        in_column = self.tokens[low].kind == "&"
        here = latex.level(token)
        if here == symbols.ADD:
            return in_column or not related
        if here >= symbols.RELATION:
            return True
        return in_column and not related and before.related

    def _add(self, drafts: list[Draft], piece: Piece, place: Span) -> None:
        """Put a piece of a row to the last statement, or begin one with it."""
        draft, separator = drafts[-1], piece[0]
        here = [token for token in self.tokens[piece[1] : piece[2]] if token.kind not in ("quad", "tag")]
        related = any(map(self._relates, self.top(*piece[1:])))
        if separator is None or not draft.tokens:
            draft.add(here, related)
        elif _is_condition(separator):
            draft.add_condition([separator, *here], related)
        elif draft.related and related and _may_begin(here, separator) and not _wants_more(draft.open_part):
            drafts.append(Draft([place], draft.tag, here, related=True))
        elif (separator.kind == "words" and not here) or self._is_remark(*piece[1:]):
            draft.add_condition(here or [separator], related)
        else:
            draft.add(here if separator.kind in ("quad", "&") else [separator, *here], related)

    def _is_remark(self, low: int, high: int) -> bool:
        r"""Whether all of a piece is prose in brackets: (\text{as } a = 1)."""
        low, high = self._trimmed(low, high)
        if high - low < 3 or self.tokens[low].kind != "open" or self.partner[low] != high - 1:
            return False
        return any(token.kind == "words" for token in self.tokens[low:high])

    def _relates(self, index: int) -> bool:
        return is_relation(self.tokens[index])


def _is_frame(token: Token) -> bool:
    return token.kind in ("begin", "end") and token.text in symbols.ALIGNED


def is_relation(token: Token) -> bool:
    """Whether a token is a relation."""
    return latex.level(token) == symbols.RELATION


def _may_begin(part: list[Token], separator: Token) -> bool:
    """Whether a statement may begin so: not with a relation or a product, after a wide space not with a sign."""
    first = next((token for token in part if token.kind != "&"), separator)
    here = latex.level(first)
    return here not in (symbols.RELATION, symbols.TIMES) and (here != symbols.ADD or separator.kind != "quad")


def _wants_more(part: list[Token]) -> bool:
    """Whether the last thing said is an operator that something must follow."""
    last = next((token for token in reversed(part) if token.kind != "&"), None)
    return last is not None and last.text not in PUNCTUATION and latex.level(last) >= symbols.LOGIC


def _ends(token: Token) -> bool:
    """Whether something at the end of a row means nothing."""
    return token.kind in EDGES or (token.kind == "op" and token.text in PUNCTUATION)


def _separates(token: Token) -> bool:
    """Whether something may stand between two statements."""
    if token.kind == "op":
        return token.text in (",", ";") or token.text in symbols.BETWEEN
    return token.kind in ("quad", "words") or token.text == r"\forall"


def _is_condition(token: Token) -> bool:
    if token.kind != "words":
        return token.text == r"\forall"
    first = token.text.replace(",", " ").split()[:1]
    return bool(first) and first[0].lower() in symbols.CONDITIONS

r"""The tokens of a piece of LaTeX math: what only looks is dropped, what means something keeps its place.

A token's ``start`` and ``end`` are offsets in the text, and they cover what was written: ``\left(`` is one
token whose text is ``(``.  Scanning is linear and never fails: what cannot be a token is one of kind ``bad``,
and the row that holds it is unreadable, not the rows beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from symrnn.errors import SymrnnError
from symrnn.notes import symbols

MAX_FORMULA = 400_000


class LatexError(SymrnnError):
    """A formula that could not be read: ``offset`` is where in the text, ``expected`` what would have fitted."""

    def __init__(self, message: str, offset: int, expected: str = "") -> None:
        super().__init__(f"{message}: expected {expected}" if expected else message)
        self.offset = offset
        self.expected = expected


class Token(NamedTuple):
    r"""A unit of a formula.

    ``kind`` is one of: word number name unknown function accent text words fraction root big partial dots
    note stacked over substack binom open close bar { } ^ _ ' & row begin end op quad tag bad.
    ``text`` is its plain spelling (an environment's name, the words of a text), ``macro`` the macro it came from.
    """

    kind: str
    text: str
    start: int
    end: int
    macro: str = ""


_TOKEN = re.compile(
    r"""(?P<blank>[\s~\u200b\u00a0\ufeff]+|%[^\n]*(?:\n|$))
    |(?P<sum>\\mathrel\{\+\}\s*=|\\mathrel\{\+=\}|\\mathrel\{:=\})
    |(?P<negated>\\not\s*(?:=|<|>|\\[A-Za-z]+))
    |(?P<break>\\\\\*?(?:\s*\[\s*-?[\d.]+\s*(?:[a-z]{2}|\\[a-z]+)\s*\])?)
    |(?P<macro>\\(?:[A-Za-z]+\*?|[^A-Za-z]))
    |(?P<entity>&(?:lt|gt|amp|nbsp|minus|times|middot);)
    |(?P<dots>\.\.\.)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z]+\d*)
    |(?P<words>[\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff]+)
    |(?P<op>:=|=:|==|\+=|-=|\*=|/=|<=|>=|!=|<->|<-(?!\d)|->|=>|[-+*/=<>.,;:])
    |(?P<any>.)""",
    re.VERBOSE | re.DOTALL,
)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&minus;": "-", "&times;": r"\times", "&middot;": r"\cdot"}
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}(?:\s*\[[a-z]+\])?")
_OPTION = re.compile(r"\s*\[[^\]\n]*\]")
_FIRST = re.compile(r"\s*")
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_UPRIGHT = re.compile(r"\s*\{\s*([A-Za-z.]{2,})[\s~,]*\}")


def tokens(text: str) -> list[Token]:
    r"""The tokens of a formula, in order; spacing and cosmetics are not among them.

    Left in for the reader of rows, and skipped by the parser: ``quad`` (a wide space) and ``tag`` (a number
    or label of an equation).  Raises LatexError only for more text than a formula has.
    """
    if len(text) > MAX_FORMULA:
        message = f"a formula of {len(text)} characters; at most {MAX_FORMULA} are read"
        raise LatexError(message, MAX_FORMULA)
    return list(_Scanner(text).tokens())


class _Scanner:
    """The text, and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def tokens(self) -> Iterator[Token]:
        while match := _TOKEN.match(self.text, self.at):
            start, self.at = self.at, match.end()
            kind, written = str(match.lastgroup), match[0]
            if kind == "macro":
                yield from self._macro(written, start)
            elif kind == "entity":
                yield from self._entity(written, start)
            elif kind == "any":
                yield from self._any(written, start)
            elif kind == "break":
                yield self._token("row", "\\\\", start)
            elif kind in ("sum", "negated"):
                yield self._token("op", _relation(written), start)
            elif kind != "blank":
                yield self._token(kind, written, start)
            elif "~~~" in written:
                yield self._token("quad", "", start)

    def _token(self, kind: str, text: str, start: int, macro: str = "") -> Token:
        return Token(kind, text, start, self.at, macro)

    def _entity(self, written: str, start: int) -> Iterator[Token]:
        if written == "&amp;":
            yield self._token("&", "&", start)
        elif written in _ENTITIES:
            yield self._token("op", _ENTITIES[written], start)

    def _any(self, character: str, start: int) -> Iterator[Token]:
        """A character that is none of ASCII's letters, digits and operators."""
        if character == "ᵀ":
            yield Token("^", "^", start, start)
        yield self._character(character, start)

    def _character(self, character: str, start: int) -> Token:
        plain = symbols.UNICODE.get(character, character)
        if plain in "{}^_'&":
            return self._token(plain, plain, start)
        if plain != character and not plain.startswith("\\"):
            known = _TOKEN.match(plain)
            kind = str(known.lastgroup) if known else "bad"
            return self._bracket(plain, start) or self._token(kind, plain, start)
        found = self._bracket(plain, start) or self._classified(plain, start)
        if found.kind == "unknown":
            kind = "word" if character.isalpha() else "bad"
            return self._token(kind, character, start)
        return found

    def _bracket(self, text: str, start: int) -> Token | None:
        for kind, table in (("open", symbols.OPENING), ("close", symbols.CLOSING), ("bar", symbols.BARS)):
            if text in table:
                return self._token(kind, table[text], start)
        return None

    def _classified(self, macro: str, start: int) -> Token:
        for kind, table in _KINDS:
            if macro in table:
                return self._token(kind, macro, start, macro)
        return self._token("unknown", macro, start, macro)

    def _macro(self, macro: str, start: int) -> Iterator[Token]:
        if macro.endswith("*") and macro not in _STARRED:
            macro, self.at = macro[:-1], self.at - 1
        if macro in ("\\left", "\\right") or macro in symbols.SIZES:
            yield from self._sized(macro, start)
        elif macro in ("\\begin", "\\end"):
            yield from self._environment(macro[1:], start)
        elif macro in symbols.TEXTS or macro in symbols.ROW_TEXTS:
            yield self._words(macro, start)
        elif macro in symbols.TAGS:
            yield self._token("tag", self._argument() or "", start, macro)
        elif macro in symbols.ROW_BREAKS:
            yield self._token("row", "\\\\", start)
        elif macro in symbols.DROPPED:
            yield from self._dropped(macro, start)
        elif (
            macro == "\\mathrm" and (word := _UPRIGHT.match(self.text, self.at)) and word[1] in symbols.PROSE
        ):
            self.at = word.end()
            yield self._token("words", word[1], start, macro)
        else:
            yield self._bracket(macro, start) or self._special(macro, start)

    def _special(self, macro: str, start: int) -> Token:
        if macro == r"\prime":
            return self._token("'", "'", start)
        if macro == r"\_":
            return self._token("_", "_", start)
        if macro == r"\*":
            return self._token("op", "*", start)
        if macro in (r"\$", r"\#", r"\%", r"\&", r"\@", r"\"", r"\'", r"\`"):
            return self._token("bad", macro, start)
        return self._classified(macro, start)

    def _sized(self, macro: str, start: int) -> Iterator[Token]:
        r"""A bracket that \left, \right or \big makes grow: one token, which knows its side."""
        side = {"\\left": "open", "\\right": "close"}.get(macro) or {"l": "open", "r": "close"}.get(macro[-1])
        self.at = _FIRST.match(self.text, self.at).end()  # type: ignore[union-attr]
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            yield self._token("bad", macro, start)
            return
        text = _ENTITIES.get(match[0], match[0])
        bracket = self._bracket(text, start)
        if bracket is not None:
            self.at = match.end()
            kind = side if side and bracket.kind == "bar" else bracket.kind
            yield bracket._replace(kind=kind, end=self.at, macro=macro)
        elif text in (".", "<", ">") or (text[0] == "." and macro in ("\\left", "\\right")):
            self.at += 1 if text[0] == "." else len(match[0])
            kind = {"<": "open", ">": "close"}.get(text) or side or "bad"
            text = {"<": r"\langle", ">": r"\rangle"}.get(text, ".")
            yield self._token(kind, text, start, macro)
        elif side and macro in ("\\left", "\\right"):
            yield self._token("bad", macro, start)

    def _environment(self, kind: str, start: int) -> Iterator[Token]:
        match = _ENVIRONMENT.match(self.text, self.at)
        if match is None:
            yield self._token("bad", f"\\{kind}", start)
            return
        self.at = match.end()
        if kind == "begin" and match[1] in symbols.WITH_COLUMNS:
            self._argument()
        yield self._token(kind, match[1], start)

    def _words(self, macro: str, start: int) -> Token:
        r"""The words of \text{..}: a name if it is one, else prose."""
        content = self._argument()
        if content is None:
            return self._token("bad", macro, start)
        if macro in symbols.ROW_TEXTS:
            return self._token("row", content, start)
        if macro.startswith("\\operatorname"):
            content = re.sub(r"\\[,;:! ]|[\s{}~]|\\(?:rm|mathrm|text)", "", content)
        name = re.sub(r"\\_", "_", content).strip(" ~\n")
        apart = content != content.strip() and name not in symbols.FUNCTION_WORDS
        is_name = _NAME.fullmatch(name) is not None and name.lower() not in symbols.PROSE and not apart
        return self._token("text" if is_name else "words", name if is_name else content, start, macro)

    def _dropped(self, macro: str, start: int) -> Iterator[Token]:
        count = symbols.DROPPED[macro]
        if (count or macro in (r"\bbox", r"\xcancel", r"\smash")) and (
            option := _OPTION.match(self.text, self.at)
        ):
            self.at = option.end()
        for _ in range(count):
            self._argument()
        if macro in symbols.QUADS:
            yield self._token("quad", "", start)

    def _argument(self) -> str | None:
        """The content of the braces that come next, which are read; nothing if there are none."""
        begin = _FIRST.match(self.text, self.at).end()  # type: ignore[union-attr]
        if not self.text.startswith("{", begin):
            return None
        depth = 0
        for brace in _BRACE.finditer(self.text, begin):
            depth += {"{": 1, "}": -1}.get(brace[0], 0)
            if depth == 0:
                self.at = brace.end()
                return self.text[begin + 1 : brace.start()]
        self.at = len(self.text)
        return None


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_STARRED = symbols.TEXTS | symbols.TAGS | frozenset(m for m in symbols.DROPPED if m.endswith("*"))
_KINDS: tuple[tuple[str, frozenset[str] | dict[str, int]], ...] = (
    ("accent", symbols.ACCENTS),
    ("big", symbols.BIG),
    ("op", symbols.LEVELS),
    ("partial", symbols.DIFFERENTIALS),
    ("dots", symbols.DOTS),
    ("fraction", symbols.FRACTIONS),
    ("root", symbols.ROOTS),
    ("note", symbols.NOTES),
    ("stacked", symbols.STACKED),
    ("over", symbols.OVER),
    ("function", symbols.FUNCTIONS),
    ("name", symbols.SYMBOLS),
    ("substack", frozenset([r"\substack"])),
    ("binom", frozenset([r"\binom", r"\dbinom", r"\tbinom"])),
)


def _relation(written: str) -> str:
    """A relation that is written in parts, as one."""
    if written.startswith("\\not"):
        return "\\not" + written[4:].strip()
    return "".join(c for c in written if c in "+:=")


def level(token: Token) -> int:
    """How tightly an operator binds; 0 for what is none."""
    if token.kind != "op":
        return 0
    return symbols.RELATION if token.text.startswith("\\not") else symbols.LEVELS.get(token.text, 0)

"""Going through the tokens of a formula: the place, the brackets that belong together, the errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symrnn.notes import latex
from symrnn.notes.formula import Node, located
from symrnn.notes.latex import LatexError, Token
from symrnn.notes.sorting import MACROS, matching, seen
from symrnn.notes.symbols import ADD, GIVEN, NEXT, PHRASE
from symrnn.notes.tree import children

MAX_DEPTH = 60  # of the recursion; three times what formulas need, and far from the limit of Python's
MAX_HEIGHT = 100  # of a tree, for all that walks over it
MAX_LAYERS = 4  # of scripts on scripts, and bars after bars
MAX_LEVELS = 12  # of operators around one operand
OPERANDS = MACROS | {"word", "number", "name", "function", "text", "partial", "dots", "open", "{", "begin"}


class Remark(NamedTuple):
    """Something that was read in spite of a slip, or without being known: the place and what it is."""

    offset: int
    message: str


class Cursor:
    """The tokens that one expression is read from, and how far it is read."""

    def __init__(self, text: str, tokens: Sequence[Token], depth: int = 0) -> None:
        self.source = text
        self.tokens = seen(tokens)
        self.partner = matching(self.tokens)
        self.remarks: list[Remark] = []
        self.at = 0
        self.depth = depth
        self.bars = self.angles = 0
        self.last_end = self.tokens[0].start if self.tokens else 0
        end = max((token.end for token in tokens), default=0)
        self._finish = Token("", "", end, end)

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.at] if self.at < len(self.tokens) else self._finish

    @property
    def kind(self) -> str:
        """Its kind; empty at the end."""
        return self.token.kind

    def ahead(self, distance: int) -> str:
        """The kind of a token further on."""
        index = self.at + distance
        return self.tokens[index].kind if index < len(self.tokens) else ""

    def take(self) -> Token:
        """Read a token."""
        token = self.token
        self.at += 1
        self.last_end = token.end
        return token

    def take_character(self) -> Token:
        """Read one character, as TeX does for a script or an argument without braces."""
        token = self.token
        split = 1 if token.kind in ("word", "number", "op") and not token.text.startswith("\\") else 0
        if not split or len(token.text) < 2 or len(token.text) != token.end - token.start:
            return self.take()
        rest = latex.tokens(token.text[1:])[0]
        first = Token(token.kind, token.text[0], token.start, token.start + 1)
        self.tokens[self.at] = Token(rest.kind, token.text[1:], token.start + 1, token.end)
        self.last_end = first.end
        return first

    def expect(self, kind: str, what: str) -> Token:
        """Read a token of this kind; any other is an error."""
        if self.kind != kind:
            raise self.fail(what)
        return self.take()

    def fail(self, expected: str) -> LatexError:
        """The error of not finding here what was expected."""
        token = self.token
        written = self.source[token.start : token.end].strip()[:20]
        if token.kind == "bad":
            return LatexError(f"{written} cannot be read", token.start)
        found = {"": "the end", "row": "the end of a row", "&": "the end of a cell"}.get(token.kind, written)
        return LatexError(f"found {found}", token.start, expected)

    def descend(self) -> None:
        """One step deeper in the recursion; too deep is an error."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LatexError(f"nested more than {MAX_DEPTH} deep", self.token.start)

    def remark(self, offset: int, message: str) -> None:
        """Note a slip that does not keep the formula from being read."""
        self.remarks.append(Remark(offset, message))

    def at_end(self) -> bool:
        """Whether nothing more of what is in these brackets or this cell comes."""
        token = self.token
        if token.kind == "bar":
            return self.bars > 0
        if token.kind == "op":
            return token.text == ">" and self.angles > 0
        return token.kind in ("", "}", "close", "&", "row", "end", "over")

    def level(self) -> int:
        """How tightly the operator binds that comes next; 0 if none comes."""
        if self.at_end():
            return 0
        token = self.token
        after_words = self.at > 0 and self.tokens[self.at - 1].kind == "words"
        if token.kind == "op":
            here = latex.level(token)
            return PHRASE if after_words and here == ADD else here
        if token.kind == "bar":
            return GIVEN
        if token.kind == "words":
            return PHRASE
        if token.kind in OPERANDS:
            return PHRASE if after_words else NEXT
        return 0

    def located(self, node: Node, start: int) -> Node:
        """The node with its place: from there to the last token read.  Too high a tree is an error."""
        located(node, self.source, start, self.last_end)
        if node.origin is not None:
            node.origin.height = 1 + max((c.origin.height for c in children(node) if c.origin), default=0)
            if node.origin.height > MAX_HEIGHT:
                raise LatexError(f"nested more than {MAX_HEIGHT} deep", start)
        return node

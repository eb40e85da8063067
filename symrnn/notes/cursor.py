"""Going through the tokens of a formula: the place, the brackets that belong together, the errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symrnn.notes import latex
from symrnn.notes.formula import Node, located
from symrnn.notes.latex import LatexError, Token
from symrnn.notes.symbols import ADD, GIVEN, NEXT, PHRASE, TABLES
from symrnn.notes.tree import children

MAX_DEPTH = 60  # of the recursion; three times what formulas need, and far from the limit of Python's
MAX_HEIGHT = 100  # of a tree, for all that walks over it
MAX_LAYERS = 4  # of scripts on scripts, and bars after bars
MAX_LEVELS = 12  # of operators around one operand
UNSEEN = frozenset(["quad", "tag"])
MACROS = frozenset(["unknown", "accent", "fraction", "root", "note", "stacked", "substack", "binom", "big"])
OPERANDS = MACROS | {"word", "number", "name", "function", "text", "partial", "dots", "open", "{", "begin"}
TAKES_BRACES = MACROS | {"^", "_"}


class Remark(NamedTuple):
    """Something that was read in spite of a slip, or without being known: the place and what it is."""

    offset: int
    message: str


def matching(tokens: Sequence[Token]) -> list[int]:
    """For every bracket, brace, begin and end the index of its partner; -1 where there is none.

    A brace closes the brackets left open inside it, and a cell of a matrix those left open in the cell.
    """
    partner = [-1] * len(tokens)
    open_: list[int] = []
    for index, token in enumerate(tokens):
        match token.kind:
            case "open" | "{" | "begin":
                open_.append(index)
            case "close":
                if open_ and tokens[open_[-1]].kind == "open":
                    _pair(partner, open_.pop(), index)
            case "}" | "end":
                while open_ and tokens[open_[-1]].kind == "open":
                    open_.pop()
                if open_ and tokens[open_[-1]].kind == {"}": "{", "end": "begin"}[token.kind]:
                    _pair(partner, open_.pop(), index)
            case "&" | "row":
                while _left_open_in_a_cell(tokens, open_):
                    open_.pop()
    return partner


def _pair(partner: list[int], opening: int, closing: int) -> None:
    partner[opening], partner[closing] = closing, opening


def _left_open_in_a_cell(tokens: Sequence[Token], open_: list[int]) -> bool:
    if len(open_) < 2 or tokens[open_[-1]].kind != "open":
        return False
    around = tokens[open_[-2]]
    return around.kind == "open" or (around.kind == "begin" and around.text in TABLES)


def seen(tokens: Sequence[Token], unseen: frozenset[str] = UNSEEN) -> list[Token]:
    r"""The tokens without what only looks: wide spaces, tags, empty braces; ``\stackrel{..}{=}`` is an =."""
    visible = _with_labels(_with_angles([token for token in tokens if token.kind not in unseen]))
    partner = matching(visible)
    result: list[Token] = []
    index = 0
    while index < len(visible):
        token = visible[index]
        skip = _operator_in_braces(visible, partner, index)
        if skip:
            result.append(skip[1]._replace(start=token.start, end=visible[skip[0]].end))
            index = skip[0] + 1
        elif _is_empty_pair(visible, partner, index):
            index += 2
        else:
            result.append(token)
            index += 1
    return result


def _with_angles(tokens: list[Token]) -> list[Token]:
    """The tokens, with < and > as brackets where a script holds them in this order: x^{<t>}."""
    regions: list[int] = []  # for each open brace the < that is open in it, or -1, or -2 outside scripts
    for index, token in enumerate(tokens):
        if token.kind == "{":
            regions.append(-1 if index and tokens[index - 1].kind in ("^", "_") else -2)
        elif token.kind == "}" and regions:
            regions.pop()
        elif token.kind == "op" and regions and token.text == "<" and regions[-1] == -1:
            regions[-1] = index
        elif token.kind == "op" and regions and token.text == ">" and regions[-1] >= 0:
            opening, regions[-1] = regions[-1], -1
            tokens[opening] = tokens[opening]._replace(kind="open")
            tokens[index] = token._replace(kind="close")
    return tokens


def _with_labels(tokens: list[Token]) -> list[Token]:
    r"""The tokens, with a word of prose that is all of a script as the label it is: W_{\text{in}}."""
    for index, token in enumerate(tokens):
        if token.kind != "words" or not token.macro or not token.text.strip().isalpha() or not index:
            continue
        before, after = tokens[index - 1].kind, tokens[index + 1].kind if index + 1 < len(tokens) else ""
        inside = before == "{" and after == "}" and index > 1 and tokens[index - 2].kind in ("_", "^")
        if inside or before in ("_", "^"):
            tokens[index] = token._replace(kind="text", text=token.text.strip())
    return tokens


def _operator_in_braces(tokens: list[Token], partner: list[int], index: int) -> tuple[int, Token] | None:
    r"""Where ``{=}`` or ``\stackrel{..}{=}`` ends, and its operator."""
    start, before = index, tokens[index - 1].kind if index else ""
    if tokens[index].kind == "stacked" and index + 1 < len(tokens) and tokens[index + 1].kind == "{":
        start = partner[index + 1] + 1
        if start == 0:
            return None
    elif tokens[index].kind != "{" or before in TAKES_BRACES:
        return None
    if start + 2 >= len(tokens) or [t.kind for t in tokens[start : start + 3]] != ["{", "op", "}"]:
        return None
    return start + 2, tokens[start + 1]


def _is_empty_pair(tokens: list[Token], partner: list[int], index: int) -> bool:
    """Whether here are braces with nothing in them, which are neither an argument nor carry scripts."""
    if index + 1 >= len(tokens) or tokens[index].kind != "{" or tokens[index + 1].kind != "}":
        return False
    before = index - 1
    if before >= 0 and tokens[before].kind == "}":
        before = partner[before] - 1  # {a}{} after a macro of two arguments
    if before >= 0 and tokens[before].kind in TAKES_BRACES:
        return False
    return index + 2 >= len(tokens) or tokens[index + 2].kind not in ("^", "_")


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

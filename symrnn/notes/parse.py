r"""A formula as a tree, by operator precedence.

From the loosest to the tightest: words of prose, ``;``, ``,``, ``|``, logical operators, relations, ``:``,
``+ -``, explicit products and ``/``, products by juxtaposition.  A big operator reaches over the product
after it.  A ``/`` takes one side of a derivative, or a product by juxtaposition up to the next fraction, sum or
function; ``1/2 x`` is a half of x.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symrnn.notes import latex, symbols
from symrnn.notes.atoms import STOPS, TERM, Atoms
from symrnn.notes.cursor import MAX_LEVELS, OPERANDS, Remark
from symrnn.notes.fitting import D_WORDS, starts_with_d
from symrnn.notes.formula import (
    Differential,
    Fraction,
    Group,
    Infix,
    List,
    Name,
    Node,
    Number,
    Slice,
    Unary,
)
from symrnn.notes.latex import LatexError, Token, tokens
from symrnn.notes.symbols import COLON, COMMA, GIVEN, NEXT, PHRASE, SEMICOLON, TIMES

ENDS = ("", "}", "close", "&", "row", "end", "over")
STOPPING = ",.;"  # punctuation that may end a formula
LISTS = (PHRASE, SEMICOLON, COMMA, GIVEN)


class Reading(NamedTuple):
    """A formula that was read: its tree, and the slips that did not matter."""

    tree: Node
    remarks: tuple[Remark, ...]


def read_formula(text: str) -> Reading:
    r"""The tree of a formula that stands by itself, without rows: what is between two dollar signs.

    Raises LatexError, with the offset and what was expected.
    """
    return read_tokens(text, tokens(text))


def read_tokens(text: str, part: Sequence[Token]) -> Reading:
    """The tree of a formula that is given as tokens of a text."""
    parser = Parser(text, part)
    tree = parser.content()
    if parser.kind:
        raise parser.fail("an operator or the end")
    return Reading(tree, tuple(parser.remarks))


class Parser(Atoms):
    """The operators between the operands."""

    def content(self) -> Node:
        """Read all up to the end of the brackets, the cell or the formula."""
        if self._lone_operator():
            return self._placeholder()
        start = self.token.start
        tree = _unbraced(self._compared() or self.expression(PHRASE))
        if self.kind == "over" and self.token.text == r"\over":
            self.take()
            tree = self.located(Fraction(tree, self.content(), r"\over"), start)
        while self.kind == "close" and self.partner[self.at] < 0 and self.ahead(1) in ENDS:
            self.remark(self.token.start, f"{self.take().text} was never opened")
        return tree

    def _compared(self) -> Node | None:
        """Read what begins with a comparison, as the script of x_{<t} does."""
        token = self.token
        if (
            token.kind != "op"
            or token.text not in symbols.ORDER
            or (token.text == "<" and self.angle_closes())
        ):
            return None
        self.take()
        return self.located(Unary(token.text, self.expression(symbols.COLON)), token.start)

    def expression(self, lowest: int) -> Node:
        """Read operands with operators that bind at least as tightly as the level ``lowest``."""
        self.descend()
        start = self.token.start
        left = self._operand(lowest)
        for _ in range(MAX_LEVELS):
            level = self.level()
            if not level or level < lowest:
                break
            left = self._chain(left, level, start)
        self.depth -= 1
        return left

    # -- operands with a sign, and operators that stand for themselves

    def _operand(self, lowest: int) -> Node:
        token = self.token
        if token.kind != "op" or (token.text == "<" and self.angle_closes()):
            return self.factor()
        if token.text == ":":
            return self._slice(None, token.start)
        level = latex.level(token)
        alone = self._lone_operator() or (self.ahead(1) == "op" and self.tokens[self.at + 1].text in ",;")
        if alone and level >= symbols.ADD:
            return self.scripted(self._placeholder(), token.start)
        signed = level == symbols.ADD
        counted = level == TIMES and token.text in (r"\odot", r"\circ") and self.ahead(1) == "number"
        if not (signed or counted):
            raise self.fail(TERM)
        self.take()
        return self.located(Unary(token.text, self.expression(max(lowest, TIMES))), token.start)

    def _lone_operator(self) -> bool:
        r"""Whether an operator is all there is, as in ``x_+`` and ``f(\cdot)``."""
        return self.kind == "op" and self.token.text not in ",.;:" and self.ahead(1) in ENDS

    def _placeholder(self) -> Node:
        token = self.take()
        return self.located(Name(token.text), token.start)

    # -- what stands after an operand

    def _chain(self, left: Node, level: int, start: int) -> Node:
        """Read all operators of one level, and the operands between them."""
        if level in LISTS:
            return self._list(left, level, start)
        if level == COLON:
            return self._slice(left, start)
        operators: list[str] = []
        operands = [left]
        while (here := self.level()) == level or self._after_slash(here, operators):
            operator = "" if here == NEXT else self.token.text
            if operator and self._ends_here(operator):
                break
            operators.append("" if self._is_index_dot() else operator)
            operands.append(self._right(operator, operands[-1], here))
        if not operators:
            return left
        return self.located(Infix(tuple(operators), tuple(operands)), start)

    def _ends_here(self, operator: str) -> bool:
        """Whether an operator is punctuation at the end, which is read."""
        if operator not in STOPPING or self.ahead(1) not in ENDS:
            return False
        self.take()
        return True

    def _after_slash(self, level: int, operators: list[str]) -> bool:
        """Whether a factor follows that the slash before did not take: 1/T \\sum."""
        return level == NEXT and "/" in operators

    def _right(self, operator: str, before: Node, level: int) -> Node:
        if self._is_index_dot():
            return self._placeholder()
        if operator:
            self.take()
        return self._denominator(before) if operator == "/" else self.expression(level + 1)

    def _is_index_dot(self) -> bool:
        r"""Whether the dot is no operator but an index: W_{i\cdot}."""
        return self.token.text in (r"\cdot", "*", r"\bullet") and self.ahead(1) in ("}", "close")

    def _denominator(self, numerator: Node) -> Node:
        """Read what a slash divides by."""
        start = self.token.start
        if self.kind not in OPERANDS:
            return self.expression(TIMES + 1)
        parts = [self.factor()]
        while self.kind in OPERANDS and self._divides(numerator, parts):
            parts.append(self.factor())
        return parts[0] if len(parts) == 1 else self._product(parts, start)

    def _divides(self, numerator: Node, parts: list[Node]) -> bool:
        """Whether the next factor too belongs to the denominator."""
        first = parts[0]
        if isinstance(first, Differential):
            return self.kind == "partial"
        if starts_with_d(numerator) and starts_with_d(first):
            return isinstance(first, Name) and first.stem in D_WORDS and len(parts) == 1
        both_numbers = isinstance(numerator, Number) and isinstance(first, Number)
        return not both_numbers and (self.kind not in STOPS or self.kind == "open")

    def _list(self, left: Node, level: int, start: int) -> Node:
        """Read a list; punctuation at the end is no separator."""
        separator = {PHRASE: "", GIVEN: "|"}.get(level, self.token.text)
        items = [left]
        while self.level() == level:
            if level != PHRASE:
                if self._ends_here(self.token.text):
                    break
                self.take()
            items.append(self.expression(level + 1))
        return left if len(items) == 1 else self.located(List(separator, tuple(items)), start)

    def _slice(self, begin: Node | None, start: int) -> Node:
        self.take()
        stops = self.at_end() or (self.kind == "op" and self.token.text in ",;:")
        return self.located(Slice(begin, None if stops else self.expression(COLON + 1)), start)


def _unbraced(tree: Node) -> Node:
    """What is in braces that hold all there is."""
    if isinstance(tree, Group) and tree.opening == "{" and tree.body is not None:
        return tree.body
    return tree


def formula(text: str) -> Node:
    """The tree of a formula; see read_formula, which also tells of slips."""
    try:
        return read_formula(text).tree
    except (
        RecursionError
    ):  # pragma: no cover - the depth is bounded; this is for callers that are deep already
        raise LatexError("nested too deeply", 0) from None

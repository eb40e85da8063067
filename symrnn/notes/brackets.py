"""Reading what is in brackets, braces and environments."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from symrnn.notes import symbols
from symrnn.notes.cursor import Cursor
from symrnn.notes.formula import (
    BigOperator,
    Call,
    Differential,
    EvaluationBar,
    Group,
    Infix,
    List,
    Matrix,
    Name,
    Node,
    Slice,
    Text,
    Unary,
)
from symrnn.notes.latex import LatexError, Token

SOON = 12  # tokens


class Brackets(Cursor):
    """A cursor that reads brackets; what is in them is read by a subclass."""

    @abstractmethod
    def content(self) -> Node:
        """Read all up to the end of the brackets or the cell."""

    @abstractmethod
    def scripts(self) -> tuple[Node | None, Node | None, int]:
        """Read a subscript, a superscript and primes, in any order, each at most once."""

    @abstractmethod
    def scripted(self, node: Node, start: int, closed: bool = False) -> Node:
        """Read the scripts of a node."""

    @abstractmethod
    def atom(self) -> Node:
        """Read an operand without what hangs on it."""

    @contextmanager
    def region(self, bars: int = 0, angles: int = 0) -> Iterator[None]:
        """Inside brackets, where bars and angles of the outside close nothing."""
        before = self.bars, self.angles
        self.bars, self.angles = bars, angles
        try:
            yield
        finally:
            self.bars, self.angles = before

    # -- brackets

    def brackets(self) -> Node:
        """Read a bracket.  One that is never closed reaches to the end of what it stands in."""
        start, closed = self.token.start, self.partner[self.at] >= 0
        opening = self.take().text
        with self.region():
            body = None if self.kind == "close" else self.content()
        closing = symbols.PARTNERS.get(opening, opening)
        if self.kind == "close":
            kinds = {opening, self.token.text}
            if not kinds <= set("()[]") and "." not in kinds and self.token.text != closing:
                self.remark(self.token.start, f"{self.token.text} closes a {opening}")
            closing = self.take().text
        else:
            if closed:
                raise self.fail(closing)
            self.remark(start, f"{opening} is never closed")
        return self._bracketed(opening, body, closing, start)

    def _bracketed(self, opening: str, body: Node | None, closing: str, start: int) -> Node:
        if (opening, closing) == (".", "|") and body is not None:
            sub, sup, _ = self.scripts()
            return self.located(EvaluationBar(body, sub, sup), start)
        if (opening, closing) == (r"\{", ".") and isinstance(body, Matrix):
            return self.located(Matrix("cases", body.rows), start)
        if (opening, closing) == (".", "."):
            opening, closing = "{", "}"
        return self.located(Group(opening, body, closing), start)

    def braces(self) -> Node:
        """Read braces: they are seen in the tree only around what is not one factor."""
        start = self.take().start
        if self.kind == "}" and self.ahead(1) in ("_", "^"):
            self.take()
            return self._left_scripted(start)
        with self.region():
            body = self.content()
        self.expect("}", "}")
        if _is_closed(body):
            return self.located(replace(body, origin=None), start)
        return self.located(Group("{", body, "}"), start)

    def _left_scripted(self, start: int) -> Node:
        sub, sup, _ = self.scripts()
        inner = self.token.start
        name = self.scripted(self.atom(), inner, True)
        if not isinstance(name, Name):
            raise LatexError("found scripts before what is not a name", start, "a name")
        return self.located(replace(name, left_sub=sub, left_sup=sup, origin=None), start)

    def absolute(self) -> Node:
        """Read what is between two bars."""
        bar = self.take().text
        with self.region(bars=1):
            body = self.content()
        self.expect("bar", bar)
        return Group(bar, body, bar)

    def angle_closes(self) -> bool:
        """Whether the < that comes next is a bracket: whether its > comes soon."""
        for distance in range(1, SOON):
            if self.ahead(distance) == "op" and self.tokens[self.at + distance].text == ">":
                return True
            if self.ahead(distance) in ("", "}", "&", "row", "end"):
                return False
        return False

    def angled(self) -> Node:
        """Read what is between < and >."""
        start = self.take().start
        with self.region(angles=1):
            body = self.content()
        if self.kind != "op" or self.token.text != ">":
            raise self.fail(">")
        self.take()
        return self.located(Group("<", body, ">"), start)

    # -- environments

    def environment(self) -> Node:
        """Read an environment: a matrix, cases, or rows inside a formula."""
        start, name, closing = self.token.start, self.token.text, self.partner[self.at]
        if closing < 0 or self.tokens[closing].text != name:
            raise self.fail(f"\\end{{{name}}} after it")
        if name in symbols.TABLES:
            self.take()
            with self.region():
                rows = self.matrix_rows()
            self.expect("end", f"\\end{{{name}}}")
            return self.located(Matrix(name, rows), start)
        if name not in symbols.ALIGNED:
            raise LatexError(f"the environment {name} is not known", start)
        return self._in_line(start, closing)

    def _in_line(self, start: int, closing: int) -> Node:
        """An environment of rows inside a formula: its rows are one expression."""
        inside = type(self)(self.source, across_rows(self.tokens[self.at + 1 : closing]), self.depth)
        body = inside.content()
        if inside.kind:
            raise inside.fail("an operator")
        self.remarks += inside.remarks
        self.at, self.last_end = closing + 1, self.tokens[closing].end
        return self.located(Group("{", body, "}"), start)

    def matrix_rows(self) -> tuple[tuple[Node | None, ...], ...]:
        """Read cells up to the end of the environment."""
        rows: list[tuple[Node | None, ...]] = []
        cells: list[Node | None] = []
        while True:
            cells.append(None if self.at_end() else self.content())
            if self.kind == "&":
                self.take()
                continue
            if any(cells):
                rows.append(tuple(cells))
            cells = []
            if self.kind != "row":
                return tuple(rows)
            self.take()


def across_rows(tokens: Sequence[Token]) -> list[Token]:
    r"""The tokens without the breaks of rows and columns; ``\right.`` and ``\left.`` at a break go with them."""
    result: list[Token] = []
    inside: list[bool] = []  # for each environment and brace whether its rows are its own
    for token in tokens:
        if token.kind in ("begin", "{"):
            own = token.kind == "begin" or bool(result and result[-1].kind == "substack")
            inside.append(own or bool(inside and inside[-1]))
        elif token.kind in ("end", "}") and inside:
            inside.pop()
        if token.kind in ("&", "row") and not (inside and inside[-1]):
            continue
        half = token.kind == "open" and token.text == "." and result and result[-1].kind == "close"
        if half and result[-1].text == ".":
            result.pop()
        else:
            result.append(token)
    return result


def _is_closed(node: Node) -> bool:
    """Whether a node is one factor also without the braces around it."""
    if isinstance(node, Call):
        return isinstance(node.argument, Group)
    if isinstance(node, Differential):
        return node.body is not None
    return not isinstance(node, Infix | Unary | BigOperator | List | Slice | Text)

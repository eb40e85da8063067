"""Python's syntax tree, read as declarations and equations: a whitelist, and nothing is evaluated."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from typing import TypeGuard

from symrnn.errors import SymrnnError
from symrnn.reading.dimensions import ONE, Dimension, dimension_of
from symrnn.reading.terms import CLOCK_OF, CellEquation, Declaration, Index, Term, cut

MAX_LAG = 99
MAX_DIMENSION = 9_999
MAX_EXPONENT = 16

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}
_NUMBER = re.compile(r"(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?")
_LINES = "a line is an equation h[t] = ..., a shape h[t]: n, or output: o[t]"
_TERMS = "an equation has names, numbers, + - * / @ **, .T, [a, b], parentheses and calls of functions"
_TIMES = f"write t, t-1, t+1, 0, -1, T or T-1 (u, U on the other clock); a lag is at most {MAX_LAG}"
_SIZES = (
    f"a dimension is a name (not t, u, T, U: those are times), a number 1..{MAX_DIMENSION}, or a sum n + m"
)
_POWERS = (
    f"** takes a whole number 2..{MAX_EXPONENT}, or minus such a number or one; for others, sqrt and exp"
)


class Syntax:
    """One text on its way from Python's syntax tree to declarations and equations."""

    def __init__(self, code: str, filename: str, margin: int) -> None:
        self.declarations: list[Declaration] = []
        self.equations: list[CellEquation] = []
        self.output: Term | None = None
        self._code = code
        self._lines = code.split("\n")
        self._filename = filename
        self._margin = margin
        self._statement: ast.stmt | None = None

    def read(self) -> None:
        """Read every line of the text. Raises SymrnnError."""
        for statement in self._parsed().body:
            self._statement = statement
            match statement:
                case ast.AnnAssign(target=ast.Name(id="output"), annotation=quantity, value=None):
                    self._set_output(quantity)
                case ast.AnnAssign(target=target, annotation=annotation, value=None):
                    self.declarations.append(self._declaration(target, annotation))
                case ast.AnnAssign():
                    raise self._fail(statement, "a shape and an equation in one", "write two lines")
                case ast.Assign(targets=[target], value=value):
                    left, right = self._target(target), self._term(value)
                    self.equations.append(CellEquation(left, right, self._text(statement)))
                case _:
                    raise self._fail(statement, "not a line of a cell", _LINES)

    def _parsed(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of 1or 2, say: what is not in the language is told below
                return ast.parse(self._code)
        except SyntaxError as error:
            line, col = min(error.lineno or 1, len(self._lines)), max(1, error.offset or 1)
            written = self._lines[line - 1].strip()
            what = error.msg.removesuffix(". Perhaps you forgot a comma?")
            place = f"{self._filename}:{line}:{col + self._margin}"
            raise SymrnnError(f"{cut(written)}: {what}\n  {_syntax_remedy(written)}", place) from None
        except (RecursionError, MemoryError):
            message = "nested too deeply\n  give a part an equation of its own"
            raise SymrnnError(message, f"{self._filename}:1:1") from None

    def _text(self, node: ast.stmt | ast.expr) -> str:
        """A node as written, on one line."""
        lines = self._lines[node.lineno - 1 : node.end_lineno]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(" ".join(lines).split())

    def _fail(self, node: ast.stmt | ast.expr, what: str, remedy: str) -> SymrnnError:
        written = cut(self._text(self._statement or node))
        place = f"{self._filename}:{node.lineno}:{node.col_offset + 1 + self._margin}"
        return SymrnnError(f"{written}: {what}\n  {remedy}", place)

    def _make(
        self,
        node: ast.expr,
        kind: str,
        *parts: Term,
        name: str = "",
        index: Index | None = None,
        exponent: int = 0,
    ) -> Term:
        return Term(kind, self._text(node), node.lineno, node.col_offset + 1, parts, name, index, exponent)

    def _set_output(self, quantity: ast.expr) -> None:
        if self.output is not None:
            raise self._fail(quantity, "a second output", "a cell has one: stack them, o[t] = [a[t], b[t]]")
        self.output = self._target(quantity)
        index = self.output.index
        if index is not None and not (index.running and index.offset == 0):
            name = self.output.name
            raise self._fail(
                quantity, f"the output is {name} at one step", f"name it: o = {self.output.text}"
            )

    def _target(self, node: ast.expr) -> Term:
        if not isinstance(node, ast.Name | ast.Subscript):
            raise self._fail(node, f"{cut(self._text(node))} is not a name", _LINES)
        return self._quantity(node)

    def _declaration(self, target: ast.expr, annotation: ast.expr) -> Declaration:
        assert self._statement is not None
        quantity, written = self._target(target), self._text(self._statement)
        if quantity.index is not None and not (quantity.index.running and quantity.index.offset == 0):
            raise self._fail(target, "a shape holds at every step", f"write {quantity.name}[t]: ...")
        if not isinstance(annotation, ast.Tuple):
            return Declaration(quantity, (self._dimension(annotation), ONE), written)
        if len(annotation.elts) != 2:
            raise self._fail(annotation, f"{len(annotation.elts)} dimensions", "write (rows, columns)")
        rows, cols = (self._dimension(part) for part in annotation.elts)
        return Declaration(quantity, (rows, cols), written)

    def _dimension(self, node: ast.expr) -> Dimension:
        match node:
            case ast.Name(id=name) if name not in CLOCK_OF and not name.startswith("_"):
                return ((name, 1),)
            case ast.Constant(value=size) if type(size) is int and 0 < size <= MAX_DIMENSION:
                return (("", size),)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                counts = dict(self._dimension(left))
                for name, count in self._dimension(right):
                    counts[name] = counts.get(name, 0) + count
                return dimension_of(counts)
            case ast.BinOp(left=ast.Constant(value=times), op=ast.Mult(), right=ast.Name(id=name)) if (
                type(times) is int and 0 < times <= MAX_DIMENSION and name not in CLOCK_OF
            ):
                return ((name, times),)
        raise self._fail(node, f"{cut(self._text(node))} is not a dimension", _SIZES)

    def _quantity(self, node: ast.Name | ast.Subscript) -> Term:
        if isinstance(node, ast.Name):
            return self._make(node, "name", name=self._name(node))
        if not isinstance(node.value, ast.Name):
            raise self._fail(node, f"{cut(self._text(node.value))} has no index", "index a name: h[t-1]")
        return self._make(node, "name", name=self._name(node.value), index=self._index(node.slice))

    def _name(self, node: ast.Name) -> str:
        if node.id.startswith("_") or len(node.id) > 60:
            raise self._fail(node, f"{cut(node.id)} is not a name", "a name starts with a letter; 60 at most")
        if node.id in ("t", "T"):
            meaning = "a time index" if node.id == "t" else "the last step"
            remedy = "the number of steps is sum_t(1); for a quantity, choose another name"
            raise self._fail(node, f"{node.id} is {meaning}, not a quantity", remedy)
        return node.id

    def _index(self, node: ast.expr) -> Index:
        match node:
            case ast.Name(id=letter) if letter in CLOCK_OF:
                return Index(letter, 0)
            case ast.BinOp(left=ast.Name(id=letter), op=op, right=ast.Constant(value=lag)) if (
                letter in CLOCK_OF and isinstance(op, ast.Add | ast.Sub) and _is_lag(lag)
            ):
                return Index(letter, lag if isinstance(op, ast.Add) else -lag)
            case ast.Constant(value=zero) if type(zero) is int and zero == 0:
                return Index("", 0)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=lag)) if _is_lag(lag):
                return Index("", -lag)
        raise self._fail(node, f"[{cut(self._text(node))}] is not a time index", _TIMES)

    def _term(self, node: ast.expr) -> Term:
        """An expression, if all of it is in the language."""
        match node:
            case ast.Constant(value=int() | float()) if _NUMBER.fullmatch(self._text(node)):
                return self._make(node, "number")
            case ast.Name() | ast.Subscript():
                return self._quantity(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._make(node, "neg", self._term(operand))
            case ast.BinOp(left=base, op=ast.Pow(), right=right):
                return self._make(node, "**", self._term(base), exponent=self._exponent(right))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self._make(node, _OPERATORS[type(op)], self._term(left), self._term(right))
            case ast.Attribute(value=inner, attr="T"):
                return self._make(node, ".T", self._term(inner))
            case ast.List(elts=[_, *_] as blocks):
                return self._make(node, "stack", *(self._term(block) for block in blocks))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._make(node, "call", *(self._term(part) for part in arguments), name=name)
        raise self._fail(node, f"{cut(self._text(node))} is not in the language", _term_remedy(node))

    def _exponent(self, node: ast.expr) -> int:
        match node:
            case ast.Constant(value=number) if type(number) is int and 2 <= number <= MAX_EXPONENT:
                return number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=number)) if (
                type(number) is int and 1 <= number <= MAX_EXPONENT
            ):
                return -number
        raise self._fail(node, f"{cut(self._text(node))} is not an exponent", _POWERS)


def _is_lag(lag: object) -> TypeGuard[int]:
    return type(lag) is int and 0 < lag <= MAX_LAG


def _syntax_remedy(line: str) -> str:
    words = [word for word in re.findall(r"[A-Za-z_]\w*", line) if keyword.iskeyword(word)]
    if words:
        return f"{words[0]} is a word of Python's own: choose another name, {words[0]}_"
    if re.search(r"[\w\])] +[A-Za-z(\[]", line) or re.search(r"\d[A-Za-z(]", line):
        return "products are written out: W @ x[t] for matrices, a * b elementwise"
    return _LINES


def _term_remedy(node: ast.expr) -> str:
    match node:
        case ast.BinOp(op=ast.BitXor()):
            return "a power is written x ** 2"
        case ast.Attribute():
            return "nothing but .T, the transpose, follows a dot"
        case ast.Constant(value=int() | float()):
            return "numbers are written 2, 0.5 or 1e-3, with at most 30 digits and exponents to 99"
        case ast.UnaryOp(op=ast.UAdd()):
            return "leave the sign + out"
        case ast.Tuple():
            return "blocks above one another are written [a, b]"
        case ast.Call(keywords=[_, *_]):
            return "a function takes no named arguments"
    return _TERMS

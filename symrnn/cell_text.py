"""The text of a cell, read into declarations and equations: Python's syntax, a whitelist, nothing evaluated.

The limits are checked by one scan over the characters, before Python's own parser sees the text.
"""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from symrnn.dimensions import ONE, Dimension, Shape, dimension_of
from symrnn.errors import SymrnnError

MAX_FILE = 64_000
MAX_LINE = 2_000
MAX_NESTING = 40
MAX_OPERATORS = 300  # in one equation; also keeps every later recursion shallow
MAX_LAG = 99
MAX_DIMENSION = 9_999
EXPONENTS = range(2, 17)

CLOCK_OF = {"t": "t", "T": "t", "u": "u", "U": "u"}
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}
_NUMBER = re.compile(r"(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?")
_SHAPES_OF_STATEMENTS = "a line is an equation h[t] = ..., a shape h[t]: n, or output: o[t]"


@dataclass(frozen=True)
class Index:
    """A time index: letter t, u (running), T, U (the last step) or "" (a number), and what is added to it."""

    letter: str
    offset: int

    @property
    def running(self) -> bool:
        return self.letter in ("t", "u")

    def __str__(self) -> str:
        if not self.letter:
            return str(self.offset)
        return self.letter + (f"{self.offset:+d}" if self.offset else "")


@dataclass(frozen=True, eq=False)
class Term:
    """A part of an expression and where it is written.

    ``kind`` is number, name, neg, + - * / @, ** (``exponent``), .T, stack or call (``name`` is the function).
    """

    kind: str
    text: str
    line: int
    col: int
    parts: tuple[Term, ...] = ()
    name: str = ""
    index: Index | None = None
    exponent: int = 0

    def walk(self) -> Iterator[Term]:
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Declaration:
    """``x[t]: m`` or ``W: (n, 2)``."""

    target: Term
    shape: Shape


@dataclass(frozen=True)
class CellEquation:
    """``target = value``, as written in ``text``."""

    target: Term
    value: Term
    text: str


@dataclass(frozen=True)
class CellText:
    """What a cell's text says, in the author's order. ``own_lines`` counts the lines the author wrote."""

    title: str
    source: str
    declarations: tuple[Declaration, ...]
    equations: tuple[CellEquation, ...]
    output: Term | None
    filename: str
    text: str
    own_lines: int
    margin: int = 0

    def place(self, term: Term) -> str:
        """file:line:col; a line that was added for the loss has no line in the file."""
        if term.line > self.own_lines:
            return f"{self.filename} (line added for the loss)"
        return f"{self.filename}:{term.line}:{term.col + self.margin}"

    def equation_of(self, term: Term) -> str:
        """The equation (or declaration) that a term stands in, as written."""
        for equation in self.equations:
            if any(part is term for side in (equation.target, equation.value) for part in side.walk()):
                return equation.text
        return term.text

    def error(self, term: Term, what: str, *more: str) -> SymrnnError:
        """The error at a term: the equation as written, what is wrong, and indented lines with the remedy."""
        return SymrnnError("\n  ".join([f"{self.equation_of(term)}: {what}", *more]), self.place(term))


def decode(data: bytes, filename: str) -> str:
    """The text of a cell file."""
    if len(data) > MAX_FILE:
        raise _too_large(filename)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, col = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8 text\n  a cell is a text file of equations"
        raise SymrnnError(message, f"{filename}:{line}:{col}") from None


def parse(text: str, filename: str) -> CellText:
    """Read the text of a cell. Raises SymrnnError with the place of what is not in the language."""
    if len(text) > MAX_FILE:
        raise _too_large(filename)
    lines = re.sub(r"\r\n?", "\n", text).split("\n")
    written = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip(" ")) for line in written), default=0)
    lines = textwrap.dedent("\n".join(lines)).rstrip().split("\n")
    code = _scan(lines, filename, margin)
    comments = [line.strip()[1:].strip() for line in _leading_comments(lines)]
    source = next((c.split(":", 1)[1].strip() for c in comments if c.lower().startswith("source:")), "")
    title = next((c for c in comments if c and not c.lower().startswith("source:")), "")
    reader = _Reader(code, filename, margin)
    reader.read()
    return CellText(
        title=title,
        source=source,
        declarations=tuple(reader.declarations),
        equations=tuple(reader.equations),
        output=reader.output,
        filename=filename,
        text="\n".join([*lines, ""]),
        own_lines=len(lines),
        margin=margin,
    )


def _too_large(filename: str) -> SymrnnError:
    limit = f"{MAX_FILE // 1000} kB"
    return SymrnnError(f"more than {limit}\n  a cell is a few lines of equations; is this the right file?", f"{filename}:1:1")


def _leading_comments(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            return
        if line.strip():
            yield line


def _scan(lines: list[str], filename: str, margin: int) -> str:
    """The text without its comments, its limits checked: what is left is ASCII and shallow."""
    code: list[str] = []
    depth = operators = 0
    for number, line in enumerate(lines, 1):
        line = line.partition("#")[0].rstrip().expandtabs(1)
        code.append(line)

        def fail(col: int, what: str, remedy: str, number: int = number) -> SymrnnError:
            return SymrnnError(f"{what}\n  {remedy}", f"{filename}:{number}:{col + margin}")

        if len(line) > MAX_LINE:
            raise fail(MAX_LINE + 1, f"a line of {len(line)} characters", f"a line has at most {MAX_LINE}")
        operators = operators if depth else 0
        for col, char in enumerate(line, 1):
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth = max(0, depth - 1)
            elif char in "+-*/@~%&|^<>.,":
                operators += 1
            elif char in "\"'`\\":
                remedy = "an equation has names, numbers, + - * / @ **, .T, [a, b], parentheses and functions"
                raise fail(col, f"{char} has no meaning in a cell", remedy)
            elif not char.isascii() or not char.isprintable():
                shown = char if char.isprintable() else f"character U+{ord(char):04X}"
                raise fail(col, f"{shown} has no meaning in a cell", "names are ASCII: write alpha, not its sign")
            if depth > MAX_NESTING:
                raise fail(col, f"more than {MAX_NESTING} nested brackets", "give a part an equation of its own")
            if operators > MAX_OPERATORS:
                raise fail(
                    col, f"more than {MAX_OPERATORS} operators in an equation", "give a part an equation of its own"
                )
    return "\n".join(code)


class _Reader:
    """One text on its way from Python's syntax tree to declarations and equations."""

    def __init__(self, code: str, filename: str, margin: int) -> None:
        self.lines = code.split("\n")
        self.code = code
        self.filename = filename
        self.margin = margin
        self.declarations: list[Declaration] = []
        self.equations: list[CellEquation] = []
        self.output: Term | None = None
        self.statement: ast.stmt | None = None

    def read(self) -> None:
        for statement in self._syntax().body:
            self.statement = statement
            match statement:
                case ast.AnnAssign(target=ast.Name(id="output"), annotation=quantity, value=None):
                    self._output(quantity)
                case ast.AnnAssign(target=target, annotation=annotation, value=None):
                    self.declarations.append(self._declaration(target, annotation))
                case ast.Assign(targets=[target], value=value):
                    self.equations.append(
                        CellEquation(self._target(target), self.term(value), self.text(statement))
                    )
                case _:
                    raise self.fail(statement, "not a line of a cell", _SHAPES_OF_STATEMENTS)

    def _syntax(self) -> ast.Module:
        try:
            return ast.parse(self.code)
        except SyntaxError as error:
            line, col = error.lineno or 1, error.offset or 1
            written = self.lines[line - 1].strip() if line <= len(self.lines) else ""
            place = f"{self.filename}:{line}:{max(1, col) + self.margin}"
            what = error.msg.removesuffix(". Perhaps you forgot a comma?")
            raise SymrnnError(f"{_cut(written)}: {what}\n  {_syntax_remedy(written)}", place) from None
        except (RecursionError, MemoryError):
            message = "nested too deeply\n  give a part an equation of its own"
            raise SymrnnError(message, f"{self.filename}:1:1") from None

    def text(self, node: ast.AST) -> str:
        """A node as written, on one line."""
        first, last = node.lineno - 1, node.end_lineno - 1  # type: ignore[attr-defined]
        lines = self.lines[first : last + 1]
        lines[-1] = lines[-1][: node.end_col_offset]  # type: ignore[attr-defined]
        lines[0] = lines[0][node.col_offset :]  # type: ignore[attr-defined]
        return " ".join(" ".join(lines).split())

    def fail(self, node: ast.AST, what: str, remedy: str) -> SymrnnError:
        written = self.text(self.statement) if self.statement else self.text(node)
        place = f"{self.filename}:{node.lineno}:{node.col_offset + 1 + self.margin}"  # type: ignore[attr-defined]
        return SymrnnError(f"{_cut(written)}: {what}\n  {remedy}", place)

    def make(self, node: ast.AST, kind: str, *parts: Term, name: str = "", index: Index | None = None) -> Term:
        line, col = node.lineno, node.col_offset + 1  # type: ignore[attr-defined]
        return Term(kind, self.text(node), line, col, parts, name, index)

    def _output(self, quantity: ast.expr) -> None:
        if self.output is not None:
            raise self.fail(quantity, "a second output", "a cell has one: stack them as o[t] = [a[t], b[t]]")
        self.output = self._target(quantity)

    def _target(self, node: ast.expr) -> Term:
        if not isinstance(node, ast.Name | ast.Subscript):
            raise self.fail(node, f"{self.text(node)} is not a name", _SHAPES_OF_STATEMENTS)
        return self.quantity(node)

    def _declaration(self, target: ast.expr, annotation: ast.expr) -> Declaration:
        quantity = self._target(target)
        if quantity.index is not None and not (quantity.index.running and quantity.index.offset == 0):
            raise self.fail(target, "a shape holds at every step", f"write {quantity.name}[t]: ...")
        if isinstance(annotation, ast.Tuple):
            if len(annotation.elts) != 2:
                raise self.fail(annotation, f"{len(annotation.elts)} dimensions", "write (rows, columns)")
            rows, cols = (self._dimension(part) for part in annotation.elts)
            return Declaration(quantity, (rows, cols))
        return Declaration(quantity, (self._dimension(annotation), ONE))

    def _dimension(self, node: ast.expr) -> Dimension:
        counts: dict[str, int] = {}

        def add(part: ast.expr, times: int) -> None:
            match part:
                case ast.Name(id=name) if name not in CLOCK_OF:
                    counts[name] = counts.get(name, 0) + times
                case ast.Constant(value=int() as size) if type(size) is int and 0 < size <= MAX_DIMENSION:
                    counts[""] = counts.get("", 0) + times * size
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    add(left, times)
                    add(right, times)
                case ast.BinOp(left=ast.Constant(value=int() as size), op=ast.Mult(), right=right) if (
                    type(size) is int and 0 < size <= MAX_DIMENSION and times == 1
                ):
                    add(right, size)
                case _:
                    remedy = f"a dimension is a name, a number 1..{MAX_DIMENSION} or a sum n + m (t, u, T, U are times)"
                    raise self.fail(part, f"{self.text(part)} is not a dimension", remedy)

        add(node, 1)
        return dimension_of(counts)

    def quantity(self, node: ast.Name | ast.Subscript) -> Term:
        if isinstance(node, ast.Name):
            return self.make(node, "name", name=self._name(node))
        if not isinstance(node.value, ast.Name):
            raise self.fail(node, f"{self.text(node.value)} has no time index", "index a name: h[t-1]")
        return self.make(node, "name", name=self._name(node.value), index=self._index(node.slice))

    def _name(self, node: ast.Name) -> str:
        if node.id.startswith("_") or len(node.id) > 60:
            raise self.fail(node, f"{_cut(node.id)} is not a name", "a name starts with a letter")
        if node.id == "T":
            raise self.fail(node, "T is the number of steps, not a quantity", "in a formula, write sum_t(1) for it")
        return node.id

    def _index(self, node: ast.expr) -> Index:
        match node:
            case ast.Name(id=letter) if letter in CLOCK_OF:
                return Index(letter, 0)
            case ast.BinOp(left=ast.Name(id=letter), op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=int(lag))) if (
                letter in CLOCK_OF and type(lag) is int and lag <= MAX_LAG
            ):
                return Index(letter, lag if isinstance(op, ast.Add) else -lag)
            case ast.Constant(value=0):
                return Index("", 0)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(lag))) if lag <= MAX_LAG:
                return Index("", -lag)
        remedy = f"write t, t-1, t+1, 0, -1, T or T-1 (or with u and U); a lag is at most {MAX_LAG}"
        raise self.fail(node, f"[{_cut(self.text(node))}] is not a time index", remedy)

    def term(self, node: ast.expr) -> Term:
        """An expression, if all of it is in the language."""
        match node:
            case ast.Constant(value=int() | float()) if _NUMBER.fullmatch(self.text(node)):
                return self.make(node, "number")
            case ast.Name() | ast.Subscript():
                return self.quantity(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.make(node, "neg", self.term(operand))
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(node, left, right)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self.make(node, _OPERATORS[type(op)], self.term(left), self.term(right))
            case ast.Attribute(value=inner, attr="T"):
                return self.make(node, ".T", self.term(inner))
            case ast.List(elts=[_, *_] as blocks):
                return self.make(node, "stack", *(self.term(block) for block in blocks))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.make(node, "call", *(self.term(argument) for argument in arguments), name=name)
        raise self.fail(node, f"{_cut(self.text(node))} is not in the language", _expression_remedy(node))

    def _power(self, node: ast.expr, base: ast.expr, exponent: ast.expr) -> Term:
        sign = 1
        if isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub):
            sign, exponent = -1, exponent.operand
        number = exponent.value if isinstance(exponent, ast.Constant) else None
        if type(number) is not int or number not in (*EXPONENTS, -sign):
            remedy = f"** takes a whole number {EXPONENTS[0]}..{EXPONENTS[-1]}, or minus one; sqrt(x) and exp(x) are functions"
            raise self.fail(exponent, f"{_cut(self.text(exponent))} is not an exponent", remedy)
        term = self.make(node, "**", self.term(base))
        return Term(term.kind, term.text, term.line, term.col, term.parts, exponent=sign * number)


def _cut(text: str) -> str:
    return text if len(text) <= 120 else text[:100] + " ..."


def _syntax_remedy(line: str) -> str:
    words = [word for word in re.findall(r"[A-Za-z_]\w*", line) if keyword.iskeyword(word)]
    if words:
        return f"{words[0]} is a word of Python's own: choose another name, {words[0]}_"
    if re.search(r"[\w\])] +[A-Za-z(\[]", line) or re.search(r"\d[A-Za-z(]", line):
        return "products are written out: W @ x[t] for matrices, a * b elementwise"
    return _SHAPES_OF_STATEMENTS


def _expression_remedy(node: ast.expr) -> str:
    match node:
        case ast.BinOp(op=ast.BitXor()):
            return "a power is written x ** 2"
        case ast.Attribute(attr=name):
            near = get_close_matches(name, ["T", "t", "transpose"], 1)
            return "the transpose is written x.T" if near else "nothing but .T follows a dot"
        case ast.Constant(value=int() | float()):
            return "numbers are written 2, 0.5 or 1e-3, with at most 30 digits and exponents to 99"
        case ast.UnaryOp(op=ast.UAdd()):
            return "leave the sign + out"
    return "an equation has names, numbers, + - * / @ **, .T, [a, b], parentheses and calls of functions"

"""From the terms of a cell and their shapes to equations between SymPy nodes, in the author's order.

Pre-activations get equations of their own: the argument of a function, unless it is short (see ``_is_short``),
is named a_f[t] in front of the equation of f[t], as the courses write it, and so are the chains derived from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Expr, Integer, Lambda, Rational

from symrnn.equations import Equation
from symrnn.expressions import (
    CLOCKS,
    LENGTHS,
    Fill,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Scale,
    Softmax,
    Variable,
    apply,
    diag,
    dimension,
    fill,
    hadamard,
    inner,
    leaves,
    over,
    plus,
    product,
    scale,
    stack,
    total,
    transposed,
)
from symrnn.functions import RECIPROCAL, power
from symrnn.reading.dimensions import Dimension, Shape
from symrnn.reading.terms import CLOCK_OF, SUMS, CellEquation, CellText, Index, Term

MEASURES = ("square", "sqrt", "abs")
"""Functions that measure rather than activate: what they are taken of keeps its place, like that of ``**``."""


def build(cell: CellText, shapes: Mapping[str, Shape], functions: Mapping[str, Lambda]) -> tuple[Equation, ...]:
    """The equations of a checked cell, each after those of its pre-activations."""
    builder = _Builder(shapes, functions)
    return tuple(e for equation in cell.equations for e in builder.equations(equation))


def variable(term: Term, shapes: Mapping[str, Shape]) -> Variable:
    """The leaf for a quantity as written, h[t-1]."""
    rows, cols = (_size(d) for d in shapes[term.name])
    if term.index is None:
        return Variable(term.name, rows, cols)
    return Variable(term.name, rows, cols, _clock(term.index), term.index.offset)


def _size(d: Dimension) -> Expr:
    return sum((count * (dimension(name) if name else 1) for name, count in d), Integer(0))


def _clock(index: Index) -> Expr:
    if not index.letter:
        return Integer(0)
    clock = CLOCKS[CLOCK_OF[index.letter]]
    return clock if index.running else LENGTHS[clock]


class _Builder:
    def __init__(self, shapes: Mapping[str, Shape], functions: Mapping[str, Lambda]) -> None:
        self.shapes = shapes
        self.functions = functions
        self.named: dict[str, tuple[Expr, Expr]] = {}
        self.target: Variable
        self.before: list[Equation] = []
        self.summed: Expr | None = None

    def equations(self, equation: CellEquation) -> Iterator[Equation]:
        self.target, self.before, self.summed = variable(equation.target, self.shapes), [], None
        value = self.node(equation.value)
        yield from self.before
        yield Equation(self.target, value if isinstance(value, Node) else fill(value, self.target.shape))

    def node(self, term: Term) -> Node | Expr:
        """The node of an expression, or a SymPy number."""
        if term.kind == "number":
            return Rational(term.text)
        if term.kind == "name":
            return variable(term, self.shapes)
        if term.name in ("sum_t", "sum_u"):
            return self.over(term)
        parts = [self.node(part) for part in term.parts]
        if term.kind == "call":
            return self.call(term, parts)
        if not any(isinstance(part, Node) for part in parts):
            return _number(term, parts)
        match term.kind, parts:
            case "neg", [x]:
                return scale(-1, x)
            case "+" | "-", [x, y]:
                x, y = _fitted(x, y)
                return plus(x, y if term.kind == "+" else scale(-1, y))
            case "*", [x, y]:
                return _times(x, y)
            case "/", [x, y]:
                return _times(x, self.reciprocal(y)) if isinstance(y, Node) else scale(1 / y, x)
            case "**", [x]:
                return self.raised(x, term.exponent)
            case "@", [x, y]:
                return product(x, y)
            case ".T", [x]:
                return transposed(x)
        return stack(*parts)

    def over(self, term: Term) -> Node | Expr:
        """The sum over the steps of a clock; of a number, so many times the number of steps."""
        clock = CLOCKS[term.name[-1]]
        outside, self.summed = self.summed, clock
        summand = self.node(term.parts[0])
        self.summed = outside
        return over(summand, clock) if isinstance(summand, Node) else LENGTHS[clock] * summand

    def call(self, term: Term, parts: list[Node | Expr]) -> Node | Expr:
        match term.name, parts:
            case "softmax", [x]:
                return Softmax(self.argument(x))
            case "sum", [x]:
                return total(x)
            case "dot", [x, y]:
                return inner(x, y)
            case "outer", [x, y]:
                return product(x, transposed(y))
            case "diag", [x]:
                return diag(x)
        function = self.functions[term.name]
        if not any(isinstance(part, Node) for part in parts):
            return function(*parts)
        if term.name in MEASURES:
            return apply(function, *(self.measured(part) for part in parts))
        return apply(function, *(self.argument(part) for part in _fitted(*parts)))

    def reciprocal(self, x: Node) -> Node:
        return apply(RECIPROCAL, self.measured(x))

    def raised(self, x: Node, exponent: int) -> Node:
        if exponent < 0:
            return self.reciprocal(x if exponent == -1 else apply(power(-exponent), self.measured(x)))
        return apply(power(exponent), self.measured(x))

    def measured(self, x: Node) -> Node:
        """The argument of a measure: named only where it is more than entries put together."""
        return x if _is_entrywise(x) else self.argument(x)

    def argument(self, x: Node) -> Node:
        """The argument of a function: itself if it is short, else its name, whose equation goes in front."""
        if _is_short(x):
            return x
        at = self.target
        clocks = {leaf.clock for leaf in leaves(x)}
        if self.summed is not None and self.summed in clocks:
            if at.clock in clocks:
                return x  # it changes with both clocks, and a name has one
            at = Variable("", 1, 1, self.summed)
        leaf = self.fresh(at, x)
        self.before.append(Equation(leaf, x))
        return leaf

    def fresh(self, at: Leaf, x: Node) -> Variable:
        """a_f[t], or the next of a_f_2[t], ... that is free; a_f[0] beside a_f[t] if the shapes agree."""
        taken = {equation.lhs for equation in self.before}
        number = 1
        while True:
            name = f"a_{self.target.name}" + (f"_{number}" if number > 1 else "")
            leaf = Variable(name, *x.shape) if at.clock is None else Variable(name, *x.shape, at.clock, at.offset)
            if name not in self.shapes and leaf not in taken and self.named.setdefault(name, x.shape) == x.shape:
                return leaf
            number += 1


def _number(term: Term, parts: list[Expr]) -> Expr:
    match term.kind, parts:
        case "neg", [x]:
            return -x
        case "+", [x, y]:
            return x + y
        case "-", [x, y]:
            return x - y
        case "*", [x, y]:
            return x * y
        case "/", [x, y]:
            return x / y
    return parts[0] ** term.exponent


def _fitted(*parts: Node | Expr) -> list[Node]:
    """Numbers spread to the shape of the node beside them."""
    shape = next(part.shape for part in parts if isinstance(part, Node))
    return [part if isinstance(part, Node) else fill(part, shape) for part in parts]


def _times(x: Node | Expr, y: Node | Expr) -> Node:
    """x * y: elementwise, or by a scalar on either side."""
    if not isinstance(x, Node) or (x.shape == (1, 1) and isinstance(y, Node) and y.shape != (1, 1)):
        return scale(x, y)
    if not isinstance(y, Node) or (y.shape == (1, 1) and x.shape != (1, 1)):
        return scale(y, x)
    return hadamard(x, y)


def _is_short(x: Node) -> bool:
    """Whether an argument is a leaf times and plus numbers, such as 1 - z: too short for a name of its own."""
    if isinstance(x, Plus):
        return sum(not isinstance(term, Fill) for term in x.operands) == 1 and all(map(_is_short, x.operands))
    if isinstance(x, Scale):
        return not isinstance(x.args[0], Node) and _is_short(x.args[1])
    return isinstance(x, Leaf | Fill)


def _is_entrywise(x: Node) -> bool:
    """Whether an expression is made of sums and elementwise products of leaves and numbers."""
    if isinstance(x, Plus | Hadamard | Scale):
        return all(map(_is_entrywise, x.operands))
    return isinstance(x, Leaf | Fill)

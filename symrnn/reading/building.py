"""From the terms of a cell and their shapes to equations between SymPy nodes, in the author's order.

Pre-activations get names.  What a function is taken of gets an equation of its own in front, a_f[t] = ... for
f[t] = sigmoid(...), as the courses write it, unless it is

- a leaf times and plus numbers, such as 1 - yhat[t], or dot(y[t], yhat[t]) of two leaves, or
- the argument of a measure (``**``, a divisor, square, sqrt, abs) and made entry by entry of leaves and
  numbers, such as (yhat[t] - y[t]) ** 2, or
- inside a sum over the steps of one clock while it depends on the other too: a name has one index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import Expr, I, Integer, Lambda, Rational, nan, oo, zoo

from symrnn.equations import Equation
from symrnn.expressions import (
    CLOCKS,
    LENGTHS,
    Fill,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Product,
    Scale,
    Softmax,
    Transposed,
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
    vanishes,
)
from symrnn.expressions import Shape as Sizes
from symrnn.functions import RECIPROCAL, power
from symrnn.reading.dimensions import Dimension, Shape
from symrnn.reading.terms import CLOCK_OF, SUMS, CellEquation, CellText, Index, Term, cut

MEASURES = ("square", "sqrt", "abs")

_MAX_BITS = 2_000  # of a number written as a power
_MAX_ARGUMENT = 100  # of a function of a number: exp(exp(100)) has no value that a computer could hold


def build(
    cell: CellText, shapes: Mapping[str, Shape], functions: Mapping[str, Lambda]
) -> tuple[Equation, ...]:
    """The equations of a checked cell, each after those of its pre-activations."""
    builder = _Builder(cell, shapes, functions)
    return tuple(e for equation in cell.equations for e in builder.equations(equation))


def variable(term: Term, shapes: Mapping[str, Shape]) -> Variable:
    """The leaf for a quantity as written, h[t-1]."""
    rows, cols = (_size(dimension) for dimension in shapes[term.name])
    if term.index is None:
        return Variable(term.name, rows, cols)
    return Variable(term.name, rows, cols, _clock(term.index), term.index.offset)


def _size(counts: Dimension) -> Expr:
    return sum((count * (dimension(name) if name else 1) for name, count in counts), Integer(0))


def _clock(index: Index) -> Expr:
    if not index.letter:
        return Integer(0)
    clock = CLOCKS[CLOCK_OF[index.letter]]
    return clock if index.running else LENGTHS[clock]


class _Builder:
    def __init__(self, cell: CellText, shapes: Mapping[str, Shape], functions: Mapping[str, Lambda]) -> None:
        self.cell = cell
        self.shapes = shapes
        self.functions = functions
        self.named: dict[str, Sizes] = {}
        self.target: Variable
        self.before: list[Equation] = []
        self.summed: Expr | None = None

    def equations(self, equation: CellEquation) -> Iterator[Equation]:
        self.target, self.before = variable(equation.target, self.shapes), []
        value = self.node(equation.value)
        yield from self.before
        yield Equation(self.target, _spread(value, self.target.shape))

    def node(self, term: Term) -> Node | Expr:
        """The node of an expression; a SymPy number for what has no quantity in it."""
        if term.kind == "number":
            return Rational(term.text)
        if term.kind == "name":
            return variable(term, self.shapes)
        if term.name in SUMS:
            return self.over_steps(term)
        parts = [self.node(part) for part in term.parts]
        if not any(isinstance(part, Node) for part in parts):
            return self.number(term, parts)
        node = self.call(term, parts) if term.kind == "call" else self.operation(term, parts)
        if vanishes(node):
            raise self.cell.error(
                term, f"{cut(term.text)} is zero", "leave it out: what is in it has no effect"
            )
        return node

    def operation(self, term: Term, parts: list[Any]) -> Node:
        match term.kind, parts:
            case "neg", [x]:
                return scale(-1, x)
            case "+", _:
                return plus(*_fitted(parts))
            case "-", _:
                x, y = _fitted(parts)
                return plus(x, scale(-1, y))
            case "*", [x, y]:
                return _times(x, y)
            case "/", [x, y] if isinstance(y, Node):
                return _times(x, self.reciprocal(y))
            case "/", [x, y]:
                return scale(1 / self.checked(term, y, divisor=True), x)
            case "**", [x] if term.exponent > 0:
                return apply(power(term.exponent), self.measured(x))
            case "**", [x]:
                return self.reciprocal(
                    x if term.exponent == -1 else apply(power(-term.exponent), self.measured(x))
                )
            case "@", [x, y]:
                return product(x, y)
            case ".T", [x]:
                return transposed(x)
        return stack(*parts)

    def call(self, term: Term, parts: list[Any]) -> Node:
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
        named = self.measured if term.name in MEASURES else self.argument
        return apply(self.functions[term.name], *(named(part) for part in _fitted(parts)))

    def over_steps(self, term: Term) -> Node | Expr:
        """The sum over the steps of a clock; of a number, so many times the number of steps."""
        clock = CLOCKS[SUMS[term.name]]
        self.summed = clock
        summand = self.node(term.parts[0])
        self.summed = None
        return over(summand, clock) if isinstance(summand, Node) else LENGTHS[clock] * summand

    def number(self, term: Term, parts: list[Expr]) -> Expr:
        """Arithmetic on numbers, kept small and exact."""
        x, y = parts[0], parts[-1]
        match term.kind:
            case "neg":
                value = -x
            case "+":
                value = x + y
            case "-":
                value = x - y
            case "*":
                value = x * y
            case "/":
                value = x / self.checked(term, y, divisor=True)
            case "**":
                value = self.checked(term, x, divisor=term.exponent < 0) ** term.exponent
            case _:
                value = self.functions[term.name](*(self.checked(term, p, argument=True) for p in parts))
        return self.checked(term, value)

    def checked(self, term: Term, value: Expr, *, divisor: bool = False, argument: bool = False) -> Expr:
        """A number that is finite, real and not too long; as a function's argument also a small fraction."""
        wrong, remedy = "", "write the number itself"
        if (divisor and value == 0) or value.has(nan, oo, zoo, I):
            wrong, remedy = "has no value", "a divisor is not zero, and every number is real"
        elif value.is_Rational and max(abs(value.p), value.q).bit_length() > _MAX_BITS:
            wrong = "is too long a number"
        elif argument and not (value.is_Rational and abs(value) <= _MAX_ARGUMENT):
            wrong = f"is a function of a number that is not a fraction of size {_MAX_ARGUMENT} at most"
        if wrong:
            raise self.cell.error(term, f"{term.text} {wrong}", remedy)
        return value

    def reciprocal(self, x: Node) -> Node:
        return apply(RECIPROCAL, self.measured(x))

    def measured(self, x: Node) -> Node:
        """The argument of a measure."""
        return x if _is_entrywise(x) else self.argument(x)

    def argument(self, x: Node) -> Node:
        """The argument of a function: itself where it keeps its place, else its new name."""
        at: Leaf = self.target
        clocks = {leaf.clock for leaf in leaves(x)}
        if self.summed is not None and self.summed in clocks:
            if self.target.clock in clocks - {None}:
                return x
            at = Variable("step", 1, 1, self.summed)
        if _is_short(x):
            return x
        leaf = self.fresh(at, x)
        self.before.append(Equation(leaf, x))
        return leaf

    def fresh(self, at: Leaf, x: Node) -> Variable:
        """a_f[t], or a_f_2[t] ...: the first that is free; a_f[0] goes with a_f[t] if shapes agree."""
        taken = {equation.lhs for equation in self.before}
        number = 1
        while True:
            name = f"a_{self.target.name}" + (f"_{number}" if number > 1 else "")
            time = () if at.clock is None else (at.clock, at.offset)
            leaf = Variable(name, *x.shape, *time)
            free = name not in self.shapes and leaf not in taken
            if free and self.named.setdefault(name, x.shape) == x.shape:
                return leaf
            number += 1


def _spread(value: Node | Expr, shape: Sizes) -> Node:
    return value if isinstance(value, Node) else fill(value, shape)


def _fitted(parts: list[Any]) -> list[Node]:
    """Numbers spread to the shape of the node beside them."""
    shape = next(part.shape for part in parts if isinstance(part, Node))
    return [_spread(part, shape) for part in parts]


def _times(x: Any, y: Any) -> Node:
    """x * y: entry by entry, or by a number or a (1, 1) node on either side."""
    if not isinstance(x, Node):
        return scale(x, y)
    if not isinstance(y, Node) or (y.shape == (1, 1) and x.shape != (1, 1)):
        return scale(y, x)
    return scale(x, y) if x.shape == (1, 1) and y.shape != (1, 1) else hadamard(x, y)


def _is_short(x: Node) -> bool:
    """Whether an expression is a leaf times and plus numbers (1 - z), or a^T b of two leaves."""
    if isinstance(x, Plus):
        varying = [term for term in x.operands if not isinstance(term, Fill)]
        return len(varying) == 1 and _is_short(varying[0])
    if isinstance(x, Scale):
        return not isinstance(x.args[0], Node) and _is_short(x.args[1])
    if isinstance(x, Product) and x.shape == (1, 1):
        return [type(factor) for factor in x.operands] == [Transposed, Variable]
    return isinstance(x, Leaf | Fill)


def _is_entrywise(x: Node) -> bool:
    """Whether an expression is made of sums and elementwise products of leaves and numbers."""
    if isinstance(x, Plus | Hadamard | Scale):
        return all(map(_is_entrywise, x.operands))
    return isinstance(x, Leaf | Fill)

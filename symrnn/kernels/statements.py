"""The statements of the forward and the backward pass, loop by loop."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator

from sympy import Expr

from symrnn.equations import Equation
from symrnn.expressions import (
    LENGTHS,
    Leaf,
    Node,
    Over,
    Plus,
    Product,
    Rows,
    Scale,
    Softmax,
    Stack,
    Transposed,
    apply,
    leaves,
    plus,
    product,
    rebuilt,
    transposed,
)
from symrnn.functions import FUNCTIONS
from symrnn.kernels.code import Place, _atom
from symrnn.kernels.places import AllSteps, Arrays
from symrnn.kernels.system import clock_of
from symrnn.logarithms import LogLikelihood, LogSoftmax, Posterior
from symrnn.naming import Names
from symrnn.render import text
from symrnn.schedule import Loop

INDENT = "    "
WIDTH = 110  # of a line with its comment


class Statements(ABC):
    """The lines of code that compute the equations of a system."""

    def __init__(self, arrays: Arrays, names: Names) -> None:
        self.arrays = arrays
        self.names = names
        self.system = arrays.system

    @abstractmethod
    def loop(self, loop: Loop) -> Iterator[str]:
        """The lines of one loop, or of what is computed for all steps at once."""

    def line(self, code: str, equation: Equation, indent: str = "") -> Iterator[str]:
        """A statement with the equation it computes: behind it, or above it where the two are long."""
        said = f"# {self.said(equation)}"
        if len(indent) + len(code) + len(said) > WIDTH:
            yield f"{indent}{said}"
            yield f"{indent}{code}"
        else:
            yield f"{indent}{code}  {said}"

    def said(self, equation: Equation) -> str:
        """An equation as a comment."""
        return f"{text(equation.lhs, self.names)} = {text(_written(equation.rhs), self.names)}"

    def shape(self, leaf: Leaf, clock: Expr) -> str:
        """The code of the shape of the array of a quantity of the steps."""
        room = self.arrays.storage.rooms[leaf.base]
        extra = room.before + room.after
        steps = f"{LENGTHS[clock]} + {extra}" if extra else str(LENGTHS[clock])
        tail = leaf.shape[:1] if leaf.shape[1] == 1 else leaf.shape
        return f"({steps}, {self.arrays.batch}, {', '.join(map(self.arrays.text, tail))})"

    def edges(self, leaf: Leaf, clock: Expr) -> Iterator[str]:
        """What stands before the first step and after the last, put into its place."""
        storage, name = self.arrays.storage, self.arrays.whole(leaf)
        room = storage.rooms[leaf.base]
        for edge in storage.boundary.get(leaf.base, ()):
            inside = (
                -room.before < edge.offset <= room.after if edge.clock != 0 else -room.before < edge.offset
            )
            if not inside:
                continue
            start = self.arrays.identifiers.at_boundary(edge)
            if edge.clock == 0:
                yield f"{name}[{room.before + edge.offset - 1}] = {start}"
            else:
                yield f"{name}[{LENGTHS[clock]} + {room.before + edge.offset - 1}] = {start}"

    def place(self, clock: Expr | None) -> Place:
        """How code names the quantities of all steps."""
        return AllSteps(self.arrays, clock)

    def total(self, node: Node, place: Place) -> str:
        """The code of the sum of an expression over the batch, in the two axes of what is shared."""
        if self.system.is_shared(node):
            return place.code.matrix(node)
        if isinstance(node, Plus):
            return " + ".join(self.total(x, place) for x in node.operands)
        if isinstance(node, Scale) and not isinstance(node.args[0], Node) and not node.args[0].free_symbols:
            return f"{_atom(self.arrays.number(node.args[0]))} * {_atom(self.total(node.args[1], place))}"
        if isinstance(node, Transposed):
            return f"{_atom(self.total(node.operands[0], place))}.T"
        if isinstance(node, Stack):
            return f"np.concatenate([{', '.join(self.total(x, place) for x in node.operands)}])"
        if isinstance(node, Rows):
            return f"{_atom(self.total(node.operands[0], place))}[{place.code._range(node)}]"
        clock = node.index if isinstance(node, Over) else None
        inside = node.operands[0] if isinstance(node, Over) else node
        here = self.place(clock)
        axes = "(0, 1)" if clock is not None else "0"
        if inside.shape[1] == 1 and clock is not None and any(clock_of(x) for x in leaves(inside)):
            column = None if isinstance(inside, Product) else self.rows(inside, here)
            if column is not None:
                return f"{self.column_sums(column, clock)}[:, None]"
        if isinstance(inside, Product) and len(inside.operands) == 2:
            left, right = inside.operands
            outer = (
                left.shape[1] == 1 and not self.system.is_shared(left) and not self.system.is_shared(right)
            )
            if outer and (isinstance(right, Transposed) or right.shape == (1, 1)):
                row = right.operands[0] if isinstance(right, Transposed) else right
                return self.outer(left, row, here)
        code = here.code.of(inside)
        return f"np.sum({code}, {axes})" + ("[:, None]" if node.shape[1] == 1 else "")

    def column_sums(self, rows: str, clock: Expr) -> str:
        """The code of the sums of the columns of a matrix that has a row for every step and sequence."""
        return f"np.add.reduce({rows}, 0)"

    def outer(self, left: Node, right: Node, place: Place) -> str:
        """The code of the sum of left right^T over all steps and sequences, one matrix product."""
        timed = [any(clock_of(x) for x in leaves(node)) for node in (left, right)]
        rows = self.rows if all(timed) else self.over_time
        # with the wide one on the right: OpenBLAS takes half the time for a left one with gaps between its rows
        return self.times(left, right).format(f"{_atom(rows(right, place))}.T", rows(left, place)) + ".T"

    def times(self, left: Node, right: Node) -> str:
        """The code of the product of two matrices that have a row for every step and sequence."""
        return "np.dot({}, {})"

    def over_time(self, node: Node, place: Place) -> str:
        """A column summed over the steps, where its partner is the same at each of them."""
        timed = any(clock_of(x) for x in leaves(node))
        return f"np.sum({place.code.of(node)}, 0)" if timed else place.code.atom(node)

    def rows(self, node: Node, place: Place) -> str:
        """The columns of all steps and sequences as the rows of one matrix."""
        code = place.code.atom(node)
        return code if place.clock is None else f"{code}.reshape(-1, {self.arrays.text(node.shape[0])})"


def _written(node: Node) -> Node:
    """An expression as the notes write it: log(softmax(o)), however it is computed."""
    if isinstance(node, Leaf):
        return node
    args = [_written(a) if isinstance(a, Node) else a for a in node.args]
    if isinstance(node, LogSoftmax):
        return apply(FUNCTIONS["log"], Softmax(*args))
    if isinstance(node, LogLikelihood):
        return apply(FUNCTIONS["log"], product(transposed(args[0]), Softmax(args[1])))
    if isinstance(node, Posterior):
        return Softmax(plus(args[1], apply(FUNCTIONS["log"], args[0])))
    return rebuilt(node, args)


def uncommented(line: str) -> str:
    """A line without what it says of itself."""
    return line.partition("# ")[0]


def words_of(text: str) -> set[str]:
    """The names in some code."""
    return set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text))

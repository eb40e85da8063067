"""Expressions as statements that write their values into arrays: one NumPy call a line, nothing allocated."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from sympy import Expr

from symrnn.expressions import (
    Apply,
    Fill,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Product,
    Rows,
    Scale,
    Stack,
    Total,
    Transposed,
    leaves,
)
from symrnn.functions import FUNCTIONS, RECIPROCAL, power
from symrnn.kernels.code import _atom
from symrnn.kernels.places import CONSTANTS, is_number
from symrnn.kernels.system import clock_of
from symrnn.kernels.terms import summed
from symrnn.kernels.views import Through, Views

NUMPY_WORDS = ("np", "ascontiguousarray", "full", "concatenate")
# The functions that a module imports by name: a call of np.add takes a fifth longer than one of add.
UFUNCS = (
    *("absolute", "add", "divide", "exp", "log", "matmul", "maximum", "multiply", "negative"),
    *("sqrt", "subtract", "tanh", "vdot"),
)
# One of them each, which may write over what it reads.
CALLS = {
    FUNCTIONS["tanh"]: "tanh({0}, {out})",
    FUNCTIONS["exp"]: "exp({0}, {out})",
    FUNCTIONS["log"]: "log({0}, {out})",
    FUNCTIONS["relu"]: "maximum({0}, {zero}, out={out})",
    FUNCTIONS["abs"]: "absolute({0}, {out})",
    FUNCTIONS["sqrt"]: "sqrt({0}, {out})",
    FUNCTIONS["square"]: "multiply({0}, {0}, {out})",
    power(2): "multiply({0}, {0}, {out})",
    RECIPROCAL: "divide({one}, {0}, {out})",
}
SIGMOID = (
    "multiply({0}, {half}, {out})",
    "tanh({out}, {out})",
    "multiply({out}, {half}, {out})",
    "add({out}, {half}, {out})",
)


@dataclass
class Writer:
    """The statements of one stage; ``temporaries`` are the arrays they need, ``prepared`` what they share."""

    views: Views
    clock: Expr | None
    temporaries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    prepared: dict[str, str] = field(default_factory=dict)
    turned: dict[Leaf, str] = field(default_factory=dict)
    flat_of: dict[str, str] = field(default_factory=dict)
    without_gaps: set[str] = field(default_factory=set)
    unit: Expr | None = None  # the height of the blocks that are written now

    def __post_init__(self) -> None:
        self.code = Through(self.views, self.clock).code
        self.free: dict[tuple[str, ...], list[str]] = {}

    # ----------------------------------------------------------------------------------------- what is read

    def simple(self, node: Node) -> str | None:
        """The code of an operand that needs no statement of its own, or None."""
        if self.code.shared(node):
            code = self.code.broadcast(node)
            if isinstance(node, Fill) or is_number(code):
                return self.views.arrays.constant(code)
            return self.prepare(code, "row")
        if self.unit is not None and isinstance(node, Leaf | Rows):
            leaf, *cut = (node.operands[0], *node.args[1:]) if isinstance(node, Rows) else (node,)
            return self.views.blocks(leaf, self.unit, *cut)
        if isinstance(node, Leaf):
            return self.code.place.leaf(node)
        if isinstance(node, Rows) and self.column(node.operands[0]):
            return self.views.column(node.operands[0], node.args[1], node.args[2])
        return None

    def column(self, node: Node) -> bool:
        """Whether a node is a column of the steps."""
        return isinstance(node, Leaf) and clock_of(node) is not None and node.shape[1] == 1

    def prepare(self, code: str, wish: str) -> str:
        """A name for what is the same at every step."""
        if code.isidentifier():
            return code
        if code not in self.prepared:
            stem = next(
                (word for word in re.findall(r"[A-Za-z_]\w*", code) if word not in NUMPY_WORDS), "shared"
            )
            self.prepared[code] = self.views.arrays.identifiers.fresh(f"{stem}_{wish}")
        return self.prepared[code]

    def temporary(self, like: Node) -> str:
        """An array of the shape of an expression at a step, or at all steps."""
        tail = like.shape[:1] if like.shape[1] == 1 else like.shape
        shape = tuple(self.views.arrays.text(d) for d in tail)
        if self.free.setdefault(shape, []):
            return self.free[shape].pop()
        name = self.views.arrays.identifiers.fresh("part")
        self.temporaries[name] = shape
        if self.views.chunk and not self.views.loop.direction:
            self.views.made[name] = f"{name}_room[:stop - start]"
        return name

    def release(self, name: str) -> None:
        """Let others use a temporary array."""
        if name in self.temporaries:
            self.free[self.temporaries[name]].append(name)

    # -------------------------------------------------------------------------------------- what is written

    def into(self, out: str, node: Node) -> Iterator[str]:
        """The statements that write an expression into an array that no operand shares memory with."""
        simple = self.simple(node)
        if simple is not None:
            if simple != out:
                yield f"{out}[...] = {simple}"
        elif isinstance(node, Plus):
            yield from self.plus(out, node.operands)
        elif isinstance(node, Hadamard):
            yield from self.hadamard(out, node.operands)
        elif isinstance(node, Scale) and not isinstance(node.args[0], Node):
            yield from self.scaled(out, node)
        elif isinstance(node, Apply) and (node.function in CALLS or node.function == FUNCTIONS["sigmoid"]):
            operand = yield from self.operand(node.operands[0], out)
            lines = SIGMOID if node.function == FUNCTIONS["sigmoid"] else (CALLS[node.function],)
            for line in lines:
                named = {w: self.views.arrays.constant(n) for n, w in CONSTANTS.items() if f"{{{w}}}" in line}
                yield line.format(operand, out=out, **named)
        elif self.is_product(node):
            yield from self.product(out, node)
        elif isinstance(node, Total) and self.picks(node):
            target, inner = map(self.code.place.leaf, summed(node))  # type: ignore[arg-type]
            yield f"picked_into({target}, {inner}, {out})"
        elif isinstance(node, Total) and node.operands[0].shape[1] == 1:
            operand = yield from self.operand(node.operands[0], None)
            yield f"add.reduce({operand}, -1, None, {out}, True)"
            self.release(operand)
        else:
            yield f"{out}[...] = {self.code.of(node)}"

    def operand(self, node: Node, out: str | None) -> Generator[str, None, str]:
        """The statements that compute an operand, into ``out`` where it may be written; its code is returned."""
        simple = self.simple(node)
        if simple is not None:
            return simple
        gaps = self.is_product(node) and out not in self.without_gaps and out not in self.temporaries
        target = self.temporary(node) if out is None or gaps else out
        yield from self.into(target, node)
        return target

    def plus(self, out: str, terms: Sequence[Node]) -> Iterator[str]:
        """A sum: products first, for they cannot be added to what is there."""
        signed = [(-1, t.args[1]) if isinstance(t, Scale) and t.args[0] == -1 else (1, t) for t in terms]
        hard = [pair for pair in signed if self.simple(pair[1]) is None]
        easy = [pair for pair in signed if self.simple(pair[1]) is not None]
        if hard:
            place = next((i for i, (sign, _) in enumerate(hard) if sign > 0), 0)
            hard.insert(0, hard.pop(place))
        ordered = hard + easy
        if not hard:
            ordered.sort(key=lambda pair: -pair[0])
        (sign, first), *rest = ordered
        left = yield from self.operand(first, out)
        for other_sign, term in rest:
            right = yield from self.operand(term, None)
            if sign < 0 and other_sign > 0:
                yield f"subtract({right}, {left}, {out})"
                sign = 1
            else:
                yield f"{self.sum_of(sign == other_sign, term)}({left}, {right}, {out})"
            self.release(right)
            left = out
        if sign < 0:
            yield f"negative({left}, {out})"

    def picks(self, node: Node) -> bool:
        """Whether a sum is that of a target, which may be classes, times a quantity."""
        pair = summed(node)
        return pair is not None and pair[0].base in self.views.arrays.classes

    def sum_of(self, plus: bool, term: Node) -> str:
        """The function that adds a term, or takes it away."""
        if isinstance(term, Leaf) and term.base in self.views.arrays.classes:
            return "less_target"
        return "add" if plus else "subtract"

    def hadamard(self, out: str, factors: Sequence[Node]) -> Iterator[str]:
        """An elementwise product."""
        ordered = sorted(factors, key=lambda f: self.simple(f) is not None)
        left = yield from self.operand(ordered[0], out)
        for factor in ordered[1:]:
            right = yield from self.operand(factor, None)
            yield f"multiply({left}, {right}, {out})"
            self.release(right)
            left = out

    def scaled(self, out: str, node: Scale) -> Iterator[str]:
        """A number times an expression."""
        factor, inside = node.args
        operand = yield from self.operand(inside, out)
        if factor == -1:
            yield f"negative({operand}, {out})"
        else:
            number = self.views.arrays.constant(self.code.place.number(factor))
            yield f"multiply({operand}, {_atom(number)}, {out})"

    # ------------------------------------------------------------------------------------------- products

    def is_product(self, node: Node) -> bool:
        """Whether a node is a shared matrix times a column that has a batch axis."""
        if not isinstance(node, Product) or len(node.operands) != 2:
            return False
        left, right = node.operands
        return self.code.shared(left) and not self.code.shared(right) and right.shape[1] == 1

    def product(self, out: str, node: Node) -> Iterator[str]:
        """x @ W.T into an array."""
        weight, operand = node.operands
        inner = weight.operands[0] if isinstance(weight, Transposed) else weight
        matrix = (
            self.code.matrix(inner)
            if isinstance(weight, Transposed)
            else f"{_atom(self.code.matrix(inner))}.T"
        )
        if self.views.loop.direction:
            matrix = self.within_loop(inner, isinstance(weight, Transposed))
            right = yield from self.operand(operand, None)
            whole = out in self.without_gaps or out in self.temporaries
            yield f"{right}.dot({matrix}, {out})" if whole else f"matmul({right}, {matrix}, {out})"
            self.release(right)
        elif not any(clock_of(x) for x in leaves(operand)):
            yield f"{out}[...] = {self.code.of(node)}"
        elif out in self.flat_of or out in self.temporaries:
            right, temporary = yield from self.flat(operand)
            height = self.views.arrays.text(node.shape[0])
            flat_out = self.flat_of.get(out) or f"{out}.reshape(-1, {height})"
            matrix = self.prepare(matrix, "turned") if isinstance(inner, Leaf) else _atom(matrix)
            yield f"{right}.dot({matrix}, {flat_out})"
            self.release(temporary)
        else:
            right = yield from self.operand(operand, None)
            yield f"matmul({right}, {_atom(matrix)}, {out})"
            self.release(right)

    def within_loop(self, inner: Node, as_it_is: bool) -> str:
        """A matrix for the products of a loop, without gaps: as it is, or transposed."""
        code = self.code.matrix(inner)
        if isinstance(inner, Leaf):
            if not as_it_is:
                self.turned.setdefault(inner, self.views.arrays.identifiers.fresh(f"{code}_turned"))
            return code if as_it_is else self.turned[inner]
        code = code if as_it_is else f"{_atom(code)}.T"
        return self.prepare(f"np.ascontiguousarray({code})", "turned" if ".T" in code else "packed")

    def flat(self, operand: Node) -> Generator[str, None, tuple[str, str]]:
        """An operand with all steps and sequences as the rows of a matrix, and the array it is in."""
        if self.column(operand):
            return self.views.flat(operand), ""
        if isinstance(operand, Rows) and self.column(operand.operands[0]):
            return self.views.flat(operand.operands[0], operand.args[1], operand.args[2]), ""
        name = yield from self.operand(operand, None)
        return f"{name}.reshape(-1, {self.views.arrays.text(operand.shape[0])})", name


def repeats(node: Node) -> Leaf | None:
    """The column that a stack repeats."""
    if not isinstance(node, Stack):
        return None
    first, *rest = node.operands
    return first if isinstance(first, Leaf) and all(x == first for x in rest) else None

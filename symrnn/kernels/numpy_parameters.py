"""The statements of a NumPy kernel outside the steps: parameters put together, halved, turned, and gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sympy import Expr, S

from symrnn.equations import Equation
from symrnn.expressions import Leaf, Node, Product, Rows, Stack, leaves
from symrnn.kernels.code import Place
from symrnn.kernels.layout import Layout
from symrnn.kernels.packing import Packing, multiplied, number, plain
from symrnn.kernels.places import AllSteps, Arrays
from symrnn.kernels.statements import Statements
from symrnn.kernels.views import Through, Views
from symrnn.naming import Names
from symrnn.schedule import Loop


@dataclass
class Kept:
    """What a call finds ready: arrays by name with their shapes, views of them, and the steps of the loops.

    ``pieces`` are arrays for some of the steps, by name of their number, with the sizes of a step: those of one
    loop are side by side in the memory that all loops use in turn.
    """

    arrays: dict[str, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, dict[str, Sequence[str]]] = field(default_factory=dict)

    @property
    def pieces_by_name(self) -> dict[str, str]:
        """The code of the pieces: each begins where the one before it ends."""
        found = {}
        for most, own in self.pieces.items():
            first = "0"
            for name, sizes in own.items():
                found[name] = f"piece(cached, {first}, ({most}, {', '.join(sizes)}))"
                whole = f"{most} * {' * '.join(map(_factor, sizes))}"
                first = whole if first == "0" else f"{first} + {whole}"
        return found

    @property
    def cached(self) -> str:
        """The code of the memory of the pieces."""
        sums = [
            f"{most} * ({' + '.join(' * '.join(map(_factor, sizes)) for sizes in own.values())})"
            for most, own in self.pieces.items()
        ]
        whole = f"max({', '.join(sums)})" if len(sums) > 1 else "".join(sums)
        return f"np.empty({whole}, dtype)"


class ParameterStatements(Statements):
    """The lines of code of equations outside time, or at a fixed time."""

    def __init__(self, arrays: Arrays, names: Names, layout: Layout, packing: Packing) -> None:
        super().__init__(arrays, names)
        self.layout = layout
        self.packing = packing
        self.kept = Kept()
        self.views = Views(arrays, layout, Loop((), None, 0), self.kept.views)
        self.packed: set[str] = set()
        self.halved = {e.lhs: e for e in self.system if e.lhs in packing.copies and self.in_loops(e.lhs)}
        self.first_pass = {e.lhs for e in self.system.passes[0]}

    def turned(self, leaf: Leaf, name: str) -> Iterator[str]:
        """A parameter transposed, for the products of a loop; its rows are multiplied on the way, where they are."""
        height, width = map(self.arrays.text, leaf.shape)
        self.kept.arrays[name] = f"room_for_factor({width}, {height}, {self.arrays.batch}, dtype)"
        if leaf not in self.halved:
            yield f"{name}[...] = {self.arrays.whole(leaf)}.T"
            return
        factors = self.arrays.identifiers.fresh("factors")
        parts = ((number(x) or 1, self.arrays.text(x.shape[0])) for x in self.halved[leaf].rhs.operands)
        codes = (f"np.full({size}, {self.arrays.number(S(factor))}, dtype)" for factor, size in parts)
        self.kept.arrays[factors] = f"np.concatenate([{', '.join(codes)}])"
        base = self.arrays.whole(self.packing.copies[leaf])
        yield from self.line(f"multiply({base}.T, {factors}, {name})", self.halved[leaf])

    def in_loops(self, leaf: Leaf) -> bool:
        """Whether a matrix is read by the products of loops alone."""
        readers = [e for e in self.system if leaf in set(leaves(e.rhs))]
        return all(e.lhs.base in self.system.recurrent and _multiplies(e.rhs, leaf) for e in readers)

    def timeless(self, equation: Equation, loop: Loop) -> Iterator[str]:
        """An equation outside time, or at a fixed time."""
        self.views = Views(self.arrays, self.layout, loop, self.kept.views)
        place = self.place(None)
        lhs, rhs = equation.lhs, equation.rhs
        name = AllSteps(self.arrays, None).fixed(lhs)
        if self.system.is_shared(lhs):
            code = place.code.matrix(rhs) if self.system.is_shared(rhs) else self.total(rhs, place)
        else:
            code = place.code.of(rhs)
        if lhs in self.system.wanted and (
            isinstance(rhs, Leaf) or (isinstance(rhs, Rows) and not self.system.is_shared(lhs))
        ):
            code = f"{code}.copy()"
        yield from (f"{name} = {code}" for name, code in self.views.here.items())
        if lhs not in self.first_pass or lhs == self.system.model.loss:
            yield from self.line(f"{name} = {code}", equation)
            return
        tail = lhs.shape if self.system.is_shared(lhs) or lhs.shape[1] != 1 else lhs.shape[:1]
        sizes = [*([] if self.system.is_shared(lhs) else [self.arrays.batch]), *map(self.arrays.text, tail)]
        self.kept.arrays[name] = f"np.empty(({', '.join(sizes)}), dtype)"
        if isinstance(rhs, Stack) and self.system.is_shared(lhs):
            yield from self.side_by_side(name, rhs, equation)
        else:
            yield from self.line(f"{name}[...] = {code}", equation)

    def side_by_side(self, name: str, rhs: Stack, equation: Equation) -> Iterator[str]:
        """Parameters above one another; those with one factor are multiplied together."""
        if equation.lhs in self.packing.joined:
            del self.kept.arrays[name]
            yield f"# {self.said(equation)}"
        elif equation.lhs in self.halved:
            del self.kept.arrays[name]
            return
        elif equation.lhs in self.packing.copies:
            base = self.arrays.whole(self.packing.copies[equation.lhs])
            yield from self.line(f"{name}[...] = {base}", equation)
        else:
            parts = ", ".join(map(self.place(None).code.matrix, map(plain, rhs.operands)))
            yield from self.line(f"np.concatenate([{parts}], 0, {name})", equation)
        for first, last, factor in multiplied(rhs):
            low, high = self.arrays.text(first), self.arrays.text(last)
            some = f"{name}[{low if low != '0' else ''}:{high}]"
            view = self.arrays.identifiers.fresh(f"{name}_from_{low.replace('*', '')}")
            self.kept.views[view] = some
            yield f"multiply({view}, {self.arrays.constant(self.arrays.number(factor))}, {view})"

    def place(self, clock: Expr | None) -> Place:
        """How code names the quantities."""
        return Through(self.views, clock)


def _factor(size: str) -> str:
    """The code of a size as a factor."""
    return f"({size})" if " " in size else size


def _multiplies(node: Node, leaf: Leaf) -> bool:
    """Whether a matrix stands in an expression as the left factor of products alone, as it is."""
    if node == leaf:
        return False
    if isinstance(node, Product) and node.operands[0] == leaf and len(node.operands) == 2:
        return _multiplies(node.operands[1], leaf)
    return all(_multiplies(x, leaf) for x in node.operands)

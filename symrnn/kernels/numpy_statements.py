"""The statements of a NumPy kernel: every result is written into an array that is kept from call to call."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr

from symrnn.equations import Equation
from symrnn.expressions import LENGTHS, Hadamard, Leaf, Node, Rows, Softmax, Stack, leaves, same
from symrnn.kernels.code import Place
from symrnn.kernels.into import Writer, repeats
from symrnn.kernels.layout import Layout
from symrnn.kernels.numpy_loops import LoopStatements
from symrnn.kernels.packing import Packing
from symrnn.kernels.passes.joining import bounds
from symrnn.kernels.places import AllSteps, Arrays
from symrnn.kernels.statements import WIDTH
from symrnn.kernels.system import clock_of
from symrnn.kernels.targets import CrossEntropy, cross_entropies
from symrnn.kernels.terms import are_twins
from symrnn.logarithms import LogSoftmax
from symrnn.naming import Names
from symrnn.schedule import Loop


class NumpyStatements(LoopStatements):
    """The lines of code that compute the equations of a system, writing into arrays."""

    def __init__(self, arrays: Arrays, names: Names, layout: Layout, packing: Packing) -> None:
        super().__init__(arrays, names, layout, packing)
        self.done: set[Equation] = set()
        self.entropies = {e.softmax: e for e in cross_entropies(layout)}
        with_softmax = {x for e in self.entropies.values() for x in (e.logarithm, e.entropy)}
        self.later = with_softmax | self.chunks.equations

    def loop(self, loop: Loop) -> Iterator[str]:
        """The lines of one loop, or of what is computed for all steps at once."""
        if loop.direction:
            yield from self.in_turn(loop)
            return
        for equation in loop.equations:
            if equation in self.done or equation in self.later:
                continue
            if clock_of(equation.lhs) is None:
                yield from self.timeless(equation, loop)
            else:
                yield from self.all_steps(equation, loop)

    def all_steps(self, equation: Equation, loop: Loop) -> Iterator[str]:
        """One equation for all steps at once."""
        yield from self.array(equation.lhs)
        writer = self.writer(loop, clock_of(equation.lhs))
        if isinstance(equation.rhs, Softmax | LogSoftmax):
            lines = list(self.softmax(equation, writer))
        else:
            lines = list(self.said_lines(equation, writer))
        yield from self.keep(writer)
        yield from lines

    def said_lines(self, equation: Equation, writer: Writer) -> Iterator[str]:
        """The statements of an equation, the first with what they compute."""
        lines = list(self.lines(equation, writer))
        said = f"# {self.said(equation)}"
        if lines and len(lines[0]) + len(said) + 6 <= WIDTH:
            lines[0] += f"  {said}"
        elif lines:
            yield said
        yield from lines

    def lines(self, equation: Equation, writer: Writer) -> Iterator[str]:
        """The statements of an equation; none where it says where something is kept."""
        lhs, rhs = equation.lhs, equation.rhs
        views = writer.views
        if (
            isinstance(rhs, Rows)
            and lhs.base in self.layout.parts
            and self.layout.parts[lhs.base].of == rhs.operands[0]
        ):
            return
        if isinstance(rhs, Stack) and repeats(rhs) is None:
            for leaf, (low, high) in zip(rhs.operands, bounds(rhs.operands), strict=True):
                part = self.layout.parts.get(leaf.base) if isinstance(leaf, Leaf) else None
                if part is None or (part.of, part.low) != (lhs, low):
                    yield from writer.into(views.column(lhs, low, high), leaf)
            return
        if isinstance(rhs, Hadamard) and len(rhs.operands) == 2 and repeats(rhs.operands[1]) is not None:
            yield from self.by_blocks(lhs, rhs, writer)
            return
        unit = self.arrays.blocked.get(self.layout.place(lhs).of.base)
        if unit is not None and not same(lhs.shape[0], unit):
            writer.unit = unit
            yield from writer.into(str(views.blocks(lhs, unit)), rhs)
            writer.unit = None
            return
        out = views.column(lhs)
        if self.layout.whole(lhs):
            writer.without_gaps.add(out)
            if not views.loop.direction:
                writer.flat_of[out] = views.flat(lhs)
        yield from writer.into(out, rhs)

    def by_blocks(self, lhs: Leaf, rhs: Node, writer: Writer) -> Iterator[str]:
        """A wide quantity times one column for each of its blocks: one multiplication."""
        wide, stack = rhs.operands
        column = repeats(stack)
        assert column is not None
        inner, cut = (wide.operands[0], wide.args[1:]) if isinstance(wide, Rows) else (wide, (None, None))
        views, unit = writer.views, column.shape[0]
        out, factor = views.blocks(lhs, unit), views.blocks(inner, unit, *cut)
        if out is not None and factor is not None:
            yield f"multiply({factor}, {views.repeated(column)}, {out})"
            return
        for low, high in bounds(stack.operands):
            first = low + cut[0] if cut[0] is not None else low
            part = views.column(inner, first, first + high - low)
            yield f"multiply({part}, {views.column(column)}, {views.column(lhs, low, high)})"

    def softmax(self, equation: Equation, writer: Writer) -> Iterator[str]:
        """A softmax and its logarithm, where both are needed, from one exponential."""
        if equation in self.entropies:
            yield from self.cross_entropy(self.entropies[equation], writer)
            return
        logits = writer.simple(equation.rhs.operands[0]) or writer.code.of(equation.rhs.operands[0])
        out = writer.views.column(equation.lhs)
        twin = next((e for e in self.system if are_twins(e.rhs, equation.rhs)), None)
        if twin is not None:
            self.done.add(twin)
            yield from self.array(twin.lhs)
            for one in (equation, twin):
                yield f"# {self.said(one)}"
            first, second = (equation, twin) if isinstance(equation.rhs, Softmax) else (twin, equation)
            yield f"softmax_into({logits}, {writer.views.column(first.lhs)}, {writer.views.column(second.lhs)})"
            return
        yield f"{out}[...] = {'log_' * isinstance(equation.rhs, LogSoftmax)}softmax({logits})"

    def cross_entropy(self, found: CrossEntropy, writer: Writer) -> Iterator[str]:
        """A softmax and the loss that is made of its logarithm."""
        own = (found.softmax, found.logarithm, found.entropy, found.loss)
        self.done |= set(own)
        yield from (f"# {self.said(one)}" for one in own)
        logits, views = found.softmax.rhs.operands[0], writer.views
        room = self.arrays.identifiers.fresh("room")
        ones, height = self.ones(clock_of(logits)), self.arrays.text(logits.shape[0])
        self.kept.arrays[room] = f"room_for_sums({ones}, {height})"
        operands = (views.flat(logits), views.column(found.target), views.flat(found.softmax.lhs), room)
        loss = AllSteps(self.arrays, None).fixed(found.loss.lhs)
        yield f"{loss} = cross_entropy_into({', '.join(operands)})"

    def times(self, left: Node, right: Node) -> str:
        """The code of a product: dot copies a matrix with gaps between its rows, matmul does not."""
        gaps = any(
            isinstance(x, Rows) or (isinstance(x, Leaf) and not self.layout.whole(x)) for x in (left, right)
        )
        return "matmul({}, {})" if gaps else "{}.dot({})"

    def column_sums(self, rows: str, clock: Expr) -> str:
        """The sums of the columns of a matrix: a product with ones takes half the time of a sum."""
        return f"{self.ones(clock)}.dot({rows})"

    def ones(self, clock: Expr) -> str:
        """The name of a one for every step and sequence."""
        self.kept.arrays[f"ones_{clock}"] = f"np.ones({LENGTHS[clock]} * {self.arrays.batch}, dtype)"
        return f"ones_{clock}"

    def rows(self, node: Node, place: Place) -> str:
        """The columns of all steps and sequences as the rows of one matrix."""
        if isinstance(node, Leaf) and clock_of(node) and node.shape[1] == 1:
            return self.views.flat(node)
        if isinstance(node, Rows) and isinstance(node.operands[0], Leaf) and clock_of(node.operands[0]):
            return self.views.flat(node.operands[0], node.args[1], node.args[2])
        code = place.code.atom(node)
        timed = any(clock_of(x) for x in leaves(node))
        return f"{code}.reshape(-1, {self.arrays.text(node.shape[0])})" if timed else code

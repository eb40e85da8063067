"""Which quantities share one array, and which need no array of all steps.

A part of a wide quantity, f of the gates, is a view of it; the parts of a stack are written where the stack is, so
that putting them together costs nothing.  What only one loop reads, at the same step or at the next one, is kept
for one step alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, S

from symrnn.equations import Base, Equation
from symrnn.expressions import LENGTHS, Hadamard, Leaf, Node, Plus, Rows, Softmax, Stack, leaves, same
from symrnn.kernels.passes.joining import bounds
from symrnn.kernels.storage import Storage
from symrnn.kernels.system import System, clock_of
from symrnn.kernels.terms import are_twins, taken_away
from symrnn.schedule import Loop


@dataclass(frozen=True)
class Part:
    """Where a quantity is kept: rows low..high of another one."""

    of: Leaf
    low: Expr
    high: Expr


@dataclass(frozen=True)
class Layout:
    """The arrays of a system."""

    system: System
    storage: Storage
    padded: bool

    @cached_property
    def parts(self) -> Mapping[Base, Part]:
        """Base of a quantity that is kept in another -> the place there."""
        found: dict[Base, Part] = {}
        for equation in self.system:
            rhs = equation.rhs
            if isinstance(rhs, Rows) and self._own(equation.lhs) and self._own(rhs.operands[0]):
                found[equation.lhs.base] = Part(rhs.operands[0], rhs.args[1], rhs.args[2])
        for equation in self.system:
            rhs = equation.rhs
            if isinstance(rhs, Stack) and self._own(equation.lhs):
                for leaf, (low, high) in zip(rhs.operands, bounds(rhs.operands), strict=True):
                    if self._own(leaf) and leaf.base not in found and rhs.operands.count(leaf) == 1:
                        found[leaf.base] = Part(equation.lhs, low, high)
        found.update(self._in_place(found))
        found.update(self._written_over(found))
        found.update(self._over_what_arrives(found))
        return found

    def _over_what_arrives(self, known: Mapping[Base, Part]) -> Iterator[tuple[Base, Part]]:
        """Where a sum is written over what arrives from the other step: it alone reads that, and before it is anew."""
        inside = {part.of.base for part in known.values()}
        for loop in (loop for _, loop in self.stages if loop.direction):
            order = {e.lhs.base: place for place, e in enumerate(loop.equations)}
            for equation in loop.equations:
                lhs, terms = equation.lhs, equation.rhs.operands
                if (
                    not isinstance(equation.rhs, Plus)
                    or not self._own(lhs)
                    or lhs.base in known.keys() | inside
                ):
                    continue
                for leaf in terms:
                    arrives = isinstance(leaf, Leaf) and leaf.offset == -loop.direction and leaf.base in order
                    if not arrives or leaf.base in known.keys() | inside or leaf.shape != lhs.shape:
                        continue
                    alone = [e for e in self.system if _reads(e.rhs, leaf)] == [equation]
                    readers = [e for e in self.system if _reads(e.rhs, lhs)]
                    sooner = all(order.get(e.lhs.base, len(order)) < order[leaf.base] for e in readers)
                    if (
                        alone
                        and sooner
                        and list(terms).count(leaf) == 1
                        and leaf.base not in self.storage.boundary
                    ):
                        yield lhs.base, Part(leaf.at(loop.clock, 0), S.Zero, leaf.shape[0])
                        break

    def _written_over(self, known: Mapping[Base, Part]) -> Iterator[tuple[Base, Part]]:
        """Where p - y is written over p: nobody reads p any more, and both have arrays to themselves."""
        inside = {part.of.base for part in known.values()}
        fixed = set(known)
        order = [e for _, loop in self.stages for e in loop.equations]
        for place, equation in enumerate(order):
            lhs = equation.lhs
            if lhs.base in self.system.recurrent or not self._own(lhs) or lhs.base in fixed:
                continue
            later = [e for e in order[place + 1 :] if not are_twins(e.rhs, equation.rhs)]
            for leaf in _overwritable(equation.rhs):
                alone = self._own(leaf) and leaf.base not in fixed and leaf.base not in inside
                if alone and leaf.shape == lhs.shape and not any(_reads(e.rhs, leaf) for e in later):
                    yield lhs.base, Part(leaf, S.Zero, leaf.shape[0])
                    break

    def whole(self, leaf: Leaf) -> bool:
        """Whether a column takes all of the array that it is kept in."""
        part = self.place(leaf)
        return leaf.shape[1] == 1 and part.low == 0 and same(part.high, part.of.shape[0])

    def _in_place(self, known: Mapping[Base, Part]) -> Iterator[tuple[Base, Part]]:
        """Where what is made of rows of a wide quantity, elementwise, is written over them: nobody else reads them."""
        reads = [(e, x) for e in self.system for x in _rows(e.rhs)]
        for equation in self.system:
            own = list(_rows(equation.rhs))
            elementwise = isinstance(equation.rhs, Plus) and len(own) == len(list(leaves(equation.rhs))) == 1
            if not elementwise or not self._own(equation.lhs) or equation.lhs.base in known:
                continue
            leaf, low, high = own[0]
            loops = self.system.recurrent
            same_loop = loops.get(leaf.base) is not None and loops.get(leaf.base) == loops.get(
                equation.lhs.base
            )
            others = [x for e, x in reads if x[0].base == leaf.base and e is not equation]
            if same_loop and self._own(leaf) and all(_apart((low, high), x[1:]) for x in others):
                yield equation.lhs.base, Part(leaf, low, high)

    def _own(self, node: Node) -> bool:
        """Whether a node is a column that the kernel computes at every step, used at its own step alone."""
        if not isinstance(node, Leaf) or node.base not in self.system.bound or node.shape[1] != 1:
            return False
        if not clock_of(node) or node.offset or node in self.system.wanted:
            return False
        return node.base not in self._moved

    @cached_property
    def _moved(self) -> set[Base]:
        """What is used at another step than its own, or at a fixed time."""
        return {
            x.base
            for e in self.system
            for x in (e.lhs, *leaves(e.rhs))
            if x.clock is not None and (x.offset or not clock_of(x))
        }

    def place(self, leaf: Leaf) -> Part:
        """The array that a quantity is kept in, and the rows of it."""
        part = Part(leaf.at(clock_of(leaf), 0) if clock_of(leaf) else leaf, S.Zero, leaf.shape[0])
        while part.of.base in self.parts:
            outer = self.parts[part.of.base]
            part = Part(outer.of, outer.low + part.low, outer.low + part.high)
        return part

    @cached_property
    def replacing(self) -> Mapping[Base, Base]:
        """What is written over another quantity: base -> base."""
        known = {b: p for b, p in self.parts.items() if b not in self.system.recurrent}
        bound = self.system.bound
        elementwise = {b: p for b, p in known.items() if not isinstance(bound[b].rhs, Rows)}
        whole = {b: p.of.base for b, p in elementwise.items() if self.whole(bound[b].lhs)}
        return {b: over for b, over in whole.items() if any(x.base == over for x in leaves(bound[b].rhs))}

    @cached_property
    def replaced(self) -> frozenset[Base]:
        """What is written over by another quantity."""
        return frozenset(self.replacing.values())

    @cached_property
    def stages(self) -> list[tuple[int, Loop]]:
        """Every loop of both passes with its number."""
        return list(enumerate(loop for part in self.system.loops for loop in part))

    @cached_property
    def scratch(self) -> Mapping[Base, int]:
        """Base of an array that holds one step alone -> the number of its loop."""
        home = {e.lhs.base: i for i, loop in self.stages if loop.direction for e in loop.equations}
        uses = list(self._uses())
        roots: dict[Base, list[Base]] = {}
        for base in home:
            roots.setdefault(self.place(self.system.bound[base].lhs).of.base, []).append(base)
        found = {}
        for root, members in roots.items():
            whole = root in home and all(b in members for b in self._within(root))
            if whole and all(self._for_one_step(base, home, uses) for base in members):
                found[root] = home[root]
        return found

    def _within(self, root: Base) -> Iterator[Base]:
        """The bases of all that is kept in an array."""
        for base in self.parts:
            if self.place(self.system.bound[base].lhs).of.base == root:
                yield base

    def _uses(self) -> Iterator[tuple[Leaf, int, int, Equation]]:
        for number, loop in self.stages:
            for place, equation in enumerate(loop.equations):
                for leaf in leaves(equation.rhs):
                    yield leaf, number, place, equation

    def _for_one_step(
        self, base: Base, home: Mapping[Base, int], uses: list[tuple[Leaf, int, int, Equation]]
    ) -> bool:
        """Whether nobody reads a quantity but its loop, at the same step or, before it is computed anew, the next."""
        number = home[base]
        loop = self.stages[number][1]
        written = next(i for i, e in enumerate(loop.equations) if e.lhs.base == base)
        if base in self.storage.boundary or any(x.base == base for x in self.system.wanted):
            return False
        for leaf, where, place, _ in uses:
            if leaf.base != base:
                continue
            if where != number:
                last = S.Zero if loop.direction < 0 else LENGTHS[loop.clock]
                at_the_end = leaf.clock == last and leaf.offset == (1 if loop.direction < 0 else 0)
                if not at_the_end or (self.padded and loop.direction > 0):
                    return False
            elif leaf.offset not in (0, -loop.direction) or (leaf.offset and place >= written):
                return False
        return True


def _rows(node: Node) -> Iterator[tuple[Leaf, Expr, Expr]]:
    """The quantities of an expression, with the rows that are read of them."""
    if isinstance(node, Leaf):
        yield node, S.Zero, node.shape[0]
    elif isinstance(node, Rows) and isinstance(node.operands[0], Leaf):
        yield node.operands[0], node.args[1], node.args[2]
    else:
        for operand in node.operands:
            yield from _rows(operand)


def _overwritable(node: Node) -> Iterator[Leaf]:
    """The operands that the one call of a sum or a product of two, or of a softmax, may write over."""
    two = isinstance(node, Plus | Hadamard) and len(node.operands) == 2
    terms = [x.args[1] if taken_away(x) is not None else x for x in node.operands]
    if (two and all(isinstance(x, Leaf) for x in terms) and len(set(terms)) == 2) or isinstance(
        node, Softmax
    ):
        yield from (x for x in node.operands if isinstance(x, Leaf))


def _reads(node: Node, leaf: Leaf) -> bool:
    return any(x.base == leaf.base for x in leaves(node))


def _apart(a: tuple[Expr, Expr], b: tuple[Expr, Expr]) -> bool:
    """Whether two ranges of rows are beside each other."""
    return (
        any(same(x, y) for x, y in ((a[1], b[0]), (b[1], a[0]))) or _before(a[1], b[0]) or _before(b[1], a[0])
    )


def _before(a: Expr, b: Expr) -> bool:
    """Whether one dimension is below another, whatever their sizes."""
    return all(c > 0 for c in (b - a).expand().as_coefficients_dict().values())

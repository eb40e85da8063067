"""From a derivation to the system of equations that a kernel computes.

The terms of a backward equation that come from another step are named, one name for those of one lag: the future
of h[t] is what arrives there from step t+1.  It is zero where there is no such step, which is all that the first
step of the backward loop has to know; and it is where truncation cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sympy import Expr, S

from symrnn.equations import Base, Equation, Model, Term, is_fixed
from symrnn.errors import SymrnnError
from symrnn.expressions import (
    LENGTHS,
    Adjoint,
    Blocks,
    Call,
    Chain,
    Leaf,
    Node,
    Only,
    Over,
    Variable,
    fill,
    leaves,
    over,
    plus,
    remake,
    scale,
    shift,
)
from symrnn.kernels.system import Mask, System, clock_of
from symrnn.roles import roles


@dataclass(frozen=True)
class Options:
    """What a kernel is asked for: truncation after so many steps, sequences of different lengths."""

    truncate: int | None = None
    padded: bool = False


def build(model: Model, recurrence: Model, wanted: Iterable[Leaf], options: Options) -> System:
    """The system that computes the loss and the derivatives by the wanted leaves.

    Raises SymrnnError for what has no batched form.
    """
    _refuse(model, options)
    names = {x.name for e in (*model.equations, *recurrence.equations) for x in (e.lhs, *leaves(e.rhs))}
    batching = _Building(model, options, names)
    backward = [e for equation in recurrence.equations for e in batching.backward(equation)]
    forward = [batching.forward(e) for e in model.equations]
    shared = frozenset(_shared(model))
    return System(model, (*forward, *backward), len(forward), tuple(wanted), shared, batching.masks)


def _refuse(model: Model, options: Options) -> None:
    """Models whose loops cannot run for a whole batch at once."""
    for equation in model.equations:
        for node in _nodes(equation.rhs):
            if isinstance(node, Chain | Blocks | Call):
                raise SymrnnError(f"{equation.lhs}: a kernel has no {type(node).__name__.lower()}")
            if isinstance(node, Over) and (len(node.args) > 2 or _clocks(node) - {node.index}):
                raise SymrnnError(
                    f"{equation.lhs}: a kernel has no sum over some of the steps, or of two clocks"
                )
        for leaf in leaves(equation.rhs):
            other = clock_of(leaf) not in (None, clock_of(equation.lhs), *_summed(equation.rhs))
            if other:
                raise SymrnnError(f"{equation.lhs}: a kernel has no {leaf} of another clock within a step")
            if options.padded and clock_of(leaf) and leaf.offset > 1 and leaf.base in model.bound:
                raise SymrnnError(f"{leaf}: a kernel of padded sequences looks ahead one step at most")


def _clocks(node: Node) -> set[Expr]:
    return {clock for clock in map(clock_of, leaves(node)) if clock is not None}


def _summed(node: Node) -> set[Expr]:
    return {x.index for x in _nodes(node) if isinstance(x, Over)}


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for operand in node.operands:
        yield from _nodes(operand)


def _shared(model: Model) -> Iterator[str]:
    """Parameters, but for timeless inputs, and what is computed from parameters alone."""
    found = roles(model)
    shared = {p.name for p in model.parameters if found[p.name].kind != "input"}
    yield from shared
    for equation in model.equations:
        used = list(leaves(equation.rhs))
        plain = equation.lhs.clock is None and all(x.name in shared and x.clock is None for x in used)
        if used and plain and equation.lhs != model.loss:
            shared.add(equation.lhs.name)
            yield equation.lhs.name


@dataclass
class _Building:
    model: Model
    options: Options
    names: set[str]
    masks: dict[str, Mask] = field(default_factory=dict)
    futures: dict[tuple[Base, int | None], str] = field(default_factory=dict)

    def fresh(self, name: str) -> str:
        while name in self.names:
            name += "_"
        self.names.add(name)
        return name

    def mask(self, clock: Expr, lag: int = 0) -> Node:
        """1 at the steps of a sequence; with a lag, 1 where the step so much later is in the same stretch."""
        known = {mask: name for name, mask in self.masks.items()}
        mask = Mask(clock, lag)
        if mask not in known:
            known[mask] = self.fresh("keep" if lag else "mask")
            self.masks[known[mask]] = mask
        return Variable(known[mask], S.One, S.One, clock)

    def backward(self, equation: Equation) -> Iterator[Equation]:
        """The equation with its terms of other steps under names of their own, and what these stand for."""
        lhs, clock = equation.lhs, clock_of(equation.lhs)
        if is_fixed(lhs):
            yield Equation(lhs, plus(*self.arriving(lhs, equation.terms)))
            return
        lags = list(dict.fromkeys(t.lag for t in equation.terms if t.lag and clock is not None))
        own = [t.expression for t in equation.terms if not (t.lag and clock is not None)]
        parts = []
        for lag in lags:
            future = plus(*(t.expression for t in equation.terms if t.lag == lag))
            name = f"{'future' if lag > 0 else 'past'}_{lhs.of.name}" + f"_{abs(lag)}" * (abs(lag) > 1)
            self.futures[lhs.of.base, lag] = name = self.fresh(name)
            rows, cols = lhs.shape
            quantity = Variable(name, rows, cols, clock)
            yield Equation(quantity, shift(future, clock, -lag))
            parts.append(self.cut(quantity.at(clock, lag), lhs, lag))
        for term in own:
            seeded = self.seeded(term, clock)
            if isinstance(seeded, Only):  # it is an array of its own, zero but at one step
                rows, cols = lhs.shape
                quantity = Variable(self.fresh(f"final_{lhs.of.name}"), rows, cols, clock)
                yield Equation(quantity, seeded)
                seeded = quantity
            parts.append(seeded)
        yield Equation(lhs, plus(*parts))

    def arriving(self, lhs: Leaf, terms: Iterable[Term]) -> Iterator[Node]:
        """What arrives at an initial state from the steps: the futures that are named already."""
        assert isinstance(lhs, Adjoint)
        named: dict[str, Node] = {}
        for term in terms:
            name = self.futures.get((lhs.of.base, term.lag)) if term.lag else None
            if name is None:
                yield term.expression
            elif name not in named:
                rows, cols = lhs.shape
                named[name] = Variable(name, rows, cols, lhs.clock, lhs.offset + (term.lag or 0))
        yield from named.values()

    def cut(self, future: Node, lhs: Leaf, lag: int) -> Node:
        """The future of a quantity, cut where truncation or the end of a padded sequence cuts it."""
        assert lhs.clock is not None
        if self.options.padded and lag < 0:
            future = scale(self.mask(lhs.clock), future)
        if self.options.truncate and lhs.of.base in self.model.bound:
            future = scale(self.mask(lhs.clock, lag), future)
        return future

    def seeded(self, term: Node, clock: Expr | None) -> Node:
        """A term that no derivative enters, where the backward pass begins: zero beyond the end of a sequence."""
        if not self.options.padded or any(isinstance(leaf, Adjoint) for leaf in leaves(term)):
            return term
        return self.masked(term) if clock is None else scale(self.mask(clock), term)

    def forward(self, equation: Equation) -> Equation:
        """The equation with its sums over each sequence alone; what is read ahead stays as it was at the end."""
        lhs, rhs = equation.lhs, self.masked(equation.rhs)
        if self.options.padded and any(
            x.base == lhs.base and x.offset > 0 and clock_of(x) for x in self.model.used
        ):
            inside = self.mask(lhs.clock)
            outside = plus(fill(1, inside.shape), scale(-1, inside))
            rhs = plus(scale(inside, rhs), scale(outside, lhs.at(LENGTHS[lhs.clock], 1)))
        return Equation(lhs, rhs)

    def masked(self, node: Node) -> Node:
        """The expression with its sums over the steps of each sequence alone."""
        if not self.options.padded or not node.operands:
            return node
        if isinstance(node, Over):
            return over(scale(self.mask(node.index), node.operands[0]), node.index)
        return remake(node, [self.masked(x) for x in node.operands])

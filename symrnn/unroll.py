"""Unrolling: from equations with a symbolic time index to those of T steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sympy import Basic, Expr, S

from symrnn.equations import Equation, Graph, Model, Term
from symrnn.expressions import (
    LENGTHS,
    Adjoint,
    Fill,
    Leaf,
    Node,
    Only,
    Over,
    fill,
    plus,
    rebuilt,
    vanishes,
)
from symrnn.expressions.constructors import CONSTRUCTORS
from symrnn.schedule import Loop, schedule

Steps = Mapping[Expr, int]  # clock -> number of steps


def unroll(model: Model, steps: Steps, before: Iterable[Leaf] = ()) -> Graph:
    """The equations of a model for given numbers of steps, each at every step, in an order to compute them.

    ``before`` are leaves that other equations bind.  A derivative that no equation binds is zero: the
    derivative with respect to h[T+1], which nothing computes.
    """
    unrolling = _Unrolling(steps, set(before))
    for loop in schedule(model):
        unrolling.run(loop)
    return Graph(tuple(unrolling.equations))


class _Unrolling:
    """The equations so far, and which leaves they bind."""

    def __init__(self, steps: Steps, bound: set[Leaf]) -> None:
        self.steps = steps
        self.lengths = {LENGTHS[clock]: count for clock, count in steps.items()}
        self.bound = bound
        self.equations: list[Equation] = []
        self.moved: dict[tuple[Leaf, int], Leaf] = {}

    def run(self, loop: Loop) -> None:
        if loop.clock is None:
            for equation in loop.equations:
                self.add(equation, None, 0)
            return
        count = self.steps[loop.clock]
        for step in range(1, count + 1) if loop.direction > 0 else range(count, 0, -1):
            for equation in loop.equations:
                self.add(equation, loop.clock, step)

    def add(self, equation: Equation, clock: Expr | None, step: int) -> None:
        lhs = self.leaf(equation.lhs, clock, step)
        terms = tuple(self.term(term, clock, step) for term in equation.terms)
        present = tuple(term for term in terms if not vanishes(term.expression))
        if terms:
            rhs = plus(*(term.expression for term in present or terms))
        else:
            rhs = self.at(equation.rhs, clock, step)
        self.bound.add(lhs)
        self.equations.append(Equation(lhs, rhs, present))

    def term(self, term: Term, clock: Expr | None, step: int) -> Term:
        expression = self.at(term.expression, clock, step)
        through = self.leaf(term.through, clock, step)
        chain = term.chain and self.at(term.chain, clock, step)
        return Term(expression, through, term.lag, chain, term.given)

    def leaf(self, leaf: Leaf, clock: Expr | None, step: int) -> Leaf:
        if leaf.clock is None:
            return leaf
        key = (leaf, step)
        if key not in self.moved:
            start = step if leaf.clock == clock else int(self.lengths.get(leaf.clock, 0))
            self.moved[key] = leaf.at(S.Zero, start + leaf.offset)
        return self.moved[key]

    def at(self, node: Node, clock: Expr | None, step: int) -> Node:
        """The expression at one step."""
        if isinstance(node, Leaf):
            moved = self.leaf(node, clock, step)
            return fill(0, node.shape) if isinstance(moved, Adjoint) and moved not in self.bound else moved
        if isinstance(node, Over):
            (summand,) = node.operands
            return plus(*(self.at(summand, node.args[1], s) for s in range(1, self.steps[node.args[1]] + 1)))
        if isinstance(node, Only):
            return self.only(node, clock, step)
        fresh = [self.at(a, clock, step) if isinstance(a, Node) else self.scalar(a) for a in node.args]
        if any(new is not old and isinstance(new, Fill) for new, old in zip(fresh, node.args, strict=True)):
            return CONSTRUCTORS[type(node)](*fresh)
        return rebuilt(node, fresh)

    def only(self, node: Only, clock: Expr | None, step: int) -> Node:
        expression, own_clock, when = node.args
        assert own_clock == clock
        here = step == int(when.xreplace(self.lengths))
        return self.at(expression, clock, step) if here else fill(0, node.shape)

    def scalar(self, number: Basic) -> Basic:
        """A number of an operation, 1/T say, for the given T."""
        return number.xreplace(self.lengths) if number.has_free(*self.lengths) else number

"""The product form: a double sum over steps t and k <= t with the Jacobians of the steps between them.

dL/dW = sum over t, sum over k = 1..t of (immediate partial at k)^T (ds_t/ds_{t-1} ... ds_{k+1}/ds_k)^T
d ell[t]/ds[t].  The product of Jacobians is what vanishes or explodes.

Source: Pascanu, Mikolov, Bengio, arXiv:1211.5063 (2013), eq. 3-5; MIT 6.390 notes, Recurrent Neural Networks,
section Vanishing gradients and gating mechanisms.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, S

from symrnn.equations import Equation, Model, Term, is_fixed
from symrnn.expressions import (
    LENGTHS,
    Adjoint,
    Block,
    Jacobian,
    Joint,
    Leaf,
    Node,
    Over,
    Partial,
    Variable,
    blocks,
    chain,
    over,
    plus,
    product,
    reindex,
    remake,
    replace_leaves,
    rows,
    spans,
    stack,
    transposed,
    vanishes,
)
from symrnn.expressions import fill as filled
from symrnn.forms.form import Form
from symrnn.forms.parts import (
    derived,
    free_index,
    free_name,
    has_sum,
    mapped,
    require_one_clock,
    step_loss,
)
from symrnn.forms.transition import Transition
from symrnn.unroll import Range


def jacobian_product(model: Model, backward: Model) -> Form:
    """The gradients as double sums over the steps.

    Raises SymrnnError for a loss that is no sum over the steps, for models that do not run forward on one
    clock, for lags above one and for states that are matrices.
    """
    loss = step_loss(model, "product")
    clock = require_one_clock(model, "product")
    form = _Product(backward.equations, model, loss.leaf, clock)
    return Form(
        "product",
        "Each loss back to each earlier step through the product of the Jacobians between them.",
        tuple(form.all()),
        (*loss.definitions, *form.definitions),
        special=form.special,
    )


class _Product(Transition):
    def __init__(self, equations: tuple[Equation, ...], model: Model, loss: Leaf, clock: Expr) -> None:
        super().__init__(equations, model, loss, clock)
        self.earlier = free_index(model, "k", clock)
        self.between = free_index(model, "j", clock, self.earlier)
        self.later = free_index(model, "u", clock, self.earlier, self.between)
        self.definitions: tuple[Equation, ...] = ()
        self.special: dict[Leaf, tuple[Range, ...]] = {}
        if len(self.states) > 1:
            joined = stack(*self.states)
            name = free_name(model, "s", "sigma", "s")
            self.state: Leaf = Variable(name, *joined.shape, clock)
            self.definitions = (Equation(self.state, joined),)
        elif self.states:
            (self.state,) = self.states

    def all(self) -> Iterator[Equation]:
        """The readout, the Jacobians, the products, the gradients."""
        for equation in self.moving.values():
            of = equation.lhs.of
            if of.base not in self.inside and of != self.loss:
                yield derived(Adjoint(of, self.loss), [mapped(t, self.now_part(t)) for t in equation.terms])
        if self.states:
            yield from self.of_states()
        for equation in self.equations:
            if equation is not self.moving.get(equation.lhs.of.base):
                yield self.gradient(equation)

    def of_states(self) -> Iterator[Equation]:
        """The derivative of the loss of a step by its states, and the Jacobian of the step."""
        yield Equation(self.start(self.clock), stack(*(self.read_out(state) for state in self.states)))
        grid = [[self.jacobian(a, b) for b in self.states] for a in self.states]
        kind = Block if self.joined else Jacobian
        names = [[kind(a, b.at(self.clock, -1)) for b in self.states] for a in self.states]
        pairs = [pair for row in zip(names, grid, strict=True) for pair in zip(*row, strict=True)]
        yield from (Equation(*pair) for pair in pairs if not (self.joined and vanishes(pair[1])))
        if self.joined:
            whole = [
                [matrix if vanishes(matrix) else name for name, matrix in zip(*row, strict=True)]
                for row in zip(names, grid, strict=True)
            ]
            yield Equation(Jacobian(self.state, self.state.at(self.clock, -1)), blocks(whole))
            back = self.derivative(self.earlier, self.clock)
            self.special[back] = (
                Range(self.clock, S.One, LENGTHS[self.clock]),
                Range(self.earlier, S.One, self.clock - 1),
            )
            yield Equation(back, self.product(self.earlier, self.clock))

    @property
    def joined(self) -> bool:
        """Whether the state is several quantities above one another."""
        return bool(self.definitions)

    def read_out(self, state: Leaf) -> Node:
        """The derivative of the loss of a step by one of its states, through the readout alone."""
        if state == self.loss:
            return filled(1, state.shape)
        own = (t for t in self.moving[state.base].terms if not t.lag and not self.is_inside(t))
        return plus(filled(0, state.shape), *(self.now_part(t) for t in own))

    def derivative(self, here: Expr, there: Expr) -> Adjoint:
        """The name of the derivative of the loss of step ``there`` by the state of step ``here``."""
        kind = Joint if self.joined else Adjoint
        return kind(self.state.at(here, 0), self.loss.at(there, 0))

    def start(self, index: Expr) -> Adjoint:
        """The derivative of the loss of a step by the state of the same step."""
        return self.derivative(index, index)

    def product(self, here: Expr, there: Expr) -> Node:
        """(ds_there/ds_here)^T times the derivative of the loss of step ``there`` by its state."""
        step = Jacobian(self.state.at(self.between, 0), self.state.at(self.between, -1))
        return product(transposed(chain(step, self.between, here + 1, there)), self.start(there))

    def back(self, state: Leaf, there: Expr) -> Node:
        """The derivative of the loss of step ``there`` by one state of an earlier step or of that one."""
        assert state.index is not None
        if not self.joined:
            return self.product(state.index, there)
        return self.block(self.derivative(state.index, there), state)

    def block(self, column: Node, state: Leaf) -> Node:
        """The part of a column of all states that belongs to one."""
        if not self.joined:
            return column
        places = dict(zip((s.base for s in self.states), spans(self.states), strict=True))
        return rows(column, *places[state.base])

    def linked(self, node: Node, there: Expr) -> Node:
        """An expression of the transition's adjoints, written with the loss of step ``there``."""

        def new(leaf: Leaf) -> Node:
            return self.back(leaf.of, there) if isinstance(leaf, Partial) else leaf

        return replace_leaves(self.replaced(node, self.inner), new)

    def gradient(self, equation: Equation) -> Equation:
        """The equation of a parameter, an input or an initial state."""
        of = equation.lhs.of
        terms = list(equation.terms)
        if is_fixed(of) and of.base in self.lagged:
            ahead = [t for t in terms if t.lag]
            terms = [t for t in terms if not t.lag]
            column = self.block(self.product(S.Zero, self.clock), of)
            terms = [mapped(ahead[0], over(column, self.clock)), *terms] if ahead else terms
        return derived(equation.lhs, [mapped(t, self.summed(t.expression, t)) for t in terms])

    def summed(self, node: Node, term: Term) -> Node:
        """A term of a gradient, its adjoints written as sums over the losses they come from."""
        if not any(self.adjoints(node)):
            return node
        if not self.is_inside(term):
            return self.replaced(node, self.of_now)
        if isinstance(node, Over):
            inner = reindex(node.operands[0], {self.clock: self.earlier})
            return over(over(self.linked(inner, self.clock), self.earlier, 1, self.clock), self.clock)
        if has_sum(node):  # of data read at the last step alone: [t = T] stands before the sum
            return remake(node, [self.summed(x, term) for x in node.operands])
        index = next(self.adjoints(node)).of.index
        return over(self.linked(node, self.later), self.later, index, LENGTHS[self.clock])

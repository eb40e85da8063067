"""The delta form: the derivative of this step's loss and of the future loss, each with its own equations.

With the future loss F[t] = sum of ell[u] for u > t, the derivative of L by the state s[t] is
d ell[t]/ds[t] + dF[t]/ds[t], and dF[t]/ds[t] is the notes' delta: delta^{s_{t-1}} = ds_t/ds_{t-1}
[d ell_t/ds_t + delta^{s_t}], F_T = 0.

Source: MIT 6.390 notes, Recurrent Neural Networks, section Back-propagation through time.
"""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.equations import Equation, Model, Term
from symrnn.expressions import LENGTHS, Adjoint, Leaf, Node, Variable, over, plus
from symrnn.forms.form import Form
from symrnn.forms.parts import (
    Parts,
    at_step_of,
    derived,
    free_index,
    free_name,
    mapped,
    require_one_clock,
    require_timed,
    step_loss,
)
from symrnn.forms.recurrence import eliminated


def delta(model: Model, backward: Model) -> Form:
    """The backward pass split into this step's loss and the future loss.

    Raises SymrnnError for a loss that is no sum over the steps and for models that do not run forward on one
    clock.
    """
    loss = step_loss(model, "delta")
    clock = require_one_clock(model, "delta")
    future = Variable(free_name(model, "F", "F_L"), 1, 1, clock)
    split = _Delta(eliminated(model, backward), model, loss.leaf, future)
    index = free_index(model, "u", clock)
    named = Equation(future, over(loss.leaf.at(index, 0), index, clock + 1, LENGTHS[clock]))
    return Form(
        "delta",
        "Every derivative in two parts: of this step's loss, and of F, the sum of all later ones "
        "(the delta of the 6.390 notes).",
        tuple(e for equation in split.equations for e in split.of(equation)),
        (*loss.definitions, named),
    )


class _Delta(Parts):
    def __init__(self, equations: tuple[Equation, ...], model: Model, loss: Leaf, future: Leaf) -> None:
        super().__init__(equations, model, loss)
        self.future = future

    def of(self, equation: Equation) -> Iterator[Equation]:
        """The equations that an equation of the backward pass becomes."""
        of = equation.lhs.of
        if equation is not self.moving.get(of.base):
            yield derived(equation.lhs, [mapped(t, self.both(t.expression)) for t in equation.terms])
            return
        require_timed(equation.terms, equation, "delta")
        if of.base in self.now and of != self.loss:
            same = [t for t in equation.terms if not t.lag]
            yield derived(Adjoint(of, self.loss), [mapped(t, self.now_part(t)) for t in same])
        if of.base in self.later:
            terms = [mapped(t, self.future_part(t)) for t in equation.terms]
            yield derived(Adjoint(of, self.future), terms)

    def future_part(self, term: Term) -> Node:
        """The part of a term that belongs to the losses of later steps."""
        if term.lag:
            return self.both(term.expression)
        return self.replaced(self.linear_part(term.expression), self.of_future)

    def of_future(self, of: Leaf) -> Node | None:
        """The derivative by v of the losses after v's step."""
        return Adjoint(of, at_step_of(of, self.future)) if of.base in self.later else None

    def both(self, node: Node) -> Node:
        """The expression with each adjoint written as this step's part plus the future's."""
        return self.replaced(node, self.of_both)

    def of_both(self, of: Leaf) -> Node | None:
        """The derivative by v of the loss of v's step and of those after it."""
        parts = [part for part in (self.of_now(of), self.of_future(of)) if part is not None]
        return plus(*parts) if parts else None

"""The total-derivative form: every gradient as a sum of immediate partials times this and all later losses.

dL/dW = sum over t of (immediate partial at t)^T (d ell[t]/d. + sum over u = t+1..T of d ell[u]/d.), where
the derivative of one later loss, d ell[u]/ds[t], starts at t = u and runs back to each t < u.

Source: MIT 6.390 notes, Recurrent Neural Networks, section Back-propagation through time.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr

from symrnn.equations import Equation, Model, Term
from symrnn.errors import SymrnnError
from symrnn.expressions import LENGTHS, Adjoint, Leaf, Node, over, plus, vanishes
from symrnn.forms.form import Form
from symrnn.forms.parts import (
    Parts,
    derived,
    free_index,
    mapped,
    require_one_clock,
    require_timed,
    step_loss,
)
from symrnn.forms.recurrence import eliminated

WORDS = "At each step the immediate derivative, times that of this step's loss and of each later one."


def total(model: Model, backward: Model) -> Form:
    """The backward pass for the loss of each step by itself, and the gradients as sums over those losses.

    Raises SymrnnError for a loss that is no sum over the steps and for models that do not run forward on one
    clock.
    """
    loss = step_loss(model, "total")
    clock = require_one_clock(model, "total")
    split = _Total(eliminated(model, backward), model, loss.leaf, clock)
    equations = tuple(e for equation in split.equations for e in split.of(equation))
    return Form("total", WORDS, equations, loss.definitions)


class _Total(Parts):
    def __init__(self, equations: tuple[Equation, ...], model: Model, loss: Leaf, clock: Expr) -> None:
        super().__init__(equations, model, loss)
        self.clock, self.index = clock, free_index(model, "u", clock)
        self.one_later = loss.at(self.index, 0)

    def of(self, equation: Equation) -> Iterator[Equation]:
        """The equations that an equation of the backward pass becomes."""
        of = equation.lhs.of
        if equation is not self.moving.get(of.base):
            yield derived(equation.lhs, [mapped(t, self.all(t.expression)) for t in equation.terms])
            return
        require_timed(equation.terms, equation, "total")
        if of.base in self.now and of != self.loss:
            same = [t for t in equation.terms if not t.lag]
            yield derived(Adjoint(of, self.loss), [mapped(t, self.now_part(t)) for t in same])
        if of.base in self.later:
            terms = [mapped(t, self.later_part(t)) for t in equation.terms]
            yield derived(Adjoint(of, self.one_later), terms)

    def later_part(self, term: Term) -> Node:
        """The part of a term that belongs to the loss of step u."""
        if term.lag and not vanishes(self.fixed_part(term.expression)):
            raise SymrnnError(
                "the total form needs the loss of a step to use only that step; "
                f"{term.through} uses an earlier one\n  use the form recurrence or delta"
            )
        # Through a later step, which may be u itself; within the step t < u, only what leads to later ones.
        reaching = self.now | self.later if term.lag else self.later
        linear = self.linear_part(term.expression)
        return self.replaced(linear, lambda of: Adjoint(of, self.one_later) if of.base in reaching else None)

    def all(self, node: Node) -> Node:
        """The expression with each adjoint written as this step's part plus the sum of the later ones."""
        return self.replaced(node, self.of_all)

    def of_all(self, of: Leaf) -> Node | None:
        """The derivative by v of the loss of v's step, plus the sum of those by the later losses."""
        parts = [self.of_now(of)]
        if of.base in self.later:
            assert of.index is not None
            parts.append(over(Adjoint(of, self.one_later), self.index, of.index + 1, LENGTHS[self.clock]))
        present = [part for part in parts if part is not None]
        return plus(*present) if present else None

"""One step of a model as a function of the states before it, and the Jacobian of that function.

The states are the quantities that the next step uses.  What leads to them within a step is the transition,
all else the readout, from the states to the loss of the step.  A quantity of the transition that the readout
uses counts as a state too.  The states of one step are taken as independent: where h[t] depends on c[t], that
path belongs to the Jacobian of h[t], and the derivative with respect to c[t] does not count it again.
"""

from __future__ import annotations

from functools import cached_property

from sympy import Expr

from symrnn.equations import Base, Equation, Model, Term
from symrnn.errors import SymrnnError
from symrnn.expressions import (
    LENGTHS,
    Leaf,
    Node,
    Partial,
    Plus,
    Product,
    fill,
    leaves,
    plus,
    product,
    reindex,
    replace_leaves,
    shape_text,
    transposed,
    vanishes,
)
from symrnn.forms.linear import matrix_of
from symrnn.forms.parts import Parts

REMEDY = "\n  use the form recurrence, delta or total"


class Transition(Parts):
    """The transition of a model: its states, and cotangents of a step given those of its states."""

    def __init__(self, equations: tuple[Equation, ...], model: Model, loss: Leaf, clock: Expr) -> None:
        super().__init__(equations, model, loss)
        self.clock = clock
        self._inner: dict[Base, Node] = {}
        for state in self.states:
            if state.shape[1] != 1:
                shape = f"{state} is {shape_text(state.shape)}"
                raise SymrnnError(f"the product form is for states that are columns; {shape}{REMEDY}")

    @cached_property
    def lagged(self) -> frozenset[Base]:
        """The quantities that the next step uses."""
        found = set()
        for equation in self.moving_forward:
            for leaf in self.computed(equation.rhs):
                if leaf.offset < -1:
                    raise SymrnnError(
                        f"the product form is for lags of one step; {equation.lhs} uses {leaf}{REMEDY}"
                    )
                if leaf.offset:
                    found.add(leaf.base)
        return frozenset(found)

    @cached_property
    def moving_forward(self) -> tuple[Equation, ...]:
        """The equations of the steps, of what the loss depends on."""
        return tuple(e for e in self.model.equations if e.lhs.clock in LENGTHS and e.lhs.base in self.moving)

    def computed(self, node: Node) -> list[Leaf]:
        """The leaves of an expression that the steps compute."""
        return [x for x in leaves(node) if x.clock in LENGTHS and x.base in self.moving]

    @cached_property
    def inside(self) -> frozenset[Base]:
        """The quantities of the transition: states, and what leads to one within a step."""
        found = set(self.lagged)
        found |= {e.lhs.base for e in self.moving_forward if any(x.offset for x in self.computed(e.rhs))}
        for equation in reversed(self.moving_forward):
            if equation.lhs.base in found:
                found |= {x.base for x in self.computed(equation.rhs)}
        return frozenset(found)

    @cached_property
    def states(self) -> tuple[Leaf, ...]:
        """The quantities that the next step or the readout uses, at their clock."""
        outside = (e for e in self.moving_forward if e.lhs.base not in self.inside)
        read = {x.base for e in outside for x in self.computed(e.rhs)}
        kept = (self.lagged | read | {self.loss.base}) & self.inside
        return tuple(e.lhs for e in self.moving_forward if e.lhs.base in kept)

    def is_inside(self, term: Term) -> bool:
        """Whether a term comes through an equation of the transition."""
        return term.through.base in self.inside

    def seed(self, state: Leaf) -> Partial:
        """The name of the cotangent of a state, the other states held fixed."""
        return Partial(state, self.model.loss)

    def inner(self, of: Leaf) -> Node:
        """The cotangent of a quantity of the transition, in terms of those of the states of its step."""
        if of.base not in self._inner:
            equation = self.moving[of.base]
            own = [self.seed(equation.lhs.of)] if equation.lhs.of in self.states else []
            within = [t for t in equation.terms if t.lag == 0 and self.is_inside(t)]
            self._inner[of.base] = plus(*own, *(self.through_inner(t.expression, t) for t in within))
        return reindex(self._inner[of.base], {self.clock: of.index})

    def through_inner(self, node: Node, term: Term) -> Node:
        """An expression of the transition's adjoints, in terms of the cotangents of states."""
        if not vanishes(self.fixed_part(node)):
            raise SymrnnError(
                "the product form needs the loss of a step to use only that step; "
                f"{term.through} uses an earlier one\n  use the form recurrence or delta"
            )
        return self.replaced(node, self.inner)

    def jacobian(self, state: Leaf, before: Leaf) -> Node:
        """d state[t] / d before[t-1], the other states of step t-1 held fixed."""
        ahead = [t for t in self.moving[before.base].terms if t.lag == 1]
        pulled_back = plus(fill(0, before.shape), *(self.through_inner(t.expression, t) for t in ahead))
        here = reindex(pulled_back, {self.clock: self.clock - 1})
        seed = self.seed(state)
        alone = replace_leaves(here, lambda x: x if x == seed or not self._is_seed(x) else fill(0, x.shape))
        return _turned(matrix_of(alone, seed))

    def _is_seed(self, leaf: Leaf) -> bool:
        return isinstance(leaf, Partial) and leaf.loss == self.model.loss


def _turned(matrix: Node) -> Node:
    """The transpose, the factors of every product in reverse, those of a number too: v^T D w is w^T D v."""
    if isinstance(matrix, Plus):
        return plus(*(_turned(term) for term in matrix.operands))
    factors = matrix.operands if isinstance(matrix, Product) else (matrix,)
    return product(*(transposed(f) for f in reversed(factors)))

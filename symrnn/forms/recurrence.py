"""The recurrence in the shape of the textbook: one equation from the state of the next step to this one.

For h[t] = f(a[t]), where a[t] is used for nothing else, dL/da[t] = f'(a[t]) * dL/dh[t] is put into the
equations that use it, and dL/dh[t] = W^T diag(1 - h[t+1]^2) dL/dh[t+1] + V^T dL/do[t] comes out.  Where no
state is of this kind, as in an LSTM, the recurrence is the backward pass as it is.

Source: Goodfellow, Bengio, Courville, Deep Learning (2016), eq. 10.18-10.28.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import S

from symrnn.equations import Base, Equation, Model, Term
from symrnn.expressions import LENGTHS, Adjoint, Apply, Leaf, Node, leaves, plus, reindex, replace_leaves
from symrnn.forms.form import Form

WORDS = "For any number of steps. The derivative by a state's pre-activation is put in where it is used."


def recurrence(model: Model, backward: Model) -> Form:
    """The backward pass without the derivatives by the pre-activations of states."""
    return Form("recurrence", WORDS, eliminated(model, backward))


def eliminated(model: Model, backward: Model) -> tuple[Equation, ...]:
    """The equations of the backward pass, those of the states' pre-activations put into the others."""
    states = preactivations(model)
    inner = {e.lhs: e for e in backward.equations if e.lhs.of.base in states}
    by_base = {e.lhs.base: e for e in inner.values() if e.lhs.clock in LENGTHS}

    def written_out(leaf: Leaf) -> Node:
        if leaf in inner:
            return inner[leaf].rhs  # type: ignore[no-any-return]
        if not isinstance(leaf, Adjoint) or leaf.base not in by_base:
            return leaf
        equation = by_base[leaf.base]
        return reindex(equation.rhs, {equation.lhs.clock: leaf.index})

    return tuple(_rewritten(e, written_out, states) for e in backward.equations if e.lhs not in inner)


def preactivations(model: Model) -> dict[Base, Leaf]:
    """Base of a -> h, for every state h[t] = f(a[t]) whose a[t] nothing else uses."""
    lagged = {x.base for x in model.used if x.clock in LENGTHS and x.offset}
    users: dict[Base, set[Base]] = {}
    for equation in model.equations:
        for leaf in leaves(equation.rhs):
            users.setdefault(leaf.base, set()).add(equation.lhs.base)
    found = {}
    for base, equation in model.bound.items():
        operands = equation.rhs.operands if isinstance(equation.rhs, Apply) else ()
        if base in lagged and len(operands) == 1 and isinstance(operands[0], Leaf):
            (inner,) = operands
            own = inner.index == equation.lhs.index and inner.base in model.bound
            if own and users[inner.base] == {base}:
                found[inner.base] = equation.lhs
    return found


def _rewritten(equation: Equation, written_out: Callable[[Leaf], Node], states: dict[Base, Leaf]) -> Equation:
    terms = tuple(_term(term, written_out, states) for term in equation.terms)
    return Equation(equation.lhs, plus(*(term.expression for term in terms)), terms)


def _term(term: Term, written_out: Callable[[Leaf], Node], states: dict[Base, Leaf]) -> Term:
    through = term.through
    if through.base in states:
        through = states[through.base].at(through.clock or S.Zero, through.offset)
    return term._replace(
        expression=replace_leaves(term.expression, written_out),
        through=through,
        chain=term.chain and replace_leaves(term.chain, written_out),
    )

"""The reverse pass: from a model to the equations of its backward pass, again a model.

One sweep over the equations collects, for every quantity, a term from each equation that uses it, moved in
time by that equation's lag: h[t] gets a term from a[t+1] because a[t] uses h[t-1].  Terms of lag 0 are this
step's loss, the others the future.  A parameter is used at every step, so its term is a sum over the steps.
Boundary cases need no rule of their own: the derivative with respect to something that no step computes,
a[T+1] say, has no terms and is zero (see unroll.py), and h[0] gets the terms of h[t] at t = 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr, S

from symrnn.equations import Base, Equation, Fact, Model, Term, is_fixed
from symrnn.expressions import (
    LENGTHS,
    Adjoint,
    Apply,
    Fill,
    Leaf,
    Node,
    Only,
    Over,
    fill,
    leaves,
    only,
    over,
    plus,
    replace_leaves,
    shift,
    size,
)
from symrnn.functions import RECIPROCAL
from symrnn.scalar import shorten
from symrnn.vjp import cotangents

Terms = dict[Base, list[Term]]


def reverse(model: Model) -> Model:
    """The backward pass of a model: the equations of dL/dv for every quantity v that L depends on.

    In the order one computes them: the bound quantities, last first, then parameters, inputs and initial
    states; targets get none.  Raises SymrnnError where an operation has no derivative rule.
    """
    terms: Terms = defaultdict(list)
    relevant = _relevant(model)
    quantities = [e for e in reversed(model.equations) if e.lhs.base in relevant]
    for equation in quantities:
        g = _cotangent(equation.lhs, terms, model)
        for leaf, cotangent, clock in _sweep(equation.rhs, equation.lhs, g, None):
            _collect(leaf, cotangent, clock, equation.lhs, model, terms)
    backward: list[Equation] = []
    for leaf in (*(e.lhs for e in quantities), *model.parameters, *model.inputs, *model.initial_states):
        own = _terms_of(leaf, terms, model)
        if own:
            backward.append(_derived(Adjoint(leaf, model.loss), own, backward, model.facts))
    return replace(model, title=f"Backward pass: {model.title}", equations=tuple(backward), output=None)


def _relevant(model: Model) -> set[Base]:
    """The quantities that the loss depends on."""
    found: set[Base] = set()
    waiting = [model.loss.base]
    while waiting:
        base = waiting.pop()
        if base not in found:
            found.add(base)
            waiting += [x.base for e in model.equations if e.lhs.base == base for x in leaves(e.rhs)]
    return found


def _cotangent(quantity: Leaf, terms: Terms, model: Model) -> Node:
    """The name of a quantity's adjoint; or the adjoint itself where it is plain data, 1 or a weight."""
    if quantity == model.loss:
        return fill(1, (S.One, S.One))
    own = terms[quantity.base]
    if len(own) == 1 and quantity not in model.states and _is_data(own[0].expression, model):
        return own[0].expression
    return Adjoint(quantity, model.loss)


def _sweep(node: Node, value: Node, g: Node, clock: Expr | None) -> Iterator[tuple[Leaf, Node, Expr | None]]:
    """The leaves of an expression with their cotangents, and the clock of the sum they stand under."""
    if isinstance(node, Leaf):
        yield node, g, clock
    elif isinstance(node, Over):
        (summand,) = node.operands
        yield from _sweep(summand, summand, g, node.args[1])
    elif node.operands:
        for operand, cotangent in zip(node.operands, cotangents(node, value, g), strict=True):
            yield from _sweep(operand, operand, cotangent, clock)


def _collect(leaf: Leaf, cotangent: Node, clock: Expr | None, user: Leaf, model: Model, terms: Terms) -> None:
    """Enter one use of a leaf, in the equation of ``user`` or in a sum over ``clock`` there, as a term."""
    running = clock if clock is not None else user.clock if user.clock in LENGTHS else None
    if leaf.clock in LENGTHS and leaf.clock == running:
        lag = -leaf.offset
        moved = shift(cotangent, running, lag)
        through = user.at(user.clock, user.offset + lag) if user.clock == running else user
        terms[leaf.base].append(Term(moved, through, lag))
        return
    for summed in {clock, user.clock if user.clock in LENGTHS else None} - {None}:
        cotangent = over(cotangent, summed)
    if leaf.clock is not None and leaf not in model.boundary:
        cotangent = only(cotangent, model.clocks[leaf.base], leaf.index)
    key = (leaf,) if leaf in model.boundary else leaf.base
    terms[key].append(Term(cotangent, user, None))


def _terms_of(leaf: Leaf, terms: Terms, model: Model) -> list[Term]:
    """The terms of a quantity's adjoint, the future first; those of h[0] are those of h[t] at t = 0."""
    own = list(terms[leaf.base]) if not is_fixed(leaf) else terms[leaf,] + _at_boundary(leaf, terms, model)
    merged: dict[tuple[Leaf, int | None], Term] = {}
    for term in own:
        use = (term.through, term.lag)
        merged[use] = _joined(merged[use], term) if use in merged else term
    return sorted(merged.values(), key=lambda term: -abs(term.lag or 0))


def _joined(a: Term, b: Term) -> Term:
    """Two uses in one equation as one term, with a common factor in front: (g - h) * dh, not g * dh - h * dh."""
    both = plus(a.expression, b.expression)
    if _divides(both):
        return a._replace(expression=both)  # -y / p + (1 - y) / (1 - p) is how one writes it
    short, _ = shorten(both, ())
    return a._replace(expression=short if size(short) < size(both) else both)


def _at_boundary(leaf: Leaf, terms: Terms, model: Model) -> list[Term]:
    if leaf.base not in model.clocks:
        return []  # it is at this place only
    clock = model.clocks[leaf.base]
    found = []
    for term in terms[leaf.base]:
        if isinstance(term.expression, Only) and _can_be(term.expression.args[2], leaf):
            use, _, when = term.expression.args
            found.append(term._replace(expression=only(use, leaf.index, when)))
        inside = term.lag is not None and (
            term.lag + leaf.offset >= 1 if leaf.clock == 0 else term.lag + leaf.offset <= 0
        )
        if inside:
            moved = replace_leaves(term.expression, lambda x: _fixed(x, clock, leaf))
            found.append(Term(moved, _fixed(term.through, clock, leaf), term.lag))
    return found


def _can_be(when: Expr, place: Leaf) -> bool:
    """Whether a time counted from the last step, T-1 say, is a place before the first: T-1 = 0 where T = 1."""
    back, length = when.as_coeff_Add()
    return place.clock == 0 and length in LENGTHS.values() and place.offset - back >= 1


def _fixed(leaf: Leaf, clock: Expr, place: Leaf) -> Leaf:
    """leaf, on the clock, where the clock shows the place's time."""
    assert place.clock is not None
    return leaf.at(place.clock, place.offset + leaf.offset) if leaf.clock == clock else leaf


def _is_data(node: Node, model: Model) -> bool:
    """Whether an adjoint is plain data: a number, or a weight of the loss; then it need not be named again."""
    return isinstance(node, Fill) or (
        isinstance(node, Leaf) and node.base not in model.bound and not isinstance(node, Adjoint)
    )


def _derived(lhs: Adjoint, terms: list[Term], backward: list[Equation], facts: tuple[Fact, ...]) -> Equation:
    short = tuple(_shortened(term, backward, facts) for term in terms)
    return Equation(lhs, plus(*(term.expression for term in short)), short)


def _shortened(term: Term, backward: list[Equation], facts: tuple[Fact, ...]) -> Term:
    """The term with a derivative that divides by something written out, where algebra then loses it.

    This is how y_hat - y comes about: dL/dy_hat = -y / y_hat, put through the softmax, loses the division.
    """
    dividing = {e.lhs: e.rhs for e in backward if _divides(e.rhs)}
    written_out = replace_leaves(term.expression, lambda leaf: dividing.get(leaf, leaf))
    if written_out is term.expression:
        return term
    short, given = shorten(written_out, facts)
    if size(short) >= size(written_out) or any(isinstance(leaf, Adjoint) for leaf in leaves(short)):
        return term
    return term._replace(expression=short, chain=term.expression, given=given)


def _divides(node: Node) -> bool:
    if isinstance(node, Apply) and node.function == RECIPROCAL:
        return True
    return any(_divides(x) for x in node.operands)

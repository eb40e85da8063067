"""Hessian-vector products: the reverse pass applied to its own result.

With one direction v_p for each parameter p, S = sum of <dL/dp, v_p> is a scalar of the forward and backward
equations together; its gradient with respect to p is the part of the Hessian times the direction that belongs
to p (Pearlmutter 1994; Griewank, Walther, Evaluating Derivatives, 2008, section 5.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symrnn.adjoint import reverse
from symrnn.equations import Base, Equation, Model, is_fixed
from symrnn.errors import SymrnnError
from symrnn.expressions import (
    Adjoint,
    Leaf,
    Variable,
    hadamard,
    leaves,
    plus,
    replace_leaves,
    total,
)


def direction(parameter: Leaf) -> Variable:
    """The direction of a parameter: v_W for W, in the shape of W."""
    return Variable(f"v_{parameter.name}", *parameter.shape)


def hessian_vector(model: Model, backward: Model) -> Model:
    """The Hessian of the loss times the directions v_p, p a parameter: equations of dS/dp.

    They need the values of the forward and the backward pass: unroll them with ``before`` the left-hand sides
    of the unrolled backward pass.  Raises SymrnnError where the loss depends on no parameter.
    """
    named = {e.lhs: _timeless(e.lhs) for e in backward.equations if is_fixed(e.lhs)}
    second = reverse(_second_order(model, backward, named))
    names = {new: old for old, new in named.items()}
    unwanted = {direction(p).base for p in model.parameters}
    equations = (_renamed(e, names) for e in second.equations if e.lhs.of.base not in unwanted)
    return replace(second, title=f"Hessian-vector product: {model.title}", equations=tuple(equations))


def _timeless(adjoint: Leaf) -> Variable:
    """Another name for an adjoint by h[0].

    Its equation is not that of h[t] at t = 0, and the reverse pass would take it for that.
    """
    return Variable(f"{adjoint.name}_{adjoint.index}", *adjoint.shape)


def _second_order(model: Model, backward: Model, named: Mapping[Leaf, Leaf]) -> Model:
    """The forward and the backward equations as one model, whose loss S is <gradient, direction>."""
    equations = tuple(_renamed(e, named) for e in backward.equations)
    bound = {e.lhs for e in equations}
    gradients = [(Adjoint(p, model.loss), direction(p)) for p in model.parameters]
    slopes = [total(hadamard(g, v)) for g, v in gradients if g in bound]
    if not slopes:
        raise SymrnnError("the loss depends on no parameter, so that it has no Hessian")
    taken = {x.name for x in (*(e.lhs for e in model.equations), *model.used)}
    name = next(s for s in ("S", *(f"S_{k}" for k in range(len(taken) + 1))) if s not in taken)
    top = Equation(Variable(name, 1, 1), plus(*slopes))
    whole = (*model.equations, *_needed(top, equations), top)
    return replace(model, equations=whole, loss=top.lhs)


def _needed(top: Equation, equations: tuple[Equation, ...]) -> tuple[Equation, ...]:
    """The equations that one needs, in order: not those of inputs and of initial states that are given."""
    by_base = {e.lhs.base: e for e in equations}
    found: set[Base] = set()
    waiting = [top]
    while waiting:
        for base in {x.base for x in leaves(waiting.pop().rhs)} - found:
            if base in by_base:
                found.add(base)
                waiting.append(by_base[base])
    return tuple(e for e in equations if e.lhs.base in found)


def _renamed(equation: Equation, names: Mapping[Leaf, Leaf]) -> Equation:
    def new(leaf: Leaf) -> Leaf:
        return names.get(leaf, leaf)

    terms = tuple(
        t._replace(
            expression=replace_leaves(t.expression, new),
            through=new(t.through),
            chain=t.chain and replace_leaves(t.chain, new),
        )
        for t in equation.terms
    )
    return Equation(new(equation.lhs), replace_leaves(equation.rhs, new), terms)

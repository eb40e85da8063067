"""Hessian-vector products: the reverse pass applied to its own result.

With one direction v_p for each parameter p, S = sum of <dL/dp, v_p> is a scalar of the forward and backward
equations together; its gradient with respect to p is the part of the Hessian times the direction that belongs
to p (Pearlmutter 1994; Griewank, Walther, Evaluating Derivatives, 2008, section 5.4).
"""

from __future__ import annotations

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
    second = reverse(_second_order(model, backward))
    unwanted = {direction(p).base for p in model.parameters}
    equations = tuple(e for e in second.equations if e.lhs.of.base not in unwanted)
    return replace(second, title=f"Hessian-vector product: {model.title}", equations=equations)


def _second_order(model: Model, backward: Model) -> Model:
    """The forward and the backward equations as one model, whose loss S is <gradient, direction>."""
    bound = {e.lhs for e in backward.equations}
    gradients = [(Adjoint(p, model.loss), direction(p)) for p in model.parameters]
    slopes = [total(hadamard(g, v)) for g, v in gradients if g in bound]
    if not slopes:
        raise SymrnnError("the loss depends on no parameter, so that it has no Hessian")
    taken = {x.name for x in (*(e.lhs for e in model.equations), *model.used)}
    name = next(s for s in ("S", *(f"S_{k}" for k in range(len(taken) + 1))) if s not in taken)
    top = Equation(Variable(name, 1, 1), plus(*slopes))
    whole = (*model.equations, *_needed(top, backward.equations), top)
    return replace(model, equations=whole, loss=top.lhs)


def _needed(top: Equation, equations: tuple[Equation, ...]) -> tuple[Equation, ...]:
    """The equations that one needs, in order: not those of inputs and of initial states that are given."""
    by_name = {e.lhs if is_fixed(e.lhs) else e.lhs.base: e for e in equations}
    found: set[Leaf | Base] = set()
    waiting = [top]
    while waiting:
        for leaf in leaves(waiting.pop().rhs):
            name = leaf if leaf in by_name or _is_before(leaf) else leaf.base
            if name in by_name and name not in found:
                found.add(name)
                waiting.append(by_name[name])
    return tuple(e for name, e in by_name.items() if name in found)


def _is_before(leaf: Leaf) -> bool:
    return is_fixed(leaf) and leaf.clock == 0 and leaf.offset < 1

"""Logarithms of probabilities in floating point, from what the probabilities are made of.

softmax(o) and sigmoid(z) are zero in double precision where o and z are some 750 too low, and their logarithms
are not: log(sigmoid(z)) = -softplus(-z) is about z there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from sympy import S

from symrnn.equations import Equation
from symrnn.expressions import (
    Apply,
    Array,
    Leaf,
    Node,
    Plus,
    Ring,
    Shape,
    Softmax,
    apply,
    fill,
    rebuilt,
    scale,
)
from symrnn.functions import FUNCTIONS


class LogSoftmax(Node):
    """The logarithm of a softmax, for floating point alone."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return self.operands[0].shape

    def value(self, operands: list[Array], ring: Ring) -> Array:
        """x - log(sum(exp(x))), shifted so that nothing overflows."""
        shifted = operands[0] - operands[0].max()
        return shifted - np.log(np.exp(shifted).sum())


class LogLikelihood(Node):
    """log(y^T softmax(o)) of a distribution y and logits o, for floating point alone."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return (S.One, S.One)

    def value(self, operands: list[Array], ring: Ring) -> Array:
        """log(sum(y exp(o))) - log(sum(exp(o))), each shifted by its own greatest exponent."""
        y, o = operands
        top = o[y > 0].max()
        masked = np.where(y > 0, o, top)
        shifted = o - o.max()
        return np.array(
            [[np.log((y * np.exp(masked - top)).sum()) + top - o.max() - np.log(np.exp(shifted).sum())]]
        )


class Posterior(Node):
    """softmax(o + log(y)) of a distribution y and logits o, for floating point alone."""

    __slots__ = ()

    def _infer(self) -> Shape:
        return self.operands[1].shape

    def value(self, operands: list[Array], ring: Ring) -> Array:
        """y exp(o), scaled to sum to one, shifted by the greatest exponent where y is not zero."""
        y, o = operands
        top = o[y > 0].max()
        weights = y * np.exp(np.where(y > 0, o, top) - top)
        return weights / weights.sum()


def with_logarithms(equations: Iterable[Equation]) -> Iterator[Equation]:
    """The equations with the logarithms of a softmax p, of a sigmoid p and of 1 - p taken without p."""
    known: dict[Leaf, Node] = {}
    for equation in equations:
        known[equation.lhs] = equation.rhs
        yield Equation(equation.lhs, _rewritten(equation.rhs, known))


def _rewritten(node: Node, known: Mapping[Leaf, Node]) -> Node:
    if isinstance(node, Leaf):
        return node
    if isinstance(node, Apply) and node.function == FUNCTIONS["log"]:
        found = _logarithm(node.operands[0], known)
        if found is not None:
            return found
    args = [_rewritten(a, known) if isinstance(a, Node) else a for a in node.args]
    return node if all(a is b for a, b in zip(args, node.args, strict=True)) else rebuilt(node, args)


def _logarithm(of: Node, known: Mapping[Leaf, Node]) -> Node | None:
    """The logarithm of an expression that is a probability by its equation, else None."""
    whole = known.get(of, of)
    if isinstance(whole, Softmax):
        return LogSoftmax(*whole.operands)
    logit = _logit(of, known)
    if logit is not None:
        return scale(-1, apply(FUNCTIONS["softplus"], scale(-1, logit)))
    if isinstance(whole, Plus) and len(whole.operands) == 2 and whole.operands[0] == fill(1, whole.shape):
        logit = _logit(scale(-1, whole.operands[1]), known)
        return None if logit is None else scale(-1, apply(FUNCTIONS["softplus"], logit))
    return None


def _logit(node: Node, known: Mapping[Leaf, Node]) -> Node | None:
    """z, where an expression is sigmoid(z)."""
    whole = known.get(node, node)
    is_sigmoid = isinstance(whole, Apply) and whole.function == FUNCTIONS["sigmoid"]
    return whole.operands[0] if is_sigmoid else None

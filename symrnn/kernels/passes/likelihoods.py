"""The likelihood y^T softmax(o), and what its logarithm gives back, taken of the logits.

log(y^T p) is the logarithm of the sum of y exp(o), less that of exp(o); its derivative by o is the softmax of
o + log(y) less that of o.  Both are finite where p rounds to zero, for y as for p are distributions.
"""

from __future__ import annotations

from collections.abc import Mapping

from symrnn.equations import Equation
from symrnn.expressions import (
    Apply,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Product,
    Scale,
    Softmax,
    Transposed,
    plus,
    remake,
    scale,
)
from symrnn.functions import FUNCTIONS, RECIPROCAL
from symrnn.kernels.system import System
from symrnn.logarithms import LogLikelihood, Posterior


def likelihoods(system: System) -> System:
    """The system with the logarithm of a likelihood, and its derivative by the logits, without the probabilities."""
    known = {e.lhs: e.rhs for e in system.passes[0]}
    targets = {fact.name for fact in system.model.facts}
    parts = [[Equation(e.lhs, _rewritten(e.rhs, known, targets)) for e in part] for part in system.passes]
    return system.rewritten(*parts)


def _rewritten(node: Node, known: Mapping[Leaf, Node], targets: set[str]) -> Node:
    if isinstance(node, Leaf) or not node.operands:
        return node
    if isinstance(node, Apply) and node.function == FUNCTIONS["log"]:
        pair = _likelihood(node.operands[0], known, targets)
        if pair is not None:
            return LogLikelihood(*pair)
    found = _derivative(node, known, targets)
    return found or remake(node, [_rewritten(x, known, targets) for x in node.operands])


def _likelihood(node: Node, known: Mapping[Leaf, Node], targets: set[str]) -> tuple[Node, Node] | None:
    """y and o of y^T softmax(o), y a distribution."""
    if (
        not isinstance(node, Product)
        or len(node.operands) != 2
        or not isinstance(node.operands[0], Transposed)
    ):
        return None
    y, p = node.operands[0].operands[0], node.operands[1]
    whole = known.get(p, p)
    return (
        (y, whole.operands[0]) if getattr(y, "name", "") in targets and isinstance(whole, Softmax) else None
    )


def _derivative(node: Node, known: Mapping[Leaf, Node], targets: set[str]) -> Node | None:
    """p - softmax(o + log(y)) for (1 / y^T p) ((y^T p) p - p * y)."""
    if (
        not isinstance(node, Scale)
        or not isinstance(node.args[0], Apply)
        or node.args[0].function != RECIPROCAL
    ):
        return None
    likelihood = node.args[0].operands[0]
    pair = _likelihood(likelihood, known, targets)
    if pair is None or not isinstance(node.args[1], Plus):
        return None
    p = likelihood.operands[1]
    terms = set(node.args[1].operands)
    if terms != {Scale(likelihood, p), scale(-1, Hadamard(p, pair[0]))}:
        return None
    return plus(p, scale(-1, Posterior(*pair)))

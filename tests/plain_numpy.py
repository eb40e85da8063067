"""What every operation means, once more: a second evaluator that shares nothing with the nodes' own.

It speaks autograd's NumPy, so that gradients of whatever it computes come from autograd.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import autograd.numpy as np
from sympy import Lambda

from symrnn.expressions import (
    Apply,
    Diag,
    Diagonal,
    Fill,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Product,
    Rows,
    Scale,
    Softmax,
    Stack,
    Total,
    Transposed,
)
from symrnn.functions import FUNCTIONS, RECIPROCAL, power
from symrnn.oracles.elementwise import ELEMENTWISE

Array = Any

FORMULAS: dict[Lambda, Callable[..., Array]] = {
    **{FUNCTIONS[name]: formula for name, formula in ELEMENTWISE.items()},
    RECIPROCAL: lambda x: 1 / x,
    power(3): lambda x: x**3,
}


def times(factors: list[Array]) -> Array:
    whole = factors[0]
    for factor in factors[1:]:
        whole = whole * factor
    return whole


def at(factors: list[Array]) -> Array:
    whole = factors[0]
    for factor in factors[1:]:
        whole = np.dot(whole, factor)
    return whole


def softmax(x: Array) -> Array:
    return np.exp(x) / np.sum(np.exp(x))


MEANING: dict[type, Callable[[Node, list[Array]], Array]] = {
    Plus: lambda _, xs: sum(xs),
    Scale: lambda node, xs: xs[0] * xs[1] if len(xs) == 2 else float(node.args[0]) * xs[0],
    Product: lambda _, xs: at(xs),
    Hadamard: lambda _, xs: times(xs),
    Apply: lambda node, xs: FORMULAS[node.function](*xs),
    Softmax: lambda _, xs: softmax(xs[0]),
    Transposed: lambda _, xs: np.transpose(xs[0]),
    Stack: lambda _, xs: np.concatenate(xs, axis=0),
    Rows: lambda node, xs: xs[0][int(node.args[1]) : int(node.args[2])],
    Total: lambda _, xs: np.reshape(np.sum(xs[0]), (1, 1)),
    Diag: lambda _, xs: xs[0] * np.eye(len(xs[0])),
    Diagonal: lambda _, xs: np.reshape(np.diag(xs[0]), (-1, 1)),
    Fill: lambda node, _: float(node.args[0]) * np.ones((int(node.args[1]), int(node.args[2]))),
}


def compute(node: Node, values: Mapping[Leaf, Array]) -> Array:
    """The value of an expression with sizes that are numbers."""
    if isinstance(node, Leaf):
        return values[node]
    return MEANING[type(node)](node, [compute(operand, values) for operand in node.operands])

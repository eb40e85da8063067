"""The functions of a document in the field: those everybody knows, and those that are only named.

A function that is only named is any function: a random value and a random slope for every argument, a random
quadratic form of several arguments.  What holds for it holds for all, but for the chance named in symrnn.field.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from symrnn.check.tensor import Array, Tensor, apply, matmul, reciprocal, times, total, transpose
from symrnn.derivative import VALUE, derivative
from symrnn.field import Field, P
from symrnn.functions import FUNCTIONS

WORDS = {
    "tanh": "tanh", "Tanh": "tanh", "th": "tanh", "tanh^{-1}": "",
    "sigmoid": "sigmoid", "Sigmoid": "sigmoid", "sigm": "sigmoid", "logistic": "sigmoid", "sig": "sigmoid",
    "relu": "relu", "ReLU": "relu", "Relu": "relu", "RELU": "relu", "softplus": "softplus",
    "exp": "exp", "log": "log", "ln": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "abs": "abs",
    "sgn": "sign", "sign": "sign", "silu": "silu", "gelu": "gelu", "elu": "elu",
}  # fmt: skip
BY_FORMULA = "formula of "  # what is before the name of a function that the document gives by a formula
SOFTMAX = {"softmax", "Softmax"}
CROSS_ENTROPY = {
    "crossentropy", "CrossEntropy", "cross_entropy", "CE", "XE", "NLL", "nll", "crossEntropy", "Crossentropy",
}  # fmt: skip


@cache
def _in_value(name: str) -> bool:
    return derivative(FUNCTIONS[name], 0)[1]


def known(name: str) -> str | None:
    """The function of symrnn that a word or a macro names, if it is one of one argument."""
    return WORDS.get(name.removeprefix("\\")) or None


def known_function(stem: str) -> bool:
    """Whether a name is a function that everybody knows."""
    return stem == r"\sigma" or known(stem) is not None


class Functions:
    """Values and slopes at one random point."""

    def __init__(self, field: Field, formula: Callable[[str, Any], tuple[Any, Any]]) -> None:
        self.field = field
        self._formula = formula  # the value and the slope of a function that is given by one
        self._known: dict[tuple[str, int], tuple[int, int]] = {}

    def at(self, name: str, a: int) -> tuple[int, int]:
        """The value and the slope of a function of the table, or of one that is only named."""
        if name == "identity":
            return a, 1
        if (name, a) not in self._known:
            self._known[name, a] = self._compute(name, a)
        return self._known[name, a]

    def _compute(self, name: str, a: int) -> tuple[int, int]:
        if name.startswith(BY_FORMULA):
            return self._formula(name.removeprefix(BY_FORMULA), a)
        if name not in FUNCTIONS:
            return self.field.atom(name, a), self.field.atom(name + "'", a)
        function = FUNCTIONS[name]
        variable = function.variables[0]
        value = self.field.value(function.expr, {variable: a})
        slope, in_value = derivative(function, 0)
        return value, self.field.value(slope, {VALUE: value} if in_value else {variable: a})

    def slope_of_value(self, name: str, y: int) -> int | None:
        """The slope as a function of the value: y (1 - y) for the sigmoid; None if it is none."""
        if name not in FUNCTIONS or not _in_value(name):
            return None
        return self.field.value(derivative(FUNCTIONS[name], 0)[0], {VALUE: y})

    def apply(self, name: str, argument: Tensor) -> Tensor:
        """A function entry by entry."""
        pairs = [self.at(name, int(a)) for a in argument.value.flat]
        shape = argument.shape
        return apply(argument, _array([v for v, _ in pairs], shape), _array([s for _, s in pairs], shape))

    def slopes(self, name: str, argument: Tensor) -> Tensor:
        """The derivative of a function, entry by entry; its own derivative is not taken."""
        return Tensor(_array([self.at(name, int(a))[1] for a in argument.value.flat], argument.shape))

    def any_of(self, name: str, arguments: list[Tensor], shape: tuple[int, int]) -> Tensor:
        """Any smooth function of several arguments: a random linear form of all their entries, and a square of one."""
        entries = np.concatenate([argument.value.reshape(-1) for argument in arguments])
        size, count = entries.size, shape[0] * shape[1]
        constant, linear, root = (
            np.array(
                [[self.field.atom(name, row, part, i) for i in range(many)] for row in range(count)],
                dtype=object,
            )
            for part, many in (("constant", 1), ("linear", size), ("square", size))
        )
        squared = np.dot(root, entries) % P
        values = (constant[:, 0] + np.dot(linear, entries) + squared**2) % P
        slopes = (linear + 2 * squared[:, None] * root) % P
        width = next((a.tangent.shape[2] for a in arguments if a.tangent is not None), None)
        if width is None:
            return Tensor(values.reshape(shape))
        tangents = [
            np.zeros((a.value.size, width), dtype=object)
            if a.tangent is None
            else a.tangent.reshape(-1, width)
            for a in arguments
        ]
        tangent = np.dot(slopes, np.concatenate(tangents)) % P
        return Tensor(values.reshape(shape), tangent.reshape(*shape, width))


def softmax(functions: Functions, argument: Tensor) -> Tensor:
    """Softmax along a vector, or down each column of a matrix."""
    if argument.is_scalar:
        return functions.apply("softmax", argument)  # of scalars: any function
    if argument.shape[0] == 1:
        return transpose(softmax(functions, transpose(argument)))
    powers = functions.apply("exp", argument)
    sums = reciprocal(total(powers, 0))
    ones = Tensor(np.ones((argument.shape[0], 1), dtype=object))
    return times(powers, matmul(ones, sums))


def cross_entropy(functions: Functions, target: Tensor, output: Tensor) -> Tensor:
    """Minus the sum of y log p over all entries."""
    product = total(times(target, functions.apply("log", output)))
    return Tensor((-product.value) % P, None if product.tangent is None else -product.tangent % P)


def _array(numbers: list[int], shape: tuple[int, int]) -> Array:
    return np.array(numbers, dtype=object).reshape(shape)

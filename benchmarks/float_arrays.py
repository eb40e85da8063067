"""What may be done with matrices and numbers in a formula, in floating point: all of it, or Unfit is raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from float_names import Quantity, Unfit

from symrnn.notes.formula import Name, Node, Number

Value = Any  # an array (..., rows, columns), or a number
FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    r"\tanh": np.tanh,
    r"\sigma": lambda x: 1 / (1 + np.exp(-x)),
    r"\log": np.log,
    r"\exp": np.exp,
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(-2, keepdims=True),
    "relu": lambda x: x * (x.real > 0),
    "relu'": lambda x: np.where(x.real > 0, 1.0, 0.0),
    "diag": lambda x: x * np.eye(x.shape[-2]),
}


def entry(value: Value, found: Quantity) -> Value:
    """The entry that a name speaks of, or all of it."""
    if not found.entry:
        return value
    row, column = (*found.entry, 0)[:2]
    if row >= value.shape[-2] or column >= value.shape[-1]:
        raise Unfit
    return value[..., row : row + 1, column : column + 1]


def is_number(value: Value) -> bool:
    """Whether a value is a number, or an array with a single entry."""
    return not isinstance(value, np.ndarray) or value.shape[-2:] == (1, 1)


def combined(operator: str, a: Value, b: Value, entrywise: bool) -> Value:
    """Two operands and what is between them. Raises Unfit."""
    if operator in ("+", "-"):
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape[-2:] != b.shape[-2:]:
            raise Unfit
        return a + b if operator == "+" else a - b
    if operator in ("", r"\cdot"):
        return times(a, b, entrywise)
    if operator != r"\odot" or not (is_number(a) or is_number(b) or a.shape[-2:] == b.shape[-2:]):
        raise Unfit
    return a * b


def times(a: Value, b: Value, entrywise: bool) -> Value:
    """The product of matrices, or with a number. Raises Unfit."""
    if is_number(a) or is_number(b):
        return a * b
    if entrywise and a.shape[-2:] == b.shape[-2:]:
        return a * b
    if a.shape[-1] != b.shape[-2]:
        raise Unfit
    return a @ b


def divided(a: Value, b: Value) -> Value:
    """A quotient, entry by entry. Raises Unfit."""
    if not is_number(b) and (is_number(a) or a.shape[-2:] != b.shape[-2:]):
        raise Unfit
    return a / b


def scripted(value: Value, sup: Node) -> Value:
    """A transpose, or a power of every entry. Raises Unfit."""
    match sup:
        case Name(stem=r"\top"):
            return np.swapaxes(value, -1, -2) if isinstance(value, np.ndarray) else value
        case Number(digits=digits):
            return value ** int(digits)
    raise Unfit


def stacked(parts: list[Value]) -> Value:
    """Matrices on top of one another. Raises Unfit."""
    return np.swapaxes(beside([np.swapaxes(part, -1, -2) for part in _arrays(parts)]), -1, -2)


def beside(parts: list[Value]) -> Value:
    """Matrices side by side. Raises Unfit."""
    if len({part.shape[-2] for part in _arrays(parts)}) != 1:
        raise Unfit
    front = np.broadcast_shapes(*(part.shape[:-2] for part in parts))
    return np.concatenate([np.broadcast_to(part, (*front, *part.shape[-2:])) for part in parts], -1)


def _arrays(parts: list[Value]) -> list[Value]:
    if not all(isinstance(part, np.ndarray) for part in parts):
        raise Unfit
    return parts

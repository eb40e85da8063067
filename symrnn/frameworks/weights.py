"""Arrays of a framework to the parameters of a cell, and gradients of the parameters back to the arrays.

The way there is linear: parameters are signed sums of blocks.  The way back is its transpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symrnn.errors import SymrnnError
from symrnn.expressions import Array
from symrnn.frameworks.conventions import CONVENTIONS, Convention, Stack


def load(layer: str, arrays: Mapping[str, Any]) -> dict[str, Array]:
    """The parameters of the cell CONVENTIONS[layer].cell, by name; vectors are columns (n, 1).

    ``arrays`` are the layer's, by the framework's names: ``module.state_dict()`` of torch; "kernel",
    "recurrent_kernel", "bias" of Keras; "W", "R", "B", "P" of ONNX.  Raises SymrnnError for an unknown layer, an
    array that is missing, of another name (of a second layer or direction, of a projection) or of a shape that clashes.
    """
    convention = _convention(layer)
    known = [stack.name for stack in convention.arrays]
    strangers = [name for name in arrays if name not in known]
    if strangers:
        raise SymrnnError(f"{layer} has no array {strangers[0]!r}; it has {', '.join(known)}")
    given = {}
    for stack in convention.arrays:
        if stack.name in arrays:
            given[stack.name] = _stacked(stack, np.asarray(arrays[stack.name]))
        elif not stack.optional:
            raise SymrnnError(
                f"{layer} needs the array {stack.name}; there are {', '.join(arrays) or 'none'}"
            )
    n = _state_size(layer, convention, given)
    found: dict[str, Array] = {}
    for stack in convention.arrays:
        rows = given.get(stack.name)
        if rows is None:
            rows = np.zeros((n * len(stack.blocks), 1), next(iter(given.values())).dtype)
        _check(layer, stack, rows, n)
        for parameter, block in zip(stack.blocks, np.split(rows, len(stack.blocks)), strict=True):
            found[parameter] = found.get(parameter, 0) + convention.sign(parameter) * block
    return found


def give_back(layer: str, gradients: Mapping[str, Any]) -> dict[str, Array]:
    """The gradients of the layer's arrays, by the framework's names and of its shapes.

    ``gradients`` has those of the cell's parameters, (n, k), (n, 1) or (n,); others are passed over.  Where
    a parameter is the sum of two arrays' blocks, both have its gradient.  Raises SymrnnError for an unknown layer
    or a gradient that is missing.
    """
    convention = _convention(layer)
    wanted = [parameter for stack in convention.arrays for parameter in stack.blocks]
    missing = [parameter for parameter in wanted if parameter not in gradients]
    if missing:
        raise SymrnnError(
            f"{layer} needs the gradient of {missing[0]}; there are {', '.join(gradients) or 'none'}"
        )
    found = {}
    for stack in convention.arrays:
        blocks = [convention.sign(parameter) * np.asarray(gradients[parameter]) for parameter in stack.blocks]
        found[stack.name] = _laid_out(stack, np.concatenate([b.reshape(len(b), -1) for b in blocks]))
    return found


def _convention(layer: str) -> Convention:
    if layer not in CONVENTIONS:
        raise SymrnnError(f"no layer {layer!r}; there are {'; '.join(CONVENTIONS)}")
    return CONVENTIONS[layer]


def _is_matrix(stack: Stack) -> bool:
    return stack.blocks[0][0] in "WU"


def _stacked(stack: Stack, array: Array) -> Array:
    """The array as blocks one below the other, (blocks n, columns), a vector as one column."""
    dimensions = (2 if _is_matrix(stack) else 1) + (stack.axes in ("directions", "halves"))
    if array.ndim != dimensions or (stack.axes == "directions" and len(array) != 1):
        leading = ", the first of length 1 (one direction)" if stack.axes == "directions" else ""
        raise SymrnnError(f"{stack.name} has shape {array.shape}, and is to have {dimensions} axes{leading}")
    if stack.axes == "columns":
        return array.T
    if stack.axes == "directions":
        array = array[0]
    return array if _is_matrix(stack) else array.reshape(-1, 1)


def _laid_out(stack: Stack, rows: Array) -> Array:
    """The inverse of ``_stacked``."""
    if stack.axes == "columns":
        return rows.T
    array = rows if _is_matrix(stack) else rows[:, 0]
    if stack.axes == "halves":
        return array.reshape(2, -1)
    return array[None] if stack.axes == "directions" else array


def _state_size(layer: str, convention: Convention, given: Mapping[str, Array]) -> int:
    """n, from the matrix of the state, which is square in every block."""
    stack = convention.arrays[1]
    n = int(given[stack.name].shape[1])
    _check(layer, stack, given[stack.name], n)
    return n


def _check(layer: str, stack: Stack, rows: Array, n: int) -> None:
    blocks = len(stack.blocks)
    if len(rows) != n * blocks:
        raise SymrnnError(
            f"{stack.name} of {layer} has {len(rows)} rows for n = {n}; {blocks} blocks have {n * blocks}"
        )

"""The numbers a person gives for a model: which are asked for, and what each clash is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sympy import Expr

from symrnn.equations import Fact, Graph
from symrnn.errors import SymrnnError
from symrnn.evaluate import solved
from symrnn.expressions import Array, Leaf, shape_text

SUM_TOLERANCE = 1e-6  # for targets that sum to one: room for the rounding of float32 data


def needed(forward: Graph) -> dict[str, str]:
    """The keys of what a forward pass is given, "W_f", "x[1]", "h[0]", with their symbolic shapes."""
    return {str(leaf): shape_text(leaf.shape) for leaf in forward.given}


def arrays_of(forward: Graph, facts: Iterable[Fact], values: Mapping[str, Any]) -> dict[Leaf, Array]:
    """The given values as arrays of floats.

    Raises SymrnnError where one is missing, or is not what the derivation takes for granted.
    """
    missing = [f"{key} {shape}" for key, shape in needed(forward).items() if key not in values]
    if missing:
        raise SymrnnError(f"values are missing for {', '.join(missing)}")
    arrays = {leaf: np.asarray(values[str(leaf)], dtype=float) for leaf in forward.given}
    granted = {fact.name: fact.text for fact in facts}
    for leaf, array in arrays.items():
        if leaf.name in granted and abs(array.sum() - 1) > SUM_TOLERANCE:
            raise SymrnnError(
                f"the entries of {leaf} sum to {array.sum():.6g}\n"
                f"  the derivation takes for granted that {granted[leaf.name]}"
            )
    return arrays


def sizes_of(arrays: Mapping[Leaf, Array]) -> dict[Expr, int]:
    """The sizes of the dimensions. Raises SymrnnError where the shapes of two arrays clash."""
    pairs = [(leaf.shape, array.shape) for leaf, array in arrays.items() if array.ndim == 2]
    sizes = solved((d, k) for shape, numbers in pairs for d, k in zip(shape, numbers, strict=True))
    for leaf, array in arrays.items():
        if array.shape != tuple(d.xreplace(sizes) for d in leaf.shape):
            known = ", ".join(f"{d} = {k}" for d, k in sizes.items())
            raise SymrnnError(
                f"{leaf} has shape {array.shape}, and is to be {shape_text(leaf.shape)}\n  so far {known}"
            )
    return sizes


def directions_of(parameters: Mapping[Leaf, Array], directions: Mapping[str, Any]) -> dict[Leaf, Array]:
    """A direction for each parameter, zero where none is given. Raises SymrnnError for another shape."""
    found = {}
    for leaf, array in parameters.items():
        given = np.asarray(directions.get(str(leaf), np.zeros_like(array)), dtype=float)
        if given.shape != array.shape:
            raise SymrnnError(f"the direction of {leaf} has shape {given.shape}, {leaf} has {array.shape}")
        found[leaf] = given
    return found

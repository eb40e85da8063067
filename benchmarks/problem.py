"""What every contender computes: loss and gradients of all parameters, at seven sizes, for three cells.

A linear readout and softmax cross-entropy at every step, summed; the rows of ``x`` (T, B, m) are the steps.
The cells and the names of their parameters are symrnn's; "gru" is gru-reset-after, the form that torch has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray
Values = Mapping[str, Array]


class Sizes(NamedTuple):
    """Steps, state, input, classes, sequences."""

    T: int
    n: int
    m: int
    v: int
    B: int


POINTS = {
    "course": Sizes(3, 2, 2, 2, 1),
    "tiny": Sizes(10, 8, 8, 8, 1),
    "minchar": Sizes(25, 100, 65, 65, 1),
    "mid": Sizes(50, 64, 64, 32, 32),
    "big": Sizes(100, 128, 128, 64, 32),
    "huge": Sizes(100, 256, 256, 64, 64),
    "long": Sizes(1000, 64, 64, 32, 8),
}
CELLS = {"rnn": "rnn", "gru": "gru-reset-after", "lstm": "lstm"}
GATES = {"rnn": (), "gru": ("z", "r", "h"), "lstm": ("f", "i", "o", "g")}
STATES = {"rnn": ("h",), "gru": ("h",), "lstm": ("h", "c")}
READOUT = {"rnn": ("V", "c"), "gru": ("W_y", "b_y"), "lstm": ("W_y", "b_y")}


@dataclass(frozen=True)
class Problem:
    """One point: ``values`` has x (T, B, m), labels (T, B), the parameters and h0 (and c0), each (B, n)."""

    cell: str
    sizes: Sizes
    values: Values
    threads: int = 1

    @property
    def dtype(self) -> np.dtype:
        return self.values["x"].dtype

    @property
    def parameters(self) -> dict[str, Array]:
        return {name: self.values[name] for name in parameter_shapes(self.cell, self.sizes)}

    @property
    def one_hot(self) -> Array:
        """The targets as (T, B, v)."""
        return np.eye(self.sizes.v, dtype=self.dtype)[self.values["labels"]]


@dataclass(frozen=True)
class Run:
    """A contender at one point: ``call`` is what is timed, ``named`` gives its result as loss and gradients by name.

    A contender with a layout of its own has its parameters in it before the clock starts; ``pack`` brings those of the
    problem there again, as someone who keeps them by name has to before each call.
    """

    call: Callable[[], Any]
    named: Callable[[Any], tuple[float, dict[str, Array]]]
    pack: Callable[[], None] = lambda: None


def parameter_shapes(cell: str, sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The parameters by symrnn's names; a bias is a vector."""
    n, m, v = sizes.n, sizes.m, sizes.v
    weights, bias = READOUT[cell]
    shapes: dict[str, tuple[int, ...]] = {weights: (v, n), bias: (v,)}
    if cell == "rnn":
        return {"W": (n, n), "U": (n, m), "b": (n,), **shapes}
    for gate in GATES[cell]:
        shapes |= {f"W_{gate}": (n, m), f"U_{gate}": (n, n), f"b_{gate}": (n,)}
    return shapes | ({"b_u": (n,)} if cell == "gru" else {})


def make_problem(cell: str, sizes: Sizes, dtype: str, threads: int = 1, seed: int = 0) -> Problem:
    """Random values: parameters of the scale that keeps the states in the range of tanh."""
    rng = np.random.default_rng(seed)
    T, n, m, v, B = sizes
    values = {
        name: rng.normal(0, 1 / np.sqrt(shape[-1]), shape)
        for name, shape in parameter_shapes(cell, sizes).items()
    }
    values["x"] = rng.normal(size=(T, B, m))
    values |= {f"{state}0": rng.normal(0, 0.5, (B, n)) for state in STATES[cell]}
    typed = {name: np.ascontiguousarray(array, dtype) for name, array in values.items()}
    return Problem(cell, sizes, {**typed, "labels": rng.integers(0, v, (T, B))}, threads)


def joined(values: Values, names: tuple[str, ...]) -> Array:
    """Parameters side by side, transposed: matrices (n, m) as (m, n + n + ...), vectors one after the other."""
    return np.ascontiguousarray(np.concatenate([values[name].T for name in names], axis=-1))


def parted(array: Array, names: tuple[str, ...]) -> dict[str, Array]:
    """The inverse of ``joined``."""
    return {name: part.T for name, part in zip(names, np.split(array, len(names), axis=-1), strict=True)}

"""A model in real numbers, at sizes as small as they can be: for counterexamples, never for verdicts.

The evaluator computes in a prime field and reduces all it has modulo P.  A Real is a float to which that does nothing,
and for which an element of the field that stands for a fraction is that fraction (Wang 1981).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from symrnn.check.body import formula_value
from symrnn.check.definition import Choice, OutOfRange, Undefined
from symrnn.check.functions import BY_FORMULA, Functions
from symrnn.check.jacobian import Label
from symrnn.check.model import Model
from symrnn.check.tensor import Array, Tensor, apply
from symrnn.check.world import World
from symrnn.derivative import VALUE, derivative
from symrnn.field import Field, P
from symrnn.functions import FUNCTIONS

NUMBERS = (-1, -0.5, -0.25, 0.25, 0.5, 1)  # what parameters and data are made of
TARGETS = {1: (1.0,), 2: (0.25, 0.75), 3: (0.25, 0.25, 0.5)}
MOST = 2**30  # numerators and denominators


@cache
def fraction(a: int) -> float:
    """The fraction of small numbers that an element of the field is."""
    a %= P
    r, s, u, v = P, a, 0, 1
    while abs(s) > MOST:
        quotient = r // s
        r, s, u, v = s, r - quotient * s, v, u - quotient * v
    return s / v


def real(a: Any) -> float:
    """A number of the evaluator as a float."""
    return float(a) if isinstance(a, float) else fraction(int(a))


class Real(float):
    """A float among integers that stand for fractions; nothing is reduced."""

    def _with(self, other: Any, operation: Callable[[float, float], float]) -> Real:
        return Real(operation(float(self), real(other)))

    def __add__(self, other: Any) -> Real:
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Real:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Real:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Real:
        return self._with(other, lambda a, b: a * b)

    def __neg__(self) -> Real:
        return Real(-float(self))

    def __mod__(self, modulus: Any) -> Real:
        return self

    def __pow__(self, exponent: Any, modulus: Any = None) -> Real:
        return Real(float(self) ** exponent)

    __radd__, __rmul__ = __add__, __mul__
    __hash__ = float.__hash__


class RealField(Field):
    """Small random numbers for what is only named."""

    def atom(self, *key: Any) -> Any:
        """A small number, the same for the same key."""
        return Real(random.Random(f"{self.seed} {key}").choice(NUMBERS))


class RealFunctions(Functions):
    """The functions of the table as they are; one that is only named is the tanh."""

    def apply(self, name: str, argument: Tensor) -> Tensor:
        """A function entry by entry."""
        pairs = [self._pair(name, a) for a in argument.value.flat]
        values, slopes = ([pair[i] for pair in pairs] for i in (0, 1))
        return apply(argument, _array(values, argument), _array(slopes, argument))

    def slopes(self, name: str, argument: Tensor) -> Tensor:
        """The derivative of a function, entry by entry."""
        return Tensor(_array([self._pair(name, a)[1] for a in argument.value.flat], argument))

    def _pair(self, name: str, a: Any) -> tuple[Any, Any]:
        if name.startswith(BY_FORMULA):
            return self._formula(name.removeprefix(BY_FORMULA), a)
        return _value_and_slope(name, real(a))

    def slope_of_value(self, name: str, y: Any) -> Any:
        """The slope as a function of the value."""
        slope, in_value = derivative(FUNCTIONS[name if name in FUNCTIONS else "tanh"], 0)
        return Real(slope.subs(VALUE, y)) if in_value else None


@cache
def _value_and_slope(name: str, a: float) -> tuple[float, float]:
    function = FUNCTIONS[name if name in FUNCTIONS else "tanh"]
    if name == "identity":
        return a, 1.0
    if name == "exp":
        return math.exp(a), math.exp(a)
    exact = function(a)
    if not exact.is_real:
        raise ValueError(f"{name} of {a} is no real number")
    value = float(exact)
    slope, in_value = derivative(function, 0)
    return value, float(slope.subs(VALUE if in_value else function.variables[0], value if in_value else a))


def _array(values: list[float], like: Tensor) -> Array:
    return np.array([Real(value) for value in values], dtype=object).reshape(like.shape)


@dataclass(eq=False)
class RealWorld(World):
    """The model at one point of small numbers."""

    def __post_init__(self) -> None:
        self.functions = RealFunctions(RealField(self.seed), partial(formula_value, self))

    def _free(self, label: Label) -> Tensor:
        if label.key not in self.shapes:
            raise Undefined(label.key)
        if any(not self._exists(label.key, time) for time in label.times):
            raise OutOfRange
        shape = self.shapes[label.key]
        rng = random.Random(f"{self.seed} {label}")
        count = shape[0] * shape[1]
        if label.key in self.normalised and max(shape) in TARGETS:
            drawn = rng.sample(TARGETS[max(shape)], max(shape)) * min(shape)
        else:
            drawn = [rng.choice(NUMBERS) for _ in range(count)]
        return Tensor(np.array([Real(x) for x in drawn], dtype=object).reshape(shape))


def real_world(model: Model, choice: Choice, small: bool) -> RealWorld:
    """The model in real numbers; ``small``: every size 2, but for what is stacked."""
    size = _sizes(model) if small else {}

    def sized(n: int) -> int:
        return size.get(n, n)

    shapes = {key: (sized(rows), sized(cols)) for key, (rows, cols) in model.shapes.items()}
    blocks: Mapping[str, Mapping[str, slice]] = model.blocks
    if small:
        blocks = {key: _blocks(operands, sized) for key, operands in model.blocks.items()}
    world = model.world(choice)
    return RealWorld(
        world.lexicon, world.definitions, shapes, world.steps, world.normalised, choice, 1, world.lagged,
        world.leading, world.generic, blocks, {key: sized(n) for key, n in model.stacked.items()}, world.aliases,
        {key: sized(n) for key, n in model.sizes.items()}, world.relations,
        loss=world.loss,
    )  # fmt: skip


def _sizes(model: Model) -> dict[int, int]:
    """A size for every size: 2, or the sum of what is stacked."""
    every = {n for shape in model.shapes.values() for n in shape if n > 1}
    sums = {
        max(s.stop for s in operands.values()): len(operands)
        for operands in model.blocks.values()
        if operands
    }
    return {n: 2 * sums.get(n, 1) for n in every}


def _blocks(operands: Mapping[str, slice], sized: Callable[[int], int]) -> dict[str, slice]:
    found, start = {}, 0
    for key, columns in sorted(operands.items(), key=lambda pair: pair[1].start):
        width = sized(columns.stop - columns.start)
        found[key] = slice(start, start + width)
        start += width
    return found


__all__ = ["RealWorld", "real", "real_world"]

"""One random instance of the model of a document: every quantity at every step, and every derivative, exactly.

The quantities that nothing defines (parameters, data, initial states) are random elements of a prime field; all
others follow from the document's own equations.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from symrnn.check.body import body_value, formula_value
from symrnn.check.definition import STEP_LOSS, Choice, Definition, OutOfRange, Seed, Undefined, Unsupported
from symrnn.check.formulas import function_key
from symrnn.check.functions import Functions
from symrnn.check.jacobian import Jacobian, Label, derivative
from symrnn.check.joint import joint_states
from symrnn.check.meter import Meter
from symrnn.check.names import Lexicon, quantities
from symrnn.check.relations import NONE, Relations
from symrnn.check.stepping import Ends, starts_at_zero, step_number
from symrnn.check.tensor import Mismatch, Shape, Tensor, total
from symrnn.field import Field, P
from symrnn.notes.formula import BigOperator, Call, Infix, Name, Node, Number

Env = Mapping[str, int]
PLAIN = Choice()
CIRCLE = "is defined by itself"


@dataclass(eq=False)
class World:
    """The model at one random point."""

    lexicon: Lexicon
    definitions: Mapping[str, tuple[Definition, ...]]
    shapes: Mapping[str, Shape]
    steps: int
    normalised: frozenset[str] = frozenset()
    choice: Choice = PLAIN
    seed: int = 1
    lagged: Mapping[str, int] = field(default_factory=dict)
    leading: Mapping[str, int] = field(default_factory=dict)
    generic: frozenset[str] = frozenset()
    blocks: Mapping[str, Mapping[str, slice]] = field(default_factory=dict)  # weight -> operand -> columns
    stacked: Mapping[str, int] = field(
        default_factory=dict
    )  # weight -> how many columns, where they are rows
    aliases: Mapping[str, str] = field(
        default_factory=dict
    )  # what a claim calls it -> what its definition does
    sizes: Mapping[str, int] = field(default_factory=dict)  # the letters of sizes
    relations: Relations = NONE
    meter: Meter = field(default_factory=Meter)
    loss: Label | None = None  # whose gradient dX is
    row: bool = False  # whether vectors are rows
    functions: Functions = field(init=False)
    _values: dict[tuple[Label, Seed | None], Tensor] = field(default_factory=dict)
    entry_ranges: dict[str, tuple[range, ...]] = field(default_factory=dict)  # see symrnn.check.indices
    culprit: str = ""
    _active: set[Label] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.functions = Functions(Field(self.seed), partial(formula_value, self))

    def extended(self, definitions: Mapping[str, tuple[Definition, ...]]) -> World:
        """The same point with one more definition, of a quantity that no other reads."""
        other = replace(self, definitions=definitions)
        other.functions = self.functions
        other._values = dict(self._values)
        return other

    @cached_property
    def results(self) -> dict[str, Shape]:
        """The shapes of what functions give that are only named: that of h for h_t = f(h_{t-1}, x_t)."""
        return {
            function_key(definition.body.head): self.shapes[key]
            for key, group in self.definitions.items()
            for definition in group
            if key in self.shapes
            and isinstance(definition.body, Call)
            and isinstance(definition.body.head, Name)
        }

    @cached_property
    def gates(self) -> frozenset[str]:
        """What equations other than those of losses read at its own step: no state and no output of the network."""
        lexicon = self.lexicon
        read = {
            lexicon.read(name).key
            for key, group in self.definitions.items()
            if not lexicon.is_loss(key) and key != STEP_LOSS
            for definition in group
            for name in quantities(definition.body)
        }
        return frozenset(read & {*self.definitions} - {*self.lagged})

    # -- steps

    def step(self, node: Node, env: Env) -> int:
        """The number of a step. Raises Unsupported for what is none."""
        return step_number(node, env, self._ends)

    def exponent(self, node: Node, env: Env) -> int:
        """The number of an exponent. Raises Unsupported for what is none."""
        return step_number(node, env, self._ends._replace(zero=0))

    @cached_property
    def _ends(self) -> Ends:
        zero = int(starts_at_zero(self.lexicon, self.definitions))
        return Ends(self._origin, self.steps, frozenset(self.lexicon.lengths), zero)

    @cached_property
    def _origin(self) -> int:
        """The number of t_0: 1 where h(t + 1) is defined by h(t)."""
        times = (time for group in self.definitions.values() for d in group for time in d.times)
        return int(any(isinstance(time, Infix) and time.operators == ("+",) for time in times))

    # -- quantities

    def quantity(self, label: Label, seed: Seed | None = None, step: int | None = None) -> Tensor:
        """The value of a quantity, with its tangent by a seed, where ``step`` reads it. Raises OutOfRange."""
        if seed is not None and seed.label.key in self.joint:
            part = self._within(label, seed.label)
            if part is not None:
                return part
        if seed is not None:
            seed = self._seed_for(label, seed)
        if seed is not None and label == seed.label and (seed.copy is None or seed.copy == step):
            value = self.quantity(label).value
            size = value.size
            eye = np.array([[int(i == j) for j in range(size)] for i in range(size)], dtype=object)
            return Tensor(value, eye.reshape(*value.shape, size))
        if seed is not None and label == seed.label:
            seed = None  # another step's copy
        if (label, seed) not in self._values:
            with self.active(label, again=seed is not None):
                self._values[label, seed] = self._compute(label, seed)
        return self._values[label, seed]

    @contextmanager
    def active(self, label: Label, *, again: bool = False) -> Iterator[None]:
        """While a quantity is evaluated. Raises Unsupported for what needs itself, unless it may be met ``again``."""
        if label in self._active and not again:
            raise Unsupported(f"{label.key} {CIRCLE}")
        self._active.add(label)
        if len(self._active) == 1:
            self.culprit = ""
        try:
            yield
        except (Mismatch, Unsupported):
            self.culprit = self.culprit or label.key
            raise
        finally:
            self._active.discard(label)

    @cached_property
    def joint(self) -> dict[str, tuple[Name, ...]]:
        """The names for several states above one another, and the states."""
        return joint_states(self.lexicon, self.definitions)

    def _within(self, label: Label, whole: Label) -> Tensor | None:
        """A state with its tangent by the whole that it is a part of; None if it is no part of it."""
        start = 0
        found: tuple[int, int] | None = None
        for name in self.joint.get(whole.key, ()):
            symbol = self.lexicon.read(name)
            part = Label(symbol.key, whole.times)
            size = self.quantity(part).value.size
            if part == label:
                found = (start, size)
            start += size
        if found is None:
            return None
        value = self.quantity(label).value
        eye = np.array(
            [[int(found[0] + i == j) for j in range(start)] for i in range(found[1])], dtype=object
        )
        return Tensor(value, eye.reshape(*value.shape, start))

    def _seed_for(self, label: Label, seed: Seed) -> Seed | None:
        """The seed as a quantity sees it: none where it is held fixed."""
        if label in (seed.label, seed.root) or seed.kind == "total":
            return seed
        if seed.kind == "direct":
            return None
        if seed.kind == "later":
            return None if label.times[:1] == seed.label.times[:1] else seed
        root = seed.root.times[0] if seed.root and seed.root.times else 0
        return None if label.times and label.times[0] < root else seed

    def _compute(self, label: Label, seed: Seed | None) -> Tensor:
        found = self.equation(label)
        if found is None:
            free = self._free(label)
            slope = None if seed is None else self._slope(label, seed.label)
            return free if slope is None else Tensor(free.value, np.array([[[slope]]], dtype=object))
        return body_value(self, *found, label, seed)

    def equation(self, label: Label) -> tuple[Definition, dict[str, int]] | None:
        """The equation that defines a quantity at its steps, and what its letters stand for there."""
        candidates = self.definitions.get(label.key, ())
        if not candidates:
            return None
        if any(not self._exists(label.key, time) for time in label.times):
            raise OutOfRange
        if any(not 1 <= time <= self.steps for time in label.times) and label.key in (
            *self.lagged,
            *self.leading,
        ):
            return self._at_boundary(label)
        loose = None
        for definition in candidates:
            if len(definition.times) != len(label.times):
                if len(definition.times) < len(label.times):  # Gamma_f = ..., where the step goes unsaid
                    loose = definition, {"t": label.times[0]}
                continue
            env = self.match(definition.times, label.times)
            if env is not None and definition.times and min(env.values(), default=1) < 1 <= min(label.times):
                return None  # the initial state of h(t + 1) = f(h(t))
            if env is not None and (
                min(label.times, default=1) > 0
                or not env
                or label.key in self.joint
                or isinstance(definition.body, BigOperator)  # what is lost after step 0
            ):
                return definition, env
        if loose is not None and min(label.times) > 0:
            return loose
        if label.times and min(label.times) < 1:
            if label.key in self.lagged:
                return None
            raise OutOfRange
        if not label.times and candidates:
            return None
        raise OutOfRange

    def _exists(self, key: str, time: int) -> bool:
        """Whether a quantity has a value at a step: before the first and after the last only what is read there."""
        before = 0 if self._ends.zero else self.lagged.get(key, 0 if key not in self.definitions else 1)
        first = 1 - before
        return first <= time <= self.steps + self.leading.get(key, 0)

    def _at_boundary(self, label: Label) -> tuple[Definition, dict[str, int]] | None:
        """The equation of a quantity before the first step or after the last, if it has one: h_0 = 0."""
        for definition in self.definitions.get(label.key, ()):
            if len(definition.times) == len(label.times):
                env = self.match(definition.times, label.times)
                if env == {}:
                    return definition, env
        return None

    def match(self, patterns: tuple[Node, ...], times: tuple[int, ...]) -> dict[str, int] | None:
        """What the letters of the steps in an equation stand for where they are these numbers; None if never."""
        env: dict[str, int] = {}
        for pattern, time in zip(patterns, times, strict=True):
            match pattern:
                case Name(stem=stem) if stem not in self.lexicon.lengths:
                    env[stem] = time
                case Infix(
                    operators=(("+" | "-") as sign,), operands=(Name(stem=stem), Number(digits=digits))
                ) if stem not in self.lexicon.lengths:
                    env[stem] = time + (int(digits) if sign == "-" else -int(digits))
                case _:
                    if self.step(pattern, {}) != time:
                        return None
        return env

    def _slope(self, top: Label, bottom: Label) -> int | None:
        """How fast a variable follows another where no equation gives it: any way, and the other way the inverse."""
        pair = frozenset((top.key, bottom.key))
        if pair not in self.relations.pairs:
            return None
        if self.equation(bottom) is not None:
            slope = self.derivative(bottom, top).full
            if not slope.any():
                return None
            return pow(int(slope.item()), -1, P)
        slope = random.Random(f"{self.seed} {sorted(pair)}").randrange(1, P)
        return slope if top.key < bottom.key else pow(slope, -1, P)

    def _free(self, label: Label) -> Tensor:
        """Random entries; those of a target sum to one."""
        if label.key not in self.shapes:
            raise Undefined(label.key)
        if any(not self._exists(label.key, time) for time in label.times):
            raise OutOfRange
        rows, cols = self.shapes[label.key]
        rng = random.Random(f"{self.seed} {label}")
        numbers = np.array([rng.randrange(1, P) for _ in range(rows * cols)], dtype=object).reshape(
            rows, cols
        )
        if label.key in self.normalised:
            if rows > 1:
                numbers[-1] = (1 - numbers[:-1].sum(axis=0)) % P
            elif cols > 1:
                numbers[0, -1] = (1 - numbers[0, :-1].sum()) % P
        return Tensor(numbers)

    # -- derivatives

    def derivative(self, top: Label, bottom: Label, kind: str = "total", copy: int | None = None) -> Jacobian:
        """d top / d bottom: total, with all earlier steps fixed, or with all other quantities fixed."""
        seed = Seed(bottom, kind, None if kind == "total" else top, copy)
        shape = self.quantity(bottom).shape
        tensor = self.quantity(top, seed)
        below = bottom if copy is None else Label(bottom.key, (copy,))
        return derivative(tensor, top, below, shape)

    def as_scalar(self, tensor: Tensor) -> Tensor:
        """A loss, where its formula gives one for every entry: their sum."""
        return tensor if tensor.is_scalar else total(tensor)


__all__ = ["Choice", "Definition", "OutOfRange", "Seed", "Undefined", "Unsupported", "World"]

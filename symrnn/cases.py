"""A numeric case: a batch of sequences with random values, and the derivation's gradients of its loss.

J = 1/q sum_i L(sequence i): q sequences of different lengths share the parameters; inputs, targets, initial
states and the cotangents injected at the final states are each sequence's own.  All sizes differ and are
above 1, so that a lost transpose shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from sympy import Expr, S

from symrnn.adjoint import reverse
from symrnn.equations import Equation, Model
from symrnn.errors import SymrnnError
from symrnn.evaluate import Floats, evaluate
from symrnn.expressions import LENGTHS, Adjoint, Array, Leaf, Variable, inner, plus
from symrnn.oracles.elementwise import Formula
from symrnn.oracles.interpreter import loss, near_kink
from symrnn.proof import small_sizes
from symrnn.unroll import Steps, unroll

SEQUENCES = 2
KINK_DISTANCE = 1e-3  # more than a hundred steps of the central differences
ATTEMPTS = 50
SEED = "seed_"  # the cotangent injected at the final h is seed_h


@dataclass(frozen=True)
class Sequence:
    """One sequence: its numbers of steps, its own values and its injected final cotangents, by key."""

    steps: Steps
    own: Mapping[str, Array]
    final: Mapping[str, Array]

    @property
    def lengths(self) -> dict[str, int]:
        """The numbers of steps by their letters: {"T": 3}."""
        return {str(LENGTHS[clock]): count for clock, count in self.steps.items()}


@dataclass(frozen=True)
class Case:
    """A batch. ``shared`` are the parameters by key; ``text`` is the whole model's."""

    model: Model
    text: str
    sizes: Mapping[Expr, int]
    shared: Mapping[str, Array]
    sequences: tuple[Sequence, ...]
    functions: Mapping[str, Formula]

    @property
    def values(self) -> dict[str, Array]:
        """All values in one dictionary, those of sequence i under "x[1] of sequence i"."""
        own = {own_key(key, i): array for i, s in enumerate(self.sequences) for key, array in s.own.items()}
        return {**self.shared, **own}

    @property
    def asked(self) -> list[str]:
        """The keys for which there is a gradient: all but those of targets and weights of the loss."""
        own = [own_key(key, i) for i, s in enumerate(self.sequences) for key in self._asked(s.own)]
        return [*self._asked(self.shared), *own]

    def _asked(self, keys: Iterable[str]) -> list[str]:
        return [key for key in keys if _name(key) not in self.model.targets]

    def loss(self, values: Mapping[str, Array]) -> Array:
        """J, (1, 1), by the interpreter of the text, which knows nothing of the derivation."""
        total = np.zeros((1, 1))
        for i, sequence in enumerate(self.sequences):
            here = {**{k: values[k] for k in self.shared}, **{k: values[own_key(k, i)] for k in sequence.own}}
            total = total + loss(self.text, here, sequence.lengths, sequence.final, self.functions)
        return total / len(self.sequences)

    def gradients(self) -> dict[str, Array]:
        """The derivation's gradients of J: the backward pass unrolled and computed in double precision."""
        injected = with_final_cotangents(self.model)
        backward = reverse(injected)
        total: dict[str, Array] = {}
        for i, sequence in enumerate(self.sequences):
            here = {
                **self.shared,
                **sequence.own,
                **{f"{SEED}{_name(k)}": g for k, g in sequence.final.items()},
            }
            for key, array in gradients(injected, backward, here, sequence.steps, self.sizes).items():
                name = key if key in self.shared else own_key(key, i)
                total[name] = total.get(name, 0) + array / len(self.sequences)
        return total


def own_key(key: str, i: int) -> str:
    """The key in a batch of what is a sequence's own: "x[1] of sequence 2"."""
    return f"{key} of sequence {i + 1}"


def _name(key: str) -> str:
    return key.split("[")[0]


def gradients(
    model: Model, backward: Model, values: Mapping[str, Array], steps: Steps, sizes: Mapping[Expr, int]
) -> dict[str, Array]:
    """The gradients of one sequence's loss, by key, in double precision."""
    forward = unroll(model, steps)
    ring = Floats({**sizes, **{LENGTHS[clock]: count for clock, count in steps.items()}})
    given = {leaf: values[str(leaf)] for leaf in forward.given}
    known = evaluate(unroll(backward, steps), evaluate(forward, given, ring), ring)
    wanted = (leaf for leaf in given if leaf.name not in model.targets and not leaf.name.startswith(SEED))
    # What the loss does not depend on has no equation, and the derivative zero.
    return {str(x): known.get(Adjoint(x, model.loss), np.zeros_like(given[x])) for x in wanted}


def with_final_cotangents(model: Model) -> Model:
    """The model with sum(seed * s) added to its loss for the last value s of every state: h[T], or g[1] for g[t+1]."""
    total = model.bound[model.loss.base]
    seeded = [inner(Variable(f"{SEED}{s.name}", *s.shape), s) for s in final_states(model)]
    added = Equation(total.lhs, plus(total.rhs, *seeded))
    return replace(model, equations=tuple(added if e is total else e for e in model.equations))


def final_states(model: Model) -> list[Leaf]:
    """The last value computed of every state."""
    ahead = {x.base for x in model.boundary if x.clock in LENGTHS.values()}
    return [s.at(S.Zero, 1) if s.base in ahead else s.at(LENGTHS[s.clock], 0) for s in model.states]


def make_case(model: Model, text: str, steps: Steps, functions: Mapping[str, Formula], seed: int = 0) -> Case:
    """A case with random values, none of them near a kink of relu, abs, max, ...

    Raises SymrnnError if no such values are found, or none for which the loss is finite.
    """
    sizes = small_sizes(model, steps, apart_from=(SEQUENCES,))
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        case = _draw(model, text, steps, sizes, functions, rng, attempt >= ATTEMPTS // 2)
        with np.errstate(all="ignore"):
            finite = np.isfinite(case.loss(case.values)).all()
        if finite and not any(_kinks(case)):
            return case
    raise SymrnnError("no random values found at which the loss is finite and no function is near its kink")


def _draw(
    model: Model,
    text: str,
    steps: Steps,
    sizes: Mapping[Expr, int],
    functions: Mapping[str, Formula],
    rng: np.random.Generator,
    positive: bool,
) -> Case:
    """Random values; all positive where a model may need that, for a logarithm say."""
    normalised = {fact.name for fact in model.facts}

    def draw(leaf: Leaf) -> Array:
        shape = tuple(int(d.xreplace(sizes)) for d in leaf.shape)
        if leaf.name in model.targets:  # in (0, 1), as probabilities are
            target = rng.uniform(0.1, 0.9, shape)
            return target / target.sum() if leaf.name in normalised else target
        values = rng.uniform(0.2, 1.0, shape)
        return values if positive else values * rng.choice([-1.0, 1.0], shape)

    sequences = []
    for i in range(SEQUENCES):
        own_steps = {clock: max(1, count - i) for clock, count in steps.items()}
        given = [leaf for leaf in unroll(model, own_steps).given if leaf not in model.parameters]
        final = {str(_at_length(s, own_steps)): draw(s) for s in final_states(model)}
        sequences.append(Sequence(own_steps, {str(leaf): draw(leaf) for leaf in given}, final))
    shared = {str(leaf): draw(leaf) for leaf in model.parameters}
    return Case(model, text, sizes, shared, tuple(sequences), functions)


def _at_length(leaf: Leaf, steps: Steps) -> Leaf:
    """h[T] as h[3]."""
    lengths = {LENGTHS[clock]: count for clock, count in steps.items()}
    return leaf.at(S.Zero, lengths[leaf.clock] + leaf.offset) if leaf.clock in lengths else leaf


def _kinks(case: Case) -> Iterator[str]:
    for sequence in case.sequences:
        here = {**case.shared, **sequence.own}
        yield from near_kink(case.text, here, sequence.lengths, KINK_DISTANCE, case.functions)

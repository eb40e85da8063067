"""What a form is: one derivation written in one way, as equations to read and as a graph to compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sympy import S

from symrnn.equations import Equation, Graph
from symrnn.expressions import LENGTHS, Adjoint, Call, Leaf
from symrnn.unroll import Range, Steps, instantiate


@dataclass(frozen=True)
class Form:
    """One way to write the gradients of a model.

    ``equations`` have symbolic indices and stand in reading order; there are none where a form exists only
    for given numbers of steps.  ``definitions`` are quantities of the forward pass that the form names anew,
    the future loss F[t] say, ``functions`` its named functions, whose bodies one reads first; ``special`` are
    the ranges of indices that are not the usual ones.
    """

    name: str
    words: str
    equations: tuple[Equation, ...]
    definitions: tuple[Equation, ...] = ()
    functions: tuple[Call, ...] = ()
    special: Mapping[Leaf, tuple[Range, ...]] = field(default_factory=dict)
    unrolled: Callable[[Steps], Graph] | None = None

    def ranges(self, equation: Equation) -> tuple[Range, ...]:
        """For which values of its indices an equation holds: t = 1..T, and for a later loss u = t+1..T."""
        return self.special.get(equation.lhs, _usual(equation.lhs))

    def graph(self, steps: Steps) -> Graph:
        """The equations for given numbers of steps, for all values of their indices, in computing order."""
        if self.unrolled is not None:
            return self.unrolled(steps)
        return instantiate(((e, self.ranges(e)) for e in self.equations), steps)

    def defined(self, steps: Steps) -> Graph:
        """The definitions for given numbers of steps."""
        return instantiate(((e, self.ranges(e)) for e in self.definitions), steps)


def _usual(lhs: Leaf) -> tuple[Range, ...]:
    if lhs.clock is None or lhs.clock not in LENGTHS:
        return ()
    steps = Range(lhs.clock, S.One, LENGTHS[lhs.clock])
    later = lhs.loss.clock if isinstance(lhs, Adjoint) else None
    if later is not None and later != lhs.clock:
        return (steps, Range(later, lhs.clock + 1, LENGTHS[lhs.clock]))
    return (steps,)

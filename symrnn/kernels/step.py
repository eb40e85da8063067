"""The function that steps a cell, for sampling: one step of the equations as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, S

from symrnn.equations import Equation, Model
from symrnn.expressions import Leaf, Over, leaves
from symrnn.kernels.code import Code
from symrnn.kernels.places import Arrays, OneStep
from symrnn.kernels.system import clock_of
from symrnn.naming import Names
from symrnn.render import text


class Now(OneStep):
    """One step by itself: what the step computes by name, what it reads of the past by that of an initial state."""

    def leaf(self, leaf: Leaf) -> str:
        """The code of a quantity."""
        if leaf.clock is None or not leaf.offset:
            return self.arrays.identifiers.of(leaf)
        return self.arrays.identifiers.at_boundary(before(leaf))


def before(leaf: Leaf) -> Leaf:
    """h[0] for h[t-1], h[-1] for h[t-2]: what it is at the first step."""
    return leaf.at(S.Zero, 1 + leaf.offset)


def steps_of(model: Model) -> tuple[Expr, list[Equation]] | None:
    """The clock and the equations of one step that need no target, or None where a cell cannot be stepped."""
    clock = _clock(model)
    moving = [e for e in model.equations if clock is not None and e.lhs.clock == clock]
    known: set[object] = {x.base for x in (*model.parameters, *model.inputs) if x.name not in model.targets}
    found = []
    for equation in moving:
        here = [x for x in leaves(equation.rhs) if not (x.clock == clock and x.offset < 0)]
        if any(x.offset > 0 for x in here if x.clock == clock) or isinstance(equation.rhs, Over):
            return None
        if all(x.base in known for x in here):
            found.append(equation)
            known.add(equation.lhs.base)
    return (clock, found) if clock is not None and found else None


def _clock(model: Model) -> Expr | None:
    """The clock of the output, or the only one."""
    if model.output is not None and clock_of(model.output) is not None:
        return clock_of(model.output)
    clocks = set(model.clocks.values())
    return clocks.pop() if len(clocks) == 1 else None


def step_lines(arrays: Arrays, names: Names, clock: Expr, equations: list[Equation]) -> Iterator[str]:
    """The function ``step`` of a module."""
    place = Now(arrays, clock)
    code = Code(arrays.system, place)
    bound = {e.lhs.base for e in equations}
    used = list(dict.fromkeys(x for e in equations for x in leaves(e.rhs)))
    past = list(dict.fromkeys(before(x) for x in used if x.clock == clock and x.offset < 0))
    weights = [x for x in used if x.clock is None]
    inputs = [x for x in used if x.clock == clock and not x.offset and x.base not in bound]
    yield "def step(values, state, inputs):"
    docstring = (
        '    """One step of a batch: everything it computes, by name, and the state of the next step.',
        "",
        f"    values: {', '.join(str(x) for x in weights)}",
        f"    state: {', '.join(str(x) for x in past) or 'nothing'}; each (batch, its size)",
        f"    inputs: {', '.join(x.name for x in inputs) or 'nothing'}; each (batch, its size)",
        '    """',
    )
    yield from docstring
    for leaf in weights:
        yield f"    {place.leaf(leaf)} = values[{str(leaf)!r}]"
    for leaf in past:
        yield f"    {arrays.identifiers.at_boundary(leaf)} = state[{str(leaf)!r}]"
    for leaf in inputs:
        yield f"    {place.leaf(leaf)} = inputs[{leaf.name!r}]"
    for equation in equations:
        said = f"{text(equation.lhs, names)} = {text(equation.rhs, names)}"
        yield f"    {place.leaf(equation.lhs)} = {code.of(equation.rhs)}  # {said}"
    computed = ", ".join(f"{e.lhs.name!r}: {place.leaf(e.lhs)}" for e in equations)
    following = ", ".join(f"{str(x)!r}: {_later(x, place, clock)}" for x in past if _moves(x, bound))
    yield f"    return {{{computed}}}, {{{following}}}"


def _moves(leaf: Leaf, bound: set[object]) -> bool:
    """Whether a step says what a part of the state becomes; y[t-1] that is given it does not."""
    return leaf.base in bound or leaf.offset < 0


def _later(leaf: Leaf, place: Now, clock: Expr) -> str:
    """What a part of the state is at the next step: h[t] for h[t-1], h[t-1] for h[t-2]."""
    if leaf.offset == 0:
        return place.leaf(leaf.at(clock, 0))
    return place.arrays.identifiers.at_boundary(leaf.at(S.Zero, leaf.offset + 1))

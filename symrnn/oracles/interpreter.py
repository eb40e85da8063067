"""An interpreter of complete model text, which knows nothing of how symrnn reads the same text.

It walks Python's syntax tree with NumPy's meaning of each node; nothing is ever evaluated as Python.  A
quantity is computed when something asks for it and is then kept.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import autograd.numpy as np

from symrnn.oracles.arrays import Array, Gradients, Lengths, Traced, Values
from symrnn.oracles.elementwise import ELEMENTWISE, KINKS, OF_ARRAYS, Formula

Steps = dict[str, int]
"""Index letter -> the step it stands for: {"t": 3}."""

Quantity = tuple[str, int | None]
"""A name and its step; None for what is constant over time."""

Watch = Callable[[ast.expr, Steps, Array], None]

CLOCKS = {"t": "T", "u": "U"}
SUMS = {"sum_t": "t", "sum_u": "u"}
OPERATORS: dict[type[ast.operator], Formula] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


class ModelTextError(ValueError):
    """Text outside the language, or a quantity that nothing defines and no value was given for."""


def loss(
    text: str,
    values: Values,
    lengths: Lengths,
    d_final: Values | None = None,
    functions: Mapping[str, Formula] | None = None,
) -> Array:
    """L, (1, 1), of a complete model text.

    ``d_final`` injects cotangents at final states: {"h[4]": g} adds sum(g * h[4]), whose gradient for h[4]
    is g.  ``functions`` are elementwise functions beyond the built-in ones, by name.
    """
    injected = d_final or {}
    found = evaluate(text, values, lengths, ["L", *injected], functions)
    total = found["L"]
    for key, cotangent in injected.items():
        total = total + np.sum(cotangent * found[key])
    return total


def evaluate(
    text: str,
    values: Values,
    lengths: Lengths,
    wanted: Iterable[str],
    functions: Mapping[str, Formula] | None = None,
) -> Gradients:
    """The wanted quantities of a model text, by key: {"h[2]": (n, 1), "L": (1, 1)}."""
    run = _Evaluation(text, values, lengths, functions or {})
    return {key: run.value(_parse_key(key)) for key in wanted}


def near_kink(
    text: str,
    values: Values,
    lengths: Lengths,
    distance: float,
    functions: Mapping[str, Formula] | None = None,
) -> list[str]:
    """The places where L passes a relu, abs, max, ... closer to its kink than ``distance``.

    There a difference quotient may straddle two slopes: such a point belongs excluded or flagged.
    """
    places: list[str] = []

    def watch(call: ast.expr, steps: Steps, gap: Array) -> None:
        close = np.argwhere(np.atleast_2d(gap) < distance)
        at = "".join(f" at {letter} = {step}" for letter, step in steps.items())
        for row, column in close:
            gap_here = np.atleast_2d(gap)[row, column]
            places.append(f"{ast.unparse(call)}{at}: entry ({row}, {column}) is {gap_here:.2g} from the kink")

    _Evaluation(text, values, lengths, functions or {}, watch).value(("L", None))
    return places


_parse = lru_cache(maxsize=32)(ast.parse)  # numerical gradients ask for the same text a thousand times


def _parse_key(key: str) -> Quantity:
    match = re.fullmatch(r"(\w+)(?:\[(-?\d+)\])?", key)
    if match is None:
        raise ModelTextError(f"{key!r} is no key: write W, x[1] or h[0]")
    return match[1], None if match[2] is None else int(match[2])


def _key(quantity: Quantity) -> str:
    name, step = quantity
    return name if step is None else f"{name}[{step}]"


class _Evaluation:
    """One evaluation of one text: its definitions and the quantities known so far."""

    def __init__(
        self,
        text: str,
        values: Values,
        lengths: Lengths,
        functions: Mapping[str, Formula],
        watch: Watch | None = None,
    ) -> None:
        self._values = values
        self._lengths = lengths
        self._functions = {**ELEMENTWISE, **functions}
        self._watch = watch
        self._known: dict[Quantity, Array] = {}
        # (name, None): constant over time; (name, 0): at a fixed step; (name, "t"): at every step of a clock
        self._definitions: dict[tuple[str, int | str | None], ast.expr] = {}
        for statement in _parse(text).body:
            self._read(statement)

    def _read(self, statement: ast.stmt) -> None:
        target: tuple[str, int | str | None]
        match statement:
            case ast.AnnAssign(value=None):
                return  # a declaration of a shape: the arrays have theirs
            case ast.Assign(targets=[ast.Name(id=name)], value=right):
                target = name, None
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=letter))], value=right
            ) if letter in CLOCKS:
                target = name, letter
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=index)], value=right):
                target = name, self._step(index, {})
            case _:
                raise _refusal(statement)
        if target in self._definitions:
            raise ModelTextError(f"line {statement.lineno}: {ast.unparse(statement)}: bound twice")
        self._definitions[target] = right

    def value(self, wanted: Quantity) -> Array:
        """A quantity, after all that it needs.

        The waiting quantities are a list of our own: at T = 300 Python's stack would be too small for them.
        """
        waiting, opened = [wanted], set[Quantity]()
        while waiting:
            quantity = waiting[-1]
            if quantity in self._known:
                waiting.pop()
                continue
            definition = self._definition(quantity)
            if definition is None:
                self._known[quantity] = self._given(quantity)
                continue
            right, steps = definition
            missing = [q for q in self._references(right, steps) if q not in self._known]
            if not missing:
                self._known[quantity] = self._evaluate(right, steps)
            elif quantity in opened:
                raise ModelTextError(f"{_key(quantity)} needs itself: a cycle without a lag")
            else:
                opened.add(quantity)
                waiting.extend(missing)
        return self._known[wanted]

    def _definition(self, quantity: Quantity) -> tuple[ast.expr, Steps] | None:
        """The right-hand side that gives a quantity, and the step at which to read it; None: it is given."""
        name, step = quantity
        if quantity in self._definitions:
            return self._definitions[quantity], {}
        for letter, length in CLOCKS.items():
            bound = (name, letter) in self._definitions
            if bound and step is not None and 1 <= step <= self._lengths[length]:
                return self._definitions[name, letter], {letter: step}
        return None

    def _given(self, quantity: Quantity) -> Array:
        if _key(quantity) not in self._values:
            raise ModelTextError(f"{_key(quantity)} has no equation, and no value was given")
        return self._values[_key(quantity)]

    def _references(self, node: ast.AST, steps: Steps) -> Iterator[Quantity]:
        """Every quantity that an expression reads."""
        match node:
            case ast.Name(id=name):
                yield name, None
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                yield name, self._step(index, steps)
            case ast.Call(func=ast.Name(id=name), args=[term]) if name in SUMS:
                for inner in self._each_step(SUMS[name], steps):
                    yield from self._references(term, inner)
            case ast.Call(args=arguments):
                for argument in arguments:
                    yield from self._references(argument, steps)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        yield from self._references(child, steps)

    def _evaluate(self, node: ast.expr, steps: Steps) -> Traced:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return np.asarray(number, dtype=float)
            case ast.Name(id=name):
                return self._known[name, None]
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return self._known[name, self._step(index, steps)]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._evaluate(operand, steps)
            case ast.BinOp(left=left, op=operator, right=right):
                return _combine(node, operator, self._evaluate(left, steps), self._evaluate(right, steps))
            case ast.Attribute(value=inner, attr="T"):
                return self._evaluate(inner, steps).T
            case ast.List(elts=parts):
                return np.concatenate([self._evaluate(part, steps) for part in parts], axis=0)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(node, name, arguments, steps)
        raise _refusal(node)

    def _call(self, node: ast.expr, name: str, arguments: list[ast.expr], steps: Steps) -> Traced:
        if name in SUMS and len(arguments) == 1:
            inner = self._each_step(SUMS[name], steps)
            first, *rest = (self._evaluate(arguments[0], at) for at in inner)
            return sum(rest, start=first)
        given = [self._evaluate(argument, steps) for argument in arguments]
        if name in OF_ARRAYS:
            return OF_ARRAYS[name](*given)
        if name not in self._functions:
            raise _refusal(node)
        _check_fit(node, *given)
        if self._watch is not None and name in KINKS:
            self._watch(node, steps, KINKS[name](*given))
        return self._functions[name](*given)

    def _each_step(self, letter: str, steps: Steps) -> list[Steps]:
        return [{**steps, letter: k} for k in range(1, self._lengths[CLOCKS[letter]] + 1)]

    def _step(self, index: ast.expr, steps: Steps) -> int:
        match index:
            case ast.Constant(value=int(step)):
                return step
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(step))):
                return -step
            case ast.Name(id=name) if name in steps:
                return steps[name]
            case ast.Name(id=name) if name in self._lengths:
                return self._lengths[name]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._step(left, steps) + self._step(right, steps)
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return self._step(left, steps) - self._step(right, steps)
        raise _refusal(index)


def _combine(node: ast.BinOp, operator: ast.operator, a: Traced, b: Traced) -> Traced:
    if isinstance(operator, ast.MatMult):
        return a @ b
    if isinstance(operator, ast.Pow) and np.ndim(b) == 0:
        return a**b
    if type(operator) not in OPERATORS:
        raise _refusal(node)
    _check_fit(node, a, b)
    return OPERATORS[type(operator)](a, b)


def _check_fit(node: ast.expr, *given: Traced) -> None:
    """Numbers and (1, 1) fit everything; NumPy would also stretch (n, 1) over (1, m), the language not."""
    shapes = {np.shape(array) for array in given} - {(), (1, 1)}
    if len(shapes) > 1:
        raise ModelTextError(f"line {node.lineno}: {ast.unparse(node)}: shapes differ: {sorted(shapes)}")


def _refusal(node: ast.expr | ast.stmt) -> ModelTextError:
    return ModelTextError(f"line {node.lineno}: {ast.unparse(node)}: not in the language")

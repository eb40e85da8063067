"""SymPy expressions as Python functions.

Elementwise functions become closures over NumPy's, for whole arrays.  Straight-line code goes through SymPy's
lambdify, which executes the text it prints, so this is the one place that calls it, and only symbols that are
plain identifiers may reach it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, reduce
from operator import add, mul
from typing import Any

import numpy as np
import sympy
from sympy import Expr, Lambda, Symbol, lambdify

Arrays = tuple[Any, ...]
Compiled = Callable[[Arrays], Any]

_IDENTIFIER = re.compile(r"[a-z]\w*")
_NUMPY: dict[type, Callable[..., Any]] = {
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.tanh: np.tanh,
    sympy.sinh: np.sinh,
    sympy.cosh: np.cosh,
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.asin: np.arcsin,
    sympy.acos: np.arccos,
    sympy.atan: np.arctan,
    sympy.Abs: np.abs,
    sympy.sign: np.sign,
    sympy.Max: lambda *a: reduce(np.maximum, a),
    sympy.Min: lambda *a: reduce(np.minimum, a),
    sympy.StrictGreaterThan: np.greater,
    sympy.StrictLessThan: np.less,
    sympy.GreaterThan: np.greater_equal,
    sympy.LessThan: np.less_equal,
    sympy.And: lambda *a: reduce(np.logical_and, a),
    sympy.Or: lambda *a: reduce(np.logical_or, a),
}


def compile_scalars(symbols: Sequence[Symbol], expressions: Any, **options: Any) -> Callable[..., Any]:
    """A Python function of the symbols that returns the values of the expressions, by lambdify.

    Raises ValueError if a symbol is not a plain identifier.
    """
    free = {s for e in np.ravel(np.array(expressions, dtype=object)) for s in e.free_symbols}
    for symbol in (*symbols, *free):
        if not _IDENTIFIER.fullmatch(symbol.name):
            raise ValueError(f"{symbol.name!r} is not an identifier")
    return lambdify(symbols, expressions, **options)  # type: ignore[no-any-return]


def has_numpy(function: Lambda) -> bool:
    """Whether NumPy has all that a function is made of; what it has not is computed slowly, by SymPy."""
    known = (*_NUMPY, sympy.Piecewise)
    return all(isinstance(f, known) for f in function.expr.atoms(sympy.Function))


@cache
def numpy_function(function: Lambda) -> Callable[..., Any]:
    """A scalar function for whole arrays of floats."""
    compiled = _closure(function.expr, function.variables)
    return lambda *arrays: compiled(arrays) + np.zeros_like(arrays[0])


def _closure(expression: Expr, variables: Sequence[Symbol]) -> Compiled:
    if expression in variables:
        place = list(variables).index(expression)
        return lambda arrays: arrays[place]
    if expression.is_number or expression in (sympy.true, sympy.false):
        number = bool(expression) if expression.is_Boolean else float(expression)
        return lambda arrays: number
    if isinstance(expression, sympy.Piecewise):
        return _cases(expression, variables)
    parts = [_closure(a, variables) for a in expression.args]
    if expression.is_Add or expression.is_Mul:
        operation = add if expression.is_Add else mul
        return lambda arrays: reduce(operation, (part(arrays) for part in parts))
    if expression.is_Pow and not isinstance(expression, sympy.exp):
        return lambda arrays: np.power(parts[0](arrays), parts[1](arrays))
    if type(expression) in _NUMPY:
        of = _NUMPY[type(expression)]
        return lambda arrays: of(*(part(arrays) for part in parts))
    slow = np.vectorize(lambda *entries: float(expression.func(*entries)), otypes=[float])
    return lambda arrays: slow(*(part(arrays) for part in parts))


def _cases(expression: sympy.Piecewise, variables: Sequence[Symbol]) -> Compiled:
    cases = [(_closure(c, variables), _closure(e, variables)) for e, c in expression.args]

    def compiled(arrays: Arrays) -> Any:
        result: Any = np.nan
        for condition, value in reversed(cases):
            result = np.where(condition(arrays), value(arrays), result)
        return result

    return compiled

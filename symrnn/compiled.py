"""The one place where SymPy expressions become Python functions.

SymPy's lambdify executes the text it prints, so only symbols that we generated may reach it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import mpmath
import numpy as np
from sympy import Expr, Function, Lambda, Symbol, lambdify

_IDENTIFIER = re.compile(r"[a-z]\w*")
# What NumPy has; any other function is computed by mpmath entry by entry, slowly and surely.
_IN_NUMPY = {"tanh", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "asin", "acos", "atan", "Abs", "sign"}


def compile_scalars(symbols: Sequence[Symbol], expressions: Any, **options: Any) -> Callable[..., Any]:
    """A Python function of the symbols that returns the values of the expressions.

    Raises ValueError if a symbol is not a plain identifier.
    """
    free = {s for e in np.ravel(np.array(expressions, dtype=object)) for s in e.free_symbols}
    for symbol in (*symbols, *free):
        if not _IDENTIFIER.fullmatch(symbol.name):
            raise ValueError(f"{symbol.name!r} is not an identifier")
    return lambdify(symbols, expressions, **options)  # type: ignore[no-any-return]


@cache
def numpy_function(function: Lambda) -> Callable[..., Any]:
    """A scalar function for whole arrays of floats."""
    expression: Expr = function.expr
    if {f.func.__name__ for f in expression.atoms(Function)} - _IN_NUMPY - {"Piecewise"}:
        slow = np.vectorize(compile_scalars(function.variables, expression, modules="mpmath"), otypes=[mpmath.mpf])
        return lambda *arrays: slow(*arrays).astype(float)
    fast = compile_scalars(function.variables, expression, modules="numpy")
    if not expression.free_symbols:
        return lambda *arrays: np.full(arrays[0].shape, float(expression))
    return fast

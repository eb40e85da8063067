"""Elementwise functions as NumPy code: the functions of the table stably, any other as SymPy writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
from sympy import Expr, Lambda, Symbol

from symrnn.errors import SymrnnError
from symrnn.functions import FUNCTIONS, RECIPROCAL

CALLS: dict[type, str] = {
    sympy.exp: "np.exp",
    sympy.log: "np.log",
    sympy.tanh: "np.tanh",
    sympy.sinh: "np.sinh",
    sympy.cosh: "np.cosh",
    sympy.sin: "np.sin",
    sympy.cos: "np.cos",
    sympy.tan: "np.tan",
    sympy.asin: "np.arcsin",
    sympy.acos: "np.arccos",
    sympy.atan: "np.arctan",
    sympy.Abs: "np.abs",
    sympy.sign: "np.sign",
    sympy.erf: "erf",  # of the module: NumPy has none
}
JOINED: dict[type, str] = {sympy.Max: "np.maximum", sympy.Min: "np.minimum"}
RELATIONS: dict[type, str] = {
    sympy.StrictGreaterThan: ">",
    sympy.StrictLessThan: "<",
    sympy.GreaterThan: ">=",
    sympy.LessThan: "<=",
    sympy.Equality: "==",
    sympy.Unequality: "!=",
}
# Where the formula of a function overflows, or a shorter one says the same.
PATTERNS: dict[Lambda, str] = {
    FUNCTIONS["sigmoid"]: "0.5 + 0.5 * np.tanh(0.5 * {0})",
    FUNCTIONS["softplus"]: "np.where({0} > 0, {0}, 0) + np.log1p(np.exp(-np.abs({0})))",
    FUNCTIONS["silu"]: "{0} * (0.5 + 0.5 * np.tanh(0.5 * {0}))",
    FUNCTIONS["relu"]: "np.where({0} > 0, {0}, 0)",
    FUNCTIONS["max"]: "np.maximum({0}, {1})",
    FUNCTIONS["min"]: "np.minimum({0}, {1})",
    FUNCTIONS["elu"]: "np.where({0} > 0, {0}, np.expm1(np.where({0} > 0, 0, {0})))",
    FUNCTIONS["square"]: "np.square({0})",
    RECIPROCAL: "1 / {0}",
}


def applied(function: Lambda, arguments: Sequence[str]) -> str:
    """The code of a function of arguments, which are code of atoms. Raises SymrnnError for what NumPy lacks."""
    if function in PATTERNS:
        return PATTERNS[function].format(*arguments)
    return scalar_code(function.expr, dict(zip(function.variables, arguments, strict=True)))


def scalar_code(expression: Expr, known: Mapping[Symbol, str]) -> str:
    """The code of a scalar expression in arrays of the given code."""
    if expression in known:
        return known[expression]
    if expression.is_Integer:
        return str(int(expression))
    if expression in (sympy.true, sympy.false):
        return str(bool(expression))
    if expression.is_number and not expression.has(sympy.Function):
        return repr(float(expression))
    parts = [scalar_code(a, known) for a in expression.args] if not expression.is_Piecewise else []
    inner = [f"({p})" if not p.isidentifier() else p for p in parts]
    kind = type(expression)
    if kind in PATTERN_TYPES:
        return PATTERN_TYPES[kind].join(inner)
    if expression.is_Pow and not isinstance(expression, sympy.exp):
        return _power(expression, inner)
    if kind in CALLS:
        return f"{CALLS[kind]}({parts[0]})"
    if kind in JOINED:
        return f"{JOINED[kind]}({parts[0]}, {parts[1]})" if len(parts) == 2 else _fail(expression)
    if kind in RELATIONS:
        return f"{inner[0]} {RELATIONS[kind]} {inner[1]}"
    if expression.is_Piecewise:
        return _cases(expression, known)
    return _fail(expression)


PATTERN_TYPES: dict[type, str] = {sympy.Add: " + ", sympy.Mul: " * ", sympy.And: " & ", sympy.Or: " | "}


def _power(expression: Expr, inner: Sequence[str]) -> str:
    """Roots and reciprocals by their own functions: whole powers of integers are no powers of floats."""
    if expression.exp == -1:
        return f"1 / {inner[0]}"
    if expression.exp == 2:
        return f"np.square({inner[0]})"
    if expression.exp == sympy.Rational(1, 2):
        return f"np.sqrt({inner[0]})"
    return f"{inner[0]} ** {inner[1]}"


def _cases(expression: Expr, known: Mapping[Symbol, str]) -> str:
    code = "np.nan"
    for value, condition in reversed(expression.args):
        part = scalar_code(value, known)
        code = (
            part if condition == sympy.true else f"np.where({scalar_code(condition, known)}, {part}, {code})"
        )
    return code


def _fail(expression: Expr) -> str:
    raise SymrnnError(f"NumPy has no {type(expression).__name__}: a kernel of {expression} cannot be made")

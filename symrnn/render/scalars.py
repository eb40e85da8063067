"""SymPy scalars as forms: bodies of unnamed functions, numbers, dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Mul, Piecewise, S
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from symrnn.render.form import Form, form, symbol

FUNCTION_NAMES = {"Abs": "abs", "Max": "max", "Min": "min"}
RELATIONS = {">": "gt", "<": "lt", ">=": "ge", "<=": "le", "==": "eq", "!=": "ne"}

Arguments = Mapping[Any, Form]


def scalar(expression: Any, arguments: Arguments | None = None, times: str = "times") -> Form:
    """A scalar expression; ``arguments`` stand in for its symbols, and multiply as ``times`` says."""
    return _Scalars(arguments or {}, times).form(expression)


def signed(number: Any, magnitude: Form) -> Form:
    """A form with a sign in front where the number that it came from is negative."""
    return form("neg", magnitude) if number.could_extract_minus_sign() else magnitude


def inverse(x: Form) -> bool:
    """Whether a form is one over something."""
    return x.head == "fraction" and x.parts[0].head == "number" and x.parts[0].data == 1


def powered(base: Form, exponent: Form) -> Form:
    """A power; that of one over x is one over the power of x."""
    if inverse(base):
        return form("fraction", base.parts[0], powered(base.parts[1], exponent))
    return form("power", base, exponent)


class _Scalars:
    def __init__(self, arguments: Arguments, times: str) -> None:
        self.arguments = arguments
        self.times = times

    def form(self, e: Any) -> Form:
        if e in self.arguments:
            return self.arguments[e]
        if e.is_Number or e.is_NumberSymbol:
            return signed(e, form("number", data=abs(e)))
        if e.is_Symbol:
            return symbol(str(e))
        if e.is_Add:
            return form("sum", *(self.form(term) for term in e.as_ordered_terms()))
        if e.is_Mul:
            return self._product(e)
        if e.is_Pow:
            return self._power(e)
        if isinstance(e, Piecewise):
            return self._cases(e)
        if isinstance(e, Relational):
            return form(RELATIONS[e.rel_op], self.form(e.lhs), self.form(e.rhs))
        return self._call(e)

    def _product(self, e: Any) -> Form:
        number, rest = e.as_coeff_Mul()
        constants = [f for f in Mul.make_args(rest) if not f.free_symbols]
        if constants and rest.free_symbols:  # a constant scales, whatever the arguments do
            constant = Mul(*constants)
            scaled = form("scaled", self.form(abs(number) * constant), self.form(rest / constant))
            return signed(number, scaled)
        above: list[Form] = []
        below: list[Form] = []
        for factor in Mul.make_args(rest):
            under = factor.is_Pow and factor.exp.could_extract_minus_sign()
            (below if under else above).append(self.form(1 / factor if under else factor))
        if number.is_Rational and (below or not rest.free_symbols):
            above = [self.form(abs(S(number.p)))] * (abs(number.p) != 1) + above
            below = [self.form(S(number.q))] * (number.q != 1) + below
        whole = self._joined(above)
        if below:
            whole = form("fraction", whole, self._joined(below))
        elif abs(number) != 1 and rest.free_symbols:
            whole = form("scaled", self.form(abs(number)), whole)
        return signed(number, whole)

    def _joined(self, factors: list[Form]) -> Form:
        numbers = [f for f in factors if f.head == "number"]
        others = [f for f in factors if f.head != "number"]
        if not others:
            return numbers[0] if numbers else form("number", data=S.One)
        whole = others[0] if len(others) == 1 else form(self.times, *others)
        return form("scaled", numbers[0], whole) if numbers else whole

    def _power(self, e: Any) -> Form:
        base, exponent = e.base, e.exp
        if exponent.could_extract_minus_sign():
            return form("fraction", form("number", data=S.One), self.form(base**-exponent))
        if exponent == S.Half:
            return form("root", self.form(base))
        if base == S.Exp1:
            return form("call", self.form(exponent), data="exp")
        return powered(self.form(base), scalar(exponent))

    def _cases(self, e: Any) -> Form:
        (value, condition), *others = e.args
        if value == 1 and len(others) == 1 and others[0].args[0] == 0:
            return form("iverson", self.form(condition))
        parts = [self.form(part) for v, c in e.args for part in (v, c) if part is not S.true]
        return form("cases", *parts)

    def _call(self, e: Any) -> Form:
        if not e.args or isinstance(e, AppliedUndef):
            name = str(e.func) if e.args else str(e)
        else:
            name = FUNCTION_NAMES.get(e.func.__name__, e.func.__name__)
        parts = [self.form(a) for a in e.args]
        if name == "exp" or parts:
            return form("abs" if name == "abs" else "call", *parts, data=name)
        return symbol(name)

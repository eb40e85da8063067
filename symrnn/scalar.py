"""Elementwise algebra: an expression of sums and elementwise products is a scalar expression in its parts.

So SymPy's algebra of commuting scalars can shorten it: y_hat * (1 - y_hat) * ((1 - y) / (1 - y_hat) - y / y_hat)
is y_hat - y.  Whatever is not elementwise (a matrix product, a total, a transpose) is one opaque symbol.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy
from sympy import Expr, Lambda, S, Symbol

from symrnn.equations import Fact
from symrnn.expressions import (
    Adjoint,
    Apply,
    Fill,
    Hadamard,
    Node,
    Plus,
    Product,
    Scale,
    Shape,
    Total,
    Transposed,
    apply,
    fill,
    hadamard,
    leaves,
    plus,
    product,
    remake,
    scale,
    size,
    total,
    transposed,
)
from symrnn.functions import NAMES, X, Y, power


def from_scalar(expression: Expr, parts: Mapping[Expr, Node], shape: Shape) -> Node:
    """The matrix expression whose entries are a scalar expression of the entries of its parts.

    A part of shape (1, 1) among larger ones multiplies as a scalar.
    """
    own = {parts[s].shape for s in expression.free_symbols & parts.keys()}
    if own == {(S.One, S.One)} and shape != (1, 1):
        return scale(from_scalar(expression, parts, (S.One, S.One)), fill(1, shape))
    if expression in parts:
        return parts[expression]
    symbols = sorted(expression.free_symbols & parts.keys(), key=str)
    if not symbols:
        return fill(expression, shape)  # a number, 1/T among them
    renamed = dict(zip(symbols, (X, Y), strict=False))
    function = Lambda(tuple(renamed.values()), expression.xreplace(renamed))
    if function in NAMES:
        return apply(function, *(parts[s] for s in symbols))
    if expression.is_Add:
        return plus(*(from_scalar(a, parts, shape) for a in _positive_first(expression)))
    if expression.is_Mul:
        return _product(expression, parts, shape)
    if expression.is_Pow and expression.exp.is_Integer and not expression.base.is_Symbol:
        return apply(power(int(expression.exp)), from_scalar(expression.base, parts, shape))
    return apply(function, *(parts[s] for s in symbols))


def _positive_first(addition: Expr) -> list[Expr]:
    terms = list(addition.args)
    return sorted(terms, key=lambda a: a.could_extract_minus_sign())


def _product(expression: Expr, parts: Mapping[Expr, Node], shape: Shape) -> Node:
    number, rest = expression.as_independent(*parts, as_Add=False)
    matrices = [from_scalar(factor, parts, shape) for factor in sympy.Mul.make_args(rest)]
    # The cotangent last, as the Jacobian stands in front of it.
    matrices.sort(key=lambda node: any(isinstance(leaf, Adjoint) for leaf in leaves(node)))
    return scale(number, hadamard(*matrices))


def to_scalar(node: Node, parts: dict[Node, Symbol]) -> Expr:
    """The scalar expression of a node's entries; new parts get symbols in ``parts``."""
    operands = node.operands
    if isinstance(node, Fill):
        return node.args[0]
    if isinstance(node, Plus):
        return sympy.Add(*(to_scalar(x, parts) for x in operands))
    if isinstance(node, Hadamard):
        return sympy.Mul(*(to_scalar(x, parts) for x in operands))
    if isinstance(node, Scale):
        factor = node.args[0]
        return (to_scalar(factor, parts) if isinstance(factor, Node) else factor) * to_scalar(
            operands[-1], parts
        )
    if isinstance(node, Apply) and node.function.expr.is_rational_function(*node.function.variables):
        return node.function(*(to_scalar(x, parts) for x in operands))
    if isinstance(node, Product) and any(x.shape == (1, 1) for x in operands):
        matrices = [x for x in operands if x.shape != (1, 1)]
        scalars = [to_scalar(x, parts) for x in operands if x.shape == (1, 1)]
        return sympy.Mul(*scalars, *([to_scalar(product(*matrices), parts)] if matrices else []))
    if isinstance(node, Product) and node.shape == (1, 1) and len(operands) == 2:
        # a^T b is b^T a
        node = min(node, product(*(transposed(x) for x in reversed(operands))), key=str)
    return parts.setdefault(node, Symbol(f"part{len(parts)}", real=True))


def shorten(node: Node, facts: tuple[Fact, ...]) -> tuple[Node, tuple[str, ...]]:
    """The shortest elementwise form found, and the texts of the facts that were used."""
    used: list[str] = []
    short = _elementwise(_inner_products(node, facts, used))
    return short, tuple(dict.fromkeys(used))


def _elementwise(node: Node) -> Node:
    parts: dict[Node, Symbol] = {}
    scalar = to_scalar(node, parts)
    cancelled = sympy.cancel(scalar)
    back = {symbol: part for part, symbol in parts.items()}
    forms = [from_scalar(e, back, node.shape) for e in (cancelled, _sign_inside(sympy.factor(cancelled)))]
    return min((node, *forms), key=size)


def _sign_inside(expression: Expr) -> Expr:
    """-a (b - c) as a (c - b)."""
    number, factors = expression.as_coeff_mul()
    difference = next((f for f in factors if f.is_Add), None)
    if number != -1 or difference is None:
        return expression
    return sympy.Mul(*(-f if f is difference else f for f in factors))


def _inner_products(node: Node, facts: tuple[Fact, ...], used: list[str]) -> Node:
    """Inner products of columns carried out where their elementwise product cancels: p^T (y / p) = sum(y)."""
    if not node.operands:
        return node
    node = remake(node, [_inner_products(x, facts, used) for x in node.operands])
    if isinstance(node, Product) and node.shape == (1, 1) and len(node.operands) == 2:
        left, right = node.operands
        column = left.operands[0] if isinstance(left, Transposed) else None
        if column is not None:
            short = _elementwise(hadamard(column, right))
            if size(short) < size(hadamard(column, right)):
                return _inner_products(total(short), facts, used)
    if isinstance(node, Total):
        (summed,) = node.operands
        for fact in facts:
            if getattr(summed, "name", None) == fact.name:
                used.append(fact.text)
                return fill(1, (S.One, S.One))
    return node

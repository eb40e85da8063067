"""From expressions to forms: signs, fractions, sums over entries, and the functions by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Lambda, S

from symrnn.expressions import (
    Adjoint,
    Apply,
    Blocks,
    Call,
    Chain,
    Diag,
    Diagonal,
    Fill,
    Hadamard,
    Identity,
    Leaf,
    Node,
    Only,
    Over,
    Plus,
    Product,
    Rows,
    Scale,
    Softmax,
    Stack,
    Total,
    Transposed,
    diag,
    hadamard,
    leaves,
    product,
    rebuilt,
)
from symrnn.functions import NAMES, X, Y
from symrnn.render.form import Form, form, symbol
from symrnn.render.scalars import inverse, powered, scalar

SCALAR = (S.One, S.One)


@dataclass(frozen=True)
class Manner:
    """What a format wants of the forms, and where in an expression we are.

    ``entries`` are the letters for sums over entries (none: a call of sum), ``entry`` the letter of the
    entry being written inside such a sum, ``code`` whether rows are counted as Python counts them.
    """

    entries: tuple[str, ...] = ()
    entry: str = ""
    code: bool = False


def lower(node: Node, manner: Manner) -> Form:
    """The form of an expression."""
    if isinstance(node, Leaf):
        return form("leaf", data=(node, manner.entry))
    rule = LOWERING.get(type(node))
    if rule is None:
        raise TypeError(
            f"{type(node).__name__} has no form: add one to LOWERING in symrnn/render/lowering.py"
        )
    if manner.entry and type(node) not in ENTRYWISE:
        whole = replace(manner, entry="")
        inner = rule(node, whole)
        return inner if node.shape == SCALAR else form("entry", inner, symbol(manner.entry))
    return rule(node, manner)


def _plus(node: Node, manner: Manner) -> Form:
    """The terms in order, but for a negative number, which does not stand first: h - 1, not -1 + h."""
    terms = [_term(x, manner) for x in node.operands]
    if isinstance(node.operands[0], Fill) and terms[0].head == "neg":
        terms = terms[1:] + terms[:1]
    return form("sum", *terms)


def _term(node: Node, manner: Manner) -> Form:
    """A term of a sum: a constant is a number there, as it is added to every entry."""
    return scalar(node.args[0]) if isinstance(node, Fill) else lower(node, manner)


def _scale(node: Node, manner: Manner) -> Form:
    factor, matrix = node.args
    if isinstance(factor, Node):
        return form("scaled", lower(factor, replace(manner, entry="")), lower(matrix, manner))
    if factor.could_extract_minus_sign():
        return form("neg", _times_number(-factor, matrix, manner))
    return _times_number(factor, matrix, manner)


def _times_number(factor: Any, matrix: Node, manner: Manner) -> Form:
    if factor == 1:
        return lower(matrix, manner)
    return form("scaled", scalar(factor), lower(matrix, manner))


def _product(node: Node, manner: Manner) -> Form:
    """Products of numbers inside a matrix product need no brackets where both are juxtaposed."""
    factors = [lower(x, manner) for x in node.operands]
    if not manner.code:
        factors = [p for f in factors for p in (f.parts if f.head == "times" else (f,))]
    return form("matmul", *factors)


def _hadamard(node: Node, manner: Manner) -> Form:
    """Reciprocal factors become denominators."""
    factors = [lower(x, manner) for x in node.operands]
    above = [f for f in factors if not inverse(f)]
    below = [f.parts[1] for f in factors if inverse(f)]
    head = _multiplication(node, manner)
    whole = _joined(head, above)
    return form("fraction", whole, _joined(head, below)) if below else whole


def _multiplication(node: Node, manner: Manner) -> str:
    return "times" if manner.entry or node.shape == SCALAR else "hadamard"


def _joined(head: str, factors: list[Form]) -> Form:
    if len(factors) < 2:
        return factors[0] if factors else form("number", data=S.One)
    return form(head, *factors)


def _apply(node: Node, manner: Manner) -> Form:
    operands = [lower(x, manner) for x in node.operands]
    name = NAMES.get(_canonical(node.function))
    if name in SPECIAL:
        return SPECIAL[name](*operands)
    if name:
        return form("call", *operands, data=name)
    arguments = dict(zip(node.function.variables, operands, strict=True))
    return scalar(node.function.expr, arguments, _multiplication(node, manner))


def _canonical(function: Lambda) -> Lambda:
    """The function with the variables of the table, so that it is found there under any other."""
    variables = function.variables
    standard = (X, Y)[: len(variables)]
    if len(variables) > 2 or variables == standard:
        return function
    return Lambda(standard, function.expr.xreplace(dict(zip(variables, standard, strict=True))))


SPECIAL: dict[str, Callable[..., Form]] = {
    "sqrt": lambda x: form("root", x),
    "abs": lambda x: form("abs", x, data="abs"),
    "square": lambda x: powered(x, form("number", data=S(2))),
    "step": lambda x: form("iverson", form("gt", x, form("number", data=S.Zero))),
}


def _total(node: Node, manner: Manner) -> Form:
    """The sum of the entries, by one index for a column and by two for a matrix."""
    (summed,) = node.operands
    if not manner.entries:
        return form("call", lower(summed, manner), data="sum")
    indices = 1 if summed.shape[1] == 1 else 2
    letters = ",".join(manner.entries[:indices])
    inner = replace(manner, entry=letters, entries=manner.entries[indices:])
    return form("entries", symbol(letters), lower(summed, inner))


def _rows(node: Node, manner: Manner) -> Form:
    matrix, start, stop = node.args
    first = start if manner.code else start + 1
    return form("rows", lower(matrix, manner), scalar(first), scalar(stop))


def _fill(node: Node, manner: Manner) -> Form:
    """A number where the shape is that of a number, or zero; otherwise a multiple of the matrix of ones."""
    number = node.args[0]
    if manner.entry or node.shape == SCALAR:
        return scalar(number)
    if number == 0:
        return form("zeros", scalar(node.shape[0]), scalar(node.shape[1]))
    ones = form("ones", scalar(node.shape[0]), scalar(node.shape[1]))
    return ones if number == 1 else form("scaled", scalar(number), ones)


def _over(node: Node, manner: Manner) -> Form:
    assert isinstance(node, Over)
    return form("over", *_bounds(node), lower(node.operands[0], manner), data=node.high)


def _chain(node: Node, manner: Manner) -> Form:
    assert isinstance(node, Chain)
    return form("chain", *_bounds(node), lower(node.operands[0], manner))


def _bounds(node: Over | Chain) -> tuple[Form, Form, Form]:
    """The index, the lowest and the highest step."""
    return scalar(node.index), scalar(node.low), scalar(node.high)


def _blocks(node: Node, manner: Manner) -> Form:
    assert isinstance(node, Blocks)
    rows = (form("row", *(lower(block, manner) for block in row)) for row in node.grid)
    return form("blocks", *rows)


def _only(node: Node, manner: Manner) -> Form:
    inner, clock, when = node.args
    return form("only", form("eq", scalar(clock), scalar(when)), lower(inner, manner))


def _call(node: Node, manner: Manner) -> Form:
    assert isinstance(node, Call)
    return form("function", *(lower(x, manner) for x in node.shown), data=node.name)


def _operands(head: str, name: str | None = None) -> Callable[[Node, Manner], Form]:
    """The rule of a node that is its head applied to its operands."""
    return lambda node, manner: form(head, *(lower(x, manner) for x in node.operands), data=name)


LOWERING: dict[type, Callable[[Node, Manner], Form]] = {
    Plus: _plus,
    Scale: _scale,
    Product: _product,
    Hadamard: _hadamard,
    Apply: _apply,
    Softmax: _operands("call", "softmax"),
    Transposed: _operands("transpose"),
    Stack: _operands("stack"),
    Rows: _rows,
    Total: _total,
    Diag: _operands("call", "diag"),
    Diagonal: _operands("call", "diagonal"),
    Fill: _fill,
    Over: _over,
    Only: _only,
    Chain: _chain,
    Identity: lambda node, _: form("identity", scalar(node.shape[0])),
    Blocks: _blocks,
    Call: _call,
}
ENTRYWISE = (Plus, Scale, Hadamard, Apply, Fill, Over, Only)


def with_diagonals(node: Node) -> Node:
    """The elementwise factors of a derivative as a diagonal matrix in front of it: diag(1 - h^2) grad."""
    if isinstance(node, Leaf) or not node.operands:
        return node
    inside = [with_diagonals(x) for x in node.operands]
    fresh = iter(inside)
    args = [next(fresh) if isinstance(a, Node) else a for a in node.args]
    if isinstance(node, Product):
        return product(*inside)
    if not isinstance(node, Hadamard) or node.shape[1] != 1 or node.shape == SCALAR:
        return rebuilt(node, args)
    moved = [x for x in inside if any(isinstance(leaf, Adjoint) for leaf in leaves(x))]
    still = [x for x in inside if x not in moved]
    if len(moved) != 1 or not still:
        return rebuilt(node, args)
    return product(diag(hadamard(*still)), moved[0])

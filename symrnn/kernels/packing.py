"""Where a call puts what it is given outside the steps: all parameters and initial states, one after another.

One product then tells whether all of them are finite, and joined matrices, W_f above W_i above ..., need no
statement: the parameters are put side by side where they come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from sympy import Expr

from symrnn.equations import Equation
from symrnn.expressions import Leaf, Node, Scale, Stack, leaves
from symrnn.kernels.passes.joining import bounds
from symrnn.kernels.system import System

Span = tuple[Leaf, Expr, Expr]  # a joined matrix, the first and the past-the-last row of a part of it


@dataclass
class Packing:
    """The joined matrices in which parameters are put, ``joined``; where each parameter is, ``places``.

    ``copies`` are the joined matrices that are another one with some rows multiplied.
    """

    joined: list[Leaf] = field(default_factory=list)
    places: dict[Leaf, Span] = field(default_factory=dict)
    copies: dict[Leaf, Leaf] = field(default_factory=dict)


def packing(system: System, given: Iterable[Leaf]) -> Packing:
    """The places of the given parameters of a system."""
    found, packed = Packing(), set(given)
    for own in _alike(system, packed).values():
        parts = [plain(x) for x in own[0].rhs.operands]
        if any(x in found.places for x in parts):
            continue
        base = next((e for e in own if not any(map(number, e.rhs.operands))), own[0])
        if any(map(number, base.rhs.operands)) and _read_elsewhere(parts, own, system):
            continue
        found.joined.append(base.lhs)
        found.places |= {
            x: (base.lhs, *span) for x, span in zip(parts, bounds(base.rhs.operands), strict=True)
        }
        found.copies |= {e.lhs: base.lhs for e in own if e is not base}
    return found


def _alike(system: System, packed: set[Leaf]) -> Mapping[tuple[Node, ...], list[Equation]]:
    """The equations that put given parameters above one another, by these parameters."""
    found: dict[tuple[Node, ...], list[Equation]] = {}
    for equation in system.passes[0]:
        if isinstance(equation.rhs, Stack) and system.is_shared(equation.lhs):
            parts = tuple(plain(x) for x in equation.rhs.operands)
            if packed.issuperset(parts) and len(set(parts)) == len(parts):
                found.setdefault(parts, []).append(equation)
    return found


def _read_elsewhere(parts: Iterable[Node], own: list[Equation], system: System) -> bool:
    """Whether any but these equations reads one of some parameters."""
    return any(x in set(parts) for e in system if e not in own for x in leaves(e.rhs))


def plain(node: Node) -> Node:
    """What an expression is a multiple of."""
    return node.args[1] if number(node) is not None else node


def number(node: Node) -> Expr | None:
    """The number that an expression is a multiple of."""
    return node.args[0] if isinstance(node, Scale) and not isinstance(node.args[0], Node) else None


def multiplied(rhs: Stack) -> Iterator[tuple[Expr, Expr, Expr]]:
    """Rows first..past-the-last of a stack that are multiplied by one number, and the number."""
    spans = zip(map(number, rhs.operands), bounds(rhs.operands), strict=True)
    for factor, run in groupby(spans, key=lambda pair: pair[0]):
        own = [span for _, span in run]
        if factor is not None:
            yield own[0][0], own[-1][1], factor

r"""Reverse mode on the author's own equations: what an equation hands on to the quantities that it reads.

The rules are those of Giles (2008), "Collected matrix derivative results for forward and reverse mode": with
G the adjoint of a formula, that of B in A B is A^T G, that of A is G B^T, that of x in x \odot y is G \odot y, and
that of x in f(x) is G \odot f'(x).  Adjoints are products in the author's notation, brackets where they belong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from symrnn.check.edits_products import (
    bracketed,
    flat,
    is_product,
    is_spread,
    is_sum,
    is_transposed,
    joined,
    transposed,
    untransposed,
)
from symrnn.check.edits_vocabulary import Factors, Vocabulary
from symrnn.check.names import quantities
from symrnn.check.products import ELEMENTWISE
from symrnn.check.tensor import Shape
from symrnn.notes.formula import (
    Accented,
    Annotated,
    BigOperator,
    Call,
    Fraction,
    Group,
    Infix,
    Name,
    Node,
    Number,
    Script,
    Unary,
)

SCALAR = (1, 1)


class NoRule(Exception):
    """A part of a formula that reverse mode has no rule for."""


@dataclass(frozen=True)
class Adjoint:
    """A product: factors side by side, or entry by entry; without factors it is one (of a vector: the identity)."""

    factors: Factors = ()
    entrywise: bool = False
    negative: bool = False
    scale: Factors = ()
    cost: float = 0.0  # how far its names are from those of the claim

    def node(self, sign: str) -> Node:
        """The product as a formula, without its minus; ``sign`` is the author's entrywise product."""
        body = joined([sign if self.entrywise else ""] * (len(self.factors) - 1), self.factors)
        if not self.scale:
            return body
        return joined([""] * len(self.scale), [*self.scale, closed(body)])


def closed(node: Node) -> Node:
    """A formula as a factor of a product that stands side by side."""
    if is_sum(node) or isinstance(node, Unary | BigOperator):
        return bracketed(node)
    is_bare = is_product(node) and isinstance(node, Infix) and any(node.operators)
    return bracketed(node) if is_bare else node


@dataclass(frozen=True)
class Reverse:
    """Reverse mode through one formula.

    ``shape`` gives the shape of a part of it, ``slope`` the derivative of a function as factors, ``renamed`` what the
    author calls an adjoint, ``star`` is what * means.  With ``vector`` what is differentiated is a vector, so that
    factors entry by entry are diagonal matrices.
    """

    words: Vocabulary
    shape: Callable[[Node], Shape | None]
    slope: Callable[[Call, Node], Factors]
    renamed: Callable[[Adjoint], Adjoint]
    star: str = ""
    diagonal: Name | None = None

    def pull(self, node: Node, adjoint: Adjoint, whole: Node) -> Iterator[tuple[Name, Adjoint]]:
        """The names that a formula reads, one by one, and what each is handed. Raises NoRule."""
        match node:
            case Name() if is_transposed(node):
                yield node, self.turned(adjoint)
            case Name():
                yield node, adjoint
            case Number():
                return
            case Group(opening="(" | "[" | r"\{" | "{", body=Node() as body):
                yield from self.pull(body, adjoint, whole)
            case Accented(body=body) | Annotated(body=body) | BigOperator(symbol=r"\sum", body=body):
                yield from self.pull(body, adjoint, whole)
            case Unary(operator=operator, body=body):
                yield from self.pull(body, _signed(adjoint, operator), whole)
            case Infix() if is_sum(node):
                for operator, operand in zip(("+", *node.operators), node.operands, strict=True):
                    yield from self.pull(operand, _signed(adjoint, operator), whole)
            case Infix() if is_product(node):
                yield from self._product(node, adjoint, whole)
            case Call() if is_spread(node, self.words):
                yield from self._product(Infix(("",), (node.head, node.argument)), adjoint, whole)
            case Call(head=Name(stem="diag" | r"\diag"), argument=argument):
                yield from self.pull(argument, adjoint, whole)
            case Call(argument=argument):
                slope = self.slope(node, whole)
                yield from self.pull(argument, self.renamed(self.times(adjoint, slope)), whole)
            case Fraction(numerator=above, denominator=below) if self.shape(below) == SCALAR and not any(
                self.words.symbol(n) for n in quantities(below)
            ):
                factor = Fraction(Number("1"), below, node.macro)
                yield from self.pull(above, replace(adjoint, scale=(factor, *adjoint.scale)), whole)
            case Script() if is_transposed(node):
                yield from self.pull(untransposed(node), self.turned(adjoint), whole)
            case _:
                raise NoRule

    def _product(self, node: Infix, adjoint: Adjoint, whole: Node) -> Iterator[tuple[Name, Adjoint]]:
        """What the two parts of a product are handed: what stands before the last factor, and that."""
        operators, operands = node.operators, node.operands
        left = operands[0] if len(operands) == 2 else Infix(operators[:-1], operands[:-1])
        sign, right = operators[-1], operands[-1]
        shapes = self.shape(left), self.shape(right)
        if None in shapes or sign == "/":
            raise NoRule
        if SCALAR in shapes:
            yield from self._scaled((left, right), shapes, adjoint, whole)
        elif self._is_entrywise(sign, shapes):
            yield from self.pull(left, self.times(adjoint, flat(right, self.words).factors), whole)
            yield from self.pull(right, self.times(adjoint, flat(left, self.words).factors), whole)
        else:
            behind = (*self._chain(adjoint), *self._transposes(right))
            yield from self.pull(left, replace(adjoint, factors=behind, entrywise=False), whole)
            before = (*self._transposes(left), *self._chain(adjoint))
            yield from self.pull(right, replace(adjoint, factors=before, entrywise=False), whole)

    def _scaled(
        self,
        parts: tuple[Node, Node],
        shapes: tuple[Shape | None, Shape | None],
        adjoint: Adjoint,
        whole: Node,
    ) -> Iterator[tuple[Name, Adjoint]]:
        for part, other, shape in zip(parts, parts[::-1], shapes[::-1], strict=True):
            if shape == SCALAR:
                yield from self.pull(part, replace(adjoint, scale=(*adjoint.scale, closed(other))), whole)
            elif adjoint.factors:
                product = (*self._chain(self.turned(adjoint)), closed(other))
                yield from self.pull(part, replace(adjoint, factors=product, entrywise=False), whole)
            else:
                raise NoRule

    def _is_entrywise(self, sign: str, shapes: tuple[Shape | None, Shape | None]) -> bool:
        if sign in ELEMENTWISE:
            return True
        if sign in ("*", r"\ast") and self.star == "elementwise":
            return True
        left, right = shapes
        return left == right and left is not None and left[0] != left[1]

    # -- the parts of a product

    def times(self, adjoint: Adjoint, factors: Factors) -> Adjoint:
        """An adjoint times factors, entry by entry."""
        if self.diagonal is not None:
            inner = joined([self.words.elementwise] * (len(factors) - 1), factors)
            group = inner if isinstance(inner, Group) else bracketed(inner)
            return replace(adjoint, factors=(Call(self.diagonal, group), *adjoint.factors))
        factors = tuple(bracketed(f) if is_sum(f) else f for f in factors)
        if not adjoint.factors:
            return replace(adjoint, factors=factors, entrywise=len(factors) > 1)
        if adjoint.entrywise or len(adjoint.factors) == 1:
            first = adjoint.factors
        else:
            first = (bracketed(joined([""] * (len(adjoint.factors) - 1), adjoint.factors)),)
        first = tuple(bracketed(f) if is_sum(f) or isinstance(f, Unary) else f for f in first)
        return replace(adjoint, factors=(*first, *factors), entrywise=True)

    def _chain(self, adjoint: Adjoint) -> Factors:
        """The factors of an adjoint, to stand side by side with others."""
        if adjoint.entrywise:
            return (
                bracketed(joined([self.words.elementwise] * (len(adjoint.factors) - 1), adjoint.factors)),
            )
        return tuple(closed(factor) for factor in adjoint.factors)

    def _transposes(self, node: Node) -> Factors:
        """The factors of the transpose of a product."""
        given = flat(node, self.words)
        if any(given.signs):
            return (transposed(bracketed(node), self.words.mark),)
        return tuple(transposed(closed(factor), self.words.mark) for factor in reversed(given.factors))

    def turned(self, adjoint: Adjoint) -> Adjoint:
        """The transpose."""
        factors = tuple(
            factor if _is_diagonal(factor) else transposed(factor, self.words.mark)
            for factor in reversed(self._chain(adjoint))
        )
        return replace(adjoint, factors=factors, entrywise=False)


def _signed(adjoint: Adjoint, operator: str) -> Adjoint:
    return replace(adjoint, negative=not adjoint.negative) if operator == "-" else adjoint


def _is_diagonal(node: Node) -> bool:
    return isinstance(node, Call) and isinstance(node.head, Name) and node.head.stem in ("diag", r"\diag")

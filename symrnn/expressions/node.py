"""What every matrix expression of symrnn is: a SymPy node that knows its shape and its operands."""

from __future__ import annotations

from typing import Any, Protocol

from sympy import Basic, Expr, Lambda, MatrixExpr, Symbol, expand

Array = Any  # numpy arrays of floats, of integers modulo a prime or of SymPy scalars
Shape = tuple[Expr, Expr]


class ShapeError(ValueError):
    """Two shapes that are not provably equal."""


class Ring(Protocol):
    """The arithmetic an expression is evaluated in; see evaluate.py."""

    def number(self, scalar: Expr) -> Any: ...
    def size(self, dimension: Expr) -> int: ...
    def reduce(self, array: Array) -> Array: ...
    def apply(self, function: Lambda, arrays: list[Array]) -> Array: ...
    def softmax(self, array: Array) -> Array: ...


def dimension(name: str) -> Symbol:
    """The symbol of a named dimension."""
    return Symbol(name, integer=True, positive=True)


def same(a: Expr, b: Expr) -> bool:
    """Whether two dimensions are provably equal."""
    return a is b or a == b or expand(a - b) == 0


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes are provably equal."""
    return same(a[0], b[0]) and same(a[1], b[1])


def shape_text(shape: Shape) -> str:
    """A shape as one writes it: (n, 1)."""
    return f"({shape[0]}, {shape[1]})"


class Node(MatrixExpr):  # type: ignore[misc]  # SymPy has no type information
    """A matrix-valued expression of known shape."""

    __slots__ = ("_shape",)
    _shape: Shape

    def __new__(cls, *args: Basic) -> Node:
        node: Node = Basic.__new__(cls, *args)
        node._shape = node._infer()
        return node

    def _infer(self) -> Shape:
        raise TypeError(f"{type(self).__name__} does not say its shape")

    @property
    def shape(self) -> Shape:
        return self._shape

    @property
    def operands(self) -> tuple[Node, ...]:
        """The matrix-valued arguments, in order."""
        return tuple(a for a in self.args if isinstance(a, Node))

    def value(self, operands: list[Array], ring: Ring) -> Array:
        """The value, given the values of the operands (2-D arrays)."""
        raise TypeError(f"{type(self).__name__} does not say its value")

    def _entry(self, i: Any, j: Any, **_: Any) -> Expr:
        from sympy.matrices.expressions.matexpr import MatrixElement

        return MatrixElement(self, i, j)


def rebuilt(node: Node, args: list[Basic]) -> Node:
    """The same operation on other arguments of the same shapes: nothing is checked, nothing simplified."""
    fresh: Node = Basic.__new__(type(node), *args)
    fresh._shape = node._shape
    return fresh

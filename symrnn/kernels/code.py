"""Matrix expressions as NumPy expressions for a whole batch.

A column of the equations is the last axis of an array, h (n, 1) -> (..., n), any other shape the last two; in
front stand the batch and, for all steps at once, time.  What is shared by the sequences, a weight, keeps its
two axes; so W h is h @ W.T.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from sympy import Expr, S

from symrnn.errors import SymrnnError
from symrnn.expressions import (
    Apply,
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
    product,
)
from symrnn.kernels.scalars import applied
from symrnn.kernels.system import System
from symrnn.logarithms import LogLikelihood, LogSoftmax, Posterior


class Place(ABC):
    """Where code stands: how it names the quantities there. ``clock`` is that of what has steps, if any."""

    system: System
    clock: Expr | None

    @property
    def code(self) -> Code:
        """The code of expressions in this place."""
        return Code(self.system, self)

    @abstractmethod
    def leaf(self, leaf: Leaf) -> str:
        """The code of a quantity."""

    @abstractmethod
    def number(self, scalar: Expr) -> str:
        """The code of a number, in which T may occur."""

    @abstractmethod
    def dimension(self, scalar: Expr) -> str:
        """The code of a dimension."""

    @abstractmethod
    def summed(self, node: Over) -> str:
        """The code of a sum over the steps."""

    @abstractmethod
    def only(self, node: Only) -> str:
        """The code of what is zero but at one step."""


class Code:
    """The code of expressions in one place."""

    def __init__(self, system: System, place: Place) -> None:
        self.system = system
        self.place = place

    def of(self, node: Node) -> str:
        """The code of an expression that has a batch axis; of a shared one, so that it joins those elementwise."""
        if self.shared(node):
            return self.broadcast(node)
        return self._rule(node)

    def atom(self, node: Node) -> str:
        """The code, in parentheses where it is more than a name, an index or a call."""
        return _atom(self.of(node))

    def shared(self, node: Node) -> bool:
        """Whether an expression has no batch axis."""
        return self.system.is_shared(node)

    def broadcast(self, node: Node) -> str:
        """What has no batch axis, as an operand of what has one."""
        if isinstance(node, Fill):
            return self.place.number(node.args[0])
        if isinstance(node, Scale) and isinstance(node.args[1], Fill):
            return self.place.number(node.args[0] * node.args[1].args[0])
        code = self.matrix(node)
        return f"{_atom(code)}[:, 0]" if node.shape[1] == 1 else code

    def matrix(self, node: Node) -> str:
        """The code of what has no batch axis, with its own two axes."""
        if isinstance(node, Leaf):
            return self.place.leaf(node)
        if isinstance(node, Fill):
            shape = ", ".join(self.place.dimension(d) for d in node.shape)
            return f"np.full(({shape}), {self.place.number(node.args[0])}, dtype=dtype)"
        if isinstance(node, Identity):
            return f"np.eye({self.place.dimension(node.shape[0])}, dtype=dtype)"
        parts = [self.matrix(x) for x in node.operands]
        atoms = [_atom(p) for p in parts]
        if isinstance(node, Plus):
            return _sum(parts)
        if isinstance(node, Hadamard):
            return " * ".join(atoms)
        if isinstance(node, Scale):
            factor = node.args[0]
            first = atoms[0] if isinstance(factor, Node) else _atom(self.place.number(factor))
            return f"{first} * {atoms[-1]}"
        if isinstance(node, Product):
            return " @ ".join(atoms)
        if isinstance(node, Transposed):
            return f"{atoms[0]}.T"
        if isinstance(node, Stack):
            return f"np.concatenate([{', '.join(parts)}])"
        if isinstance(node, Rows):
            return f"{atoms[0]}[{self._range(node)}]"
        if isinstance(node, Apply):
            return applied(node.function, atoms)
        if isinstance(node, Total):
            return f"np.sum({parts[0]}, (0, 1), keepdims=True)"
        raise SymrnnError(f"a kernel has no {type(node).__name__.lower()} of parameters alone")

    def _range(self, node: Node) -> str:
        low, high = (self.place.dimension(d) for d in node.args[1:])
        return f"{'' if low == '0' else low}:{high}"

    def _rule(self, node: Node) -> str:
        if isinstance(node, Leaf):
            return self.place.leaf(node)
        if isinstance(node, Over):
            return self.place.summed(node)
        if isinstance(node, Only):
            return self.place.only(node)
        if isinstance(node, Plus):
            return self._plus(node)
        if isinstance(node, Scale):
            return self._scale(node)
        if isinstance(node, Hadamard):
            return " * ".join(self.atom(x) for x in node.operands)
        if isinstance(node, Apply):
            return applied(node.function, [self.atom(x) for x in node.operands])
        if isinstance(node, Product):
            return self._product(node.operands)
        if isinstance(node, Transposed):
            return self._transposed(node.operands[0])
        if isinstance(node, Softmax | LogSoftmax):
            return f"{'log_' * isinstance(node, LogSoftmax)}softmax({self.of(node.operands[0])})"
        if isinstance(node, LogLikelihood | Posterior):
            name = "log_likelihood" if isinstance(node, LogLikelihood) else "posterior"
            return f"{name}({', '.join(map(self.of, node.operands))})"
        if isinstance(node, Rows):
            return f"{self.atom(node.operands[0])}[..., {self._range(node)}{', :' * (node.shape[1] != 1)}]"
        if isinstance(node, Total):
            inside = node.operands[0]
            if inside.shape[1] == 1:
                return f"np.sum({self.of(inside)}, -1, keepdims=True)"
            return f"np.sum({self.of(inside)}, (-2, -1))[..., None]"
        if isinstance(node, Stack):
            axis = -1 if node.shape[1] == 1 else -2
            return f"np.concatenate([{', '.join(self._whole(x) for x in node.operands)}], {axis})"
        if isinstance(node, Diag):
            unit = f"np.eye({self.place.dimension(node.shape[0])}, dtype=dtype)"
            return f"{self.atom(node.operands[0])}[..., None] * {unit}"
        if isinstance(node, Diagonal):
            return f"np.diagonal({self.of(node.operands[0])}, 0, -2, -1)"
        raise SymrnnError(f"a kernel has no {type(node).__name__.lower()}")

    def _whole(self, node: Node) -> str:
        if self.shared(node):
            raise SymrnnError(
                "a kernel has no stack of what differs from sequence to sequence and what does not"
            )
        return self.of(node)

    def _plus(self, node: Node) -> str:
        code = ""
        for x in node.operands:
            negative = isinstance(x, Scale) and x.args[0] == -1
            part = self.of(x.args[1] if negative else x)
            part = f"({part})" if negative and _is_sum(part) else part
            code += f" {'-' if negative else '+'} {part}" if code else f"-{_atom(part)}" if negative else part
        return code

    def _scale(self, node: Node) -> str:
        factor, matrix = node.args
        if not isinstance(factor, Node):
            return (
                f"-{self.atom(matrix)}"
                if factor == -1
                else f"{_atom(self.place.number(factor))} * {self.atom(matrix)}"
            )
        left = self.atom(factor)
        if isinstance(matrix, Fill) and matrix.shape != (1, 1):
            tail = matrix.shape[:1] if matrix.shape[1] == 1 else matrix.shape
            shape = ", ".join(self.place.dimension(d) for d in tail)
            left += "[..., None]" * (matrix.shape[1] != 1)
            return f"{left} * np.full(({shape},), {self.place.number(matrix.args[0])}, dtype=dtype)"
        if matrix.shape[1] != 1 and not self.shared(factor):
            left += "[..., None]"
        return f"{left} * {self.atom(matrix)}"

    def _transposed(self, inner: Node) -> str:
        if inner.shape[1] == 1:
            return f"{self.atom(inner)}[..., None, :]"
        if inner.shape[0] == 1:
            return f"{self.atom(inner)}[..., 0, :]"
        return f"{self.atom(inner)}.swapaxes(-1, -2)"

    def _product(self, factors: tuple[Node, ...]) -> str:
        left, rest = factors[0], factors[1:]
        right = rest[0] if len(rest) == 1 else product(*rest)
        if self.shared(left) and not self.shared(right) and right.shape[1] == 1:
            weight = (
                self.matrix(left.operands[0])
                if isinstance(left, Transposed)
                else f"{_atom(self.matrix(left))}.T"
            )
            return f"{self.atom(right)} @ {_atom(weight)}"
        if right.shape == (S.One, S.One) and left.shape[1] == 1:
            return f"{self.atom(left)} * {self.atom(right)}"
        if (
            left.shape[0] == 1
            and right.shape[1] == 1
            and isinstance(left, Transposed)
            and not self.shared(right)
        ):
            return f"np.sum({self.atom(left.operands[0])} * {self.atom(right)}, -1, keepdims=True)"
        if left.shape[1] == 1:
            column = f"{self.atom(left)}[..., None]"
            row = self.matrix(right) if self.shared(right) else self.of(right)
            return f"{column} * {_atom(row)}"
        first = self.matrix(left) if self.shared(left) else self.of(left)
        if right.shape[1] != 1:
            second = self.matrix(right) if self.shared(right) else self.of(right)
            return f"{_atom(first)} @ {_atom(second)}"
        second = self.matrix(right) if self.shared(right) else f"{self.atom(right)}[..., None]"
        return f"({_atom(first)} @ {_atom(second)})[..., 0]"


def _sum(parts: list[str]) -> str:
    return " + ".join(parts)


def _is_sum(code: str) -> bool:
    return " + " in code or " - " in code or code.startswith("-")


def _atom(code: str) -> str:
    """The code, in parentheses unless it is a name, a number, or one call or index."""
    depth = 0
    for place, character in enumerate(code):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and (character in " " or (character == "-" and place == 0)):
            return f"({code})"
    return code

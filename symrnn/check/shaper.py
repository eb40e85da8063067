"""The shapes of formulas, read off what is added and multiplied."""

from __future__ import annotations

from dataclasses import dataclass, field

from symrnn.check.functions import CROSS_ENTROPY, SOFTMAX, known
from symrnn.check.kinds import is_computed
from symrnn.check.names import Lexicon, Symbol, base, is_power_of_e
from symrnn.check.scalars import biases, weights
from symrnn.check.scripts import letter
from symrnn.check.sizes import ONE, Conflict, Dim, Dims, Sizes
from symrnn.notes.formula import (
    Accented,
    Annotated,
    BigOperator,
    Call,
    Fraction,
    Group,
    Infix,
    List,
    Matrix,
    Name,
    Node,
    Number,
    Script,
    Slice,
    Unary,
)
from symrnn.notes.tree import letters

ELEMENTWISE = {r"\odot", r"\circ", r"\otimes", "⊙", "∘"}
SCALARS = {r"\alpha", r"\beta", r"\lambda", r"\eta", r"\epsilon", r"\rho", r"\mu"}


@dataclass
class Shaper:
    """Reads the shapes off the definitions of a document; ``row`` says that vectors are rows."""

    lexicon: Lexicon
    row: bool = False
    scalar: bool = False
    batch: bool = False
    sizes: Sizes = field(default_factory=Sizes)
    dims: dict[str, Dims] = field(default_factory=dict)
    indices: dict[str, Dim] = field(default_factory=dict)
    conflicts: int = 0
    scalars: set[str] = field(default_factory=set)
    columns: Dim | None = None
    matrices: set[str] = field(default_factory=set)
    letters: dict[str, Dim] = field(default_factory=lambda: {"1": ONE})

    def vector(self) -> Dims:
        """A vector of a size of its own."""
        length = self.sizes.fresh()
        self.sizes.vectors.add(length)
        return (ONE, length) if self.row else (length, ONE)

    def declare(self, key: str, sizes: tuple[str, ...]) -> None:
        """The shape that a document states."""
        if key in self.dims or self.lexicon.is_loss(key):
            return
        dims = [self._declared(size) for size in sizes]
        if len(dims) == 1:
            dims = [ONE, dims[0]] if self.row else [dims[0], ONE]
        self.dims[key] = (dims[0], dims[1])

    def weigh(self, body: Node, defined: set[str]) -> None:
        """What multiplies a loss is a number: the weights of the steps."""
        for name in weights(self.lexicon, body):
            key = self.resolve(name).key
            before = self.dims.get(key)
            if before is None or key in defined or not self.lexicon.arity.get(key) or self.is_scalar(before):
                continue
            self.dims[key] = (ONE, ONE)
            if self.is_scalar(self.shape(body)):
                return
            self.dims[key] = before

    def _declared(self, size: str) -> Dim:
        """The size of a name, n or m+n."""
        if size not in self.letters:
            self.letters[size] = dim = self.sizes.fresh()
            if "+" in size:
                self.sizes.sums[dim] = tuple(self._declared(part.strip()) for part in size.split("+"))
            else:
                self.sizes.vectors.add(dim)
        return self.letters[size]

    def of(self, key: str) -> Dims:
        """The shape of a quantity."""
        if key not in self.dims:
            self.dims[key] = self._first(key)
        return self.dims[key]

    def _first(self, key: str) -> Dims:
        stem = key.partition("_")[0].partition("^")[0]
        bare = stem.rpartition(" ")[2]
        timed = self.lexicon.arity.get(key, 0) > 0
        is_loss = self.lexicon.is_loss(key)
        if self.scalar or key in self.scalars or (bare in SCALARS and not timed) or is_loss:
            return (ONE, ONE)
        if key in self.matrices:
            return (self.sizes.fresh(), self.sizes.fresh())
        if timed:
            if self.batch:
                if self.columns is None:
                    self.columns = self.sizes.fresh()
                return (self.columns, self.sizes.fresh()) if self.row else (self.sizes.fresh(), self.columns)
            return self.vector()
        if bare[:1].isupper() or bare in ("w", r"\Theta", r"\Phi", r"\theta"):
            return (self.sizes.fresh(), self.sizes.fresh())
        return self.vector()

    def same(self, a: Dims | None, b: Dims | None) -> Dims | None:
        """Two shapes that must be the same; None is that of a number."""
        if a is None or b is None:
            return a or b
        if (ONE, ONE) in (a, b) and a != b:
            return b if a == (ONE, ONE) else a
        for x, y in zip(a, b, strict=True):
            if self.batch and ONE in (self.sizes.find(x), self.sizes.find(y)):
                continue
            self._join(x, y, one=True)
        return max(a, b, key=lambda d: ONE not in d) if self.batch else a

    def _join(self, a: Dim, b: Dim, *, one: bool = False) -> None:
        try:
            self.sizes.join(a, b, one=one)
        except Conflict:
            self.conflicts += 1

    def is_scalar(self, dims: Dims | None) -> bool:
        """Whether a shape is 1 x 1, or that of a number."""
        return dims is None or (self.sizes.find(dims[0]) == ONE and self.sizes.find(dims[1]) == ONE)

    def is_vector(self, dims: Dims) -> bool:
        """Whether a shape is a row or a column."""
        if self.batch and self.columns is not None:
            return self.sizes.find(self.columns) in (self.sizes.find(dims[0]), self.sizes.find(dims[1])) or (
                ONE in (self.sizes.find(dims[0]), self.sizes.find(dims[1]))
            )
        return ONE in (self.sizes.find(dims[0]), self.sizes.find(dims[1]))

    # -- formulas

    def shape(self, node: Node) -> Dims | None:
        """The shape of a formula; None for a number."""
        match node:
            case Number():
                return None
            case Name():
                return self.name(node)
            case Group(opening="[", body=List(items=items)):
                return self.stacked([self.shape(item) for item in items])
            case Group(body=List(separator="|", items=items)):
                return self.stacked([self.shape(item) for item in items])
            case Group(body=body) | Unary(body=body) | Accented(body=body) | Annotated(body=body):
                return None if body is None else self.shape(body)
            case Infix(operators=operators, operands=operands) if set(operators) <= {"+", "-"}:
                shapes = [self.shape(operand) for operand in operands]
                if (ONE, ONE) in shapes:  # v^T h_t + d
                    self.dims.update(dict.fromkeys(biases(self.lexicon, operands), (ONE, ONE)))
                    shapes = [self.shape(operand) for operand in operands]
                result = shapes[0]
                for shape in shapes[1:]:
                    result = self.same(result, shape)
                return result
            case Infix(operators=operators, operands=operands):
                return self.product(operators, operands)
            case BigOperator(body=body):
                return self.shape(body)
            case Fraction(numerator=above, denominator=below):
                low, high = self.shape(below), self.shape(above)
                return high or (low if is_computed(below) else None)  # 1 / (1 + e^{-z}) is a vector
            case Call():
                return self.call(node)
            case Script(base=inner, sub=sub, sup=sup):
                found = self.shape(inner)
                if sub is not None:
                    return None
                if isinstance(sup, Name) and sup.stem in ("T", r"\top", "Tr", r"\intercal") and found:
                    return (found[1], found[0])
                return found
            case Matrix(rows=rows) if node.environment.startswith(("cases", "dcases")):
                result = None
                for row in rows:
                    result = self.same(result, None if row[0] is None else self.shape(row[0]))
                return result
            case Matrix(rows=rows):
                return self.stacked([self.shape(row[0]) for row in rows if row and row[0] is not None])
        return None

    def stacked(self, parts: list[Dims | None]) -> Dims | None:
        """Vectors one under the other."""
        shapes = [part for part in parts if part is not None]
        if not shapes:
            return None
        axis = 1 if self.row else 0
        total = self.sizes.fresh()
        self.sizes.sums[total] = tuple(shape[axis] for shape in shapes)
        return (shapes[0][0], total) if self.row else (total, shapes[0][1])

    def resolve(self, name: Name) -> Symbol:
        """What a name stands for."""
        return self.lexicon.read(name)

    def name(self, name: Name) -> Dims | None:
        """The shape of a quantity, as it is written."""
        if is_power_of_e(name):
            assert name.sup is not None
            return self.shape(name.sup)
        if name.stem in ("1", r"\mathbb{1}", r"\pi") or name.stem in self.lexicon.lengths:
            return None
        parts = letters(name)
        symbol = self.resolve(name)
        if len(parts) > 1 and symbol.key not in self.dims and self.lexicon.spelled(name):
            return self.product(("",) * (len(parts) - 1), parts)
        dims = self.of(symbol.key)
        if symbol.entries and not any(isinstance(e, Slice) for e in symbol.entries):
            for entry, dim in zip(
                symbol.entries, dims if len(symbol.entries) == 2 else [max(dims)], strict=False
            ):
                if isinstance(entry, Name):
                    known_dim = self.indices.setdefault(letter(entry), dim)
                    self._join(known_dim, dim)
            return None
        return (dims[1], dims[0]) if symbol.transposed else dims

    def _is_function(self, name: Name) -> bool:
        return known(name.stem) is not None or (name.stem == r"\sigma" and name.sub is None)

    def product(self, operators: tuple[str, ...], operands: tuple[Node, ...]) -> Dims | None:
        """The shape of a product."""
        first = operands[0]
        if isinstance(first, Name) and len(operands) > 1 and self._is_function(first):
            operators, operands = operators[1:], operands[1:]
        result = self.shape(operands[0])
        for operator, operand in zip(operators, operands[1:], strict=True):
            result = self.times(result, self.shape(operand), operator)
        return result

    def times(self, a: Dims | None, b: Dims | None, operator: str) -> Dims | None:
        """The shape of a product of two."""
        if a is None or b is None:
            return a or b
        if self.is_scalar(a) or self.is_scalar(b):
            return b if self.is_scalar(a) else a
        if operator in ELEMENTWISE or operator == "/":
            return self.same(a, b)
        if self.is_vector(a) and self.is_vector(b):
            if self.sizes.find(a[1]) == ONE == self.sizes.find(b[0]):
                return (a[0], b[1])
            if self.sizes.find(a[0]) == ONE == self.sizes.find(b[1]):
                self._join(a[1], b[0])
                return (ONE, ONE)
            return self.same(a, b)
        self._join(a[1], b[0])
        return (a[0], b[1])

    def call(self, node: Call) -> Dims | None:
        """The shape of what a function gives."""
        argument = node.argument
        inner = argument.body if isinstance(argument, Group) else argument
        if not isinstance(node.head, Name) or inner is None:
            return self.product(("",), (node.head, argument))
        word = node.head.stem.removeprefix("\\")
        is_function = (
            word in SOFTMAX
            or known(word) is not None
            or word == "sigma"
            or self.lexicon.read(node.head).key in self.lexicon.functions
        )
        if isinstance(argument, Group) and argument.opening == "[" and not is_function:
            items = inner.items if isinstance(inner, List) else (inner,)
            if any(isinstance(item, Slice) for item in items):
                self.shape(node.head)
                return None
            return self.product(("",), (node.head, argument))
        if word in CROSS_ENTROPY or word.startswith("@"):
            if isinstance(inner, List):
                self._compared([self.shape(item) for item in inner.items])
            else:
                self.shape(inner)
            return (ONE, ONE)
        if is_function and not isinstance(inner, List):
            return self.shape(inner)
        if isinstance(inner, List):
            shapes = [self.shape(item) for item in inner.items]
            if self.lexicon.is_loss(base(node.head)):
                self._compared(shapes)
                return (ONE, ONE)
            return None
        return self.product(("",), (node.head, argument))

    def _compared(self, shapes: list[Dims | None]) -> None:
        """What a loss compares has one shape."""
        if len(shapes) == 2 and shapes[0] is not None and shapes[1] is not None:
            self.same(shapes[0], shapes[1])

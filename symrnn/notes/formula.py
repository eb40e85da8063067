r"""The syntax of a formula as a tree.

The tree says how a formula is written, not what it means.  What only the document can settle stays open:
``W^T`` is a name with a superscript, ``h(t)`` a Call (an application, a time, or a product), ``dW`` a name of
two letters, ``a b`` an Infix whose operator is empty, ``\sum a - b`` a sum of a, minus b.

Two trees are equal if they are written the same; where they were found (``origin``) does not count.
Every node is immutable, and a changed copy (dataclasses.replace) remembers what it was made from, so that
symrnn.notes.written can print the change in the author's own spelling.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

Span = tuple[int, int]
NOWHERE: Span = (-1, -1)


class Origin:
    """Where a node was read: the text, its span in it, and the node as it was then."""

    __slots__ = ("end", "height", "node", "start", "text")

    def __init__(self, text: str, start: int, end: int, node: Node) -> None:
        self.text, self.start, self.end, self.node = text, start, end, node
        self.height = 1  # of the tree below, where its reader counts


_COMPARED: dict[str, tuple[str, ...]] = {}  # the fields by which two nodes of a class are compared


@dataclass(frozen=True, repr=False)
class Node:
    """A part of a formula."""

    origin: Origin | None = field(default=None, compare=False, kw_only=True)

    @property
    def span(self) -> Span:
        """Where it starts and ends in the text it was read from."""
        return (self.origin.start, self.origin.end) if self.origin else NOWHERE

    @property
    def text(self) -> str:
        """The text as its author wrote it; empty for a node that was never read."""
        return self.origin.text[self.origin.start : self.origin.end] if self.origin else ""

    def __init_subclass__(cls) -> None:
        cls.__hash__ = Node.__hash__  # type: ignore[method-assign]  # dataclass leaves a hash that is there

    def __hash__(self) -> int:
        """The hash of what is written, computed once: trees are looked up in tables all the time."""
        known: int | None = self.__dict__.get("_hash")
        if known is None:
            kind = type(self).__name__
            if kind not in _COMPARED:
                _COMPARED[kind] = tuple(f.name for f in fields(self) if f.compare)
            known = hash((kind, *(getattr(self, name) for name in _COMPARED[kind])))
            object.__setattr__(self, "_hash", known)
        return known

    def __repr__(self) -> str:
        shown = [f for f in fields(self) if f.compare and getattr(self, f.name) != f.default]
        plain = [f"{f.name}={getattr(self, f.name)!r}" for f in shown]
        return f"{type(self).__name__}({', '.join(plain)})"


@dataclass(frozen=True, repr=False)
class Name(Node):
    r"""A symbol with all that hangs on it: ``\hat{\mathbf{y}}'_{t}^{(k)}``.

    ``stem`` is a run of letters (``h``, ``tanh``, ``dW``), a macro (``\sigma``), or the words of a ``\text``;
    ``accents`` are the macros around it, the outermost first, without backslash (``hat``, ``mathbf``, ``text``).
    A script on a stem of several letters stands, as in TeX, after the last.
    """

    stem: str
    accents: tuple[str, ...] = ()
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0
    left_sub: Node | None = None
    left_sup: Node | None = None


@dataclass(frozen=True, repr=False)
class Number(Node):
    """A number in digits."""

    digits: str


@dataclass(frozen=True, repr=False)
class Text(Node):
    """Words of prose inside a formula; they may hold formulas of their own between dollar signs."""

    words: str


@dataclass(frozen=True, repr=False)
class Ellipsis(Node):
    """Dots that stand for what was left out."""

    macro: str


@dataclass(frozen=True, repr=False)
class Group(Node):
    r"""Something in brackets: ``( [ \{ \langle | \|``, or ``{`` for braces that are not seen."""

    opening: str
    body: Node | None
    closing: str


@dataclass(frozen=True, repr=False)
class Script(Node):
    """Scripts on what is not a bare name: a bracket, a fraction, a name in braces that has scripts itself."""

    base: Node
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0


@dataclass(frozen=True, repr=False)
class Accented(Node):
    """An accent or font over more than a name."""

    accent: str
    body: Node


@dataclass(frozen=True, repr=False)
class Fraction(Node):
    r"""``\frac{a}{b}`` and its kin, also ``{a \over b}``; a/b is an Infix."""

    numerator: Node
    denominator: Node
    macro: str = r"\frac"


@dataclass(frozen=True, repr=False)
class Root(Node):
    """A root; ``index`` is None for the square root."""

    body: Node
    index: Node | None = None


@dataclass(frozen=True, repr=False)
class Differential(Node):
    r"""``\partial`` or ``\nabla`` with its scripts and the one factor it stands before, if it has one."""

    symbol: str
    sub: Node | None = None
    sup: Node | None = None
    body: Node | None = None


@dataclass(frozen=True, repr=False)
class Call(Node):
    r"""A name and what follows it in brackets: an application, an index, or a product: ``f(x)``, ``W[:, 1]``.

    For a function that everybody knows (``\tanh``, ``log``) the argument may stand without brackets.
    """

    head: Node
    argument: Node


@dataclass(frozen=True, repr=False)
class Infix(Node):
    r"""Operands and the operators between them, as written: all of one level, and in order.

    The levels: relations; ``+ -``; ``* \odot \cdot / .`` and the like; and the empty operator of a
    product by juxtaposition, which binds tightest.  (After ``1/T \sum..`` an empty one stands among the
    third: the slash takes only what it can.)
    """

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@dataclass(frozen=True, repr=False)
class Unary(Node):
    """A sign before a product."""

    operator: str
    body: Node


@dataclass(frozen=True, repr=False)
class BigOperator(Node):
    """A sum, product or integral; its body is the product that follows, not what comes after a + or -."""

    symbol: str
    lower: Node | None
    upper: Node | None
    body: Node


@dataclass(frozen=True, repr=False)
class Matrix(Node):
    """The cells of a matrix, an array, a substack or cases, row by row; an empty cell is None."""

    environment: str
    rows: tuple[tuple[Node | None, ...], ...]


@dataclass(frozen=True, repr=False)
class List(Node):
    r"""Items with ``,``, ``;`` or ``\mid`` between them; with nothing, a phrase of formulas and Text."""

    separator: str
    items: tuple[Node, ...]


@dataclass(frozen=True, repr=False)
class Slice(Node):
    """``a:b``, where either may be missing."""

    start: Node | None
    stop: Node | None


@dataclass(frozen=True, repr=False)
class Annotated(Node):
    r"""A formula with a note under or over it: ``\underbrace{..}_{..}``, ``\overset{..}{..}``."""

    macro: str
    body: Node
    note: Node | None


@dataclass(frozen=True, repr=False)
class EvaluationBar(Node):
    """A bar after a factor: its value at what stands below the bar."""

    body: Node
    sub: Node | None
    sup: Node | None = None


@dataclass(frozen=True, repr=False)
class Unreadable(Node):
    """A part of a statement that could not be read: why, and where in the text."""

    message: str
    offset: int


def located(node: Node, text: str, start: int, end: int) -> Node:
    """A new node, told where it was read."""
    object.__setattr__(node, "origin", Origin(text, start, end, node))
    return node

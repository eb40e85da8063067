"""The independent symbolic truth: scalar equations, each differentiated by sympy.diff and chained.

Every entry of every equation of a forward graph becomes a scalar expression of scalar symbols; SymPy
differentiates it, knowing nothing of matrices, transposes or our rules.  The chain rule over the named scalars
is a plain sum over paths.  Nothing is nested: nested closed forms double and more at every step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import NamedTuple

import numpy as np
from sympy import Add, Expr, S, Symbol, diff

from symrnn.equations import Equation, Graph
from symrnn.evaluate import Scalars, value
from symrnn.expressions import Apply, Array, Fill, Leaf, Node, Softmax, Variable, leaves, rebuilt, relabel
from symrnn.field import Field, P


class Entry(NamedTuple):
    """One scalar: the entry (row, col) of a leaf."""

    leaf: Leaf
    row: int
    col: int


class Partial(NamedTuple):
    """d(entry (row, col) of the left-hand side) / d(entry (r, c) of operand number ``operand``)."""

    row: int
    col: int
    operand: int
    r: int
    c: int
    slope: Expr


def with_named_functions(graph: Graph) -> Graph:
    """The graph with an equation of its own for every function within an expression, and for its arguments.

    SymPy merges what it finds nested, exp(x) exp(y) into exp(x + y), 2 x > 2 y into x > y; the field, to which
    functions and conditions are atoms, does not.  Named scalars leave nothing to merge.
    """
    equations: list[Equation] = []

    def named(node: Node) -> Node:
        if isinstance(node, Leaf | Fill):
            return node
        leaf = Variable(f"part {len(equations)}", *node.shape)
        equations.append(Equation(leaf, node))
        return leaf

    def flat(node: Node) -> Node:
        if isinstance(node, Leaf):
            return node
        args = [flat(a) if isinstance(a, Node) else a for a in node.args]
        if not isinstance(node, Apply | Softmax):
            return rebuilt(node, [named(a) if isinstance(a, Apply | Softmax) else a for a in args])
        return rebuilt(node, [named(a) if isinstance(a, Node) else a for a in args])

    for equation in graph:
        rhs = flat(equation.rhs)
        equations.append(Equation(equation.lhs, rhs))
    return Graph(tuple(equations))


@dataclass(frozen=True)
class Template:
    """The components of one right-hand side, in symbols for the entries of its distinct leaves."""

    symbols: tuple[Array, ...]
    entries: Array
    partials: tuple[Partial, ...]


class Components:
    """The scalar equations of a forward graph at given sizes, and their derivatives.

    Equations of one structure (the gates of an LSTM, all steps) share a template, so SymPy differentiates
    each structure once.
    """

    def __init__(self, graph: Graph, sizes: Mapping[Symbol, int]) -> None:
        self.graph = graph
        self.ring = Scalars(sizes)
        self._templates: dict[Node, Template] = {}

    def template(self, rhs: Node) -> tuple[Template, list[Leaf]]:
        """The components of a right-hand side and the leaves its symbols stand for."""
        own = list(dict.fromkeys(leaves(rhs)))
        placeholders = {leaf: Variable(f"p{i}", *leaf.shape) for i, leaf in enumerate(own)}
        structure = relabel(rhs, placeholders)
        if structure not in self._templates:
            self._templates[structure] = self._differentiate(structure, list(placeholders.values()))
        return self._templates[structure], own

    def _differentiate(self, structure: Node, placeholders: list[Variable]) -> Template:
        symbols = tuple(self._symbols(leaf, f"p{i}") for i, leaf in enumerate(placeholders))
        place = {s: (i, r, c) for i, array in enumerate(symbols) for (r, c), s in np.ndenumerate(array)}
        entries = value(structure, dict(zip(placeholders, symbols, strict=True)), self.ring)
        partials = tuple(
            Partial(row, col, *place[s], diff(entry, s))
            for (row, col), entry in np.ndenumerate(entries)
            for s in sorted(entry.free_symbols, key=place.__getitem__)
        )
        return Template(symbols, entries, partials)

    def _symbols(self, leaf: Leaf, stem: str) -> Array:
        rows, cols = (self.ring.size(d) for d in leaf.shape)
        names = [[_symbol(f"{stem}_{r}_{c}") for c in range(cols)] for r in range(rows)]
        return np.array(names, dtype=object).reshape(rows, cols)

    def gradients(self, loss: Leaf, values: Mapping[Leaf, Array], field: Field) -> dict[Leaf, Array]:
        """dL/dq for every leaf q, exactly, in the field; ``values`` are those of all leaves there."""
        adjoint = {leaf: np.zeros(array.shape, dtype=object) for leaf, array in values.items()}
        adjoint[loss][0, 0] = 1
        for equation in reversed(self.graph.equations):
            template, own = self.template(equation.rhs)
            here = {
                symbol: int(number)
                for leaf, symbols in zip(own, template.symbols, strict=True)
                for symbol, number in zip(symbols.flat, values[leaf].flat, strict=True)
            }
            g = adjoint[equation.lhs]
            for row, col, operand, r, c, slope in template.partials:
                if g[row, col]:
                    target = adjoint[own[operand]]
                    target[r, c] = (target[r, c] + g[row, col] * field.value(slope, here)) % P
        return adjoint


@cache
def _symbol(name: str) -> Symbol:
    return Symbol(name, real=True)


@dataclass(frozen=True)
class Tape:
    """Named scalar equations, forward then backward: v0, v1, ... each bound once.

    ``forward`` maps an entry of a quantity to its symbol, ``backward`` to the symbol of its derivative.
    """

    equations: tuple[tuple[Symbol, Expr], ...]
    forward: Mapping[Entry, Symbol]
    backward: Mapping[Entry, Symbol]


def tape(components: Components, loss: Leaf) -> Tape:
    """The whole derivation in scalars: every entry's equation, then the derivative of the loss by every entry."""
    numbers = (_symbol(f"v{i}") for i in count())
    forward: dict[Entry, Symbol] = {}
    equations: list[tuple[Symbol, Expr]] = []

    def entry(leaf: Leaf, row: int, col: int) -> Symbol:
        place = Entry(leaf, row, col)
        if place not in forward:
            forward[place] = next(numbers)
        return forward[place]

    uses = []
    for equation in components.graph.equations:
        template, own = components.template(equation.rhs)
        names = {
            s: entry(leaf, r, c)
            for leaf, symbols in zip(own, template.symbols, strict=True)
            for (r, c), s in np.ndenumerate(symbols)
        }
        for (row, col), expression in np.ndenumerate(template.entries):
            equations.append((entry(equation.lhs, row, col), expression.xreplace(names)))
        uses.append((equation.lhs, own, template, names))
    backward: dict[Entry, Symbol] = {}
    terms: defaultdict[Entry, list[Expr]] = defaultdict(list, {Entry(loss, 0, 0): [S.One]})

    def bind(place: Entry) -> None:
        if terms[place]:
            backward[place] = next(numbers)
            equations.append((backward[place], Add(*terms[place])))

    for lhs, own, template, names in reversed(uses):
        for row, col in np.ndindex(template.entries.shape):
            bind(Entry(lhs, row, col))
        for row, col, operand, r, c, slope in template.partials:
            g = backward.get(Entry(lhs, row, col))
            if g is not None:
                terms[Entry(own[operand], r, c)].append(g * slope.xreplace(names))
    for place in [p for p in forward if p.leaf in components.graph.given]:
        bind(place)
    return Tape(tuple(equations), forward, backward)

"""One tanh for all gates: sigmoid(a) = 1/2 + 1/2 tanh(a/2), and the halving goes into the weights.

tanh is as fast as exp here and overflows nowhere; where the sums of several gates stand side by side, those of
sigmoids halved, one tanh of the whole serves all of them, tanh gates included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sympy import Expr, Rational, S

from symrnn.equations import Equation
from symrnn.expressions import (
    Apply,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Product,
    Rows,
    Stack,
    apply,
    fill,
    leaves,
    plus,
    rows,
    same,
    scale,
    stack,
)
from symrnn.functions import FUNCTIONS
from symrnn.kernels.passes.joining import Joining, bounds
from symrnn.kernels.system import System, clock_of, variable

HALF = Rational(1, 2)
SIGMOID, TANH = FUNCTIONS["sigmoid"], FUNCTIONS["tanh"]


class Block(NamedTuple):
    """Rows low..high of a wide quantity, to be multiplied by a factor; ``gate`` is what is computed of them."""

    low: Expr
    high: Expr
    factor: Expr
    gate: Leaf | None = None


def one_tanh(system: System) -> System:
    """The system with the sigmoids of every loop computed by tanh, together with the tanh gates beside them."""
    for base in list(system.recurrent):
        system = _Gates(system).joined(system.bound[base].lhs) if base in system.bound else system
    return system


@dataclass
class _Gates:
    system: System
    changed: dict[Leaf, Node] = field(default_factory=dict)
    gone: set[Leaf] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.joining = Joining.of(self.system)
        self.bound = {e.lhs: e for e in self.system.passes[0]}
        self.added: list[Equation] = []

    def joined(self, whole: Leaf) -> System:
        """The system with the gates of one wide sum computed together, where they can be."""
        blocks = self.blocks(whole)
        if blocks is None or whole not in self.bound:
            return self.system
        rhs = self.scaled(self.bound[whole].rhs, blocks)
        if rhs is None:
            return self.system
        of_all = variable(self.joining.name(f"tanh_{whole.name}"), whole, whole.clock)
        self.changed[whole] = rhs
        for block in blocks:
            assert block.gate is not None
            part = rows(of_all, block.low, block.high)
            sigmoid = plus(fill(HALF, part.shape), scale(HALF, part))
            self.changed[block.gate] = sigmoid if block.factor == HALF else part
        self.added.append(Equation(of_all, apply(TANH, whole)))
        first, second = self.system.passes
        new = {e.lhs: e.rhs for e in first} | self.changed
        kept = [Equation(e.lhs, new[e.lhs]) for e in first if e.lhs not in self.gone]
        shared = frozenset(self.joining.shared)
        return self.system.rewritten([*self.added, *kept], second, shared=shared)

    def blocks(self, whole: Leaf) -> list[Block] | None:
        """Which rows of a wide sum go into which gate; None where it is used for anything else."""
        found: list[Block] = []
        for equation in self.readers(whole):
            part, gate = equation.rhs, equation
            if isinstance(part, Rows):
                users = self.readers(equation.lhs)
                if len(users) != 1 or users[0].rhs.operands != (equation.lhs,):
                    return None
                self.gone.add(equation.lhs)
                gate = users[0]
            elif isinstance(part, Apply):
                part = part.operands[0]
            if not isinstance(gate.rhs, Apply) or gate.rhs.function not in (SIGMOID, TANH):
                return None
            low, high = part.args[1:] if isinstance(part, Rows) else (S.Zero, whole.shape[0])
            found.append(Block(low, high, HALF if gate.rhs.function == SIGMOID else S.One, gate.lhs))
        found.sort(key=lambda b: 0 if b.low == 0 else float(b.low.subs(dict.fromkeys(b.low.free_symbols, 1))))
        ends = [b.high for b in found]
        covers = bool(found) and all(same(a, b.low) for a, b in zip([S.Zero, *ends], found, strict=False))
        whole_height = covers and same(ends[-1], whole.shape[0])
        return found if whole_height and any(b.factor == HALF for b in found) else None

    def readers(self, leaf: Leaf) -> list[Equation]:
        """The equations that read a quantity."""
        return [e for e in self.system if leaf.base in {x.base for x in leaves(e.rhs)}]

    def scaled(self, node: Node, blocks: Sequence[Block]) -> Node | None:
        """An expression with its blocks multiplied by their factors, all of it in parameters; None where it cannot."""
        if self.joining.is_shared(node):
            return self.matrix(node, blocks)
        if isinstance(node, Plus):
            terms = [self.scaled(x, blocks) for x in node.operands]
            return None if any(t is None for t in terms) else Plus(*terms)
        if isinstance(node, Product) and self.joining.is_shared(node.operands[0]):
            first = self.matrix(node.operands[0], blocks)
            return None if first is None else Product(first, *node.operands[1:])
        if isinstance(node, Hadamard) and self.joining.is_shared(node.operands[0]):
            first = self.matrix(node.operands[0], blocks)
            return None if first is None else Hadamard(first, *node.operands[1:])
        leaf = node.operands[0] if isinstance(node, Rows) else node
        low = node.args[1] if isinstance(node, Rows) else S.Zero
        return node if isinstance(leaf, Leaf) and self.before(leaf, low, blocks) else None

    def before(self, leaf: Leaf, low: Expr, blocks: Sequence[Block]) -> bool:
        """Have what is computed before the loop multiplied there; whether this can be."""
        if leaf not in self.bound or not clock_of(leaf) or leaf in self.changed:
            return False
        if leaf.base in self.system.recurrent and not isinstance(self.bound[leaf].rhs, Product):
            return False
        own = [Block(b.low + low, b.high + low, b.factor) for b in blocks]
        end = own[-1].high
        others = [e for e in self.readers(leaf) if not isinstance(e.rhs, Plus)]
        if len(self.readers(leaf)) != len(others) + 1:
            return False
        for equation in others:
            if not isinstance(equation.rhs, Rows):
                return False
            start, stop = equation.rhs.args[1:]
            if not (same(stop, own[0].low) or same(start, end)):
                return False
        height = leaf.shape[0]
        around = [Block(S.Zero, own[0].low, S.One)] if own[0].low != 0 else []
        behind = [] if same(end, height) else [Block(end, height, S.One)]
        rhs = self.scaled(self.bound[leaf].rhs, [*around, *own, *behind])
        if rhs is None:
            return False
        self.changed[leaf] = rhs
        return True

    def matrix(self, node: Node, blocks: Sequence[Block]) -> Node | None:
        """A parameter, or several above one another, with the rows of the blocks multiplied."""
        if all(b.factor == 1 for b in blocks):
            return node
        equation = self.bound.get(node) if isinstance(node, Leaf) else None
        parts = equation.rhs.operands if equation is not None and isinstance(equation.rhs, Stack) else (node,)
        factors = [self.factor(low, high, blocks) for low, high in bounds(parts)]
        if None in factors:
            return None
        name = self.joining.name(f"half_{next(leaves(node)).name}")
        halved = variable(name, node, None)
        self.joining.shared.add(name)
        whole = [scale(f, p) for f, p in zip(factors, parts, strict=True)]
        self.added.append(Equation(halved, stack(*whole)))
        return halved

    def factor(self, low: Expr, high: Expr, blocks: Sequence[Block]) -> Expr | None:
        """The factor of the block that some rows are in; None where they are in two."""
        for block in blocks:
            if not _negative(low - block.low) and not _negative(block.high - high):
                return block.factor
        return None


def _negative(difference: Expr) -> bool:
    """Whether a difference of dimensions is below zero; dimensions are positive."""
    expanded = difference.expand()
    return bool(expanded.is_negative) or (
        expanded != 0 and all(c < 0 for c in expanded.as_coefficients_dict().values())
    )

"""What the passes that join quantities have in common: names, blocks, and equations side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from sympy import Expr, S

from symrnn.equations import Base, Equation
from symrnn.expressions import Apply, Hadamard, Leaf, Node, Plus, Scale, Variable, leaves, rows, stack
from symrnn.kernels.system import System, clock_of

Block = tuple[Leaf, Expr, Expr]  # a wide quantity, the first and the past-the-last row of a part of it


@dataclass
class Joining:
    """The equations of a system while they are joined; ``views`` says which quantity is a part of which."""

    system: System
    forward: list[Equation] = field(default_factory=list)
    backward: list[Equation] = field(default_factory=list)
    views: dict[Leaf, Block] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    stacks: dict[tuple[Node, ...], Node] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, system: System) -> Joining:
        """The equations of a system."""
        forward, backward = system.passes
        return cls(system, list(forward), list(backward), shared=set(system.shared), taken=set(system.names))

    def done(self) -> System:
        """The system of the equations."""
        return self.system.rewritten(self.forward, self.backward, shared=frozenset(self.shared))

    def is_shared(self, node: Node) -> bool:
        """Whether an expression has no batch axis; joined matrices are known here before the system knows them."""
        own = {x.name for x in leaves(node) if x.name in self.shared and x.clock is None}
        return all(x.name in own or self.system.is_shared(x) for x in leaves(node))

    def variable(self, names: Sequence[str], like: Iterable[Node], clock: Expr | None) -> Variable:
        """A new quantity that has others as its parts."""
        height = sum((x.shape[0] for x in like), S.Zero)
        width = next(iter(like)).shape[1]
        return Variable(self.name(joined_name(names)), height, width, clock)

    def name(self, wish: str) -> str:
        """A name that nothing bears."""
        while wish in self.taken:
            wish += "_"
        self.taken.add(wish)
        return wish

    def matrix(self, parts: Sequence[Node], equations: list[Equation]) -> Node:
        """Shared matrices above one another, under a name; once for every choice of them."""
        if len(parts) == 1:
            return parts[0]
        key = tuple(parts)
        if key not in self.stacks:
            whole = self.variable([next(leaves(p)).name for p in parts], parts, None)
            self.shared.add(whole.name)
            self.stacks[key] = whole
            equations.append(Equation(whole, stack(*parts)))
        return self.stacks[key]

    def replace(self, equations: list[Equation], old: Iterable[Equation], new: Iterable[Equation]) -> None:
        """Put new equations where the first of the old ones stands."""
        gone = list(old)
        place = min(equations.index(e) for e in gone)
        equations[place:place] = list(new)
        for equation in gone:
            equations.remove(equation)

    def parted(self, wide: Leaf, parts: Sequence[Leaf]) -> Iterator[Equation]:
        """The equations that say which part of a wide quantity each of the parts is."""
        for part, (low, high) in zip(parts, bounds(parts), strict=True):
            self.views[part] = (wide, low, high)
            yield Equation(part, rows(wide, low, high))


def bounds(parts: Sequence[Node]) -> list[tuple[Expr, Expr]]:
    """The first and the past-the-last row of parts above one another."""
    ends = list(accumulate(p.shape[0] for p in parts))
    return list(zip([S.Zero, *ends], ends, strict=False))


def runs(items: Sequence[Leaf], key: Callable[[Leaf], object]) -> Iterator[list[Leaf]]:
    """Neighbours that have the same key."""
    run: list[Leaf] = []
    for item in items:
        if run and key(item) != key(run[-1]):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def joined_name(names: Sequence[str]) -> str:
    """A name for several: W_f, W_i are W_fi; f, i are fi."""
    heads = {name.rpartition("_")[0] for name in names}
    tails = [name.rpartition("_")[2] for name in names]
    head = heads.pop() if len(heads) == 1 else ""
    tail = "".join(dict.fromkeys(tails))
    return f"{head}_{tail}" if head else tail if tail[:1].isalpha() else f"joined_{tail}"


ELEMENTWISE = (Plus, Hadamard, Apply, Scale)


def merged(
    joining: Joining, rhs: Sequence[Node], own: Sequence[Leaf], equations: list[Equation]
) -> Node | None:
    """One expression for several that differ in parts of wide quantities and in parameters alone, or None.

    ``own`` are the parts that the expressions are known to differ in.
    """
    first = rhs[0]
    if all(joining.is_shared(x) for x in rhs):
        same_shape = all(x.shape == first.shape for x in rhs)
        return joining.matrix(rhs, equations) if first.shape[1] == 1 and same_shape else None
    if all(isinstance(x, Leaf) for x in rhs):
        return _merged_leaves(joining, rhs)
    kinds = {(type(x), tuple(a for a in x.args if not isinstance(a, Node)), len(x.operands)) for x in rhs}
    if len(kinds) > 1 or not isinstance(first, ELEMENTWISE):
        return None
    if isinstance(first, Scale) and isinstance(first.args[0], Node):
        return None
    operands = [
        merged(joining, column, own, equations) for column in zip(*(x.operands for x in rhs), strict=True)
    ]
    if any(x is None for x in operands):
        return None
    parts = iter(operands)
    args = [next(parts) if isinstance(a, Node) else a for a in first.args]
    return type(first)(*args)


def _merged_leaves(joining: Joining, parts: Sequence[Leaf]) -> Node | None:
    if all(p == parts[0] for p in parts):
        return stack(*parts) if clock_of(parts[0]) else None
    views = [joining.views.get(p) for p in parts]
    found = [v for v in views if v is not None]
    if len(found) < len(views) or len({v[0] for v in found}) > 1:
        return None
    if any(a[2] != b[1] for a, b in pairwise(found)):
        return None
    return rows(found[0][0], found[0][1], found[-1][2])


def room_less(base: Base, system: System) -> bool:
    """Whether a quantity is used at its own step alone."""
    used = (x for e in system for x in leaves(e.rhs) if x.base == base and x.clock is not None)
    return all(clock_of(x) and not x.offset for x in used)

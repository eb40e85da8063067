"""In which order the equations of a model can be computed: loops over the steps and lines between them.

Found from the lags alone.  Equations that need each other form one loop; it runs forward in time if they look
back (lags), backward if they look ahead (leads).  Neighbouring loops are merged where the lags allow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr

from symrnn.equations import Equation, Model, is_beyond, is_fixed
from symrnn.errors import SymrnnError
from symrnn.expressions import LENGTHS, Leaf, Node, Over


class NoOrderError(SymrnnError):
    """Equations of a model that cannot be put in an order; ``quantities`` are what they bind."""

    def __init__(self, message: str, quantities: list[Leaf]) -> None:
        super().__init__(f"{', '.join(map(str, quantities))}: {message}")
        self.quantities = quantities


@dataclass(frozen=True)
class Loop:
    """Equations computed together at each step of a clock (None: once, outside time).

    ``direction`` is 1 for 1..T, -1 for T..1, 0 for any order.
    """

    equations: tuple[Equation, ...]
    clock: Expr | None
    direction: int


Edge = tuple[int, int, int | None]  # user, used, offset in time (None: every step must be there)


def schedule(model: Model) -> list[Loop]:
    """The loops of a model, in order.

    Raises NoOrderError for equations that need each other at the same step, or both earlier and later steps.
    """
    edges = list(_edges(model))
    loops: list[tuple[list[int], Expr | None, int]] = []
    for ordered, clock, direction in _recurrences(model, edges):
        if loops and _joins(loops[-1], ordered, clock, direction, edges):
            last, _, previous = loops[-1]
            loops[-1] = (last + ordered, clock, previous or direction or _needed(last, ordered, edges))
        else:
            loops.append((ordered, clock, direction))
    return [Loop(tuple(model.equations[i] for i in own), clock, way or 1) for own, clock, way in loops]


def recurrences(model: Model) -> list[Loop]:
    """The equations in order, those that need each other together; the direction is 0 where none needs itself.

    What has no direction can be computed for all steps at once.  Raises NoOrderError as ``schedule`` does.
    """
    found = _recurrences(model, list(_edges(model)))
    return [Loop(tuple(model.equations[i] for i in own), clock, way) for own, clock, way in found]


def _recurrences(model: Model, edges: list[Edge]) -> Iterator[tuple[list[int], Expr | None, int]]:
    for members in _groups(len(model.equations), edges):
        direction = _direction(members, edges, model)
        yield _within(members, edges, model), _clock(model.equations[members[0]]), direction


def _clock(equation: Equation) -> Expr | None:
    return equation.lhs.clock if equation.lhs.clock in LENGTHS else None


def _edges(model: Model) -> Iterator[Edge]:
    moving = {e.lhs.base: i for i, e in enumerate(model.equations) if not is_fixed(e.lhs)}
    fixed = {e.lhs: i for i, e in enumerate(model.equations) if is_fixed(e.lhs)}
    for user, equation in enumerate(model.equations):
        clock = _clock(equation)
        # what algebra made shorter is printed as the chain rule gave it, too
        longer = [term.chain for term in equation.terms if term.chain is not None]
        for leaf, summed in (use for node in (equation.rhs, *longer) for use in _uses(node, None)):
            if leaf in fixed:
                yield user, fixed[leaf], None
            elif leaf.clock is not None and leaf.clock == clock and leaf.clock != summed:
                if leaf.base in moving:
                    yield user, moving[leaf.base], leaf.offset
                yield from ((user, i, None) for start, i in fixed.items() if _reaches(leaf, start))
            elif leaf.base in moving and not is_beyond(leaf):
                yield user, moving[leaf.base], None


def _reaches(leaf: Leaf, start: Leaf) -> bool:
    """Whether a leaf in the equations of the steps is, at some step, the one at a fixed time: h[t-1] is h[0]."""
    if start.base != leaf.base:
        return False
    return leaf.offset < start.offset <= 0 if start.clock == 0 else 1 <= start.offset <= leaf.offset


def _uses(node: Node, summed: Expr | None) -> Iterator[tuple[Leaf, Expr | None]]:
    if isinstance(node, Leaf):
        yield node, summed
    for operand in node.operands:
        yield from _uses(operand, node.args[1] if isinstance(node, Over) else summed)


def _groups(count: int, edges: list[Edge]) -> list[list[int]]:
    """Strongly connected components, users after used, else in the order of the text (Tarjan 1972)."""
    needs: list[list[int]] = [[] for _ in range(count)]
    for user, used, _ in edges:
        needs[user].append(used)
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    groups: list[list[int]] = []

    def visit(root: int) -> None:
        work = [(root, iter(needs[root]))]
        number[root] = low[root] = len(number)
        stack.append(root)
        while work:
            node, rest = work[-1]
            following = next((n for n in rest if n not in number or n in stack), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    cut = stack.index(node)
                    groups.append(sorted(stack[cut:]))
                    del stack[cut:]
            elif following in number:
                low[node] = min(low[node], number[following])
            else:
                number[following] = low[following] = len(number)
                stack.append(following)
                work.append((following, iter(needs[following])))

    for node in range(count):
        if node not in number:
            visit(node)
    return groups


def _inside(members: list[int], edges: list[Edge]) -> list[Edge]:
    own = set(members)
    return [edge for edge in edges if edge[0] in own and edge[1] in own]


def _direction(members: list[int], edges: list[Edge], model: Model) -> int:
    offsets = [offset for _, _, offset in _inside(members, edges)]
    bound = [model.equations[i].lhs for i in members]
    if None in offsets:
        raise NoOrderError("these need all steps of each other, so that none can be computed first", bound)
    signs = {(offset > 0) - (offset < 0) for offset in offsets if offset} if offsets else set()
    if len(signs) == 2:
        raise NoOrderError(
            "these need each other at earlier and at later steps, so that no order of the steps works\n"
            "  let one chain use only lags and another only leads",
            bound,
        )
    return -signs.pop() if signs else 0


def _within(members: list[int], edges: list[Edge], model: Model) -> list[int]:
    """The members in an order that binds what a step needs of itself first."""
    needs = {
        i: {used for user, used, offset in _inside(members, edges) if user == i and not offset}
        for i in members
    }
    ordered: list[int] = []
    while needs:
        ready = next((i for i, needed in needs.items() if needed <= set(ordered)), None)
        if ready is None:
            cycle = [model.equations[i].lhs for i in needs]
            raise NoOrderError("a cycle within one step; one of them must use the other at a lag", cycle)
        ordered.append(ready)
        del needs[ready]
    return ordered


def _joins(
    last: tuple[list[int], Expr | None, int],
    members: list[int],
    clock: Expr | None,
    direction: int,
    edges: list[Edge],
) -> bool:
    own, last_clock, way = last
    if clock != last_clock:
        return False
    if clock is None:
        return True
    signs = _signs(own, members, edges)
    if None in signs:
        return False
    ways = {w for w in (way, direction, *signs) if w}
    return len(ways) <= 1


def _signs(own: list[int], members: list[int], edges: list[Edge]) -> set[int | None]:
    """The directions in which a loop must run for the members to find what they use of it."""
    offsets = [offset for user, used, offset in edges if user in members and used in own]
    return {None if offset is None else (offset < 0) - (offset > 0) for offset in offsets}


def _needed(own: list[int], members: list[int], edges: list[Edge]) -> int:
    return next((sign for sign in _signs(own, members, edges) if sign), 0)

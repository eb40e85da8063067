"""Views of arrays under names: what the statements of a loop, or of all steps at once, read and write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Expr, cancel

from symrnn.equations import Base
from symrnn.expressions import LENGTHS, Leaf, Only, Over
from symrnn.kernels.code import Place
from symrnn.kernels.layout import Layout, Part
from symrnn.kernels.places import AllSteps, Arrays, _added
from symrnn.kernels.system import clock_of
from symrnn.schedule import Loop


@dataclass
class Views:
    """The views that the statements of one stage use, each defined once.

    ``made`` are those of the arrays that are kept from call to call, ``here`` those of what a call is given;
    ``moving`` are the views of a loop that are others at every step, ``still`` the same for all.
    """

    arrays: Arrays
    layout: Layout
    loop: Loop
    made: dict[str, str] = field(default_factory=dict)
    here: dict[str, str] = field(default_factory=dict)
    moving: dict[str, tuple[str, bool]] = field(default_factory=dict)
    chunk: bool = False  # whether the steps are those from ``start`` to ``stop`` alone

    def column(self, leaf: Leaf, low: Expr | None = None, high: Expr | None = None) -> str:
        """The name of a quantity at a step of the loop, or of all steps; of some of its rows."""
        whole, name = self._whole(leaf, low, high)
        return self._named(leaf, whole, name)

    def flat(self, leaf: Leaf, low: Expr | None = None, high: Expr | None = None) -> str:
        """All steps and sequences as the rows of a matrix."""
        part = self._part(leaf, low, high)
        whole = self._steps(part.of, leaf.offset)
        height = self.arrays.text(part.of.shape[0])
        code = f"{whole}.reshape(-1, {height}){self._rows(part, ':, ')}"
        return self._named(leaf, code, f"{self._name(leaf, low)}_rows")

    def blocks(self, leaf: Leaf, unit: Expr, low: Expr | None = None, high: Expr | None = None) -> str | None:
        """A wide quantity as blocks of one height, (..., blocks, batch, unit); None where it has none such."""
        part = self._part(leaf, low, high)
        count, first, last = (cancel(d / unit) for d in (part.of.shape[0], part.low, part.high))
        if not (count.is_Integer and first.is_Integer and last.is_Integer):
            return None
        scratch = part.of.base in self.layout.scratch
        cut = "" if (first, last) == (0, count) else f"[{'' if scratch else ':, '}{first}:{last}]"
        code = self._steps(part.of, leaf.offset)
        if part.of.base not in self.blocked:
            steps = "" if scratch else "-1, "
            turned = "1, 0, 2" if scratch else "0, 2, 1, 3"
            sizes = f"{steps}{self.arrays.batch}, {count}, {self.arrays.text(unit)}"
            code = f"{code}.reshape({sizes}).transpose({turned})"
        code += cut
        return self._named(leaf, code, f"{self._name(leaf, low)}_blocks")

    def repeated(self, leaf: Leaf) -> str:
        """A column that goes with every block of another: at a step as it is, else (T, 1, batch, n)."""
        if self.loop.direction:
            return self.column(leaf)
        whole, name = self._whole(leaf, None, None)
        return self._named(leaf, f"{whole}[:, None]", f"{name}_each")

    @property
    def blocked(self) -> Mapping[Base, Expr]:
        """Which arrays are kept block by block."""
        return self.arrays.blocked

    def _part(self, leaf: Leaf, low: Expr | None, high: Expr | None) -> Part:
        part = self.layout.place(leaf)
        if low is None or high is None:
            return part
        return Part(part.of, part.low + low, part.low + high)

    def _whole(self, leaf: Leaf, low: Expr | None, high: Expr | None) -> tuple[str, str]:
        part = self._part(leaf, low, high)
        unit = self.blocked.get(part.of.base)
        if unit is not None:
            first, last = (cancel(d / unit) for d in (part.low, part.high))
            cut = str(first) if last - first == 1 else f"{first}:{last}"
            return f"{self._steps(part.of, leaf.offset)}[:, {cut}]", self._name(leaf, low)
        front = ":, " if part.of.base in self.layout.scratch else ":, :, "
        return f"{self._steps(part.of, leaf.offset)}{self._rows(part, front)}", self._name(leaf, low)

    def _name(self, leaf: Leaf, low: Expr | None) -> str:
        name = self.arrays.whole(leaf)
        return name if low is None else f"{name}_from_{str(low).replace('*', '').replace(' ', '')}"

    def _rows(self, part: Part, front: str) -> str:
        if part.low == 0 and part.high == part.of.shape[0]:
            return ""
        low, high = self.arrays.text(part.low), self.arrays.text(part.high)
        return f"[{front}{low if low != '0' else ''}:{high}]"

    def _steps(self, leaf: Leaf, offset: int) -> str:
        """The code of the steps of an array that are read together."""
        name = self.arrays.whole(leaf)
        clock = clock_of(leaf)
        if clock is None or leaf.base in self.layout.scratch:
            return name
        if leaf.base in self.arrays.chunked:
            return f"{name}[:stop - start]"
        room = self.arrays.storage.rooms[leaf.base]
        first = room.before + offset
        if self.chunk:
            return f"{name}[{_added('start', first)}:{_added('stop', first)}]"
        if not (room.before or room.after):
            return name
        return f"{name}[{first or ''}:{_added(str(LENGTHS[clock]), first)}]"

    def _named(self, leaf: Leaf, code: str, wish: str) -> str:
        """A name for a view."""
        root = self.layout.place(leaf).of
        moving = self.loop.direction and root.base not in self.layout.scratch and clock_of(leaf)
        own = root.base in self.arrays.system.bound or root.base in self.arrays.copied
        own = own and root not in self.arrays.system.wanted
        if moving:
            suffix = {0: "_t", -1: "_before", 1: "_after"}.get(
                leaf.offset, f"_{leaf.offset}".replace("-", "minus_")
            )
            return self._enter(self.moving, (code, bool(own)), wish + suffix)
        if code.isidentifier():
            return code
        return self._enter(self.made if own else self.here, code, wish)

    def _enter(self, table: dict, key: object, wish: str) -> str:  # type: ignore[type-arg]
        for name, known in table.items():
            if known == key:
                return str(name)
        name = self.arrays.identifiers.fresh(wish)
        table[name] = key
        return name


class Through(Place):
    """Code that reads quantities through views, for what has no statement of its own."""

    def __init__(self, views: Views, clock: Expr | None) -> None:
        self.views = views
        self.system = views.arrays.system
        self.clock = clock
        self.all = AllSteps(views.arrays, clock)

    def leaf(self, leaf: Leaf) -> str:
        """The code of a quantity."""
        if clock_of(leaf) is not None:
            return self.views.column(leaf)
        if leaf.base in self.views.layout.scratch:
            return self.views.arrays.whole(leaf)
        return self.all.fixed(leaf)

    def number(self, scalar: Expr) -> str:
        """The code of a number."""
        return self.all.number(scalar)

    def dimension(self, scalar: Expr) -> str:
        """The code of a dimension."""
        return self.all.dimension(scalar)

    def summed(self, node: Over) -> str:
        """The code of a sum over the steps."""
        return self.all.summed(node)

    def only(self, node: Only) -> str:
        """The code of what is zero but at one step."""
        return self.all.only(node)

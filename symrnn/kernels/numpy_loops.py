"""The loops of a NumPy kernel, the arrays they write to, and what is computed for some steps before each part."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from sympy import Expr, S, cancel

from symrnn.equations import Equation
from symrnn.expressions import LENGTHS, Leaf, leaves
from symrnn.kernels.chunks import chunks
from symrnn.kernels.into import Writer
from symrnn.kernels.layout import Layout
from symrnn.kernels.numpy_parameters import ParameterStatements
from symrnn.kernels.packing import Packing
from symrnn.kernels.places import Arrays
from symrnn.kernels.statements import INDENT, uncommented, words_of
from symrnn.kernels.system import clock_of
from symrnn.kernels.views import Views
from symrnn.naming import Names
from symrnn.schedule import Loop


class LoopStatements(ParameterStatements):
    """The lines of code of the loops over the steps."""

    def __init__(self, arrays: Arrays, names: Names, layout: Layout, packing: Packing) -> None:
        super().__init__(arrays, names, layout, packing)
        self.spare: dict[Expr | None, dict[tuple[str, ...], list[str]]] = {}
        self.chunks = chunks(layout, arrays.classes)
        arrays.chunked.update(self.chunks.arrays)
        self.numbers = {loop.equations: number for number, loop in layout.stages}

    @abstractmethod
    def said_lines(self, equation: Equation, writer: Writer) -> Iterator[str]:
        """The statements of an equation, the first with what they compute."""

    def array(self, leaf: Leaf) -> Iterator[str]:
        """Make room for a quantity of the steps; the lines that a call has to do for it."""
        root = self.layout.place(leaf).of
        name, clock = self.arrays.whole(root), clock_of(root)
        assert clock is not None
        if root in self.system.wanted:
            yield f"{name} = np.empty({self.shape(root, clock)}, dtype)"
            return
        if name not in self.kept.arrays:
            if root.base in self.layout.scratch:
                tail = root.shape[:1] if root.shape[1] == 1 else root.shape
                sizes = ", ".join([self.arrays.batch, *map(self.arrays.text, tail)])
                self.kept.arrays[name] = f"np.empty(({sizes}), dtype)"
            else:
                room = self.arrays.storage.rooms[root.base]
                kind = "zeros" if room.before or room.after else "empty"
                self.kept.arrays[name] = f"np.{kind}({self.blocked_shape(root, clock)}, dtype)"
            if root.base in self.arrays.storage.boundary:
                yield from self.edges(root, clock)
        if root != leaf and root.base not in self.layout.scratch:
            whole, _ = self.views._whole(leaf, None, None)
            if whole not in self.kept.views.values():
                self.kept.views[self.arrays.whole(leaf)] = whole

    def blocked_shape(self, leaf: Leaf, clock: Expr) -> str:
        """The shape of an array: its rows together, or block by block."""
        unit = self.arrays.blocked.get(leaf.base)
        if unit is None:
            return self.shape(leaf, clock)
        count = cancel(leaf.shape[0] / unit)
        return f"({LENGTHS[clock]}, {count}, {self.arrays.batch}, {self.arrays.text(unit)})"

    def writer(self, loop: Loop, clock: Expr | None) -> Writer:
        """What writes the statements of a stage."""
        writer = Writer(Views(self.arrays, self.layout, loop, self.kept.views), clock)
        if not loop.direction:
            writer.free = self.spare.setdefault(clock, {})
        return writer

    def keep(self, writer: Writer) -> list[str]:
        """Remember what a stage needs; the lines that have to stand in front of it."""
        views, clock = writer.views, writer.clock
        for name, shape in writer.temporaries.items():
            steps = [] if views.loop.direction or clock is None else [str(LENGTHS[clock])]
            self.kept.arrays[name] = f"np.empty(({', '.join([*steps, self.arrays.batch, *shape])}), dtype)"
        here = [f"{name} = {code}" for name, code in views.here.items()]
        ready: list[tuple[str, str]] = []
        rest: list[tuple[str, str]] = []
        for code, name in writer.prepared.items():
            (rest if code.startswith("np.") or not self.is_kept(code) else ready).append((name, code))
        self.kept.views.update(ready)
        turned = [line for leaf, name in writer.turned.items() for line in self.turned(leaf, name)]
        return [*here, *(f"{name} = {code}" for name, code in rest), *turned]

    def is_kept(self, code: str) -> bool:
        """Whether code begins with an array that is kept from call to call."""
        return code.split(".")[0].split("[")[0] in {
            *self.kept.arrays,
            *self.kept.pieces_by_name,
            *self.kept.views,
            *self.packed,
        }

    def in_turn(self, loop: Loop) -> Iterator[str]:
        """A loop over the steps; what feeds it is computed for some of them at a time."""
        assert loop.clock is not None
        feeding = self.chunks.feeding.get(self.numbers[loop.equations], ())
        most = self.most(feeding, loop) if feeding else ""
        for equation in feeding:
            self.room_for_some(equation.lhs, most)
        for equation in loop.equations:
            yield from self.array(equation.lhs)
        writer = self.writer(loop, loop.clock)
        writer.views.chunk = bool(feeding)
        lines = [line for equation in loop.equations for line in self.said_lines(equation, writer)]
        before, outside = self.before(feeding, loop, most) if feeding else ({}, [])
        yield from outside
        yield from self.keep(writer)
        yield from self.carries(loop)
        head = self.steps_of(loop, writer.views, bool(feeding))
        if feeding:
            yield from self.in_parts(loop, before, most, head)
            yield from (INDENT + line for line in self.inside)
        indent = INDENT * bool(feeding)
        yield from (indent + line for line in [*head, *(INDENT + line for line in lines)])

    def steps_of(self, loop: Loop, views: Views, chunked: bool) -> list[str]:
        """The line of the loop itself, which goes through a list of views."""
        header, steps = self.header(loop, views)
        if not chunked:
            name = self.arrays.identifiers.fresh(f"steps_{loop.clock}")
            self.kept.views[name] = steps
            return [header.replace("STEPS", name)]
        self.steps = steps
        return [header.replace("STEPS", "steps")]

    def in_parts(self, loop: Loop, views: dict[str, str], most: str, head: Sequence[str]) -> Iterator[str]:
        """The line of the loop over parts of the steps, whose views are kept too."""
        name = self.arrays.identifiers.fresh(f"parts_{loop.clock}")
        back = "[::-1]" if loop.direction < 0 else ""
        read = words_of("\n".join([*map(uncommented, self.inside), *head]))
        ends = ["start", "stop"] if "start" in read else []
        codes = ", ".join([*ends, *views.values(), self.steps])
        spans = f"spans({LENGTHS[loop.clock]}, {most})"
        self.kept.views[name] = f"[({codes},) for start, stop in {spans}]{back}"
        names = ", ".join([*ends, *views, "steps"])
        yield f"for {names}{',' * (names == 'steps')} in {name}:"

    def most(self, feeding: Sequence[Equation], loop: Loop) -> str:
        """How many steps what feeds a loop is computed for at a time: as many as stay in the cache."""
        roots = dict.fromkeys(self.layout.place(e.lhs).of for e in feeding)
        height = self.arrays.text(sum((x.shape[0] for x in roots), S.Zero))
        name = self.arrays.identifiers.fresh(f"most_{loop.clock}")
        size = f"{self.arrays.batch} * ({height}) * dtype.itemsize"
        self.kept.arrays[name] = f"steps_in_cache({LENGTHS[loop.clock]}, {size})"
        return name

    def room_for_some(self, leaf: Leaf, most: str) -> None:
        """An array for some of the steps."""
        root = self.layout.place(leaf).of
        _, *sizes = self.blocked_shape(root, root.clock)[1:-1].split(", ")
        self.kept.pieces.setdefault(most, {})[self.arrays.whole(root)] = sizes

    def before(self, feeding: Sequence[Equation], loop: Loop, most: str) -> tuple[dict[str, str], list[str]]:
        """The views of what feeds a loop, and the lines in front of everything; its own lines are in ``inside``."""
        views = Views(self.arrays, self.layout, Loop((), loop.clock, 0), {}, chunk=True)
        writer = Writer(views, loop.clock)
        lines = [line for equation in feeding for line in self.said_lines(equation, writer)]
        for name, shape in writer.temporaries.items():
            self.kept.pieces.setdefault(most, {})[f"{name}_room"] = (self.arrays.batch, *shape)
        writer.temporaries.clear()
        here, views.here = views.here, {}
        outside = self.keep(writer)
        self.inside = [*(f"{name} = {code}" for name, code in here.items()), *lines]
        words = words_of("\n".join(map(uncommented, self.inside)))
        return {name: code for name, code in views.made.items() if name in words}, outside

    def carries(self, loop: Loop) -> Iterator[str]:
        """What arrives from the step before the first is zero."""
        read = [x for e in loop.equations for x in leaves(e.rhs) if x.offset and clock_of(x)]
        for leaf in dict.fromkeys(x.at(loop.clock, 0) for x in read if x.base in self.layout.scratch):
            yield f"{self.arrays.whole(leaf)}.fill(0)"

    def header(self, loop: Loop, views: Views) -> tuple[str, str]:
        """The line of the loop itself, which goes through a list of views, and the list."""
        own = {name: code for name, (code, kept) in views.moving.items() if kept}
        given = {name: code for name, (code, kept) in views.moving.items() if not kept}
        back = "[::-1]" if loop.direction < 0 else ""
        steps = f"list(zip({', '.join(own.values())})){back}"
        comma = "," * (len(own) == 1)
        if given:
            names = ", ".join([f"({', '.join(own)}{comma})", *given])
            codes = ", ".join(["STEPS", *(code + back for code in given.values())])
            return f"for {names} in zip({codes}):", steps
        return f"for {', '.join(own)}{comma} in STEPS:", steps

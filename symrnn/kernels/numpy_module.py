"""The text of a NumPy module: arrays are made once for a set of sizes, and a call writes into them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from symrnn.expressions import LENGTHS, Adjoint, Leaf
from symrnn.kernels import arithmetic, runtime
from symrnn.kernels.blocked import blocked
from symrnn.kernels.build import Options
from symrnn.kernels.into import UFUNCS
from symrnn.kernels.layout import Layout
from symrnn.kernels.module import Module
from symrnn.kernels.numpy_statements import NumpyStatements
from symrnn.kernels.packing import packing
from symrnn.kernels.statements import INDENT, uncommented, words_of
from symrnn.kernels.system import System, clock_of
from symrnn.kernels.targets import picked
from symrnn.naming import Names

FIRST = {arithmetic: "def softmax(", runtime: "def steps_in_cache("}  # the first function that modules carry


class NumpyModule(Module):
    """A module of NumPy code that allocates nothing but its results."""

    statements_of = NumpyStatements

    def __init__(self, system: System, names: Names, options: Options) -> None:
        super().__init__(system, names, options, UFUNCS)
        targets = self.distributions()
        self.moving = {k: x for k, x in self.given.items() if clock_of(x) is not None or k in targets}
        self.packed = {k: x for k, x in self.given.items() if k not in self.moving}
        self.given = self.packed | self.moving
        self.layout = Layout(system, self.arrays.storage, options.padded)
        self.arrays.blocked.update(blocked(self.layout))
        for leaf in self.moving.values():
            room = self.arrays.storage.rooms.get(leaf.base) if clock_of(leaf) is not None else None
            if room is not None and (room.before or room.after):
                self.arrays.copied.add(leaf.base)
        plain = [x for k, x in self.moving.items() if k in targets and x.base not in self.arrays.copied]
        self.arrays.classes.update(picked(self.layout, plain))
        self.packing = packing(system, self.packed.values())
        self.statements: NumpyStatements = self.statements_of(self.arrays, names, self.layout, self.packing)
        self.statements.packed.update(map(self.identifier, [*self.packed.values(), *self.packing.joined]))

    def text(self) -> str:
        """The module."""
        forward, backward = (list(self.body(part)) for part in self.system.loops)
        functions = [
            *self.value_and_grad(),
            *("", ""),
            *self.forward(forward),
            *("", ""),
            *self.backward(backward),
            *("", ""),
            *self.step(),
        ]
        rest = [*self.workspace(), "", "", *self.helpers()]
        head = [
            f'"""{self.title()}"""',
            "",
            *self.imports("\n".join([*functions, *rest])),
            "",
            *self.tables(),
            f"PICKED = {tuple(k for k, x in self.moving.items() if x.base in self.arrays.classes)!r}",
            "WORK = {}  # the arrays of the last call",
            'KIND = attrgetter("shape", "dtype")',
            f"CACHE = {runtime.CACHE}  # bytes of what feeds a loop at a time",
            f"FEW = {runtime.FEW}  # numbers that Python compares faster than NumPy",
            f"MODERATE = {arithmetic.MODERATE}  # the sum of the squares of logits of which none is beyond 80",
        ]
        return "\n".join([*head, "", "", *functions, *rest])

    def imports(self, code: str) -> Iterator[str]:
        """The lines that import what some code uses."""
        called = [name for name in UFUNCS if re.search(rf"(?<![\w.]){name}(\.reduce)?\(", code)]
        yield "import math"
        yield from (
            "from collections.abc import Callable, Mapping, Sequence",
            "from operator import attrgetter",
            "from typing import Any",
            "",
            "import numpy as np",
        )
        yield f"from numpy import {', '.join(called)}"

    def copied(self, used: str) -> Iterator[str]:
        """The lines that put what is given into arrays with room before the first step."""
        for key, leaf in self.moving.items():
            name, clock = self.identifier(leaf), clock_of(leaf)
            if clock is None or leaf.base not in self.arrays.copied or name not in words_of(used):
                continue
            room = self.arrays.storage.rooms[leaf.base]
            self.statements.kept.arrays[name] = f"np.empty({self.statements.shape(leaf, clock)}, dtype)"
            stop = f"{LENGTHS[clock]} + {room.before}" if room.before else str(LENGTHS[clock])
            yield f"{name}[{room.before or ''}:{stop}] = values[{key!r}]"
            yield from self.statements.edges(leaf, clock)

    def unpack(self, used: str) -> Iterator[str]:
        """The values under their names."""
        copied = list(self.copied(self.kept_words(used)))
        words = words_of("\n".join([used, *copied]))
        for key, leaf in self.moving.items():
            name = self.identifier(leaf)
            if name in words and leaf.base not in (self.arrays.copied if clock_of(leaf) is not None else ()):
                yield f"{name} = values[{key!r}]"
        yield from copied

    def kept_words(self, used: str) -> str:
        """Some code and the code of the views that it reads."""
        words = words_of(used)
        return "\n".join(
            [used, *(code for name, code in self.statements.kept.views.items() if name in words)]
        )

    def ready(self, lines: list[str]) -> list[str]:
        """The names that some lines read of what is kept."""
        kept = self.statements.kept
        words = words_of(re.sub(r"'[^']*'", "", "\n".join(map(uncommented, lines))))  # no keys
        sizes = [line.split(" = ")[0] for line in self.sizes(" ".join(words))]
        names = (
            *self.arrays.constants.values(),
            *self.regions(),
            *kept.arrays,
            *kept.pieces_by_name,
            *kept.views,
            *sizes,
        )
        return [name for name in dict.fromkeys(names) if name in words]

    def regions(self) -> dict[str, str]:
        """The arrays that what is given outside the steps is put into, by name, with their shapes."""
        alone = [x for x in self.packed.values() if x not in self.packing.places]
        return {self.identifier(x): self.region(x) for x in (*self.packing.joined, *alone)}

    def region(self, leaf: Leaf) -> str:
        """The shape of such an array."""
        shared = self.system.is_shared(leaf)
        tail = leaf.shape if shared or leaf.shape[1] != 1 else leaf.shape[:1]
        sizes = [*([] if shared else [self.arrays.batch]), *map(self.arrays.text, tail)]
        return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"

    def place_of(self, leaf: Leaf) -> str:
        """The code of the place of what is given outside the steps."""
        if leaf not in self.packing.places:
            return self.identifier(leaf)
        joined, first, last = self.packing.places[leaf]
        return f"{self.identifier(joined)}[{self.arrays.text(first)}:{self.arrays.text(last)}]"

    def preamble(self, lines: list[str]) -> list[str]:
        """What some lines read of the values; the sizes are kept from call to call."""
        used = "\n".join(uncommented(line) for line in lines)
        masks = list(self.masks(used))
        return [*self.unpack(used + "\n".join(masks)), *masks]

    def wanted(self, leaf: Adjoint) -> str:
        """The code of a gradient; zeros where the loss does not depend on the quantity."""
        bound = {e.lhs for e in self.system}
        packed = leaf.of in self.packed.values()
        return (
            f"np.zeros_like({self.identifier(leaf.of)})"
            if packed and leaf not in bound
            else super().wanted(leaf)
        )

    def forward(self, lines: list[str]) -> Iterator[str]:
        """The function ``forward``."""
        yield "def forward(values, work):"
        yield f'{INDENT}"""The loss, summed over the batch; what the backward pass needs stays in the workspace."""'
        loss = self.identifier(self.model.loss)
        whole = any(e.loss.lhs == self.model.loss for e in self.statements.entropies.values())
        yield from self.filled(
            lines, "forward", [f"{INDENT}return float({loss if whole else f'np.add.reduce({loss}, None)'})"]
        )

    def filled(self, lines: list[str], name: str, end: list[str]) -> Iterator[str]:
        """The body of a function that works in the arrays that are kept."""
        self.statements.kept.views |= {
            self.identifier(x): self.place_of(x) for x in self.packed.values() if x in self.packing.places
        }
        preamble = self.preamble(lines)
        self.uses = {**getattr(self, "uses", {}), name: self.ready([*preamble, *lines, *end])}
        if self.uses[name]:
            yield f"{INDENT}({', '.join(self.uses[name])},) = work[{name!r}]"
        yield from (INDENT + line for line in [*preamble, *lines])
        yield from end

    def backward(self, lines: list[str]) -> Iterator[str]:
        """The function ``backward``."""
        yield "def backward(values, work):"
        yield f'{INDENT}"""The gradients by name, after ``forward`` with the same values and workspace."""'
        yield from self.filled(lines, "backward", list(self.results()))

    def value_and_grad(self) -> Iterator[str]:
        """The function ``value_and_grad``."""
        yield from (
            "def value_and_grad(values):",
            f'{INDENT}"""The loss, summed over the batch, and the dictionary of its gradients."""',
            f"{INDENT}values, work = ready(values)",
            f"{INDENT}loss = forward(values, work)",
            f"{INDENT}gradients = backward(values, work)",
            f"{INDENT}WORK['last'] = work",
            f"{INDENT}return loss, gradients",
            *("", ""),
            "def held(values):",
            f'{INDENT}"""Arrays with the values, to change in place, and a call of no arguments that reads them."""',
            f"{INDENT}arrays, put, work = places(values)",
            "",
            f"{INDENT}def call():",
            f"{INDENT * 2}given = put()",
            f"{INDENT * 2}return forward(given, work), backward(given, work)",
            "",
            f"{INDENT}return arrays, call",
        )

    def helpers(self) -> Iterator[str]:
        """The functions that every module carries."""
        for module in (arithmetic, runtime):
            source = inspect.getsource(module)
            yield source[source.index(FIRST[module]) :] + "\n\n" * (module is arithmetic)

    def workspace(self) -> Iterator[str]:
        """The function ``workspace``."""
        kept = self.statements.kept
        regions = self.regions()
        read = {use for uses in self.uses.values() for use in uses}
        codes = kept.arrays | kept.views | kept.pieces_by_name | {"cached": kept.cached}
        while len(read) < len(read := read | words_of("\n".join(c for n, c in codes.items() if n in read))):
            pass
        constants = [
            f"{name} = np.array({n}, dtype)" for n, name in self.arrays.constants.items() if name in read
        ]
        packed = "packed = np.empty(0, dtype)"
        if regions:
            packed = f"packed, ({', '.join(regions)},) = together(dtype, {', '.join(regions.values())})"
        pieces = kept.pieces_by_name
        found = kept.arrays | ({"cached": kept.cached} if pieces else {}) | pieces
        arrays = [f"{name} = {code}" for name, code in found.items() if name in read]
        views = list(_in_order({name: code for name, code in kept.views.items() if name in read}))
        places = ", ".join(self.place_of(x) for x in self.packed.values())
        used = "\n".join([packed, *arrays, *views, *read])
        yield "def workspace(values):"
        yield f'{INDENT}"""The arrays of a call, and the views of them that its statements read and write."""'
        for line in [*self.sizes(used), packed, *constants, *arrays, *views]:
            yield INDENT + line
        yield f"{INDENT}return {{"
        yield f"{INDENT * 2}'packed': packed,"
        yield f"{INDENT * 2}'places': [{places}],"
        for name, uses in self.uses.items():
            yield f"{INDENT * 2}{name!r}: ({''.join(f'{use}, ' for use in uses)}),"
        yield f"{INDENT}}}"


def _in_order(views: dict[str, str]) -> Iterator[str]:
    """The definitions of views, each after those it reads."""
    waiting = dict(views)
    while waiting:
        name = next(n for n, code in waiting.items() if not (words_of(code) & waiting.keys()) - {n})
        yield f"{name} = {waiting.pop(name)}"

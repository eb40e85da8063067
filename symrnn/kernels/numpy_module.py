"""The text of a NumPy module: arrays are made once for a set of sizes, and a call writes into them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from symrnn.expressions import LENGTHS
from symrnn.kernels import runtime
from symrnn.kernels.blocked import blocked
from symrnn.kernels.build import Options
from symrnn.kernels.layout import Layout
from symrnn.kernels.module import Module, uncommented, words_of
from symrnn.kernels.numpy_statements import NumpyStatements
from symrnn.kernels.statements import INDENT
from symrnn.kernels.system import System, clock_of
from symrnn.naming import Names


class NumpyModule(Module):
    """A module of NumPy code that allocates nothing but its results."""

    def __init__(self, system: System, names: Names, options: Options) -> None:
        super().__init__(system, names, options)
        self.layout = Layout(system, self.arrays.storage, options.padded)
        self.arrays.blocked.update(blocked(self.layout))
        self.statements: NumpyStatements = NumpyStatements(self.arrays, names, self.layout)
        for leaf in self.given.values():
            room = self.arrays.storage.rooms.get(leaf.base) if clock_of(leaf) is not None else None
            if room is not None and (room.before or room.after):
                self.arrays.copied.add(leaf.base)

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
        head = [
            f'"""{self.title()}"""',
            "",
            "import math",
            "from collections.abc import Mapping, Sequence",
            "from typing import Any",
            "",
            "import numpy as np",
            "",
            *self.tables(),
            "KNOWN = {}  # what is known of values like those of the last call, by their shapes",
            "WORK = {}  # the arrays of the last call, by the same",
        ]
        return "\n".join([*head, "", "", *functions, *self.workspace(), "", "", *self.helpers()])

    def copied(self, used: str) -> Iterator[str]:
        """The lines that put what is given into arrays with room before the first step."""
        for key, leaf in self.given.items():
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
        for key, leaf in self.given.items():
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
        words = words_of("\n".join(map(uncommented, lines)))
        return [name for name in (*kept.arrays, *kept.views) if name in words]

    def forward(self, lines: list[str]) -> Iterator[str]:
        """The function ``forward``."""
        yield "def forward(values, work):"
        yield f'{INDENT}"""The loss, summed over the batch; what the backward pass needs stays in the workspace."""'
        yield from self.filled(lines, "forward")
        yield f"{INDENT}return float(np.add.reduce({self.identifier(self.model.loss)}, None))"

    def filled(self, lines: list[str], name: str) -> Iterator[str]:
        """The body of a function that works in the arrays that are kept."""
        preamble = self.preamble(lines)
        self.uses = {**getattr(self, "uses", {}), name: self.ready([*preamble, *lines])}
        if self.uses[name]:
            yield f"{INDENT}({', '.join(self.uses[name])},) = work[{name!r}]"
        yield from (INDENT + line for line in [*preamble, *lines])

    def backward(self, lines: list[str]) -> Iterator[str]:
        """The function ``backward``."""
        yield "def backward(values, work):"
        yield f'{INDENT}"""The gradients by name, after ``forward`` with the same values and workspace."""'
        yield from self.filled(lines, "backward")
        yield from self.results()

    def value_and_grad(self) -> Iterator[str]:
        """The function ``value_and_grad``."""
        yield from (
            "def value_and_grad(values):",
            f'{INDENT}"""The loss, summed over the batch, and the dictionary of its gradients."""',
            f"{INDENT}values, sizes = checked(values)",
            f"{INDENT}work = WORK.pop(sizes, None) or workspace(values)",
            f"{INDENT}loss = forward(values, work)",
            f"{INDENT}gradients = backward(values, work)",
            f"{INDENT}WORK.clear()",
            f"{INDENT}WORK[sizes] = work",
            f"{INDENT}return loss, gradients",
        )

    def helpers(self) -> Iterator[str]:
        """The functions that every module carries."""
        source = inspect.getsource(runtime)
        yield source[source.index("def softmax") :]

    def workspace(self) -> Iterator[str]:
        """The function ``workspace``."""
        kept = self.statements.kept
        read = {use for uses in self.uses.values() for use in uses}
        while len(read) < len(
            read := read | words_of("\n".join(c for n, c in kept.views.items() if n in read))
        ):
            pass
        arrays = [f"{name} = {code}" for name, code in kept.arrays.items() if name in read]
        views = list(_in_order({name: code for name, code in kept.views.items() if name in read}))
        used = "\n".join([*arrays, *views])
        yield "def workspace(values):"
        yield f'{INDENT}"""The arrays of a call, and the views of them that its statements read and write."""'
        for line in [*self.sizes(used), *arrays, *views]:
            yield INDENT + line
        yield f"{INDENT}return {{"
        for name, uses in self.uses.items():
            yield f"{INDENT * 2}{name!r}: ({''.join(f'{use}, ' for use in uses)}),"
        yield f"{INDENT}}}"


def _in_order(views: dict[str, str]) -> Iterator[str]:
    """The definitions of views, each after those it reads."""
    waiting = dict(views)
    while waiting:
        name = next(n for n, code in waiting.items() if not (words_of(code) & waiting.keys()) - {n})
        yield f"{name} = {waiting.pop(name)}"

"""The text of a module that computes a system: forward, backward, value_and_grad and step."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from sympy import Expr

from symrnn.equations import Model, is_beyond
from symrnn.expressions import LENGTHS, Adjoint, Leaf, leaves
from symrnn.kernels import runtime
from symrnn.kernels.build import Options
from symrnn.kernels.identifiers import Identifiers
from symrnn.kernels.places import Arrays
from symrnn.kernels.statements import INDENT, Statements
from symrnn.kernels.step import step_lines, steps_of
from symrnn.kernels.storage import Storage
from symrnn.kernels.system import System, clock_of
from symrnn.naming import Names

OWN_NAMES = (
    *("values", "tape", "loss", "state", "inputs", "forward", "backward", "value_and_grad", "step"),
    *("lengths_t", "lengths_u", "lengths_t_column", "lengths_u_column"),
)
LENGTHS_KEYS = {"t": "lengths", "u": "lengths_u"}


def given(system: System) -> dict[str, Leaf]:
    """What a kernel is given, by key: W_f, x for all steps, h[0]; those it reads."""
    read = {x.base for e in system for x in leaves(e.rhs)}
    bound = {e.lhs for e in system}
    found: dict[str, Leaf] = {}
    for leaf in dict.fromkeys(x for e in system for x in leaves(e.rhs)):
        clock = clock_of(leaf)
        if leaf.base in system.bound or leaf.name in system.masks or isinstance(leaf, Adjoint):
            continue
        if clock is not None:
            found[leaf.name] = leaf.at(clock, 0)
        elif leaf.clock is None:
            found[leaf.name] = leaf
    for leaf in system.model.boundary:
        if leaf not in bound and leaf.base in read:
            found[str(leaf)] = leaf
    return found


def axes(leaf: Leaf, system: System) -> tuple[str, ...]:
    """The axes of the array of a given quantity."""
    if system.is_shared(leaf):
        return tuple(str(d) for d in leaf.shape)
    tail = leaf.shape[:1] if leaf.shape[1] == 1 else leaf.shape
    clock = clock_of(leaf)
    return (*([str(LENGTHS[clock])] if clock is not None else []), "batch", *map(str, tail))


class Module:
    """A module of NumPy code."""

    def __init__(self, system: System, names: Names, options: Options) -> None:
        self.system = system
        self.model: Model = system.model
        self.names = names
        self.identifiers = Identifiers(names, [*vars(runtime), *OWN_NAMES])
        self.given = given(system)
        for leaf in self.given.values():
            self.identifier(leaf)
        for equation in system:
            self.identifier(equation.lhs)
        self.arrays = Arrays(system, Storage(system), self.identifiers, options.padded)
        self.statements = Statements(self.arrays, names)
        self.padded, self.truncate = options.padded, options.truncate

    def identifier(self, leaf: Leaf) -> str:
        """The name of a given quantity in the code."""
        beyond = leaf.clock is not None and is_beyond(leaf)
        return self.identifiers.at_boundary(leaf) if beyond else self.identifiers.of(leaf)

    @property
    def clocks(self) -> list[Expr]:
        """The clocks of the model."""
        return sorted(set(self.model.clocks.values()), key=str)

    def text(self) -> str:
        """The module."""
        forward, backward = (list(self.body(part)) for part in self.system.loops)
        tape = self.tape(backward)
        return "\n".join(
            [
                f'"""{self.title()}"""',
                "",
                "import math",
                "from collections.abc import Mapping, Sequence",
                "from typing import Any",
                "",
                "import numpy as np",
                "",
                *self.tables(),
                "",
                "",
                *self.value_and_grad(),
                "",
                "",
                *self.forward(forward, tape),
                "",
                "",
                *self.backward(backward, tape),
                "",
                "",
                *self.step(),
                *self.helpers(),
            ]
        )

    @property
    def shapes(self) -> dict[str, tuple[str, ...]]:
        """The axes of what the functions are given, by key."""
        return {key: axes(leaf, self.system) for key, leaf in self.given.items()}

    def title(self) -> str:
        """The first line of the module."""
        return f"{self.model.title}: the loss and its gradients for a batch of sequences. Made by symrnn."

    def tables(self) -> Iterator[str]:
        """What the checks read."""
        yield "SHAPES = {"
        for key, own in self.shapes.items():
            yield f"    {key!r}: {own!r},"
        yield "}"
        yield f"CLASSES = {tuple(self.distributions())!r}"
        lengths = {LENGTHS_KEYS[str(c)]: str(LENGTHS[c]) for c in self.clocks} if self.padded else {}
        yield f"LENGTHS = {lengths!r}"

    def distributions(self) -> list[str]:
        """The targets that are distributions over classes."""
        granted = {fact.name for fact in self.model.facts}
        return [key for key, leaf in self.given.items() if leaf.name in granted and leaf.shape != (1, 1)]

    def body(self, loops: object) -> Iterator[str]:
        """The lines of some loops."""
        for loop in loops:  # type: ignore[attr-defined]
            yield from self.statements.loop(loop)

    def tape(self, backward: list[str]) -> list[str]:
        """What the backward pass reads of the forward pass, by identifier."""
        text = "\n".join(uncommented(line) for line in backward)
        words = words_of(text)
        bound = dict.fromkeys(self.identifier(e.lhs) for e in self.system.passes[0])
        return [name for name in bound if name in words]

    def unpack(self, used: str) -> Iterator[str]:
        """The values under their names, those that are read at a lag with what stands before the first step."""
        words = words_of(used)
        lines: list[str] = []
        for key, leaf in self.given.items():  # y[0] after y, which reads it
            name, clock = self.identifier(leaf), clock_of(leaf)
            if name not in words:
                continue
            room = self.arrays.storage.rooms[leaf.base] if clock is not None else None
            if clock is None or room is None or not (room.before or room.after):
                lines.insert(0, f"{name} = values[{key!r}]")
                continue
            stop = f"{LENGTHS[clock]} + {room.before}" if room.before else str(LENGTHS[clock])
            edges = list(self.statements.edges(leaf, clock))
            lines += [
                f"{name} = np.empty({self.statements.shape(leaf, clock)}, dtype)",
                f"{name}[{room.before}:{stop}] = values[{key!r}]",
                *edges,
            ]
            words |= words_of("\n".join(edges))
        yield from lines

    def sizes(self, used: str) -> Iterator[str]:
        """The sizes of the axes that some code reads."""
        words = words_of(used)
        for symbol in dict.fromkeys(
            (*map(str, (LENGTHS[c] for c in self.clocks)), self.arrays.batch, *self.arrays.dimensions)
        ):
            if symbol not in words:
                continue
            wanted = "batch" if symbol == self.arrays.batch else symbol
            for key, leaf in self.given.items():
                own = axes(leaf, self.system)
                if wanted in own:
                    yield f"{symbol} = values[{key!r}].shape[{own.index(wanted)}]"
                    break
        first = next(iter(self.given))
        if "dtype" in words:
            yield f"dtype = values[{first!r}].dtype"

    def masks(self, used: str) -> Iterator[str]:
        """The masks of padding and truncation that some code reads."""
        words = words_of(used)
        for clock in self.clocks if self.padded else ():
            yield f"{self.arrays.lengths(clock)} = values[{LENGTHS_KEYS[str(clock)]!r}]"
            yield f"{self.arrays.lengths(clock)}_column = {self.arrays.lengths(clock)}[:, None].astype(dtype)"
        for name, mask in self.system.masks.items():
            leaf = next(x for e in self.system for x in leaves(e.rhs) if x.name == name)
            own = self.identifier(leaf.at(mask.clock, 0))
            if own not in words:
                continue
            steps = f"np.arange({LENGTHS[mask.clock]})"
            if mask.lag:
                code = f"({steps} // {self.truncate} == ({steps} + {mask.lag}) // {self.truncate})[:, None, None]"
            else:
                code = f"({steps}[:, None] < {self.arrays.lengths(mask.clock)})[:, :, None]"
            yield f"{own} = {code}.astype(dtype)"

    def preamble(self, lines: list[str]) -> list[str]:
        """What some lines read of the values."""
        used = "\n".join(uncommented(line) for line in lines)
        masks = list(self.masks(used))
        unpacked = list(self.unpack(used + "\n".join(masks)))
        sizes = list(self.sizes("\n".join([used, *masks, *unpacked])))
        return [*sizes, *unpacked, *masks]

    def forward(self, lines: list[str], tape: list[str]) -> Iterator[str]:
        """The function ``forward``."""
        yield "def forward(values):"
        yield f'{INDENT}"""The loss, and what the backward pass needs."""'
        loss = self.identifier(self.model.loss)
        for line in [*self.preamble(lines), *lines]:
            yield INDENT + line
        yield f"{INDENT}tape = ({''.join(name + ', ' for name in tape)})"
        yield f"{INDENT}return {loss}.sum(), tape"

    def backward(self, lines: list[str], tape: list[str]) -> Iterator[str]:
        """The function ``backward``."""
        yield "def backward(values, tape):"
        yield f'{INDENT}"""The gradients by name."""'
        if tape:
            yield f"{INDENT}{''.join(name + ', ' for name in tape)}= tape"
        for line in [*self.preamble(lines), *lines]:
            yield INDENT + line
        yield from self.results()

    def results(self) -> Iterator[str]:
        """The dictionary of the gradients."""
        yield f"{INDENT}return {{"
        for leaf in self.system.wanted:
            assert isinstance(leaf, Adjoint)
            key = leaf.of.name if clock_of(leaf.of) is not None else str(leaf.of)
            yield f"{INDENT * 2}{key!r}: {self.wanted(leaf)},"
        yield f"{INDENT}}}"

    def wanted(self, leaf: Adjoint) -> str:
        """The code of a gradient; zeros where the loss does not depend on the quantity."""
        bound = {e.lhs for e in self.system}
        if leaf in bound:
            return self.identifier(leaf)
        return f"np.zeros_like(values[{str(leaf.of)!r}])"

    def value_and_grad(self) -> Iterator[str]:
        """The function ``value_and_grad``."""
        yield "def value_and_grad(values):"
        yield f'{INDENT}"""The loss, summed over the batch, and the dictionary of its gradients."""'
        yield f"{INDENT}values = checked(values)"
        yield f"{INDENT}loss, tape = forward(values)"
        yield f"{INDENT}return loss, backward(values, tape)"

    def step(self) -> Iterator[str]:
        """The function that steps the cell; none where the cell looks ahead."""
        found = steps_of(self.model)
        if found is not None:
            yield from step_lines(self.arrays, self.names, *found)
            yield from ("", "")

    def helpers(self) -> Iterator[str]:
        """The functions that every module carries."""
        source = inspect.getsource(runtime)
        yield source[source.index("def softmax") :]


def uncommented(line: str) -> str:
    """A line without what it says of itself."""
    return line.partition("# ")[0]


def words_of(text: str) -> set[str]:
    """The names in some code."""
    return set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text))

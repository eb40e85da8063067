"""The text of a module that computes a system: forward, backward, value_and_grad and step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from sympy import Expr

from symrnn.equations import Model, is_beyond
from symrnn.expressions import LENGTHS, Adjoint, Leaf, leaves
from symrnn.kernels import arithmetic, runtime
from symrnn.kernels.build import Options
from symrnn.kernels.identifiers import Identifiers
from symrnn.kernels.places import Arrays
from symrnn.kernels.statements import INDENT, Statements, uncommented, words_of
from symrnn.kernels.step import step_lines, steps_of
from symrnn.kernels.storage import Storage
from symrnn.kernels.system import System, clock_of
from symrnn.naming import Names

OWN_NAMES = (
    *(
        "values",
        "tape",
        "work",
        "packed",
        "loss",
        "state",
        "inputs",
        "forward",
        "backward",
        "value_and_grad",
        "held",
        "both",
        "found",
        "given",
        "step",
    ),
    *("lengths_t", "lengths_u", "lengths_t_column", "lengths_u_column", "ones_t", "ones_u"),
    *("start", "stop", "steps", "number", "array", "numba", "cached"),
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


class Module(ABC):
    """What the modules of all back-ends have in common."""

    def __init__(self, system: System, names: Names, options: Options, own: Iterable[str] = ()) -> None:
        self.system = system
        self.model: Model = system.model
        self.names = names
        self.identifiers = Identifiers(names, [*vars(arithmetic), *vars(runtime), *OWN_NAMES, *own])
        self.given = given(system)
        for leaf in self.given.values():
            self.identifier(leaf)
        for equation in system:
            self.identifier(equation.lhs)
        self.statements: Statements
        self.arrays = Arrays(system, Storage(system), self.identifiers, options.padded)
        self.padded, self.truncate = options.padded, options.truncate

    def identifier(self, leaf: Leaf) -> str:
        """The name of a given quantity in the code."""
        beyond = leaf.clock is not None and is_beyond(leaf)
        return self.identifiers.at_boundary(leaf) if beyond else self.identifiers.of(leaf)

    @property
    def clocks(self) -> list[Expr]:
        """The clocks of the model."""
        return sorted(set(self.model.clocks.values()), key=str)

    @abstractmethod
    def text(self) -> str:
        """The module."""

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

    @abstractmethod
    def unpack(self, used: str) -> Iterator[str]:
        """The values under their names."""

    def sizes(self, used: str) -> Iterator[str]:
        """The sizes of the axes that some code reads."""
        words = words_of(used)
        for symbol in dict.fromkeys(
            (*map(str, (LENGTHS[c] for c in self.clocks)), self.arrays.batch, *self.arrays.dimensions)
        ):
            if symbol not in words:
                continue
            wanted = "batch" if symbol == self.arrays.batch else symbol
            # a target that is given as classes has no axis for them
            for key, leaf in sorted(self.given.items(), key=lambda item: item[0] in self.distributions()):
                own = axes(leaf, self.system)
                if wanted in own:
                    yield f"{symbol} = values[{key!r}].shape[{own.index(wanted)}]"
                    break
        first = next((key for key in self.given if key not in self.distributions()), next(iter(self.given)))
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

    def results(self) -> Iterator[str]:
        """The dictionary of the gradients."""
        yield f"{INDENT}return {{"
        for key, leaf in self.keys():
            yield f"{INDENT * 2}{key!r}: {self.wanted(leaf)},"
        yield f"{INDENT}}}"

    def keys(self) -> Iterator[tuple[str, Adjoint]]:
        """The gradients by the keys of what they are of."""
        for leaf in self.system.wanted:
            assert isinstance(leaf, Adjoint)
            yield leaf.of.name if clock_of(leaf.of) is not None else str(leaf.of), leaf

    def wanted(self, leaf: Adjoint) -> str:
        """The code of a gradient; zeros where the loss does not depend on the quantity."""
        bound = {e.lhs for e in self.system}
        if leaf in bound:
            return self.identifier(leaf)
        return f"np.zeros_like(values[{str(leaf.of)!r}])"

    def step(self) -> Iterator[str]:
        """The function that steps the cell; none where the cell looks ahead."""
        found = steps_of(self.model)
        if found is not None:
            yield from step_lines(self.arrays, self.names, *found)
            yield from ("", "")

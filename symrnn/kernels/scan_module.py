"""The text of a module for a framework of functions, torch or jax."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symrnn.kernels.build import Options
from symrnn.kernels.frameworks import SOFTMAX, Framework
from symrnn.kernels.module import Module
from symrnn.kernels.scan_statements import ScanStatements
from symrnn.kernels.statements import INDENT, uncommented, words_of
from symrnn.kernels.system import System, clock_of
from symrnn.naming import Names

OWN = (
    *("distribution", "scan", "fit", "loss", "Loss", "NAMES", "GRADIENTS"),
    *("jax", "jnp", "torch", "numpy", "past", "here"),
)


class ScanModule(Module):
    """A module of functions that write into nothing."""

    def __init__(self, system: System, names: Names, options: Options, framework: Framework) -> None:
        super().__init__(system, names, options, OWN)
        self.framework = framework
        self.statements: ScanStatements = ScanStatements(self.arrays, names)

    def text(self) -> str:
        """The module."""
        forward, backward = (list(self.body(part)) for part in self.system.loops)
        tape = self.tape(backward)
        gradients = [key for key, _ in self.keys()]
        code = [
            *self.forward(forward, tape),
            *("", ""),
            *self.backward(backward, tape),
            *("", ""),
            *self.step(),
        ]
        parts = [
            f'"""{self.title()}"""',
            "",
            *self.framework.imports,
            "",
            *self.tables(),
            f"GRADIENTS = {tuple(gradients)!r}",
            "",
            "",
            *map(self.in_words, code),
        ]
        whole = "\n".join(parts).rstrip() + "\n" + "\n".join(map(self.in_words, SOFTMAX.split("\n")))
        return whole.rstrip() + "\n" + self.framework.tail

    def in_words(self, line: str) -> str:
        """A line of code in the words of the framework."""
        code, mark, said = line.partition("# ")
        for pattern, word in self.framework.words.items():
            code = re.sub(rf"(?<![\w.]){pattern}" if pattern[0].isalpha() else pattern, word, code)
        return code + mark + said

    def tape(self, backward: list[str]) -> list[str]:
        """What the backward pass reads of the forward pass, by identifier."""
        words = words_of("\n".join(map(uncommented, backward)))
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
            code = f"values[{key!r}]"
            if key in self.distributions():
                height = self.arrays.text(leaf.shape[0])
                code = f"distribution({code}, {len(self.shapes[key])}, {height}, dtype)"
            joined = list(self.statements.joined(leaf, code, clock)) if clock is not None else []
            words |= words_of("\n".join(joined))
            lines = [*lines, *joined] if joined else [f"{name} = {code}", *lines]
        yield from lines

    def forward(self, lines: list[str], tape: list[str]) -> Iterator[str]:
        """The function ``forward``."""
        yield "def forward(values):"
        yield f'{INDENT}"""The loss, summed over the batch, and what the backward pass needs."""'
        yield from (INDENT + line for line in [*self.preamble(lines), *lines])
        yield f"{INDENT}tape = ({''.join(name + ', ' for name in tape)})"
        yield f"{INDENT}return {self.identifier(self.model.loss)}.sum(), tape"

    def backward(self, lines: list[str], tape: list[str]) -> Iterator[str]:
        """The function ``backward``."""
        yield "def backward(values, tape):"
        yield f'{INDENT}"""The gradients by name."""'
        if tape:
            yield f"{INDENT}({''.join(name + ', ' for name in tape)}) = tape"
        yield from (INDENT + line for line in [*self.preamble(lines), *lines])
        yield from self.results()

"""The text of a numba module: the statements of the NumPy module in two compiled functions, the steps counted.

At small sizes a NumPy call costs more than its arithmetic; compiled, it costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from symrnn.errors import SymrnnError
from symrnn.kernels.build import Options
from symrnn.kernels.numba_functions import COMPILED, compiled_functions
from symrnn.kernels.numba_statements import NumbaStatements
from symrnn.kernels.numba_words import CALLED, compilable
from symrnn.kernels.numpy_module import NumpyModule
from symrnn.kernels.statements import INDENT, uncommented
from symrnn.kernels.system import System
from symrnn.naming import Names

UNKNOWN = ("keepdims", "np.diagonal")  # what numba does not compile


class NumbaModule(NumpyModule):
    """A module whose forward and backward passes are compiled."""

    statements_of = NumbaStatements

    def __init__(self, system: System, names: Names, options: Options) -> None:
        super().__init__(system, names, options)
        self.calls: dict[str, None] = {}
        self.arguments: dict[
            str, dict[str, str]
        ] = {}  # of forward and backward: what they are given, by name

    def text(self) -> str:
        """The module."""
        if self.padded or self.truncate:
            raise SymrnnError("the numba back-end has no lengths and no truncation: take numpy")
        whole = super().text()
        quiet = 'warnings.filterwarnings("ignore", r"(?s).*np\\.v?dot", numba.NumbaPerformanceWarning)\n'
        return whole.replace("\nSHAPES = {", f"\n{quiet}SHAPES = {{", 1)

    def imports(self, code: str) -> Iterator[str]:
        """The lines that import what some code uses."""
        for line in super().imports(code):
            yield from {
                "import math": (line, "import warnings"),
                "import numpy as np": ("import numba", line),
            }.get(line, (line,))

    def forward(self, lines: list[str]) -> Iterator[str]:
        """The function ``forward`` and what it compiles to."""
        yield from self.compiled(list(super().forward(lines)), "forward")

    def backward(self, lines: list[str]) -> Iterator[str]:
        """The function ``backward`` and what it compiles to."""
        yield from self.compiled(list(super().backward(lines)), "backward")
        yield from ("", "", *self.both())

    def both(self) -> Iterator[str]:
        """Both passes in one compiled call: handing over the arrays is much of the time of a small one."""
        given = self.arguments["forward"] | self.arguments["backward"]
        uses = list(dict.fromkeys((*self.uses["forward"], *self.uses["backward"])))
        calls = {name: ", ".join([*own, *self.uses[name]]) for name, own in self.arguments.items()}
        self.uses["both"] = uses
        yield "@numba.njit"
        yield f"def compiled_both({', '.join([*given, *uses])}):"
        yield f'{INDENT}"""The loss, and the gradients in order."""'
        yield f"{INDENT}loss = compiled_forward({calls['forward']})"
        yield f"{INDENT}return loss, compiled_backward({calls['backward']})"
        yield from ("", "", "def both(values, work):")
        yield f'{INDENT}"""The loss, and the gradients by name."""'
        codes = "".join(f"{code}, " for code in given.values())
        yield f"{INDENT}loss, found = compiled_both({codes}*work['both'])"
        yield f"{INDENT}return loss, dict(zip(({self.key_codes()}), found))"

    def key_codes(self) -> str:
        """The keys of the gradients, as the entries of a tuple."""
        return "".join(f"{key!r}, " for key, _ in self.keys())

    def value_and_grad(self) -> Iterator[str]:
        """The function ``value_and_grad``, and ``held``."""
        for line in super().value_and_grad():
            if line.strip() == "loss = forward(values, work)":
                yield f"{INDENT}loss, gradients = both(values, work)"
            elif line.strip() == "return forward(given, work), backward(given, work)":
                yield f"{INDENT * 2}return both(given, work)"
            elif line.strip() != "gradients = backward(values, work)":
                yield line

    def results(self) -> Iterator[str]:
        """The gradients in order."""
        yield f"{INDENT}return ({''.join(f'{self.wanted(leaf)}, ' for _, leaf in self.keys())})"

    def compiled(self, lines: list[str], name: str) -> Iterator[str]:
        """A function of the values and the workspace that calls a compiled one of arrays."""
        _, said, *rest = lines
        if self.uses[name]:
            del rest[0]
        given = [line.strip() for line in rest if re.fullmatch(r" {4}\w+ = values\['.*'\]", line)]
        body = [self.in_words(line) for line in rest if line.strip() not in given]
        code = "\n".join(map(uncommented, body))
        self.calls |= dict.fromkeys(compiled_functions(code))
        for word in UNKNOWN:
            if word in code:
                raise SymrnnError(f"the numba back-end cannot compile {word}: take numpy")
        for key in dict.fromkeys(re.findall(r"values\['.*?'\]", code)):
            given.append(f"{self.arrays.identifiers.fresh('given')} = {key}")
            body = [line.replace(key, given[-1].partition(" = ")[0]) for line in body]
        names = [line.partition(" = ")[0] for line in given]
        codes = (f"np.ascontiguousarray({line.partition(' = ')[2]})" for line in given)
        self.arguments[name] = dict(zip(names, codes, strict=True))
        arguments = ", ".join([*names, *self.uses[name]])
        yield "@numba.njit"
        yield f"def compiled_{name}({arguments}):"
        yield from (said, *body, "", "")
        yield f"def {name}(values, work):"
        yield said
        call = f"compiled_{name}({''.join(f'{c}, ' for c in self.arguments[name].values())}*work[{name!r}])"
        yield (
            f"{INDENT}return {call}"
            if name == "forward"
            else f"{INDENT}return dict(zip(({self.key_codes()}), {call}))"
        )

    def in_words(self, line: str) -> str:
        """A line in the words that numba knows."""
        code, mark, said = line.partition("# ")
        if not code.strip():
            return line
        code = compilable(code.rstrip())
        return f"{code}  {mark}{said}" if mark else code

    def helpers(self) -> Iterator[str]:
        """The functions that every module carries, those that the statements call compiled."""
        source = "".join(super().helpers())
        for name in self.calls:
            if f"def {name}(" in source:
                start = source.index(f"def {name}(")
                end = source.index("\n\n\n", start) + 3
                source = source[:start] + source[end:]
        yield source
        yield from (f"@numba.njit{COMPILED[name]}\n\n" for name in self.calls)
        for name in CALLED:
            given = "a" if getattr(np, name).nin == 1 else "a, b"
            said = f'    """np.{name}, compiled once for all its calls with arrays of one kind."""'
            yield from (
                "",
                "@numba.njit",
                f"def {name}_into({given}, out):",
                said,
                f"    np.{name}({given}, out)",
                "",
            )

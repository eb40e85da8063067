"""The statements of a numba kernel: loops count the steps, for views cost nothing there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.expressions import LENGTHS
from symrnn.kernels.numpy_statements import NumpyStatements
from symrnn.kernels.statements import INDENT
from symrnn.kernels.views import Views
from symrnn.schedule import Loop


class NumbaStatements(NumpyStatements):
    """The lines of code of a kernel that is compiled."""

    def in_parts(self, loop: Loop, views: dict[str, str], most: str, head: Sequence[str]) -> Iterator[str]:
        """The lines of the loop over parts of the steps."""
        length = LENGTHS[loop.clock]
        yield f"for number in {counted(f'({length} + {most} - 1) // {most}', loop)}:"
        yield f"{INDENT}start, stop = number * {most}, min((number + 1) * {most}, {length})"
        yield from (f"{INDENT}{name} = {code}" for name, code in views.items())

    def steps_of(self, loop: Loop, views: Views, chunked: bool) -> list[str]:
        """The line of the loop itself and the views of each step."""
        count = "stop - start" if chunked else str(LENGTHS[loop.clock])
        moving = [f"{INDENT}{name} = {code}[step]" for name, (code, _) in views.moving.items()]
        return [f"for step in {counted(count, loop)}:", *moving]


def counted(count: str, loop: Loop) -> str:
    """The numbers below a count, in the direction of a loop."""
    return f"range({count})" if loop.direction > 0 else f"range({count} - 1, -1, -1)"

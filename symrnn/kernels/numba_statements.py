"""The statements of a numba kernel: loops count the steps, for views cost nothing there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symrnn.expressions import LENGTHS
from symrnn.kernels.numpy_statements import NumpyStatements
from symrnn.kernels.statements import INDENT
from symrnn.kernels.views import Views
from symrnn.schedule import Loop

COMPILED = {
    "cross_entropy_into": '''
@numba.njit
def cross_entropy_into(o, y, p, room):
    """Write the softmax of the rows o to p, which may be o; the sum of -y log(softmax(o)) is returned."""
    loss = 0.0
    count, width = o.shape
    for row in range(count):
        top = o[row].max()
        total = 0.0
        if y.ndim == 1:
            loss -= o[row, y[row] - row * width] - top
        for i in range(width):
            shifted = o[row, i] - top
            if y.ndim > 1:
                loss -= y.reshape(-1)[row * width + i] * shifted
            p[row, i] = math.exp(shifted)
            total += p[row, i]
        logarithm = math.log(total)
        if y.ndim == 1:
            loss += logarithm
        for i in range(width):
            p[row, i] /= total
            if y.ndim > 1:
                loss += y.reshape(-1)[row * width + i] * logarithm
    return loss
''',
    "less_target": '''
@numba.njit
def less_target(p, y, out):
    """Write p - y; of classes y stands for the places of their ones among all entries."""
    if y.ndim == 1:
        out[:] = p
        flat = out.reshape(-1)
        for place in y:
            flat[place] -= 1
    else:
        np.subtract(p, y, out)
''',
}


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

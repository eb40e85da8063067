"""The lines that complete a cell: a readout where it names no output, and the loss."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.errors import SymrnnError
from symrnn.losses import LOSSES, REDUCTIONS
from symrnn.reading.terms import CellText, Term

READOUT = "a_y"
"""The output that a cell is given where it names none, linear in the quantity of its last equation."""


def defines_loss(cell: CellText) -> bool:
    """Whether a cell's own text binds L."""
    return any(equation.target.name == "L" for equation in cell.equations)


def complete(cell: CellText, loss: str, reduction: str) -> str:
    """The text of the whole model: the cell and, below it, what it lacks (nothing, if it binds L)."""
    if defines_loss(cell):
        return cell.text
    last = _last_quantity(cell)
    output = cell.output or last
    at = f"[{output.clock}]" if output.clock else ""
    readout = list(_readout(cell, last, at)) if cell.output is None else []
    out = READOUT + at if cell.output is None else output.text
    added = [*readout, *_loss_lines(cell, LOSSES[loss].lines, reduction, out, output.clock)]
    _refuse_taken_names(cell, added)
    return cell.text + "\n".join([*added, ""])


def _last_quantity(cell: CellText) -> Term:
    """What the last equation binds, of those for every step and the timeless ones."""
    for equation in reversed(cell.equations):
        if equation.target.index is None or equation.target.index.running:
            return equation.target
    message = "no equation for a step\n  write one: h[t] = tanh(W @ h[t-1] + U @ x[t] + b)"
    raise SymrnnError(message, f"{cell.filename}:1:1")


def _declared(cell: CellText, name: str) -> bool:
    return any(declaration.target.name == name for declaration in cell.declarations)


def _readout(cell: CellText, last: Term, at: str) -> Iterator[str]:
    if not _declared(cell, "y"):
        taken = {name for d in cell.declarations for dimension in d.shape for name, _ in dimension}
        names = ("v", *(f"v_{k}" for k in range(len(taken))))
        yield f"y{at}: {next(name for name in names if name not in taken)}"
    yield f"{READOUT}{at} = W_y @ {last.text} + b_y"


def _loss_lines(
    cell: CellText, lines: tuple[str, ...], reduction: str, out: str, clock: str
) -> Iterator[str]:
    at = f"[{clock}]" if clock else ""
    weighted = reduction == "weighted"
    if weighted and not _declared(cell, "omega"):
        yield f"omega{at}: 1"
    *before, ell = (line.format(out=out, at=at) for line in lines)
    yield from before
    if clock:
        yield from (ell, REDUCTIONS[reduction].format(clock=clock, at=at))
    elif weighted:
        yield from (ell, "L = omega * ell")
    else:  # one output, one loss: nothing to add up
        yield ell.replace("ell", "L", 1)


def _refuse_taken_names(cell: CellText, added: list[str]) -> None:
    """The added lines bind names of their own and are given y, W_y, b_y and omega: nobody else's."""
    binds = {line.partition(" = ")[0].split("[")[0] for line in added if " = " in line}
    given = {name for name in ("W_y", "b_y", "omega") if any(name in line for line in added)}
    given -= {declaration.target.name for declaration in cell.declarations} & {"omega"}
    targets = {id(equation.target) for equation in cell.equations}
    for term in cell.names:
        bound = id(term) in targets
        if bound and term.name == "y":
            remedy = "call it o and add a line `output: o[t]`, or bind the loss L in the cell too"
            raise cell.error(term, "y is the target that the loss is given", remedy)
        if term.name in given | {"L"} or (bound and term.name in binds):
            line = next(line for line in added if term.name in line)
            remedy = "choose another name, or bind the loss L in the cell too: then nothing is added"
            raise cell.error(term, f"{term.name} is a name in a line that is added: {line}", remedy)

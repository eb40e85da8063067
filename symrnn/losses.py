"""The losses, and the lines that complete a cell: readout, loss of a step, sum over the steps.

A loss is text in the language of the cells, so that whoever can read a cell can read the whole model.  Adding
one is one entry of the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symrnn.cell_text import CellText, Term
from symrnn.errors import SymrnnError


@dataclass(frozen=True)
class Loss:
    """The loss of one step. In ``lines``, {out} is the output quantity and {at} the time index, [t] or nothing.

    ``sums_to_one`` is what is known of the target y where the loss is one of a distribution.
    """

    title: str
    source: str
    lines: tuple[str, ...]
    sums_to_one: str = ""


LOSSES = {
    "cross-entropy": Loss(
        "softmax cross-entropy, one-hot or soft target",
        "Goodfellow, Bengio, Courville, Deep Learning (2016), section 10.2.2; "
        "Ng, Sequence Models (deeplearning.ai), week 1",
        ("yhat{at} = softmax({out})", "ell{at} = -sum(y{at} * log(yhat{at}))"),
        "the entries of y{at} sum to one",
    ),
    "nll": Loss(
        "negative log-likelihood of the class that a one-hot target picks",
        "Goodfellow, Bengio, Courville, Deep Learning (2016), eq. 10.12-10.14",
        ("yhat{at} = softmax({out})", "ell{at} = -log(dot(y{at}, yhat{at}))"),
        "the entries of y{at} sum to one",
    ),
    "binary-cross-entropy": Loss(
        "sigmoid and binary cross-entropy, entry by entry",
        "Ng, Sequence Models (deeplearning.ai), week 1",
        (
            "yhat{at} = sigmoid({out})",
            "ell{at} = -sum(y{at} * log(yhat{at}) + (1 - y{at}) * log(1 - yhat{at}))",
        ),
    ),
    "squared-error": Loss(
        "half the squared distance",
        "MIT 6.390 notes, Recurrent Neural Networks",
        ("yhat{at} = {out}", "ell{at} = sum((yhat{at} - y{at}) ** 2) / 2"),
    ),
}

REDUCTIONS = {
    "sum": "L = sum_{clock}(ell{at})",
    "mean": "L = sum_{clock}(ell{at}) / sum_{clock}(1)",
    "weighted": "L = sum_{clock}(omega{at} * ell{at})",
}


def complete(cell: CellText, loss: str, reduction: str) -> str:
    """The text of the whole model: the cell and, below it, a readout where it names no output, and the loss.

    The readout is linear on the quantity of the last equation.  A cell that defines L is whole already.
    """
    if defines_loss(cell):
        return cell.text
    added = list(_added(cell, loss, reduction))
    _refuse_taken_names(cell, added, loss)
    return cell.text + "\n".join([*added, ""])


def defines_loss(cell: CellText) -> bool:
    return any(equation.target.name == "L" for equation in cell.equations)


def _added(cell: CellText, loss: str, reduction: str) -> Iterator[str]:
    output = cell.output
    if output is None:
        last = _last_quantity(cell)
        at = "[t]".replace("t", last.index.letter) if last.index else ""
        out = f"a_y{at}"
        if not any(d.target.name == "y" for d in cell.declarations):
            yield f"y{at}: {_unused_dimension(cell)}"
        yield f"{out} = W_y @ {last.name}{at} + b_y"
    else:
        at = f"[{output.index}]" if output.index else ""
        out = output.name + at
    weighted = reduction == "weighted"
    if weighted and not any(d.target.name == "omega" for d in cell.declarations):
        yield f"omega{at}: 1"
    *before, last_line = (line.format(out=out, at=at) for line in LOSSES[loss].lines)
    yield from before
    if at:
        yield last_line
        yield REDUCTIONS[reduction].format(clock=at.strip("[]"), at=at)
    elif weighted:
        yield from (last_line, "L = omega * ell")
    else:
        yield last_line.replace("ell", "L", 1)


def _last_quantity(cell: CellText) -> Term:
    """What the last equation over the steps (or constant over time) defines."""
    running = (e.target for e in reversed(cell.equations) if e.target.index is None or e.target.index.running)
    last = next(running, None)
    if last is None:
        message = "no equation for a step\n  write one: h[t] = tanh(W @ h[t-1] + U @ x[t] + b)"
        raise SymrnnError(message, f"{cell.filename}:1:1")
    return last


def _unused_dimension(cell: CellText) -> str:
    """A name for the size of the target: v, unless the cell uses it for another size."""
    taken = {name for d in cell.declarations for dimension in d.shape for name, _ in dimension}
    return next(name for name in ("v", "v_y", *(f"v_{k}" for k in range(len(taken) + 1))) if name not in taken)


def _refuse_taken_names(cell: CellText, added: list[str], loss: str) -> None:
    """The added lines bind their own names and take y as given: a cell must not bind those."""
    binds = {line.split(" = ")[0].split("[")[0] for line in added if " = " in line}
    roles = {"y": "the target of the loss", "omega": "the weight of a step"}
    for equation in cell.equations:
        name = equation.target.name
        if name in binds or name == "y" or (name == "omega" and any("omega" in line for line in added)):
            role = roles.get(name, f"bound by the lines that the loss {loss} adds")
            remedy = f"rename it (the output is named by a line `output: o[t]`), or define the loss too: L = sum_t(...)"
            raise cell.error(equation.target, f"{name} is {role}", remedy)

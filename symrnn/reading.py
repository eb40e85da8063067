"""Reading a cell: its text, completed by a readout and a loss, as a Model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sympy import Expr, Lambda

from symrnn.building import build, variable
from symrnn.cell_checks import ARITIES, check
from symrnn.cell_text import MAX_FILE, CellText, Term, decode, parse
from symrnn.cells import CELLS, cell_source
from symrnn.equations import Fact, Model
from symrnn.errors import SymrnnError
from symrnn.functions import FUNCTIONS, X
from symrnn.losses import LOSSES, REDUCTIONS, complete, defines_loss
from symrnn.shapes import infer

Function = Lambda | Callable[[Expr], Expr]
"""An elementwise function from Python: a Lambda, a SymPy function of one variable, or what maps x to f(x)."""


def read(
    cell: str | Path,
    *,
    loss: str | None = None,
    reduction: str | None = None,
    functions: Mapping[str, Function] | None = None,
) -> tuple[Model, str]:
    """The model of a cell, and the complete text that it was read from.

    ``cell`` is the name of a built-in cell, a path, or text of several lines.  ``loss`` (default: cross-entropy)
    and ``reduction`` (default: sum) complete it; a cell that defines its own loss L takes neither.  ``functions``
    are elementwise functions that the text may call by name.  Raises SymrnnError.
    """
    text = _parsed(cell)
    if defines_loss(text):
        _refuse_loss(text, loss, reduction)
    loss = _known("loss", loss or "cross-entropy", LOSSES)
    reduction = _known("reduction", reduction or "sum", REDUCTIONS)
    known = {**FUNCTIONS, **{name: _lambda(name, f) for name, f in (functions or {}).items()}}
    completed = complete(text, loss, reduction)
    whole = replace(parse(completed, text.filename), own_lines=text.own_lines, margin=text.margin)
    check(whole, {name: len(function.variables) for name, function in known.items()})
    shapes = infer(whole)
    equations = build(whole, shapes, known)
    own_loss = defines_loss(text)
    output = None if own_loss else whole.output or _readout(whole)
    at = f"[{output.index}]" if output is not None and output.index is not None else ""
    fact = LOSSES[loss].sums_to_one
    model = Model(
        title=whole.title,
        source=whole.source,
        equations=equations,
        loss=next(e.lhs for e in equations if e.lhs.name == "L"),
        output=None if output is None else variable(output, shapes),
        facts=(Fact("y", fact.format(at=at)),) if fact and not own_loss else (),
    )
    return model, completed


def _parsed(cell: str | Path) -> CellText:
    """A built-in cell by name, a file by path, or the text itself where it has a line break or an equals sign."""
    written = str(cell)
    if not isinstance(cell, Path):
        if written in CELLS:
            return parse(cell_source(written), CELLS[written])
        if "\n" in written or ("=" in written and not written.endswith(".rnn")):
            return parse(written, "cell")
    if isinstance(cell, Path) or written.endswith(".rnn") or (len(written) < 256 and Path(written).exists()):
        return parse(_file_text(Path(cell)), written)
    near = get_close_matches(written[:60], CELLS, 3)
    raise SymrnnError(
        f"no cell {written[:60]!r}{'; did you mean ' + ' or '.join(near) + '?' if near else ''}\n"
        f"  built in: {', '.join(CELLS)}\n"
        "  or the path of a file of equations, my_cell.rnn"
    )


def _file_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return decode(file.read(MAX_FILE + 1), str(path))
    except (OSError, ValueError) as error:
        if isinstance(error, SymrnnError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise SymrnnError(f"{reason}\n  give the path of a file of equations, my_cell.rnn", str(path)) from None


def _known(kind: str, name: str, table: Iterable[str]) -> str:
    if name in table:
        return name
    near = get_close_matches(name, table, 2)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise SymrnnError(f"no {kind} {name[:60]!r}{hint}\n  known: {', '.join(table)}")


def _refuse_loss(cell: CellText, loss: str | None, reduction: str | None) -> None:
    if loss is None and reduction is None:
        return
    asked = f"the loss {loss}" if loss is not None else f"the reduction {reduction}"
    own = next(e.target for e in cell.equations if e.target.name == "L")
    remedy = "remove the line from the cell, or ask for no loss"
    raise cell.error(own, f"the cell defines its own loss L, and {asked} was asked for", remedy)


def _readout(whole: CellText) -> Term:
    return next(e.target for e in whole.equations if e.target.name == "a_y" and e.target.line > whole.own_lines)


def _lambda(name: str, function: Function) -> Lambda:
    """A function from Python as the Lambda that is applied entry by entry."""
    if not (name.isidentifier() and name.isascii()) or name in ARITIES or name in FUNCTIONS:
        taken = "built in" if name.isidentifier() else "not a name"
        raise SymrnnError(f"function {name[:60]!r}: {taken}\n  give it another name, a letter first")
    made: Any = function if isinstance(function, Lambda) else Lambda(X, function(X))
    free = made.expr.free_symbols if isinstance(made.expr, Expr) else {None}
    if not free <= set(made.variables):
        raise SymrnnError(f"function {name}: {made.expr} is no SymPy expression of its arguments alone")
    return made

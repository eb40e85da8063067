"""What the commands have in common: the options that choose a model, and how the answer is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from symrnn.cells import CELLS
from symrnn.losses import LOSSES, REDUCTIONS
from symrnn.whole import write_whole

if TYPE_CHECKING:
    from symrnn.derivation import Derivation

UNUSABLE = 2


class Unusable(click.ClickException):
    """Input that cannot be used: exit code 2."""

    exit_code = UNUSABLE


class Entry(click.ParamType[str]):
    """A name from a table that is loaded when it is needed: the tables that need SymPy load slowly."""

    name = "name"

    def __init__(self, load: Callable[[], Iterable[str]]) -> None:
        self.load = load

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, if the table has it."""
        return str(click.Choice(list(self.load())).convert(value, param, ctx))

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The names, for --help."""
        return f"[{'|'.join(self.load())}]"


class Steps(click.ParamType[tuple[int, ...]]):
    """A number of steps, or one for each clock: 3 or 3,2."""

    name = "steps"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        if not all(
            part.isascii() and part.isdecimal() and int(part[:9]) > 0 and len(part) < 10 for part in parts
        ):
            self.fail(
                f"{value[:40]!r}: give a whole number from 1 on, or one for each clock: 3,2", param, ctx
            )
        return tuple(int(part) for part in parts)


def formats() -> Iterable[str]:
    """The names of the formats."""
    from symrnn.formats import FORMATS

    return FORMATS


def forms() -> Iterable[str]:
    """The names of the forms."""
    from symrnn.forms import FORMS

    return FORMS


def notation_names() -> Iterable[str]:
    """The names of the notations."""
    from symrnn.notation import NOTATIONS

    return NOTATIONS


def backend_names() -> Iterable[str]:
    """The names of the back-ends of kernels."""
    from symrnn.kernels.backends import BACKENDS

    return BACKENDS


def model_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that choose a model."""
    for option in (
        click.option(
            "--reduction", type=click.Choice(list(REDUCTIONS)), help="How the steps' losses add up [sum]."
        ),
        click.option("--loss", type=click.Choice(list(LOSSES)), help="The loss of a step [cross-entropy]."),
        click.option(
            "--steps", type=Steps(), metavar="T", help="The number of steps; T,U where there are two clocks."
        ),
        click.option("--cell", "name", metavar="NAME", help="A built-in cell: see symrnn cells."),
        click.argument("file", required=False, type=click.Path(dir_okay=False)),
    ):
        command = option(command)
    return command


def derivation_of(
    file: str | None, name: str | None, steps: tuple[int, ...] | None, **options: str | None
) -> Derivation:
    """The derivation that the options choose."""
    from pathlib import Path

    from symrnn.derivation import derive

    if (file is None) == (name is None):
        raise click.UsageError(
            "Name a cell, with --cell lstm, or the path of a file of equations; one of the two."
        )
    if name is not None and name not in CELLS:
        from difflib import get_close_matches

        near = get_close_matches(name, CELLS, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; symrnn cells lists them"
        raise Unusable(f"no cell {name[:60]!r}{hint}")
    if file in CELLS and not Path(file).exists():
        raise Unusable(f"{file} is a built-in cell, not a file: --cell {file}")
    cell = Path(file) if file is not None else str(name)
    return derive(cell, steps or 3, **options)  # type: ignore[arg-type]


def write(written: str, output: str) -> None:
    """Write to a file, whole or not at all, or to the terminal."""
    if output == "-":
        click.echo(written, nl=False)
        return
    try:
        write_whole(written, output)
    except OSError as error:
        raise Unusable(f"{output}: {error.strerror or error}; choose another place with -o") from None

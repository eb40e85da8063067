"""The command line. The only place where errors become messages and exit codes.

SymPy is imported inside the commands, so that --help is instant.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from symrnn import __version__
from symrnn.cells import CELLS, brings_loss, cell_source
from symrnn.check.command import check
from symrnn.errors import SymrnnError
from symrnn.kernel_command import kernel
from symrnn.losses import LOSSES, REDUCTIONS
from symrnn.options import (
    Entry,
    Unusable,
    derivation_of,
    formats,
    forms,
    model_options,
    notation_names,
    write,
)

if TYPE_CHECKING:
    from symrnn.derivation import Derivation

DISAGREES = 1


class Group(click.Group):
    """A group whose commands answer a SymrnnError with its message alone."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except SymrnnError as error:
            raise Unusable(str(error)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has gone: click leaves quietly
                raise
            raise Unusable(f"the output cannot be written: {error.strerror or error}") from None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Back-propagation through time: derived, printed as in course notes, and proved.

    \b
    symrnn derive --cell lstm --steps 3
    symrnn derive my_cell.rnn --notation goodfellow --format latex -o my_cell.tex
    symrnn verify --cell gru
    symrnn check notes.md
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without Unicode gets escapes, not a traceback
            stream.reconfigure(errors="backslashreplace")


main.add_command(check)
main.add_command(kernel)


@main.command()
@model_options
@click.option(
    "--form", type=Entry(forms), help="The form of the derivation [unrolled with --steps, else recurrence]."
)
@click.option("--notation", type=Entry(notation_names), default="plain", help="Whose symbols [plain].")
@click.option("--format", "format_", type=Entry(formats), default="text", help="What is written [text].")
@click.option("--standalone", is_flag=True, help="With --format latex: a whole document, for pdflatex.")
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    default="-",
    help="Write to a file, whole or not at all.",
)
def derive(
    file: str | None,
    name: str | None,
    steps: tuple[int, ...] | None,
    loss: str | None,
    reduction: str | None,
    form: str | None,
    notation: str,
    format_: str,
    standalone: bool,
    output: str,
) -> None:
    """Derive back-propagation through time for a cell, a built-in one or a FILE of equations."""
    if standalone and format_ != "latex":
        raise click.UsageError("--standalone goes with --format latex.")
    derivation = derivation_of(file, name, steps, loss=loss, reduction=reduction)
    from symrnn.formats import FORMATS, as_standalone
    from symrnn.verify import QUICK

    form = form or ("unrolled" if steps else "recurrence")
    report = derivation.verify(QUICK, [form])
    as_written = as_standalone if standalone else FORMATS[format_]
    write(as_written(derivation, form, notation, report), output)
    if not report.holds:
        click.echo("the derivation disagrees with an oracle: see its last lines", err=True)
        sys.exit(DISAGREES)


@main.command()
@model_options
@click.option("--all", "everything", is_flag=True, help="Every built-in cell with every loss.")
def verify(
    file: str | None,
    name: str | None,
    steps: tuple[int, ...] | None,
    loss: str | None,
    reduction: str | None,
    everything: bool,
) -> None:
    """Check every gradient of a cell against every oracle, and prove it where arithmetic is exact."""
    from symrnn.tables import row, table

    if not everything:
        derivation = derivation_of(file, name, steps, loss=loss, reduction=reduction)
        report = derivation.verify()
        click.echo(table(derivation, report))
        if not report.holds:
            sys.exit(DISAGREES)
        return
    if file or name or loss:
        raise click.UsageError("--all takes no cell and no loss: it means all of them.")
    held = []
    for derivation in _everything(steps or 3, reduction):
        report = derivation.verify()
        held.append(report.holds)
        click.echo(row(derivation, report))
    click.echo(f"{sum(held)} of {len(held)} derivations hold")
    if not all(held):
        sys.exit(DISAGREES)


def _everything(steps: int | tuple[int, ...], reduction: str | None) -> Iterator[Derivation]:
    from symrnn.derivation import derive

    for cell in CELLS:
        own = brings_loss(cell)
        for loss in [None] if own else LOSSES:
            yield derive(cell, steps, loss=loss, reduction=None if own else reduction)


@main.command()
@click.argument("name", required=False)
def cells(name: str | None) -> None:
    """List the built-in cells, or print the equations of one."""
    if name is None:
        for known in CELLS:
            title = cell_source(known).partition("\n")[0].removeprefix("# ")
            click.echo(f"{known:18} {title}")
    elif name in CELLS:
        click.echo(cell_source(name), nl=False)
    else:
        raise Unusable(f"no cell {name[:60]!r}; symrnn cells lists them")


@main.command()
def losses() -> None:
    """List the losses and how the steps' losses add up."""
    for known, loss in LOSSES.items():
        click.echo(f"{known:22} {loss.title}")
        for line in loss.lines:
            click.echo(f"{'':22}   {line.format(out='o[t]', at='[t]')}")
    click.echo("\nreductions (--reduction)")
    for known, line in REDUCTIONS.items():
        click.echo(f"{known:22} {line.format(clock='t', at='[t]')}")


@main.command()
def notations() -> None:
    """List the notations."""
    from symrnn.notation import NOTATIONS

    for known, notation in NOTATIONS.items():
        click.echo(
            f"{known:12} {notation.title}" + (f"\n{'':12} {notation.citation}" if notation.citation else "")
        )

"""The command that writes a kernel: symrnn kernel --cell lstm -o lstm_kernel.py."""

from __future__ import annotations

import click

from symrnn.losses import LOSSES, REDUCTIONS
from symrnn.options import Entry, backend_names, derivation_of, notation_names, write


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option("--cell", "name", metavar="NAME", help="A built-in cell: see symrnn cells.")
@click.option("--loss", type=click.Choice(list(LOSSES)), help="The loss of a step [cross-entropy].")
@click.option("--reduction", type=click.Choice(list(REDUCTIONS)), help="How the steps' losses add up [sum].")
@click.option("--notation", type=Entry(notation_names), default="plain", help="Whose symbols [plain].")
@click.option(
    "--gradients",
    multiple=True,
    default=["parameters"],
    metavar="WHAT",
    help="parameters, inputs, initial states, or a name; may be repeated [parameters].",
)
@click.option("--padded", is_flag=True, help="Each sequence has a length of its own.")
@click.option(
    "--truncate", type=click.IntRange(1), metavar="STEPS", help="Cut the backward pass after so many steps."
)
@click.option("--backend", type=Entry(backend_names), default="numpy", help="What computes it [numpy].")
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    default="-",
    help="Write to a file, whole or not at all.",
)
def kernel(
    file: str | None,
    name: str | None,
    loss: str | None,
    reduction: str | None,
    notation: str,
    gradients: tuple[str, ...],
    padded: bool,
    truncate: int | None,
    backend: str,
    output: str,
) -> None:
    """Write a Python module that computes the loss and its gradients for batches of sequences."""
    derivation = derivation_of(file, name, None, loss=loss, reduction=reduction)
    write(derivation.kernel(gradients, notation, padded, truncate, backend).source, output)

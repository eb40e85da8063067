"""A character language model, trained by a generated kernel: it reads the chemical elements and invents new ones.

    python -m symrnn.examples.characters [--cell lstm] [--text FILE]

Every line of the text is a sequence between a start and an end token.  The model reads the characters so far and
gives the distribution of the next one; the loss is the cross-entropy, summed over the sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from symrnn import derive
from symrnn.examples.training import OPTIMISERS, Parameters, train
from symrnn.expressions import Array
from symrnn.kernels import Kernel

ELEMENTS = Path(__file__).with_name(
    "elements.txt"
)  # the names of the chemical elements, as IUPAC spells them
CELLS = ("rnn", "gru", "gru-reset-after", "lstm")
LONGEST = 40  # characters of a sample, should the end not come before


@dataclass(frozen=True)
class Alphabet:
    """The characters of a text as classes; two more stand for the start and the end of a sequence."""

    characters: str

    @classmethod
    def of(cls, lines: Sequence[str]) -> Alphabet:
        """The characters that the lines are written with."""
        return cls("".join(sorted(set("".join(lines)))))

    @property
    def start(self) -> int:
        """The class of the start token."""
        return len(self.characters)

    @property
    def end(self) -> int:
        """The class of the end token."""
        return len(self.characters) + 1

    @property
    def size(self) -> int:
        """The number of classes."""
        return len(self.characters) + 2

    def one_hot(self, classes: Sequence[int], dtype: str) -> Array:
        """(steps, 1, size): a batch of one sequence."""
        return np.eye(self.size, dtype=dtype)[list(classes)][:, None]

    def example(self, line: str, dtype: str) -> dict[str, Array]:
        """The input, start and characters, and the target, characters and end."""
        classes = [self.characters.index(character) for character in line]
        return {
            "x": self.one_hot([self.start, *classes], dtype),
            "y": self.one_hot([*classes, self.end], dtype),
        }


def initial_values(kernel: Kernel, n: int, v: int, rng: np.random.Generator, dtype: str) -> Parameters:
    """Random weights with the variance 1 / columns, zero biases and initial states."""
    sizes = {"n": n, "m": v, "v": v, "batch": 1, "1": 1}
    values = {}
    for name, axes in kernel.shapes.items():
        if name not in ("x", "y"):
            shape = [sizes[axis] for axis in axes]
            zero = shape[-1] == 1 or "batch" in axes
            values[name] = np.zeros(shape) if zero else rng.normal(0, shape[-1] ** -0.5, shape)
    return {name: array.astype(dtype) for name, array in values.items()}


def states_of(values: Mapping[str, Array]) -> dict[str, Array]:
    """The initial states among the values."""
    return {name: array for name, array in values.items() if name.endswith("[0]")}


def sample(kernel: Kernel, values: Mapping[str, Array], alphabet: Alphabet, rng: np.random.Generator) -> str:
    """A sequence that the model invents: each character drawn from the distribution after those before it."""
    state, previous, text = states_of(values), alphabet.start, ""
    dtype = next(iter(values.values())).dtype.name
    while len(text) < LONGEST:
        found, state = kernel.module.step(values, state, {"x": alphabet.one_hot([previous], dtype)[0]})
        chances = found["yhat"][0].astype(float)
        chances[alphabet.start] = 0  # nothing begins twice
        previous = int(rng.choice(alphabet.size, p=chances / chances.sum()))
        if previous == alphabet.end:
            break
        text += alphabet.characters[previous]
    return text


def shuffled(lines: Sequence[str], steps: int, rng: np.random.Generator) -> Iterator[str]:
    """``steps`` lines: all of them in a new order, again and again."""
    for step in range(steps):
        if step % len(lines) == 0:
            order = rng.permutation(len(lines))
        yield lines[order[step % len(lines)]]


def lines_of(path: Path) -> tuple[str, ...]:
    """The lines of a text that are not empty. Raises BadParameter where there are none."""
    lines = tuple(filter(None, path.read_text(encoding="utf-8").splitlines()))
    if not lines:
        raise click.BadParameter("the text has no line that is not empty", param_hint="--text")
    return lines


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--cell", type=click.Choice(CELLS), default="lstm", show_default=True)
@click.option(
    "--text",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=ELEMENTS,
    help="A file, UTF-8; its lines are the sequences [the chemical elements].",
)
@click.option("--steps", type=click.IntRange(1), default=6000, show_default=True, help="One sequence each.")
@click.option(
    "--units", type=click.IntRange(1), default=64, show_default=True, help="The size n of the state."
)
@click.option("--optimiser", type=click.Choice(list(OPTIMISERS)), default="adagrad", show_default=True)
@click.option("--rate", type=float, default=0.05, show_default=True, help="The learning rate.")
@click.option("--clip", type=float, default=5.0, show_default=True, help="The greatest norm of the gradient.")
@click.option("--samples", type=click.IntRange(0), default=12, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def main(
    cell: str,
    text: Path,
    steps: int,
    units: int,
    optimiser: str,
    rate: float,
    clip: float,
    samples: int,
    seed: int,
) -> None:
    """Train a character language model with a generated kernel, and let it invent sequences."""
    lines = lines_of(text)
    rng = np.random.default_rng(seed)
    alphabet, kernel = Alphabet.of(lines), derive(cell).kernel()
    values = initial_values(kernel, units, alphabet.size, rng, "float64")
    states = states_of(values)
    parameters = {name: array for name, array in values.items() if name not in states}
    examples = ({**states, **alphabet.example(line, "float64")} for line in shuffled(lines, steps, rng))
    training = train(kernel.value_and_grad, parameters, examples, OPTIMISERS[optimiser](rate), clip)
    losses: list[float] = []

    def mean_over_the_text(loss: float | None) -> str | None:
        return f"loss {np.mean(losses[-len(lines) :]):.2f}" if losses else None

    with click.progressbar(length=steps, label=cell, item_show_func=mean_over_the_text) as bar:
        for loss in training:
            losses.append(loss)
            bar.update(1, loss)
    first, last = np.mean(losses[: len(lines)]), np.mean(losses[-len(lines) :])
    click.echo(f"the loss of a sequence, the mean over the text: from {first:.2f} to {last:.2f}\n")
    known = set(lines)
    for _ in range(samples):
        found = sample(kernel, {**parameters, **states}, alphabet, rng)
        click.echo(f"  {found}{'   (in the text)' if found in known else ''}")


if __name__ == "__main__":
    main()

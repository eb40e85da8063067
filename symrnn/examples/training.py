"""Training with a kernel: clipping, two optimisers, and the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from symrnn.expressions import Array

Parameters = dict[str, Array]
Update = Callable[[Parameters, Mapping[str, Array]], None]
TINY = 1e-10  # keeps Adagrad from dividing by zero


def clipped(gradients: Mapping[str, Array], most: float) -> dict[str, Array]:
    """The gradients, scaled to the norm ``most`` where theirs, over all of them, is greater.

    Source: Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks (2013), Algorithm 1.
    """
    norm = float(np.sqrt(sum(np.vdot(g, g) for g in gradients.values())))
    scale = most / norm if norm > most else 1.0
    return {name: scale * g for name, g in gradients.items()}


def sgd(rate: float) -> Update:
    """Stochastic gradient descent: p <- p - rate g."""

    def update(parameters: Parameters, gradients: Mapping[str, Array]) -> None:
        for name, g in gradients.items():
            parameters[name] -= rate * g

    return update


def adagrad(rate: float) -> Update:
    """Adagrad: s <- s + g^2, p <- p - rate g / sqrt(s), entry by entry.

    Source: Duchi, Hazan, Singer, Adaptive subgradient methods (JMLR 12, 2011), the diagonal form.
    """
    squares: Parameters = {}

    def update(parameters: Parameters, gradients: Mapping[str, Array]) -> None:
        for name, g in gradients.items():
            squares[name] = squares.get(name, 0) + g * g
            parameters[name] -= rate * g / (np.sqrt(squares[name]) + TINY)

    return update


OPTIMISERS: dict[str, Callable[[float], Update]] = {"sgd": sgd, "adagrad": adagrad}


def train(
    value_and_grad: Callable[[Mapping[str, Array]], tuple[float, dict[str, Array]]],
    parameters: Parameters,
    examples: Iterable[Mapping[str, Array]],
    update: Update,
    clip: float,
) -> Iterator[float]:
    """Change the parameters in place, a step for every example; the losses, before each step."""
    for example in examples:
        loss, gradients = value_and_grad({**parameters, **example})
        update(parameters, clipped(gradients, clip))
        yield loss

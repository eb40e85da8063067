"""symrnn: the kernel that the derivation of the cell compiles itself to."""

from __future__ import annotations

from typing import Any

import numpy as np
from problem import CELLS, STATES, Array, Problem, Run

import symrnn
from symrnn.kernels.made import MOST_COMPILED


def arguments(problem: Problem) -> dict[str, Array]:
    """The values by the names and in the shapes that the kernel asks for."""
    given = problem.parameters | {"x": problem.values["x"], "y": problem.values["labels"]}
    given |= {f"{state}[0]": problem.values[f"{state}0"] for state in STATES[problem.cell]}
    return {name: array.reshape(-1, 1) if array.ndim == 1 else array for name, array in given.items()}


def named(problem: Problem, found: tuple[Any, dict[str, Any]]) -> tuple[float, dict[str, Array]]:
    """The loss and the gradients as arrays of the problem's shapes."""
    loss, gradients = found
    shapes = {name: array.shape for name, array in problem.parameters.items()}
    return float(loss), {name: np.asarray(gradients[name]).reshape(shape) for name, shape in shapes.items()}


def prepare(problem: Problem) -> Run:
    """The NumPy back-end."""
    kernel, values = symrnn.derive(CELLS[problem.cell]).kernel(), arguments(problem)
    return Run(lambda: kernel.value_and_grad(values), lambda found: named(problem, found))


def prepare_held(problem: Problem) -> Run:
    """The NumPy back-end with its values in the layout of its own, as the hand-tuned code has them in its own."""
    _, call = symrnn.derive(CELLS[problem.cell]).kernel().held(arguments(problem))
    return Run(call, lambda found: named(problem, found))


def prepare_auto(problem: Problem) -> Run:
    """The back-end that is chosen by size."""
    kernel, values = symrnn.derive(CELLS[problem.cell]).kernel(backend="auto"), arguments(problem)
    return Run(lambda: kernel.value_and_grad(values), lambda found: named(problem, found))


def prepare_numba(problem: Problem) -> Run | None:
    """The numba back-end, at the sizes that it is for."""
    if problem.sizes.n * problem.sizes.B > MOST_COMPILED:
        return None
    kernel, values = symrnn.derive(CELLS[problem.cell]).kernel(backend="numba"), arguments(problem)
    return Run(lambda: kernel.value_and_grad(values), lambda found: named(problem, found))


def prepare_torch(problem: Problem) -> Run:
    """The torch back-end: its backward pass, not torch's autograd."""
    import torch

    torch.set_num_threads(problem.threads)
    kernel = symrnn.derive(CELLS[problem.cell]).kernel(backend="torch")
    given = arguments(problem) | {"y": problem.one_hot}
    values = {name: torch.from_numpy(array) for name, array in given.items()}
    return Run(lambda: kernel.value_and_grad(values), lambda found: named(problem, found))


def prepare_jax(problem: Problem) -> Run:
    """The JAX back-end under jit."""
    import jax

    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(symrnn.derive(CELLS[problem.cell]).kernel(backend="jax").value_and_grad)
    given = arguments(problem) | {"y": problem.one_hot}
    values = {name: jax.numpy.asarray(array) for name, array in given.items()}
    return Run(lambda: jax.block_until_ready(compiled(values)), lambda found: named(problem, found))

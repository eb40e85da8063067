"""symrnn: the kernel that the derivation of the cell compiles itself to."""

from __future__ import annotations

from problem import CELLS, STATES, Array, Problem, Run

import symrnn


def arguments(problem: Problem) -> dict[str, Array]:
    """The values by the names and in the shapes that the kernel asks for."""
    given = problem.parameters | {"x": problem.values["x"], "y": problem.values["labels"]}
    given |= {f"{state}[0]": problem.values[f"{state}0"] for state in STATES[problem.cell]}
    return {name: array.reshape(-1, 1) if array.ndim == 1 else array for name, array in given.items()}


def prepare(problem: Problem) -> Run:
    kernel, values = symrnn.derive(CELLS[problem.cell]).kernel(), arguments(problem)

    def named(found: tuple[float, dict[str, Array]]) -> tuple[float, dict[str, Array]]:
        loss, gradients = found
        shapes = {name: array.shape for name, array in problem.parameters.items()}
        return float(loss), {name: gradients[name].reshape(shape) for name, shape in shapes.items()}

    return Run(lambda: kernel.value_and_grad(values), named)

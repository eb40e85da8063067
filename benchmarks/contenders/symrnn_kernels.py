"""symrnn: the kernel that the derivation of the cell compiles itself to."""

from __future__ import annotations

from collections.abc import Callable

from problem import CELLS, STATES, Problem, Run

import symrnn


def prepare_backend(backend: str) -> Callable[[Problem], Run]:
    """The contender of one back-end."""

    def prepare(problem: Problem) -> Run:
        kernel = symrnn.derive(CELLS[problem.cell]).kernel()
        given = problem.parameters | {"x": problem.values["x"], "y": problem.values["labels"]}
        given |= {f"{state}[0]": problem.values[f"{state}0"] for state in STATES[problem.cell]}
        values = {name: array.reshape(-1, 1) if array.ndim == 1 else array for name, array in given.items()}

        def named(found: tuple[float, dict]) -> tuple[float, dict]:
            loss, gradients = found
            return float(loss), {
                name: gradients[name].reshape(problem.values[name].shape) for name in problem.parameters
            }

        return Run(lambda: kernel.value_and_grad(values), named)

    return prepare


prepare = prepare_backend("numpy")

"""Everyone who computes a point: a function of the problem, which is not timed, to a Run, or None."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from problem import Problem, Run

Prepare = Callable[[Problem], Run | None]

PLACES = {
    "autograd": "autograd_steps.prepare",
    "naive": "naive.prepare",
    "symrnn-numpy": "symrnn_kernels.prepare",
    "symrnn-held": "symrnn_kernels.prepare_held",
    "symrnn-auto": "symrnn_kernels.prepare_auto",
    "symrnn-numba": "symrnn_kernels.prepare_numba",
    "symrnn-torch": "symrnn_kernels.prepare_torch",
    "symrnn-jax": "symrnn_kernels.prepare_jax",
    "tuned": "tuned.prepare",
    "by-name": "tuned.prepare_by_name",
    "torch": "torch_fused.prepare",
    "jax": "jax_scan.prepare",
    "casadi": "casadi_unrolled.prepare",
}
FRAMEWORKS = {
    "autograd",
    "torch",
    "jax",
    "casadi",
    "numba",
}  # left out with a note where they are not installed


def find(names: list[str]) -> tuple[dict[str, Prepare], list[str]]:
    """The contenders that can run here, and a note for each that cannot."""
    found: dict[str, Prepare] = {}
    notes = []
    for name in names:
        framework = name.removeprefix("symrnn-")
        if framework in FRAMEWORKS and find_spec(framework) is None:
            notes.append(f"{name} is left out: {framework} is not installed")
        else:
            module, _, function = PLACES[name].partition(".")
            found[name] = getattr(import_module(f"contenders.{module}"), function)
    return found, notes

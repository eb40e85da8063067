"""Everyone who computes a point: a function of the problem, which is not timed, to a Run, or None."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from problem import Problem, Run

Prepare = Callable[[Problem], Run | None]

PLACES = {
    "autograd": "autograd_steps.prepare",
    "naive": "naive.prepare",
    "symrnn": "symrnn_kernels.prepare",
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
        try:
            module, _, function = PLACES[name].partition(".")
            found[name] = getattr(import_module(f"contenders.{module}"), function)
        except ModuleNotFoundError as error:
            if error.name not in FRAMEWORKS:
                raise
            notes.append(f"{name} is left out: {error.name} is not installed")
    return found, notes

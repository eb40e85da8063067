"""Everyone who computes a point: a module with ``prepare(problem)``, which is not timed, to a Run, or None."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from problem import Problem, Run

Prepare = Callable[[Problem], Run | None]

MODULES = {
    "autograd": "autograd_steps",
    "naive": "naive",
    "symrnn": "symrnn_kernels",
    "tuned": "tuned",
    "torch": "torch_fused",
    "jax": "jax_scan",
    "casadi": "casadi_unrolled",
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
            found[name] = import_module(f"contenders.{MODULES[name]}").prepare
        except ModuleNotFoundError as error:
            if error.name not in FRAMEWORKS:
                raise
            notes.append(f"{name} is left out: {error.name} is not installed")
    return found, notes

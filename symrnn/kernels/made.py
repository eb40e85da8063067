"""Kernels: a derivation as a module of NumPy code for batches of sequences of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from symrnn.equations import Model
from symrnn.errors import SymrnnError
from symrnn.expressions import Adjoint, Array, Leaf
from symrnn.kernels.backends import backend as backend_of
from symrnn.kernels.build import Options, build
from symrnn.kernels.load import loaded
from symrnn.kernels.passes.algebra import mixed, stored
from symrnn.kernels.passes.common import common
from symrnn.kernels.passes.fuse import fused
from symrnn.kernels.passes.gates import one_tanh
from symrnn.kernels.passes.hoist import hoisted
from symrnn.kernels.passes.inline import chained, inlined, summed
from symrnn.kernels.passes.likelihoods import likelihoods
from symrnn.kernels.passes.logarithms import logarithms
from symrnn.kernels.passes.needed import needed
from symrnn.kernels.passes.parts import parts
from symrnn.kernels.system import System
from symrnn.naming import names

Pass = Callable[[System], System]
PASSES: tuple[Pass, ...] = (
    needed,
    likelihoods,
    parts,
    mixed,
    common,
    inlined,
    stored,
    chained,
    hoisted,
    fused,
    needed,
    summed,
    one_tanh,
    logarithms,
    needed,
)
MOST_COMPILED = 100  # entries of the state of all sequences: see docs/kernels.md
GROUPS = ("parameters", "inputs", "initial states")


@dataclass(frozen=True)
class Kernel:
    """The loss and its gradients for a batch of sequences, as code.

    ``source`` is the text of a module that imports nothing but numpy (or torch, or jax), ``shapes`` says what its
    functions are given: {"W_f": ("n", "m"), "x": ("T", "batch", "m"), "h[0]": ("batch", "n"), ...}.
    """

    source: str
    shapes: Mapping[str, tuple[str, ...]]

    @cached_property
    def module(self) -> ModuleType:
        """The module itself."""
        return loaded("symrnn_kernel", self.source)

    def value_and_grad(self, values: Mapping[str, Any]) -> tuple[float, dict[str, Array]]:
        """The loss, summed over the batch, and the gradients by the keys of their values.

        Raises ValueError or TypeError, before anything is computed, for a value that is missing, of a shape that
        clashes, not float32 or float64 (all of one type), not finite, or a class that is none.
        """
        return self.module.value_and_grad(values)  # type: ignore[no-any-return]

    def held(
        self, values: Mapping[str, Any]
    ) -> tuple[dict[str, Array], Callable[[], tuple[float, dict[str, Array]]]]:
        """For training: arrays with the values, by name, and a call of no arguments: the loss and gradients there.

        The arrays are to be changed in place (``arrays["W_f"] -= rate * gradients["W_f"]``); nobody else has them.
        Raises as ``value_and_grad``; a call checks of the arrays classes and lengths alone, so that NaN gives NaN.
        Every call gives gradients of its own.  Raises SymrnnError for torch and jax.
        """
        if "\ndef held(" not in self.source:
            raise SymrnnError("this back-end holds no values: its arrays belong to its framework")
        return self.module.held(values)  # type: ignore[no-any-return]

    def step(
        self, values: Mapping[str, Any], state: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """One step of a batch: what it computes, by name, and the next state. Nothing is checked here.

        ``state`` has the keys of the initial states, (batch, n), ``inputs`` those of the inputs, (batch, m).
        Raises SymrnnError for a cell that looks ahead.
        """
        if not hasattr(self.module, "step"):
            raise SymrnnError("this cell looks ahead: it cannot be computed step by step")
        return self.module.step(values, state, inputs)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class ChoosingKernel(Kernel):
    """The NumPy kernel, and where calls cost more than their arithmetic the compiled one, if there is one.

    ``sized_by`` is the initial state or input whose size, of a step and the whole batch, tells which.
    """

    compiled: Kernel | None
    sized_by: str

    def value_and_grad(self, values: Mapping[str, Any]) -> tuple[float, dict[str, Array]]:
        """As of a Kernel, from the one that is faster at the size of the values."""
        compiled = self.compiled_for(values)
        return compiled.value_and_grad(values) if compiled is not None else super().value_and_grad(values)

    def held(
        self, values: Mapping[str, Any]
    ) -> tuple[dict[str, Array], Callable[[], tuple[float, dict[str, Array]]]]:
        """As of a Kernel, from the one that is faster at the size of the values."""
        compiled = self.compiled_for(values)
        return compiled.held(values) if compiled is not None else super().held(values)

    def compiled_for(self, values: Mapping[str, Any]) -> Kernel | None:
        """The compiled kernel, where the values are small."""
        known = isinstance(values, Mapping) and self.sized_by in values
        return self.compiled if known and np.size(values[self.sized_by]) <= MOST_COMPILED else None


def kernel(
    model: Model,
    recurrence: Model,
    gradients: str | Iterable[str] = "parameters",
    notation: str = "plain",
    padded: bool = False,
    truncate: int | None = None,
    backend: str = "numpy",
) -> Kernel:
    """The kernel of a model; see Derivation.kernel."""
    if truncate is not None and (isinstance(truncate, bool) or not isinstance(truncate, int) or truncate < 1):
        raise SymrnnError(f"truncate is {truncate!r}: give a whole number of steps from 1 on")
    options = Options(truncate, padded)
    system = passed(build(model, recurrence, wanted(model, gradients), options))
    return (
        chosen(system, notation, options)
        if backend == "auto"
        else emitted(system, notation, options, backend)
    )


def chosen(system: System, notation: str, options: Options) -> Kernel:
    """The kernel of the faster back-end at each size: numba, where it is installed and can compile, or NumPy."""
    plain = emitted(system, notation, options)
    states = [name for name, own in plain.shapes.items() if own[:1] == ("batch",) and "[" in name]
    compiled = None
    if states and find_spec("numba") is not None:
        with suppress(SymrnnError):  # what the back-end has no words for
            compiled = emitted(system, notation, options, "numba")
    return ChoosingKernel(plain.source, plain.shapes, compiled, states[0] if states else "")


def passed(system: System, passes: Iterable[Pass] = PASSES) -> System:
    """The system after the passes, in order."""
    for step in passes:
        system = step(system)
    return system


def emitted(system: System, notation: str, options: Options, backend: str = "numpy") -> Kernel:
    """The kernel that computes a system, as it is."""
    module = backend_of(backend)(system, names(system.model, notation), options)
    return Kernel(module.text(), module.shapes)


def wanted(model: Model, gradients: str | Iterable[str]) -> list[Leaf]:
    """The derivatives that are asked for by group or by name, in the order of the model."""
    groups = dict(zip(GROUPS, (model.parameters, model.inputs, model.initial_states), strict=True))
    key = {x: x.name if group == "inputs" else str(x) for group, own in groups.items() for x in own}
    asked = [gradients] if isinstance(gradients, str) else list(gradients)
    for name in asked:
        if name not in groups and name not in key.values():
            known = ", ".join([*groups, *key.values()])
            raise SymrnnError(f"no gradient of {name!r}\n  there are {known}")
    chosen = [x for group, own in groups.items() for x in own if group in asked or key[x] in asked]
    return [Adjoint(x, model.loss) for x in chosen]

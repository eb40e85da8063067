"""The back-ends: what writes a system as a module."""

from __future__ import annotations

from collections.abc import Callable

from symrnn.errors import SymrnnError
from symrnn.kernels.build import Options
from symrnn.kernels.frameworks import FRAMEWORKS, Framework
from symrnn.kernels.module import Module
from symrnn.kernels.numba_module import NumbaModule
from symrnn.kernels.numpy_module import NumpyModule
from symrnn.kernels.scan_module import ScanModule
from symrnn.kernels.system import System
from symrnn.naming import Names

Backend = Callable[[System, Names, Options], Module]


def _of(framework: Framework) -> Backend:
    return lambda system, names, options: ScanModule(system, names, options, framework)


BACKENDS: dict[str, Backend] = {"numpy": NumpyModule, "numba": NumbaModule} | {
    name: _of(f) for name, f in FRAMEWORKS.items()
}


def backend(name: str) -> Backend:
    """The back-end of a name."""
    if name not in BACKENDS:
        raise SymrnnError(f"no back-end {name!r}; there are {', '.join(BACKENDS)}")
    return BACKENDS[name]

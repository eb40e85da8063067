"""symrnn: back-propagation through time, derived symbolically, printed as in course notes, and proved.

>>> import symrnn
>>> d = symrnn.derive("lstm", steps=3)
>>> d.gradients["W_f"]  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symrnn.derivation import Derivation as Derivation
    from symrnn.derivation import derive as derive
    from symrnn.errors import SymrnnError as SymrnnError

__version__ = "0.1.0"

__all__ = ["Derivation", "SymrnnError", "derive"]

_HOME = {"Derivation": "symrnn.derivation", "derive": "symrnn.derivation", "SymrnnError": "symrnn.errors"}


def __getattr__(name: str) -> Any:
    # Imported on first use: SymPy takes ten times as long to import as the command line.
    if name not in _HOME:
        raise AttributeError(f"module 'symrnn' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)

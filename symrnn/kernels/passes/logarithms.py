"""Logarithms of probabilities are taken of what the probabilities are made of: finite where these round to zero."""

from __future__ import annotations

from symrnn.kernels.system import System
from symrnn.logarithms import with_logarithms


def logarithms(system: System) -> System:
    """The system with the logarithms of a softmax or a sigmoid taken stably."""
    equations = list(with_logarithms(system.equations))
    return system.rewritten(equations[: system.forward], equations[system.forward :])

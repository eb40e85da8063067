"""The types that the oracles pass around: flat dictionaries of 2-D NumPy arrays.

Keys are "W_f" for a parameter, "x[1]" for a quantity at a step, "h[0]" for an initial state.
Columns are (n, 1), scalars (1, 1); a gradient has the key and the shape of its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

Traced = Any
"""An array of floats or complex numbers, or autograd's box around one: what autograd.numpy computes with."""

Values = Mapping[str, Array]
Gradients = dict[str, Array]
Lengths = Mapping[str, int]
"""Clock -> number of steps: {"T": 4, "U": 3}."""

Series = dict[int, Array]
"""One quantity over time: step -> array."""

ScalarFunction = Callable[[Mapping[str, Array]], Array]
"""Values -> the (1, 1) loss; called with floats, complex numbers and autograd's boxes."""

"""The unrolled form: the backward pass of the feed-forward network that T steps are, shared weights and all.

Source: MIT 6.390 notes, Recurrent Neural Networks, section Back-propagation through time, step 2.
"""

from __future__ import annotations

from symrnn.equations import Model
from symrnn.forms.form import Form
from symrnn.unroll import unroll


def unrolled(model: Model, backward: Model) -> Form:
    """The backward pass at every step; it has equations only for given numbers of steps."""
    return Form("unrolled", "Every step written out.", (), unrolled=lambda steps: unroll(backward, steps))

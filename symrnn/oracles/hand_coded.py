"""A hand-coded recurrence with a hand-coded loss on top: the gradients of the whole model."""

from __future__ import annotations

from dataclasses import dataclass

import autograd.numpy as np

from symrnn.oracles.arrays import Array, Gradients, Lengths, Values
from symrnn.oracles.losses import LOSSES
from symrnn.oracles.references import backwards, reference


@dataclass(frozen=True)
class HandCoded:
    """The loss, (1, 1), and its gradient for every parameter, input, weight omega[t] and initial state."""

    loss: Array
    gradients: Gradients


def hand_coded_loss(
    cell: str, loss: str, values: Values, lengths: Lengths, d_final: Values | None = None
) -> Array:
    """The loss alone: plain NumPy, forward only, so that autograd can trace it."""
    outs, cache = reference(cell).forward(values, lengths)
    total: Array = np.zeros((1, 1))
    for key, out in outs.items():
        if key == "L":
            total = total + out
        else:
            index = key[key.find("[") :] if "[" in key else ""
            value = LOSSES[loss].value(out, values["y" + index])
            total = total + values.get("omega" + index, 1.0) * value
    for key, cotangent in (d_final or {}).items():
        name, step = key[:-1].split("[")
        total = total + np.sum(cotangent * cache[name][int(step)])
    return total


def hand_coded_gradients(
    cell: str,
    loss: str,
    values: Values,
    lengths: Lengths,
    d_final: Values | None = None,
    form: str = "hand-coded",
) -> HandCoded:
    """The gradients of sum_t omega[t] loss(out[t], y[t]) + sum d_final * final states, by hand.

    omega[t] is 1 where ``values`` has none.  A cell with a loss of its own takes no other: ``loss`` is not
    used then.  ``form`` is one of ``references.backwards(cell)``.
    """
    outs, cache = reference(cell).forward(values, lengths)
    d_outs: Gradients = {}
    gradients: Gradients = {}
    for key, out in outs.items():
        if key == "L":
            d_outs[key] = np.ones((1, 1))
            continue
        index = key[key.find("[") :] if "[" in key else ""
        y, omega = values["y" + index], values.get("omega" + index)
        d_outs[key] = LOSSES[loss].gradient(out, y)
        if omega is not None:
            d_outs[key] = omega * d_outs[key]
            gradients["omega" + index] = LOSSES[loss].value(out, y)
    gradients |= backwards(cell)[form](values, lengths, cache, d_outs, d_final or {})
    return HandCoded(hand_coded_loss(cell, loss, values, lengths, d_final), gradients)

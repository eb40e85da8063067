"""Hand-coded NumPy recurrences, one file per built-in cell, as one would write them from a textbook.

A new cell: its file here, and one line in REFERENCES.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references.steps import Cache, Shapes, Sizes


class Backward(Protocol):
    """The gradients for parameters, inputs and initial states; none for the target y.

    ``d_outs`` has the keys of the outputs, ``d_final`` those of some of the final states.
    """

    def __call__(
        self, values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values
    ) -> Gradients:
        """Run it."""
        ...


class Reference(Protocol):
    """What the module of a cell offers."""

    def shapes(self, sizes: Sizes) -> Shapes:
        """Every given value: "x[t]", "y[u]" stand for all steps, "g[T+1]" for the step after the last."""
        ...

    def final_states(self, lengths: Lengths) -> list[str]:
        """The keys of the states that a next stretch of the sequence would start from."""
        ...

    def forward(self, values: Values, lengths: Lengths) -> tuple[Gradients, Cache]:
        """The outputs by key ("o[1]", "a_y[1]", "o"; "L" where the cell has its own loss), and the cache."""
        ...

    def backward(
        self, values: Values, lengths: Lengths, cache: Cache, d_outs: Values, d_final: Values
    ) -> Gradients:
        """See Backward."""
        ...


REFERENCES = (
    "bidirectional",
    "conditional",
    "context",
    "encoder-decoder",
    "gated",
    "gru",
    "gru-reset-after",
    "gru-simplified",
    "gru-stacked",
    "jordan",
    "linear-attention",
    "lstm",
    "lstm-peephole",
    "lstm-stacked",
    "lti",
    "many-to-one",
    "one-to-many",
    "one-to-one",
    "parity",
    "predicted-length",
    "rnn",
    "rnn-relu",
    "rnn-stacked",
    "sequence-model",
    "stop-unit",
    "teacher-forced",
    "two-lag",
)
"""The cells that have a reference: lstm-peephole in lstm_peephole.py."""


def reference(cell: str) -> Reference:
    """The hand-coded recurrence of a cell; its module is imported when it is asked for."""
    return import_module(f"{__name__}.{cell.replace('-', '_')}")


def backwards(cell: str) -> dict[str, Backward]:
    """Every hand-coded backward pass of a cell, by name."""
    own = reference(cell)
    return {"hand-coded": own.backward, **getattr(own, "SECOND_FORMS", {})}

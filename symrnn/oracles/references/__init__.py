"""Hand-coded NumPy recurrences, one file per built-in cell, as one would write them from a textbook.

A new cell: its file here, and one line in REFERENCES.
"""

from __future__ import annotations

from typing import Protocol

from symrnn.oracles.arrays import Gradients, Lengths, Values
from symrnn.oracles.references import (
    bidirectional,
    conditional,
    context,
    encoder_decoder,
    gated,
    gru,
    gru_reset_after,
    gru_simplified,
    gru_stacked,
    jordan,
    linear_attention,
    lstm,
    lstm_peephole,
    lstm_stacked,
    lti,
    many_to_one,
    one_to_many,
    one_to_one,
    parity,
    predicted_length,
    rnn,
    rnn_relu,
    rnn_stacked,
    sequence_model,
    stop_unit,
    teacher_forced,
    two_lag,
)
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


REFERENCES: dict[str, Reference] = {
    "bidirectional": bidirectional,
    "conditional": conditional,
    "context": context,
    "encoder-decoder": encoder_decoder,
    "gated": gated,
    "gru": gru,
    "gru-reset-after": gru_reset_after,
    "gru-simplified": gru_simplified,
    "gru-stacked": gru_stacked,
    "jordan": jordan,
    "linear-attention": linear_attention,
    "lstm": lstm,
    "lstm-peephole": lstm_peephole,
    "lstm-stacked": lstm_stacked,
    "lti": lti,
    "many-to-one": many_to_one,
    "one-to-many": one_to_many,
    "one-to-one": one_to_one,
    "parity": parity,
    "predicted-length": predicted_length,
    "rnn": rnn,
    "rnn-relu": rnn_relu,
    "rnn-stacked": rnn_stacked,
    "sequence-model": sequence_model,
    "stop-unit": stop_unit,
    "teacher-forced": teacher_forced,
    "two-lag": two_lag,
}

SECOND_FORMS: dict[str, dict[str, Backward]] = {"rnn": {"delta form": rnn.backward_delta}}
"""Cell -> other ways to write its backward pass, by name."""


def backwards(cell: str) -> dict[str, Backward]:
    """Every hand-coded backward pass of a cell, by name."""
    return {"hand-coded": REFERENCES[cell].backward, **SECOND_FORMS.get(cell, {})}

"""The built-in cells: one .rnn file each.  Adding a cell is its file and its line here."""

from __future__ import annotations

from importlib.resources import files

CELLS = {
    "rnn": "rnn.rnn",
    "rnn-relu": "rnn-relu.rnn",
    "rnn-stacked": "rnn-stacked.rnn",
    "two-lag": "two-lag.rnn",
    "jordan": "jordan.rnn",
    "teacher-forced": "teacher-forced.rnn",
    "conditional": "conditional.rnn",
    "context": "context.rnn",
    "lti": "lti.rnn",
    "parity": "parity.rnn",
    "gated": "gated.rnn",
    "gru-simplified": "gru-simplified.rnn",
    "gru": "gru.rnn",
    "gru-reset-after": "gru-reset-after.rnn",
    "gru-stacked": "gru-stacked.rnn",
    "lstm": "lstm.rnn",
    "lstm-peephole": "lstm-peephole.rnn",
    "lstm-stacked": "lstm-stacked.rnn",
    "linear-attention": "linear-attention.rnn",
    "bidirectional": "bidirectional.rnn",
    "one-to-one": "one-to-one.rnn",
    "one-to-many": "one-to-many.rnn",
    "many-to-one": "many-to-one.rnn",
    "encoder-decoder": "encoder-decoder.rnn",
    "sequence-model": "sequence-model.rnn",
    "stop-unit": "stop-unit.rnn",
    "predicted-length": "predicted-length.rnn",
}


def cell_source(name: str) -> str:
    """The text of a built-in cell."""
    return (files(__name__) / CELLS[name]).read_text(encoding="utf-8")


def brings_loss(name: str) -> bool:
    """Whether a built-in cell defines its own loss L."""
    return any(line.startswith("L =") for line in cell_source(name).splitlines())

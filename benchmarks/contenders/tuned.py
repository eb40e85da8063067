"""The best hand-tuned NumPy: the layout that is the faster one at the size."""

from __future__ import annotations

from problem import Problem, Run

from contenders import tuned_gru, tuned_gru_large, tuned_lstm, tuned_lstm_large, tuned_rnn

LAYOUTS = {
    "rnn": (tuned_rnn.small, tuned_rnn.large),
    "gru": (tuned_gru.small, tuned_gru_large.large),
    "lstm": (tuned_lstm.small, tuned_lstm_large.large),
}
SMALL = 64  # up to here a call costs more than its arithmetic, and one product of [h, 1, x] saves calls


def prepare(problem: Problem) -> Run:
    small, large = LAYOUTS[problem.cell]
    return (small if problem.sizes.n * problem.sizes.B <= SMALL else large)(problem)

"""The best hand-tuned NumPy: the layout that is the faster one at the size."""

from __future__ import annotations

from problem import Array, Problem, Run

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


def prepare_by_name(problem: Problem) -> Run:
    """The same for someone who keeps parameters and gradients apart, by name: what the layout costs at the borders."""
    run = prepare(problem)
    _, gradients = run.named(run.call())  # views of arrays that every call writes anew

    def call() -> tuple[float, dict[str, Array]]:
        run.pack()
        return run.call()[0], gradients

    return Run(call, lambda found: (float(found[0]), found[1]))

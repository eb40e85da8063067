"""What feeds a loop is computed for some steps at a time: for how many does not matter."""

from __future__ import annotations

import re

import numpy as np
import pytest
from batches import EVERYTHING, assert_agree, random_values

import symrnn
from symrnn.cells import CELLS

LENGTHS = {"lengths": np.array([4, 1, 3]), "lengths_u": np.array([2, 3, 1])}


@pytest.mark.parametrize(
    "cache", [1, 300, 700]
)  # bytes: one step at a time, two or so, a last part that is shorter
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_number_of_steps_at_a_time_does_not_change_the_result(cell, padded, cache):
    whole = symrnn.derive(cell).kernel(EVERYTHING, padded=padded)
    parts = symrnn.derive(cell).kernel(EVERYTHING, padded=padded)
    values = random_values(whole) | (LENGTHS if padded else {})
    parts.module.CACHE = cache
    assert_agree(parts.value_and_grad(values), whole.value_and_grad(values), 1e-13)


def test_what_only_a_loop_reads_has_room_for_some_steps():
    source = symrnn.derive("lstm").kernel().source
    assert "given_a_ofig = piece(cached, 0, (most_t, batch, 4*n))" in source
    assert re.search(r"slope_dL_da_fig = piece\(cached, .*, \(most_t_, 3, batch, n\)\)", source)
    assert "dL_da_ofig = np.empty((T, batch, 4*n), dtype)" in source  # the weights' gradients need all of it


def test_what_feeds_the_loops_is_in_one_piece_of_memory():
    kernel = symrnn.derive("lstm").kernel()
    assert "cached = np.empty(max(most_t * " in kernel.source  # the loops follow one another
    piece = kernel.module.piece
    memory = np.arange(12)
    assert piece(memory, 2, (2, 3)).tolist() == [[2, 3, 4], [5, 6, 7]]
    assert np.shares_memory(piece(memory, 2, (2, 3)), memory)


def test_as_many_steps_as_the_cache_holds():
    module = symrnn.derive("rnn").kernel().module
    assert module.CACHE == 2**17
    assert [module.steps_in_cache(50, size) for size in (1, 2**12, 2**15, 2**20)] == [50, 32, 4, 1]
    assert module.spans(5, 2) == [(0, 2), (2, 4), (4, 5)]

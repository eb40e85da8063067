"""Every hand-coded recurrence against every other way to the same gradients.

All tests run over the tables: a new cell, loss or oracle is covered by its entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np
import pytest

from symrnn.cells import CELLS, cell_source
from symrnn.losses import LOSSES as TEXT_LOSSES
from symrnn.oracles import ORACLES, Oracle
from symrnn.oracles.arrays import Array, Gradients, Values
from symrnn.oracles.hand_coded import hand_coded_gradients, hand_coded_loss
from symrnn.oracles.interpreter import loss as interpret
from symrnn.oracles.interpreter import near_kink
from symrnn.oracles.losses import LOSSES
from symrnn.oracles.numerical import LEAST_TAYLOR_SLOPE, taylor_slope
from symrnn.oracles.references import REFERENCES, backwards, reference
from symrnn.reading import read

SIZES = {"n": 3, "m": 2, "v": 5, "k": 7, "d": 8}
LENGTHS = {"T": 4, "U": 6}  # no two sizes or lengths are equal: a lost transpose changes a shape


def own_loss(cell: str) -> bool:
    return re.search(r"^L = ", cell_source(cell), re.MULTILINE) is not None


CASES = [(cell, loss) for cell in REFERENCES for loss in LOSSES if not own_loss(cell)]
CASES += [(cell, "its own") for cell in REFERENCES if own_loss(cell)]
FIRST_CASES = list({cell: (cell, loss) for cell, loss in reversed(CASES)}.values())


@dataclass(frozen=True)
class Case:
    cell: str
    loss: str
    text: str
    lengths: dict[str, int]
    values: Gradients
    d_final: Gradients

    @property
    def keys(self) -> list[str]:
        """All but the target: "y", "y[1]"."""
        return [key for key in self.values if key.split("[")[0] != "y"]

    def interpreted(self, values: Values) -> Array:
        return interpret(self.text, values, self.lengths, self.d_final)

    def hand_coded(self, values: Values) -> Array:
        return hand_coded_loss(self.cell, self.loss, values, self.lengths, self.d_final)

    def gradients(self, form: str = "hand-coded") -> Gradients:
        return hand_coded_gradients(
            self.cell, self.loss, self.values, self.lengths, self.d_final, form
        ).gradients


def make_case(cell: str, loss: str, lengths: dict[str, int], reduction: str = "sum") -> Case:
    """Random values away from every kink, where no gradient vanishes as it does behind a dead relu."""
    rng = np.random.default_rng(crc32(f"{cell} {loss} {lengths} {reduction}".encode()))
    step_of_y = re.compile(r"y(\[[1-9]\])?")
    _, text = read(cell) if own_loss(cell) else read(cell, loss=loss, reduction=reduction)
    while True:
        values = random_values(cell, loss, lengths, rng)
        if reduction == "weighted":
            values |= {"omega" + k[1:]: rng.random((1, 1)) for k in values if step_of_y.fullmatch(k)}
        _, states = reference(cell).forward(values, lengths)
        d_final = {}
        for key in reference(cell).final_states(lengths):
            name, step = key[:-1].split("[")
            d_final[key] = rng.standard_normal(states[name][int(step)].shape)
        case = Case(cell, loss, text, lengths, values, d_final)
        if not near_kink(text, values, lengths, 1e-3) and all(map(np.any, case.gradients().values())):
            return case


def random_values(cell: str, loss: str, lengths: dict[str, int], rng: np.random.Generator) -> Gradients:
    """Every given value of a cell; weights small enough that no loss loses digits to saturation."""
    values = {}
    steps = {"t": range(1, lengths["T"] + 1), "u": range(1, lengths["U"] + 1), "T+1": [lengths["T"] + 1]}
    for stem, (rows, columns) in reference(cell).shapes(SIZES).items():
        name, _, index = stem.rstrip("]").partition("[")
        keys = [f"{name}[{step}]" for step in steps[index]] if index in steps else [stem]
        for key in keys:
            value = 0.7 * rng.standard_normal((rows, columns)) / np.sqrt(columns)
            if name == "y":
                value = np.exp(value) / np.sum(np.exp(value))
            if name == "y" and loss == "nll":
                value = np.eye(rows)[:, [int(rng.integers(rows))]]
            if cell == "stop-unit" and name == "e":
                value = rng.random((1, 1))
            values[key] = value
    return values


@cache
def case_of(cell: str, loss: str) -> Case:
    return make_case(cell, loss, LENGTHS)


def disagreements(oracle: Oracle, case: Case, ours: Values, theirs: Values) -> list[str]:
    """The keys that the oracle rejects."""
    value = float(case.interpreted(case.values)[0, 0])
    return [key for key in theirs if not oracle.accepts(oracle.compare(ours[key], theirs[key], value))]


def test_every_cell_and_every_loss_has_its_hand_coded_twin() -> None:
    assert set(REFERENCES) == set(CELLS)
    assert set(LOSSES) == set(TEXT_LOSSES)


@pytest.mark.parametrize(("cell", "loss"), CASES)
def test_the_text_and_the_hand_coded_recurrence_have_the_same_loss(cell: str, loss: str) -> None:
    case = case_of(cell, loss)
    assert case.hand_coded(case.values) == pytest.approx(case.interpreted(case.values), rel=1e-13)


@pytest.mark.parametrize(("cell", "loss"), CASES)
def test_hand_coded_gradients_are_those_of_every_value_but_the_target(cell: str, loss: str) -> None:
    case = case_of(cell, loss)
    for form in backwards(cell):
        shapes = {key: gradient.shape for key, gradient in case.gradients(form).items()}
        assert shapes == {key: case.values[key].shape for key in case.keys}


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize(("cell", "loss"), CASES)
def test_oracles_accept_the_hand_coded_gradients_and_reject_a_planted_error(
    cell: str, loss: str, oracle: str
) -> None:
    case, judge = case_of(cell, loss), ORACLES[oracle]
    theirs = judge.gradient(case.interpreted, case.values, case.keys)
    for form in backwards(cell):
        ours = case.gradients(form)
        assert disagreements(judge, case, ours, theirs) == []
        for key in case.keys:
            assert disagreements(judge, case, ours | {key: ours[key] * 1.001}, theirs) == [key]
            one_entry = ours[key].copy()
            one_entry[np.unravel_index(np.argmax(np.abs(one_entry)), one_entry.shape)] *= 1.001
            assert disagreements(judge, case, ours | {key: one_entry}, theirs) == [key]


@pytest.mark.parametrize("oracle", [name for name, oracle in ORACLES.items() if oracle.tolerance <= 1e-10])
@pytest.mark.parametrize(("cell", "loss"), FIRST_CASES)
def test_exact_oracles_reject_an_error_in_any_entry(cell: str, loss: str, oracle: str) -> None:
    case, judge = case_of(cell, loss), ORACLES[oracle]
    ours = case.gradients()
    theirs = judge.gradient(case.interpreted, case.values, case.keys)
    for key in case.keys:
        for entry in zip(*np.nonzero(ours[key]), strict=True):
            planted = ours[key].copy()
            planted[entry] *= 1.001
            assert disagreements(judge, case, ours | {key: planted}, theirs) == [key], (key, entry)


@pytest.mark.parametrize(("cell", "loss"), CASES)
def test_autograd_through_the_hand_coded_forward_pass_agrees(cell: str, loss: str) -> None:
    case, judge = case_of(cell, loss), ORACLES["autograd"]
    theirs = judge.gradient(case.hand_coded, case.values, case.keys)
    assert disagreements(judge, case, case.gradients(), theirs) == []


@pytest.mark.parametrize(("cell", "loss"), CASES)
def test_taylor_remainder_is_of_second_order(cell: str, loss: str) -> None:
    case = case_of(cell, loss)
    rng = np.random.default_rng(0)
    slope = taylor_slope(case.interpreted, case.gradients(), case.values, case.keys, rng)
    assert slope == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("cell", "loss"), FIRST_CASES)
def test_taylor_remainder_shows_a_planted_error_in_any_gradient(cell: str, loss: str) -> None:
    case, rng = case_of(cell, loss), np.random.default_rng(0)
    ours = case.gradients()
    for key in case.keys:
        planted = ours | {key: ours[key] * 1.001}
        assert taylor_slope(case.interpreted, ours, case.values, [key], rng) >= LEAST_TAYLOR_SLOPE, key
        assert taylor_slope(case.interpreted, planted, case.values, [key], rng) < LEAST_TAYLOR_SLOPE, key


@pytest.mark.parametrize("lengths", [{"T": 1, "U": 1}, {"T": 2, "U": 1}, {"T": 1, "U": 2}], ids=str)
@pytest.mark.parametrize(("cell", "loss"), FIRST_CASES)
def test_the_shortest_sequences(cell: str, loss: str, lengths: dict[str, int]) -> None:
    case, judge = make_case(cell, loss, lengths), ORACLES["autograd"]
    theirs = judge.gradient(case.interpreted, case.values, case.keys)
    for form in backwards(cell):
        assert disagreements(judge, case, case.gradients(form), theirs) == []


@pytest.mark.parametrize(("cell", "loss"), [case for case in FIRST_CASES if not own_loss(case[0])])
def test_weighted_steps(cell: str, loss: str) -> None:
    case, judge = make_case(cell, loss, LENGTHS, "weighted"), ORACLES["autograd"]
    theirs = judge.gradient(case.interpreted, case.values, case.keys)
    assert any(key.startswith("omega") for key in theirs)
    assert disagreements(judge, case, case.gradients(), theirs) == []

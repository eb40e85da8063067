"""The contenders of the benchmarks compute the same, and the comparison before the timing can fail."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))

    def module(name: str) -> ModuleType:
        return importlib.import_module(name)

    return module


def sizes_of(problem: ModuleType, batch: int) -> Any:
    return problem.Sizes(T=7, n=5, m=4, v=3, B=batch)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_contenders_agree_with_autograd(load, cell, batch, dtype):
    problem, contenders, measure = load("problem"), load("contenders"), load("measure")
    point = problem.make_problem(cell, sizes_of(problem, batch), dtype)
    # numba takes half a minute to compile a cell: test_kernel_backends does it once
    prepare, _ = contenders.find([name for name in contenders.PLACES if name != "symrnn-numba"])
    runs = {name: run for name, how in prepare.items() if (run := how(point)) is not None}
    small, large = load("contenders.tuned").LAYOUTS[cell]
    runs |= {"small": small(point), "large": large(point)}
    assert {"naive", "tuned"} <= set(runs)
    measure.check(point, runs)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_chunks_of_time_that_do_not_divide_the_steps(load, monkeypatch, cell):
    problem, measure, layouts = load("problem"), load("measure"), load("contenders.tuned").LAYOUTS
    point = problem.make_problem(cell, sizes_of(problem, 2), "float64")
    for layout in layouts[cell]:
        monkeypatch.setattr(load(layout.__module__), "chunk_length", lambda problem, blocks: 3)
    for layout in layouts[cell]:
        measure.check(point, {layout.__name__: layout(point)})


@pytest.mark.parametrize("batch", [1, 20])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_parameters_by_name_are_read_at_every_call(load, cell, batch):
    problem, tuned, naive = load("problem"), load("contenders.tuned"), load("contenders.naive")
    point = problem.make_problem(cell, sizes_of(problem, batch), "float64")
    run = tuned.prepare_by_name(point)
    for array in point.parameters.values():
        array *= 0.5
    expected = naive.prepare(point)
    loss, gradients = run.named(run.call())
    assert loss == pytest.approx(expected.named(expected.call())[0], rel=1e-12)
    for name, gradient in expected.named(expected.call())[1].items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-9, atol=1e-12)


def test_a_planted_error_stops_the_benchmark(load):
    problem, contenders, measure = load("problem"), load("contenders"), load("measure")
    point = problem.make_problem("lstm", sizes_of(problem, 2), "float64")
    right = contenders.find(["naive"])[0]["naive"](point)

    def wrong(found: Any) -> tuple[float, dict[str, np.ndarray]]:
        loss, gradients = right.named(found)
        return loss, gradients | {"b_f": gradients["b_f"] * (1 + 1e-6)}

    with pytest.raises(SystemExit, match=r"planted is wrong by \S+ in b_f"):
        measure.check(point, {"planted": problem.Run(right.call, wrong)})


def test_a_framework_that_is_not_installed_is_left_out_with_a_note(load, monkeypatch):
    contenders = load("contenders")
    monkeypatch.setattr(contenders, "find_spec", lambda name: None if name == "torch" else object())
    found, notes = contenders.find(["naive", "torch", "symrnn-torch"])
    assert list(found) == ["naive"]
    assert notes == [
        "torch is left out: torch is not installed",
        "symrnn-torch is left out: torch is not installed",
    ]

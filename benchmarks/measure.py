"""Rounds, medians, ratios, and what is compared before a clock is started."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable

import contenders
import limit
import numpy as np
from contenders import autograd_steps, naive
from problem import CELLS, POINTS, Problem, Run, make_problem

SAMPLE = 0.03  # seconds: a call that takes less is made several times a round
TOLERANCE = {"float64": 1e-11, "float32": 2e-3}
BAR = "tuned"
Times = dict[str, float]
Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


def measure(options: argparse.Namespace) -> None:
    """All points: one line of medians each, then the geometric means of the ratios."""
    prepare, notes = contenders.find(options.contenders or list(contenders.PLACES))
    for note in notes:
        print(note)
    names = list(prepare)
    print(f"microseconds, medians of {options.rounds} rounds, {options.dtype}, {options.threads} thread(s)")
    print(f"{'':14}" + "".join(f"{name:>15}" for name in names))
    table: dict[tuple[str, str], Times] = {}
    for cell in options.cells or CELLS:
        for point in options.points or POINTS:
            problem = make_problem(cell, POINTS[point], options.dtype, options.threads)
            runs = {name: run for name in names if (run := prepare[name](problem)) is not None}
            check(problem, runs)
            table[cell, point] = times(runs, options.rounds, CLOCKS[options.clock])
            print(f"{cell:5}{point:9}" + cells(table[cell, point], names), flush=True)
            if options.limit:
                print(limit.line(problem, table[cell, point], CLOCKS[options.clock]), flush=True)
    summary(table, names)
    if options.plot:
        from plot import draw

        draw(table, options.plot, f"{options.dtype}, {options.threads} thread(s)")


def check(problem: Problem, runs: dict[str, Run]) -> None:
    """Compare everyone with autograd, in double precision; exit where one is off."""
    exact = {k: v.astype(float) if v.dtype.kind == "f" else v for k, v in problem.values.items()}
    double = Problem(problem.cell, problem.sizes, exact)
    # autograd's graph of the long sequences takes half a minute; the naive loop is compared with it at the others
    reference = (naive if problem.sizes.T > 100 else autograd_steps).prepare(double)
    loss, gradients = reference.named(reference.call())
    for name, run in runs.items():
        run.call()  # whatever a first call leaves behind must not change the second
        found, found_gradients = run.named(run.call())
        errors = {"the loss": abs(found - loss) / abs(loss)}
        for key, gradient in gradients.items():
            if key not in problem.parameters:
                continue
            if found_gradients[key].shape != gradient.shape:
                sys.exit(f"{name}: {key} has shape {found_gradients[key].shape}, not {gradient.shape}")
            errors[key] = np.abs(found_gradients[key] - gradient).max() / np.abs(gradient).max()
        worst = max(errors, key=lambda key: errors[key])
        if not errors[worst] <= TOLERANCE[problem.dtype.name]:
            sys.exit(f"{problem.cell}, {problem.sizes}: {name} is wrong by {errors[worst]:.1e} in {worst}")


def sample(call: Callable[[], object], clock: Clock) -> float:
    """The median time of a call, of as many as fit in SAMPLE seconds, after one that is not timed.

    Who had the turn before has left the caches as it needs them.
    """
    call()
    found = []
    end = clock() + SAMPLE
    while not found or clock() < end:
        start = clock()
        call()
        found.append(clock() - start)
    return statistics.median(found)


def times(runs: dict[str, Run], rounds: int, clock: Clock) -> Times:
    """Seconds a call: the median over the rounds, in each of which everyone has a turn."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(sample(run.call, clock))
    return {name: statistics.median(values) for name, values in found.items()}


def cells(row: Times, names: Iterable[str]) -> str:
    """Microseconds, and the ratio to the bar."""
    texts = []
    for name in names:
        ratio = f" {row[name] / row[BAR]:5.2f}" if name in row and BAR in row else "      "
        texts.append(
            f"{row[name] * 1e6:9.{0 if row[name] > 1e-4 else 1}f}{ratio}" if name in row else f"{'-':>15}"
        )
    return "".join(texts)


def geometric_mean(ratios: Iterable[float]) -> float:
    return float(np.exp(np.mean(np.log(list(ratios)))))


def summary(table: dict[tuple[str, str], Times], names: list[str]) -> None:
    """The geometric mean, least and greatest of everyone's ratio to the bar."""
    print("\nratio to the bar, geometric mean (least to greatest)")
    for name in names:
        ratios = [row[name] / row[BAR] for row in table.values() if name in row and BAR in row]
        if ratios:
            print(f"{name:14} {geometric_mean(ratios):6.2f} ({min(ratios):.2f} to {max(ratios):.2f})")

"""Batches of sequences for kernels, and what they must give: the sum over the sequences, each by `evaluate`."""

from __future__ import annotations

import numpy as np

from symrnn.cells import CELLS, brings_loss
from symrnn.losses import LOSSES

SIZES = {"n": 3, "m": 2, "v": 4, "k": 5, "d": 2}
STEPS = {"t": 4, "u": 3}
LETTERS = {"t": "T", "u": "U"}
EVERYTHING = ("parameters", "inputs", "initial states")
MODELS = [(cell, loss) for cell in CELLS for loss in ([None] if brings_loss(cell) else LOSSES)]


def size(axis, batch):
    known = {**SIZES, "T": STEPS["t"], "U": STEPS["u"], "batch": batch}
    return sum(int(p) if p.isdigit() else known[p] for p in axis.replace(" ", "").split("+"))


def random_values(kernel, batch=3, seed=0, dtype=float):
    """Values for all that a kernel asks for; targets sum to one."""
    rng = np.random.default_rng(seed)
    values = {}
    for name, axes in kernel.shapes.items():
        array = rng.uniform(0.1, 0.9, [size(axis, batch) for axis in axes])
        if "batch" not in axes:
            array -= 0.5
        if name.partition("[")[0] == "y":
            array /= array.sum(-1, keepdims=True)
        values[name] = array.astype(dtype)
    return values


def key_of(name, counts):
    """The key of a quantity beyond the last step in a derivation of so many steps: g[T+1] is g[5]."""
    stem, _, time = name.partition("[")
    for clock, count in counts.items():
        if time.startswith(f"{LETTERS[clock]}+"):
            return f"{stem}[{count + int(time[2:-1])}]"
    return name


def one_sequence(kernel, values, counts, b):
    """The values of one sequence, by the keys that `evaluate` knows."""
    found = {}
    for name, axes in kernel.shapes.items():
        array = values[name]
        if axes[0] in ("T", "U"):
            found |= {f"{name}[{t + 1}]": array[t, b] for t in range(len(array))}
        else:
            found[key_of(name, counts)] = array[b] if axes[0] == "batch" else array
    return {key: array[:, None] if array.ndim == 1 else array for key, array in found.items()}


def expected(derivations, kernel, values, names):
    """The loss and the gradients of a batch, each sequence by a derivation of its own numbers of steps."""
    total, gradients = 0.0, {name: np.zeros(values[name].shape) for name in names}
    for b, derivation in enumerate(derivations):
        counts = {str(clock): count for clock, count in derivation.steps.items()}
        found = derivation.evaluate(one_sequence(kernel, values, counts, b))
        total += found["L"].item()
        for name, whole in gradients.items():
            axes = kernel.shapes[name]
            if axes[0] in ("T", "U"):
                for t in range(counts["t" if axes[0] == "T" else "u"]):
                    whole[t, b] += found[f"{name}[{t + 1}]"].reshape(whole[t, b].shape)
            elif axes[0] == "batch":
                whole[b] += found[key_of(name, counts)].reshape(whole[b].shape)
            else:
                whole += found[name]
    return total, gradients


def assert_agree(result, expectation, tolerance=1e-12):
    (loss, gradients), (total, wanted) = result, expectation
    assert abs(loss - total) <= tolerance * abs(total)
    assert gradients.keys() == wanted.keys()
    for name, gradient in gradients.items():
        assert gradient.shape == wanted[name].shape
        scale = max(np.abs(wanted[name]).max(), 1e-3)
        assert np.abs(gradient - wanted[name]).max() <= tolerance * scale, name

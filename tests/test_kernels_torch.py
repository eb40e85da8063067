"""Kernels against torch's fused layers: padded batches, truncation, both precisions, every gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symrnn
from symrnn.frameworks import give_back, load

T, M, N, V = 7, 3, 5, 4
LENGTHS = np.array([7, 1, 4])
CELLS = {"rnn": "RNN", "gru-reset-after": "GRU", "lstm": "LSTM"}
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}
torch: Any = pytest.importorskip("torch", reason="torch is not installed; CI installs it")


def numbers(dtype: str, states: tuple[str, ...]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    found = {"x": rng.normal(size=(T, len(LENGTHS), M)), "weights": rng.normal(size=(V, N))}
    found |= {"bias": rng.normal(size=V)} | {s: rng.normal(size=(len(LENGTHS), N)) for s in states}
    return {name: array.astype(dtype) for name, array in found.items()}


def torch_loss(
    module: Any, tensors: dict[str, Any], labels: np.ndarray, q: int, length: int, stretch: int
) -> Any:
    """The loss of sequence q; between stretches of steps the state goes on as a constant."""
    states = tuple(tensors[s][None, q : q + 1] for s in ("h", "c") if s in tensors)
    total = 0
    for start in range(0, length, stretch):
        stop = min(start + stretch, length)
        out, after = module(tensors["x"][start:stop, q : q + 1], states if len(states) > 1 else states[0])
        logits = (out @ tensors["weights"].T + tensors["bias"])[:, 0]
        target = torch.from_numpy(labels[start:stop, q])
        total = total + torch.nn.functional.cross_entropy(logits, target, reduction="sum")
        states = tuple(s.detach() for s in (after if len(states) > 1 else (after,)))
    return total


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("stretch", [None, 3])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_is_the_layer_of_torch_on_every_sequence(cell, padded, stretch, dtype):
    layer, states = f"torch.nn.{CELLS[cell]}", ("h", "c") if cell == "lstm" else ("h",)
    torch.manual_seed(6)
    module = getattr(torch.nn, CELLS[cell])(M, N, dtype=getattr(torch, dtype))
    given, labels = numbers(dtype, states), np.random.default_rng(7).integers(0, V, (T, len(LENGTHS)))
    lengths = LENGTHS if padded else np.full(len(LENGTHS), T)
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in given.items()}
    total = sum(torch_loss(module, tensors, labels, q, int(k), stretch or T) for q, k in enumerate(lengths))
    total.backward()
    expected = {name: parameter.grad.numpy() for name, parameter in module.named_parameters()}
    expected |= {name: tensor.grad.numpy() for name, tensor in tensors.items()}

    wanted = ["parameters", "inputs", "initial states"]
    kernel = symrnn.derive(cell).kernel(wanted, padded=padded, truncate=stretch)
    weights, bias = ("V", "c") if cell == "rnn" else ("W_y", "b_y")
    values = load(layer, module.state_dict()) | {"x": given["x"], "y": labels, weights: given["weights"]}
    values |= {bias: given["bias"][:, None]} | {f"{s}[0]": given[s] for s in states}
    values |= {"lengths": lengths} if padded else {}
    loss, gradients = kernel.value_and_grad(values)
    found = give_back(layer, gradients) | {"x": gradients["x"], "weights": gradients[weights]}
    found |= {"bias": gradients[bias][:, 0]} | {s: gradients[f"{s}[0]"] for s in states}
    assert loss == pytest.approx(total.item(), rel=TOLERANCE[dtype])
    assert set(found) == set(expected)
    for name, gradient in expected.items():
        assert found[name].dtype == np.dtype(dtype)
        error = np.abs(found[name] - gradient).max() / np.abs(gradient).max()
        assert error < TOLERANCE[dtype], f"{name}: {error}"

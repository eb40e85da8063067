"""torch's fused nn.RNN, nn.LSTM and nn.GRU, differentiated by its autograd."""

from __future__ import annotations

from typing import Any

import torch
from problem import READOUT, STATES, Array, Problem, Run

MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
ORDER = {"rnn": ("",), "gru": ("r", "z", "h"), "lstm": ("i", "f", "g", "o")}


def names(kind: str, cell: str) -> list[str]:
    """The parameters of one kind in torch's order: W or U or b of every gate."""
    if cell == "rnn":
        return [{"W": "U", "U": "W", "b": "b"}[kind]]  # the letters of the plain cell are the other way round
    return [f"{kind}_{gate}" for gate in ORDER[cell]]


def stacked(problem: Problem, kind: str) -> torch.Tensor:
    return torch.cat([torch.from_numpy(problem.values[name]) for name in names(kind, problem.cell)])


def unstacked(problem: Problem, kind: str, gradient: torch.Tensor) -> dict[str, Array]:
    own = names(kind, problem.cell)
    return dict(zip(own, (part.numpy() for part in gradient.chunk(len(own))), strict=True))


def prepare(problem: Problem) -> Run:
    torch.set_num_threads(problem.threads)
    T, n, m, v, B = problem.sizes
    dtype = getattr(torch, problem.dtype.name)
    layer, readout = MODULES[problem.cell](m, n, dtype=dtype), torch.nn.Linear(n, v, dtype=dtype)
    of_h_bias = torch.zeros(layer.bias_hh_l0.shape, dtype=dtype)
    if problem.cell == "gru":
        of_h_bias[2 * n :] = torch.from_numpy(problem.values["b_u"])
    given = {
        layer.weight_ih_l0: stacked(problem, "W"),
        layer.weight_hh_l0: stacked(problem, "U"),
        layer.bias_ih_l0: stacked(problem, "b"),
        layer.bias_hh_l0: of_h_bias,
        readout.weight: torch.from_numpy(problem.values[READOUT[problem.cell][0]]),
        readout.bias: torch.from_numpy(problem.values[READOUT[problem.cell][1]]),
    }
    with torch.no_grad():
        for parameter, value in given.items():
            parameter.copy_(value)
    x, labels = (
        torch.from_numpy(problem.values["x"]),
        torch.from_numpy(problem.values["labels"]).reshape(T * B),
    )
    states = [torch.from_numpy(problem.values[f"{state}0"])[None] for state in STATES[problem.cell]]
    initial = tuple(states) if len(states) > 1 else states[0]

    def call() -> Any:
        out, _ = layer(x, initial)
        loss = torch.nn.functional.cross_entropy(readout(out).reshape(T * B, v), labels, reduction="sum")
        return loss, torch.autograd.grad(loss, list(given))

    def named(found: Any) -> tuple[float, dict[str, Array]]:
        loss, (of_x, of_h, bias, of_h_bias, weights, out_bias) = found
        gradients = (
            unstacked(problem, "W", of_x) | unstacked(problem, "U", of_h) | unstacked(problem, "b", bias)
        )
        gradients |= {READOUT[problem.cell][0]: weights.numpy(), READOUT[problem.cell][1]: out_bias.numpy()}
        return loss.item(), gradients | ({"b_u": of_h_bias[2 * n :].numpy()} if problem.cell == "gru" else {})

    return Run(call, named)

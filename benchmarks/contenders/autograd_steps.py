"""HIPS autograd, gate by gate and step by step, as its own LSTM example is written."""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from autograd import value_and_grad
from problem import GATES, READOUT, Problem, Run

Parameters = dict[str, Any]


def sigmoid(a: Any) -> Any:
    return 0.5 * (np.tanh(a / 2) + 1)


def rnn(p: Parameters, x: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
    (h,) = states
    return (np.tanh(np.dot(h, p["W"].T) + np.dot(x, p["U"].T) + p["b"]),)


def gru(p: Parameters, x: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
    (h,) = states
    z, r = (sigmoid(np.dot(x, p[f"W_{k}"].T) + np.dot(h, p[f"U_{k}"].T) + p[f"b_{k}"]) for k in "zr")
    g = np.tanh(np.dot(x, p["W_h"].T) + p["b_h"] + r * (np.dot(h, p["U_h"].T) + p["b_u"]))
    return ((1 - z) * g + z * h,)


def lstm(p: Parameters, x: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
    h, c = states
    f, i, o, g = (np.dot(x, p[f"W_{k}"].T) + np.dot(h, p[f"U_{k}"].T) + p[f"b_{k}"] for k in GATES["lstm"])
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


STEPS = {"rnn": rnn, "gru": gru, "lstm": lstm}


def prepare(problem: Problem) -> Run:
    values, step, y = problem.values, STEPS[problem.cell], problem.one_hot
    weights, bias = READOUT[problem.cell]
    initial = tuple(values[name] for name in ("h0", "c0") if name in values)

    def loss(p: Parameters) -> Any:
        states, total = initial, 0.0
        for t in range(problem.sizes.T):
            states = step(p, values["x"][t], states)
            out = np.dot(states[0], p[weights].T) + p[bias]
            out = out - np.max(out, axis=1, keepdims=True)
            total = total + np.sum(y[t] * (np.log(np.sum(np.exp(out), axis=1, keepdims=True)) - out))
        return total

    with_gradient, parameters = value_and_grad(loss), problem.parameters
    return Run(lambda: with_gradient(parameters), lambda found: (float(found[0]), found[1]))

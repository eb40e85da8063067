"""CasADi at the small sizes: the unrolled graph of scalars, differentiated in reverse, called with NumPy arrays."""

from __future__ import annotations

from typing import Any

import casadi
import numpy as np
from problem import GATES, READOUT, Problem, Run

MOST_SCALARS = 5_000  # states over all steps and sequences: more take minutes to build


def sigmoid(a: Any) -> Any:
    return 1 / (1 + casadi.exp(-a))


def rnn(p: dict[str, Any], x: Any, states: list[Any]) -> list[Any]:
    return [casadi.tanh(p["W"] @ states[0] + p["U"] @ x + p["b"])]


def gru(p: dict[str, Any], x: Any, states: list[Any]) -> list[Any]:
    (h,) = states
    z, r = (sigmoid(p[f"W_{k}"] @ x + p[f"U_{k}"] @ h + p[f"b_{k}"]) for k in "zr")
    g = casadi.tanh(p["W_h"] @ x + p["b_h"] + r * (p["U_h"] @ h + p["b_u"]))
    return [(1 - z) * g + z * h]


def lstm(p: dict[str, Any], x: Any, states: list[Any]) -> list[Any]:
    h, c = states
    f, i, o, g = (p[f"W_{k}"] @ x + p[f"U_{k}"] @ h + p[f"b_{k}"] for k in GATES["lstm"])
    c = sigmoid(f) * c + sigmoid(i) * casadi.tanh(g)
    return [sigmoid(o) * casadi.tanh(c), c]


STEPS = {"rnn": rnn, "gru": gru, "lstm": lstm}


def prepare(problem: Problem) -> Run | None:
    """None where the graph is too large to build, where there are several sequences, or in single precision."""
    T, n, m, v, B = problem.sizes
    if T * n * n > MOST_SCALARS or B > 1 or problem.dtype != np.float64:
        return None
    values, (weights, bias) = problem.values, READOUT[problem.cell]
    p = {name: casadi.SX.sym(name, *array.shape) for name, array in problem.parameters.items()}
    x, y = casadi.SX.sym("x", m, T), casadi.SX.sym("y", v, T)
    initial = [casadi.SX.sym(name, n) for name in ("h0", "c0") if name in values]
    states, loss = initial, 0
    for t in range(T):
        states = STEPS[problem.cell](p, x[:, t], states)
        out = p[weights] @ states[0] + p[bias]
        out -= casadi.mmax(out)
        loss += casadi.log(casadi.sum1(casadi.exp(out))) - casadi.dot(y[:, t], out)
    gradients = [casadi.gradient(loss, parameter) for parameter in p.values()]
    function = casadi.Function("gradients", [x, y, *initial, *p.values()], [loss, *gradients])
    given = [values["x"][:, 0].T, problem.one_hot[:, 0].T]
    given += [values[name][0] for name in ("h0", "c0") if name in values]
    given += [values[name] for name in p]

    def named(found: Any) -> tuple[float, dict[str, Any]]:
        arrays = (np.asarray(g).reshape(values[name].shape) for name, g in zip(p, found[1:], strict=True))
        return float(found[0]), dict(zip(p, arrays, strict=True))

    return Run(lambda: function(*given), named)

"""The loop that everyone writes first: step by step, gate by gate, all gradients added up as the loop goes."""

from __future__ import annotations

from typing import Any

import numpy as np
from problem import GATES, READOUT, Array, Problem, Run, Values

Caches = list[dict[str, Array]]
Gradients = dict[str, Array]


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def rnn_step(p: Values, x: Array, s: dict[str, Array]) -> dict[str, Array]:
    return {"h": np.tanh(x @ p["U"].T + s["h"] @ p["W"].T + p["b"])}


def rnn_back(p: Values, x: Array, old: Values, new: Values, d: Gradients, grads: Gradients) -> Gradients:
    d_a = d["h"] * (1 - new["h"] ** 2)
    grads["U"] += d_a.T @ x
    grads["W"] += d_a.T @ old["h"]
    grads["b"] += d_a.sum(axis=0)
    return {"h": d_a @ p["W"]}


def gru_step(p: Values, x: Array, s: dict[str, Array]) -> dict[str, Array]:
    z = sigmoid(x @ p["W_z"].T + s["h"] @ p["U_z"].T + p["b_z"])
    r = sigmoid(x @ p["W_r"].T + s["h"] @ p["U_r"].T + p["b_r"])
    q = s["h"] @ p["U_h"].T + p["b_u"]
    g = np.tanh(x @ p["W_h"].T + p["b_h"] + r * q)
    return {"z": z, "r": r, "q": q, "g": g, "h": (1 - z) * g + z * s["h"]}


def gru_back(p: Values, x: Array, old: Values, new: Values, d: Gradients, grads: Gradients) -> Gradients:
    z, r, q, g = new["z"], new["r"], new["q"], new["g"]
    d_h = d["h"]
    d_g = d_h * (1 - z) * (1 - g**2)
    d_z = d_h * (old["h"] - g) * z * (1 - z)
    d_r = d_g * q * r * (1 - r)
    d_q = d_g * r
    below = d_h * z
    for gate, d_x, d_state in (("z", d_z, d_z), ("r", d_r, d_r), ("h", d_g, d_q)):
        grads[f"W_{gate}"] += d_x.T @ x
        grads[f"b_{gate}"] += d_x.sum(axis=0)
        grads[f"U_{gate}"] += d_state.T @ old["h"]
        below = below + d_state @ p[f"U_{gate}"]
    grads["b_u"] += d_q.sum(axis=0)
    return {"h": below}


def lstm_step(p: Values, x: Array, s: dict[str, Array]) -> dict[str, Array]:
    a = {k: x @ p[f"W_{k}"].T + s["h"] @ p[f"U_{k}"].T + p[f"b_{k}"] for k in GATES["lstm"]}
    f, i, o, g = sigmoid(a["f"]), sigmoid(a["i"]), sigmoid(a["o"]), np.tanh(a["g"])
    c = f * s["c"] + i * g
    return {"f": f, "i": i, "o": o, "g": g, "c": c, "h": o * np.tanh(c)}


def lstm_back(p: Values, x: Array, old: Values, new: Values, d: Gradients, grads: Gradients) -> Gradients:
    f, i, o, g, tanh_c = new["f"], new["i"], new["o"], new["g"], np.tanh(new["c"])
    d_c = d["c"] + d["h"] * o * (1 - tanh_c**2)
    d_a = {
        "f": d_c * old["c"] * f * (1 - f),
        "i": d_c * g * i * (1 - i),
        "o": d["h"] * tanh_c * o * (1 - o),
        "g": d_c * i * (1 - g**2),
    }
    d_h = np.zeros_like(d["h"])
    for gate, d_gate in d_a.items():
        grads[f"W_{gate}"] += d_gate.T @ x
        grads[f"U_{gate}"] += d_gate.T @ old["h"]
        grads[f"b_{gate}"] += d_gate.sum(axis=0)
        d_h += d_gate @ p[f"U_{gate}"]
    return {"h": d_h, "c": d_c * f}


STEPS = {"rnn": (rnn_step, rnn_back), "gru": (gru_step, gru_back), "lstm": (lstm_step, lstm_back)}


def prepare(problem: Problem) -> Run:
    values, (step, back) = problem.values, STEPS[problem.cell]
    (weights, bias), rows = READOUT[problem.cell], np.arange(problem.sizes.B)
    initial = {name: values[f"{name}0"] for name in ("h", "c") if f"{name}0" in values}
    x, labels = values["x"], values["labels"]

    def call() -> Any:
        states: Caches = [initial]
        outs, loss = [], 0.0
        for t in range(problem.sizes.T):
            states.append(step(values, x[t], states[-1]))
            out = states[-1]["h"] @ values[weights].T + values[bias]
            e = np.exp(out - out.max(axis=1, keepdims=True))
            outs.append(e / e.sum(axis=1, keepdims=True))
            loss -= np.log(outs[-1][rows, labels[t]]).sum()
        grads = {name: np.zeros_like(array) for name, array in problem.parameters.items()}
        d = {name: np.zeros_like(array) for name, array in initial.items()}
        for t in reversed(range(problem.sizes.T)):
            d_out = outs[t].copy()
            d_out[rows, labels[t]] -= 1
            grads[weights] += d_out.T @ states[t + 1]["h"]
            grads[bias] += d_out.sum(axis=0)
            d["h"] = d["h"] + d_out @ values[weights]
            d = back(values, x[t], states[t], states[t + 1], d, grads)
        return loss, grads

    return Run(call, lambda found: (float(found[0]), found[1]))

"""JAX: jit of value_and_grad of lax.scan, with what the inputs give computed for all steps outside the scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from problem import GATES, READOUT, Problem, Run

jax.config.update("jax_enable_x64", True)


def fused(p: dict[str, Any], kind: str, gates: tuple[str, ...]) -> Any:
    return jnp.concatenate([p[f"{kind}_{gate}"].T for gate in gates], axis=-1)


def rnn(p: dict[str, Any], x: Any) -> tuple[Any, Callable[..., Any]]:
    W = p["W"].T

    def step(states: Any, given: Any) -> Any:
        h = jnp.tanh(states[0] @ W + given)
        return (h,), h

    return x @ p["U"].T + p["b"], step


def gru(p: dict[str, Any], x: Any) -> tuple[Any, Callable[..., Any]]:
    gates = GATES["gru"]
    U, n = fused(p, "U", gates), p["b_u"].shape[0]

    def step(states: Any, given: Any) -> Any:
        (h,) = states
        a = h @ U
        z, r = jnp.split(jax.nn.sigmoid(a[:, : 2 * n] + given[:, : 2 * n]), 2, axis=1)
        g = jnp.tanh(given[:, 2 * n :] + r * (a[:, 2 * n :] + p["b_u"]))
        new = (1 - z) * g + z * h
        return (new,), new

    return x @ fused(p, "W", gates) + fused(p, "b", gates), step


def lstm(p: dict[str, Any], x: Any) -> tuple[Any, Callable[..., Any]]:
    gates = GATES["lstm"]
    U, n = fused(p, "U", gates), p["b_f"].shape[0]

    def step(states: Any, given: Any) -> Any:
        h, c = states
        a = h @ U + given
        f, i, o = jnp.split(jax.nn.sigmoid(a[:, : 3 * n]), 3, axis=1)
        c = f * c + i * jnp.tanh(a[:, 3 * n :])
        h = o * jnp.tanh(c)
        return (h, c), h

    return x @ fused(p, "W", gates) + fused(p, "b", gates), step


STEPS = {"rnn": rnn, "gru": gru, "lstm": lstm}


def prepare(problem: Problem) -> Run:
    weights, bias = READOUT[problem.cell]
    labels = jnp.asarray(problem.values["labels"])[:, :, None]
    x = jnp.asarray(problem.values["x"])
    initial = tuple(jnp.asarray(problem.values[name]) for name in ("h0", "c0") if name in problem.values)
    parameters = {name: jnp.asarray(array) for name, array in problem.parameters.items()}

    def loss(p: dict[str, Any], x: Any) -> Any:
        given, step = STEPS[problem.cell](p, x)
        _, h = jax.lax.scan(step, initial, given)
        logarithms = jax.nn.log_softmax(h @ p[weights].T + p[bias])
        return -jnp.take_along_axis(logarithms, labels, axis=2).sum()

    compiled = jax.jit(jax.value_and_grad(loss))

    def named(found: Any) -> tuple[float, dict[str, Any]]:
        return float(found[0]), {name: np.asarray(array) for name, array in found[1].items()}

    return Run(lambda: jax.block_until_ready(compiled(parameters, x)), named)

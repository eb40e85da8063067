"""The hand-tuned LSTM where arithmetic and memory cost more than calls.

What x gives to the gates is computed for many steps at once, as far as the cache holds it.  Operands of matrix
products are rows without gaps, what is elementwise is in blocks (gates, B, n); the change from one to the other is
part of a tanh or of a multiplication.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from problem import Array, Problem, Run, joined, parted

from contenders.tuned_lstm import BIAS, U, W, forward_loop, local_factors
from contenders.tuned_parts import chunk_length, chunks, halves_of_sigmoids, in_blocks, packing, unjoined
from contenders.tuned_readout import blocked_readout


def backward_loop(
    problem: Problem, d_H: Array, D: Array, states: tuple[Array, Array, Array]
) -> Callable[[Array], None]:
    """dL/d(gates) of all steps to D (T, B, 4 n). ``d_H`` is dL/dh through the outputs."""
    T, n, B = problem.sizes.T, problem.sizes.n, problem.sizes.B
    most = chunk_length(problem, 20)
    J = np.empty((most, 6, B, n), D.dtype)
    factors, blocks = local_factors(*states, J), in_blocks(D, 4, n)
    d_h, d_c, carry = (np.empty((B, n), D.dtype) for _ in range(3))
    views = [(d_H[t], blocks[t, 0], blocks[t, 1:], D[t]) for t in range(T)]
    J_views = [(j[0], j[1], j[2:5], j[5]) for j in J]

    def run(U_back: Array) -> None:
        dot, add, multiply = np.dot, np.add, np.multiply
        carry.fill(0)
        d_later = None
        for start, stop in reversed(chunks(T, most)):
            factors(start, stop)
            for (J_c, J_o, J_rest, f), (d_out, d_o, d_rest, d_gates) in zip(
                J_views[stop - start - 1 :: -1], views[start:stop][::-1], strict=True
            ):
                if d_later is None:
                    np.copyto(d_h, d_out)
                else:
                    dot(d_later, U_back, d_h)
                    add(d_h, d_out, d_h)
                multiply(d_h, J_o, d_o)
                multiply(d_h, J_c, d_c)
                add(d_c, carry, d_c)
                multiply(d_c, J_rest, d_rest)
                multiply(d_c, f, carry)
                d_later = d_gates

    return run


def large(problem: Problem) -> Run:
    """A run with buffers for the problem's sizes."""
    T, n, m, _, B = problem.sizes
    v, dtype = problem.values, problem.dtype
    W_h, W_x, bias = joined(v, U), joined(v, W), joined(v, BIAS)
    pack = packing(problem, parted(W_h, U) | parted(W_x, W) | parted(bias, BIAS))
    scale, most = halves_of_sigmoids(4 * n, 3 * n, dtype), chunk_length(problem, 8)
    scaled_h, scaled_x, scaled_bias = np.empty_like(W_h), np.empty_like(W_x), np.empty_like(bias)
    U_back = np.empty((4 * n, n), dtype)
    H, K, TC = np.empty((T + 1, B, n), dtype), np.empty((T + 1, 5, B, n), dtype), np.empty((T, B, n), dtype)
    A = np.empty((most, B, 4 * n), dtype)
    x = v["x"].reshape(T * B, m)
    D, d_H, ones = np.empty((T, B, 4 * n), dtype), np.empty((T, B, n), dtype), np.ones(T * B, dtype)
    D_rows, before, d_H_rows = (
        D.reshape(T * B, 4 * n),
        H[:T].reshape(T * B, n),
        d_H.reshape(T * B, n),
    )
    gradient = np.empty((n + 1 + m, 4 * n), dtype)
    forward = forward_loop(problem, [A[t % most] for t in range(T)], np.empty((B, 4 * n), dtype), K, TC, H)
    readout, backward = blocked_readout(problem, H[1:]), backward_loop(problem, d_H, D, (K, TC, H))

    def call() -> Any:
        np.copyto(H[0], v["h0"])
        np.copyto(K[0, 4], v["c0"])
        np.copyto(U_back, W_h.T)
        for given, half in ((W_h, scaled_h), (W_x, scaled_x), (bias, scaled_bias)):
            np.multiply(given, scale, half)
        for start, stop in chunks(T, most):
            rows = A[: stop - start].reshape(-1, 4 * n)
            np.dot(x[start * B : stop * B], scaled_x, rows)
            np.add(rows, scaled_bias, rows)
            forward(scaled_h, start, stop, True)
        loss, d_readout = readout(d_H_rows)
        backward(U_back)
        np.dot(before.T, D_rows, gradient[:n])
        np.dot(ones, D_rows, gradient[n])
        np.dot(x.T, D_rows, gradient[n + 1 :])
        return loss, gradient, d_readout

    return Run(call, lambda found: unjoined(problem, found, (U, BIAS, W)), pack)

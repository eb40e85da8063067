"""The GRU with the reset gate after the product in NumPy as fast as a hand can write it (see tuned_lstm for the means).

With e = h' - g, h' the state before the step, h = g + z e; q = U_h h' + b_u.  All that a step gives back is dL/dh
times local factors J, in one multiplication.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from problem import Array, Problem, Run, parted

from contenders.tuned_parts import (
    HALF,
    ONE,
    chunk_length,
    chunks,
    gate_view,
    halves_of_sigmoids,
    in_blocks,
    packing,
    readout_named,
)
from contenders.tuned_readout import joined_readout, joined_weights

U, W, BIAS = ("U_z", "U_r", "U_h"), ("W_h", "W_z", "W_r"), ("b_h", "b_z", "b_r")


def local_factors(K: Array, J: Array) -> Callable[[int, int], None]:
    """J of the steps start..stop, blocks g, z, r, q, carry, from K, blocks z, r, q, g, e."""
    one = ONE[K.dtype]

    def run(start: int, stop: int) -> None:
        k, j = K[start:stop], J[: stop - start]
        z, r, q, g, e, sigmoids = k[:, 0], k[:, 1], k[:, 2], k[:, 3], k[:, 4], k[:, :2]
        J_g, J_z, J_r, J_q, J_zr = j[:, 0], j[:, 1], j[:, 2], j[:, 3], j[:, 1:3]
        np.multiply(g, g, J_g)
        np.subtract(one, J_g, J_g)
        np.multiply(J_g, z, J_q)
        np.subtract(J_g, J_q, J_g)
        np.multiply(sigmoids, sigmoids, J_zr)
        np.subtract(sigmoids, J_zr, J_zr)
        np.multiply(J_z, e, J_z)
        np.multiply(J_r, q, J_r)
        np.multiply(J_r, J_g, J_r)
        np.multiply(J_g, r, J_q)
        np.copyto(j[:, 4], z)

    return run


def backward_loop(problem: Problem, d_H: Array, D: Array, K: Array) -> Callable[[Array], None]:
    """dL/d(g, z, r, q) of all steps to D (T, B, 5 n), blocks as in J. ``d_H`` is dL/dh through the outputs."""
    T, n, B = problem.sizes.T, problem.sizes.n, problem.sizes.B
    most = chunk_length(problem, 16)
    J, d_h = np.empty((most, 5, B, n), D.dtype), np.empty((B, n), D.dtype)
    factors, blocks, J_views = local_factors(K, J), in_blocks(D, 5, n), list(J)
    views = [(D[t, :, n : 4 * n], d_H[t], blocks[t], blocks[t, 4]) for t in range(T)]

    def run(U_back: Array) -> None:
        dot, add, multiply = np.dot, np.add, np.multiply
        d_gates = carry = None
        for start, stop in reversed(chunks(T, most)):
            factors(start, stop)
            for j, view in zip(J_views[stop - start - 1 :: -1], views[start:stop][::-1], strict=True):
                if d_gates is None:
                    multiply(view[1], j, view[2])
                else:
                    dot(d_gates, U_back, d_h)
                    add(d_h, carry, d_h)
                    add(d_h, view[1], d_h)
                    multiply(d_h, j, view[2])
                d_gates, carry = view[0], view[3]

    return run


def small(problem: Problem) -> Run:
    """[h, 1, x] is one operand with columns z, r, q, g: one product a step; zeros where h or x do not enter."""
    T, n, m, _, B = problem.sizes
    v, dtype = problem.values, problem.dtype
    weights, out_weights = np.zeros((n + 1 + m, 4 * n), dtype), joined_weights(problem)
    of_h, of_x = weights[:n, : 3 * n], weights[n + 1 :]
    places = parted(of_h, U) | parted(of_x[:, : 2 * n], W[1:]) | {"W_h": of_x[:, 3 * n :].T}
    places |= parted(weights[n], ("b_z", "b_r", "b_u", "b_h")) | readout_named(problem, out_weights)
    pack = packing(problem, places)
    pack()
    U_back, scale, scaled = (
        weights[:n, : 3 * n].T,
        halves_of_sigmoids(4 * n, 2 * n, dtype),
        np.empty_like(weights),
    )
    Z, K = np.empty((T + 1, B, n + 1 + m), dtype), np.empty((T, 5, B, n), dtype)
    Z[:, :, n] = 1
    H, X, a = Z[:, :, :n], Z[:T, :, n + 1 :], np.empty((B, 4 * n), dtype)
    D, d_H, gradient = (
        np.empty((T, B, 5 * n), dtype),
        np.empty((T, B, n), dtype),
        np.empty(weights.shape, dtype),
    )
    D_rows, d_H_rows = D.reshape(T * B, 5 * n)[:, : 4 * n], d_H.reshape(T * B, n)
    Z_rows, half = Z[:T].reshape(T * B, n + 1 + m).T, HALF[dtype]
    readout, backward = (
        joined_readout(problem, Z[1:, :, : n + 1], out_weights),
        backward_loop(problem, d_H, D, K),
    )
    blocks = gate_view(a, 4, n)
    sigmoids_in, q, g_in = blocks[:2], blocks[2], blocks[3]
    q_all = [K[t, 2] for t in range(T)]
    steps = [(Z[t], H[t], K[t, :2], K[t, 0], K[t, 1], q_all[t], K[t, 3], K[t, 4], H[t + 1]) for t in range(T)]

    def call() -> Any:
        dot, add, multiply, subtract, tanh = np.dot, np.add, np.multiply, np.subtract, np.tanh
        np.copyto(X, v["x"])
        np.copyto(H[0], v["h0"])
        multiply(weights, scale, scaled)
        for x, h, sigmoids, z, r, q_kept, g, e, h_new in steps:
            dot(x, scaled, a)
            tanh(sigmoids_in, sigmoids)
            multiply(sigmoids, half, sigmoids)
            add(sigmoids, half, sigmoids)
            np.copyto(q_kept, q)
            multiply(r, q, g)
            add(g, g_in, g)
            tanh(g, g)
            subtract(h, g, e)
            multiply(z, e, h_new)
            add(g, h_new, h_new)
        loss, d_readout = readout(d_H_rows)
        backward(U_back)
        np.dot(Z_rows, D_rows, gradient)
        return loss, gradient, d_readout

    return Run(call, lambda found: named_small(problem, found), pack)


def named_small(problem: Problem, found: Any) -> tuple[float, dict[str, Array]]:
    """The columns of the gradient are g, z, r, q."""
    loss, gradient, d_readout = found
    n = problem.sizes.n
    biases = parted(gradient[n], ("b_h", "b_z", "b_r", "b_u"))
    named = parted(gradient[:n, n:], U) | parted(gradient[n + 1 :, : 3 * n], W) | biases
    return float(loss), named | readout_named(problem, d_readout)

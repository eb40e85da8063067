"""The LSTM in NumPy as fast as a hand can write it: shared views, no allocation, no call that can be saved.

A step's gates are blocks of one array in the order o, i, f, g, followed by the cell state before the step, so that
(i, f) * (g, c) is one multiplication.  sigmoid(a) = (1 + tanh(a/2)) / 2 makes one tanh serve all gates.  In the
backward pass everything that does not depend on the recursion is computed for many steps at once:
dL/d(o~, i~, f~, g~) are dL/dh and dL/dc times local factors J.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from problem import Array, Problem, Run, joined

from contenders.tuned_parts import (
    HALF,
    chunk_length,
    chunks,
    gate_view,
    halves_of_sigmoids,
    in_blocks,
    packing,
    unjoined,
)
from contenders.tuned_readout import joined_readout, joined_weights

GATES = ("o", "i", "f", "g")
U, W, BIAS = (tuple(f"{kind}_{gate}" for gate in GATES) for kind in "UWb")


def local_factors(K: Array, TC: Array, H: Array, J: Array) -> Callable[[int, int], None]:
    """J of the steps start..stop, blocks dc, o, i, f, g, carry: dc and o multiply dL/dh, the rest dL/dc."""

    def run(start: int, stop: int) -> None:
        k, j = K[start:stop], J[: stop - start]
        o, f, g, i_f, g_c = k[:, 0], k[:, 2], k[:, 3], k[:, 1:3], k[:, 3:5]
        J_c, J_o, J_if, J_g = j[:, 0], j[:, 1], j[:, 2:4], j[:, 4]
        h, tanh_c = H[start + 1 : stop + 1], TC[start:stop]
        np.multiply(h, tanh_c, J_c)
        np.subtract(o, J_c, J_c)
        np.multiply(h, o, J_o)
        np.subtract(h, J_o, J_o)
        np.multiply(i_f, i_f, J_if)
        np.subtract(i_f, J_if, J_if)
        np.multiply(J_if, g_c, J_if)
        np.multiply(g, g, J_g)
        np.multiply(J_g, k[:, 1], J_g)
        np.subtract(k[:, 1], J_g, J_g)
        np.copyto(j[:, 5], f)

    return run


def forward_loop(
    problem: Problem, source: list[Any], a: Array, K: Array, TC: Array, H: Array
) -> Callable[..., None]:
    """The steps from..to. ``source`` are the operands [h, 1, x] of the joined weights, or what x gives to the gates."""
    n, B = problem.sizes.n, problem.sizes.B
    a_blocks, P, half = gate_view(a, 4, n), np.empty((2, B, n), a.dtype), HALF[a.dtype]
    P0, P1 = P
    views = [
        (source[t], H[t], K[t, :4], K[t, :3], K[t, 1:3], K[t, 3:5], K[t, 0], K[t + 1, 4], TC[t], H[t + 1])
        for t in range(problem.sizes.T)
    ]

    def run(weights: Array, start: int, stop: int, hoisted: bool) -> None:
        dot, add, multiply, tanh = np.dot, np.add, np.multiply, np.tanh
        for x, h, gates, sigmoids, i_f, g_c, o, c, tanh_c, h_new in views[start:stop]:
            if hoisted:
                dot(h, weights, a)
                add(a, x, a)
                tanh(a_blocks, gates)
            else:
                dot(x, weights, a)
                tanh(a_blocks, gates)
            multiply(sigmoids, half, sigmoids)
            add(sigmoids, half, sigmoids)
            multiply(i_f, g_c, P)
            add(P0, P1, c)
            tanh(c, tanh_c)
            multiply(o, tanh_c, h_new)

    return run


def backward_loop(
    problem: Problem, d_H: Array, D: Array, states: tuple[Array, Array, Array]
) -> Callable[[Array], None]:
    """dL/d(gates) of all steps to D (T, B, 6 n), blocks as in J. ``d_H`` is dL/dh through the outputs."""
    T, n, B = problem.sizes.T, problem.sizes.n, problem.sizes.B
    most = chunk_length(problem, 20)
    J = np.empty((most, 6, B, n), D.dtype)
    factors = local_factors(*states, J)
    d_h, d_c = np.empty((B, n), D.dtype), np.empty((B, n), D.dtype)
    blocks = in_blocks(D, 6, n)
    views = [
        (D[t, :, n : 5 * n], d_H[t], blocks[t, :2], blocks[t, 0], blocks[t, 5], blocks[t, 2:])
        for t in range(T)
    ]
    J_views = [(j[:2], j[2:]) for j in J]

    def run(U_back: Array) -> None:
        dot, add, multiply = np.dot, np.add, np.multiply
        d_gates = carry = None
        for start, stop in reversed(chunks(T, most)):
            factors(start, stop)
            for j, view in zip(J_views[stop - start - 1 :: -1], views[start:stop][::-1], strict=True):
                of_h, of_c = j
                _, d_out, to_h, through_h, _, to_c = view
                if d_gates is None:
                    multiply(d_out, of_h, to_h)
                    multiply(through_h, of_c, to_c)
                else:
                    dot(d_gates, U_back, d_h)
                    add(d_h, d_out, d_h)
                    multiply(d_h, of_h, to_h)
                    add(through_h, carry, d_c)
                    multiply(d_c, of_c, to_c)
                d_gates, carry = view[0], view[4]

    return run


def small(problem: Problem) -> Run:
    """[h, 1, x] is one operand: one product a step, one for all weight gradients."""
    T, n, m, _, B = problem.sizes
    v, dtype = problem.values, problem.dtype
    weights = np.concatenate([joined(v, U), joined(v, BIAS)[None], joined(v, W)])
    out_weights = joined_weights(problem)
    pack = packing(problem, unjoined(problem, (0, weights, out_weights), (U, BIAS, W))[1])
    U_back, scale, scaled = weights[:n].T, halves_of_sigmoids(4 * n, 3 * n, dtype), np.empty_like(weights)
    Z, K, TC = (
        np.empty((T + 1, B, n + 1 + m), dtype),
        np.empty((T + 1, 5, B, n), dtype),
        np.empty((T, B, n), dtype),
    )
    Z[:, :, n] = 1
    H, X = Z[:, :, :n], Z[:T, :, n + 1 :]
    D, d_H, gradient = np.empty((T, B, 6 * n), dtype), np.empty((T, B, n), dtype), np.empty_like(weights)
    D_rows, Z_rows = D.reshape(T * B, 6 * n)[:, n : 5 * n], Z[:T].reshape(T * B, n + 1 + m).T
    d_H_rows = d_H.reshape(T * B, n)
    forward = forward_loop(problem, list(Z[:T]), np.empty((B, 4 * n), dtype), K, TC, H)
    readout = joined_readout(problem, Z[1:, :, : n + 1], out_weights)
    backward = backward_loop(problem, d_H, D, (K, TC, H))

    def call() -> Any:
        np.copyto(X, v["x"])
        np.copyto(H[0], v["h0"])
        np.copyto(K[0, 4], v["c0"])
        np.multiply(weights, scale, scaled)
        forward(scaled, 0, T, False)
        loss, d_readout = readout(d_H_rows)
        backward(U_back)
        np.dot(Z_rows, D_rows, gradient)
        return loss, gradient, d_readout

    return Run(call, lambda found: unjoined(problem, found, (U, BIAS, W)), pack)

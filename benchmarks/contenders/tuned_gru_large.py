"""The hand-tuned GRU where arithmetic and memory cost more than calls (see tuned_lstm_large for the means)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from problem import Array, Problem, Run, joined, parted

from contenders.tuned_gru import U, W, local_factors
from contenders.tuned_parts import (
    HALF,
    chunk_length,
    chunks,
    gate_view,
    halves_of_sigmoids,
    in_blocks,
    packing,
    readout_named,
)
from contenders.tuned_readout import blocked_readout

BIASES = ("b_h", "b_z", "b_r", "b_u")
OF_X = ("W_z", "W_r", "W_h")


def backward_loop(problem: Problem, d_H: Array, D: Array, K: Array) -> Callable[[Array], None]:
    """dL/d(g, z, r, q) of all steps to D (T, B, 4 n). ``d_H`` is dL/dh through the outputs."""
    T, n, B = problem.sizes.T, problem.sizes.n, problem.sizes.B
    most = chunk_length(problem, 16)
    J, d_h, carry = np.empty((most, 5, B, n), D.dtype), np.empty((B, n), D.dtype), np.empty((B, n), D.dtype)
    factors, blocks, J_views = local_factors(K, J), in_blocks(D, 4, n), [(j[:4], j[4]) for j in J]
    views = [(d_H[t], blocks[t], D[t, :, n:]) for t in range(T)]

    def run(U_back: Array) -> None:
        dot, add, multiply = np.dot, np.add, np.multiply
        d_later = None
        for start, stop in reversed(chunks(T, most)):
            factors(start, stop)
            for (j, z), (d_out, d_all, d_gates) in zip(
                J_views[stop - start - 1 :: -1], views[start:stop][::-1], strict=True
            ):
                if d_later is None:
                    np.copyto(d_h, d_out)
                else:
                    dot(d_later, U_back, d_h)
                    add(d_h, carry, d_h)
                    add(d_h, d_out, d_h)
                multiply(d_h, j, d_all)
                multiply(d_h, z, carry)
                d_later = d_gates

    return run


def forward_loop(problem: Problem, A: Array, H: Array, K: Array) -> Callable[[Array, int, int], None]:
    """The steps start..stop; A (most, B, 3 n) is what x gives to z, r and g in them."""
    n, B, dtype = problem.sizes.n, problem.sizes.B, problem.dtype
    a, half, b_u, most = np.empty((B, 3 * n), dtype), HALF[dtype], problem.values["b_u"], len(A)
    sigmoids_in, blocks = a[:, : 2 * n], gate_view(a, 3, n)
    views = [
        (H[t], A[t % most][:, : 2 * n], A[t % most][:, 2 * n :], K[t, :2], *K[t], H[t + 1])
        for t in range(problem.sizes.T)
    ]

    def run(weights: Array, start: int, stop: int) -> None:
        dot, add, multiply, subtract, tanh = np.dot, np.add, np.multiply, np.subtract, np.tanh
        for h, x_sigmoids, x_g, sigmoids, z, r, q, g, e, h_new in views[start:stop]:
            dot(h, weights, a)
            add(sigmoids_in, x_sigmoids, sigmoids_in)
            tanh(blocks[:2], sigmoids)
            multiply(sigmoids, half, sigmoids)
            add(sigmoids, half, sigmoids)
            add(blocks[2], b_u, q)
            multiply(r, q, g)
            add(g, x_g, g)
            tanh(g, g)
            subtract(h, g, e)
            multiply(z, e, h_new)
            add(g, h_new, h_new)

    return run


def large(problem: Problem) -> Run:
    """A run with buffers for the problem's sizes."""
    T, n, m, _, B = problem.sizes
    v, dtype = problem.values, problem.dtype
    given = (joined(v, U), joined(v, OF_X), joined(v, ("b_z", "b_r", "b_h")))
    scale, most, U_back = (
        halves_of_sigmoids(3 * n, 2 * n, dtype),
        chunk_length(problem, 8),
        np.empty((3 * n, n), dtype),
    )
    halved = tuple(np.empty_like(array) for array in given)
    of_h, of_x, bias = halved
    H, K, A = np.empty((T + 1, B, n), dtype), np.empty((T, 5, B, n), dtype), np.empty((most, B, 3 * n), dtype)
    D, d_H, ones = np.empty((T, B, 4 * n), dtype), np.empty((T, B, n), dtype), np.ones(T * B, dtype)
    D_rows, before, d_H_rows = D.reshape(T * B, 4 * n), H[:T].reshape(T * B, n), d_H.reshape(T * B, n)
    d_U, d_W, d_b = (np.empty(shape, dtype) for shape in ((n, 3 * n), (m, 3 * n), 4 * n))
    x = v["x"].reshape(T * B, m)
    forward, readout = forward_loop(problem, A, H, K), blocked_readout(problem, H[1:])
    backward = backward_loop(problem, d_H, D, K)

    def call() -> Any:
        np.copyto(H[0], v["h0"])
        np.copyto(U_back, given[0].T)
        for array, half in zip(given, halved, strict=True):
            np.multiply(array, scale, half)
        for start, stop in chunks(T, most):
            rows = A[: stop - start].reshape(-1, 3 * n)
            np.dot(x[start * B : stop * B], of_x, rows)
            np.add(rows, bias, rows)
            forward(of_h, start, stop)
        loss, d_readout = readout(d_H_rows)
        backward(U_back)
        np.dot(before.T, D_rows[:, n:], d_U)
        np.dot(x.T, D_rows[:, : 3 * n], d_W)
        np.dot(ones, D_rows, d_b)
        return loss, d_U, d_W, d_b, d_readout

    def named(found: Any) -> tuple[float, dict[str, Array]]:
        loss, of_h, of_x, of_one, d_readout = found
        gradients = parted(of_h, U) | parted(of_x, W) | parted(of_one, BIASES)
        return float(loss), gradients | readout_named(problem, d_readout)

    places = parted(given[0], U) | parted(given[1], OF_X) | parted(given[2], ("b_z", "b_r", "b_h"))
    return Run(call, named, packing(problem, places))

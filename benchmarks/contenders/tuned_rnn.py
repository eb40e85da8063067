"""The plain recurrent network in NumPy as fast as a hand can write it (see tuned_lstm for the means)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from problem import Array, Problem, Run, joined

from contenders.tuned_parts import ONE, chunk_length, chunks, packing, unjoined
from contenders.tuned_readout import blocked_readout, joined_readout, joined_weights

NAMES = (("W",), ("b",), ("U",))


def backward_loop(problem: Problem, d_H: Array, D: Array, H: Array) -> Callable[[Array], None]:
    """dL/da of all steps to D (T, B, n), with 1 - h^2 for many steps at once."""
    T, n, B = problem.sizes.T, problem.sizes.n, problem.sizes.B
    most = chunk_length(problem, 4)
    J, d_h, one = np.empty((most, B, n), D.dtype), np.empty((B, n), D.dtype), ONE[D.dtype]
    J_views, views = list(J), list(zip(D, d_H, strict=True))

    def run(W_back: Array) -> None:
        dot, add, multiply = np.dot, np.add, np.multiply
        d_later = None
        for start, stop in reversed(chunks(T, most)):
            h, j = H[start + 1 : stop + 1], J[: stop - start]
            multiply(h, h, j)
            np.subtract(one, j, j)
            for factor, (d_a, d_out) in zip(
                J_views[stop - start - 1 :: -1], views[start:stop][::-1], strict=True
            ):
                if d_later is None:
                    multiply(d_out, factor, d_a)
                else:
                    dot(d_later, W_back, d_h)
                    add(d_h, d_out, d_h)
                    multiply(d_h, factor, d_a)
                d_later = d_a

    return run


def small(problem: Problem) -> Run:
    """[h, 1, x] is one operand: one product a step, one for all weight gradients."""
    T, n, m, _, B = problem.sizes
    v, dtype = problem.values, problem.dtype
    weights = np.concatenate([joined(v, ("W",)), v["b"][None], joined(v, ("U",))])
    out_weights = joined_weights(problem)
    pack = packing(problem, unjoined(problem, (0, weights, out_weights), NAMES)[1])
    Z = np.empty((T + 1, B, n + 1 + m), dtype)
    Z[:, :, n] = 1
    H, X, W_back = Z[:, :, :n], Z[:T, :, n + 1 :], weights[:n].T
    a, D, d_H = np.empty((B, n), dtype), np.empty((T, B, n), dtype), np.empty((T, B, n), dtype)
    D_rows, d_H_rows, Z_rows = D.reshape(T * B, n), d_H.reshape(T * B, n), Z[:T].reshape(T * B, n + 1 + m).T
    steps, gradient = list(zip(Z[:T], H[1:], strict=True)), np.empty(weights.shape, dtype)
    readout, backward = (
        joined_readout(problem, Z[1:, :, : n + 1], out_weights),
        backward_loop(problem, d_H, D, H),
    )

    def call() -> Any:
        dot, tanh = np.dot, np.tanh
        np.copyto(X, v["x"])
        np.copyto(H[0], v["h0"])
        for z, h in steps:
            dot(z, weights, a)
            tanh(a, h)
        loss, d_readout = readout(d_H_rows)
        backward(W_back)
        np.dot(Z_rows, D_rows, gradient)
        return loss, gradient, d_readout

    return Run(call, lambda found: unjoined(problem, found, NAMES), pack)


def large(problem: Problem) -> Run:
    """What x gives is computed for many steps at once, as far as the cache holds it."""
    T, n, m, _, B = problem.sizes
    v, dtype = problem.values, problem.dtype
    W_h, W_x, bias = joined(v, ("W",)), joined(v, ("U",)), v["b"]
    W_back, most, x = np.empty_like(W_h), chunk_length(problem, 4), v["x"].reshape(T * B, m)
    H, A, a = np.empty((T + 1, B, n), dtype), np.empty((most, B, n), dtype), np.empty((B, n), dtype)
    D, d_H, ones = np.empty((T, B, n), dtype), np.empty((T, B, n), dtype), np.ones(T * B, dtype)
    D_rows, d_H_rows, before = D.reshape(T * B, n), d_H.reshape(T * B, n), H[:T].reshape(T * B, n)
    steps, gradient = list(pairwise(H)), np.empty((n + 1 + m, n), dtype)
    readout, backward = blocked_readout(problem, H[1:]), backward_loop(problem, d_H, D, H)
    of_x = list(A)

    def call() -> Any:
        dot, add, tanh = np.dot, np.add, np.tanh
        np.copyto(H[0], v["h0"])
        np.copyto(W_back, W_h.T)  # without gaps: a third faster in the loop
        for start, stop in chunks(T, most):
            rows = A[: stop - start].reshape(-1, n)
            dot(x[start * B : stop * B], W_x, rows)
            add(rows, bias, rows)
            for x_part, (h, h_new) in zip(of_x, steps[start:stop], strict=False):
                dot(h, W_h, a)
                add(a, x_part, a)
                tanh(a, h_new)
        loss, d_readout = readout(d_H_rows)
        backward(W_back)
        dot(before.T, D_rows, gradient[:n])
        dot(ones, D_rows, gradient[n])
        dot(x.T, D_rows, gradient[n + 1 :])
        return loss, gradient, d_readout

    return Run(
        call, lambda found: unjoined(problem, found, NAMES), packing(problem, {"W": W_h.T, "U": W_x.T})
    )

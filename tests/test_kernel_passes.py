"""Every pass leaves the result of a kernel as it is, and does what it is for."""

from __future__ import annotations

import re

import numpy as np
import pytest
from batches import EVERYTHING, random_values

import symrnn
from symrnn.cells import CELLS
from symrnn.kernels.build import Options, build
from symrnn.kernels.made import PASSES, emitted, passed, wanted
from symrnn.kernels.passes.algebra import mixed, stored
from symrnn.kernels.passes.common import common
from symrnn.kernels.passes.gates import one_tanh
from symrnn.kernels.passes.hoist import hoisted
from symrnn.kernels.passes.inline import inlined, summed
from symrnn.kernels.passes.logarithms import logarithms
from symrnn.kernels.passes.needed import needed
from symrnn.kernels.passes.parts import parts

OPTIONS = Options()


def built(cell, gradients=EVERYTHING, loss=None):
    d = symrnn.derive(cell, loss=loss)
    return build(d.model, d.recurrence, wanted(d.model, gradients), OPTIONS)


def text_of(system):
    return [f"{e.lhs} = {e.rhs}" for e in system]


def without(left_out):
    return [p for p in PASSES if p is not left_out]


@pytest.mark.parametrize("left_out", list(dict.fromkeys(PASSES)))
@pytest.mark.parametrize("cell", CELLS)
def test_a_pass_does_not_change_the_result(cell, left_out):
    system = built(cell)
    plain = emitted(passed(system, without(left_out)), "plain", OPTIONS)
    kernel = emitted(passed(system), "plain", OPTIONS)
    values = random_values(kernel)
    loss, gradients = kernel.value_and_grad(values)
    other, same = plain.value_and_grad(values)
    assert abs(loss - other) <= 1e-13 * abs(loss)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, same[name], rtol=1e-12, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("cell", CELLS)
def test_no_pass_at_all_gives_the_same_too(cell):
    system = built(cell)
    kernel = emitted(passed(system), "plain", OPTIONS)
    plain = emitted(needed(system), "plain", OPTIONS)
    values = random_values(kernel)
    (loss, gradients), (other, same) = kernel.value_and_grad(values), plain.value_and_grad(values)
    assert abs(loss - other) <= 1e-13 * abs(loss)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, same[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_what_nobody_reads_is_left_out():
    before = text_of(built("rnn", ["W"]))
    after = text_of(needed(built("rnn", ["W"])))
    assert any(line.startswith("dL_dx[t] = ") for line in before)
    assert not any(re.match(r"dL_d(x|U|V|yhat|ell)\b", line) for line in after)
    assert any(line.startswith("dL_dW = ") for line in after)


def test_what_the_recurrence_does_not_change_is_hoisted():
    system = hoisted(needed(built("rnn", "parameters")))
    lines = text_of(system)
    assert "given_a[t] = b + U @ x[t]" in lines
    assert "a[t] = given_a[t] + W @ h[t-1]" in lines
    turning = {str(e.lhs) for e in system if e.lhs.base in system.recurrent}
    assert turning == {"a[t]", "h[t]", "dL_dh[t]", "dL_da[t]", "future_h[t]"}


def test_factors_known_before_the_loop_are_put_together():
    lines = text_of(hoisted(inlined(needed(built("lstm", "parameters")))))
    assert "slope_dL_da_g[t] = (1 - g[t]**2) * i[t]" in lines
    assert "dL_da_g[t] = slope_dL_da_g[t] * dL_dc[t]" in lines


def test_a_mixture_of_two_states_is_one_of_them_and_a_part_of_the_difference():
    before, after = needed(built("gru", "parameters")), mixed(needed(built("gru", "parameters")))
    assert "h[t] = (1 - z[t]) * h[t-1] + z[t] * g[t]" in text_of(before)
    assert "h[t] = h[t-1] + z[t] * (g[t] - h[t-1])" in text_of(after)
    lines = text_of(common(inlined(after)))
    assert not any(
        "by_g_h" in line for line in lines
    )  # the backward pass takes it again: that needs no memory
    assert sum("g[t] - h[t-1]" in line for line in lines) == 2


def test_products_that_the_forward_pass_stores_are_read():
    lines = text_of(stored(inlined(common(needed(built("lstm", "parameters"))))))
    assert "dL_da_o[t] = (1 - o[t]) * dL_dh[t] * h[t]" in lines
    assert "dL_dc[t] = future_c[t+1] + (o[t] - tanh_c[t] * h[t]) * dL_dh[t]" in lines


def test_multiples_of_multiples_are_multiples_of_one_derivative():
    before = [p for p in PASSES if p not in (logarithms, one_tanh)]
    lines = text_of(passed(built("gru-reset-after", "parameters"), before))
    assert "d_gzr[t] = slope_gzr[t] * [dL_dh[t], dL_dh[t], dL_dh[t], dL_dh[t]]" in lines


def test_a_joined_weight_is_split_into_what_the_loop_changes_and_what_not():
    lines = text_of(parts(needed(built("rnn-stacked", "parameters"))))
    assert "a[t] = W_a.T[0:n].T @ h[t-1] + W_a.T[n:m+n].T @ x[t] + b" in lines


def test_tanh_of_the_cell_is_computed_once():
    lines = text_of(common(needed(built("lstm", "parameters"))))
    assert sum("tanh(c[t])" in line for line in lines) == 1
    assert sum("tanh(c[t])" in line for line in text_of(needed(built("lstm", "parameters")))) == 3


def test_gates_stand_so_that_equal_activations_and_equal_factors_are_neighbours():
    before = [p for p in PASSES if p not in (logarithms, one_tanh)]
    lines = text_of(passed(built("lstm", "parameters"), before))
    assert "W_ofig = [W_o, W_f, W_i, W_g]" in lines
    assert "ofi[t] = sigmoid(a_ofig[t][0:3 * n])" in lines
    assert "dL_da_fig[t] = slope_dL_da_fig[t] * [dL_dc[t], dL_dc[t], dL_dc[t]]" in lines
    assert "dL_dU_ofig = sum_t(dL_da_ofig[t] @ h[t-1].T)" in lines


def test_gates_with_two_operands_share_the_neighbours_they_have_in_common():
    before = [p for p in PASSES if p not in (logarithms, one_tanh)]
    lines = text_of(passed(built("gru-reset-after", "parameters"), before))
    assert "W_hzr = [W_h, W_z, W_r]" in lines
    assert "U_zrh = [U_z, U_r, U_h]" in lines


def test_one_product_a_step_is_left_of_a_gated_cell():
    source = emitted(passed(built("lstm", "parameters")), "plain", OPTIONS).source
    loops = re.findall(r"^ {8}for .* in steps:\n((?: {12}.*\n)+)", source, re.M)
    assert [body.count(".dot(") for body in loops[:2]] == [1, 1]


def test_logarithms_come_from_logits():
    before, after = built("rnn"), logarithms(needed(built("rnn")))
    assert "log(yhat[t])" in "\n".join(text_of(before))
    assert "LogSoftmax" in "\n".join(type(x).__name__ for e in after for x in _nodes(e.rhs))


def _nodes(node):
    yield node
    for operand in node.operands:
        yield from _nodes(operand)


def test_a_product_that_is_one_term_is_added_to_where_it_stands():
    joined = passed(built("lstm", "parameters"), PASSES[: PASSES.index(summed)])
    assert "a_ofig[t] = given_a_ofig[t] + U_ofig @ h[t-1]" in text_of(summed(joined))
    assert "a_ofig[t] = given_a_ofig[t] + h_U_ofig[t]" in text_of(joined)


def test_one_tanh_serves_all_gates():
    lines = text_of(passed(built("lstm", "parameters"), without(logarithms)))
    assert "tanh_a_ofig[t] = tanh(a_ofig[t])" in lines
    assert "half_U_ofig = [U_o / 2, U_f / 2, U_i / 2, U_g]" in lines
    assert not any("sigmoid" in line for line in lines)
    assert any("sigmoid" in line for line in text_of(needed(built("lstm", "parameters"))))


def test_gates_that_no_product_reads_are_kept_one_after_another():
    source = symrnn.derive("lstm").kernel().source
    assert "tanh_a_ofig = np.empty((T, 4, batch, n), dtype)" in source
    assert "tanh_a_ofig[start:stop][:, 0]" in source
    assert "dL_da_ofig = np.empty((T, batch, 4*n), dtype)" in source  # the operand of a product


def test_what_arrives_from_the_step_after_is_added_to_where_it_is_unless_what_leaves_needs_the_sum():
    assert "add(given_dL_dh_t, future_h, future_h)" in symrnn.derive("rnn").kernel().source
    assert "add(given_dL_dh_t, future_h, dh)" in symrnn.derive("gru-reset-after").kernel().source

"""What a kernel does with what it is given: classes, where parameters are put, arrays that serve twice."""

from __future__ import annotations

import numpy as np
import pytest
from batches import EVERYTHING, assert_agree, random_values

import symrnn
from symrnn.errors import SymrnnError

CLASSES = np.array([[0, 1, 3], [2, 2, 0], [1, 0, 3], [3, 3, 1]])
KERNEL = symrnn.derive("gru").kernel()


@pytest.mark.parametrize("kind", ["int8", "uint8", "int64", "uint64"])
def test_classes_may_be_whole_numbers_of_any_type(kind):
    values = random_values(KERNEL)
    expectation = KERNEL.value_and_grad(values | {"y": np.eye(4)[CLASSES]})
    assert_agree(KERNEL.value_and_grad(values | {"y": CLASSES.astype(kind)}), expectation, 1e-14)
    wrong = CLASSES.astype(kind)
    wrong[3, 0] = np.iinfo(kind).max
    with pytest.raises(ValueError, match="y has the class"):
        KERNEL.value_and_grad(values | {"y": wrong})


@pytest.mark.parametrize("steps", [1, 12, 40])  # few classes are compared by Python, many by NumPy
def test_a_class_that_is_none_is_named(steps):
    values = random_values(KERNEL) | {"x": np.ones((steps, 3, 2))}
    for wrong in (-1, 4):
        y = np.zeros((steps, 3), int)
        y[-1, -1] = wrong
        with pytest.raises(ValueError, match=f"y has the class {wrong}: give whole numbers in 0..3"):
            KERNEL.value_and_grad(values | {"y": y})


@pytest.mark.parametrize(
    "cell", ["lstm", "teacher-forced", "many-to-one", "encoder-decoder", "bidirectional"]
)
@pytest.mark.parametrize("padded", [False, True])
def test_classes_give_what_their_distributions_give(cell, padded):
    kernel = symrnn.derive(cell).kernel(EVERYTHING, padded=padded)
    values = random_values(kernel)
    if padded:
        values |= {"lengths": np.array([4, 1, 3]), "lengths_u": np.array([2, 3, 1])}
    classes = np.random.default_rng(0).integers(0, 4, values["y"].shape[:-1])
    dense = kernel.value_and_grad(values | {"y": np.eye(4)[classes]})
    assert_agree(kernel.value_and_grad(values | {"y": classes}), dense, 1e-13)


def test_targets_of_every_step_are_not_written_out_but_those_that_are_inputs_too():
    assert "PICKED = ('y',)" in symrnn.derive("lstm").kernel().source
    assert "PICKED = ()" in symrnn.derive("teacher-forced").kernel().source


def test_parameters_are_put_above_one_another_where_they_come_in():
    source = symrnn.derive("lstm").kernel().source
    assert "'places': [half_W_ofig[0:n], half_W_ofig[n:2*n], " in source
    assert "multiply(U_ofig.T, factors, half_U_ofig_turned)" in source
    assert "np.concatenate([W" not in source


def test_logits_probabilities_and_their_derivative_are_one_array():
    source = symrnn.derive("lstm").kernel().source
    assert "cross_entropy_into(a_y_rows, y, a_y_rows, room)" in source
    assert "less_target(a_y, y, a_y)" in source


@pytest.mark.parametrize(("cell", "padded"), [("lstm", False), ("gru", True), ("encoder-decoder", False)])
def test_held_values_are_read_as_they_are_changed_in_place(cell, padded):
    kernel = symrnn.derive(cell).kernel(EVERYTHING, padded=padded)
    lengths = {"lengths": np.array([4, 1, 3])} if padded else {}
    values, others = (random_values(kernel, seed=seed) | lengths for seed in (0, 1))
    arrays, call = kernel.held(values)
    assert set(arrays) == set(values)
    loss, gradients = first = call()
    kept = {name: gradient.copy() for name, gradient in gradients.items()}
    assert_agree(first, kernel.value_and_grad(values), 0)
    for name, array in arrays.items():
        assert not np.shares_memory(array, values[name])
        array[...] = others[name]
    assert_agree(call(), kernel.value_and_grad(others), 0)
    assert_agree(call(), kernel.value_and_grad(others), 0)  # a call changes nothing of what it reads
    assert_agree((loss, gradients), (loss, kept), 0)  # nor what an earlier one gave
    assert_agree(kernel.value_and_grad(values), (loss, kept), 0)


def test_held_values_are_checked_when_they_are_given_and_classes_at_every_call():
    kernel = symrnn.derive("lstm").kernel()
    values = random_values(kernel) | {"y": np.zeros((4, 3), int)}
    with pytest.raises(ValueError, match="W_f has shape"):
        kernel.held(values | {"W_f": np.zeros((3, 7))})
    arrays, call = kernel.held(values)
    arrays["y"][1, 2] = 9
    with pytest.raises(ValueError, match="y has the class 9"):
        call()
    with pytest.raises(SymrnnError, match="this back-end holds no values"):
        symrnn.derive("lstm").kernel(backend="torch").held(values)


def test_values_of_another_type_or_size_after_one_another():
    kernel = symrnn.derive("lstm").kernel()
    values = random_values(kernel)
    first = kernel.value_and_grad(values)
    single = kernel.value_and_grad({name: array.astype("f4") for name, array in values.items()})
    assert_agree(single, first, 1e-5)
    kernel.value_and_grad(random_values(kernel, batch=1))
    lists = kernel.value_and_grad({name: array.tolist() for name, array in values.items()})
    assert_agree(lists, first, 0)
    broken = values | {"W_f": np.full((3, 2), np.inf)}
    with pytest.raises(ValueError, match=r"W_f, of shape \(3, 2\), is inf at \(0, 0\)"):
        kernel.value_and_grad(broken)
    assert_agree(kernel.value_and_grad(values), first, 0)


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("top", [0.0, 55.0, 57.0, 79.0, 81.0, 1e4])
def test_the_cross_entropy_is_the_same_whether_logits_are_shifted_or_not(top, dtype):
    module = symrnn.derive("rnn").kernel().module
    logits, y = np.array([[top, top - 1, -top], [-top, 0.5, 0.25]], dtype), np.array([1, 3])
    shifted = logits.astype(float) - np.array([[top], [max(0.5, -top)]])
    p = np.exp(shifted) / np.exp(shifted).sum(1, keepdims=True)
    expectation = np.log(np.exp(shifted).sum(1)).sum() - shifted[0, 1] - shifted[1, 0]
    loss = module.cross_entropy_into(logits, y, logits, module.room_for_sums(np.ones(2, dtype), 3))
    assert loss == pytest.approx(expectation, rel=1e-14 if dtype == "f8" else 1e-6)
    np.testing.assert_allclose(logits, p, rtol=1e-13 if dtype == "f8" else 1e-5, atol=1e-44)


def test_large_finite_values_are_no_infinity():
    kernel = symrnn.derive("lstm").kernel()
    values = random_values(kernel)
    values["b_f"][:] = 1e200  # whose square is infinite
    assert np.isfinite(kernel.value_and_grad(values)[0])

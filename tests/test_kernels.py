"""Kernels against the engine's own evaluation of every sequence, and against what they must refuse."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
import sympy
from batches import EVERYTHING, MODELS, STEPS, assert_agree, expected, one_sequence, random_values
from click.testing import CliRunner

import symrnn
from symrnn.cells import CELLS, brings_loss
from symrnn.cli import main
from symrnn.errors import SymrnnError
from symrnn.notation import NOTATIONS


def derived(cell, loss=None, counts=STEPS, **options):
    clocks = [str(clock) for clock in symrnn.derive(cell, loss=loss).steps]
    return symrnn.derive(cell, [counts[c] for c in clocks] or 1, loss=loss, **options)


@pytest.mark.parametrize(("cell", "loss"), MODELS)
def test_a_kernel_gives_what_evaluate_gives(cell, loss):
    d = derived(cell, loss)
    kernel = d.kernel(gradients=EVERYTHING)
    values = random_values(kernel)
    result = kernel.value_and_grad(values)
    assert_agree(result, expected([d] * 3, kernel, values, result[1]))


@pytest.mark.parametrize("cell", CELLS)
def test_sequences_of_different_lengths_each_count_their_own_steps(cell):
    loss = None if brings_loss(cell) else "cross-entropy"
    lengths = {"t": [4, 1, 3], "u": [2, 3, 1]}
    own = [derived(cell, loss, {c: n[b] for c, n in lengths.items()}) for b in range(3)]
    kernel = own[0].kernel(gradients=EVERYTHING, padded=True)
    values = random_values(kernel)
    clocks = [str(clock) for clock in own[0].steps]
    values |= {{"t": "lengths", "u": "lengths_u"}[c]: np.array(lengths[c]) for c in clocks}
    result = kernel.value_and_grad(values)
    assert_agree(result, expected(own, kernel, values, result[1]))


@pytest.mark.parametrize("reduction", ["mean", "weighted"])
@pytest.mark.parametrize("padded", [False, True])
def test_the_reductions_hold_for_every_sequence(reduction, padded):
    lengths = [4, 2, 3] if padded else [4, 4, 4]
    own = [symrnn.derive("lstm", n, reduction=reduction) for n in lengths]
    kernel = own[0].kernel(gradients=EVERYTHING, padded=padded)
    values = random_values(kernel) | ({"lengths": np.array(lengths)} if padded else {})
    result = kernel.value_and_grad(values)
    assert_agree(result, expected(own, kernel, values, result[1]))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "linear-attention"])
@pytest.mark.parametrize("stretch", [1, 2, 3])
def test_truncation_gives_the_gradient_of_stretches_that_begin_in_constant_states(cell, stretch):
    d = symrnn.derive(cell)
    kernel = d.kernel(truncate=stretch)
    values = random_values(kernel)
    state = {name: values[name] for name in kernel.shapes if name.endswith("[0]")}
    total, gradients = 0.0, {}
    for start in range(0, 4, stretch):
        part = {k: v[start : start + stretch] if k in "xy" else v for k, v in values.items()} | state
        here = symrnn.derive(cell, len(part["x"]))
        loss, found = expected([here] * 3, kernel, part, kernel.value_and_grad(part)[1])
        total += loss
        gradients = {name: gradients.get(name, 0) + g for name, g in found.items()}
        for x in part["x"]:
            _, state = kernel.step(values, state, {"x": x})
    assert_agree(kernel.value_and_grad(values), (total, gradients))
    whole = expected([symrnn.derive(cell, 4)] * 3, kernel, values, gradients)[1]
    assert any(np.abs(gradients[name] - g).max() > 1e-3 for name, g in whole.items())


def test_a_step_is_the_step_of_the_equations():
    d = symrnn.derive("lstm", 1)
    kernel = d.kernel()
    values = random_values(kernel, batch=1)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    a = {
        g: values[f"W_{g}"] @ values["x"][0, 0]
        + values[f"U_{g}"] @ values["h[0]"][0]
        + values[f"b_{g}"][:, 0]
        for g in "fiog"
    }
    c = sigmoid(a["f"]) * values["c[0]"][0] + sigmoid(a["i"]) * np.tanh(a["g"])
    found, state = kernel.step(
        values, {"h[0]": values["h[0]"], "c[0]": values["c[0]"]}, {"x": values["x"][0]}
    )
    np.testing.assert_allclose(found["c"][0], c, rtol=1e-14)
    np.testing.assert_allclose(state["h[0]"][0], sigmoid(a["o"]) * np.tanh(c), rtol=1e-14)
    assert found["yhat"].sum() == pytest.approx(1)


def test_a_cell_that_looks_ahead_has_no_step():
    with pytest.raises(SymrnnError, match="looks ahead"):
        symrnn.derive("bidirectional").kernel().step({}, {}, {})


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("cell", ["lstm", "gru-stacked", "encoder-decoder"])
def test_the_notation_changes_names_and_nothing_else(cell, notation):
    plain, other = symrnn.derive(cell).kernel(), symrnn.derive(cell).kernel(notation=notation)
    values = random_values(plain)
    loss, gradients = plain.value_and_grad(values)
    again, same = other.value_and_grad(values)
    assert loss == again
    assert all(np.array_equal(gradients[name], same[name]) for name in gradients)
    assert plain.shapes == other.shapes


def test_the_names_are_those_of_the_notation():
    source = symrnn.derive("lstm").kernel(notation="ng").source
    assert {"Gamma_f", "Gamma_u", "c_tilde", "W_fx", "dW_fa"} <= set(re.findall(r"\w+", source))


def test_a_module_stands_by_itself_and_imports_numpy_alone(tmp_path):
    path = tmp_path / "lstm_kernel.py"
    result = CliRunner().invoke(main, ["kernel", "--cell", "lstm", "-o", str(path)])
    assert result.exit_code == 0, result.output
    imported = set(re.findall(r"^(?:import|from) (\w+)", path.read_text(), re.M))
    assert imported == {"math", "collections", "operator", "typing", "numpy"}
    code = "import lstm_kernel, sys; sys.exit(any(m.startswith('symrnn') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0


def test_names_that_python_or_the_module_needs_are_not_taken():
    text = "x[t]: m\nh[t]: n\nh[t] = tanh(lambda @ h[t-1] + np @ x[t] + checked + values)"
    kernel = symrnn.derive(text.replace("lambda", "dtype")).kernel()
    values = random_values(kernel)
    d = symrnn.derive(text.replace("lambda", "dtype"), 4)
    result = kernel.value_and_grad(values)
    assert_agree(result, expected([d] * 3, kernel, values, result[1]))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_float32_goes_in_and_comes_out(cell):
    kernel = symrnn.derive(cell).kernel(gradients=EVERYTHING)
    values = random_values(kernel)
    loss, gradients = kernel.value_and_grad({k: v.astype(np.float32) for k, v in values.items()})
    assert {g.dtype for g in gradients.values()} == {np.dtype(np.float32)}
    exact = kernel.value_and_grad(values)
    assert_agree((loss, gradients), exact, 1e-5)


def test_classes_stand_for_one_hot_targets():
    kernel = symrnn.derive("gru").kernel()
    values = random_values(kernel)
    classes = np.array([[0, 1, 3], [2, 2, 0], [1, 0, 3], [3, 3, 1]])
    loss, gradients = kernel.value_and_grad(values | {"y": classes})
    assert_agree((loss, gradients), kernel.value_and_grad(values | {"y": np.eye(4)[classes]}), 0)


def test_gradients_by_name_and_unknown_ones():
    d = symrnn.derive("rnn")
    assert list(d.kernel(gradients=["W", "x", "h[0]"]).value_and_grad(random_values(d.kernel()))[1]) == [
        "W",
        "x",
        "h[0]",
    ]
    with pytest.raises(SymrnnError, match="no gradient of 'Q'\n  there are"):
        d.kernel(gradients=["Q"])
    with pytest.raises(SymrnnError, match="truncate is 0"):
        d.kernel(truncate=0)


KERNEL = symrnn.derive("rnn").kernel()
GOOD = random_values(KERNEL)
NAN = GOOD["x"].copy()
NAN[1, 2, 0] = np.nan
BAD = {
    "no dictionary": (lambda: [1], "values are list: give a dictionary"),
    "a missing one": (lambda: {k: v for k, v in GOOD.items() if k != "W"}, "no value for W: an array (n, n)"),
    "a wrong axis": (lambda: GOOD | {"x": GOOD["x"][0]}, "x has shape (3, 2), and is to be (T, batch, m)"),
    "a clash": (lambda: GOOD | {"U": np.ones((3, 7))}, "x has shape (4, 3, 2), and is to be (T, batch, m)"),
    "a square": (lambda: GOOD | {"W": np.ones((3, 2))}, "W has shape (3, 2), and is to be (n, n)"),
    "integers": (
        lambda: GOOD | {"x": np.ones((4, 3, 2), int)},
        "x is an array of int64: give float64 or float32",
    ),
    "text": (lambda: GOOD | {"W": "abc"}, "W is an array of <U3: give float64 or float32"),
    "half": (lambda: GOOD | {"W": GOOD["W"].astype(np.float16)}, "W is an array of float16"),
    "two types": (lambda: GOOD | {"x": GOOD["x"].astype("f4")}, "x is float32, b is float64: give one type"),
    "NaN": (lambda: GOOD | {"x": NAN}, "x, of shape (4, 3, 2), is nan at (1, 2, 0): give finite numbers"),
    "infinity": (lambda: GOOD | {"b": np.full((3, 1), -np.inf)}, "b, of shape (3, 1), is -inf at (0, 0)"),
    "no batch": (lambda: GOOD | {"x": np.ones((4, 0, 2)), "h[0]": np.ones((0, 3))}, "h[0] has shape (0, 3)"),
    "no steps": (lambda: GOOD | {"x": np.ones((0, 3, 2))}, "x has shape (0, 3, 2)"),
    "a class too high": (
        lambda: GOOD | {"y": np.full((4, 3), 4)},
        "y has the class 4: give whole numbers in 0..3",
    ),
    "a negative class": (lambda: GOOD | {"y": np.full((4, 3), -1)}, "y has the class -1"),
    "no distribution": (
        lambda: GOOD | {"y": 2 * GOOD["y"]},
        "y sums to 2 at (0, 0): its entries are to sum to one",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_values_are_named_with_their_shapes(case):
    values, message = BAD[case]
    with pytest.raises((ValueError, TypeError)) as error:
        KERNEL.value_and_grad(values())
    assert message in str(error.value)


@pytest.mark.parametrize("lengths", [[5, 1, 1], [0, 1, 1], [1.0, 1, 1], [1, 1]])
def test_lengths_beyond_the_steps_are_refused(lengths):
    kernel = symrnn.derive("rnn").kernel(padded=True)
    with pytest.raises(ValueError, match="lengths is"):
        kernel.value_and_grad(GOOD | {"lengths": np.array(lengths)})
    with pytest.raises(ValueError, match="no value for lengths"):
        kernel.value_and_grad(GOOD)


@pytest.mark.parametrize("cell", CELLS)
def test_values_are_left_alone_whatever_their_layout(cell):
    kernel = symrnn.derive(cell).kernel(gradients=EVERYTHING)
    values = random_values(kernel)
    strided = {}
    for name, array in values.items():
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]))
        wide[..., ::2] = array
        wide.flags.writeable = False
        strided[name] = wide[..., ::2]
    kept = {name: array.copy() for name, array in values.items()}
    loss, gradients = kernel.value_and_grad(strided)
    assert_agree((loss, gradients), kernel.value_and_grad(values), 1e-14)
    assert all(np.array_equal(values[name], kept[name]) for name in kept)
    for gradient in gradients.values():
        assert not any(np.shares_memory(gradient, array) for array in strided.values())


@pytest.mark.parametrize("loss", ["cross-entropy", "binary-cross-entropy", "nll"])
def test_logits_of_ten_thousand_give_the_right_loss(loss):
    d = symrnn.derive("rnn", 4, loss=loss)
    kernel = d.kernel()
    values = random_values(kernel)
    values["c"] = np.array([[1e4], [-1e4], [0.0], [0.0]])
    values["y"] = np.zeros((4, 3, 4))
    values["y"][..., 1] = 1
    found, gradients = kernel.value_and_grad(values)
    # at each of the 12 steps the class with the logit -1e4 is the right one, and that with 1e4 is not
    assert found == pytest.approx(12 * 2e4, rel=1e-3)
    assert all(np.isfinite(g).all() for g in gradients.values())
    np.testing.assert_allclose(gradients["c"][:2, 0], [12, -12], rtol=1e-12)


def test_saturated_gates_give_finite_gradients():
    kernel = symrnn.derive("lstm").kernel()
    values = random_values(kernel)
    for gate, bias in zip("fio", (1e4, -1e4, 1e4), strict=True):
        values[f"b_{gate}"][:] = bias
    loss, gradients = kernel.value_and_grad(values)
    assert np.isfinite(loss)
    assert all(np.isfinite(g).all() for g in gradients.values())
    assert not gradients["W_f"].any()


def test_one_sequence_needs_every_key():
    # The expectation above can fail: a missing key is an error of `evaluate`, not a zero.
    kernel = symrnn.derive("rnn", 4).kernel()
    values = one_sequence(kernel, random_values(kernel), STEPS, 0)
    values.pop("x[4]")
    with pytest.raises(SymrnnError, match="values are missing for x"):
        symrnn.derive("rnn", 4).evaluate(values)


@pytest.mark.parametrize("cell", CELLS)
def test_a_second_call_leaves_the_results_of_the_first_alone(cell):
    kernel = symrnn.derive(cell).kernel(gradients=EVERYTHING)
    loss, gradients = kernel.value_and_grad(random_values(kernel))
    kept = {name: g.copy() for name, g in gradients.items()}
    kernel.value_and_grad(random_values(kernel, seed=1))
    assert all(np.array_equal(gradients[name], kept[name]) for name in kept)
    again, same = kernel.value_and_grad(random_values(kernel))
    assert again == loss
    assert all(np.array_equal(same[name], kept[name]) for name in kept)
    kernel.value_and_grad(random_values(kernel, batch=1))


UNBATCHED = {
    "attention": (
        "x[t]: n\ns[u]: n\ns[u] = tanh(W @ s[u-1] + sum_t(dot(x[t], s[u-1]) * x[t]))\noutput: s[u]",
        "of two clocks",
    ),
}


@pytest.mark.parametrize("case", UNBATCHED)
def test_what_cannot_be_batched_is_refused_with_the_reason(case):
    text, message = UNBATCHED[case]
    with pytest.raises(SymrnnError, match=message):
        symrnn.derive(text).kernel()


def test_a_function_that_numpy_lacks_is_refused_by_name():
    text = "x[t]: m\nh[t]: n\nh[t] = phi(W @ h[t-1] + U @ x[t])\noutput: h[t]"
    with pytest.raises(SymrnnError, match="NumPy has no gamma"):
        symrnn.derive(text, functions={"phi": sympy.gamma}).kernel()


@pytest.mark.parametrize(
    "name", ["softplus", "gelu", "elu", "leaky_relu", "silu", "hard_sigmoid", "sin", "square", "abs"]
)
def test_every_activation_has_a_kernel(name):
    text = f"x[t]: m\nh[t]: n\nh[t] = {name}(W @ h[t-1] + U @ x[t] + b)"
    d = symrnn.derive(text, 4)
    kernel = d.kernel(EVERYTHING)
    values = random_values(kernel)
    result = kernel.value_and_grad(values)
    assert_agree(result, expected([d] * 3, kernel, values, result[1]))

"""Kernels for torch and jax against the NumPy kernel, and inside their frameworks' own differentiation."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from batches import EVERYTHING, MODELS, random_values
from click.testing import CliRunner

import symrnn
from symrnn.cells import CELLS, brings_loss
from symrnn.cli import main
from symrnn.errors import SymrnnError
from symrnn.kernels.backends import BACKENDS

OPTIONS = {"plain": {}, "padded": {"padded": True}, "truncated": {"truncate": 2}}
JITTED = [
    "rnn",
    "lstm",
    "gru",
    "gru-reset-after",
    "bidirectional",
    "two-lag",
    "encoder-decoder",
    "linear-attention",
]
LENGTHS = {"t": ("lengths", [4, 1, 3]), "u": ("lengths_u", [2, 3, 1])}


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="torch is not installed; CI installs it")


@pytest.fixture
def jax():
    found = pytest.importorskip("jax", reason="jax is not installed; CI installs it")
    found.config.update("jax_enable_x64", True)
    return found


def cases(cell, options):
    loss = None if brings_loss(cell) else "cross-entropy"
    d = symrnn.derive(cell, loss=loss)
    kernel = d.kernel(EVERYTHING, **options)
    values = random_values(kernel)
    if "padded" in options:
        values |= {LENGTHS[str(c)][0]: np.array(LENGTHS[str(c)][1]) for c in d.steps}
    return d, values, kernel.value_and_grad(values)


def assert_same(found, expectation, some=False):
    (loss, gradients), (total, wanted) = found, expectation
    assert float(loss) == pytest.approx(total, rel=1e-12)
    assert set(gradients) >= set(wanted) if some else set(gradients) == set(wanted)
    for name in wanted:
        gradient = gradients[name]
        np.testing.assert_allclose(np.asarray(gradient), wanted[name], rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_torch_gives_what_numpy_gives(cell, option, torch):
    d, values, expectation = cases(cell, OPTIONS[option])
    kernel = d.kernel(EVERYTHING, backend="torch", **OPTIONS[option])
    tensors = {name: torch.tensor(array) for name, array in values.items()}
    assert_same(kernel.value_and_grad(tensors), expectation)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "linear-attention", "many-to-one"])
def test_torch_finds_the_derived_backward_pass_right(cell, torch):
    d, values, _ = cases(cell, {})
    kernel = d.kernel(EVERYTHING, backend="torch")
    names = [name for name in kernel.shapes if name != "y"]
    target = {"y": torch.tensor(values["y"])}
    tensors = [torch.tensor(values[name], requires_grad=True) for name in names]
    loss = lambda *arrays: kernel.module.loss(dict(zip(names, arrays, strict=True)) | target)  # noqa: E731
    assert torch.autograd.gradcheck(loss, tensors)


def test_torch_fails_a_backward_pass_that_is_wrong(torch):
    d, values, _ = cases("rnn", {})
    kernel = d.kernel(EVERYTHING, backend="torch")
    right = kernel.module.backward
    kernel.module.backward = lambda v, tape: right(v, tape) | {"b": 2 * right(v, tape)["b"]}
    tensors = {name: torch.tensor(array) for name, array in values.items()}
    bias = torch.tensor(values["b"], requires_grad=True)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(lambda b: kernel.module.loss(tensors | {"b": b}), [bias])


def test_torch_trains_through_the_loss_of_a_kernel_and_what_stands_around_it(torch):
    d, values, (_, gradients) = cases("lstm", {})
    kernel = d.kernel(backend="torch")
    tensors = {name: torch.tensor(array) for name, array in values.items()}
    weight = tensors["U_f"].clone().requires_grad_()
    (3 * kernel.module.loss(tensors | {"U_f": weight})).backward()
    np.testing.assert_allclose(weight.grad, 3 * gradients["U_f"], rtol=1e-10)
    with pytest.raises(ValueError, match="without the gradient of x"):
        kernel.module.loss(tensors | {"x": tensors["x"].clone().requires_grad_()})
    with pytest.raises(ValueError, match=r"x has shape \(3, 2\), and is to be \(T, batch, m\)"):
        kernel.module.loss(tensors | {"x": tensors["x"][0]})


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("cell", JITTED)
def test_jax_gives_what_numpy_gives(cell, option, jax):
    d, values, expectation = cases(cell, OPTIONS[option])
    kernel = d.kernel(EVERYTHING, backend="jax", **OPTIONS[option])
    arrays = {name: jax.numpy.asarray(array) for name, array in values.items()}
    assert_same(kernel.value_and_grad(arrays), expectation)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_jax_differentiates_by_the_derived_backward_pass(cell, jax):
    d, values, (_, gradients) = cases(cell, {})
    kernel = d.kernel(EVERYTHING, backend="jax")
    arrays = {name: jax.numpy.asarray(array) for name, array in values.items()}
    found = jax.jit(jax.grad(lambda v: 3 * kernel.module.loss(v)))(arrays)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(found[name], 3 * gradient, rtol=1e-10, atol=1e-12)
    # and jax, differentiating the forward pass itself, agrees: an oracle that knows nothing of the derivation
    own = jax.grad(lambda v: kernel.module.forward(v)[0])(arrays)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(own[name], gradient, rtol=1e-8, atol=1e-10)
    with pytest.raises(ValueError, match=r"no value for \w+: an array"):
        kernel.value_and_grad({"x": arrays["x"]})


CLASSES = np.array([[0, 1, 3], [2, 2, 0], [1, 0, 3], [3, 3, 1]])


@pytest.mark.parametrize("loss", ["cross-entropy", "nll"])
@pytest.mark.parametrize("cell", ["lstm", "teacher-forced", "many-to-one"])
def test_torch_takes_classes_too(cell, loss, torch):
    d = symrnn.derive(cell, loss=loss)
    values = random_values(d.kernel())
    y = CLASSES[0] if values["y"].ndim == 2 else CLASSES
    expectation = d.kernel().value_and_grad(values | {"y": y})
    kernel = d.kernel(backend="torch")
    tensors = {name: torch.tensor(array) for name, array in (values | {"y": y}).items()}
    assert_same(kernel.value_and_grad(tensors), expectation)
    tensors["W_y" if "W_y" in tensors else "V"].requires_grad_()
    kernel.module.loss(tensors).backward()
    with pytest.raises(ValueError, match=r"classes 1\.\.4: give whole numbers in 0\.\.3"):
        kernel.module.loss(tensors | {"y": torch.tensor(y) + 1})


@pytest.mark.parametrize("loss", ["cross-entropy", "nll"])
@pytest.mark.parametrize("cell", ["lstm", "many-to-one"])
def test_jax_takes_classes_too_and_gives_nan_for_one_that_is_none(cell, loss, jax):
    d = symrnn.derive(cell, loss=loss)
    values = random_values(d.kernel())
    y = CLASSES[0] if values["y"].ndim == 2 else CLASSES
    expectation = d.kernel().value_and_grad(values | {"y": y})
    kernel = d.kernel(backend="jax")
    arrays = {name: jax.numpy.asarray(array) for name, array in (values | {"y": y}).items()}
    assert_same(kernel.value_and_grad(arrays), expectation)
    assert_same(
        (expectation[0], jax.grad(kernel.module.loss, allow_int=True)(arrays)), expectation, some=True
    )
    assert np.isnan(kernel.value_and_grad(arrays | {"y": arrays["y"] + 1})[0])


@pytest.mark.parametrize("backend", ["numba", "torch", "jax"])
@pytest.mark.parametrize(("cell", "loss"), MODELS)
def test_every_model_is_python_for_every_backend(cell, loss, backend):
    ast.parse(symrnn.derive(cell, loss=loss).kernel(backend=backend).source)


@pytest.fixture
def numba():
    return pytest.importorskip("numba", reason="numba is not installed; CI installs it")


def test_numba_gives_what_numpy_gives(numba):
    d = symrnn.derive("gru-reset-after")
    values = random_values(d.kernel())
    kernel = d.kernel(backend="numba")
    assert_same(kernel.value_and_grad(values), d.kernel().value_and_grad(values))
    labelled = values | {"y": CLASSES}
    assert_same(kernel.value_and_grad(labelled), d.kernel().value_and_grad(labelled))
    with pytest.raises(ValueError, match="y has the class 4"):
        kernel.value_and_grad(values | {"y": CLASSES + 1})


def test_auto_takes_the_compiled_kernel_for_small_sizes_alone(numba):
    d = symrnn.derive("rnn")
    kernel, plain = d.kernel(backend="auto"), d.kernel()
    called = []
    module = kernel.compiled.module
    right = module.value_and_grad
    module.value_and_grad = lambda values: called.append(True) or right(values)
    small, large = random_values(plain), random_values(plain, batch=100)
    assert_same(kernel.value_and_grad(small), plain.value_and_grad(small))
    assert len(called) == 1
    assert_same(kernel.value_and_grad(large), plain.value_and_grad(large))
    assert len(called) == 1
    with pytest.raises(TypeError, match="values are list"):
        kernel.value_and_grad([1])


@pytest.mark.parametrize(("cell", "loss"), [("linear-attention", None), ("many-to-one", "nll")])
def test_numba_has_what_it_lacks_of_numpy_from_functions_of_the_module(cell, loss, numba):
    d = symrnn.derive(cell, loss=loss)
    values = random_values(d.kernel())
    assert_same(
        d.kernel(EVERYTHING, backend="numba").value_and_grad(values),
        d.kernel(EVERYTHING).value_and_grad(values),
    )


def test_numba_refuses_lengths_and_truncation_and_auto_leaves_them_to_numpy():
    d = symrnn.derive("rnn")
    with pytest.raises(SymrnnError, match="has no lengths and no truncation"):
        d.kernel(backend="numba", padded=True)
    values = random_values(d.kernel())
    truncated = d.kernel(backend="auto", truncate=2).value_and_grad(values)
    assert_same(truncated, d.kernel(truncate=2).value_and_grad(values))


def test_backends_are_a_table_and_others_are_refused(tmp_path):
    assert list(BACKENDS) == ["numpy", "numba", "torch", "jax"]
    with pytest.raises(SymrnnError, match="no back-end 'mxnet'; there are numpy, numba, torch, jax"):
        symrnn.derive("rnn").kernel(backend="mxnet")
    path = tmp_path / "cell_jax.py"
    result = CliRunner().invoke(main, ["kernel", "--backend", "jax", "--cell", "gru", "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert "jax.custom_vjp" in path.read_text()

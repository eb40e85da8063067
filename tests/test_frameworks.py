"""Outputs and all gradients equal those of the frameworks' own definitions, from the frameworks' own arrays.

The definitions of ONNX and Keras are written out below from their documentation, and differentiated by autograd:

- ONNX operator specification, RNN, GRU and LSTM (version 22), https://onnx.ai/onnx/operators/
- Keras API documentation, keras.layers.SimpleRNN, GRU, LSTM, https://keras.io/api/layers/recurrent_layers/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

import symrnn
from symrnn.errors import SymrnnError
from symrnn.frameworks import CONVENTIONS, give_back, load

T, B, M, N, V = 4, 2, 3, 5, 6
DOCUMENT = Path(__file__).parent.parent / "docs" / "frameworks.md"
Arrays = dict[str, Any]


def sigmoid(a: Any) -> Any:
    return 1 / (1 + anp.exp(-a))


def onnx_rnn(p: Arrays, x: Any, s: tuple[Any, ...]) -> tuple[Any, ...]:
    W_b, R_b = anp.split(p["B"][0], 2)
    return (anp.tanh(x @ p["W"][0].T + s[0] @ p["R"][0].T + W_b + R_b),)


def onnx_gru(p: Arrays, x: Any, s: tuple[Any, ...], linear_before_reset: bool = False) -> tuple[Any, ...]:
    (h,) = s
    (W_z, W_r, W_h), (R_z, R_r, R_h) = anp.split(p["W"][0], 3), anp.split(p["R"][0], 3)
    Wb_z, Wb_r, Wb_h, Rb_z, Rb_r, Rb_h = anp.split(p["B"][0], 6)
    z = sigmoid(x @ W_z.T + h @ R_z.T + Wb_z + Rb_z)
    r = sigmoid(x @ W_r.T + h @ R_r.T + Wb_r + Rb_r)
    if linear_before_reset:
        candidate = anp.tanh(x @ W_h.T + r * (h @ R_h.T + Rb_h) + Wb_h)
    else:
        candidate = anp.tanh(x @ W_h.T + (r * h) @ R_h.T + Rb_h + Wb_h)
    return ((1 - z) * candidate + z * h,)


def onnx_gru_before(p: Arrays, x: Any, s: tuple[Any, ...]) -> tuple[Any, ...]:
    return onnx_gru(p, x, s, linear_before_reset=True)


def onnx_lstm(p: Arrays, x: Any, s: tuple[Any, ...]) -> tuple[Any, ...]:
    h, c = s
    W, R, b = anp.split(p["W"][0], 4), anp.split(p["R"][0], 4), anp.split(p["B"][0], 8)
    P_i, P_o, P_f = anp.split(p["P"][0], 3) if "P" in p else (0, 0, 0)
    i = sigmoid(x @ W[0].T + h @ R[0].T + P_i * c + b[0] + b[4])
    f = sigmoid(x @ W[2].T + h @ R[2].T + P_f * c + b[2] + b[6])
    c = f * c + i * anp.tanh(x @ W[3].T + h @ R[3].T + b[3] + b[7])
    o = sigmoid(x @ W[1].T + h @ R[1].T + P_o * c + b[1] + b[5])
    return o * anp.tanh(c), c


def keras_simple_rnn(p: Arrays, x: Any, s: tuple[Any, ...]) -> tuple[Any, ...]:
    return (anp.tanh(x @ p["kernel"] + p["bias"] + s[0] @ p["recurrent_kernel"]),)


def keras_lstm(p: Arrays, x: Any, s: tuple[Any, ...]) -> tuple[Any, ...]:
    h, c = s
    i, f, g, o = anp.split(x @ p["kernel"] + h @ p["recurrent_kernel"] + p["bias"], 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
    return sigmoid(o) * anp.tanh(c), c


def keras_gru(p: Arrays, x: Any, s: tuple[Any, ...]) -> tuple[Any, ...]:
    (h,) = s
    x_z, x_r, x_h = anp.split(x @ p["kernel"] + p["bias"][0], 3, axis=1)
    h_z, h_r, h_h = anp.split(h @ p["recurrent_kernel"] + p["bias"][1], 3, axis=1)
    z = sigmoid(x_z + h_z)
    return (z * h + (1 - z) * anp.tanh(x_h + sigmoid(x_r + h_r) * h_h),)


def keras_gru_before(p: Arrays, x: Any, s: tuple[Any, ...]) -> tuple[Any, ...]:
    (h,) = s
    x_z, x_r, x_h = anp.split(x @ p["kernel"] + p["bias"], 3, axis=1)
    of_z, of_r, of_h = anp.split(p["recurrent_kernel"], 3, axis=1)
    z, r = sigmoid(x_z + h @ of_z), sigmoid(x_r + h @ of_r)
    return (z * h + (1 - z) * anp.tanh(x_h + (r * h) @ of_h),)


def shapes(
    kernel: str, recurrent: str, *layout: tuple[int, ...], **more: tuple[int, ...]
) -> Mapping[str, Any]:
    return dict(zip((kernel, recurrent), layout, strict=True)) | more


def onnx_shapes(gates: int, **more: tuple[int, ...]) -> Mapping[str, Any]:
    return shapes("W", "R", (1, gates * N, M), (1, gates * N, N), B=(1, 2 * gates * N), **more)


def keras_shapes(gates: int, bias: tuple[int, ...]) -> Mapping[str, Any]:
    return shapes("kernel", "recurrent_kernel", (M, gates * N), (N, gates * N), bias=bias)


Step = Callable[[Arrays, Any, tuple[Any, ...]], tuple[Any, ...]]
DEFINITIONS: dict[str, tuple[Step, Mapping[str, Any]]] = {
    "onnx.RNN": (onnx_rnn, onnx_shapes(1)),
    "onnx.GRU": (onnx_gru, onnx_shapes(3)),
    "onnx.GRU, linear_before_reset=1": (onnx_gru_before, onnx_shapes(3)),
    "onnx.LSTM": (onnx_lstm, onnx_shapes(4)),
    "onnx.LSTM, peepholes": (onnx_lstm, onnx_shapes(4, P=(1, 3 * N))),
    "keras.layers.SimpleRNN": (keras_simple_rnn, keras_shapes(1, (N,))),
    "keras.layers.LSTM": (keras_lstm, keras_shapes(4, (4 * N,))),
    "keras.layers.GRU": (keras_gru, keras_shapes(3, (2, 3 * N))),
    "keras.layers.GRU, reset_after=False": (keras_gru_before, keras_shapes(3, (3 * N,))),
}


def random_arrays(wanted: Mapping[str, Any]) -> Arrays:
    rng = np.random.default_rng(1)
    return {name: rng.normal(size=shape) for name, shape in wanted.items()}


def around(layer: str) -> Arrays:
    """What is not the layer's: inputs, targets, initial states, and the readout."""
    rng = np.random.default_rng(2)
    states = ("h", "c") if "LSTM" in layer else ("h",)
    return {
        "x": rng.normal(size=(T, B, M)),
        "y": np.eye(V)[rng.integers(0, V, (T, B))],
        **{f"{state}0": rng.normal(size=(B, N)) for state in states},
        "weights": rng.normal(size=(V, N)),
        "bias": rng.normal(size=V),
    }


def ours(layer: str, arrays: Arrays, given: Arrays) -> tuple[float, dict[str, Any]]:
    """The loss, the gradients by the framework's names, and the outputs h of every step, by a kernel."""
    cell = CONVENTIONS[layer].cell
    kernel = symrnn.derive(cell).kernel(gradients=["parameters", "inputs", "initial states"])
    weights, bias = ("V", "c") if cell.startswith("rnn") else ("W_y", "b_y")
    initial = {f"{s}[0]": given[f"{s}0"] for s in "hc" if f"{s}0" in given}
    values = load(layer, arrays) | initial | {"x": given["x"], "y": given["y"]}
    values |= {weights: given["weights"], bias: given["bias"][:, None]}
    loss, gradients = kernel.value_and_grad(values)
    outputs, state = [], initial
    for x in given["x"]:
        computed, state = kernel.module.step(values, state, {"x": x})
        outputs.append(computed["h"])
    others = {
        "weights": gradients[weights],
        "bias of the readout": gradients[bias][:, 0],
        "x": gradients["x"],
    }
    others |= {f"{name[0]}0": gradients[name] for name in initial}
    return loss, give_back(layer, gradients) | others | {"outputs": np.array(outputs)}


def defined(layer: str, arrays: Arrays, given: Arrays) -> tuple[float, dict[str, Any]]:
    """The same by the definition, and autograd."""
    step = DEFINITIONS[layer][0]
    variables = {**arrays, "x": given["x"], "weights": given["weights"], "bias of the readout": given["bias"]}
    variables |= {name: given[name] for name in ("h0", "c0") if name in given}

    def outputs(p: Arrays) -> list[Any]:
        states, found = tuple(p[name] for name in ("h0", "c0") if name in p), []
        for t in range(T):
            states = step(p, p["x"][t], states)
            found.append(states[0])
        return found

    def loss(p: Arrays) -> Any:
        total = 0.0
        for h, y in zip(outputs(p), given["y"], strict=True):
            out = h @ p["weights"].T + p["bias of the readout"]
            total = total + anp.sum(anp.log(anp.sum(anp.exp(out), axis=1))) - anp.sum(y * out)
        return total

    value, gradients = value_and_grad(loss)(variables)
    return value, gradients | {"outputs": np.array(outputs(variables))}


def assert_equal(found: tuple[float, dict[str, Any]], expected: tuple[float, dict[str, Any]]) -> None:
    assert found[0] == pytest.approx(expected[0], rel=1e-12)
    assert set(found[1]) == set(expected[1])
    for name, gradient in expected[1].items():
        assert found[1][name].shape == gradient.shape, name
        error = np.abs(found[1][name] - gradient).max() / np.abs(gradient).max()
        assert error < 1e-12, f"{name}: {error}"


@pytest.mark.parametrize("layer", DEFINITIONS)
def test_a_layer_is_our_cell_from_its_own_arrays(layer):
    arrays, given = random_arrays(DEFINITIONS[layer][1]), around(layer)
    assert_equal(ours(layer, arrays, given), defined(layer, arrays, given))


@pytest.mark.parametrize("layer", [name for name in CONVENTIONS if name.startswith("torch")])
def test_a_layer_of_torch_is_our_cell(layer):
    torch = pytest.importorskip("torch", reason="torch is not installed; CI installs it")
    kind, _, nonlinearity = layer.removeprefix("torch.nn.").partition(", ")
    more = {"nonlinearity": nonlinearity} if nonlinearity else {}
    torch.manual_seed(3)
    module = getattr(torch.nn, kind)(M, N, dtype=torch.float64, **more)
    given = around(layer)
    tensors = {name: torch.tensor(array, requires_grad=name != "y") for name, array in given.items()}
    initial = tuple(tensors[name][None] for name in ("h0", "c0") if name in tensors)
    out, _ = module(tensors["x"], initial if kind == "LSTM" else initial[0])
    logits = out @ tensors["weights"].T + tensors["bias"]
    loss = -(tensors["y"] * torch.log_softmax(logits, -1)).sum()
    loss.backward()
    gradients = {name: parameter.grad.numpy() for name, parameter in module.named_parameters()}
    gradients |= {name: tensors[name].grad.numpy() for name in given if name not in ("y", "bias")}
    gradients |= {"bias of the readout": tensors["bias"].grad.numpy(), "outputs": out.detach().numpy()}
    assert_equal(ours(layer, module.state_dict(), given), (loss.item(), gradients))


def test_every_layer_has_a_definition_to_compare_with():
    assert set(CONVENTIONS) == set(DEFINITIONS) | {name for name in CONVENTIONS if name.startswith("torch")}


def test_the_document_names_every_layer_and_its_cell():
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    for layer, convention in CONVENTIONS.items():
        (row,) = [row for row in rows if f"`{layer}`" in row]
        assert f"`{convention.cell}`" in row
        assert all(f"`{stack.name}`" in row or "the same" in row for stack in convention.arrays)


@pytest.mark.parametrize("layer", CONVENTIONS)
def test_the_arrays_hold_every_parameter_of_the_cell(layer):
    stacked = {parameter for stack in CONVENTIONS[layer].arrays for parameter in stack.blocks}
    needs = symrnn.derive(CONVENTIONS[layer].cell, steps=1).needs()
    readout = {"V", "c"} if CONVENTIONS[layer].cell.startswith("rnn") else {"W_y", "b_y"}
    assert stacked == {name for name in needs if "[" not in name} - readout


def test_the_blocks_of_an_lstm_of_torch_in_numbers():
    arrays = {
        "weight_ih_l0": np.array([[1.0], [2], [3], [4]]),  # i, f, g, o
        "weight_hh_l0": np.array([[5.0], [6], [7], [8]]),
        "bias_ih_l0": np.array([10.0, 20, 30, 40]),
        "bias_hh_l0": np.array([1.0, 2, 3, 4]),
    }
    found = {name: value.item() for name, value in load("torch.nn.LSTM", arrays).items()}
    assert [found[f"W_{k}"] for k in "ifgo"] == [1, 2, 3, 4]
    assert [found[f"U_{k}"] for k in "ifgo"] == [5, 6, 7, 8]
    assert [found[f"b_{k}"] for k in "ifgo"] == [11, 22, 33, 44]
    back = give_back("torch.nn.LSTM", {name: np.array([[value]]) for name, value in found.items()})
    np.testing.assert_array_equal(back["bias_ih_l0"], [11, 22, 33, 44])
    np.testing.assert_array_equal(back["bias_hh_l0"], [11, 22, 33, 44])


def test_the_update_gate_of_onnx_is_one_minus_ours():
    arrays = {"W": np.arange(1.0, 4).reshape(1, 3, 1), "R": np.arange(4.0, 7).reshape(1, 3, 1)}
    found = {name: value.item() for name, value in load("onnx.GRU", arrays).items()}
    assert found == {
        "W_z": -1, "W_r": 2, "W_h": 3, "U_z": -4, "U_r": 5, "U_h": 6, "b_z": 0, "b_r": 0, "b_h": 0
    }  # fmt: skip


def test_single_precision_stays_single():
    arrays = {"kernel": np.ones((2, 3), "float32"), "recurrent_kernel": np.ones((3, 3), "float32")}
    assert {value.dtype for value in load("keras.layers.SimpleRNN", arrays).values()} == {np.dtype("float32")}


@pytest.mark.parametrize(
    ("layer", "change", "message"),
    [
        ("torch.nn.Linear", {}, "no layer 'torch.nn.Linear'; there are torch.nn.RNN; "),
        ("torch.nn.LSTM", {"weight_hr_l0": np.ones((2, 2))}, "torch.nn.LSTM has no array 'weight_hr_l0'"),
        ("torch.nn.LSTM", {"weight_ih_l0_reverse": np.ones(2)}, "has no array 'weight_ih_l0_reverse'; it has weight"),
        ("torch.nn.LSTM", {"weight_hh_l0": np.ones((8, 3))}, "of torch.nn.LSTM has 8 rows for n = 3; 4 blocks"),
        ("torch.nn.LSTM", {"weight_ih_l0": np.ones((6, 3))}, "has 6 rows for n = 2; 4 blocks have 8"),
        ("torch.nn.LSTM", {"bias_ih_l0": np.ones((8, 1))}, r"bias_ih_l0 has shape \(8, 1\), and is to have 1 axes"),
        ("torch.nn.LSTM", {"weight_hh_l0": None}, "needs the array weight_hh_l0; there are weight_ih_l0"),
        ("onnx.RNN", {"W": np.ones((2, 2, 3)), "R": np.ones((2, 2, 2))}, "the first of length 1"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_refused_by_name(layer, change, message):
    arrays = {"weight_ih_l0": np.ones((8, 3)), "weight_hh_l0": np.ones((8, 2))} if "torch" in layer else {}
    arrays = {name: array for name, array in {**arrays, **change}.items() if array is not None}
    with pytest.raises(SymrnnError, match=message):
        load(layer, arrays)


def test_a_gradient_that_is_missing_is_named():
    with pytest.raises(SymrnnError, match=r"onnx\.RNN needs the gradient of W; there are U"):
        give_back("onnx.RNN", {"U": np.ones((2, 3))})

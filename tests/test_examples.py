"""The character model: it learns as it does with torch from the same weights, and samples what it is made to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import symrnn
from symrnn.examples import characters
from symrnn.examples.characters import (
    ELEMENTS,
    LONGEST,
    Alphabet,
    initial_values,
    lines_of,
    sample,
    shuffled,
    states_of,
)
from symrnn.examples.training import OPTIMISERS, clipped, train
from symrnn.frameworks import load

NAMES = lines_of(ELEMENTS)
STEPS, UNITS = 100, 24
LAYERS = {"rnn": "RNN", "gru-reset-after": "GRU", "lstm": "LSTM"}


def torch_curve(
    torch: Any, module: Any, readout: Any, lines: list[str], optimiser: Any, clip: float
) -> list[float]:
    """The losses of STEPS steps by torch's layers, autograd and optimiser."""
    alphabet, losses = Alphabet.of(NAMES), []
    parameters = [*module.parameters(), *readout.parameters()]
    for line in lines:
        example = alphabet.example(line, "float64")
        out, _ = module(torch.from_numpy(example["x"]))
        target = torch.from_numpy(example["y"].argmax(-1)).reshape(-1)
        loss = torch.nn.functional.cross_entropy(readout(out).flatten(0, 1), target, reduction="sum")
        optimiser.zero_grad()
        loss.backward()
        losses.append(loss.item())
        norm = torch.sqrt(sum((p.grad**2).sum() for p in counted(module, readout)))
        for p in parameters:
            p.grad *= min(1.0, clip / norm)
        optimiser.step()
    return losses


def counted(module: Any, readout: Any) -> list[Any]:
    """The parameters without the second bias of each gate, which is the same parameter of the cell."""
    doubled = {"bias_hh_l0"} if module.mode != "GRU" else set()
    return [p for name, p in module.named_parameters() if name not in doubled] + list(readout.parameters())


def freeze_second_bias(torch: Any, module: Any) -> None:
    """Zero, and kept so: of b_ih + b_hh only the first learns, as the cells have one bias a gate."""
    bias = module.bias_hh_l0
    kept = 2 * UNITS if module.mode == "GRU" else len(bias)
    with torch.no_grad():
        bias[:kept] = 0

    def without(gradient: Any) -> Any:
        gradient = gradient.clone()
        gradient[:kept] = 0
        return gradient

    bias.register_hook(without)


@pytest.mark.parametrize(("name", "rate"), [("sgd", 0.02), ("adagrad", 0.05)])
@pytest.mark.parametrize("cell", LAYERS)
def test_the_loss_falls_as_with_torch(cell, name, rate):
    torch = pytest.importorskip("torch", reason="torch is not installed; CI installs it")
    alphabet, kernel = Alphabet.of(NAMES), symrnn.derive(cell).kernel()
    torch.manual_seed(0)
    module = getattr(torch.nn, LAYERS[cell])(alphabet.size, UNITS, dtype=torch.float64)
    readout = torch.nn.Linear(UNITS, alphabet.size, dtype=torch.float64)
    freeze_second_bias(torch, module)
    weights, bias = ("V", "c") if cell == "rnn" else ("W_y", "b_y")
    parameters = load(f"torch.nn.{LAYERS[cell]}", module.state_dict())
    parameters |= {weights: readout.weight.detach().numpy().copy()}
    parameters |= {bias: readout.bias.detach().numpy()[:, None].copy()}
    lines = list(shuffled(NAMES, STEPS, np.random.default_rng(1)))
    states = states_of(initial_values(kernel, UNITS, alphabet.size, np.random.default_rng(0), "float64"))
    examples = ({**states, **alphabet.example(line, "float64")} for line in lines)
    ours = list(train(kernel.value_and_grad, parameters, examples, OPTIMISERS[name](rate), clip=5.0))
    kind = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad}[name]
    everything = [*module.parameters(), *readout.parameters()]
    theirs = torch_curve(torch, module, readout, lines, kind(everything, lr=rate), 5.0)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-8)
    assert np.mean(ours[-20:]) < np.mean(ours[:20])


@pytest.mark.parametrize("cell", characters.CELLS)
def test_every_cell_learns(cell):
    alphabet, kernel = Alphabet.of(NAMES), symrnn.derive(cell).kernel()
    rng = np.random.default_rng(0)
    values = initial_values(kernel, 16, alphabet.size, rng, "float32")
    states = states_of(values)
    parameters = {name: array for name, array in values.items() if name not in states}
    examples = ({**states, **alphabet.example(line, "float32")} for line in shuffled(NAMES, 590, rng))
    losses = list(train(kernel.value_and_grad, parameters, examples, OPTIMISERS["adagrad"](0.1), 5.0))
    assert np.mean(losses[-118:]) < 0.85 * np.mean(losses[:118])
    assert {array.dtype for array in parameters.values()} == {np.dtype("float32")}


def test_tokens_for_the_start_and_the_end():
    alphabet = Alphabet.of(["ba", "c"])
    example = alphabet.example("ba", "float64")
    assert alphabet.characters == "abc"
    np.testing.assert_array_equal(example["x"].argmax(-1), [[3], [1], [0]])
    np.testing.assert_array_equal(example["y"].argmax(-1), [[1], [0], [4]])
    assert example["x"].shape == example["y"].shape == (3, 1, 5)


def test_a_gradient_beyond_the_norm_is_scaled_and_one_below_is_not():
    gradients = {"W": np.array([[3.0, 0.0]]), "b": np.array([[4.0]])}  # of norm 5
    halved = clipped(gradients, 2.5)
    np.testing.assert_allclose(halved["W"], [[1.5, 0]])
    np.testing.assert_allclose(halved["b"], [[2.0]])
    np.testing.assert_array_equal(clipped(gradients, 5.0)["W"], gradients["W"])


def test_two_steps_of_each_optimiser_in_numbers():
    for name, expected in [("sgd", 1 - 0.1 * 3 - 0.1 * 4), ("adagrad", 1 - 0.1 * 3 / 3 - 0.1 * 4 / 5)]:
        parameters, update = {"w": np.array([1.0])}, OPTIMISERS[name](0.1)
        update(parameters, {"w": np.array([3.0])})
        update(parameters, {"w": np.array([4.0])})
        np.testing.assert_allclose(parameters["w"], [expected])


@pytest.mark.parametrize(("wanted", "expected"), [("b", "b" * LONGEST), ("end", "")])
def test_a_model_that_gives_one_class_all_the_chances(wanted, expected):
    alphabet, kernel = Alphabet.of(["abc"]), symrnn.derive("lstm").kernel()
    values = initial_values(kernel, 4, alphabet.size, np.random.default_rng(0), "float64")
    values["b_y"][alphabet.end if wanted == "end" else alphabet.characters.index(wanted)] = 1e3
    assert sample(kernel, values, alphabet, np.random.default_rng(0)) == expected


def test_a_sample_remembers_what_was_drawn():
    # The state is one-hot of the last input, and the readout gives its successor: start, a, b, c, end.
    alphabet, kernel = Alphabet.of(["abc"]), symrnn.derive("rnn").kernel()
    v = alphabet.size
    successor = np.zeros((v, v))
    for before, after in [(alphabet.start, 0), (0, 1), (1, 2), (2, alphabet.end)]:
        successor[after, before] = 1e3
    values = {
        "W": np.zeros((v, v)),
        "U": np.eye(v),
        "b": np.zeros((v, 1)),
        "V": successor,
        "c": np.zeros((v, 1)),
    }
    assert sample(kernel, values | {"h[0]": np.zeros((1, v))}, alphabet, np.random.default_rng(0)) == "abc"


def test_the_command_trains_and_invents(tmp_path):
    arguments = ["--cell", "rnn", "--steps", "150", "--units", "8", "--samples", "3"]
    first, second = (CliRunner().invoke(characters.main, arguments) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.output == second.output
    *_, summary, blank, one, two, three = first.output.splitlines()
    assert "the mean over the text: from " in summary
    before, after = (float(part) for part in summary.rpartition("from ")[2].split(" to "))
    assert after < before
    assert blank == ""
    assert all(line.startswith("  ") for line in (one, two, three))
    text = tmp_path / "empty.txt"
    text.write_text("\n\n")
    refused = CliRunner().invoke(characters.main, ["--text", str(text)])
    assert refused.exit_code == 2
    assert "the text has no line that is not empty" in refused.output


def test_the_elements_are_all_there():
    assert len(NAMES) == len(set(NAMES)) == 118
    assert (NAMES[0], NAMES[25], NAMES[78], NAMES[117]) == ("hydrogen", "iron", "gold", "oganesson")

"""What is asked of the Python interface that cannot be had: a SymrnnError that says what to give."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import symrnn
from symrnn.cells import cell_source

CALL = "x[t]: m\nh[t]: n\nh[t] = f(W @ h[t-1] + U @ x[t])\n"
RNN = symrnn.derive("rnn", 2)
KERNEL = RNN.fixed_kernel()
VALUES = {key: np.full(shape, 1 / shape[0]) for key, shape in KERNEL.shapes.items()}

MISUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "values": (lambda: RNN.evaluate(3), "the values are 3\n  give a dictionary"),
    "a value": (lambda: RNN.evaluate({**VALUES, "W": "abc"}), "W is no array of real numbers"),
    "rows": (lambda: RNN.evaluate({**VALUES, "W": [[1], [2, 3]]}), "W is no array of real numbers"),
    "a complex value": (lambda: RNN.evaluate({**VALUES, "W": [[1j]]}), "W is no array of real numbers"),
    "a kernel's values": (lambda: KERNEL([1]), "the values are [1]\n  give a dictionary"),
    "a kernel's value": (lambda: KERNEL({**VALUES, "W": "abc"}), "W is no array of real numbers"),
    "directions": (lambda: RNN.hvp(VALUES, 3), "the directions are 3\n  give"),
    "a direction": (lambda: RNN.hvp(VALUES, {"Z": 1}), "no parameter 'Z'; there are b, W, U, c, V"),
    "a gradient": (
        lambda: RNN.gradients["Z"],
        "no gradient of 'Z'\n  there are b, W, U, c, V, x[1], x[2], h[0]",
    ),
    "a gradient's time": (lambda: RNN.gradients["x[3]"], "no gradient of 'x[3]'\n  did you mean x["),
    "an equation": (lambda: RNN.backward["dL_dZ"], "no equation 'dL_dZ'\n  did you mean dL_d"),
    "a form that is the measure": (lambda: RNN.prove_form("components"), "what the others are compared with"),
    "a loss": (lambda: symrnn.derive("rnn", loss=3), "no loss '3'\n  known are"),
    "functions": (lambda: symrnn.derive(CALL, functions=[sympy.atan]), "give a dictionary"),
    "a function's name": (lambda: symrnn.derive(CALL, functions={3: sympy.atan}), "'3' is no name"),
}
FUNCTIONS: dict[str, tuple[Any, str]] = {
    "a number": (3, "the function f fails at a symbol: 'int' object is not callable"),
    "of floats": (math.tanh, "the function f fails at a symbol"),
    "of arrays": (np.tanh, "the function f fails at a symbol"),
    "of two": (lambda a, b: a * b, "the function f fails at a symbol"),
    "constant": (lambda x: 1, "makes of x no real expression of x alone: 1"),
    "of another symbol": (lambda x: x * sympy.Symbol("y"), "makes of x no real expression of x alone: x*y"),
    "nowhere finite": (lambda x: x / (x - x), "makes of x no real expression of x alone: zoo*x"),
    "complex": (lambda x: x * sympy.sqrt(-2), "makes of x no real expression of x alone: sqrt(2)*I*x"),
}


@pytest.mark.parametrize("what", MISUSED)
def test_a_misuse_gets_a_message_with_the_remedy(what: str) -> None:
    use, told = MISUSED[what]
    with pytest.raises(symrnn.SymrnnError) as error:
        use()
    assert told in str(error.value)


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_function_that_cannot_be_differentiated_gets_a_message(kind: str) -> None:
    function, told = FUNCTIONS[kind]
    with pytest.raises(symrnn.SymrnnError) as error:
        symrnn.derive(CALL, functions={"f": function})
    assert told in str(error.value)
    assert "give a SymPy function of one variable" in str(error.value)


def test_the_decimals_of_a_function_are_exact() -> None:
    derivation = symrnn.derive(CALL, 2, functions={"f": lambda x: 1.7159 * sympy.tanh(0.6 * x)})
    assert str(derivation.forward["h[1]"].rhs) == "17159 * tanh(3 * a_h[1] / 5) / 10000"
    assert derivation.prove().holds


def test_a_pipe_is_read_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "cell.rnn"
    os.mkfifo(pipe)
    with pytest.raises(symrnn.SymrnnError, match=r"cell\.rnn: a pipe to which nobody writes"):
        symrnn.derive(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # so that the writer finds somebody and need not wait
    with pipe.open("w") as writer:
        writer.write(cell_source("rnn"))
        writer.flush()
        closing = threading.Timer(0.2, writer.close)
        closing.start()
        assert symrnn.derive(pipe).model.equations == RNN.model.equations
        closing.join()
    os.close(reader)

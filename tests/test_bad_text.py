"""Text that is no cell: refused with its place and a remedy, in bounded time, and never run."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symrnn.cells import CELLS, cell_source
from symrnn.errors import SymrnnError
from symrnn.reading import read


def message(cell: str | Path, **asked: str) -> str:
    with pytest.raises(SymrnnError) as caught:
        read(cell, **asked)
    return str(caught.value)


# -- what is not in the language


@pytest.mark.parametrize(
    ("equation", "col", "said"),
    [
        ("__import__('os').system('touch pwned')", 12, "' has no meaning in a cell"),
        ("__import__(os).system(x)", 1, "is not in the language"),
        ("().__class__", 1, "nothing but .T, the transpose, follows a dot"),
        ("h[t-1].T.T.real", 1, "nothing but .T"),
        ("h[t-1] @ U @ eval(x)", 14, "there is no function eval"),
        ("(lambda: 1)()", 1, "is not in the language"),
        ("[h[t-1] for h in h]", 1, "is not in the language"),
        ("[]", 1, "is not in the language"),
        ("(h[t-1], h[t-1])", 1, "blocks above one another are written [a, b]"),
        ("{1: 2}", 1, "is not in the language"),
        ("h[t-1] if h[t-1] else h[t-2]", 1, "is not in the language"),
        ("h[t-1] == h[t-2]", 1, "is not in the language"),
        ("h[t-1] and h[t-2]", 1, "is not in the language"),
        ("h[t-1] % 2", 1, "is not in the language"),
        ("h[t-1] ^ 2", 1, "a power is written x ** 2"),
        ("+h[t-1]", 1, "leave the sign + out"),
        ("tanh(x=h[t-1])", 1, "a function takes no named arguments"),
        ("tanh(*h)", 6, "is not in the language"),
        ("(g := h[t-1])", 2, "is not in the language"),
        ("True * h[t-1]", 1, "numbers are written 2, 0.5 or 1e-3"),
        ("1j * h[t-1]", 1, "is not in the language"),
        ("0x10 * h[t-1]", 1, "numbers are written 2, 0.5 or 1e-3"),
        ("1_000 * h[t-1]", 1, "numbers are written 2, 0.5 or 1e-3"),
        ("1e999 * h[t-1]", 1, "numbers are written 2, 0.5 or 1e-3"),
        ("..., h[t-1]", 1, "is not in the language"),
        ("9**9**9", 4, "9**9 is not an exponent"),
        ("h[t-1] ** 0.5", 11, "for others, sqrt and exp"),
        ("h[t-1] ** 17", 11, "a whole number 2..16"),
        ("h[t-1] ** h[t-2]", 11, "h[t-2] is not an exponent"),
        ("(((9**16)**16)**16) * h[t-1]", 2, "is too long a number"),
        ("exp(exp(9)) * h[t-1]", 1, "is a function of a number"),
        ("sqrt(-1) * h[t-1]", 1, "has no value"),
        ("log(0) * h[t-1]", 1, "has no value"),
        ("h[t-1] / 0", 1, "has no value"),
        ("h[t-1] / (1 - 1)", 1, "has no value"),
        ("0 ** -1 * h[t-1]", 1, "has no value"),
        ("h[k] * 2", 3, "[k] is not a time index"),
        ("h[t-k]", 3, "[t-k] is not a time index"),
        ("h[t-0]", 3, "[t-0] is not a time index"),
        ("h[t-100]", 3, "a lag is at most 99"),
        ("h[2*t]", 3, "[2*t] is not a time index"),
        ("h[t, 1]", 3, "is not a time index"),
        ("h[t-1:t]", 3, "is not a time index"),
        ("h[1]", 3, "[1] is not a time index"),
        ("h[True]", 3, "is not a time index"),
        ("h[0.0]", 3, "is not a time index"),
        ("h[t-1][t-1]", 1, "h[t-1] has no index"),
        ("h[t-1] / T", 10, "the number of steps is sum_t(1)"),
        ("h[t-1] * t", 10, "t is a time index"),
        ("_h[t-1]", 1, "a name starts with a letter"),
        ("q" * 70, 1, "a name starts with a letter; 60 at most"),
        ("η * h[t-1]", 1, "names are ASCII"),
        ("h[t-1] \\", 8, "has no meaning in a cell"),
        ("f'{h}'", 2, "' has no meaning in a cell"),
        ("h[t-1] \x00", 8, "character U+0000 has no meaning in a cell"),
        ("h[t-1] \u202e", 8, "character U+202E has no meaning in a cell"),
        ("U h[t-1]", 3, "products are written out: W @ x[t]"),
        ("2h[t-1]", 1, "products are written out"),
        ("tanh(h[t-1]", 5, "'(' was never closed"),
        ("h[t-1])", 7, "unmatched ')'"),
        ("", 0, "a line is an equation"),
    ],
)
def test_equations_outside_the_language(
    equation: str, col: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = message(f"h[t]: n\nh[t] = {equation}\n")
    line, at = re.match(r"cell:(\d+):(\d+): ", answer).groups()  # type: ignore[union-attr]
    assert (line, said in answer) == ("2", True), answer
    assert int(at) - len("h[t] = ") == col, answer
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import os", "a line is an equation h[t] = ..., a shape h[t]: n, or output: o[t]"),
        ("h[t]", "a line is an equation"),
        ("h[t] += 1", "a line is an equation"),
        ("h[t] = g[t] = 1", "a line is an equation"),
        ("while 1: pass", "a line is an equation"),
        ("def f(): pass", "a line is an equation"),
        ("del h", "a line is an equation"),
        ("h, g = 1, 2", "h, g is not a name"),
        ("h.T = 1", "h.T is not a name"),
        ("lambda[t] = x[t]", "lambda is a word of Python's own: choose another name, lambda_"),
        ("h[t]: n = 1", "a shape and an equation in one\n  write two lines"),
        ("h[0]: n", "a shape holds at every step\n  write h[t]: ..."),
        ("h[t]: 0", "0 is not a dimension"),
        ("h[t]: -1", "-1 is not a dimension"),
        ("h[t]: 1.5", "1.5 is not a dimension"),
        ("h[t]: True", "True is not a dimension"),
        ("h[t]: 10000", "a number 1..9999"),
        ("h[t]: n - 1", "n - 1 is not a dimension"),
        ("h[t]: T", "T is not a dimension"),
        ("h[t]: (n, m, k)", "3 dimensions\n  write (rows, columns)"),
        ("h[t]: n[0]", "n[0] is not a dimension"),
        ("T = 3", "T is the last step, not a quantity"),
        ("output: 3", "3 is not a name"),
    ],
)
def test_lines_outside_the_language(line: str, said: str) -> None:
    answer = message(f"x[t]: m\n\n{line}\ng[t] = x[t]")
    assert re.match(r"cell:3:\d+: ", answer), answer
    assert said in answer


@pytest.mark.parametrize("text", ["x[t]: m\n", "\n", "# nothing\n", "h[0] = b\nh[t]: n", "output: h[t]\n"])
def test_no_equation(text: str) -> None:
    assert re.match(r"cell:\d+:\d+: ", message(text))


# -- sizes


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("h = " + "a" * 10_000_000, "1:1", "more than 64 kB"),
        ("\n" * 70_000, "1:1", "more than 64 kB"),
        ("h = " + "a" * 10_000, "1:2001", "a line of 10004 characters"),
        ("h = " + "(" * 10_000 + "b" + ")" * 10_000, "1:2001", "a line of 20005 characters"),
        ("h = " + "(" * 900 + "b" + ")" * 900, "1:45", "more than 40 nested brackets"),
        ("h = " + "(\n" * 900 + "b" + "\n)" * 900, "41:1", "more than 40 nested brackets"),
        ("h = " + "-" * 5_000 + "b", "1:2001", "a line of 5005 characters"),
        ("h = " + "-" * 1_500 + "b", "1:205", "more than 200 operators in an equation"),
        ("h = (" + "-\n" * 5_000 + "b)", "201:1", "more than 200 operators in an equation"),
        ("h = " + "b+" * 900 + "b", "1:406", "more than 200 operators in an equation"),
        ("h = " + "[" * 10_000, "1:2001", "a line of"),
    ],
)
def test_limits(text: str, place: str, said: str) -> None:
    started = time.perf_counter()
    answer = message(text)
    assert answer.startswith(f"cell:{place}: ")
    assert said in answer
    assert len(answer) < 500
    assert time.perf_counter() - started < 5


def test_the_largest_cells_are_read_in_seconds() -> None:
    products = "\n".join(f"a{i} = " + "*".join(f"p{i}_{j}" for j in range(150)) for i in range(50))
    started = time.perf_counter()
    assert "not determined" in message(products)
    chain = "\n".join(f"a{i + 1}[t] = q{i} * a{i}[t-1]" for i in range(1_500))
    assert "not determined" in message(chain)
    assert time.perf_counter() - started < 60


# -- whatever the text


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    _read_or_refuse("h[t]: n\n" + text)


FRAGMENTS = [
    "h",
    "[t]",
    "[t-1]",
    " = ",
    ": ",
    "n",
    "(",
    ")",
    "@",
    "*",
    "+",
    "-",
    "W",
    ".T",
    "tanh(",
    "\n",
    "2",
    ",",
    "[",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_any_fragments_are_read_or_refused(text: str) -> None:
    _read_or_refuse("h[t]: n\n" + text)


@given(st.sampled_from(sorted(CELLS)), st.data())
def test_a_damaged_cell_is_read_or_refused(cell: str, data: st.DataObject) -> None:
    text = cell_source(cell)
    at = data.draw(st.integers(0, len(text) - 1))
    damage = data.draw(st.sampled_from(["", "(", ")", "[", "t", "h", "*", "@", "\n", "=", ":", "0", "."]))
    _read_or_refuse(text[:at] + damage + text[at + 1 :])


def _read_or_refuse(text: str) -> None:
    said = "cell:1:1: "
    try:
        read(text)
    except SymrnnError as error:
        said = str(error)
    assert re.match(r"cell(:\d+:\d+| \(line added for the loss\)): ", said)

"""Lines of a cell that do not fit together: said with the place and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from symrnn.errors import SymrnnError
from symrnn.losses import LOSSES
from symrnn.reading import read

H = "h[t]: n\n"
XH = "x[t]: m\nh[t]: n\n"


def message(cell: str | Path, **asked: str) -> str:
    with pytest.raises(SymrnnError) as caught:
        read(cell, **asked)
    return str(caught.value)


# -- shapes


def test_the_clash_of_the_design_document(tmp_path: Path) -> None:
    path = tmp_path / "my_cell.rnn"
    path.write_text(
        "x[t]: m\nh[t]: n\nc[t]: n\nW_f: (k, m)\nU_f: (n, n)\n\n"
        + ("f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + b_f)\nc[t] = f[t] * c[t-1]\nh[t] = tanh(c[t])\n")
    )
    assert message(path) == (
        f"{path}:7:29: f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + b_f): shapes differ\n"
        "  W_f @ x[t] is (k, 1); U_f @ h[t-1] is (n, 1)\n"
        "  so far W_f is (k, m) from line 4, x is (m, 1) from line 1, "
        "U_f is (n, n) from line 5, h is (n, 1) from line 2\n"
        "  is W_f meant to be (n, m)?"
    )


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        # the clash shows where f meets c, and the declared weight is what brings k in
        (
            "x[t]: m\nc[t]: n\nW: (k, m)\nf[t] = tanh(W @ x[t])\nc[t] = f[t] * c[t-1]",
            "5:15",
            "is W meant to be (n, m)?",
        ),
        (XH + "W: (n, k)\nh[t] = tanh(W @ x[t])", "4:17", "is W meant to be (n, m)?"),
        (XH + "W: (m, n)\nh[t] = tanh(W @ x[t])", "4:17", "is W.T meant?"),
        (XH + "h[t] = x[t] + h[t-1]", "3:15", "n comes from `h[t]: n` (line 2)"),
        (XH + "h[t] = x[t]", "3:8", "put a matrix between them (W @ x)"),
        (H + "alpha: 1\nh[t] = alpha + h[t-1]", "3:16", "is alpha meant to be (n, 1)?"),
        (XH + "h[t] = alpha * h[t-1] + W @ (alpha * x[t])", "3:16", "add a line `alpha: 1`"),
        (
            XH + "z[t]: n + m\nz[t] = [h[t-1], x[t], 1]\nh[t] = W @ z[t]",
            "4:23",
            "the number 1 has no shape here",
        ),
        (XH + "z[t]: n\nz[t] = [h[t-1], q]\nh[t] = W @ z[t] + U @ x[t]", "4:8", "z[t] is (n, 1)"),
        (XH + "h[t] = softmax(x[t].T).T + h[t-1]", "3:16", "softmax takes a column"),
        (XH + "h[t] = outer(x[t], h[t-1].T) @ q", "3:20", "outer takes a column"),
        (XH + "h[t] = W @ [x[t], h[t-1].T]", "3:19", "blocks of a stack have equal columns"),
        (XH + "h[t] = max(x[t], h[t-1])", "3:18", "x[t] is (m, 1); h[t-1] is (n, 1)"),
        (XH + "h[t] = dot(x[t], h[t-1]) * h[t-1]", "3:18", "x[t] is (m, 1); h[t-1] is (n, 1)"),
        ("S[t]: (n, d)\nS[t] = S[t-1] + w[t] @ k[t]\nw[t]: n\nk[t]: d", "2:24", "is k[t].T meant?"),
        ("h[t]: 2\nh[t] = W @ h[t-1]\nW: (3, 2)", "2:8", "is W meant to be (2, 2)?"),
        ("h[t]: n\nh[t]: k\nh[t] = tanh(h[t-1])", "2:1", "h is (n, 1) from line 1"),
        (H + "h[t] = tanh(h[t-1])\nL = sum_t(h[t])", "3:5", "L = sum(sum_t(h[t]))"),
        (H + "h[t] = sum(2) * h[t-1]", "2:12", "the number 2 has no shape here"),
    ],
)
def test_shapes_that_do_not_unify(text: str, place: str, said: str) -> None:
    answer = message(text)
    assert answer.startswith(f"cell:{place}: ")
    assert said in answer


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("h[t] = tanh(W @ h[t-1])", "1:17", "the rows of h[t] are not determined\n  add a line `h[t]: n`"),
        (
            XH + "h[t] = V @ (W @ x[t])",
            "3:8",
            "the columns of V are not determined\n  add a line `V: (n, k)`",
        ),
        (H + "o[t] = V @ h[t-1]\nh[t] = h[t-1]\noutput: o[t]", "2:1", "add a line `o[t]: m`"),
        ("s[u]: m\ns[u] = tanh(R @ s[u-1] + Q @ q[u-1])", "2:30", "add a line `q[u]: n`"),
        (
            H + "s[t]: 1\ns[t] = p * q\nh[t] = s[t] * h[t-1] + dot(a, b) * h[t-1]",
            "4:28",
            "`a: m` for a column",
        ),
    ],
)
def test_what_is_not_determined_is_asked_for(text: str, place: str, said: str) -> None:
    answer = message(text)
    assert answer.startswith(f"cell:{place}: ")
    assert said in answer


def test_a_line_that_was_added_asks_for_the_output() -> None:
    answer = message("x[t]: m\nS[t]: (n, d)\nS[t] = S[t-1] + outer(W @ x[t], V @ x[t])")
    assert answer.startswith("cell (line added for the loss): yhat[t] = softmax(a_y[t]): a_y[t] is (?, d)")
    assert "name it by a line `output: o[t]`" in answer


# -- names, clocks, order


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (
            XH + "h[t] = W @ x[t]\nh[t] = U @ h[t-1]",
            "4:1",
            "h[t] is bound twice\n  first in line 3: h[t] = W @ x[t]",
        ),
        (H + "h[0] = b\nh[0] = c\nh[t] = U @ h[t-1]", "3:1", "h[0] is bound twice"),
        (H + "h[t] = W @ a[t]\na[t] = U @ h[t-1]", "2:12", "move line 3 above line 2"),
        (H + "h[t] = U @ h[t-1]\nh[0] = b", "2:12", "move line 3 above line 2"),
        (H + "c = sum_t(h[t])\nh[t] = U @ h[t-1]\noutput: c", "2:11", "move line 3 above line 2"),
        (
            H + "h[t] = U @ h[t]",
            "2:12",
            "a cycle\n  h[t] needs h[t] (line 2)\n  break it with the step before: h[t-1]",
        ),
        (
            H + "o[t]: n\nh[t] = W @ o[t]\no[t] = U @ h[t]",
            "4:12",
            "h[t] needs o[t] (line 3), o[t] needs h[t] (line 4)",
        ),
        (H + "c: n\nh[t] = U @ h[t-1] + c\nc = V @ h[T]", "4:9", "cannot need their end"),
        (
            H + "c: n\nh[0] = c\nh[t] = U @ h[t-1]\nc = V @ h[T]",
            "4:12",
            "h[0] needs c (line 3), c needs h[T] (line 5), h[t] needs h[t-1]",
        ),
        (XH + "h[t] = W @ x", "3:12", "x is timeless here\n  it counts on t in line 1: x[t]: m"),
        (H + "s[u]: n\ns[u] = W @ s[u-1]\nh[t] = W @ s[u]", "4:12", "s[U], or add its steps up, sum_u(s[u])"),
        (
            H + "h[t] = U @ h[t-1] + V @ h[u]",
            "2:25",
            "h counts on u here\n  it counts on t in line 1: h[t]: n",
        ),
        (H + "h[0] = W @ h[t]\nh[t] = U @ h[t-1]", "2:12", "the equation has no step"),
        (XH + "h[t] = sum_t(x[t]) + h[t-1]", "3:8", "give it an equation of its own above: c = sum_t(x[t])"),
        (H + "h[t] = h[t-1]\nL = sum_t(sum_u(h[t] * q[u]))", "3:11", "a sum over steps inside another"),
        (H + "h[t] = W @ q[0] + h[t-1]", "2:12", "q has a fixed index only"),
        (H + "h[t+1] = W @ h[t]", "2:1", "write the equation for h[t], and shift the other indices"),
        (XH + "h[T] = W @ x[T]", "3:1", "T is one of the steps"),
        (H + "h[t] = h[t-1]\nL[t] = sum(h[t])", "3:1", "write L = sum_t(ell[t])"),
        (H + "h[t] = h[t-1]\noutput: g[t]", "3:9", "no equation binds g"),
        (H + "h[t] = h[t-1]\noutput: h[T]", "3:9", "name it: o = h[T]"),
        (H + "h[t] = h[t-1]\noutput: h[t]\noutput: h[t]", "4:9", "a second output"),
        (H + "alpha: 1\nh[t] = alhpa * h[t-1]", "2:1", "did you mean alhpa?"),
        (H + "h[t] = tahn(h[t-1])", "2:8", "there is no function tahn\n  did you mean tanh?"),
        (H + "h[t] = zzz(h[t-1])", "2:8", "known: abs, "),
        (H + "h[t] = tanh(h[t-1], h[t-2])", "2:8", "tanh takes 1 argument, not 2"),
        (H + "h[t] = max(h[t-1])", "2:8", "write max(a, b)"),
    ],
)
def test_lines_that_do_not_fit_together(text: str, place: str, said: str) -> None:
    answer = message(text)
    assert answer.startswith(f"cell:{place}: ")
    assert said in answer


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (H + "h[t] = h[t-1]\ny[t] = V @ h[t]", "3:1", "y is the target that the loss is given\n  call it o"),
        (H + "yhat[t] = V @ h[t-1]\nh[t] = h[t-1]", "2:1", "a line that is added: yhat[t] = softmax(a_y[t])"),
        (H + "h[t] = tanh(W_y @ h[t-1])", "2:13", "a line that is added: a_y[t] = W_y @ h[t] + b_y"),
        (H + "h[t] = L @ h[t-1]", "2:8", "a line that is added: L = sum_t(ell[t])"),
    ],
)
def test_names_that_the_loss_needs(text: str, place: str, said: str) -> None:
    answer = message(text)
    assert answer.startswith(f"cell:{place}: ")
    assert said in answer


def test_omega_is_free_unless_steps_are_weighed() -> None:
    text = H + "h[t] = omega * h[t-1]"
    read(text)
    assert message(text, reduction="weighted").startswith("cell:2:8: h[t] = omega * h[t-1]: omega is a name")


def test_a_loss_beside_the_cell_s_own() -> None:
    expected = (
        "stop-unit.rnn:11:1: L = sum_t(ell[t]): the cell has its own loss L, and the loss nll was asked for"
    )
    assert message("stop-unit", loss="nll").startswith(expected)
    assert "the reduction mean was asked for" in message("stop-unit", reduction="mean")


# -- where a cell comes from


def test_files_that_are_no_cells(tmp_path: Path) -> None:
    junk, large = tmp_path / "junk.rnn", tmp_path / "large.rnn"
    junk.write_bytes(b"h[t]: n\nh[t] = \xff\xfe\x00")
    large.write_bytes(b"\xff" * 1_000_000)
    assert message(junk) == f"{junk}:2:8: byte 0xff is not UTF-8 text\n  a cell is a text file of equations"
    assert message(large).startswith(f"{large}:1:1: more than 64 kB\n")
    assert message(tmp_path).startswith(f"{tmp_path}: Is a directory\n  a cell is a file of equations")
    assert message(tmp_path / "none.rnn").startswith(f"{tmp_path / 'none.rnn'}: No such file or directory\n")
    assert message("no\0ne.rnn").startswith("no\0ne.rnn: embedded null byte\n")


def test_an_error_in_a_file_has_the_place_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.rnn"
    path.write_bytes(b"# Mine\r\n\r\nh[t]: n\r\nh[t] = tahn(h[t-1])\r\n")
    assert message(path).startswith(f"{path}:4:8: h[t] = tahn(h[t-1]): there is no function tahn")


def test_an_error_in_indented_text_has_the_place_in_the_text() -> None:
    assert message("\n    h[t]: n\n    h[t] = tahn(h[t-1])\n").startswith("cell:3:12: ")


def test_unknown_names() -> None:
    assert message("lstmm").startswith("no cell 'lstmm'; did you mean lstm")
    assert "built in are rnn, " in message("zzz")
    assert len(message("z" * 10_000_000)) < 700
    assert message("") == message("").replace("did you mean", "")
    assert message("lstm", loss="cross_entropy").startswith(
        "no loss 'cross_entropy'; did you mean cross-entropy"
    )
    assert message("lstm", loss="mse") == (f"no loss 'mse'\n  known are {', '.join(LOSSES)}")
    assert message("lstm", reduction="avg") == "no reduction 'avg'\n  known are sum, mean, weighted"

"""symrnn check as a person meets it: what is printed where, exit codes, and bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import unstyle
from click.testing import CliRunner

from symrnn.check.command import AMISS, RIGHT, UNDECIDED, UNUSABLE
from symrnn.cli import main

MODEL = r"""# Notes

$$a_t = W h_{t-1} + U x_t + b, \qquad h_t = \tanh(a_t)$$
$$o_t = V h_t + c, \qquad \hat y_t = \mathrm{softmax}(o_t)$$
$$L = -\sum_t y_t^\top \log \hat y_t$$

From this follows

"""
TRUE = r"$$\frac{\partial L}{\partial o_t} = \hat y_t - y_t$$" + "\n"
FALSE = r"$$\frac{\partial L}{\partial o_t} = y_t - \hat y_t$$" + "\n"
STRANGE = r"$$\frac{\partial L}{\partial q_t} = \mathcal{F}(\heartsuit)$$" + "\n"
ANNOUNCED = f"<!-- expect: wrong -->\n{FALSE}"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, text: str | bytes = "", **kwargs: object):
    return CliRunner().invoke(main, ["check", *arguments], input=text, **kwargs)


def process(*arguments: str, **kwargs: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "symrnn", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


def write(name: str, text: str | bytes) -> str:
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return name


SUMMARIES = {
    "1 correct, 5 definitions": (RIGHT, MODEL + TRUE),
    "1 correct, 1 wrong, 5 definitions": (AMISS, MODEL + TRUE + FALSE),
    "1 correct, 1 as expected, 5 definitions": (RIGHT, MODEL + TRUE + ANNOUNCED),
    "1 correct, 1 not as expected, 5 definitions": (AMISS, MODEL + TRUE + f"<!-- expect: wrong -->\n{TRUE}"),
    "1 correct, 1 wrong, 1 not as expected, 5 definitions": (
        AMISS,
        MODEL + TRUE + FALSE + ANNOUNCED.replace("wrong", "shape"),
    ),
    "1 correct, 1 unchecked, 5 definitions": (RIGHT, MODEL + TRUE + STRANGE),
    "1 unchecked, 5 definitions": (UNDECIDED, MODEL + STRANGE),
    "5 definitions": (UNDECIDED, MODEL),
    "no equations": (UNDECIDED, "# No formulas\n"),
}


@pytest.mark.parametrize("told", SUMMARIES)
def test_the_summary_and_the_exit_status(told):
    status, text = SUMMARIES[told]
    found = run(write("notes.md", text))
    assert (found.exit_code, found.stderr, found.stdout.splitlines()[-1]) == (status, "", told)


def test_an_empty_file_has_no_equations():
    found = run(write("empty.md", ""))
    assert (found.exit_code, found.stderr, found.stdout) == (UNDECIDED, "", "no equations\n")


def test_the_text_explains_what_is_wrong():
    found = run(write("notes.md", MODEL + TRUE + FALSE)).stdout.splitlines()
    at = next(index for index, line in enumerate(found) if line.startswith("notes.md:10:3: "))
    assert found[at][15:] == "wrong       " + FALSE.strip("$\n")
    assert found[at + 1][15:].startswith(r"should be   \frac{\partial L}{\partial o_t} = ")
    assert found[at + 2][15:].startswith("because     ")


def test_standard_input_is_markdown_and_the_rest_are_files():
    found = run("-", write("right.md", MODEL + TRUE), text=MODEL + TRUE + FALSE)
    assert found.exit_code == AMISS
    assert "<stdin>:10:3: wrong " in found.stdout
    assert "right.md:9:3:  correct " in found.stdout


def test_the_patch_that_it_writes_makes_it_right():
    name = write("notes.md", MODEL + TRUE + FALSE)
    found = run("--diff", name)
    assert found.exit_code == AMISS
    assert found.stderr == "1 of 1 errors corrected\n"
    subprocess.run(["git", "apply", "-p0"], input=found.stdout_bytes, check=True)
    assert run(name).exit_code == RIGHT
    assert run("--diff", name).stdout == ""
    assert run("--diff", os.path.abspath(write("notes.md", MODEL + TRUE + FALSE))).stdout.startswith(
        "--- notes.md\n"
    )


def test_json_of_several_documents():
    names = [write("wrong.md", MODEL + TRUE + ANNOUNCED), write("empty.md", "")]
    found = run("--format", "json", *names)
    assert found.exit_code == RIGHT
    documents = json.loads(found.stdout)["documents"]
    assert [document["file"] for document in documents] == names
    last = documents[0]["equations"][-1]
    assert (last["line"], last["col"], last["verdict"], last["expected"]) == (11, 3, "wrong", "wrong")


def test_json_is_json_whatever_the_terminal_can_show():
    name = write("größe.md", f"$$é = \\text{{π}}$$\n{MODEL}")
    done = process("--format", "json", name, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    (document,) = json.loads(done.stdout)["documents"]
    assert (document["file"], done.stderr) == (name, "")


def test_colours_are_for_terminals():
    name = write("notes.md", MODEL + TRUE + FALSE)
    assert "\x1b[" not in run(name).stdout
    assert unstyle(run(name, color=True).stdout) == run(name).stdout != run(name, color=True).stdout


# -- what a command may be given


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing.md", None, "Error: missing.md: No such file or directory"),
        (".", None, "Error: .: Is a directory"),
        ("right.md/notes.md", None, "Error: right.md/notes.md: Not a directory"),
        ("a" * 300 + ".md", None, "File name too long"),
        ("binary.md", b"\x7fELF\x02\x01\xff\0\0", "Error: binary.md:1:7: byte 0xff is not UTF-8 text"),
        ("zeros.txt", bytes(9), "Error: zeros.txt:1:1: zero bytes"),
        ("latin.tex", "é".encode("latin-1"), "Error: latin.tex:1:1: byte 0xe9 is not UTF-8 text"),
        ("broken.ipynb", b'{"cells": [', "Error: broken.ipynb:1:12: not JSON"),
        ("empty.ipynb", b"", "Error: empty.ipynb:1:1: not JSON"),
        ("other.ipynb", b"[]", "Error: other.ipynb:1:1: a notebook has a list of cells"),
        ("slip.md", b"<!-- expect: wrnog -->", "Error: slip.md:1:1: 'expect: wrnog' names no verdict"),
        ("/dev/zero", None, "Error: /dev/zero:1:1: more than 32 MB"),
    ],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_an_unusable_file_is_named_and_the_others_are_reported(name, content, told, format_):
    if content is not None:
        write(name, content)
    found = run("--format", format_, name, write("right.md", MODEL + TRUE))
    assert found.exit_code == UNUSABLE
    assert told in found.stderr
    assert "correct" in found.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named():
    Path(write("secret.md", MODEL)).chmod(0)
    found = run("secret.md")
    assert (found.exit_code, found.stderr) == (UNUSABLE, "Error: secret.md: Permission denied\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Missing argument 'FILES...'"),
        (["--cell", "lstmm", "notes.md"], "'lstmm' is not one of"),
        (["--notation", "mine", "notes.md"], "'mine' is not one of"),
        (["--diff", "--format", "json", "notes.md"], "--diff is a format of its own"),
    ],
)
def test_unusable_arguments_are_told(arguments, told):
    found = run(*arguments)
    assert found.exit_code == UNUSABLE
    assert told in found.stderr


@pytest.mark.parametrize("name", ["my notes.md", "заметки.md", "-notes.md", "a:b.md", "\udcff.md"])
def test_files_of_any_name_are_read(name):
    write(name, MODEL + TRUE)
    done = process("--", name, errors="backslashreplace")
    assert (done.returncode, done.stderr) == (RIGHT, "")
    assert done.stdout.rstrip().endswith("1 correct, 5 definitions")


def test_ends_of_lines_do_not_matter():
    for newline in ("\r\n", "\r"):
        found = run(write("notes.md", (MODEL + TRUE + FALSE).replace("\n", newline)))
        assert found.stdout == run(write("notes.md", MODEL + TRUE + FALSE)).stdout


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_reader_who_leaves_is_no_error(format_):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "symrnn", "check", "--format", format_, write("notes.md", MODEL)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_document_of_a_megabyte_is_read():
    text = MODEL + TRUE + "$x$, words and `code`.\n\n" * 100 + "Words and `code`.\n\n" * 53_000
    assert len(text) > 1_000_000
    done = process(write("notes.md", text), timeout=100)
    assert (done.returncode, done.stderr) == (RIGHT, "")


def test_the_document_on_checking_shows_what_happens():
    document = (Path(__file__).parent.parent / "docs" / "check.md").read_text(encoding="utf-8")
    notes, shown = (
        re.findall(rf"^```{kind}\n(.*?)^```$", document, re.M | re.S)[0] for kind in ("markdown", "text")
    )
    assert run(write("notes.md", notes), env={"COLUMNS": "100"}).stdout == shown

"""What the README and the documents show is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import symrnn
from symrnn.cli import main
from symrnn.functions import FUNCTIONS
from symrnn.kernels.backends import BACKENDS
from symrnn.kernels.made import PASSES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = [README, *(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def test_the_first_example_shows_the_real_output():
    output = CliRunner().invoke(main, ["derive", "--cell", "rnn"]).output
    shown = blocks("text")[0].splitlines()
    real = output[output.index("Backward pass") :].splitlines()
    # How many digits agree is this machine's affair; that they do, and with what, is not.
    assert [re.sub(r"to \d+ digits", "", line) for line in shown] == [
        re.sub(r"to \d+ digits", "", line) for line in real
    ]


def test_the_cell_of_the_readme_is_derived_and_verified(tmp_path):
    cell = tmp_path / "my_cell.rnn"
    cell.write_text(blocks("text")[1])
    result = CliRunner().invoke(main, ["verify", str(cell)])
    assert result.exit_code == 0, result.output


def test_the_notes_of_the_readme_get_the_verdicts_it_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("notes.md").write_text(blocks("markdown")[0])
    result = CliRunner().invoke(main, ["check", "notes.md"])
    assert result.exit_code == 1
    assert result.output == blocks("text")[2]


def test_the_python_of_the_readme_runs():
    code = blocks("python")[0]
    calls = re.findall(r"^(?:loss, gradients = )?(d\..*?)(?:\s+#.*)?$", code, re.M)
    assert len(calls) == 6
    d = symrnn.derive("lstm", steps=3)
    kernel = d.fixed_kernel(n=2, m=2, v=2)
    values = {key: np.full(shape, 0.5) for key, shape in kernel.shapes.items()}
    loss, gradients = kernel(values)
    assert np.isfinite(loss)
    assert gradients.keys() <= d.needs().keys()
    assert d.gradients["W_f"].lhs.shape == d.model.parameters[0].shape
    assert d.form("delta").equations
    assert "\\Gamma_f" in d.latex(notation="ng")


def test_the_loop_of_the_readme_is_that_of_the_kernel():
    source = CliRunner().invoke(main, ["kernel", "--cell", "lstm"]).output
    assert blocks("python")[1] in source


def test_the_document_on_kernels_names_the_passes_and_the_backends():
    text = (ROOT / "docs" / "kernels.md").read_text()
    assert all(f"| `{step.__name__}` |" in text for step in PASSES)
    assert all(f'"{name}"' in text for name in BACKENDS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_that_documents_name_exist(document):
    for command in re.findall(
        r"symrnn (derive|verify|cells|losses|notations|\w+) ", " ".join(re.findall(r"`[^`]+`", document))
    ):
        assert command in main.commands


def test_the_document_on_cells_lists_every_elementwise_function():
    listed = (ROOT / "docs" / "cells.md").read_text()
    assert [name for name in FUNCTIONS if not re.search(rf"\b{name}\b", listed)] == []

"""pdflatex takes every built-in cell in every notation, and no line runs into the margin."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from functools import cache

import pytest

from symrnn.adjoint import reverse
from symrnn.cells import CELLS
from symrnn.errors import SymrnnError
from symrnn.forms import FORMS
from symrnn.naming import names
from symrnn.notation import NOTATIONS
from symrnn.reading import read
from symrnn.render import align, document, equation_text
from symrnn.render.width import text_width

NARROW = "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\allowdisplaybreaks\n"  # lines of 345 pt


@cache
def printed(cell):
    """A model with its forward pass, its backward pass and every form of it, as lists of equations."""
    model, _ = read(cell)
    backward = reverse(model)
    parts = [model.equations, backward.equations]
    for form in FORMS.values():
        with contextlib.suppress(SymrnnError):  # a form that this cell does not have
            found = form(model, backward)
            parts += [e for e in (found.definitions, found.equations) if e]
    return model, parts


def compiled(source, folder):
    """The log of pdflatex; the source must compile."""
    (folder / "page.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "page.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = run.stdout.decode("latin-1")
    assert run.returncode == 0, log[-2000:]
    return log


def overfull(log):
    """By how many points lines are too wide, where it is more than 10."""
    return [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log) if float(w) > 10]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("course", NOTATIONS)
def test_every_cell_compiles_within_the_margins(course, tmp_path):
    displays = []
    for model, parts in map(printed, CELLS):
        spelling = names(model, course)
        for equations in parts:
            displays.append(align(equations, spelling))
            for line in "\n".join(equation_text(e, spelling) for e in equations).split("\n"):
                assert text_width(line) <= 100, line
    page = document("\n".join(displays))
    assert overfull(compiled(page, tmp_path)) == []
    body = page[page.index(r"\begin{document}") :]
    assert overfull(compiled(NARROW + body, tmp_path)) == []


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_line_that_is_too_wide_is_noticed(tmp_path):
    log = compiled(document(f"\\[{' + '.join(['W h'] * 60)}\\]"), tmp_path)
    assert overfull(log)

"""A LaTeX document around formulas, so that pdflatex can compile what we print."""

from __future__ import annotations

from collections.abc import Sequence

from symrnn.equations import Equation
from symrnn.naming import Names
from symrnn.render.equation import LATEX_WIDTH, equation_latex, left_width
from symrnn.render.expression import PLAIN

PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,amssymb}
\usepackage[margin=2.5cm]{geometry}
\allowdisplaybreaks
"""
LATIN_END, QUOTES = "\u0180", "–—‘’“”"
SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\^{}",
}


def align(equations: Sequence[Equation], names: Names = PLAIN, width: float = LATEX_WIDTH) -> str:
    """An align* environment with an equation after the other, aligned at the equals signs."""
    column = left_width(equations, names)
    rows = [equation_latex(e, names, aligned=True, width=width, column=column) for e in equations]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def document(body: str, title: str = "") -> str:
    """A complete document around a body."""
    heading = f"\\section*{{{escaped(title)}}}\n" if title else ""
    return f"{PREAMBLE}\\begin{{document}}\n{heading}{body}\n\\end{{document}}\n"


def escaped(words: str) -> str:
    """Plain words as LaTeX text: Latin letters and quotes, as pdflatex knows them, and a ? for any other."""
    known = (c if c < LATIN_END or c in QUOTES else "?" for c in words)
    return "".join(SPECIAL.get(c, c) for c in known)

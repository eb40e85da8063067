"""Printing equations: long sums broken over rows, aligned behind the equals sign."""

from __future__ import annotations

from collections.abc import Iterable

from symrnn.equations import Equation
from symrnn.naming import Names
from symrnn.render.breaking import STEP, Rows
from symrnn.render.expression import PLAIN, course_form, infix, latex, text
from symrnn.render.latex_format import LATEX
from symrnn.render.text_format import TEXT
from symrnn.render.width import latex_width, text_width
from symrnn.render.writer import Writer

LATEX_WIDTH = 60.0  # half ems: what fits the 345 pt of an article, whatever is in the line
TEXT_WIDTH = 100
QUAD = r"\quad"
DEEPEST = 2  # how many steps rows inside brackets are indented at most


def equation_latex(
    equation: Equation,
    names: Names = PLAIN,
    aligned: bool = False,
    width: float = LATEX_WIDTH,
    column: float = 0.0,
) -> str:
    r"""The LaTeX of an equation, a long sum in rows.

    ``aligned``: bare rows for an align environment, lhs &= rhs, with \\ between them but not at the end;
    otherwise a formula that stands by itself.  ``column`` is the width of the widest left-hand side in the
    environment (see left_width): it takes its room from every row.
    """
    left = latex(equation.lhs, names)
    form = course_form(equation.rhs, names)
    rows = Rows(Writer(LATEX, names), width - max(column, latex_width(left)), latex_width, hang=STEP).of(form)
    if len(rows) == 1 and not aligned:
        return f"{left} = {rows[0].text}"
    below = [f"&{QUAD * (1 + min(row.depth, DEEPEST))} {row.text}" for row in rows[1:]]
    body = " \\\\\n".join([f"{left} &= {rows[0].text}", *below])
    if aligned:
        return body
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def left_width(equations: Iterable[Equation], names: Names = PLAIN) -> float:
    """The width of the widest left-hand side, as equation_latex counts it."""
    return max((latex_width(latex(e.lhs, names)) for e in equations), default=0.0)


def equation_text(equation: Equation, names: Names = PLAIN, width: int = TEXT_WIDTH, column: int = 0) -> str:
    """An equation in Unicode, a long sum in lines; the left-hand side is filled up to ``column``."""
    left = text(equation.lhs, names)
    indent = max(column, text_width(left))
    form = course_form(equation.rhs, names)
    rows = Rows(Writer(TEXT, names), width - indent - 3, text_width).of(form)
    below = [" " * (indent + 3 + STEP * min(row.depth, DEEPEST)) + row.text for row in rows[1:]]
    return "\n".join([f"{left}{' ' * (indent - text_width(left))} = {rows[0].text}", *below])


def equation_infix(equation: Equation) -> str:
    """An equation in the cell language."""
    return f"{infix(equation.lhs)} = {infix(equation.rhs)}"

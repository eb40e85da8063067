"""Printing one expression: lower it to a form, then write the form in a format."""

from __future__ import annotations

from typing import Any

from sympy.printing.pretty.stringpict import prettyForm

from symrnn.expressions import Node, Total, leaves
from symrnn.naming import Names
from symrnn.render.form import Form, Level
from symrnn.render.infix_format import INFIX
from symrnn.render.latex_format import LATEX
from symrnn.render.lowering import Manner, lower, with_diagonals
from symrnn.render.text_format import TEXT
from symrnn.render.writer import Format, Writer

PLAIN = Names()
INDEX_LETTERS = ("i", "j", "k", "l", "p", "q", "r")


def latex(expression: Node, names: Names = PLAIN) -> str:
    """The LaTeX of an expression."""
    return Writer(LATEX, names).write(course_form(expression, names))


def text(expression: Node, names: Names = PLAIN) -> str:
    """An expression on one line of Unicode."""
    return Writer(TEXT, names).write(course_form(expression, names))


def infix(expression: Node) -> str:
    """An expression in the cell language, with the names of the model."""
    return Writer(INFIX, PLAIN).write(lower(expression, Manner(code=True)))


def course_form(expression: Node, names: Names) -> Form:
    """The form of an expression as a course writes it."""
    diagonal = names.notation.diagonal
    return lower(with_diagonals(expression) if diagonal else expression, Manner(_letters(expression, names)))


def _letters(expression: Node, names: Names) -> tuple[str, ...]:
    """Letters for sums over entries that no quantity of the expression has in its symbol."""
    if not _has_total(expression):
        return ()
    symbols = {names.symbol(leaf.name) for leaf in leaves(expression)}
    taken = {part for s in symbols for part in (s.stem, s.sub, s.sup)}
    taken |= {str(leaf.clock) for leaf in leaves(expression)}
    return tuple(letter for letter in INDEX_LETTERS if letter not in taken)


def _has_total(expression: Node) -> bool:
    return isinstance(expression, Total) or any(map(_has_total, expression.operands))


def _hooks() -> dict[str, Any]:
    """What SymPy's own printers call on a node: sympy.latex(node), str(node), sympy.pretty(node)."""
    return {
        "_latex": lambda self, _printer, **_: latex(self),
        "_sympystr": lambda self, _printer: infix(self),
        "_pretty": lambda self, _printer: prettyForm(text(self)),
    }


for _name, _hook in _hooks().items():
    setattr(Node, _name, _hook)

__all__ = ["PLAIN", "Format", "Level", "course_form", "infix", "latex", "text"]

"""Expressions and equations as LaTeX, as Unicode text and in the cell language."""

from symrnn.naming import Names as Names
from symrnn.naming import names as names
from symrnn.render.equation import equation_infix as equation_infix
from symrnn.render.equation import equation_latex as equation_latex
from symrnn.render.equation import equation_text as equation_text
from symrnn.render.equation import left_width as left_width
from symrnn.render.expression import infix as infix
from symrnn.render.expression import latex as latex
from symrnn.render.expression import text as text
from symrnn.render.page import align as align
from symrnn.render.page import document as document

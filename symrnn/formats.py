"""A derivation as text, LaTeX, Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr

from symrnn.document import Section, chain, rule, sections, shapes
from symrnn.equations import Equation
from symrnn.expressions import Leaf, shape_text
from symrnn.naming import Names, names
from symrnn.notation import notation as find_notation
from symrnn.render import equation_infix, equation_latex, equation_text, latex, left_width, text
from symrnn.render.page import document, escaped
from symrnn.render.width import text_width
from symrnn.report import data, lines
from symrnn.verify import Report

if TYPE_CHECKING:
    from symrnn.derivation import Derivation


SCHEMA = 1
WIDTH = 100
RULE_COLUMN = 64  # where the rule of a short equation stands


def as_text(derivation: Derivation, form: str, notation: str, report: Report) -> str:
    """Unicode text, no line wider than WIDTH where there is a place to break."""
    spelling = names(derivation.model, find_notation(notation))
    blocks = [_section_text(s, spelling) for s in sections(derivation, form, spelling.stems)]
    told = [row for line in lines(derivation, report) for row in _paragraph(line)]
    blocks.append("\n".join(["Verification", *told]))
    return "\n\n".join(blocks) + "\n"


def _section_text(section: Section, spelling: Names) -> str:
    found = [section.title, *(row for words in section.words for row in _paragraph(words))]
    if section.learned is not None:
        found += _paragraph(
            f"{_polynomial(section.learned)} numbers are learned, whatever the number of steps"
        )
    for group, members in section.quantities.items():
        found += _wrapped(f"{group}: ", shapes(members, lambda x: text(x, spelling)))
    found += [f"  {meaning}" for meaning in _meanings(section, spelling, text)]
    previous = None
    column = max((text_width(text(e.lhs, spelling)) for e in section.equations), default=0)
    for equation in section.equations:
        if previous is not None and previous != equation.lhs.index and equation.lhs.index is not None:
            found.append("")
        previous = equation.lhs.index
        found += _equation_lines(equation, spelling, column)
    return "\n".join(found)


def _meanings(section: Section, spelling: Names, write: Callable[[Leaf, Names], str]) -> list[str]:
    """What the derivatives are that have a name in a notation: the delta of the 6.390 notes."""
    pairs = [(e.lhs, spelling.spelled_out(e.lhs)) for e in section.equations]
    return [f"{write(leaf, spelling)} = {write(leaf, plain)}" for leaf, plain in pairs if plain is not None]


def _polynomial(count: Expr) -> str:
    """4 m n + 4 n² + v."""
    return str(count).replace("**2", "²").replace("*", " ")


def _paragraph(words: str) -> list[str]:
    return wrap(words, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _equation_lines(equation: Equation, spelling: Names, column: int) -> list[str]:
    before = chain(equation)
    rows = equation_text(equation if before is None else before, spelling, WIDTH - 2, column).split("\n")
    if before is not None:
        rows += [
            " " * column + row[column:]
            for row in equation_text(equation, spelling, WIDTH - 2, column).split("\n")
        ]
    note = rule(equation, lambda x: text(x, spelling))
    if note and text_width(rows[-1]) < RULE_COLUMN - 3 and RULE_COLUMN + text_width(note) <= WIDTH:
        rows[-1] += " " * (RULE_COLUMN - 2 - text_width(rows[-1])) + note
    elif note:
        rows.append(" " * (column + 3) + note)
    return [f"  {row}" for row in rows]


def _wrapped(head: str, items: list[str]) -> list[str]:
    """A list in lines of at most WIDTH, its head in front."""
    rows = [f"  {head}"]
    for i, item in enumerate(items):
        item += ", " if i < len(items) - 1 else ""
        if text_width(rows[-1] + item) > WIDTH + 1:
            rows.append(" " * (2 + len(head)))
        rows[-1] += item
    return [row.rstrip() for row in rows]


def as_latex(derivation: Derivation, form: str, notation: str, report: Report) -> str:
    """A fragment: headings, displays, and the rules as text between them; needs amsmath."""
    spelling = names(derivation.model, find_notation(notation))
    blocks = [_section_latex(s, spelling) for s in sections(derivation, form, spelling.stems)]
    items = "\n".join(f"\\item {escaped(line)}" for line in lines(derivation, report))
    blocks.append(f"\\subsection*{{Verification}}\n\\begin{{itemize}}\n{items}\n\\end{{itemize}}")
    return "\n\n".join(blocks) + "\n"


def as_standalone(derivation: Derivation, form: str, notation: str, report: Report) -> str:
    """A document that pdflatex compiles."""
    return document(as_latex(derivation, form, notation, report))


def _section_latex(section: Section, spelling: Names) -> str:
    parts = [f"\\subsection*{{{escaped(section.title)}}}", *(escaped(w) + "\n" for w in section.words)]
    if section.learned is not None:
        parts.append(f"${sympy.latex(section.learned)}$ numbers are learned, whatever the number of steps.\n")
    for group, members in section.quantities.items():
        listed = ", ".join(f"${latex(x, spelling)}$ ${shape_text(x.shape)}$" for x in members)
        parts.append(f"\\noindent {group}: {listed}\n")
    meanings = _meanings(section, spelling, latex)
    if meanings:
        rows = " \\\\\n".join(meanings).replace(" = ", " &= ")
        parts.append(f"\\begin{{align*}}\n{rows}\n\\end{{align*}}")
    if section.equations:
        parts.append(_align(section.equations, spelling))
    return "\n".join(parts)


def _align(equations: tuple[Equation, ...], spelling: Names) -> str:
    column = left_width(equations, spelling)
    rows = [_rows_latex(e, spelling, column) for e in equations]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _rows_latex(equation: Equation, spelling: Names, column: float) -> str:
    """The rows of an equation in an align; its rule is set small, flush right, where it fits."""
    before = chain(equation)
    rows = equation_latex(equation if before is None else before, spelling, aligned=True, column=column)
    if before is not None:
        rows += " \\\\\n&" + equation_latex(equation, spelling, aligned=True, column=column).split("&", 1)[1]
    note = _note_latex(equation, spelling)
    return rows + (f" \\tag*{{\\footnotesize {note}}}" if note else "")


def _note_latex(equation: Equation, spelling: Names) -> str:
    note = rule(equation, lambda x: f"${latex(x, spelling)}$")
    math = note.split("$")
    return "$".join(part if i % 2 else escaped(part) for i, part in enumerate(math))


def display(derivation: Derivation) -> str:
    """The model and its recurrence as one display, for a notebook."""
    spelling = names(derivation.model, find_notation("plain"))
    equations = (*derivation.model.equations, *derivation.recurrence.equations)
    rows = " \\\\\n".join(equation_latex(e, spelling, aligned=True) for e in equations)
    return f"$$\\begin{{aligned}}\n{rows}\n\\end{{aligned}}$$"


def as_markdown(derivation: Derivation, form: str, notation: str, report: Report) -> str:
    """Markdown with $$ displays, as MathJax reads them."""
    spelling = names(derivation.model, find_notation(notation))
    blocks = [
        _section_markdown(s, spelling, i == 0)
        for i, s in enumerate(sections(derivation, form, spelling.stems))
    ]
    blocks.append("\n".join(["## Verification", "", *(f"- {line}" for line in lines(derivation, report))]))
    return "\n\n".join(blocks) + "\n"


def _section_markdown(section: Section, spelling: Names, first: bool) -> str:
    parts = [f"{'#' if first else '##'} {section.title}", *section.words]
    if section.learned is not None:
        parts.append(f"${sympy.latex(section.learned)}$ numbers are learned, whatever the number of steps.")
    for group, members in section.quantities.items():
        listed = ", ".join(f"${latex(x, spelling)}$ ${shape_text(x.shape)}$" for x in members)
        parts.append(f"{group}: {listed}")
    parts += [f"$$\n{meaning}\n$$" for meaning in _meanings(section, spelling, latex)]
    for equation in section.equations:
        before = chain(equation)
        if before is not None:
            parts.append(_display(before, spelling))
        parts.append(_display(equation, spelling))
        note = rule(equation, lambda x: f"${latex(x, spelling)}$")
        if note:
            parts.append(f"({note})")
    return "\n\n".join(parts)


def _display(equation: Equation, spelling: Names) -> str:
    return f"$$\n{equation_latex(equation, spelling)}\n$$"


def as_json(derivation: Derivation, form: str, notation: str, report: Report) -> str:
    """JSON: every equation as LaTeX, in the cell language and with its shape."""
    spelling = names(derivation.model, find_notation(notation))
    found = sections(derivation, form, spelling.stems)
    content = {
        "schema": SCHEMA,
        "cell": derivation.cell,
        "title": derivation.model.title,
        "source": derivation.model.source,
        "loss": derivation.loss,
        "form": form,
        "notation": notation,
        "steps": {str(clock): count for clock, count in derivation.steps.items()},
        "sections": [
            {"title": s.title, "equations": [_json(e, spelling) for e in s.equations]} for s in found
        ],
        "verification": data(derivation, report),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _json(equation: Equation, spelling: Names) -> dict[str, Any]:
    return {
        "name": str(equation.lhs),
        "latex": equation_latex(equation, spelling),
        "infix": equation_infix(equation),
        "shape": [str(d) for d in equation.lhs.shape],
        "rule": rule(equation, str),
    }


FORMATS: dict[str, Callable[[Derivation, str, str, Report], str]] = {
    "text": as_text,
    "latex": as_latex,
    "markdown": as_markdown,
    "json": as_json,
}

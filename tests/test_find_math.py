"""Formulas found in documents of every format, each at its exact place; hostile documents; linear time."""

from __future__ import annotations

import json
import subprocess
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from symrnn.errors import SymrnnError
from symrnn.notes import macros
from symrnn.notes.find import MAX_FILE, find
from symrnn.notes.places import Math, Search

Place = tuple[int, int, str]


def places(name: str, data: bytes | str) -> list[Place]:
    return [(math.line, math.col, math.latex) for math in find(name, data).maths]


def only(name: str, data: bytes | str) -> Math:
    (math,) = find(name, data).maths
    return math


MARKDOWN = r"""---
title: A cell with one gate, $5 a piece
---

The state $h_t$ follows from $a_t = W h_{t-1} + U x_t$; it costs $5 and not $6.

$$
h_t = \tanh(a_t)
$$ {#eq-state}

- In a list: $$ y_t = V h_t $$

<!-- symrnn: cell=elman star=elementwise "free" -->
> A quotation says
> $$ \delta_t
>   = W^\top \delta_{t+1}
> $$
> and that $`b` is $not \$ a formula.

Raw LaTeX stands too:
\begin{align*}
  a &= b \\
  c &= d \label{eq:rows}
\end{align*}
\[ e = f \tag{7} \] and \( g = h \).

```python
price = "$x$"  # $$ y $$
```

Code `$z$` is no formula, and <!-- $hidden$ --> neither.
<!-- expect: wrong -->
"""


def test_markdown() -> None:
    assert places("notes.md", MARKDOWN) == [
        (5, 12, "h_t"),
        (5, 31, "a_t = W h_{t-1} + U x_t"),
        (8, 1, r"h_t = \tanh(a_t)"),
        (11, 17, "y_t = V h_t"),
        (15, 6, "\\delta_t\n    = W^\\top \\delta_{t+1}"),
        (22, 3, "a &= b \\\\\n  c &= d \\label{eq:rows}"),
        (25, 4, r"e = f \tag{7}"),
        (25, 28, "g = h"),
    ]


def test_what_is_known_of_a_formula() -> None:
    found = find("notes.md", MARKDOWN).maths
    assert [math.display for math in found] == [False, False, True, False, True, True, True, False]
    assert [math.label for math in found] == ["", "", "eq-state", "", "", "eq:rows", "", ""]
    assert [math.tag for math in found] == [""] * 6 + ["7", ""]
    assert [math.environment for math in found] == [""] * 5 + ["align", "", ""]
    assert [math.end_line for math in found] == [5, 5, 8, 11, 16, 23, 25, 25]
    assert {math.cell for math in found} == {None}


def test_directives() -> None:
    settings_of, expectation = find("notes.md", MARKDOWN).directives
    assert (settings_of.name, settings_of.line, settings_of.col) == ("symrnn", 13, 1)
    assert dict(settings_of.values) == {"cell": "elman", "star": "elementwise"}
    assert settings_of.words == ('"free"',)
    assert (expectation.name, expectation.words, expectation.line) == ("expect", ("wrong",), 32)


LATEX = r"""\documentclass{beamer}
\title{About $h$}
\newcommand{\state}[1]{\mathbf{h}_{#1}}
\newcommand\grad[2][L]{\frac{\partial #1}{\partial #2}} % \newcommand{\W}{never}
\def\W{W_{hh}}
\DeclareMathOperator{\diag}{diag}
\newenvironment{formula}{\begin{equation}}{\end{equation}}
\def\be{\begin{align}} \def\ee{\end{align}}
\begin{document}
% symrnn: cell=elman
\begin{frame}[fragile]
  Costs are 5\$, and $\state t = \tanh(x)$ is 10\% of it. % $not$
  \begin{equation}\label{one}
    \grad{\W} = \sum_t \diag(1) % a remark
  \end{equation}
  \verb|$no$| \begin{verbatim} $no$ \end{verbatim}
  \iffalse $a = b$ \ifx\a\b c \fi \else $c = d$ \fi
  \[ x = \begin{cases} 1 & \text{if $t = 1$} \\[2ex] 0 \end{cases} \]
  \begin{formula} p = q \end{formula}
  \be r &= s \ee
  \begin{alignat*}{2} u &= v \end{alignat*} $$w = z$$
\end{frame}
\begin{comment} $no$ \end{comment}
\end{document}
$no$
"""


def test_latex() -> None:
    assert places("slides.tex", LATEX) == [
        (12, 23, r"\mathbf{h}_{t} = \tanh(x)"),
        (13, 19, "\\label{one}\n    \\frac{\\partial L}{\\partial W_{hh}} = \\sum_t \\operatorname{diag}(1)"),
        (17, 42, "c = d"),
        (18, 6, r"x = \begin{cases} 1 & \text{if $t = 1$} \\[2ex] 0 \end{cases}"),
        (19, 19, "p = q"),
        (20, 7, "r &= s"),
        (21, 23, "u &= v"),
        (21, 47, "w = z"),
    ]
    found = find("slides.tex", LATEX)
    environments = ["", "equation", "", "", "equation", "align", "alignat", ""]
    assert [math.environment for math in found.maths] == environments
    assert found.maths[1].label == "one"
    assert [(d.name, dict(d.values), d.line, d.col) for d in found.directives] == [
        ("symrnn", {"cell": "elman"}, 10, 1)
    ]


def test_a_text_file_is_looked_at() -> None:
    assert places("slides.txt", LATEX) == places("slides.tex", LATEX)
    assert places("notes.txt", MARKDOWN) == places("-", MARKDOWN) == places("notes.md", MARKDOWN)


@pytest.mark.parametrize("name", ["notes.ipynb", "-"])
def test_notebook(name: str) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "The $\\newcommand{\\v}{\\mathbf}a$ is\n", "$b$"]},
        {"cell_type": "code", "source": "x = '$c$'"},
        {"cell_type": "markdown", "source": "$$\n\\v h = 1\n$$\n<!-- expect: wrong -->"},
    ]
    found = find(name, json.dumps({"cells": cells}))
    assert [(m.cell, m.line, m.col, m.latex) for m in found.maths] == [
        (0, 2, 30, "a"),
        (0, 3, 2, "b"),
        (2, 2, 1, r"\mathbf h = 1"),
    ]
    assert [(d.name, d.cell, d.line) for d in found.directives] == [("expect", 2, 4)]


def test_an_old_notebook_has_worksheets() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "markdown", "source": ["$x$"]}]}]}
    assert places("old.ipynb", json.dumps(old)) == [(1, 2, "x")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Jekyll
        ("so $$h_t = 1$$ holds", [(1, 6, "h_t = 1")]),
        (
            "\\\\(a = 1\\\\) and \\\\[b\\_t = \\\\{ 2 \\\\}\\\\]",
            [(1, 4, "a = 1"), (1, 20, r"b _t =  \{ 2  \}")],
        ),
        ("$ \\\\{ x_0, x_1 \\\\} $", [(1, 4, r"\{ x_0, x_1  \}")]),
        ("{% highlight r %}\n$a$\n{% endhighlight %}\n$b$", [(4, 2, "b")]),
        # fences
        ("```math\na = 1\n```\n$b$", [(2, 1, "a = 1"), (4, 2, "b")]),
        ("```math a = 1``` and\n```math b =\n2```\n$c$", [(1, 9, "a = 1"), (2, 9, "b =\n2"), (4, 2, "c")]),
        ("```math a_1``` $b$", [(1, 9, "a_1"), (1, 17, "b")]),
        ("```{math}\n:label: one\na = 1\n\nb = 2\n```", [(3, 1, "a = 1"), (5, 1, "b = 2")]),
        (":::{math}\na = 1\n:::\n::: note\n$b$\n:::", [(2, 1, "a = 1"), (5, 2, "b")]),
        ("- ~~~\n  $a$\n  ~~~\n$b$", [(4, 2, "b")]),
        ("````\n```\n$a$\n````\n$b$", [(5, 2, "b")]),
        ("GitLab writes $`a = 1`$ too", [(1, 17, "a = 1")]),
        # stray delimiters
        ("a stray $ and then $x_t$ here", [(1, 21, "x_t")]),
        ("a stray $$ in a long sentence\n\n$$a = 1$$\n\n$b$", [(3, 3, "a = 1"), (5, 2, "b")]),
        ("a stray $$ in a long sentence, then $$a = 1$$", [(1, 39, "a = 1")]),
        ("$$total loss = a$$", [(1, 3, "total loss = a")]),
        ("$$a = 1\n\nSo many words follow here.\n\n$$b = 2$$", [(5, 3, "b = 2")]),
        ("$$ a\n\n = b $$ and $c$", [(1, 4, "a\n\n = b"), (3, 14, "c")]),
        ("\\begin{align} a = 1\n\nwords\n\n\\begin{align} b \\end{align}", [(5, 15, "b")]),
        ("\\[ a = 1\n\n\\[ b = 2 \\]", [(3, 4, "b = 2")]),
        ("\\[no formula but words\\] $a$", [(1, 27, "a")]),
        ("```\n$a$", [(2, 2, "a")]),
        ("````\n$a$\n```", [(2, 2, "a")]),
        ("```math\nwords\n\n$a$", [(4, 2, "a")]),
        ("<!-- $a$", [(1, 7, "a")]),
        ("`` $a$ `", [(1, 5, "a")]),
        ("``quoted'' $a$ ``again''", [(1, 13, "a")]),
        ("``code $x$ ``", []),
        # prices
        ("$5 and $6, US$7-$8, $HOME and $PATH", []),
        ("from $20,000 to $30,000, but $x$", [(1, 31, "x")]),
        ("5$ is $a_t$ and 6$ is $b_t$", [(1, 8, "a_t"), (1, 24, "b_t")]),
        ("$a_t is open and $b_t$ is not", [(1, 19, "b_t")]),
        ("\\$5 $a$", [(1, 6, "a")]),
        ("价格 $5 和 $a_t$ 以及 $b_t$ 是", [(1, 10, "a_t"), (1, 19, "b_t")]),
        # touching, spaced, nested, over lines
        ("$a$$b$", [(1, 2, "a"), (1, 5, "b")]),
        ("$ a = 1 $ and $b $", [(1, 3, "a = 1"), (1, 16, "b")]),
        ("$a \\text{ if $b$ } c$ $d$", [(1, 2, "a \\text{ if $b$ } c"), (1, 24, "d")]),
        (
            "$\\begin{bmatrix}\n0 \\\\\n1\n\\end{bmatrix}\n$",
            [(1, 2, "\\begin{bmatrix}\n0 \\\\\n1\n\\end{bmatrix}")],
        ),
        ("$a$\n\n$b$", [(1, 2, "a"), (3, 2, "b")]),
        # ends of lines, tabs, characters beyond ASCII
        ("a\r\n\tb $x$\r\n$$\r\ny\r\n$$", [(2, 5, "x"), (4, 1, "y")]),
        ("a\r$x$", [(2, 2, "x")]),
        ("\ufeff$x$ 状态 $y$", [(1, 2, "x"), (1, 9, "y")]),
        ("$a\0b$" + " words" * 50, [(1, 2, "a\ufffdb")]),
        # definitions and comments
        ("$\\newcommand{\\h}[1]{\\mathbf{h}_{#1}}$\n$\\h{t}$", [(2, 2, r"\mathbf{h}_{t}")]),
        ("$$\na = 1 % $5\n$$", [(2, 1, "a = 1")]),
        ("$$ \\begin{align} a \\end{align} $$", [(1, 18, "a")]),
        (
            "$$\\boxed{\\begin{aligned} a \\end{aligned}}$$",
            [(1, 3, "\\boxed{\\begin{aligned} a \\end{aligned}}")],
        ),
        ("<pre>$a$</pre> $b$", [(1, 17, "b")]),
    ],
)
def test_dialects_and_damage(text: str, expected: list[Place]) -> None:
    assert places("notes.md", text) == expected


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("$$a$$ {#eq-one .wide}", "eq-one"),
        ("$$a$$ (one)", "one"),
        ("$$a$$\n:eqlabel:`one`", "one"),
        ("```{math}\n:label: one\na\n```", "one"),
        ("$$a \\label{one}$$ {#two}", "one"),
        ("$$a$$ (see below)", ""),
    ],
)
def test_labels(text: str, label: str) -> None:
    assert only("notes.md", text).label == label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\def\a{b}$\a c\a$", [r"b cb"]),
        (r"\def\a{\alpha}$\a b{\a}c$", [r"\alpha b{\alpha}c"]),
        (r"\def\a#1{\b#1}$\a x$", [r"\b x"]),
        (r"\newcommand{\a}[2][x]{#2#1}$\a{1} \a[y]{2}$", ["1x 2y"]),
        (r"\newcommand*\a[1]{(#1)}\newcommand{\b}{\a}$\b{\b 2}$", ["((2))"]),
        (r"\def\a{1}$\a$ \renewcommand{\a}{2}$\a$", ["1", "2"]),
        (r"\let\old\vec\renewcommand{\vec}[1]{\old{\mathbf{#1}}}$\vec x$", [r"\vec{\mathbf{x}}"]),
        (r"\DeclareMathOperator*{\amax}{arg\,max}$\amax_x$", [r"\operatorname*{arg\,max}_x"]),
        (r"\newcommand{\st}{\ensuremath{s_t}\xspace}$\st = 1$", ["s_t = 1"]),
        (r"\newcommand{\a}[1]{#1}$\a$", [r"\a"]),
        (r"\newcommand{\a}[1]{#1}$\a{b$", [r"\a{b"]),
        (r"\newcommand{\a}{$b$", ["b"]),
        (r"\def\a(#1,#2){b}$\a(1,2)$", [r"\a(1,2)"]),
        (r"\def\frac{x}\def\left{y}$\frac\left($", [r"x\left("]),
    ],
)
@pytest.mark.parametrize("name", ["a.tex", "a.md"])
def test_macros(name: str, text: str, expected: list[str]) -> None:
    assert [math.latex for math in find(name, text).maths] == expected


def test_every_character_has_its_place() -> None:
    text = "\\newcommand{\\g}[2]{\\frac{#1}{#2}}\n$a = \\g{L}{\\g{x}y}$"
    math = only("a.tex", text)
    assert math.latex == r"a = \frac{L}{\frac{x}{y}}"
    assert math.source == r"a = \g{L}{\g{x}y}"
    columns = {character: math.place(math.latex.index(character))[1] for character in r"aLxy"}
    assert columns == {"a": 2, "L": 9, "x": 15, "y": 17}
    assert math.place(math.latex.index(r"\frac")) == (2, 6)  # the call
    assert math.place(math.latex.rindex(r"\frac")) == (2, 12)  # the call inside
    assert math.place(math.latex.rindex(r"\frac") + 4) == (2, 12)


@pytest.mark.parametrize(
    "definition",
    [
        r"\def\x{\x}",
        r"\def\x{a\x}",
        r"\def\x{\x\x}",
        r"\def\x#1{\x{#1#1}}",
        r"\def\x{\y\y}\def\y{\x}",
        "".join(
            rf"\def\{a}{{\{b}\{b}\{b}\{b}\{b}\{b}}}" for a, b in zip("xabcdefgh", "abcdefghi", strict=True)
        ),
    ],
)
def test_macros_that_expand_for_ever_are_a_problem_at_their_place(definition: str) -> None:
    ever, again, other = find(
        "notes.tex", f"{definition}\n$a = \\x 1$ and $\\x$, but \\def\\z{{b}}$\\z = c$"
    ).maths
    assert str(ever.problem).startswith("notes.tex:2:6: the expansion of \\x does not end")
    assert (ever.latex, ever.place(4)) == (r"a = \x 1", (2, 6))
    assert again.problem is not None
    assert (other.problem, other.latex) == (None, "b = c")


def test_macros_share_the_steps_of_their_document() -> None:
    text = "\\def\\y#1{}" + "".join(f"\\def\\x{{\\x {'a' * i}}}$\\x$ " for i in range(60)) + r"\def\z{b}$\z$"
    *_, last = find("notes.tex", text).maths
    assert "take too many steps" in str(last.problem)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.md", b"one\n\xc3\xa4 $x$ \xff", "a.md:2:7: byte 0xff is not UTF-8 text"),
        ("a.md", bytes(range(256)), "a.md:2:118: byte 0x80"),
        ("a.md", "$a$\n".encode("utf-16-le"), "a.md:1:2: zero bytes"),
        ("a.md", "a" * (MAX_FILE + 1), "a.md:1:1: more than 32 MB"),
        ("a.ipynb", '{"cells": [\n  {]}', "a.ipynb:2:4: not JSON"),
        ("a.ipynb", "", "a.ipynb:1:1: not JSON"),
        ("a.ipynb", "[" * 100_000, "a.ipynb:1:1: nested too deeply"),
        ("a.ipynb", "[1, 2]", "a.ipynb:1:1: a notebook has a list of cells"),
        (
            "a.ipynb",
            '{"cells": [{"cell_type": "markdown", "source": 3}]}',
            "a.ipynb:1:1: the source of cell 0",
        ),
        ("a.ipynb", "9" * 5000, "a.ipynb:1:1: a notebook has a list of cells"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_its_place(name: str, data: bytes | str, message: str) -> None:
    with pytest.raises(SymrnnError) as raised:
        find(name, data)
    assert str(raised.value).startswith(message)
    assert "\n  " in str(raised.value)  # the remedy


def test_lone_surrogates_in_a_notebook_can_be_printed() -> None:
    cells = r'{"cells": [{"cell_type": "markdown", "source": "$a \ud800 b$"}]}'
    assert only("a.ipynb", cells).latex.encode() == "a \ufffd b".encode()


def test_nothing_heavy_is_imported() -> None:
    code = "import sys, symrnn.notes.find; sys.exit(bool({'sympy', 'numpy'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], check=True)


# -- random formulas at random places

STEADY = settings(derandomize=True, deadline=None, database=None)

FORMULAS = st.recursive(
    st.sampled_from(
        ["h_t", "x", "W", r"\delta_{t-1}", "a^{(t)}", r"\text{if $x$}", r"\{a\}", "1", r"\%", r"a \\[2ex] b"]
    ),
    lambda inner: (
        st.builds(r"\frac{{{}}}{{{}}}".format, inner, inner)
        | st.builds("{} = {}".format, inner, inner)
        | st.builds("({} + \\\\\n {})".format, inner, inner)
    ),
    max_leaves=6,
)
WORDS = st.lists(
    st.sampled_from(
        ["the", "price", r"\$5", "gate", "的状态", "is,", "(1)", "[x]", "a*b*", "100%", "*", "é\t", "#"]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)
MARKDOWN_NOISE = [
    "```r\ndf$x <- `a` $y$ $$\n```",
    "~~~\n\\[ \\begin{align} $$\n~~~",
    "<!-- $$ \\[ $x$ -->",
    "`$x$` and ``a ` $$``",
    "costs $5, or $6 for two",
    "![picture](a_b.png)",
    "| a | b |\n|---|---|",
    "an unclosed \\begin{align} here",
    "and \\(",
]
LATEX_NOISE = [
    "% $x$ \\[ \\begin{align}",
    "\\verb|$x$| and 5\\$",
    "\\begin{verbatim}\n$x$ \\[ $$\n\\end{verbatim}",
    "\\iffalse $x$ \\[ \\fi",
    "\\newcommand{\\unused}{$x$}",
    "\\begin{itemize} \\item a \\end{itemize}",
    "\\section{Words}~\\cite{a}",
]
DELIMITERS = {
    "$": "$", "$$": "$$", "\\[": "\\]", "\\(": "\\)",
    "\\begin{align*}": "\\end{align*}", "\\begin{equation}": "\\end{equation}",
}  # fmt: skip
MARKDOWN_DELIMITERS = DELIMITERS | {"```math\n": "\n```"}


@st.composite
def documents(
    draw: st.DrawFn, noise: list[str], delimiters: dict[str, str]
) -> tuple[str, list[tuple[int, str]]]:
    """A document and the offsets of its formulas."""
    text, formulas = "", []
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["words", "noise", "formula", "formula"]))
        if kind == "formula":
            opening = draw(st.sampled_from(sorted(delimiters)))
            apart = " " if opening in ("$", "\\(") and draw(st.booleans()) else "\n\n"
            formula = draw(FORMULAS)
            text += apart + opening
            formulas.append((len(text), formula))
            text += formula + delimiters[opening] + apart
        else:
            text += "\n\n" + draw(WORDS if kind == "words" else st.sampled_from(noise)) + "\n\n"
    return text, formulas


def check(name: str, document: tuple[str, list[tuple[int, str]]]) -> None:
    text, formulas = document
    expected = []
    for offset, formula in formulas:
        before = text[:offset]
        expected.append((before.count("\n") + 1, offset - before.rfind("\n"), formula))
    assert places(name, text) == expected
    assert places(name, text.replace("\n", "\r\n").encode()) == expected
    for math in find(name, text).maths:
        lines = text.split("\n")
        for index, character in enumerate(math.latex):
            line, col = math.place(index)
            assert (lines[line - 1] + "\n")[col - 1] == character


@STEADY
@given(documents(MARKDOWN_NOISE, MARKDOWN_DELIMITERS))
def test_formulas_in_random_markdown_are_found_where_they_are(
    document: tuple[str, list[tuple[int, str]]],
) -> None:
    check("notes.md", document)


@STEADY
@given(documents(LATEX_NOISE, DELIMITERS))
def test_formulas_in_random_latex_are_found_where_they_are(
    document: tuple[str, list[tuple[int, str]]],
) -> None:
    check("notes.tex", document)


# -- hostile documents

PIECES = st.sampled_from([
    *"$\\{}[]()%`\n>a \t\r\0é5",
    "$$", "\\\\", "\\(", "\\)", "\\[", "\\]", "```", "~~~", "\n\n", "math", "{math}", ":label:", "---\n", "a: b\n",
    "\\begin{align}", "\\end{align}", "\\begin{verbatim}", "\\end{verbatim}", "\\iffalse", "\\fi", "\\else", "\\verb|",
    "\\begin{document}", "\\end{document}", "<!--", "-->", "symrnn: a=b", "\\newcommand", "\\def", "\\let", "\\x", "#1",
    "\\text{",
])  # fmt: skip


@given(
    st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join),
    st.sampled_from(["a.md", "a.tex", "a.txt"]),
)
@example("\\newenvironment{a}{}", "a.tex")
@example("\\let\\x\\x$\\x$", "a.tex")
@settings(STEADY, max_examples=500)
def test_no_document_is_too_strange(text: str, name: str) -> None:
    for math in found_or_refused(name, text):
        assert math.latex == math.source or math.problem is None
        assert math.place(0) == (math.line, math.col) or math.latex != math.source
        assert math.end_line >= math.place(max(0, len(math.latex) - 1))[0]


@STEADY
@given(st.binary(max_size=300), st.sampled_from(["a.md", "a.tex", "a.ipynb", "a.txt"]))
def test_bytes_are_text_or_an_error(data: bytes, name: str) -> None:
    assert all(math.source for math in found_or_refused(name, data))


def found_or_refused(name: str, data: bytes | str) -> tuple[Math, ...]:
    """The formulas; none where the document is refused, with its place."""
    try:
        return find(name, data).maths
    except SymrnnError as error:
        refused = error
    assert refused.place.startswith(f"{name}:")
    return ()


HOSTILE = {
    "dollars": lambda n: "$" * n,
    "prices": lambda n: "$5 " * n,
    "open displays": lambda n: "$$a\n\n" * n,
    "touching": lambda n: "$a" * n,
    "in one line": lambda n: "$$x$$ " * n,
    "backslashes": lambda n: "\\" * n,
    "open brackets": lambda n: "\\[a\\(b\\\\(c" * n,
    "open environments": lambda n: "\\begin{align}" * n + "\\end{align}",
    "crossed environments": lambda n: "\\begin{align}a\\begin{gather}b\\end{align}" * n,
    "open verbatim": lambda n: "\\begin{verbatim}\\verb|" * n,
    "open conditionals": lambda n: "\\iffalse " * n + "\\fi",
    "braces": lambda n: "$" + "{" * n + "}" * n + "$",
    "open braces": lambda n: "$" + "{" * n + "$",
    "words in words": lambda n: "$" + "\\text{$" * n + "aaa bbb ccc" + "}" * n + " foo bar baz $",
    "dollars in words": lambda n: "$" + "\\text{$}" * n,
    "backticks": lambda n: "`a " * n,
    "fences": lambda n: "~~~\n```b\n" * n,
    "open fences": lambda n: "```math\n" * n,
    "parted fence": lambda n: "```{math}\n" + "a\n\n" * n + "```",
    "comments": lambda n: "<!-- <pre> {% comment " * n,
    "directive": lambda n: "<!-- symrnn: " + "ab" * n + ' a="' * n + " -->",
    "empty lines": lambda n: "\n" * n,
    "spaces": lambda n: "$$a$$" + " " * n,
    "words": lambda n: "$ the word " * n,
    "open definitions": lambda n: "\\newcommand{\\x}[1][" * n,
    "definitions": lambda n: "\\let\\a\\b\\def\\x{\\x\\x}$\\x$" * n,
    "endless macro": lambda n: "\\def\\x{\\x\\x}" + "$\\x$ " * n,
    "calls in calls": lambda n: "\\def\\x#1{#1#1}$" + "\\x{" * n + "a" + "}" * n + "$",
    "open calls": lambda n: "\\def\\x#1{#1}$" + "\\x{" * n + "$",
    "columns": lambda n: "\\begin{alignat}[" + "[" * n + "\\end{alignat}",
    "environments in one another": lambda n: "$$" + "\\begin{align}" * n + "\\end{align}" * n + "$$",
}


@pytest.mark.parametrize("family", HOSTILE)
@pytest.mark.parametrize("name", ["a.md", "a.tex"])
def test_ten_thousand_of_anything_is_read(name: str, family: str) -> None:
    for math in find(name, HOSTILE[family](10_000)).maths:
        assert math.latex


def lines_run(name: str, text: str) -> int:
    """How many lines of Python run to read a document: what a clock would measure, without the noise."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        find(name, text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("family", HOSTILE)
@pytest.mark.parametrize("name", ["a.md", "a.tex"])
def test_twice_the_document_takes_twice_the_steps(
    name: str, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(macros, "MAX_STEPS", 100)  # a call may take as many, however short the document
    once, twice = (lines_run(name, HOSTILE[family](n)) for n in (500, 1_000))
    assert twice <= 2.2 * once


def test_what_was_not_found_is_not_looked_for_again() -> None:
    looked_at = 0

    class Counted(str):
        def find(self, *arguments: Any) -> int:
            nonlocal looked_at
            found = super().find(*arguments)
            looked_at += (len(self) if found < 0 else found) - arguments[1]
            return found

    text = "<a" * 1_000 + ">" + "<b" * 1_000
    search = Search(Counted(text))
    for start in range(0, len(text), 2):
        assert search.find("<b", start) == text.find("<b", start)
        assert search.find("-->", start) == -1
    assert looked_at < 3 * len(text)


def test_a_megabyte_of_notes_is_read_whole() -> None:
    text = MARKDOWN[MARKDOWN.index("The state") :] + "\n"
    times = 1_000_000 // len(text)
    assert len(find("notes.md", text * times).maths) == 8 * times

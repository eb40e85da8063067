"""LaTeX math at random: trees come back from their spelling, nonsense and size end in a clear error."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import symrnn
from symrnn.cells import CELLS
from symrnn.errors import SymrnnError
from symrnn.forms import FORMS
from symrnn.naming import names
from symrnn.notation import NOTATIONS
from symrnn.notes.formula import (
    Accented,
    Annotated,
    BigOperator,
    Call,
    Differential,
    Ellipsis,
    EvaluationBar,
    Fraction,
    Group,
    Infix,
    List,
    Matrix,
    Name,
    Node,
    Number,
    Root,
    Script,
    Slice,
    Text,
    Unary,
)
from symrnn.notes.latex import LatexError
from symrnn.notes.parse import formula
from symrnn.notes.rows import statements
from symrnn.notes.tree import bare, children, replaced, walk
from symrnn.notes.written import written
from symrnn.render.page import align

Trees = st.SearchStrategy[Node]

# -- trees

STEMS = st.sampled_from(["h", "W", "x", "T", "dW", "h1", "Ux", r"\sigma", r"\delta", r"\ell"])
FUNCTIONS = st.sampled_from([r"\tanh", "tanh", r"\log", "softmax"])
ACCENTS = st.lists(st.sampled_from(["hat", "tilde", "mathbf", "bm", "bar"]), max_size=2).map(tuple)
PLAIN: Trees = st.builds(Name, STEMS)
NUMBERS: Trees = st.sampled_from(["0", "1", "2.5", "10"]).map(Number)
SCRIPTS: Trees = st.one_of(
    PLAIN,
    NUMBERS,
    st.builds(lambda name, n: Infix(("-",), (name, n)), PLAIN, NUMBERS),
    st.builds(lambda name, kind: Group(kind[0], name, kind[1]), PLAIN, st.sampled_from(["()", "[]", "<>"])),
    st.builds(lambda *items: List(",", items), PLAIN, NUMBERS),
    st.just(Unary("-", Number("1"))),
    st.just(Name("seq", ("text",))),
    st.just(Slice(Number("1"), Name("t"))),
)
MAYBE = st.none() | SCRIPTS
NAMES: Trees = st.one_of(
    st.builds(Name, STEMS, ACCENTS, MAYBE, MAYBE, st.integers(0, 2)),
    st.builds(Name, st.just("labels"), st.just(("text",)), MAYBE),
    st.builds(Name, STEMS, ACCENTS, left_sub=SCRIPTS),
)
BRACKETS = st.sampled_from(
    [("(", ")"), ("[", "]"), (r"\{", r"\}"), (r"\langle", r"\rangle"), ("|", "|"), (r"\|", r"\|")]
)


def group(body: Trees) -> Trees:
    return st.builds(lambda kind, inside: Group(kind[0], inside, kind[1]), BRACKETS, body)


def call_group(body: Trees) -> Trees:
    listed = st.builds(lambda *items: List(",", items), body, body)
    return st.builds(lambda inside: Group("(", inside, ")"), body | listed)


def factors(body: Trees) -> Trees:
    """What is one factor, from expressions."""
    groups = group(body)
    numbered = st.builds(lambda base, sup: Script(base, sup=sup), NAMES.filter(_has_scripts), SCRIPTS)
    return st.one_of(
        NAMES,
        NUMBERS,
        groups,
        numbered,
        st.builds(Script, groups, MAYBE, SCRIPTS, st.integers(0, 1)),
        st.builds(Fraction, body, body, st.sampled_from([r"\frac", r"\dfrac", r"\over"])),
        st.builds(lambda top, below: Fraction(Differential(r"\partial", body=top), below), NAMES, body),
        st.builds(Differential, st.sampled_from([r"\partial", r"\nabla"]), MAYBE, st.none(), NAMES),
        st.builds(Root, body, st.none() | NUMBERS),
        st.builds(Call, NAMES, call_group(body)),
        st.builds(Call, st.builds(Name, FUNCTIONS, sup=st.none() | NUMBERS), call_group(body)),
        st.builds(Call, st.builds(Name, FUNCTIONS), NAMES),
        st.builds(Accented, st.sampled_from(["overline", "widehat"]), products(NAMES)),
        st.builds(Annotated, st.just(r"\underbrace"), body, st.just(Text("what was")) | SCRIPTS),
        st.builds(EvaluationBar, body, SCRIPTS),
        st.builds(
            lambda *cells: Matrix("bmatrix", (cells[:2], cells[2:])), body, body, body, st.none() | body
        ),
        st.builds(
            lambda *cells: Matrix("cases", (cells[:2], cells[2:])), body, body, body, st.just(Text("else"))
        ),
    )


def _has_scripts(name: Node) -> bool:
    return isinstance(name, Name) and bool(name.sub or name.sup or name.primes)


def _apart(parts: list[Node]) -> bool:
    """Whether no factor takes in the one after it: a name a bracket, a function without brackets anything."""
    for left, right in pairwise(parts):
        if isinstance(left, Call) and not isinstance(left.argument, Group):
            return False
        reaches = _ends_in_a_name(left)
        if reaches and isinstance(right, Group | Script) and _is_bracket(right):
            return False
    return True


def _ends_in_a_name(node: Node) -> bool:
    if isinstance(node, Differential):
        return node.body is not None
    return isinstance(node, Name) or (isinstance(node, Script) and isinstance(node.base, Name))


def _is_bracket(node: Node) -> bool:
    return isinstance(node, Group) or (isinstance(node, Script) and isinstance(node.base, Group))


def products(factor: Trees) -> Trees:
    parts = st.lists(factor, min_size=2, max_size=3).filter(_apart)
    return parts.map(lambda found: Infix(("",) * (len(found) - 1), tuple(found)))


def chains(operators: list[str], operand: Trees) -> Trees:
    def chain(operands: list[Node]) -> Trees:
        between = st.lists(st.sampled_from(operators), min_size=len(operands) - 1, max_size=len(operands) - 1)
        return between.map(lambda found: Infix(tuple(found), tuple(operands)))

    return st.lists(operand, min_size=2, max_size=2 + (operators[0] != "=")).flatmap(chain)


def expressions(body: Trees) -> Trees:
    """What may stand in brackets, from expressions that stand in theirs."""
    factor = factors(body)
    closed = factor.filter(lambda node: not isinstance(node, Call) or isinstance(node.argument, Group))
    simple = closed | products(closed)
    quotient = st.builds(lambda *parts: Infix(("/",), parts), closed, closed)
    term = st.one_of(factor, simple, chains([r"\odot", "*", r"\cdot", r"\circ", "."], simple), quotient)
    reaching = term | st.builds(BigOperator, st.sampled_from([r"\sum", r"\prod"]), MAYBE, MAYBE, term)
    signed = reaching | st.builds(Unary, st.just("-"), reaching)
    added = signed | chains(["+", "-"], reaching)
    return added | chains(["=", r"\le", ":="], added)


FLAT = NAMES | NUMBERS
FORMULAS = expressions(FLAT | chains(["+", "-"], FLAT)) | factors(expressions(FLAT))


@given(FORMULAS)
@settings(max_examples=400)
def test_a_tree_is_read_from_its_spelling(tree):
    assert formula(written(tree)) == tree


@given(FORMULAS, st.integers(0, 1000))
@settings(max_examples=200)
def test_a_change_in_a_tree_is_read_from_what_is_written(tree, number):
    read = formula(written(tree))
    nodes = list(walk(read))
    old = nodes[number % len(nodes)]
    changed = replaced(read, old, bare(old))
    assert formula(written(changed)) == tree


@given(FORMULAS)
def test_every_node_is_where_its_span_says(tree):
    text = written(tree)
    for node in walk(formula(text)):
        assert text[slice(*node.span)] == node.text
        inside = [child.span for child in children(node)]
        assert all(node.span[0] <= start <= end <= node.span[1] for start, end in inside)


# -- nonsense

WORDS = (
    r"a h dW tanh 1 2.5 \frac \sqrt [ ] ( ) { } \{ \} \langle \rangle < > | \| \left( \right) \left. \right|",
    r"_ ^ ' & \\ = + - * / . , ; : \cdot \odot \sum \prod \partial \nabla \hat \mathbf \text{if} \text{net} \over",
    r"\operatorname{diag} \underbrace \overset \stackrel \begin{cases} \end{cases} \begin{bmatrix} \end{bmatrix}",
    r"\begin{aligned} \end{aligned} \quad \tag{1} \foo \ldots ... \top {} \substack \binom \mid \in \Rightarrow",
    r"\forall \color{red} \bf \not= 中 ᵀ ? % \% \text{ \begin{ \left \log \max ~ \_ \prime := &= &lt; \cr",
)
SOUPS = st.builds(
    lambda words, between: between.join(words),
    st.lists(st.sampled_from(" ".join(WORDS).split()), max_size=30),
    st.sampled_from(["", " "]),
)


@given(SOUPS | st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
@settings(max_examples=500)
@example("\\underbrace;\\_")
@example("\\left > a")
@example("x^{<<>>}")
@example("{}_a")
@example("\\begin{cases}")
def test_nonsense_is_statements_with_places_or_an_error(text):
    for statement in statements(text):
        start, end = statement.span
        assert statement.rewritten(statement.sides) == text[start:end] == statement.text
        assert len(statement.relations) == len(statement.sides) - (not statement.continued)
        assert all(start <= error.offset <= len(text) for error in statement.unreadable)
        for side in statement.sides:
            assert all(start <= low <= high <= end for low, high in (node.span for node in walk(side)))
    error = _error(lambda: written(bare(formula(text))))
    assert error is None or 0 <= error.offset <= len(text)


def _error(action: Callable[[], object]) -> LatexError | None:
    """The one error that may come of it, if it came."""
    try:
        action()
    except LatexError as error:
        return error
    return None


@given(SOUPS, SOUPS)
@settings(max_examples=200)
def test_a_bad_row_does_not_hide_a_good_one(before, after):
    balanced = [soup for soup in (before, after) if not set(soup) & set("{}()[]%\\|")]
    text = r" \\ ".join([*balanced, r"h_t = \tanh(a)"])
    assert any(statement.text.endswith(r"h_t = \tanh(a)") for statement in statements(text))


@pytest.mark.parametrize(
    "text",
    [
        "{" * 10_000 + "x" + "}" * 10_000,
        "{" * 10_000,
        "}" * 10_000,
        "(" * 10_000 + "x" + ")" * 10_000,
        "(" * 10_000,
        ")" * 10_000,
        "x" + "^{x" * 10_000 + "}" * 10_000,
        "x" + "^a" * 10_000,
        "-" * 10_000 + "x",
        "|" * 10_000,
        r"\hat" * 10_000 + "x",
        r"\sum " * 10_000 + "x",
        r"\log " * 10_000 + "x",
        r"\nabla " * 8_000 + "x",
        r"{a \over " * 5_000 + "b" + "}" * 5_000,
        r"\underbrace{a}_{" * 3_000 + "?" + "}" * 3_000,
        r"\begin{aligned}" * 1_500 + "x" + r"\end{aligned}" * 1_500,
        "a:" * 10_000,
        r"\text{" * 9_000,
        "a," * 9_000 + "a",
        "a=b," * 5_000,
        "a=" * 9_000 + "a",
        "a " * 9_000,
        r"a &= b \\ " * 5_000,
        "&" * 60_000,
        "x" * 1_000_000,
        r"\frac{a}{b}" * 100_000,
    ],
    ids=lambda text: f"{text[:16]} x {len(text)}",
)
def test_size_and_depth_end_soon_and_clearly(text):
    started = time.process_time()
    for error in (_error(lambda: statements(text)), _error(lambda: _and_back(text))):
        assert error is None or str(error)
    assert time.process_time() - started < 10


def _and_back(text: str) -> None:
    tree = formula(text)
    assert hash(tree) == hash(bare(tree))
    assert formula(written(tree)) == tree


def test_time_is_linear_in_the_length():
    def best(read: Callable[[str], object], text: str) -> float:
        times = []
        for _ in range(5):
            started = time.process_time()
            read(text)
            times.append(time.process_time() - started)
        return min(times)

    row = r"\frac{\partial L}{\partial h_t} &= W^\top \left( a \odot b \right) + \sum_{k} x_k \\ "
    few, many = best(statements, row * 50), best(statements, row * 500)
    assert many < 30 * few


# -- our own printers


@pytest.mark.parametrize("cell", CELLS)
def test_all_that_we_print_is_read_completely(cell):
    derivation = symrnn.derive(cell, steps=2)
    equations = [*derivation.model.equations, *derivation.recurrence.equations]
    for name in FORMS:
        try:
            form = derivation.form(name)
        except SymrnnError:  # this form is not for this cell
            continue
        equations += [*form.definitions, *form.equations]
        if form.unrolled is not None and name != "components":
            equations += form.graph(derivation.steps)
    sides: dict[str, Node] = {}
    for notation in NOTATIONS:
        found = statements(align(equations, names(derivation.model, notation)))
        assert len(found) == len(equations)
        for statement in found:
            assert not statement.unreadable
            assert not statement.remarks
            assert statement.relations == ("=",)
            sides.update({side.text: side for side in statement.sides})
    for side in sides.values():
        assert not any(isinstance(node, Text | Ellipsis) for node in walk(side))
        assert formula(written(bare(side))) == side

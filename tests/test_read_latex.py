r"""LaTeX math as trees: every construct by hand, spans, statements, corrections in the author's spelling."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
    Unreadable,
)
from symrnn.notes.latex import LatexError
from symrnn.notes.parse import formula, read_formula
from symrnn.notes.rows import Statement, statements
from symrnn.notes.tree import bare, children, letters, replaced, walk
from symrnn.notes.written import written

a, b, c, h, i, j, k, t, x, z = (Name(letter) for letter in "abchijktxz")
L, T, U, W = (Name(letter) for letter in "LTUW")
ONE, TWO = Number("1"), Number("2")
SIGMA, DELTA, TANH, TOP = (Name(f"\\{name}") for name in ("sigma", "delta", "tanh", "top"))


def infix(operator: str, *operands: Node) -> Infix:
    return Infix((operator,) * (len(operands) - 1), operands)


def times(*operands: Node) -> Infix:
    return infix("", *operands)


def brackets(body: Node, opening: str = "(", closing: str = ")") -> Group:
    return Group(opening, body, closing)


def partial(body: Node | None) -> Differential:
    return Differential(r"\partial", body=body)


def slope(above: Node, below: Node) -> Fraction:
    return Fraction(partial(above), partial(below))


EARLIER = infix("-", t, ONE)
H_T, X_T = replace(h, sub=t), replace(x, sub=t)

TREES = {
    # names
    "h_t": H_T,
    r"h _ {t-1}": replace(h, sub=EARLIER),
    "h^{(t)}": replace(h, sup=brackets(t)),
    r"h^{\langle t-1\rangle}": replace(h, sup=brackets(EARLIER, r"\langle", r"\rangle")),
    "h^{<t>}": replace(h, sup=brackets(t, "<", ">")),
    "h^{&lt;t&gt;}": replace(h, sup=brackets(t, "<", ">")),
    "h^t": replace(h, sup=t),
    "h^(t)": replace(h, sup=brackets(t)),
    "h(t)": Call(h, brackets(t)),
    r"\hat y_t": Name("y", ("hat",), sub=t),
    r"\hat{y_t}": Name("y", ("hat",), sub=t),
    r"\widetilde{\mathbf{c}}": Name("c", ("widetilde", "mathbf")),
    r"\mathbf{W_{xh}}": Name("W", ("mathbf",), sub=Name("xh")),
    r"{\bf x}_t": Name("x", ("bf",), sub=t),
    r"\mathcal L_\text{seq}": Name("L", ("mathcal",), sub=Name("seq", ("text",))),
    "W_{h[i,j]}": replace(W, sub=Call(h, brackets(List(",", (i, j)), "[", "]"))),
    "h_{[i]}^{(t)}": replace(h, sub=brackets(i, "[", "]"), sup=brackets(t)),
    "x^{(t)T}": replace(x, sup=times(brackets(t), T)),
    r"x^{(t)^\top}": replace(x, sup=Script(brackets(t), sup=TOP)),
    r"\mathbf{x}^{(t)}^{\top}": Script(Name("x", ("mathbf",), sup=brackets(t)), sup=TOP),
    "{W^{ab}}^T": Script(replace(W, sup=Name("ab")), sup=T),
    "{h_t}_i": Script(H_T, sub=i),
    "z_{}^{2}": replace(z, sup=TWO),
    "{}_T a": replace(a, left_sub=T),
    "x_+": replace(x, sub=Name("+")),
    r"f(\cdot)": Call(Name("f"), brackets(Name(r"\cdot"))),
    "x^*=a": infix("=", replace(x, sup=Name("*")), a),
    "dW_a": Name("dW", sub=a),
    r"d\gamma": times(Name("d"), Name(r"\gamma")),
    "h1": Name("h1"),
    "x_12": times(replace(x, sub=ONE), TWO),
    r"h\_t": H_T,
    "αβ": times(Name(r"\alpha"), Name(r"\beta")),
    r"\mathbf 1_{i=j}": Name("1", ("mathbf",), sub=infix("=", i, j)),
    r"\overline{ab}": Name("ab", ("overline",)),
    r"\overline{a+b}": Accented("overline", infix("+", a, b)),
    # primes
    "f'(x)": Call(replace(Name("f"), primes=1), brackets(x)),
    r"f^{\prime}(x)": Call(replace(Name("f"), primes=1), brackets(x)),
    r"\sigma''": replace(SIGMA, primes=2),
    "(a)'": Script(brackets(a), primes=1),
    "a'_t^2": replace(a, sub=t, sup=TWO, primes=1),
    # products and sums
    "a+b-c": Infix(("+", "-"), (a, b, c)),
    "1-x": infix("-", ONE, x),
    r"W h_t + U \, x_t": infix("+", times(W, H_T), times(U, X_T)),
    r"a \odot b * c": Infix((r"\odot", "*"), (a, b, c)),
    "a.b.c": infix(".", a, b, c),
    r"a \circ W b": infix(r"\circ", a, times(W, b)),
    "-a b + c": infix("+", Unary("-", times(a, b)), c),
    r"a \cdot -b": infix(r"\cdot", a, Unary("-", b)),
    r"a \times (b + c)": infix(r"\times", a, brackets(infix("+", b, c))),
    "a[b]\\{c\\}": times(Call(a, brackets(b, "[", "]")), brackets(c, r"\{", r"\}")),
    "{a b} c": times(Group("{", times(a, b), "}"), c),
    r"\bigl(a\bigr)\Big[b\Big]": times(brackets(a), brackets(b, "[", "]")),
    "|a|_2": Script(brackets(a, "|", "|"), sub=TWO),
    r"\left\| a \right\|^2": Script(brackets(a, r"\|", r"\|"), sup=TWO),
    r"\frac12 \|a\|^2": times(Fraction(ONE, TWO), Script(brackets(a, r"\|", r"\|"), sup=TWO)),
    "2 |a + |b||": times(TWO, brackets(infix("+", a, brackets(b, "|", "|")), "|", "|")),
    "p(a|b) |c|": times(Call(Name("p"), brackets(List("|", (a, b)))), brackets(c, "|", "|")),
    "x_{<t}": replace(x, sub=Unary("<", t)),
    r"\log |x|": Call(Name(r"\log"), brackets(x, "|", "|")),
    r"a \div b\,{\times}\,c": Infix((r"\div", r"\times"), (a, b, c)),
    # fractions
    r"\frac ab": Fraction(a, b),
    r"\tfrac12": Fraction(ONE, TWO, r"\tfrac"),
    r"{a \over b}": Fraction(a, b, r"\over"),
    r"\frac{\partial L}{\partial h_t}": slope(L, H_T),
    r"\frac{\partial}{\partial t} a": times(Fraction(partial(None), partial(t)), a),
    r"\frac{dL}{dh_t}": Fraction(Name("dL"), Name("dh", sub=t)),
    r"\frac{d L}{d x}": Fraction(times(Name("d"), L), times(Name("d"), x)),
    r"\frac{\partial^2 L}{\partial x \partial z}": Fraction(
        Differential(r"\partial", sup=TWO, body=L), times(partial(x), partial(z))
    ),
    r"\partial L/\partial x W": Infix(("/", ""), (partial(L), partial(x), W)),
    "dL/dx W": Infix(("/", ""), (Name("dL"), Name("dx"), W)),
    "d L/d x W": Infix(("/", ""), (times(Name("d"), L), times(Name("d"), x), W)),
    "1/2 x": Infix(("/", ""), (ONE, TWO, x)),
    "a/b c": infix("/", a, times(b, c)),
    r"1/T \sum_t a": Infix(("/", ""), (ONE, T, BigOperator(r"\sum", t, None, a))),
    r"\nabla_{x} L": Differential(r"\nabla", sub=x, body=L),
    r"\nabla_h L \odot a": infix(r"\odot", Differential(r"\nabla", sub=h, body=L), a),
    r"\partial \tanh(x)": partial(Call(TANH, brackets(x))),
    r"\sqrt[3]{a+b}": Root(infix("+", a, b), Number("3")),
    # functions
    r"\tanh(W h)": Call(TANH, brackets(times(W, h))),
    "tanh(x)": Call(Name("tanh"), brackets(x)),
    r"\text{tanh}^2(x)": Call(Name("tanh", ("text",), sup=TWO), brackets(x)),
    r"\operatorname{diag}\left(a\right)": Call(Name("diag", ("operatorname",)), brackets(a)),
    r"\mathrm{softmax}(z)": Call(Name("softmax", ("mathrm",)), brackets(z)),
    r"\tanh W h + b": infix("+", Call(TANH, times(W, h)), b),
    r"\log a \log b": times(Call(Name(r"\log"), a), Call(Name(r"\log"), b)),
    r"\sigma{(a)}": Call(SIGMA, brackets(a)),
    r"\sigma(a)(1-a)": times(Call(SIGMA, brackets(a)), brackets(infix("-", ONE, a))),
    r"f(a)^T": Script(Call(Name("f"), brackets(a)), sup=T),
    r"\max_j a_j": Call(Name(r"\max", sub=j), replace(a, sub=j)),
    r"p(a|b)": Call(Name("p"), brackets(List("|", (a, b)))),
    # big operators
    r"\sum_{t=1}^T a b + c": infix("+", BigOperator(r"\sum", infix("=", t, ONE), T, times(a, b)), c),
    r"\sum\limits_t \sum_k a * b": BigOperator(
        r"\sum", t, None, BigOperator(r"\sum", k, None, infix("*", a, b))
    ),
    r"\sum a": BigOperator(r"\sum", None, None, a),
    r"c \sum_t a \cdot b": times(c, BigOperator(r"\sum", t, None, infix(r"\cdot", a, b))),
    r"(\prod_{j} a) b": times(brackets(BigOperator(r"\prod", j, None, a)), b),
    r"\sum_{a \in \{b, c\}} a": BigOperator(
        r"\sum", infix(r"\in", a, brackets(List(",", (b, c)), r"\{", r"\}")), None, a
    ),
    r"\sum_t -a + b": infix("+", BigOperator(r"\sum", t, None, Unary("-", a)), b),
    # lists, slices, matrices
    "[a, b; c]": brackets(List(";", (List(",", (a, b)), c)), "[", "]"),
    "W[:, a:b]": Call(W, brackets(List(",", (Slice(None, None), Slice(a, b))), "[", "]")),
    "x_{1:t}": replace(x, sub=Slice(ONE, t)),
    r"\begin{bmatrix} a & \\ b & c\end{bmatrix}^T": Script(Matrix("bmatrix", ((a, None), (b, c))), sup=T),
    r"\begin{array}{c|c} a & \ddots \\ \hline \end{array}": Matrix("array", ((a, Ellipsis(r"\ddots")),)),
    r"\begin{cases} 0, & \text{if } a = b \\[2ex] 1 & \text{otherwise} \end{cases}": Matrix(
        "cases",
        ((Number("0"), List("", (Text("if "), infix("=", a, b)))), (ONE, Text("otherwise"))),
    ),
    r"\left\{ \begin{array}{l} a \\ b \end{array} \right.": Matrix("cases", ((a,), (b,))),
    r"a_{\substack{b \\ c}}": replace(a, sub=Matrix("substack", ((b,), (c,)))),
    r"a + \cdots + b": infix("+", a, Ellipsis(r"\cdots"), b),
    "a, ..., b": List(",", (a, Ellipsis("..."), b)),
    # notes
    r"\underbrace{a + b}_{(a \times b)}": Annotated(
        r"\underbrace", infix("+", a, b), brackets(infix(r"\times", a, b))
    ),
    r"\underbrace{a}_{\text{as before}} b": times(Annotated(r"\underbrace", a, Text("as before")), b),
    r"\overbrace{a}^{?!}": Annotated(r"\overbrace", a, Text("?!")),
    r"\underset{x}{a}": Annotated(r"\underset", a, x),
    r"a \stackrel{def}{=} b": infix("=", a, b),
    r"a \in \mathbb{R}^{b \times c}": infix(r"\in", a, Name("R", ("mathbb",), sup=infix(r"\times", b, c))),
    r"\frac ab\Big|_{x=c} z": times(EvaluationBar(Fraction(a, b), infix("=", x, c)), z),
    r"\left. a + b \right|_{c}": EvaluationBar(infix("+", a, b), c),
    # relations
    r"a := b \neq c \not\in L": Infix((":=", r"\neq", r"\not\in"), (a, b, c, L)),
    "a += b": infix("+=", a, b),
    r"a \mathrel{+}= b": infix("+=", a, b),
    r"a \implies b": infix(r"\implies", a, b),
    r"a \text{ if } t > 0": List("", (a, Text(" if "), infix(">", t, Number("0")))),
    # cosmetics
    r"\displaystyle\large{\color{red}{a}} \; +~\boxed{b}\tag{1}\label{eq:a}\nonumber": infix("+", a, b),
    r"\bbox[5px,border:1px solid]{a}\phantom{b} \rule{1em}{2em}\hspace{1em}{}": a,
    r"\textcolor{blue}{a}\vphantom{\frac ab} % a remark": a,
    "a + b.": infix("+", a, b),
    "a, b,": List(",", (a, b)),
}


@pytest.mark.parametrize("text", TREES)
def test_a_construct_is_this_tree(text):
    reading = read_formula(text)
    assert reading.tree == TREES[text]
    assert reading.remarks == ()


@pytest.mark.parametrize("text", TREES)
def test_the_text_of_every_node_is_that_node(text):
    for node in walk(formula(text)):
        start, end = node.span
        assert text[start:end] == node.text
        if isinstance(node, Group) and node.opening == "{":
            assert formula(node.text) == node.body
        elif not isinstance(node, Text):
            assert formula(node.text) == node


@pytest.mark.parametrize("text", TREES)
def test_parts_lie_inside_the_whole_and_apart_from_each_other(text):
    for node in walk(formula(text)):
        spans = sorted(child.span for child in children(node))
        edges = [node.span[0], *(edge for span in spans for edge in span), node.span[1]]
        assert edges == sorted(edges)


@pytest.mark.parametrize("text", TREES)
def test_a_tree_spelled_anew_is_read_as_itself(text):
    assert formula(written(bare(formula(text)))) == TREES[text]


@pytest.mark.parametrize("text", TREES)
def test_a_tree_that_was_not_changed_is_written_as_it_was(text):
    tree = formula(text)
    assert written(tree) == tree.text


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (r"W_{i\cdot}", replace(W, sub=times(i, Name(r"\cdot")))),
        ("Wᵀ", replace(W, sup=TOP)),
        (r"W_{\text{in}}", replace(W, sub=Name("in", ("text",)))),
        ("x^{(t)<k>}", replace(x, sup=times(brackets(t), brackets(k, "<", ">")))),
    ],
)
def test_what_only_a_script_may_be(text, tree):
    assert formula(text) == tree


# -- slips that do not keep a formula from being read, and errors


@pytest.mark.parametrize(
    ("text", "tree", "offset", "said"),
    [
        ("a * ((b) c", infix("*", a, brackets(times(brackets(b), c))), 4, "( is never closed"),
        ("a + b)", infix("+", a, b), 5, ") was never opened"),
        (r"\frac{a)}{b}", Fraction(a, b), 7, ") was never opened"),
        (r"\vh_t", Name(r"\vh", sub=t), 0, r"\vh is not known"),
        (r"\vect{h}_t", Name("h", ("vect",), sub=t), 0, r"\vect is not known"),
        (r"( a \rangle", Group("(", a, r"\rangle"), 4, r"\rangle closes a ("),
    ],
)
def test_a_slip_is_remarked(text, tree, offset, said):
    reading = read_formula(text)
    assert reading.tree == tree
    assert [(r.offset, r.message) for r in reading.remarks] == [(offset, said)]


@pytest.mark.parametrize(
    ("text", "offset", "said"),
    [
        ("", 0, "found the end: expected a term"),
        ("a + ", 3, "found the end: expected a term"),
        ("a + * b", 4, "found *: expected a term"),
        (r"\frac{}{b}", 6, "found }: expected a term"),
        (r"\frac{a}{b", 10, "found the end: expected }"),
        ("a } b", 2, "found }: expected an operator or the end"),
        ("a) b", 1, "found ): expected an operator or the end"),
        ("^a", 0, "found ^: expected a term"),
        (r"a \$ b", 2, r"\$ cannot be read"),
        (r"\begin{bmatrix} a", 0, r"found \begin{bmatrix}: expected \end{bmatrix} after it"),
        (r"\begin{tikzpicture} a \end{tikzpicture}", 0, "the environment tikzpicture is not known"),
        (r"\grad{L}{x}", 0, r"\grad is not known"),
        (r"a \text{ if", 2, r"\text{ if cannot be read"),
        (r"\sum_{t}", 8, "found the end: expected a term"),
        ("a = ? b", 4, "? cannot be read"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text, offset, said):
    with pytest.raises(LatexError) as caught:
        formula(text)
    assert (caught.value.offset, str(caught.value)) == (offset, said)


# -- statements


def one(text: str) -> Statement:
    (statement,) = statements(text)
    return statement


def test_a_chain_has_every_link():
    statement = one("a = b = c")
    assert statement.sides == (a, b, c)
    assert statement.links == ((a, "=", b), (b, "=", c))


def test_rows_that_go_on_are_one_statement():
    text = r"""\begin{aligned}
      h_t &= a \\
          &= b + c \\
          &\quad + x \\
          &= W \odot \\
          & \quad z
    \end{aligned}"""
    statement = one(text)
    last = infix(r"\odot", W, z)
    assert statement.sides == (H_T, a, infix("+", b, c, x), last)
    assert statement.relations == ("=", "=", "=")
    filled = ["h_t &= a", "= b + c", "+ x", r"= W \odot", "z"]
    assert [text[start:end] for start, end in statement.rows] == filled


def test_a_row_that_begins_with_a_relation_goes_on_with_nothing():
    statement = one(r"&= a + b \\ &= c")
    assert statement.continued
    assert statement.sides == (infix("+", a, b), c)
    assert statement.links == ((infix("+", a, b), "=", c),)


def test_a_bracket_over_rows_is_one_side():
    first, second = statements(r"x &= \left( a \right. \\ &\quad \left. + b \right) \\ z &= (a \\ &- b)")
    assert first.sides == (x, brackets(infix("+", a, b)))
    assert second.sides == (z, brackets(infix("-", a, b)))


@pytest.mark.parametrize(
    "text",
    [
        r"a = b \quad c = x",
        "a = b, c = x",
        "a = b; c = x.",
        r"a = b \text{ and } c = x",
        r"a = b\quad\text{where}\quad c = x",
        r"a = b \Rightarrow c = x",
        "a = b ~~~~ c = x",
        r"a &= b & c &= x",
        r"a &= b, \\ c &= x",
        r"\begin{align*} a &= b \label{q} \\ c &= x \end{align*}",
        r"\begin{gather} a = b \\ c = x \end{gather}",
        r"\left\{ \begin{array}{l} a = b \\ c = x \end{array} \right.",
        r"\begin{array}{l} {a = b} \\ {c = x} \end{array}",
        r"\begin{equation}\begin{split} a &= b \\ c &= x \end{split}\end{equation}",
        r"\begin{align} a &= b \end{align} \begin{align} c &= x \end{align}",
        r"a = b \\ \intertext{but} c = x",
        r"\boxed{a = b} \\ \bbox[red]{ c = x }",
        r"a = b, \quad \boxed{c = x}",
        r"\boxed{a = b} \qquad c = x",
        r"{\color{red} a = b, \; c = x}",
    ],
)
def test_statements_that_share_a_display_come_apart(text):
    assert [statement.sides for statement in statements(text)] == [(a, b), (c, x)]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        (r"a, b = f(c, x)", (List(",", (a, b)), Call(Name("f"), brackets(List(",", (c, x)))))),
        (r"t = 1, \ldots, T", (t, List(",", (ONE, Ellipsis(r"\ldots"), T)))),
        (r"a = b \quad + c", (a, infix("+", b, c))),
        (r"a = \quad b", (a, b)),
        (r"\large{ a = \\ b + \\ c }", (a, infix("+", b, c))),
        (r"a = b \text{ per } c", (a, List("", (b, Text(" per "), c)))),
        (r"x = \begin{aligned}[t] & a + b \\ & + c \end{aligned}", (x, infix("+", a, b, c))),
        (r"-a = b", (Unary("-", a), b)),
        (r"x = a \\ & W b", (x, times(a, W, b))),
    ],
)
def test_what_is_one_statement_stays_one(text, sides):
    assert one(text).sides == sides


def test_conditions_and_numbers_stand_apart():
    statement = one(r"a = b \quad \text{if } t > 1 \qquad (5.2)")
    assert statement.sides == (a, b)
    assert statement.conditions == (List("", (Text("if "), infix(">", t, ONE))),)
    assert statement.tag == "5.2"
    assert one(r"a = b \tag{7}").tag == "7"
    assert one(r"a = b &\quad (\text{as } x = z)").sides == (a, b)
    assert one(r"a = b, \forall t").conditions == (times(Name(r"\forall"), t),)


def test_a_row_that_cannot_be_read_leaves_the_others():
    text = r"a &= b \\ c &= \frac{}{2} = x \\ h &= z"
    first, second, third = statements(text)
    assert (first.sides, third.sides) == ((a, b), (h, z))
    assert [type(side) for side in second.sides] == [Name, Unreadable, Name]
    (problem,) = second.unreadable
    assert (problem.message, text[problem.offset - 1 : problem.offset + 1]) == (
        "found }: expected a term",
        "{}",
    )
    assert problem.text == r"\frac{}{2}"
    assert not first.unreadable


def test_a_relation_with_nothing_after_it_is_unreadable():
    statement = one("a = ")
    assert statement.sides[0] == a
    assert statement.unreadable[0].message == "found the end: expected a term"


def test_nothing_is_no_statement():
    assert statements("") == statements(r" \quad % nothing") == statements(r"\\ & \\") == ()


# -- changes, in the spelling of the author


def at(tree: Node, text: str) -> Node:
    return next(node for node in walk(tree) if node.text == text)


@pytest.mark.parametrize(
    ("text", "old", "new", "changed"),
    [
        (r"\left( W^\top\, a \right) \odot b", r"W^\top", "W", r"\left( W\, a \right) \odot b"),
        (r"W \,\mathbf{h_t}", "t", "t-1", r"W \,\mathbf{h_{t-1}}"),
        (r"W \,\mathbf{h_{ t }}", "t", "t-1", r"W \,\mathbf{h_{ t-1 }}"),
        (r"\frac ab * c", "a", "a + b", r"\frac {a + b}b * c"),
        (r"a\, * c", "c", "x + z", r"a\, * (x + z)"),
        (r"a  +  c", "c", "-x", r"a  +  -x"),
        (r"c\,x", "c", r"\sum_t a", r"\left(\sum_t a\right)\,x"),
        (r"\sum_t  a", "a", "a + b", r"\sum_t  (a + b)"),
        (r"a \\ & + b", "b", "c", r"a \\ & + c"),
        (r"h^{(t)}^{\top}", "h^{(t)}", "x", r"x^{\top}"),
        (r"\sqrt[3]{a}", "3", "4", r"\sqrt[4]{a}"),
        (r"x {a \over b}", "b", "c", r"x {a \over {c}}"),
    ],
)
def test_a_change_keeps_the_source_around_it(text, old, new, changed):
    side = statements(text)[0].sides[0]
    assert written(replaced(side, at(side, old), formula(new))) == changed


def test_a_statement_is_rewritten_with_its_rows():
    statement = one("h_t &= W a \\\\\n  &\\quad + U b \\tag{2}")
    left, right = statement.sides
    assert isinstance(right, Infix)
    swapped = replace(right, operands=right.operands[::-1])
    assert statement.rewritten((left, swapped)) == "h_t &= U b \\\\\n  &\\quad + W a"
    longer = replace(right, operators=("-", "+"), operands=(right.operands[0], c, right.operands[1]))
    assert statement.rewritten((left, longer)) == "h_t &= W a - c + U b"


def test_a_part_that_moves_leaves_its_rows_behind():
    right = statements("a &= (b \\\\ &+ c) x")[0].sides[1]
    assert written(Infix((r"\odot",), (right, a))) == r"(b    + c) x \odot a"


def test_only_the_very_node_is_replaced():
    tree = formula("a + a")
    assert replaced(tree, children(tree)[1], b) == infix("+", a, b)


def test_the_letters_of_a_name():
    d, last = letters(formula("dW_a"))  # type: ignore[arg-type]
    assert (d, last) == (Name("d"), replace(W, sub=a))
    assert (d.text, last.text) == ("d", "W_a")
    assert letters(Name("seq", ("text",))) == (Name("seq", ("text",)),)

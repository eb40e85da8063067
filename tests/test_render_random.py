"""Random expressions: what is printed means the expression, and TeX takes it."""

from __future__ import annotations

import ast
import re
import unicodedata

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import S

from symrnn.evaluate import Floats, value
from symrnn.expressions import (
    CLOCKS,
    Adjoint,
    Scale,
    Softmax,
    Transposed,
    Variable,
    apply,
    diag,
    dimension,
    fill,
    hadamard,
    inner,
    leaves,
    plus,
    product,
    rows,
    scale,
    stack,
    total,
    transposed,
)
from symrnn.functions import FUNCTIONS, RECIPROCAL, power
from symrnn.naming import Names, names
from symrnn.notation import NOTATIONS
from symrnn.reading import read
from symrnn.render import infix, latex, text
from symrnn.render.text_format import FRACTIONS

n = dimension("n")
t = CLOCKS["t"]
SIZE = {n: 3}
L = Variable("L", 1, 1)
COLUMNS = [Variable(name, n, 1, t, lag) for name in ("h", "yhat", "a_y") for lag in (-1, 0, 1)]
COLUMNS += [Adjoint(c, L) for c in COLUMNS] + [Variable("C", n, 1)]
MATRICES = [Variable("W", n, n), Variable("U_f", n, n)]
ONE = fill(1, (n, S.One))
NUMBER = fill(1, (S.One, S.One))
NUMBERS = (-3, -1, 2, S(1) / 2, S(-2) / 3)
APPLIED = [FUNCTIONS[name] for name in ("tanh", "sigmoid", "relu", "abs", "square")] + [RECIPROCAL, power(3)]


def larger(inside):
    pairs = st.tuples(inside, inside)
    return st.one_of(
        pairs.map(lambda p: plus(*p)),
        pairs.map(lambda p: hadamard(*p)),
        pairs.map(lambda p: plus(p[0], scale(-1, p[1]))),
        pairs.map(lambda p: scale(inner(*p), p[0])),
        pairs.map(lambda p: product(p[0], transposed(p[1]), p[0])),
        pairs.map(lambda p: product(diag(p[0]), p[1])),
        pairs.map(lambda p: rows(stack(*p), S.One, n + 1)),
        pairs.map(lambda p: rows(plus(stack(*p), stack(*p)), S.One, n + 1)),
        pairs.map(lambda p: scale(inner(*p), plus(*p))),
        pairs.map(lambda p: scale(plus(NUMBER, inner(*p)), p[0])),
        pairs.map(lambda p: scale(hadamard(inner(*p), plus(NUMBER, inner(*p))), p[0])),
        pairs.map(lambda p: product(p[0], Transposed(plus(*p)), p[1])),
        pairs.map(lambda p: hadamard(p[0], apply(RECIPROCAL, plus(*p)))),
        pairs.map(lambda p: hadamard(p[0], apply(RECIPROCAL, hadamard(*p)))),
        st.tuples(st.sampled_from(APPLIED), pairs).map(lambda p: apply(p[0], plus(*p[1]))),
        st.tuples(st.sampled_from(NUMBERS), pairs).map(lambda p: Scale(S(p[0]), plus(*p[1]))),
        inside.map(lambda x: plus(ONE, scale(-1, x))),
        inside.map(lambda x: scale(total(x), x)),
        inside.map(Softmax),
        st.tuples(st.sampled_from(APPLIED), inside).map(lambda p: apply(*p)),
        st.tuples(st.sampled_from(NUMBERS), inside).map(lambda p: scale(*p)),
        st.tuples(st.sampled_from(MATRICES), inside).map(lambda p: product(*p)),
        st.tuples(st.sampled_from(MATRICES), inside).map(lambda p: product(transposed(p[0]), p[1])),
    )


# The same examples on every run and every machine, however slow.
STEADY = settings(max_examples=300, derandomize=True, deadline=None)
expressions = st.recursive(st.sampled_from(COLUMNS), larger, max_leaves=8)


class Matrix:
    """A matrix whose @ also scales, as juxtaposition does on paper."""

    def __init__(self, array):
        self.array = np.atleast_2d(np.asarray(array, dtype=float))

    def __matmul__(self, other):
        a, b = self.array, of(other).array
        return Matrix(a * b if 1 in (a.size, b.size) else a @ b)

    def __rmatmul__(self, other):
        return Matrix(other) @ self

    def __add__(self, other):
        return Matrix(self.array + of(other).array)

    __radd__ = __add__

    def __sub__(self, other):
        return Matrix(self.array - of(other).array)

    def __rsub__(self, other):
        return Matrix(of(other).array - self.array)

    def __mul__(self, other):
        return Matrix(self.array * of(other).array)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return Matrix(self.array / of(other).array)

    def __rtruediv__(self, other):
        return Matrix(other) / self

    def __neg__(self):
        return Matrix(-self.array)

    def __pow__(self, exponent):
        return Matrix(self.array**exponent)

    def __getitem__(self, key):
        return Matrix(self.array[key])

    @property
    def T(self):  # noqa: N802  # the name in the cell language
        return Matrix(self.array.T)


def of(thing):
    return thing if isinstance(thing, Matrix) else Matrix(thing)


def softmax(x):
    weights = np.exp(x.array - x.array.max())
    return Matrix(weights / weights.sum())


MEANING = {
    "tanh": lambda x: Matrix(np.tanh(x.array)),
    "sigmoid": lambda x: Matrix(1 / (1 + np.exp(-x.array))),
    "relu": lambda x: Matrix(np.maximum(x.array, 0)),
    "abs": lambda x: Matrix(np.abs(x.array)),
    "diag": lambda x: Matrix(np.diag(x.array[:, 0])),
    "sum": lambda x: Matrix(x.array.sum()),
    "ones": lambda a, b: Matrix(np.ones((a, b))),
    "stack": lambda *blocks: Matrix(np.vstack([b.array for b in blocks])),
    "softmax": softmax,
    "n": SIZE[n],
}


def values_of(expression):
    """A value for each leaf, well away from zero."""
    random = np.random.default_rng(0)
    found = dict.fromkeys(leaves(expression))
    return {x: random.uniform(0.5, 1.5, [int(d.xreplace(SIZE)) for d in x.shape]) for x in found}


def agrees(code, expression, environment):
    """Whether Python code over matrices has the value of the expression."""
    tree = ast.fix_missing_locations(Stacks().visit(ast.parse(code, mode="eval")))
    with np.errstate(all="ignore"):
        found = of(eval(compile(tree, "printed", "eval"), MEANING | environment)).array
        expected = np.asarray(value(expression, values_of(expression), Floats(SIZE)), dtype=float)
    return found.shape == expected.shape and np.allclose(found, expected, rtol=1e-6, equal_nan=True)


class Stacks(ast.NodeTransformer):
    """[a, b] as a call that stacks."""

    def visit_List(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("stack", ast.Load()), node.elts, [])


@settings(STEADY)
@given(expressions)
def test_the_cell_language_means_the_expression(expression):
    found = values_of(expression)
    environment = {}
    code = infix(expression)
    for i, leaf in enumerate(sorted(found, key=lambda x: -len(str(x)))):
        code = re.sub(rf"(?<!\w){re.escape(str(leaf))}(?!\w)", f"v{i}", code)
        environment[f"v{i}"] = Matrix(found[leaf])
    assert agrees(code, expression, environment)


SUBSCRIPTED = re.compile(r"\\sum_\{i\}|\\mathbf\{1\}")


def python_of_latex(source):
    """LaTeX over v0, v1... as Python; juxtaposition becomes @."""
    source = re.sub(r"\\operatorname\{(\w+)\}|\\(tanh|sigma)", lambda m: m[1] or m[2], source)
    source = source.replace("sigma", "sigmoid").replace(r"\left|", "abs(").replace(r"\right|", ")")
    source = source.replace(r"\left(", "(").replace(r"\right)", ")").replace(r"\odot", "*")
    source = source.replace(r"\begin{bmatrix}", "stack(").replace(r"\\", ",").replace(r"\end{bmatrix}", ")")
    source = re.sub(r"_\{2:n\+1\}", "[1:n+1]", source).replace(r"^{\top}", ".T")
    source = re.sub(r"\^\{(\d)\}", r"**\1", source)
    while r"\frac" in source:
        source = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", source)
    return juxtaposed(source)


def python_of_text(source):
    source = source.replace("⊙", "*").replace("ᵀ", ".T").replace("²", "**2").replace("³", "**3")
    for fraction, sign in FRACTIONS.items():
        source = source.replace(sign, f"({fraction})")
    source = source.replace("σ", "sigmoid")
    source = re.sub(r"\|([^|]*)\|", r"abs(\1)", source).replace("[2:n+1]", "{}")
    source = re.sub(r"\[", "stack(", source).replace("]", ")").replace(";", ",")
    return juxtaposed(source.replace("{}", "[1:n+1]"))


def juxtaposed(source):
    """@ between two operands with nothing but a space between them, as in v0 (v1 + v2)."""
    return re.sub(r"(?<=[\w)\]])\s+(?=[\w(])", " @ ", source)


def readable(expression):
    """Whether the small readers here know all of it: sums over entries and nested bars they do not."""
    printed = latex(expression)
    return r"\sum" not in printed and printed.count(r"\left|") < 2


@settings(STEADY)
@given(expressions.filter(readable))
def test_latex_and_text_mean_the_expression(expression):
    found = values_of(expression)
    for show, translate in ((latex, python_of_latex), (text, python_of_text)):
        source, environment = show(expression), {}
        for i, leaf in enumerate(sorted(found, key=lambda x: -len(show(x)))):
            source = source.replace(show(leaf), f"v{i} ")
            environment[f"v{i}"] = Matrix(found[leaf])
        source = re.sub(r"(v\d) (?=[).^ᵀ²³_\[,;}|])", r"\1", source)
        assert agrees(translate(source).strip(), expression, environment), (show(expression), source)


def scripts_clash(source):
    """Whether TeX would meet two superscripts, or two subscripts, on one thing."""
    tokens = re.findall(r"\\[A-Za-z]+|\\.|[{}^_]|'|[^\s]", source)
    clash, _, rest = scan(tokens)
    assert not rest, f"unbalanced braces: {source}"
    return clash


def scan(tokens):
    """(clash, scripts of a group that is one accented letter, the tokens after the group)."""
    scripts, things, accented = set(), 0, False
    while tokens and tokens[0] != "}":
        token, *tokens = tokens
        if token in "^_":
            if token in scripts:
                return True, set(), []
            scripts = scripts | {token}
            clash, _, tokens = scan_one(tokens)
        elif token in (r"\hat", r"\tilde", r"\bar"):
            things, scripts, accented = things + 1, set(), True
            clash, _, tokens = scan_one(tokens)
        else:
            things += 1
            clash, scripts, tokens = scan_one([token, *tokens])
        if clash:
            return True, set(), []
    return False, scripts if things == 1 and accented else set(), tokens


def scan_one(tokens):
    if tokens[0] != "{":
        return False, set(), tokens[1:]
    clash, scripts, rest = scan(tokens[1:])
    assert clash or rest, "a brace is not closed"
    return clash, scripts, rest[1:]


def test_the_scanner_finds_what_tex_finds():
    assert scripts_clash("a^{b}^{c}")
    assert scripts_clash(r"{\hat{y}^{(t)}}^{\top}")
    assert not scripts_clash(r"{h^{(t)}}^{\top} + a_{t}^{2}")


SPELLINGS = [Names(), *(names(read("lstm")[0], course) for course in NOTATIONS)]


@settings(STEADY)
@given(expressions)
def test_no_double_scripts_and_balanced_brackets_in_any_notation(expression):
    for spelling in SPELLINGS:
        source = latex(expression, spelling)
        assert source.isascii()
        assert not scripts_clash(source)
        assert source.count(r"\left") == source.count(r"\right")
        line = text(expression, spelling)
        assert "\\" not in line
        assert "\n" not in line
        assert line == unicodedata.normalize("NFC", line)
        assert line.count("(") == line.count(")")

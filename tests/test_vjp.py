"""Every rule of the table against difference quotients; whole random expressions against autograd."""

from __future__ import annotations

import math
from collections.abc import Callable

import autograd.numpy as traced_numpy
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_numpy import Array, compute
from sympy import Integer, Rational, Symbol, sin

from symrnn.adjoint import reverse
from symrnn.equations import Equation, Model
from symrnn.errors import SymrnnError
from symrnn.evaluate import Floats, evaluate, value
from symrnn.expressions import (
    CLOCKS,
    LENGTHS,
    Adjoint,
    Apply,
    Diag,
    Diagonal,
    Hadamard,
    Leaf,
    Node,
    Only,
    Over,
    Plus,
    Product,
    Rows,
    Scale,
    Softmax,
    Stack,
    Total,
    Transposed,
    Variable,
    apply,
    diag,
    diagonal,
    fill,
    hadamard,
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
from symrnn.oracles.elementwise import KINKS
from symrnn.unroll import unroll
from symrnn.vjp import VJPS, cotangents

T = CLOCKS["t"]
FLOATS = Floats({})
Sizes = tuple[int, int, int]


def leaf(name: str, rows: int, cols: int = 1) -> Variable:
    return Variable(name, Integer(rows), Integer(cols))


def function_cases() -> dict[str, Callable[[Sizes], Node]]:
    """Every function of the table, of as many matrices as it takes."""
    named = {**FUNCTIONS, "reciprocal": RECIPROCAL, "cube": power(3)}
    return {
        name: lambda s, f=function: Apply(f, *(leaf("AB"[i], s[0], s[1]) for i in range(len(f.variables))))
        for name, function in named.items()
    }


# For each operation, expressions for three sizes, all different and above 1.
CASES: dict[type, dict[str, Callable[[Sizes], Node]]] = {
    Plus: {
        "two": lambda s: Plus(leaf("A", s[0], s[1]), leaf("B", s[0], s[1])),
        "three, one twice": lambda s: Plus(leaf("A", s[0]), leaf("B", s[0]), leaf("A", s[0])),
    },
    Scale: {
        "number": lambda s: Scale(Rational(-3, 7), leaf("A", s[0], s[1])),
        "expression": lambda s: Scale(leaf("c", 1), leaf("A", s[0], s[1])),
        "expression of the matrix": lambda s: Scale(Total(leaf("A", s[0])), leaf("A", s[0])),
    },
    Product: {
        "matrix, column": lambda s: Product(leaf("A", s[0], s[1]), leaf("b", s[1])),
        "two matrices": lambda s: Product(leaf("A", s[0], s[1]), leaf("B", s[1], s[2])),
        "three": lambda s: Product(leaf("A", s[0], s[1]), leaf("B", s[1], s[2]), leaf("C", s[2], s[1])),
        "outer": lambda s: Product(leaf("a", s[0]), Transposed(leaf("b", s[1]))),
        "inner": lambda s: Product(Transposed(leaf("a", s[0])), leaf("b", s[0])),
        "square": lambda s: Product(leaf("A", s[0], s[0]), leaf("A", s[0], s[0])),
    },
    Hadamard: {
        "two": lambda s: Hadamard(leaf("A", s[0], s[1]), leaf("B", s[0], s[1])),
        "three": lambda s: Hadamard(leaf("a", s[0]), leaf("b", s[0]), leaf("c", s[0])),
        "itself": lambda s: Hadamard(leaf("a", s[0]), leaf("a", s[0])),
    },
    Apply: function_cases(),
    Softmax: {"column": lambda s: Softmax(leaf("a", s[0]))},
    Transposed: {"matrix": lambda s: Transposed(leaf("A", s[0], s[1]))},
    Stack: {
        "columns": lambda s: Stack(leaf("a", s[0]), leaf("b", s[1]), leaf("c", s[2])),
        "matrices": lambda s: Stack(leaf("A", s[0], s[2]), leaf("B", s[1], s[2])),
    },
    Rows: {
        "first": lambda s: Rows(leaf("A", s[0] + s[1], s[2]), Integer(0), Integer(s[0])),
        "middle": lambda s: Rows(leaf("a", sum(s)), Integer(s[0]), Integer(s[0] + s[1])),
        "last": lambda s: Rows(leaf("a", sum(s)), Integer(s[0] + s[1]), Integer(sum(s))),
    },
    Total: {"matrix": lambda s: Total(leaf("A", s[0], s[1])), "column": lambda s: Total(leaf("a", s[0]))},
    Diag: {"column": lambda s: Diag(leaf("a", s[0]))},
    Diagonal: {"square": lambda s: Diagonal(leaf("A", s[0], s[0]))},
    Only: {"last step": lambda s: Only(leaf("A", s[0], s[1]), T, LENGTHS[T])},
}
ALL_CASES = [(kind, name) for kind in VJPS for name in CASES.get(kind, {"missing": None})]
SIZES: list[Sizes] = [(2, 3, 4), (4, 2, 3), (3, 5, 2)]


def random_values(node: Node, rng: np.random.Generator) -> dict[Leaf, Array]:
    """Positive numbers, for the sake of log and sqrt, at a distance from every kink."""
    return {
        x: rng.permuted(np.linspace(0.2, 2.7, math.prod(map(int, x.shape)))).reshape(tuple(map(int, x.shape)))
        * (1.1 if x.name == "B" else 1.0)
        for x in dict.fromkeys(leaves(node))
    }


def at_step(node: Node, last: bool) -> Node:
    """The expression at a step that is the last one, or is not: what Iverson's brackets say there."""
    if isinstance(node, Leaf):
        return node
    if isinstance(node, Only):
        inside = at_step(node.operands[0], last)
        return inside if last else fill(0, inside.shape)
    args = [at_step(a, last) if isinstance(a, Node) else a for a in node.args]
    return type(node)(*args)


def central_differences(
    f: Callable[[dict[Leaf, Array]], float], values: dict[Leaf, Array]
) -> dict[Leaf, Array]:
    found = {}
    for x, array in values.items():
        found[x] = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            step = np.zeros(array.shape)
            step[index] = 1e-5
            above, below = f({**values, x: array + step}), f({**values, x: array - step})
            found[x][index] = (above - below) / 2e-5
    return found


def check_rule(node: Node, last: bool, named: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = random_values(node, rng)
    g = Variable("g", *node.shape)
    direction = rng.standard_normal(tuple(map(int, node.shape)))
    name = Variable("value", *node.shape) if named else node
    found = cotangents(node, name, g)
    assert len(found) == len(node.operands)

    known = (
        {**values, g: direction, name: compute(at_step(node, last), values)}
        if named
        else {**values, g: direction}
    )
    ours = {x: np.zeros(array.shape) for x, array in values.items()}
    for operand, cotangent in zip(node.operands, found, strict=True):
        assert tuple(cotangent.shape) == tuple(operand.shape)
        given = value(at_step(cotangent, last), known, FLOATS)
        for x, share in shares(operand, given, values).items():
            ours[x] = ours[x] + share
    theirs = central_differences(lambda v: float(np.sum(direction * compute(at_step(node, last), v))), values)
    for x, array in theirs.items():
        np.testing.assert_allclose(ours[x], array, rtol=1e-7, atol=1e-8)


def shares(operand: Node, g: Array, values: dict[Leaf, Array]) -> dict[Leaf, Array]:
    """How the cotangent of an operand passes on to its leaves (those of the cases are simple)."""
    if isinstance(operand, Leaf):
        return {operand: np.asarray(g, dtype=float)}
    if isinstance(operand, Transposed):
        return {operand.operands[0]: np.asarray(g, dtype=float).T}
    assert isinstance(operand, Total)
    (x,) = operand.operands
    return {x: np.full(values[x].shape, float(g[0, 0]))}


@pytest.mark.parametrize("kind", VJPS)
def test_every_rule_of_the_table_has_cases_here(kind: type) -> None:
    assert CASES[kind]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(("kind", "name"), ALL_CASES)
def test_a_rule_agrees_with_difference_quotients(kind: type, name: str, sizes: Sizes) -> None:
    node = CASES[kind][name](sizes)
    assert type(node) is kind
    for last in (True, False) if kind is Only else (True,):
        for named in (True, False):
            check_rule(node, last, named, seed=sum(sizes))


@pytest.mark.parametrize("kind", VJPS)
def test_a_rule_that_is_off_by_a_thousandth_is_seen(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    right = VJPS[kind]

    def wrong(node: Node, name: Node, g: Node) -> list[Node]:
        first, *others = right(node, name, g)
        return [scale(Rational(1001, 1000), first), *others]

    monkeypatch.setitem(VJPS, kind, wrong)
    name = next(name for name in CASES[kind] if name not in ("sign", "step"))
    with pytest.raises(AssertionError):
        check_rule(CASES[kind][name]((2, 3, 4)), True, True, seed=1)


@pytest.mark.parametrize("name", sorted(KINKS))
def test_slopes_on_both_sides_of_a_kink(name: str) -> None:
    function = FUNCTIONS[name]
    xs = [leaf("AB"[i], 2, 3) for i in range(len(function.variables))]
    (first, *_) = cotangents(Apply(function, *xs), Apply(function, *xs), leaf("g", 2, 3))
    a = np.array([[-4.1, -2.3, -0.4], [0.3, 2.2, 4.4]])
    values = {leaf("A", 2, 3): a, leaf("B", 2, 3): a[::-1, ::-1] * 0.9, leaf("g", 2, 3): np.ones((2, 3))}
    ours = value(first, values, FLOATS)
    theirs = central_differences(
        lambda v: float(np.sum(compute(Apply(function, *xs), {**values, **v}))), {leaf("A", 2, 3): a}
    )
    np.testing.assert_allclose(np.asarray(ours, dtype=float), theirs[leaf("A", 2, 3)], rtol=1e-7, atol=1e-8)


def test_an_operation_without_a_rule_is_an_error_that_names_it() -> None:
    class Frobnicated(Node):
        def _infer(self) -> tuple[Integer, Integer]:
            return self.operands[0].shape

    node = Frobnicated(leaf("A", 2, 3))
    with pytest.raises(SymrnnError, match="Frobnicated"):
        cotangents(node, node, leaf("g", 2, 3))


def test_reversing_a_model_with_such_an_operation_is_the_same_error() -> None:
    class Frobnicated(Node):
        def _infer(self) -> tuple[Integer, Integer]:
            return self.operands[0].shape

    a, loss = leaf("A", 2, 3), leaf("L", 1)
    with pytest.raises(SymrnnError, match="Frobnicated"):
        reverse(Model("", "", (Equation(loss, total(Frobnicated(a))),), loss))


# Rules as one would write them on paper.

N, M = Symbol("n", integer=True, positive=True), Symbol("m", integer=True, positive=True)
W, h, G = Variable("W", N, M), Variable("h", M, Integer(1)), Variable("g", N, Integer(1))
f, z = Variable("f", N, Integer(1)), Variable("z", N, Integer(1))


def test_a_product_passes_its_cotangent_to_both_sides() -> None:
    found = cotangents(product(W, h), product(W, h), G)
    assert found == [product(G, transposed(h)), product(transposed(W), G)]


def test_tanh_and_sigmoid_are_written_in_their_values() -> None:
    (tanh,) = cotangents(apply(FUNCTIONS["tanh"], z), f, G)
    assert set(leaves(tanh)) == {f, G}
    (sigmoid,) = cotangents(apply(FUNCTIONS["sigmoid"], z), f, G)
    assert set(leaves(sigmoid)) == {f, G}


def test_a_softmax_goes_through_its_jacobian() -> None:
    (found,) = cotangents(Softmax(z), f, G)
    assert set(leaves(found)) == {f, G}
    p = np.array([[0.2], [0.5], [0.3]])
    g = np.array([[1.0], [-2.0], [4.0]])
    n = Floats({N: 3})
    np.testing.assert_allclose(value(found, {f: p, G: g}, n), (np.diag(p[:, 0]) - p @ p.T) @ g)


def test_a_stack_passes_to_each_block_its_rows() -> None:
    a, b = leaf("a", 2), leaf("b", 3)
    first, second = cotangents(stack(a, b), stack(a, b), leaf("g", 5))
    g = np.arange(5.0).reshape(5, 1)
    assert value(first, {leaf("g", 5): g}, FLOATS).tolist() == [[0], [1]]
    assert value(second, {leaf("g", 5): g}, FLOATS).tolist() == [[2], [3], [4]]


# Random expressions.

DIMENSIONS = [1, 2, 3, 4]
TAME = ["tanh", "sigmoid", "softplus", "sin", "cos", "silu", "gelu", "square", "relu", "elu", "abs", "max"]


@st.composite
def expressions(draw: st.DrawFn, rows_: int, cols: int, depth: int) -> Node:
    """A random expression of a shape, over a pool of two leaves for every shape."""

    def sub(r: int, c: int) -> Node:
        return draw(expressions(r, c, depth - 1))

    kinds = (
        ["leaf"]
        if depth == 0
        else [
            "plus",
            "hadamard",
            "product",
            "transposed",
            "number",
            "scalar",
            "apply",
            "rows",
            "leaf",
        ]
    )
    if depth and cols == 1:
        kinds += ["softmax", "diagonal"]
    if depth and rows_ >= 2:
        kinds += ["stack"]
    if depth and rows_ == cols == 1:
        kinds += ["total", "inner"]
    if depth and rows_ == cols > 1:
        kinds += ["diag"]
    kind = draw(st.sampled_from(kinds))
    inner = draw(st.sampled_from(DIMENSIONS))
    match kind:
        case "leaf":
            return leaf(f"{draw(st.sampled_from('PQ'))}{rows_}{cols}", rows_, cols)
        case "plus":
            return plus(sub(rows_, cols), sub(rows_, cols))
        case "hadamard":
            return hadamard(sub(rows_, cols), sub(rows_, cols))
        case "product":
            return product(sub(rows_, inner), sub(inner, cols))
        case "transposed":
            return transposed(sub(cols, rows_))
        case "number":
            return scale(
                draw(st.sampled_from([Rational(1, 2), Integer(-1), Rational(-2, 3)])), sub(rows_, cols)
            )
        case "scalar":
            return scale(sub(1, 1), sub(rows_, cols))
        case "apply":
            function = FUNCTIONS[draw(st.sampled_from(TAME))]
            return apply(function, *(sub(rows_, cols) for _ in function.variables))
        case "rows":
            return rows(sub(rows_ + inner, cols), Integer(inner), Integer(rows_ + inner))
        case "softmax":
            return Softmax(sub(rows_, 1))
        case "diagonal":
            return diagonal(sub(rows_, rows_))
        case "stack":
            return stack(sub(1, cols), sub(rows_ - 1, cols))
        case "total":
            return total(sub(inner, 2))
        case "inner":
            return product(transposed(sub(inner, 1)), sub(inner, 1))
        case _:
            return diag(sub(rows_, 1))


def summed(*equations: Equation) -> Model:
    """L = the sum of what the last equation binds; what L is made of directly would count as data."""
    loss, last = leaf("L", 1), equations[-1].lhs
    doubled = Variable("doubled", *last.shape)
    return Model(
        "", "", (*equations, Equation(doubled, scale(2, last)), Equation(loss, total(doubled))), loss
    )


def gradient_of(model: Model, values: dict[Leaf, Array]) -> dict[Leaf, Array]:
    forward, backward = unroll(model, {}), unroll(reverse(model), {})
    known = evaluate(forward, values, FLOATS)
    found = evaluate(backward, known, FLOATS)
    return {
        x: np.asarray(found.get(Adjoint(x, model.loss), np.zeros(values[x].shape)), dtype=float)
        for x in values
    }


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(st.data(), st.integers(0, 10**6))
def test_gradients_of_random_expressions_are_those_of_autograd(data: st.DataObject, seed: int) -> None:
    shape = data.draw(st.sampled_from([(1, 1), (3, 1), (2, 3), (3, 3)]))
    whole = data.draw(expressions(*shape, depth=4))
    middle = data.draw(expressions(*shape, depth=2))
    # The middle is used twice: once by its name, once as it is.
    part, combined = leaf("part", *shape), leaf("combined", *shape)
    rhs = hadamard(plus(whole, part), apply(FUNCTIONS["tanh"], plus(part, middle)))
    model = summed(Equation(part, middle), Equation(combined, rhs))
    rng = np.random.default_rng(seed)
    given_leaves = [x for x in dict.fromkeys([*leaves(middle), *leaves(rhs)]) if x != part]
    values = {x: rng.standard_normal(tuple(map(int, x.shape))) for x in given_leaves}

    def objective(numbers: list[Array]) -> Array:
        known = dict(zip(given_leaves, numbers, strict=True))
        return 2 * traced_numpy.sum(compute(rhs, {**known, part: compute(middle, known)}))

    theirs = grad(objective)([values[x] for x in given_leaves])
    ours = gradient_of(model, values)
    for x, expected in zip(given_leaves, theirs, strict=True):
        np.testing.assert_allclose(ours[x], expected, rtol=1e-9, atol=1e-9 * (1 + np.abs(expected).max()))


def test_a_sum_over_the_steps_passes_its_cotangent_to_every_step() -> None:
    x, y, loss = Variable("x", Integer(3), Integer(1), T), leaf("y", 3), leaf("L", 1)
    model = summed(Equation(y, apply(FUNCTIONS["sin"], Over(hadamard(x, x), T))))
    steps = {T: 3}
    rng = np.random.default_rng(5)
    values = {x.at(Integer(0), t): rng.standard_normal((3, 1)) for t in (1, 2, 3)}
    found = evaluate(unroll(reverse(model), steps), evaluate(unroll(model, steps), values, FLOATS), FLOATS)
    whole = sum(v * v for v in values.values())
    for key, v in values.items():
        np.testing.assert_allclose(found[Adjoint(key, loss)], 2 * np.cos(whole) * 2 * v)


def test_the_functions_of_the_second_evaluator_are_not_sympys() -> None:
    a = leaf("a", 2)
    ours = value(Apply(FUNCTIONS["sin"], a), {a: np.array([[1.0], [2.0]])}, FLOATS)
    assert ours[0, 0] == pytest.approx(float(sin(1)))
    np.testing.assert_allclose(compute(Apply(FUNCTIONS["sin"], a), {a: np.array([[1.0], [2.0]])}), ours)

"""The equations of the courses, written by hand, are those that come out for the plain recurrent network."""

from __future__ import annotations

import pytest

from symrnn.adjoint import reverse
from symrnn.equations import Equation
from symrnn.expressions import (
    CLOCKS,
    INDICES,
    LENGTHS,
    Adjoint,
    Block,
    Jacobian,
    Joint,
    Leaf,
    Node,
    Variable,
    apply,
    chain,
    diag,
    dimension,
    fill,
    hadamard,
    over,
    plus,
    product,
    scale,
    stack,
    transposed,
)
from symrnn.forms import FORMS
from symrnn.functions import FUNCTIONS, power
from symrnn.reading import read

t, u = CLOCKS["t"], CLOCKS["u"]
j, k = INDICES["j"], INDICES["k"]
T = LENGTHS[t]
m, n, v = (dimension(name) for name in "mnv")
x, h, o = (Variable(name, rows, 1, t) for name, rows in (("x", m), ("h", n), ("o", v)))
y, yhat = Variable("y", v, 1, t), Variable("yhat", v, 1, t)
b, c = Variable("b", n, 1), Variable("c", v, 1)
W, U, V = Variable("W", n, n), Variable("U", n, m), Variable("V", v, n)
L, ell, F = Variable("L", 1, 1), Variable("ell", 1, 1, t), Variable("F", 1, 1, t)
FROM_LOSS = plus(yhat, scale(-1, y))  # y_hat - y


def slope(state: Leaf) -> Node:
    """1 - h^2, the derivative of tanh in terms of its value."""
    return plus(fill(1, state.shape), scale(-1, apply(power(2), state)))


def after(leaf: Leaf) -> Leaf:
    return leaf.at(t, 1)


def first(leaf: Leaf) -> Leaf:
    return leaf.placed({t: 1})


def equations(form: str, cell: str = "rnn") -> dict[Leaf, Node]:
    model, _ = read(cell)
    return {e.lhs: e.rhs for e in FORMS[form](model, reverse(model)).equations}


def sums(dh: Node, do: Node) -> dict[Leaf, Node]:
    """The sums over t of Goodfellow et al., eq. 10.22-10.28, given the derivatives by h[t] and by o[t]."""
    da = hadamard(slope(h), dh)
    return {
        Adjoint(c, L): over(do, t),
        Adjoint(b, L): over(da, t),
        Adjoint(V, L): over(product(do, transposed(h)), t),
        Adjoint(W, L): over(product(da, transposed(h.at(t, -1))), t),
        Adjoint(U, L): over(product(da, transposed(x)), t),
        Adjoint(x, L): product(transposed(U), da),
    }


def test_the_recurrence_is_that_of_goodfellow() -> None:
    dh, do = Adjoint(h, L), Adjoint(o, L)
    one_step_back = hadamard(slope(after(h)), after(dh))
    expected = sums(dh, do) | {
        do: FROM_LOSS,  # eq. 10.18
        dh: plus(product(transposed(W), one_step_back), product(transposed(V), do)),  # eq. 10.20-10.21
        Adjoint(h.placed({t: 0}), L): product(transposed(W), hadamard(slope(first(h)), first(dh))),
    }
    found = equations("recurrence")
    assert {lhs: found[lhs] for lhs in expected} == expected
    assert {str(lhs) for lhs in found.keys() - expected} == {"dL_dell[t]", "dL_dyhat[t]"}  # eq. 10.17


def test_delta_is_that_of_the_notes() -> None:
    dh, do, future = Adjoint(h, ell), Adjoint(o, ell), Adjoint(h, F)
    both = plus(dh, future)
    expected = sums(both, do) | {
        do: FROM_LOSS,
        dh: product(transposed(V), do),
        # delta^{s_{t-1}} = W^{ss}^T ds_t/dz_t (W^o^T dL_t/dz_t + delta^{s_t}), with t one higher
        future: product(transposed(W), hadamard(slope(after(h)), plus(after(dh), after(future)))),
        Adjoint(h.placed({t: 0}), L): product(
            transposed(W), hadamard(slope(first(h)), plus(first(dh), first(future)))
        ),
    }
    found = equations("delta")
    assert {lhs: found[lhs] for lhs in expected} == expected
    assert {str(lhs) for lhs in found.keys() - expected} == {"dell_dyhat[t]"}


def test_the_future_loss_is_the_sum_of_the_later_ones() -> None:
    model, _ = read("rnn")
    (named,) = FORMS["delta"](model, reverse(model)).definitions
    assert named == Equation(F, over(ell.at(u, 0), u, t + 1, T))


def test_total_sums_the_later_losses() -> None:
    dh, do, later = Adjoint(h, ell), Adjoint(o, ell), Adjoint(h, ell.at(u, 0))
    expected = sums(plus(dh, over(later, u, t + 1, T)), do) | {
        do: FROM_LOSS,
        dh: product(transposed(V), do),
        later: product(transposed(W), hadamard(slope(after(h)), Adjoint(after(h), ell.at(u, 0)))),
    }
    found = equations("total")
    assert {lhs: found[lhs] for lhs in expected} == expected


def test_the_product_is_that_of_the_vanishing_gradient() -> None:
    dh, do = Adjoint(h, ell), Adjoint(o, ell)
    step = Jacobian(h, h.at(t, -1))
    between = chain(step.at(j, 0), j, k + 1, t)
    here = h.at(k, 0)
    da = hadamard(slope(here), product(transposed(between), dh))

    def double(summand: Node) -> Node:
        return over(over(summand, k, 1, t), t)

    expected = {
        do: FROM_LOSS,
        dh: product(transposed(V), do),
        step: product(diag(slope(h)), W),
        Adjoint(W, L): double(product(da, transposed(h.at(k, -1)))),
        Adjoint(U, L): double(product(da, transposed(x.at(k, 0)))),
        Adjoint(b, L): double(da),
        Adjoint(V, L): over(product(do, transposed(h)), t),
        Adjoint(c, L): over(do, t),
        Adjoint(h.placed({t: 0}), L): over(product(transposed(chain(step.at(j, 0), j, 1, t)), dh), t),
    }
    found = equations("product")
    assert {lhs: found[lhs] for lhs in expected} == expected


def test_the_jacobian_of_an_lstm_counts_the_path_from_c_to_h_once() -> None:
    found = equations("product", "lstm")
    cell, f, out = (Variable(name, n, 1, t) for name in "cfo")
    tanh_c = apply(FUNCTIONS["tanh"], cell)
    assert found[Block(cell, cell.at(t, -1))] == diag(f)
    assert found[Block(h, cell.at(t, -1))] == diag(hadamard(f, slope(tanh_c), out))
    readout = product(transposed(Variable("W_y", v, n)), Adjoint(Variable("a_y", v, 1, t), ell))
    states = Variable("s", 2 * n, 1, t)
    assert found[Joint(states, ell)] == stack(fill(0, h.shape), readout)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_recurrence_of_a_gated_cell_is_the_backward_pass_itself(cell: str) -> None:
    model, _ = read(cell)
    backward = reverse(model)
    assert FORMS["recurrence"](model, backward).equations == backward.equations


def test_no_gradient_flows_through_time_when_the_teacher_forces() -> None:
    assert not any(lhs.loss == F for lhs in equations("delta", "teacher-forced"))

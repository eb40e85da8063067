"""In which order equations are computed: loops, their directions, and what has no order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sympy import S

import symrnn
from symrnn.cells import CELLS
from symrnn.equations import Equation, Model
from symrnn.errors import SymrnnError
from symrnn.expressions import CLOCKS, Leaf, Variable, leaves, over, plus, product, scale, total, vanishes
from symrnn.reading import read
from symrnn.schedule import Loop, schedule
from symrnn.unroll import unroll

T, U = CLOCKS["t"], CLOCKS["u"]


def names(loop: Loop) -> list[str]:
    return [str(e.lhs) for e in loop.equations]


def shape(model: Model) -> list[tuple[object, int, list[str]]]:
    return [(loop.clock, loop.direction, names(loop)) for loop in schedule(model)]


def test_a_recurrence_is_one_loop_and_its_sum_stands_behind_it() -> None:
    assert shape(read("rnn")[0]) == [
        (T, 1, ["a[t]", "h[t]", "o[t]", "yhat[t]", "ell[t]"]),
        (None, 1, ["L"]),
    ]


def test_the_backward_pass_runs_from_the_last_step_to_the_first() -> None:
    first, *others = shape(symrnn.derive("rnn").recurrence)
    assert first == (T, -1, ["dL_dell[t]", "dL_dyhat[t]", "dL_do[t]", "dL_dh[t]", "dL_da[t]"])
    assert {clock for clock, _, _ in others} <= {None, T}
    assert [name for _, _, found in others for name in found if "[t]" in name] == ["dL_dx[t]"]


@pytest.mark.parametrize("cell", ["lstm", "lstm-peephole", "gru", "two-lag", "linear-attention", "jordan"])
def test_all_equations_of_the_steps_share_one_loop(cell: str) -> None:
    assert len([loop for loop in schedule(read(cell)[0]) if loop.clock is not None]) == 1


def test_a_state_that_looks_ahead_runs_backward() -> None:
    loops = schedule(read("bidirectional")[0])
    directions = {name: loop.direction for loop in loops for name in names(loop) if loop.clock is not None}
    assert directions["h[t]"] == 1
    assert directions["g[t]"] == -1
    order = [name for loop in loops for name in names(loop)]
    assert order.index("o[t]") > max(order.index("g[t]"), order.index("h[t]"))
    backward = schedule(symrnn.derive("bidirectional").recurrence)
    directions = {name: loop.direction for loop in backward for name in names(loop)}
    assert directions["dL_dh[t]"] == -1
    assert directions["dL_dg[t]"] == 1


def test_two_clocks_run_one_after_the_other() -> None:
    found = shape(read("encoder-decoder")[0])
    assert [clock for clock, _, _ in found] == [T, None, U, None]
    assert found[1][2] == ["a_s[0]", "s[0]"]
    clocks = [clock for clock, _, _ in shape(symrnn.derive("encoder-decoder").recurrence)]
    assert clocks.index(U) < clocks.index(T)


def test_an_initial_state_with_an_equation_comes_before_the_loop() -> None:
    assert shape(read("one-to-many")[0])[0] == (None, 1, ["a_h[0]", "h[0]"])


def test_what_needs_the_last_state_comes_after_the_loop() -> None:
    found = shape(read("many-to-one")[0])
    assert found[0][0] == T
    assert "o" in found[1][2]


def ordered(cell: str) -> list[tuple[Model, str]]:
    d = symrnn.derive(cell)
    return [(d.model, "forward"), (d.recurrence, "backward")]


@pytest.mark.parametrize("cell", CELLS)
def test_every_equation_is_in_one_loop_on_its_own_clock(cell: str) -> None:
    for model, which in ordered(cell):
        loops = schedule(model)
        listed = [e for loop in loops for e in loop.equations]
        assert sorted(map(str, listed)) == sorted(map(str, model.equations)), which
        for loop in loops:
            for equation in loop.equations:
                clock = equation.lhs.clock
                assert clock == loop.clock or (loop.clock is None and clock not in (T, U))


def check_order(model: Model, steps: dict[object, int]) -> None:
    """Everything an equation reads is given, or was computed before it."""
    graph = unroll(model, steps)
    bound = {e.lhs for e in graph}
    seen: set[Leaf] = set()
    for equation in graph:
        assert all(leaf in seen for leaf in leaves(equation.rhs) if leaf in bound), str(equation.lhs)
        seen.add(equation.lhs)


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("cell", CELLS)
def test_nothing_is_read_before_it_is_computed(cell: str, steps: int) -> None:
    for model, _ in ordered(cell):
        check_order(model, {T: steps, U: steps + 1})


@pytest.mark.parametrize("cell", CELLS)
def test_the_order_is_found_from_the_lags_whatever_the_order_of_the_text(cell: str) -> None:
    for model, _ in ordered(cell):
        for seed in range(3):
            shuffled = list(model.equations)
            random.Random(seed).shuffle(shuffled)
            other = replace(model, equations=tuple(shuffled))
            check_order(other, {T: 3, U: 2})
            bound = [{str(e.lhs) for e in unroll(m, {T: 3, U: 2})} for m in (model, other)]
            assert bound[0] == bound[1]


def test_the_check_of_the_order_can_fail() -> None:
    model = read("rnn")[0]
    graph = unroll(model, {T: 2})
    with pytest.raises(SymrnnError, match="used before it is bound"):
        type(graph)(tuple(reversed(graph.equations)))


# What has no order.

ONE = S.One
x, y, z = (Variable(name, ONE, ONE, T) for name in "xyz")
w, loss = Variable("w", ONE, ONE), Variable("L", ONE, ONE)


def model_of(*equations: Equation) -> Model:
    return Model("", "", (*equations, Equation(loss, over(total(y), T))), loss)


def test_equations_that_need_each_other_at_the_same_step_have_no_order() -> None:
    with pytest.raises(SymrnnError, match="a cycle within one step"):
        schedule(model_of(Equation(x, product(w, y)), Equation(y, product(w, x))))


def test_equations_that_need_each_other_one_step_apart_have_one() -> None:
    found = schedule(model_of(Equation(x, product(w, y.at(T, -1))), Equation(y, product(w, x))))
    assert [(loop.direction, names(loop)) for loop in found if loop.clock] == [(1, ["x[t]", "y[t]"])]


def test_a_quantity_that_needs_its_past_and_its_future_has_no_order() -> None:
    with pytest.raises(SymrnnError, match="at earlier and at later steps"):
        schedule(model_of(Equation(y, plus(y.at(T, -1), y.at(T, 1)))))


def test_neither_have_two_that_do_so_together() -> None:
    with pytest.raises(SymrnnError, match="at earlier and at later steps"):
        schedule(model_of(Equation(x, y.at(T, 1)), Equation(y, plus(x, y.at(T, -1)))))


def test_past_and_future_of_different_quantities_are_two_loops() -> None:
    found = schedule(
        model_of(
            Equation(x, scale(2, x.at(T, -1))), Equation(z, scale(3, z.at(T, 1))), Equation(y, plus(x, z))
        )
    )
    assert {name: loop.direction for loop in found for name in names(loop) if name[:1] in "xz"} == {
        "x[t]": 1,
        "z[t]": -1,
    }


def test_a_state_that_needs_the_sum_of_itself_has_no_order() -> None:
    with pytest.raises(SymrnnError, match="need"):
        schedule(model_of(Equation(y, plus(over(y, T), w))))


@pytest.mark.parametrize("cell", CELLS)
def test_no_derivative_is_printed_before_those_that_its_chain_rule_names(cell: str) -> None:
    """One that nothing has bound yet would be dropped, and what is left of the chain is zero."""
    terms = [term for equation in symrnn.derive(cell).backward for term in equation.terms]
    assert not any(term.chain is not None and vanishes(term.chain) for term in terms)

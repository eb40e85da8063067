"""Every system of the course documents, as a working model: what its notes say of it is true of the derivation."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import expand

import symrnn
from symrnn.adjoint import reverse
from symrnn.cases import make_case
from symrnn.expressions import Adjoint, dimension, leaves
from symrnn.oracles import interpreter


def values_of(derivation, seed=0):
    case = make_case(derivation.model, derivation.listing, derivation.steps, {}, seed)
    return {**case.shared, **case.sequences[0].own}


def run(derivation, values, wanted):
    lengths = {{"t": "T", "u": "U"}[str(c)]: n for c, n in derivation.steps.items()}
    return interpreter.evaluate(derivation.listing, values, lengths, wanted)


def adjoints(derivation):
    return {str(e.lhs.of): e for e in derivation.recurrence.equations if isinstance(e.lhs, Adjoint)}


# Sequence loss: conditional independence, a sum over the steps and over the V classes, weights.


def test_the_sequence_loss_is_minus_the_log_of_a_product_of_probabilities():
    derivation = symrnn.derive("sequence-model", 4)
    values = values_of(derivation)
    for t in range(1, 5):
        values[f"y[{t}]"] = np.eye(len(values["y[1]"]))[:, [t % 3]]  # one-hot
    found = run(derivation, values, ["L", *(f"yhat[{t}]" for t in range(1, 5))])
    product = np.prod([(values[f"y[{t}]"].T @ found[f"yhat[{t}]"]).item() for t in range(1, 5)])
    assert found["L"].item() == pytest.approx(-np.log(product), rel=1e-12)


def test_weights_of_zero_and_one_give_the_gradients_of_the_shorter_sequence():
    long, short = symrnn.derive("lstm", 5, reduction="weighted"), symrnn.derive("lstm", 3)
    values = values_of(long)
    mask = {f"omega[{t}]": np.array([[float(t <= 3)]]) for t in range(1, 6)}
    masked = long.evaluate({**values, **mask})
    truth = short.evaluate(values)
    for key, gradient in truth.items():
        np.testing.assert_allclose(masked[key], gradient, rtol=1e-12, atol=1e-14)
    assert not masked["x[4]"].any()


def test_the_mean_over_the_steps_is_the_sum_divided_by_their_number():
    mean, total = symrnn.derive("gru", 4, reduction="mean"), symrnn.derive("gru", 4)
    values = values_of(total)
    for key, gradient in total.evaluate(values).items():
        np.testing.assert_allclose(mean.evaluate(values)[key], gradient / 4, rtol=1e-12, atol=1e-15)


def test_input_and_output_may_differ_in_length():
    derivation = symrnn.derive("encoder-decoder", [4, 2])
    assert {"x[4]", "s[0]"}.isdisjoint(set(derivation.needs())) is False
    assert "x[5]" not in derivation.needs()
    assert "y[3]" not in derivation.needs()
    assert derivation.prove().holds


# Goodfellow, chapter 10.


def test_teacher_forcing_lets_no_gradient_flow_through_time():
    forced, free = symrnn.derive("teacher-forced", 3), symrnn.derive("jordan", 3)

    def lags(derivation):
        return {term.lag for e in derivation.recurrence.equations for term in e.terms if term.lag}

    assert lags(forced) == set()
    assert lags(free) == {1}
    # the loss of step 3 does not depend on the input of step 1, which it does when the output is fed back
    for derivation, depends in ((forced, False), (free, True)):
        last_only = {c: derivation.steps[c] for c in derivation.steps}
        weighted = symrnn.derive(derivation.cell, list(last_only.values()), reduction="weighted")
        values = values_of(weighted)
        values |= {f"omega[{t}]": np.array([[float(t == 3)]]) for t in (1, 2, 3)}
        assert weighted.evaluate(values)["x[1]"].any() == depends


def test_a_fixed_context_is_an_extra_bias_at_every_step():
    derivation = symrnn.derive("context", 3)
    gradients = derivation.evaluate(values := values_of(derivation))
    # R x adds to b at every step, so dL/dR = (dL/db) x^T and dL/dx = R^T dL/db
    np.testing.assert_allclose(gradients["R"], gradients["b"] @ values["x"].T, rtol=1e-12)
    np.testing.assert_allclose(gradients["x"], values["R"].T @ gradients["b"], rtol=1e-12)


def test_a_table_of_sequences_grows_as_k_to_the_tau_and_the_network_does_not_grow():
    n, k = dimension("n"), dimension("v")
    counts = []
    for steps in (1, 2, 5):
        model = symrnn.derive("sequence-model", steps).model
        counts.append(expand(sum(p.shape[0] * p.shape[1] for p in model.parameters)))
    assert set(counts) == {n + n**2 + 2 * n * k + k}
    network = int(counts[0].subs({n: 10, k: 10}))
    table = [10**tau - 1 for tau in (1, 2, 3, 6)]  # free numbers of a table of P(y_1, ..., y_tau)
    assert network == 320
    assert [size > network for size in table] == [False, False, True, True]


def test_a_stop_unit_adds_its_bernoulli_loss():
    derivation = symrnn.derive("stop-unit", 3)
    values = values_of(derivation)
    found = run(derivation, values, ["L", *(f"{q}[{t}]" for q in ("yhat", "q") for t in (1, 2, 3))])
    by_hand = 0.0
    for t in (1, 2, 3):
        y, e, p, q = values[f"y[{t}]"], values[f"e[{t}]"], found[f"yhat[{t}]"], found[f"q[{t}]"]
        by_hand -= (y * np.log(p)).sum() + (e * np.log(q) + (1 - e) * np.log(1 - q)).sum()
    assert found["L"].item() == pytest.approx(by_hand, rel=1e-13)
    assert str(adjoints(derivation)["a_q[t]"].rhs) == "q[t] - e[t]"


def test_a_predicted_length_is_read_back_at_the_next_step():
    derivation = symrnn.derive("predicted-length", 3)
    through = {(str(t.through), t.lag) for t in adjoints(derivation)["k[t]"].terms}
    assert ("a[t+1]", 1) in through
    assert derivation.prove().holds


def test_an_end_symbol_is_one_more_class_and_ends_the_sum():
    # Two sequences that end at steps 2 and 4: each contributes its own steps, the end symbol among them.
    short, long = symrnn.derive("sequence-model", 2), symrnn.derive("sequence-model", 4)
    values = values_of(long)
    end = np.eye(len(values["y[1]"]))[:, [-1]]
    ended = {**values, "y[2]": end}
    found = run(short, ended, ["L", "yhat[1]", "yhat[2]"])
    by_hand = -(values["y[1]"].T @ np.log(found["yhat[1]"])).item() - np.log(found["yhat[2]"][-1, 0])
    assert found["L"].item() == pytest.approx(by_hand, rel=1e-13)


# MIT 6.390.


@pytest.mark.parametrize("bits", ["", "0", "1", "00", "0110", "10101", "0000000"])
def test_the_parity_automaton_is_positive_exactly_for_an_even_number_of_zeros(bits):
    derivation = symrnn.derive("parity", max(len(bits), 1), loss="squared-error")
    values = {f"x[{t}]": np.array([[float(bit)]]) for t, bit in enumerate(bits, 1)}
    found = run(derivation, {**values, "s[0]": np.ones((1, 1))}, [f"s[{len(bits)}]"])
    assert found[f"s[{len(bits)}]"].item() == (1.0 if bits.count("0") % 2 == 0 else -1.0)


def test_the_output_of_a_linear_system_is_the_convolution_with_its_impulse_response():
    derivation = symrnn.derive("lti", 4, loss="squared-error")
    values = values_of(derivation)
    A, B, C = values["A"], values["B"], values["C"]
    found = run(derivation, {**values, "s[0]": np.zeros_like(values["s[0]"])}, ["o[4]"])
    response = [C @ np.linalg.matrix_power(A, k) @ B for k in range(4)]
    np.testing.assert_allclose(
        found["o[4]"], sum(response[k] @ values[f"x[{4 - k}]"] for k in range(4)), rtol=1e-12
    )


def test_the_jacobian_of_a_linear_system_is_its_matrix_so_that_products_are_powers():
    derivation = symrnn.derive("lti", 4)
    jacobians = [e for e in derivation.form("product").equations if type(e.lhs).__name__ == "Jacobian"]
    assert [str(e.rhs) for e in jacobians] == ["A"]


def test_the_offsets_that_the_notes_leave_as_an_exercise():
    form = {str(e.lhs): str(e.rhs) for e in symrnn.derive("rnn").form("delta").equations}
    assert form["dL_dc"] == "sum_t(dell_do[t])"
    assert form["dL_db"] == "sum_t((1 - h[t]**2) * (dell_dh[t] + dF_dh[t]))"


def test_the_future_loss_after_the_last_step_is_nothing():
    derivation = symrnn.derive("rnn", 3)
    graph = derivation.form("delta").graph(derivation.steps)
    assert str(graph["dF_dh[3]"].rhs) == "zeros(n, 1)"


# Ng, sequence models.


@pytest.mark.parametrize(
    ("split", "joined", "blocks"),
    [
        ("rnn", "rnn-stacked", {"W_a": ("W", "U")}),
        (
            "lstm",
            "lstm-stacked",
            {f"W_{k}": (f"U_{s}", f"W_{s}") for k, s in zip("cufo", "gifo", strict=True)},
        ),
    ],
)
def test_the_gradient_of_a_joined_matrix_is_the_gradients_of_its_blocks_side_by_side(split, joined, blocks):
    one, other = symrnn.derive(split, 3), symrnn.derive(joined, 3)
    values = values_of(one)
    stacked = {name: np.hstack([values[a], values[b]]) for name, (a, b) in blocks.items()}
    renamed = {"b_c": "b_g", "b_u": "b_i", "b_f": "b_f", "b_o": "b_o"} if split == "lstm" else {}
    given = {**values, **{new: values[old] for new, old in renamed.items()}, **stacked}
    apart, together = one.evaluate(values), other.evaluate(given)
    assert together["L"] == pytest.approx(apart["L"], rel=1e-13)
    for name, (a, b) in blocks.items():
        np.testing.assert_allclose(together[name], np.hstack([apart[a], apart[b]]), rtol=1e-11, atol=1e-15)
    for key in ("x[1]", "x[3]", "h[0]"):
        np.testing.assert_allclose(together[key], apart[key], rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("cell", ["one-to-one", "one-to-many", "many-to-one", "rnn", "encoder-decoder"])
@pytest.mark.parametrize("loss", ["cross-entropy", "binary-cross-entropy"])
def test_every_type_of_network_is_derived_with_both_losses_of_the_course(cell, loss):
    derivation = symrnn.derive(cell, 2, loss=loss)
    assert derivation.prove().holds
    output = next(q for q in ("o[t]", "o[u]", "o") if q in adjoints(derivation))
    at = output[1:]
    assert str(adjoints(derivation)[output].terms[-1].expression) == f"yhat{at} - y{at}"


def test_many_to_one_sends_its_loss_through_the_last_state_alone():
    derivation = symrnn.derive("many-to-one", 3)
    uses = {str(e.lhs): {str(t.through) for t in e.terms} for e in derivation.backward}
    assert uses["dL_dh[3]"] == {"o"}
    assert uses["dL_dh[2]"] == {"a_h[3]"}


def test_both_reset_conventions_of_the_gru_differ_only_in_where_the_gate_stands():
    before, after = (adjoints(symrnn.derive(cell))["r[t]"] for cell in ("gru", "gru-reset-after"))
    assert str(before.rhs) == "h[t-1] * (U_h.T @ dL_da_g[t])"
    assert str(after.rhs) == "(U_h @ h[t-1] + b_u) * dL_da_g[t]"


def test_nothing_in_a_backward_pass_is_a_target():
    for cell in ("conditional", "teacher-forced", "encoder-decoder"):
        model = symrnn.derive(cell).model
        assert not {str(e.lhs.of.name) for e in reverse(model).equations} & {"y"}
        assert "y" in {leaf.name for e in model.equations for leaf in leaves(e.rhs)}

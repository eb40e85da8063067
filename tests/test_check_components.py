"""Networks that are written unit by unit: s_i(t) = \\sum_j w_{ij} x_j(t) + \\sum_l u_{il} h_l(t-1)."""

from __future__ import annotations

import re

import pytest

from symrnn.check.document import check_document

NOTE = r"""
$$ s_i(t) = \sum_j w_{ij} x_j(t) + \sum_l u_{il} h_l(t-1) $$
$$ h_i(t) = f(s_i(t)) $$
$$ y_k(t) = \sum_i v_{ki} h_i(t) $$
$$ E = \frac12 \sum_t \sum_k (y_k(t) - d_k(t))^2 $$
$$ \epsilon_i(t) = \frac{\partial E}{\partial s_i(t)} $$

$$ \frac{\partial E}{\partial y_k(t)} = y_k(t) - d_k(t) $$
$$ \frac{\partial E}{\partial v_{ki}} = \sum_t (y_k(t) - d_k(t)) h_i(t) $$
$$ \epsilon_i(t) = f'(s_i(t)) \left[ \sum_k v_{ki} (y_k(t) - d_k(t)) + \sum_l u_{li} \epsilon_l(t+1) \right] $$
$$ \frac{\partial E}{\partial w_{ij}} = \sum_t \epsilon_i(t) x_j(t) $$
$$ \frac{\partial E}{\partial u_{il}} = \sum_t \epsilon_i(t) h_l(t-1) $$
"""
STYLES = {
    "h_i(t)": r"\1_\2(\3)",
    "h_i[t]": r"\1_\2[\3]",
    "h_i^t": r"\1_\2^{\3}",
    "h_i^{(t)}": r"\1_\2^{(\3)}",
    "h_t^i": r"\1_{\3}^\2",
    "h_{t,i}": r"\1_{\3,\2}",
    "h_{i,t}": r"\1_{\2,\3}",
}


def styled(note: str, style: str) -> str:
    """The note with its units and steps in other places."""
    return re.sub(r"(\\epsilon|[shyxd])_([a-z])\((t(?: ?[+-] ?1)?)\)", style, note)


def verdicts(text: str) -> list[str]:
    """What is said of each equation that is no definition, in order."""
    found = check_document("notes.md", text.encode()).judgements
    return [j.verdict for j in found if j.verdict != "definition"]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_units_and_steps_in_any_place(style: str) -> None:
    assert verdicts(styled(NOTE, style)) == ["correct"] * 5


SLIPS = {
    "sign": (r"= y_k(t) - d_k(t) $$", r"= d_k(t) - y_k(t) $$"),
    "lost sum over the steps": (r"\sum_t (y_k(t) - d_k(t)) h_i(t)", r"(y_k(t) - d_k(t)) h_i(t)"),
    "units of two layers exchanged": (r"(y_k(t) - d_k(t)) h_i(t)", r"(y_i(t) - d_i(t)) h_k(t)"),
    "transposed recurrent weight": (r"u_{li} \epsilon_l(t+1)", r"u_{il} \epsilon_l(t+1)"),
    "transposed output weight": (r"\sum_k v_{ki} (y", r"\sum_k v_{ik} (y"),
    "lost sum over the units": (r"\sum_l u_{li} \epsilon_l(t+1)", r"u_{li} \epsilon_l(t+1)"),
    "lost slope": (r"f'(s_i(t)) \left", r"\left"),
    "slope at another unit": (r"f'(s_i(t)) \left", r"f'(s_k(t)) \left"),
    "wrong step": (r"u_{li} \epsilon_l(t+1)", r"u_{li} \epsilon_l(t)"),
    "wrong step of the state": (r"\epsilon_i(t) h_l(t-1)", r"\epsilon_i(t) h_l(t)"),
    "transposed gradient": (r"\epsilon_i(t) h_l(t-1)", r"\epsilon_l(t) h_i(t-1)"),
    "transposed gradient of another shape": (r"\epsilon_i(t) x_j(t)", r"\epsilon_j(t) x_i(t)"),
    "another free index": (r"\epsilon_i(t) = f'", r"\epsilon_l(t) = f'"),
}


@pytest.mark.parametrize("style", ["h_i(t)", "h_{t,i}"])
@pytest.mark.parametrize("slip", SLIPS)
def test_slips_of_units(slip: str, style: str) -> None:
    """The claim with the slip is told wrong, and no other."""
    old, new = SLIPS[slip]
    assert NOTE.count(old) == 1
    found = verdicts(styled(NOTE.replace(old, new), STYLES[style]))
    assert sorted(found) in [[*["correct"] * 4, bad] for bad in ("shape", "wrong")]


def test_a_sum_whose_index_stands_nowhere_in_it_says_nothing() -> None:
    slipped = NOTE.replace(r"u_{li} \epsilon_l(t+1)", r"u_{li} \epsilon_i(t+1)")
    assert verdicts(slipped).count("correct") == 4


def test_labels_beside_units() -> None:
    """W_{f,ij}: f names the gate, i and j count units."""
    note = r"""
$$ a_{f,i}(t) = \sum_j W_{f,ij} x_j(t) + \sum_m U_{f,im} h_m(t-1) $$
$$ a_{c,i}(t) = \sum_j W_{c,ij} x_j(t) + \sum_m U_{c,im} h_m(t-1) $$
$$ f_i(t) = \sigma(a_{f,i}(t)) $$
$$ h_i(t) = f_i(t) h_i(t-1) + (1 - f_i(t)) \tanh(a_{c,i}(t)) $$
$$ E = \frac12 \sum_t \sum_i (h_i(t) - d_i(t))^2 $$

$$ \frac{\partial E}{\partial a_{c,i}(t)} = \frac{\partial E}{\partial h_i(t)} (1 - f_i(t)) (1 - \tanh^2(a_{c,i}(t))) $$
$$ \frac{\partial E}{\partial W_{f,ij}} = \sum_t \frac{\partial E}{\partial a_{f,i}(t)} x_j(t) $$
$$ \frac{\partial E}{\partial U_{c,im}} = \sum_t \frac{\partial E}{\partial a_{c,i}(t)} h_m(t-1) $$
$$ \frac{\partial E}{\partial U_{f,im}} = \sum_t \frac{\partial E}{\partial a_{c,i}(t)} h_m(t-1) $$
"""
    assert verdicts(note) == ["correct", "correct", "correct", "wrong"]


def test_the_place_of_a_counterexample_counts_units_from_one() -> None:
    old, new = SLIPS["sign"]
    (slip,) = (
        j
        for j in check_document("notes.md", NOTE.replace(old, new).encode()).judgements
        if j.verdict == "wrong"
    )
    assert "at t = 1, k = 1: " in slip.reason


SENSITIVITIES = r"""
$$ s_k(t) = \sum_l w_{kl} y_l(t) + \sum_m v_{km} x_m(t) $$
$$ y_k(t+1) = f_k(s_k(t)) $$
$$ J = \frac12 \sum_t \sum_k (d_k(t) - y_k(t))^2 $$
$$ p^k_{ij}(t) = \frac{\partial y_k(t)}{\partial w_{ij}} $$

$$ \frac{\partial s_k(t)}{\partial w_{ij}}
   = \delta_{ki} y_j(t) + \sum_l w_{kl} \frac{\partial y_l(t)}{\partial w_{ij}} $$
$$ \frac{\partial w_{kl}}{\partial w_{ij}} = \delta_{ki} \delta_{lj} $$
$$ p^k_{ij}(t+1) = f_k'(s_k(t))
   \left[ \sum_l w_{kl} p^l_{ij}(t) + \delta_{ki} y_j(t) \right] $$
$$ p^k_{ij}(t_0) = 0 $$
$$ \frac{\partial J}{\partial w_{ij}} = -\sum_t \sum_k (d_k(t) - y_k(t)) p^k_{ij}(t) $$
"""
SLIPS_OF_SENSITIVITIES = {
    "units of the delta": (r"p^l_{ij}(t) + \delta_{ki} y_j(t)", r"p^l_{ij}(t) + \delta_{kj} y_i(t)"),
    "lost delta": (r"p^l_{ij}(t) + \delta_{ki} y_j(t)", r"p^l_{ij}(t) + y_j(t)"),
    "transposed weight": (r"w_{kl} p^l_{ij}(t)", r"w_{lk} p^l_{ij}(t)"),
    "slope at another unit": (r"f_k'(s_k(t))", r"f_i'(s_i(t))"),
    "another function": (r"f_k'(s_k(t))", r"f_i'(s_k(t))"),
    "lost slope": (r"f_k'(s_k(t))", ""),
    "wrong step": (r"p^l_{ij}(t) +", r"p^l_{ij}(t+1) +"),
    "not zero later": (r"p^k_{ij}(t_0) = 0", r"p^k_{ij}(t) = 0"),
    "sign": (r"= -\sum_t", r"= \sum_t"),
    "transposed gradient": (r"y_k(t)) p^k_{ij}(t)", r"y_k(t)) p^k_{ji}(t)"),
}


def test_sensitivities_with_three_indices() -> None:
    """Real-time recurrent learning (Williams and Zipser 1989), with Kronecker deltas."""
    assert verdicts(SENSITIVITIES) == ["correct"] * 5


@pytest.mark.parametrize("slip", SLIPS_OF_SENSITIVITIES)
def test_slips_of_sensitivities(slip: str) -> None:
    old, new = SLIPS_OF_SENSITIVITIES[slip]
    assert SENSITIVITIES.count(old) == 1
    found = verdicts(SENSITIVITIES.replace(old, new))
    assert found.count("correct") == 4
    unclear = slip in ("another function", "not zero later")
    assert len({"wrong", "shape", *(["unchecked"] if unclear else [])} & {*found}) == 1


CORRECTIONS = {
    "transposed recurrent weight": (NOTE, SLIPS),
    "transposed gradient": (NOTE, SLIPS),
    "lost sum over the units": (NOTE, SLIPS),
    "slope at another unit": (NOTE, SLIPS),
    "wrong step of the state": (NOTE, SLIPS),
    "transposed output weight": (NOTE, SLIPS),
}


@pytest.mark.parametrize("slip", CORRECTIONS)
def test_corrections_of_units(slip: str) -> None:
    """The slip is mended in the symbols of the author."""
    note, slips = CORRECTIONS[slip]
    old, new = slips[slip]
    judged = check_document("notes.md", note.replace(old, new).encode()).judgements
    (found,) = (j.correction for j in judged if j.verdict in ("wrong", "shape"))
    assert "".join(note.split()).count("".join(found.split())) == 1


SETS = r"""
$$ z_k(t) = \begin{cases} x_k(t) & \text{if } k \in I \\ y_k(t) & \text{if } k \in U \end{cases} $$
$$ s_k(t) = \sum_{l \in U \cup I} w_{kl} z_l(t) $$
$$ y_k(t+1) = f_k(s_k(t)) $$
$$ e_k(t) = \begin{cases} d_k(t) - y_k(t) & \text{if } k \in V(t) \\ 0 & \text{otherwise} \end{cases} $$
$$ J(t) = \frac12 \sum_{k \in U} e_k(t)^2 $$

$$ \frac{\partial J(t)}{\partial w_{ij}} = -\sum_{k \in U} e_k(t) \frac{\partial y_k(t)}{\partial w_{ij}} $$
$$ \frac{\partial y_k(t+1)}{\partial w_{ij}}
   = f_k'(s_k(t)) \left[ \sum_{l \in U} w_{kl} \frac{\partial y_l(t)}{\partial w_{ij}} + \delta_{ik} z_j(t) \right] $$
$$ \frac{\partial s_k(t)}{\partial w_{ij}}
   = \delta_{ik} z_j(t) + \sum_{l \in U \cup I} w_{kl} \frac{\partial z_l(t)}{\partial w_{ij}} $$
$$ \frac{\partial J(t)}{\partial y_k(t)} = -e_k(t) $$
$$ \frac{\partial y_k(t+1)}{\partial w_{ij}} = f_k'(s_k(t)) \frac{\partial s_k(t)}{\partial w_{ij}} $$
"""


def test_sets_of_units() -> None:
    """The units that are computed and the inputs, counted through under one name."""
    assert verdicts(SETS) == ["correct"] * 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"= -\sum_{k \in U} e_k", r"= \sum_{k \in U} e_k"),
        (r"\delta_{ik} z_j(t) \right]", r"\delta_{jk} z_i(t) \right]"),
        (r"\sum_{l \in U} w_{kl} \frac", r"\sum_{l \in U} w_{lk} \frac"),
    ],
)
def test_slips_with_sets_of_units(old: str, new: str) -> None:
    found = verdicts(SETS.replace(old, new))
    assert found.count("correct") == 4
    assert {"wrong", "shape"} & {*found}


def test_a_sum_over_all_other_units() -> None:
    """Of two claims one leaves the unit itself out."""
    note = NOTE.replace(r"\sum_l u_{il} h_l(t-1)", r"\sum_{l \ne i} u_{il} h_l(t-1)")
    right = note.replace(r"\sum_l u_{li} \epsilon", r"\sum_{l \ne i} u_{li} \epsilon")
    assert verdicts(right) == ["correct"] * 4 + ["wrong"]  # u_{ii} is no weight at all
    assert verdicts(note).count("wrong") == 2


ERRORS = r"""
$$ s_i(t) = \sum_j w_{ij} x_j(t) + \sum_l u_{il} h_l(t-1) $$
$$ h_i(t) = f(s_i(t)) $$
$$ y_k(t) = \sum_i v_{ki} h_i(t) $$
$$ E = \frac12 \sum_t \sum_k (y_k(t) - d_k(t))^2 $$

$$ \delta_k(t) = y_k(t) - d_k(t) $$
$$ \delta_i(t) = f'(s_i(t)) \left[ \sum_k v_{ki} \delta_k(t) + \sum_l u_{li} \delta_l(t+1) \right] $$
$$ \frac{\partial E}{\partial v_{ki}} = \sum_t \delta_k(t) h_i(t) $$
$$ \frac{\partial E}{\partial w_{ij}} = \sum_t \delta_i(t) x_j(t) $$
$$ \frac{\partial E}{\partial u_{il}} = \sum_t \delta_i(t) h_l(t-1) $$
"""


@pytest.mark.parametrize("hidden", [r"\delta", r"\epsilon"])
def test_errors_of_two_layers_under_one_name(hidden: str) -> None:
    """What delta is goes unsaid; its letter says of which layer it is."""
    note = re.sub(r"\\delta_([il])", rf"\\{hidden[1:]}_\1", ERRORS)
    assert verdicts(note) == ["correct"] * 5


def test_errors_of_two_layers_with_bounds_of_the_sums() -> None:
    bounded = ERRORS.replace(r"\sum_j", r"\sum_{j=1}^{n}").replace(r"\sum_k", r"\sum_{k=1}^{K}")
    assert verdicts(bounded) == ["correct"] * 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\sum_t \delta_k(t) h_i(t)", r"\sum_t \delta_i(t) h_k(t)"),
        (r"\sum_t \delta_i(t) x_j(t)", r"\sum_t \delta_j(t) x_i(t)"),
        (r"\sum_t \delta_i(t) x_j(t)", r"\sum_t \delta_i(t+1) x_j(t)"),
        (r"\sum_t \delta_i(t) h_l(t-1)", r"\sum_t \delta_l(t) h_i(t-1)"),
        (r"\sum_t \delta_i(t) h_l(t-1)", r"\sum_t \delta_i(t) h_l(t)"),
    ],
)
def test_slips_of_errors_of_two_layers(old: str, new: str) -> None:
    assert ERRORS.count(old) == 1
    found = verdicts(ERRORS.replace(old, new))
    assert found.count("correct") == 4
    assert {*found} - {"correct"} <= {"wrong", "shape", "unchecked"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\sum_k v_{ki} \delta_k", r"\sum_k v_{ik} \delta_k"),
        (r"u_{li} \delta_l(t+1)", r"u_{il} \delta_l(t+1)"),
        (r"f'(s_i(t)) \left", r"\left"),
        (r"u_{li} \delta_l(t+1)", r"u_{li} \delta_l(t)"),
    ],
)
def test_nothing_is_right_by_an_error_that_is_none(old: str, new: str) -> None:
    """Where the recursion is wrong nothing says what the error of the hidden layer is."""
    assert ERRORS.count(old) == 1
    found = verdicts(ERRORS.replace(old, new))
    assert found[1] in ("wrong", "shape", "unchecked")

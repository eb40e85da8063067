import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symrnn.check.edits import MISTAKES, Vocabulary, edits, renamed
from symrnn.check.edits_vocabulary import later, stepped
from symrnn.notes.parse import formula
from symrnn.notes.written import written


def found(latex, **offered):
    return {written(edit.tree): edit.mistake for edit in edits(formula(latex), Vocabulary(**offered))}


@pytest.mark.parametrize(
    ("wrong", "right", "mistake"),
    [
        (r"W \delta_t", r"W^{\top} \delta_t", "transpose"),
        (r"W^T \delta_t", r"W \delta_t", "transpose"),
        (r"\left(\frac{a}{b}\right)^T c", r"\left(\frac{a}{b}\right) c", "transpose"),
        (r"h^{(t)} x", r"h^{(t) \top} x", "transpose"),
        (r"v D", r"D v", "order"),
        (r"a b c", r"c a b", "order"),
        (r"a + b", r"a - b", "sign"),
        (r"-a b", r"a b", "sign"),
        (r"a b", r"- a b", "sign"),
        (r"a + b c", r"b c", "extra-term"),
        (r"a - b", r"-b", "extra-term"),
        (r"1 - h", r"1 - h^2", "missing-activation-derivative"),
        (r"1 - h^2", r"1 - h", "other"),
        (r"\sigma(o) (1 - \sigma(o))", r"o (1 - o)", "other"),
        (r"\frac{\partial z}{h}", r"\frac{\partial z}{\partial h}", "wrong-symbol"),
        (r"\frac{z}{\partial h}", r"\frac{\partial z}{\partial h}", "wrong-symbol"),
        (r"\sum_{k=1}^{t} a_k", r"\sum_{k=1}^{t - 1} a_k", "index"),
        (r"\sum_{k=0}^{t} a_k", r"\sum_{k=1}^{t} a_k", "index"),
        (r"a * \sum_t b", r"\sum_t a * b", "parentheses"),
        (r"a + b c", r"(a + b) c", "parentheses"),
        (r"a b", r"a + b", "other"),
        (r"a", r"2 a", "scale"),
        (r"a b", r"\frac{1}{T} a b", "scale"),
    ],
)  # fmt: skip
def test_a_slip_is_among_the_edits(wrong, right, mistake):
    changed = found(wrong)
    spaced = {"".join(text.split()): kind for text, kind in changed.items()}
    assert spaced["".join(right.split())] == mistake


def test_a_slope_is_offered_where_it_may_be_missing():
    slope = (formula("o_t"), formula("(1 - o_t)"))
    assert found(r"g_t", slopes=(slope,))[r"g_t \odot o_t \odot (1 - o_t)"] == "missing-activation-derivative"


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_steps_add_up(first, second):
    step = formula("t")
    once = stepped(step, first)
    assert once is not None
    assert stepped(once, second) == stepped(step, first + second)


def test_a_formula_is_moved_to_another_step():
    assert written(later(formula(r"f_t (1 - f_{t-1}) h_{t+1}"), "t", 1)) == r"f_{t + 1} (1 - f_t) h_{t + 2}"


def test_one_letter_is_renamed():
    assert written(renamed(formula("h_{u-1} u^u"), "u", "t")) == "h_{t-1} u^t"


# -- any formula

NAMES = st.sampled_from(["W", "V^T", "h_t", "x_{t-1}", r"\delta_{t+1}", r"h^{(t)}", r"\hat y"])
WHOLE = st.sampled_from(
    [r"(1 - h_t^2)", r"\operatorname{diag}(f_t)", r"\frac{\partial L}{\partial h_t}", r"\tanh(c_t)"]
)
FACTORS = NAMES | WHOLE
PRODUCTS = st.builds(
    lambda parts, sign: sign.join(parts),
    st.lists(FACTORS, min_size=1, max_size=4),
    st.sampled_from([" ", r" \odot ", " * ", r" \cdot "]),
)
SUMS = st.builds(
    lambda first, second, sign: f"{first} {sign} {second}" if second else first,
    PRODUCTS,
    PRODUCTS | st.none(),
    st.sampled_from("+-"),
)
FORMULAS = (
    SUMS | st.builds(lambda body: rf"\sum_{{k=1}}^{{t}} {body}", PRODUCTS) | st.builds("-{}".format, PRODUCTS)
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(FORMULAS)
def test_every_edit_is_another_formula_and_reads_as_it_is_meant(latex):
    tree = formula(latex)
    for edit in edits(tree, Vocabulary(slopes=((formula("o_t"), formula("(1 - o_t)")),))):
        assert edit.mistake in MISTAKES
        assert edit.tree != tree
        assert formula(written(edit.tree)) == edit.tree, written(edit.tree)

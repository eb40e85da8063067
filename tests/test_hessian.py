"""Hessian-vector products against differences of gradients."""

from __future__ import annotations

import numpy as np
import pytest

from symrnn.adjoint import reverse
from symrnn.cells import CELLS
from symrnn.equations import Model
from symrnn.errors import SymrnnError
from symrnn.evaluate import Floats, evaluate
from symrnn.expressions import CLOCKS, Adjoint, Array, Leaf
from symrnn.hessian import direction, hessian_vector
from symrnn.proof import small_sizes
from symrnn.reading import read
from symrnn.unroll import unroll

STEPS = {CLOCKS["t"]: 3, CLOCKS["u"]: 2}
APART = 1e-5


def values(model: Model) -> tuple[dict[Leaf, Array], dict[Leaf, Array], Floats]:
    """Random values of what is given, random directions, and the arithmetic."""
    sizes = small_sizes(model, STEPS)
    rng = np.random.default_rng(1)

    def drawn(leaf: Leaf) -> Array:
        return rng.normal(scale=0.5, size=[int(d.xreplace(sizes)) for d in leaf.shape])

    given = {leaf: drawn(leaf) for leaf in unroll(model, STEPS).given}
    return given, {p: drawn(p) for p in model.parameters}, Floats(sizes)


def products(model: Model) -> dict[Leaf, tuple[Array, Array]]:
    """Each quantity that has a gradient: the Hessian-vector product, and the difference of the gradients."""
    backward = reverse(model)
    second = hessian_vector(model, backward)
    given, moves, ring = values(model)
    forward, back = unroll(model, STEPS), unroll(backward, STEPS)
    top = unroll(second, STEPS, before=[e.lhs for e in back])

    def gradients(distance: float) -> dict[Leaf, Array]:
        moved = {x: a + distance * moves[x] if x in moves else a for x, a in given.items()}
        return evaluate(back, evaluate(forward, moved, ring), ring)

    here = gradients(0.0) | {direction(p): move for p, move in moves.items()}
    ours = evaluate(top, here, ring)
    ahead, behind = gradients(APART), gradients(-APART)
    named = {x: Adjoint(x, model.loss) for x in given if x.name not in model.targets}
    return {
        x: (ours.get(Adjoint(x, second.loss), 0 * given[x]), (ahead[g] - behind[g]) / (2 * APART))
        for x, g in named.items()
        if g in ahead
    }


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell != "parity"])
def test_a_hessian_vector_product_is_the_change_of_the_gradient(cell: str) -> None:
    for quantity, (ours, change) in products(read(cell)[0]).items():
        np.testing.assert_allclose(ours, change, rtol=1e-6, atol=1e-8, err_msg=str(quantity))


def test_a_planted_fault_of_a_thousandth_is_found() -> None:
    found = products(read("gru")[0])
    ours, change = next(pair for x, pair in found.items() if x.name == "U_h")
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(1.001 * ours, change, rtol=1e-6, atol=1e-8)


def test_a_model_without_parameters_has_no_hessian() -> None:
    model, _ = read("parity")
    with pytest.raises(SymrnnError, match="no parameter"):
        hessian_vector(model, reverse(model))

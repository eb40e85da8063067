"""What a document leaves open and its reader decides."""

from __future__ import annotations

from typing import NamedTuple

from symrnn.check.jacobian import Layout

COLUMNS = Layout("column", "numerator")


class Reading(NamedTuple):
    r"""What a document leaves open and its reader decides.

    ``kind``: what is held fixed in a partial derivative of a quantity (see Seed); ``first`` the same for what stands
    alone on its side.  ``wide``: a sum reaches over the terms after it.  ``of_value``: the derivative of a function,
    applied to its value.  ``einstein``: repeated indices are summed.  ``context``: the loss is that of the "sequence";
    or it is, but the gradient of a parameter is the contribution of one step, "copies"; or it is any function of what
    one "step" gives.  ``star``: what * means.  ``block``: a weight of stacked operands stands for its columns of this
    one.  ``pre``: the gradient of a gate is that of its pre-activation.  ``incoming``: the gradient that is asked for,
    where it stands on the right too, is what comes from later steps.
    ``carry``: that on the left is.  ``backwards``: in a product over steps the factors of later steps stand left.
    ``lying``: what is transposed against the forward equations: "all", or "vectors", which are rows then.
    ``outer``: \otimes is the outer product of vectors of one size too.
    """

    layout: Layout = COLUMNS
    kind: str = "total"
    first: str = "total"
    wide: bool = False
    of_value: bool = False
    einstein: bool = False
    context: str = "sequence"
    star: str = ""
    block: str = ""
    pre: bool = False
    incoming: bool = False
    carry: bool = False
    backwards: bool = False
    lying: str = ""
    outer: bool = False

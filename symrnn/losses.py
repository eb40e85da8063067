"""The losses and the ways to add them up over the steps.

A loss is text in the language of the cells, so that whoever can read a cell can read the whole model.
Adding one is one entry of the table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Loss:
    """The loss of one step.

    In ``lines``, {out} is the output quantity as written, {at} the time index: [t], or nothing.  The last
    line defines ell.  ``sums_to_one`` is what is known of the target y where it is a distribution.
    """

    title: str
    source: str
    lines: tuple[str, ...]
    sums_to_one: str = ""


LOSSES = {
    "cross-entropy": Loss(
        title="softmax cross-entropy, one-hot or soft target",
        source="Ng, Sequence Models (deeplearning.ai), week 1; "
        "Goodfellow, Bengio, Courville, Deep Learning (2016), section 10.2.2",
        lines=(
            "yhat{at} = softmax({out})",
            "ell{at} = -sum(y{at} * log(yhat{at}))",
        ),
        sums_to_one="the entries of y{at} sum to one",
    ),
    "nll": Loss(
        title="negative log-likelihood of the class that a one-hot target picks",
        source="Goodfellow, Bengio, Courville, Deep Learning (2016), eq. 10.12-10.14",
        lines=(
            "yhat{at} = softmax({out})",
            "ell{at} = -log(dot(y{at}, yhat{at}))",
        ),
        sums_to_one="the entries of y{at} sum to one",
    ),
    "binary-cross-entropy": Loss(
        title="sigmoid and binary cross-entropy, entry by entry",
        source="Ng, Sequence Models (deeplearning.ai), week 1",
        lines=(
            "yhat{at} = sigmoid({out})",
            "ell{at} = -sum(y{at} * log(yhat{at}) + (1 - y{at}) * log(1 - yhat{at}))",
        ),
    ),
    "squared-error": Loss(
        title="half the squared distance",
        source="MIT 6.390 notes, Recurrent Neural Networks",
        lines=(
            "yhat{at} = {out}",
            "ell{at} = sum((yhat{at} - y{at}) ** 2) / 2",
        ),
    ),
}

REDUCTIONS = {
    "sum": "L = sum_{clock}(ell{at})",
    "mean": "L = sum_{clock}(ell{at}) / sum_{clock}(1)",
    "weighted": "L = sum_{clock}(omega{at} * ell{at})",
}
"""How the losses of the steps become one; {clock} is t or u.  omega is given, say a mask of 0 and 1."""

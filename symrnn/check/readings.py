"""What a claim's reading is called: correct as it is written, or right by a convention that the text does not state."""

from __future__ import annotations

from symrnn.check.judge import Outcome

NAMES = {
    "wide sum": "the sum reaches over the terms that follow",
    "slope of the value": "the derivative of the function is meant as a function of its value",
    "diagonal": "a diagonal Jacobian is written as the vector of its diagonal",
    "local factor": "the local factor stands for the derivative by a matrix; an outer product is implied",
    "transposed": "the two sides are each other's transposes: the other layout",
    "einstein": "repeated indices are summed",
    "void terms": "terms at steps that do not exist count as zero",
    "left to right": "the products are taken from left to right",
    "elementwise by juxtaposition": "vectors side by side are multiplied entry by entry",
    "block": "a weight of stacked operands stands for its columns of this operand",
    "pre": "the gradient of a gate is that of its pre-activation",
    "case": "a capital for a small letter, or a small letter for a capital",
    "incoming": "the same gradient on the right is what comes from later steps",
    "carry": "the gradient on the left is what later steps hand back",
    "backwards": "in a product over steps the factors of later steps stand on the left",
    "lying": "vectors are rows here that are columns in the forward equations, or the other way round",
    "outer": r"\otimes is the outer product",
    "alias": "a name is another here than in the forward equations",
}
CONVENTIONS = {
    "slope of the value",
    "diagonal",
    "local factor",
    "transposed",
    "left to right",
    "block",
    "pre",
    "incoming",
    "carry",
    "backwards",
    "lying",
}

# what a correction should not need, if another does without
UNWELCOME = CONVENTIONS | {"elementwise by juxtaposition", "* as matrix product"}


def reading_of(outcome: Outcome, denominator: bool = False) -> tuple[str, str]:
    """The verdict on a claim that holds, and the name of the reading.

    ``denominator``: the text says that it uses this layout.
    """
    reading, choice = outcome.reading, outcome.choice
    told = [NAMES[n] for n in sorted(outcome.notes) if n in NAMES]
    conventional = bool(outcome.notes & CONVENTIONS)
    if reading.layout.gradient == "row":
        told.append("gradients are rows (numerator layout)")
        conventional = True
    if reading.layout.jacobian == "denominator" and outcome.notes & {"denominator layout"}:
        told.append("denominator layout")
        conventional = conventional or not denominator
    if {"denominator order", "numerator order"} <= outcome.notes:
        told.append("the order of the factors of a chain is free")
        conventional = True
    elif "denominator order" in outcome.notes:
        told.append("denominator layout: the innermost factor stands first")
        conventional = conventional or not denominator
    if reading.kind == "step":
        told.append("immediate partial derivatives: the earlier state is held fixed")
        conventional = True
    if reading.kind == "direct" or reading.first == "direct":
        told.append("immediate partial derivatives: all other quantities are held fixed")
        conventional = True
    if reading.first == "step":
        told.append("the left-hand side is an immediate partial derivative")
        conventional = True
    if reading.context == "copies":
        told.append("the gradient of a parameter is the contribution of one step")
        conventional = True
    if reading.context == "step":
        told.append("the loss is any function of what this step gives")
        conventional = True
    if choice.activation:
        told.append(f"the activation is {choice.activation}")
    if choice.canonical:
        told.append("a loss whose gradient at the logits is output - target")
    return ("convention" if conventional else "correct"), "; ".join(told)

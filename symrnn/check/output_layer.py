"""The output layer that a document leaves out: its weight stands in a gradient, and no equation has it."""

from __future__ import annotations

from symrnn.check.contents import Document
from symrnn.check.definition import Definition
from symrnn.check.flow import lagged_keys, sinks
from symrnn.check.names import Lexicon, quantities
from symrnn.check.naming import named
from symrnn.check.selection import Definitions
from symrnn.notes.formula import Call, Group, Infix, Name, Node
from symrnn.notes.tree import walk

# weight -> its biases, as people call them
LAYERS = {
    "W_hy": ("b_y",), "W_yh": ("b_y",), "W_y": ("b_y",), "W_ho": ("b_o",), "W_hq": ("b_q",), "W_out": ("b_out",),
    "V": ("c", "b_y", "b_o"),
}  # fmt: skip
LOGITS = "logit"
LAYER = "it is read as the softmax of a linear function of the state"
OUTPUTS = ("hat y", "p", "y")


def complete_output(document: Document, result: Definitions) -> None:
    r"""Add \\hat y_t = softmax(W h_t + b), where claims name W and \\hat y_t and nothing defines them.

    The difference of the output and its target is the gradient by W h_t + b for a linear output with squares and for
    logistic ones as well.
    """
    lexicon = document.lexicon
    claimed = [entry for entry in document.entries if entry.claims]
    names = {lexicon.read(n).key for entry in claimed for side in entry.sides for n in quantities(side)}
    read = {lexicon.read(n).key for g in result.values() for d in g for n in quantities(d.body)}
    weight = next((k for k in LAYERS if k in names and k not in read and k not in result), None)
    output = next((k for k in OUTPUTS if k in names and k not in read and k not in result), None)
    ends = sinks(lexicon, result)
    states = lagged_keys(lexicon, result)
    if weight is None or output is None or LOGITS in result or len(ends) != 1 or ends[0] not in states:
        return
    bias = next((k for k in LAYERS[weight] if k in names and k not in read), None)
    state, matrix = named(ends[0], Name("t")), _written(weight)
    body: Node = Infix(("",), (state, matrix) if _by_rows(lexicon, result) else (matrix, state))
    if bias is not None:
        body = Infix(("+",), (body, _written(bias)))
    lexicon.arity |= {output: 1, LOGITS: 1}
    lexicon.refresh()
    result[LOGITS] = (Definition(LOGITS, (Name("t"),), (), body),)
    softmax = Call(Name("softmax"), Group("(", named(LOGITS, Name("t")), ")"))
    result[output] = (Definition(output, (Name("t"),), (), softmax),)


def is_supposed(definitions: Definitions) -> bool:
    """Whether an output layer was added to these definitions."""
    return LOGITS in definitions and definitions[LOGITS][-1].name is None


def _written(key: str) -> Name:
    stem, _, label = key.partition("_")
    return Name(stem, sub=Name(label) if label else None)


def _by_rows(lexicon: Lexicon, result: Definitions) -> bool:
    """Whether what has a step stands before its weight: x_t W."""
    return any(
        isinstance(node, Infix)
        and not any(node.operators)
        and len(node.operands) == 2
        and isinstance(first := node.operands[0], Name)
        and isinstance(second := node.operands[1], Name)
        and bool(lexicon.read(first).times)
        and not lexicon.read(second).times
        for group in result.values()
        for node in walk(group[-1].body)
    )

"""What a name or a formula of a document is: a number, a function, a derivative."""

from __future__ import annotations

from symrnn.check.formulas import function_key
from symrnn.check.functions import CROSS_ENTROPY, SOFTMAX, known
from symrnn.check.heads import head
from symrnn.check.names import Lexicon, is_power_of_e
from symrnn.notes.formula import Call, Infix, Name, Node
from symrnn.notes.tree import children, letters, walk


def has_derivative(lexicon: Lexicon, body: Node) -> bool:
    """Whether a formula holds a derivative, or a gradient that is named dX after its quantity."""
    return any(
        head(node) is not None or (isinstance(node, Name) and is_gradient(lexicon, node))
        for node in walk(body)
    )


def is_gradient(lexicon: Lexicon, name: Name) -> bool:
    """Whether a name of two letters is d and a quantity: dh_t, no step dt."""
    parts = letters(name)
    if len(parts) != 2 or parts[0].stem != "d" or lexicon.read(name).key in lexicon.known:
        return False
    return (
        parts[1].stem not in lexicon.steps | lexicon.lengths and lexicon.read(parts[1]).key in lexicon.known
    )


def is_number(lexicon: Lexicon, name: Name) -> bool:
    """Names that stand for numbers: T, pi, e, 1."""
    bare = name.sub is None and name.sup is None
    if name.stem in (r"\pi", "1", "e", "I"):
        return True
    return bare and (name.stem in lexicon.lengths or name.stem in lexicon.steps)


def is_function(lexicon: Lexicon, name: Name) -> bool:
    """Whether a name is that of a function."""
    if name.stem == r"\sigma" and name.sub is None and name.sup is None:
        return True
    if (
        name.stem.startswith("@")
        or known(name.stem) is not None
        or lexicon.read(name).key in lexicon.functions
        or lexicon.formulas.get(function_key(name))
    ):
        return True
    return name.stem.removeprefix("\\") in SOFTMAX | CROSS_ENTROPY


def top_name(node: Node) -> Name | None:
    """The name of what is differentiated, or of what it is differentiated by."""
    match node:
        case Name():
            return node
        case Call(head=Name() as name):
            return name
        case _:
            below = children(node)
            return top_name(below[0]) if len(below) == 1 else None


def is_computed(node: Node) -> bool:
    """Whether a sum has a function in it: no count."""
    return isinstance(node, Infix) and any(
        isinstance(o, Call) or (isinstance(o, Name) and is_power_of_e(o)) for o in node.operands
    )

r"""What the claims of a document say of names that it does not define: which have steps, what a weight meets.

The gradient by the weight of the earlier state is a product with h_{t-1}, that by the weight of the input one with x_t,
that by the weight of both one with [h_{t-1}, x_t]; the derivative of a state by the one before holds the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from symrnn.check.contents import Document, Entry
from symrnn.check.functions import known_function
from symrnn.check.heads import differential, head
from symrnn.check.names import Lexicon, Symbol
from symrnn.check.scripts import is_shifted, quantities
from symrnn.notes.formula import Group, Infix, List, Name, Node, Script
from symrnn.notes.tree import walk

INPUTS = ("x", "X", "u", "e", "v", "I")
BIASES = ("b", "c", "beta", r"\beta", "bias")
STATE, INPUT, BOTH, BIAS = "state", "input", "both", "bias"


@dataclass
class Evidence:
    """What nothing defines: the names with a step, those read at an earlier one, and what each weight meets."""

    timed: dict[str, None] = field(default_factory=dict)
    lagging: set[str] = field(default_factory=set)
    weights: dict[str, str] = field(default_factory=dict)  # the other parameters, in the order they are met
    rows: bool = False  # whether what a weight meets stands before the error

    def input(self) -> str | None:
        """The name of the input."""
        return next((k for k in INPUTS if k in self.timed), None)


def evidence(document: Document) -> Evidence:
    """What the claims say of what nothing defines."""
    lexicon = document.lexicon
    defined = {d.key for d in document.definitions}
    found = Evidence()
    claims = [entry for entry in document.entries if entry.claims]
    for symbol in (s for entry in claims for side in entry.sides for s in _symbols(lexicon, side)):
        if symbol.key in defined or lexicon.is_loss(symbol.key):
            continue
        if lexicon.arity.get(symbol.key, 0) == 1:
            found.timed[symbol.key] = None
            if any(is_shifted(t) for t in symbol.times):
                found.lagging.add(symbol.key)
    for entry in claims:
        for key, role in _roles(lexicon, entry, found):
            if key not in defined and lexicon.arity.get(key, 0) == 0 and not found.weights.get(key):
                found.weights[key] = role  # the first claim that tells
        found.rows = found.rows or _by_rows(lexicon, entry)
    return found


def _symbols(lexicon: Lexicon, tree: Node) -> Iterator[Symbol]:
    """What the names of a formula stand for, functions left out; dW is W."""
    for name in quantities(tree):
        if known_function(name.stem):
            continue
        inner = differential(name) if len(name.stem) > 1 else None
        part = inner[0] if inner is not None and isinstance(inner[0], Name) else name
        yield lexicon.read(part)


def _roles(lexicon: Lexicon, entry: Entry, found: Evidence) -> Iterator[tuple[str, str]]:
    """The parameters of a claim, and what each meets; "" where the claim does not say."""
    asked = _asked(entry.sides[0])
    own = lexicon.read(asked) if asked is not None else None
    right = [s for side in entry.sides[1:] for s in _symbols(lexicon, side)]
    if own is not None and not own.times:
        matrix = own.key[:1].isupper()
        if matrix or own.key.partition("_")[0] in BIASES:
            yield own.key, _met(lexicon, entry, right, found) if matrix else BIAS
    earlier = own is not None and any(is_shifted(t) for t in own.times)
    for symbol in right:
        if not symbol.times and symbol.key[:1].isupper() and not lexicon.is_loss(symbol.key):
            yield symbol.key, STATE if earlier and own is not None and own.key in found.lagging else ""


def _asked(side: Node) -> Name | None:
    """What is differentiated by on the left."""
    inner = head(side)
    if inner is not None:
        return inner.bottom if isinstance(inner.bottom, Name) else None
    if isinstance(side, Name) and len(side.stem) == 2:
        found = differential(side)
        return found[0] if found is not None and isinstance(found[0], Name) else None
    return None


def _met(lexicon: Lexicon, entry: Entry, right: list[Symbol], found: Evidence) -> str:
    """What the gradient by a weight is a product with."""
    state = {s.key for s in right if any(is_shifted(t) for t in s.times)} & found.lagging
    data = {s.key for s in right} & {*INPUTS} & {*found.timed}
    lists = [n for side in entry.sides[1:] for n in walk(side) if isinstance(n, Group) and n.opening == "["]
    if any(isinstance(n.body, List) for n in lists) and state:
        return BOTH
    return STATE if state and not data else INPUT if data and not state else ""


def _by_rows(lexicon: Lexicon, entry: Entry) -> bool:
    """Whether a factor with a step is transposed and stands first, x_t^T d, as where vectors are rows."""
    for side in entry.sides[1:]:
        for node in walk(side):
            if isinstance(node, Infix) and not set(node.operators) & {"+", "-", "="}:
                first = node.operands[0]
                if isinstance(first, Name) and (s := lexicon.read(first)).transposed and s.times:
                    return True
                if isinstance(first, Script) and isinstance(first.base, Group) and first.base.opening == "[":
                    return True
    return False

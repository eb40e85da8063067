"""What must be a number: the weights of a loss, and what is added to an inner product."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.check.names import Lexicon, outer
from symrnn.notes.formula import Infix, Name, Node


def weights(lexicon: Lexicon, body: Node) -> Iterator[Name]:
    """The names that multiply a loss."""
    for node in outer(body):
        if isinstance(node, Infix) and not set(node.operators) & {"+", "-"}:
            names = [n for n in node.operands if isinstance(n, Name)]
            if any(lexicon.is_loss(lexicon.read(n).key) for n in names):
                yield from (n for n in names if not lexicon.is_loss(lexicon.read(n).key))


def biases(lexicon: Lexicon, terms: tuple[Node, ...]) -> Iterator[str]:
    """The parameters among some terms: d of v^T h_t + d."""
    for term in terms:
        if isinstance(term, Name):
            symbol = lexicon.read(term)
            timeless = not lexicon.arity.get(symbol.key) and not symbol.entries and symbol.power is None
            if timeless and symbol.key not in lexicon.known and not symbol.transposed:
                yield symbol.key

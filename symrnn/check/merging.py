"""Two names for one quantity: \\tilde c for \\tilde C, and both of h_t = y_t = f(x_t)."""

from __future__ import annotations

from symrnn.check.contents import Document
from symrnn.check.definition import Definition
from symrnn.check.kinds import has_derivative
from symrnn.check.names import quantities


def merged(document: Document) -> dict[str, str]:
    """The names that are others of a quantity, each with its first; their definitions go with them."""
    doubles = _doubles(document)
    document.definitions = [d for d in document.definitions if d.key not in doubles]
    for entry in document.entries:
        entry.defines = [d for d in entry.defines if d.key not in doubles or len(entry.defines) > 1]
    return {**_capitals(document), **doubles}


def _doubles(document: Document) -> dict[str, str]:
    """What is defined together with another, and nowhere else."""
    together: dict[int, list[Definition]] = {}
    for d in document.definitions:
        together.setdefault(id(d.body), []).append(d)
    found = {}
    for first, *others in together.values():
        if (
            not first.times
            or has_derivative(document.lexicon, first.body)
            or document.lexicon.is_loss(first.key)
        ):
            continue
        for d in others:
            alone = sum(other.key == d.key for other in document.definitions) == 1
            if alone and d.key != first.key and (d.times, d.entries) == (first.times, first.entries):
                found[d.key] = first.key
    return found


def _capitals(document: Document) -> dict[str, str]:
    """What is read and not defined -> what is defined and not read, where only capitals are between them."""
    words = document.lexicon
    defined = {d.key for d in document.definitions}
    reads = {(d.key, words.read(n).key) for d in document.definitions for n in quantities(d.body)}
    read = {key for reader, key in reads if key != reader}
    unread = {k.casefold(): k for k in sorted(defined - read)}
    return {
        key: unread[key.casefold()]
        for key in sorted(read - defined)
        if key.casefold() in unread
        and words.arity.get(key) == words.arity.get(unread[key.casefold()])
        and words.arity.get(key)
    }

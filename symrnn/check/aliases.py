"""Names that a document writes in two ways."""

from __future__ import annotations

from symrnn.check.lookup import NEXT
from symrnn.check.names import quantities
from symrnn.check.understand import Document
from symrnn.notes.tree import letters


def aliases_of(document: Document, known_keys: set[str]) -> dict[str, str]:
    """Names whose label is another in the claims than in the definitions: Gamma_u and W_u for Gamma_i and W_i."""
    found: dict[str, str] = {}
    for label, (other, stems) in _labels(document, known_keys).items():
        found |= {f"{s}_{label}": f"{s}_{other}" for s in stems if f"{s}_{other}" in known_keys}
    return found


def relabelled(document: Document, known_keys: set[str], key: str) -> str:
    """A name with the label that the definitions have for it: gamma_i for gamma_u beside Gamma_i for Gamma_u."""
    stem, _, label = key.partition("_")
    labels = _labels(document, known_keys)
    return f"{stem}_{labels[label][0]}" if label in labels else key


def _labels(document: Document, known_keys: set[str]) -> dict[str, tuple[str, set[str]]]:
    """For each label of the claims that no definition has: the label that it stands for, and what bears it."""
    lexicon = document.lexicon
    claimed = {
        lexicon.read(part).key
        for entry in document.entries
        if entry.claims
        for side in entry.sides
        for name in quantities(side)
        for part in (name, *letters(name)[1:])
    }
    unknown: dict[str, set[str]] = {}
    for key in claimed - known_keys:
        stem, _, label = key.partition("_")
        if label and label not in NEXT:
            unknown.setdefault(label, set()).add(stem)
    found: dict[str, tuple[str, set[str]]] = {}
    for label, stems in unknown.items():
        labels = {
            k.partition("_")[2] for k in known_keys if k.partition("_")[0] in stems and k not in claimed
        }
        matched = {o: sum(f"{s}_{o}" in known_keys for s in stems) for o in sorted(labels - {""})}
        free = [o for o in matched if matched[o] > 1 and not any(k.partition("_")[2] == o for k in claimed)]
        if free:
            found[label] = (max(free, key=matched.__getitem__), stems)
    return found

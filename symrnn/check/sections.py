"""Where a document starts a new model: a section that defines its quantities anew stands on its own."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from symrnn.check.flow import lagged_keys
from symrnn.check.names import quantities
from symrnn.check.selection import is_useless
from symrnn.check.understand import Document, understand
from symrnn.notes.formula import Node
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement

Read = tuple[Math, tuple[Statement, ...]]
_HEADING = re.compile(r"^(?:#{1,3} |\\(?:sub)?section\*?\{)", re.MULTILINE)
ENOUGH = 2  # so many quantities that are defined differently make another model


def sections(text: str, read: Sequence[Read]) -> list[tuple[list[Read], list[Read]]]:
    """The formulas of each model: those that it takes from before, and its own."""
    starts = [text.count("\n", 0, found.start()) + 1 for found in _HEADING.finditer(text)]
    parts: dict[tuple[int, int], list[Read]] = {}
    for math, statements in read:
        place = (math.cell or 0, bisect_right(starts, math.line) if math.cell is None else 0)
        parts.setdefault(place, []).append((math, statements))
    groups: list[list[Read]] = []
    known: dict[str, Node] = {}
    arities: dict[str, int] = {}
    for part in parts.values():
        document = understand(part)
        own = defined(document)
        changed = sum(known.get(key, body) != body for key, body in own.items())
        counts = document.lexicon.counts
        arity = {k: n for k, n in document.lexicon.arity.items() if k in counts and counts[k].get(n, 0) > 1}
        clash = any(bool(arities.get(k, n)) != bool(n) for k, n in arity.items() if k in _read(document))
        anew = changed >= ENOUGH and 2 * changed >= len(own)
        if groups and (clash or anew or _is_whole(document, set(known))):
            groups.append(list(part))
            known, arities = {}, {}
        elif groups:
            groups[-1] += part
        else:
            groups.append(list(part))
        known |= own
        arities |= arity
    if len(groups) < 2:
        return [([], list(read))]
    found = []
    for index, group in enumerate(groups):
        earlier = [item for one in groups[:index] for item in one]
        found.append((_needed(earlier, group), group))
    return found


def defined(document: Document) -> dict[str, Node]:
    """What a part of a document defines, each with its last body."""
    return {d.key: d.body for d in document.definitions if d.key in document.forward}


def _is_whole(document: Document, known: set[str]) -> bool:
    """Whether a part defines a state by its own past, and reads nothing that was defined before."""
    forward = {key: [d for d in document.definitions if d.key == key] for key in document.forward}
    own = {key: tuple(group) for key, group in forward.items() if group}
    if not lagged_keys(document.lexicon, own).keys() & own.keys():
        return False
    introduced = {key for key, _ in document.declared}  # x_t in R^m
    return not _read(document) & known - own.keys() - introduced


def _read(document: Document) -> set[str]:
    """What the definitions of a part read: quantities, no functions."""
    forward = [d for d in document.definitions if d.key in document.forward]
    return {
        document.lexicon.read(n).key for d in forward for n in quantities(d.body)
    } - document.lexicon.functions


def _needed(earlier: list[Read], group: list[Read]) -> list[Read]:
    """The formulas from before that define what a section reads and does not define."""
    mine = understand(group)
    have = {d.key for d in mine.definitions} | {key for key, _ in mine.declared}
    wanted = {
        mine.lexicon.read(n).key for e in mine.entries for side in e.sides for n in quantities(side)
    } - have
    before = understand(earlier)
    chosen: dict[int, Read] = {}
    while wanted:
        found = {d.key: d for d in before.definitions if d.key in wanted}
        wanted = set()
        for definition in found.values():
            if is_useless(before.lexicon, definition):
                continue
            entry = before.entries[definition.position]
            chosen[entry.index] = (entry.math, (entry.statement,))
            have.add(definition.key)
            wanted |= {before.lexicon.read(n).key for n in quantities(definition.body)} - have
    return [chosen[index] for index in sorted(chosen)]

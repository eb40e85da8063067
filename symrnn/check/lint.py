"""Slips in equations that define something: an index, a label, a sign that got lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from symrnn.check.definition import Definition
from symrnn.check.edits import renamed
from symrnn.check.names import letters_of, outer, quantities
from symrnn.check.understand import Document, Entry
from symrnn.notes.formula import BigOperator, Infix, Name, Node
from symrnn.notes.tree import children, replaced, walk, with_children


class Slip(NamedTuple):
    """What is wrong with a definition, of which class, and the right one."""

    reason: str
    mistake: str
    correction: str


def slip(document: Document, entry: Entry) -> Slip | None:
    """The first slip of a definition, if it has one."""
    if entry.defines:
        found = _unclosed(entry)
        if found is not None:
            return found
    for definition in entry.defines:
        if definition.key in document.forward:
            for rule in (_step, _bound_index, _label, _lost_sign, _lost_step):
                found = rule(document, entry, definition)
                if found is not None:
                    return found
    return None


def _unclosed(entry: Entry) -> Slip | None:
    """tanh(W h: a bracket that is never closed."""
    text = entry.statement.text
    remark = next((r for r in entry.statement.remarks if "is never closed" in r.message), None)
    if remark is None:
        return None
    closing = {"(": ")", "[": "]"}.get(remark.message[0], "")
    whole = closing and r"\left" not in text and len(entry.statement.remarks) == 1
    return Slip(remark.message, "parentheses", text + closing if whole else "")


def _side(entry: Entry, definition: Definition) -> Node | None:
    return next((side for side in entry.statement.sides if side is definition.body), None)


def _rewritten(entry: Entry, old: Node, new: Node) -> str:
    sides = [new if side is old else side for side in entry.statement.sides]
    return entry.statement.rewritten(sides)


def _step(document: Document, entry: Entry, definition: Definition) -> Slip | None:
    """y_i = g(W a_t): the step of the left side is none of the right."""
    if len(definition.times) != 1 or not isinstance(definition.times[0], Name):
        return None
    mine = definition.times[0].stem
    words = document.lexicon
    theirs = {
        x
        for name in quantities(definition.body)
        for time in words.read(name).times
        for x in letters_of(time)
        if x in words.steps
    }
    bound = {
        x
        for node in walk(definition.body)
        if isinstance(node, BigOperator) and node.lower
        for x in letters_of(node.lower)
    }
    free = theirs - bound
    if mine in theirs or len(free) != 1 or mine in words.lengths:
        return None
    left = entry.statement.sides[0]
    other = next(iter(free))
    return Slip(
        f"the left side is at step {mine}, the right side at {other}",
        "index",
        _rewritten(entry, left, _in_scripts(left, mine, other)),
    )


def _in_scripts(tree: Node, old: str, new: str) -> Node:
    """The tree with another letter in the scripts of its names."""
    if isinstance(tree, Name):
        sub = renamed(tree.sub, old, new) if tree.sub is not None else None
        sup = renamed(tree.sup, old, new) if tree.sup is not None else None
        return tree if sub is tree.sub and sup is tree.sup else replace(tree, sub=sub, sup=sup)
    below = children(tree)
    return with_children(tree, tuple(_in_scripts(child, old, new) for child in below)) if below else tree


def _bound_index(document: Document, entry: Entry, definition: Definition) -> Slip | None:
    """A sum over j of what does not depend on j."""
    side = _side(entry, definition)
    for node in walk(definition.body):
        if not isinstance(node, BigOperator) or not isinstance(node.lower, Infix):
            continue
        index = node.lower.operands[0]
        if not isinstance(index, Name):
            continue
        letter = index.stem
        scripts = [s for name in quantities(node.body) for s in (name.sub, name.sup) if s is not None]
        used = {x for script in scripts for x in letters_of(script)}
        own = [e.stem for e in definition.entries if isinstance(e, Name)]
        if letter in used or not own or own[0] not in used or side is None:
            continue
        body = _in_scripts(node.body, own[0], letter)
        return Slip(
            f"the sum is over {letter}, which does not stand in it",
            "index",
            _rewritten(entry, side, replaced(side, node, replace(node, body=body))),
        )
    return None


def _label(document: Document, entry: Entry, definition: Definition) -> Slip | None:
    """Gamma_o = sigma(W_o [..] + b_f): the bias of another gate."""
    words = document.lexicon
    side = _side(entry, definition)
    own = definition.key.rpartition("_")[2] if "_" in definition.key else ""
    names = [
        n
        for n in quantities(definition.body)
        if isinstance(n.sub, Name) and n.sub.sub is None and not words.read(n).times
    ]
    labels = {n.stem: n.sub.stem for n in names if isinstance(n.sub, Name)}
    if len(labels) < len({(n.stem, n.sub) for n in names}):
        return None  # p_f and p_i: terms of several gates
    used = {words.read(n).key for d in document.definitions for n in quantities(d.body)}
    for name in names:
        assert isinstance(name.sub, Name)
        label = name.sub.stem
        others = {v for k, v in labels.items() if k != name.stem}
        if not own or label == own or others != {own}:
            continue
        rightful = {d.key for d in document.definitions if d is not definition and name in list(_plain(d))}
        proper = replace(name, sub=replace(name.sub, stem=own))
        if rightful - {definition.key} and words.read(proper).key not in used and side is not None:
            return Slip(
                f"{name.text} belongs to {sorted(rightful)[0]}",
                "wrong-symbol",
                _rewritten(entry, side, replaced(side, name, proper)),
            )
    return None


def _plain(definition: Definition) -> Iterator[Name]:
    return quantities(definition.body)


def _lost_sign(document: Document, entry: Entry, definition: Definition) -> Slip | None:
    """W a U x + b: two products side by side, with a sign lost between them."""
    side = _side(entry, definition)
    words = document.lexicon
    for node in outer(definition.body):
        if not isinstance(node, Infix) or any(node.operators) or len(node.operands) < 4 or side is None:
            continue
        kinds = []
        for operand in node.operands:
            if not isinstance(operand, Name):
                break
            symbol = words.read(operand)
            kinds.append("vector" if words.arity.get(symbol.key, 0) else "matrix")
        if kinds == ["matrix", "vector"] * 2:
            halves = [Infix(("",), node.operands[:2]), Infix(("",), node.operands[2:])]
            return Slip(
                "two products stand side by side",
                "other",
                _rewritten(entry, side, replaced(side, node, Infix(("+",), tuple(halves)))),
            )
    return None


def _lost_step(document: Document, entry: Entry, definition: Definition) -> Slip | None:
    """z_t = W x + U h_{t-1}: x has a step everywhere else."""
    words = document.lexicon
    side = _side(entry, definition)
    if len(definition.times) != 1 or side is None:
        return None
    for name in quantities(definition.body):
        symbol = words.read(name)
        counts = words.counts.get(symbol.key)
        if (
            counts is None
            or symbol.times
            or words.arity.get(symbol.key, 0) != 1
            or name.sub is not None
            or name.sup
        ):
            continue
        defined = any(d.key == symbol.key and not d.times for d in document.definitions)
        if defined or counts[0] != 1 or counts[1] < 2:
            continue
        like = next((n for n in quantities(side) if n is not name and words.read(n).times), None)
        if like is None:
            continue
        placed = (
            replace(name, sub=definition.times[0]) if like.sub is not None else replace(name, sup=like.sup)
        )
        return Slip(
            f"{name.text} has a step everywhere else",
            "index",
            _rewritten(entry, side, replaced(side, name, placed)),
        )
    return None

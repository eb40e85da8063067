"""Slips of indices where a network is written unit by unit: two of one name exchanged, one for another, a lost sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from symrnn.check.edits_vocabulary import Edit, Formula, Vocabulary
from symrnn.check.scripts import letter, outer, quantities
from symrnn.notes.formula import BigOperator, Fraction, Group, Infix, List, Name, Node
from symrnn.notes.tree import children, letters, replaced, walk, with_children

FRESH = ("l", "m", "n", "r", "q")  # letters for an index that is bound by a sum


def units(name: Name) -> tuple[Name, ...]:
    """The letters that count units in the scripts of a name, from left to right, subscripts first."""
    found: list[Name] = []
    for script in (name.sub, name.sup):
        for node in walk(script) if script is not None else ():
            if isinstance(node, Group) and node.opening == "[" and node.body is not None:
                found += _letters(node.body)
    return tuple(found)


def _letters(body: Node) -> Iterator[Name]:
    match body:
        case Name():
            yield from letters(body)
        case Infix(operands=parts) | List(items=parts):
            for part in parts:
                yield from _letters(part)


def with_units(name: Name, new: tuple[Name, ...]) -> Name:
    """The name with other letters for its units, in the same places."""
    rest = list(new)

    def changed(node: Node) -> Node:
        if isinstance(node, Group) and node.opening == "[" and node.body is not None:
            count = len(list(_letters(node.body)))
            own, rest[:count] = rest[:count], []
            return replace(node, body=_spelled(own))
        below = children(node)
        return with_children(node, tuple(changed(child) for child in below)) if below else node

    sub = None if name.sub is None else changed(name.sub)
    return replace(name, sub=sub, sup=None if name.sup is None else changed(name.sup))


def _spelled(own: list[Name]) -> Node:
    """The letters side by side: ij."""
    if len(own) == 1:
        return own[0]
    if all(name == Name(name.stem) and name.stem.isalpha() for name in own):
        return Name("".join(name.stem for name in own))
    return Infix(("",) * (len(own) - 1), tuple(own))


def exchanged(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """The two letters of one name exchanged: w_{ji} for w_{ij}."""
    for name in quantities(formula.tree):
        own = units(name)
        for i in range(len(own) - 1):
            if own[i] != own[i + 1]:
                new = (*own[:i], own[i + 1], own[i], *own[i + 2 :])
                yield Edit(formula.put(name, with_units(name, new)), "index")


def others(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """One letter of a name for another of the formula: h_j for h_i."""
    names = list(quantities(formula.tree))
    found = {letter(x): x for name in names for x in units(name)}
    for name in names:
        own = units(name)
        for i, old in enumerate(own):
            for other in found.values():
                if letter(other) != letter(old):
                    new = with_units(name, (*own[:i], other, *own[i + 1 :]))
                    yield Edit(formula.put(name, new), "index")


def permuted(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """Two letters exchanged everywhere: e_i x_j for e_j x_i."""
    found = {letter(x): x for name in quantities(formula.tree) for x in units(name)}
    for a, b in combinations(found.values(), 2):
        both = {letter(a): b, letter(b): a}
        yield Edit(_exchanged(formula.tree, both), "index")


def _exchanged(tree: Node, both: dict[str, Name]) -> Node:
    """The tree with these letters for units, and what sums run over left as it is."""
    if isinstance(tree, Name):
        own = units(tree)
        return with_units(tree, tuple(both.get(letter(x), x) for x in own)) if own else tree
    if isinstance(tree, BigOperator):
        return replace(tree, body=_exchanged(tree.body, both))
    below = children(tree)
    return with_children(tree, tuple(_exchanged(child, both) for child in below)) if below else tree


def lost_sums(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A sum over a letter that stands in several factors of one term, and is bound by none."""
    for node in outer(formula.tree):
        if not isinstance(node, Infix) or set(node.operators) & {"+", "-"}:
            continue
        inside = [letter(x) for name in quantities(node) for x in units(name)]
        bound = {
            letter(x)
            for inner in walk(node)
            if isinstance(inner, BigOperator) and inner.lower is not None
            for x in walk(inner.lower)
            if isinstance(x, Name)
        }
        for own in dict.fromkeys(inside):
            if inside.count(own) > 1 and own not in bound:
                total = BigOperator(r"\sum", _named(own, node), None, node)
                yield Edit(formula.put(node, total), "missing-term")


def _named(own: str, node: Node) -> Name:
    return next(x for name in quantities(node) for x in units(name) if letter(x) == own)


def clashes(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """Another letter for what a sum runs over, but for what one differentiates by: it has a meaning outside."""
    used = {letter(x) for name in quantities(formula.tree) for x in units(name)}
    fresh = next((Name(x) for x in FRESH if x not in used), None)
    for node in outer(formula.tree):
        if not isinstance(node, BigOperator) or node.lower is None or fresh is None:
            continue
        old = next((x for x in walk(node.lower) if isinstance(x, Name)), None)
        if old is None or letter(old) not in used:
            continue
        body = _renamed(node.body, old, fresh)
        new = replace(node, lower=replaced(node.lower, old, fresh), body=body)
        yield Edit(formula.put(node, new), "index")


def _renamed(tree: Node, old: Name, new: Name) -> Node:
    """The tree with another letter for units, but below derivatives."""
    if isinstance(tree, Name):
        own = units(tree)
        changed = tuple(new if letter(x) == letter(old) else x for x in own)
        return tree if changed == own else with_units(tree, changed)
    if isinstance(tree, Fraction):
        return replace(tree, numerator=_renamed(tree.numerator, old, new))
    below = children(tree)
    return with_children(tree, tuple(_renamed(child, old, new) for child in below)) if below else tree

"""Small changes of a formula: those that would mend the mistakes that people make, the likely ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symrnn.check import edits_functions as functions
from symrnn.check import edits_indices as indices
from symrnn.check import edits_names as names
from symrnn.check import edits_terms as terms
from symrnn.check.edits_vocabulary import Edit, Formula, Vocabulary
from symrnn.notes.formula import Name, Node
from symrnn.notes.tree import children, with_children

MISTAKES = (
    "order", "transpose", "index", "missing-term", "extra-term", "missing-activation-derivative", "gate-swap",
    "wrong-symbol", "sign", "parentheses", "slice", "scale", "other",
)  # fmt: skip
Editor = Callable[[Formula, Vocabulary], Iterator[Edit]]
EDITORS: tuple[Editor, ...] = (
    names.lost_signs,
    terms.transposes,
    terms.orders,
    terms.conforming,
    names.steps,
    indices.exchanged,
    indices.others,
    indices.permuted,
    indices.clashes,
    indices.lost_sums,
    terms.signs,
    terms.numbers,
    functions.functions,
    names.marks,
    names.bounds,
    names.bound_letters,
    names.indices,
    functions.missing_factors,
    functions.other_slopes,
    names.quantities_instead,
    terms.brackets,
    terms.operators,
    terms.extra_terms,
    terms.missing_terms,
    terms.extra_factors,
    terms.sums,
    terms.scales,
)


def edits(tree: Node, vocabulary: Vocabulary) -> Iterator[Edit]:
    """Every formula that differs from one by a single slip, each once, and never the formula itself."""
    formula, seen = Formula(tree), {tree}
    for editor in EDITORS:
        for edit in editor(formula, vocabulary):
            if edit.tree not in seen:
                seen.add(edit.tree)
                yield edit


def certain(tree: Node, vocabulary: Vocabulary) -> Iterator[Edit]:
    """The changes that any correction needs: of what is undefined, or bound by no sum that it stands in."""
    formula = Formula(tree)
    for editor in (names.lost_signs, names.bound_letters, names.defined_instead):
        yield from editor(formula, vocabulary)


def renamed(tree: Node, old: str, new: str) -> Node:
    """The tree with one letter in the place of another."""
    if isinstance(tree, Name) and tree.stem == old and tree.sub is None and tree.sup is None:
        return replace(tree, stem=new)
    below = children(tree)
    return with_children(tree, tuple(renamed(child, old, new) for child in below)) if below else tree


__all__ = ["EDITORS", "MISTAKES", "Edit", "Formula", "Vocabulary", "certain", "edits", "renamed"]

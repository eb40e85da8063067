"""A claim beside the true terms of its left-hand side: which hold, which are mended, missing or too much."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from symrnn.check.adjoint_names import Key
from symrnn.check.correct_probe import Budget
from symrnn.check.difference import mistake_of
from symrnn.check.edits import Edit, Formula, edits
from symrnn.check.edits_functions import missing_factors
from symrnn.check.edits_products import bracketed, infix, is_sum
from symrnn.check.edits_terms import conforming
from symrnn.check.names import items, letters_of, quantities
from symrnn.check.products import minus
from symrnn.check.readings import UNWELCOME
from symrnn.check.true_terms import Part, Term, Terms
from symrnn.notes.formula import BigOperator, Group, Infix, Name, Node, Number, Unary

TELLING = (
    "missing-activation-derivative", "wrong-symbol", "gate-swap", "order", "transpose", "index", "parentheses",
    "missing-term", "extra-term", "sign", "scale", "other",
)  # fmt: skip
MOST_TRIALS = 800  # of the changes of one term


def mended(terms: Terms, budget: Budget) -> Iterator[Edit]:
    """The terms that fail, each with a small change; then terms added, or left out."""
    yield from _settled(terms, budget, replace_terms=False)


def replaced(terms: Terms, budget: Budget) -> Iterator[Edit]:
    """The terms that fail, replaced by those of reverse mode; then all of it."""
    if terms.by_rules:
        yield from _settled(terms, budget, replace_terms=True)
        whole = [term.adjoint for term in terms.wanted if term.adjoint is not None]
        kind = mistake_of(terms.inner, terms.adjoints.total(whole), terms.case.words)
        yield from _around(terms, terms.adjoints.total(whole), kind)


def _settled(terms: Terms, budget: Budget, *, replace_terms: bool) -> Iterator[Edit]:
    missing = list(terms.wanted)
    kept: list[tuple[bool, Node] | None] = []
    for part in terms.parts:
        hit = next((term for term in missing if terms.same(part.value, term.value)), None)
        if hit is not None:
            missing.remove(hit)
        kept.append((part.negative, part.node) if hit is not None else None)
    held = sum(entry is not None for entry in kept)
    mistakes: list[str] = []
    for index, part in enumerate(terms.parts):
        if kept[index] is not None or not missing:
            continue
        found = _opposite(terms, part, missing) or _changed(terms, part, missing, budget)
        if found is None and replace_terms:
            found = _nearest(terms, part, missing)
        if found is None and not held and not replace_terms:
            return
        if found is None:
            continue
        term, entry, mistake = found
        missing.remove(term)
        kept[index] = entry
        mistakes.append(mistake)
    dropped = sum(entry is None for entry in kept)
    if missing and not terms.by_rules:
        return
    if (dropped or missing) and (mistakes or not held or (dropped and missing)) and not replace_terms:
        return  # more than one thing would change
    entries = [entry for entry in kept if entry is not None]
    entries += [
        (term.adjoint.negative, term.adjoint.node(terms.case.words.elementwise))
        for term in missing
        if term.adjoint is not None
    ]
    mistakes += ["extra-term"] * dropped + ["missing-term"] * len(missing)
    if mistakes:
        mistake = min(mistakes, key=TELLING.index)
        yield from _around(terms, _sum(entries), mistake)


Found = tuple[Term, tuple[bool, Node], str]


def _opposite(terms: Terms, part: Part, missing: list[Term]) -> Found | None:
    """The term that a part is but for its sign."""
    if part.value is None:
        return None
    opposite = minus(part.value)
    for term in missing:
        if terms.same(opposite, term.value):
            return term, (not part.negative, part.node), "sign"
    return None


def _changed(terms: Terms, part: Part, missing: list[Term], budget: Budget) -> Found | None:
    """A small change of a part that makes it one of the missing terms."""
    keys = {terms.key(term.value): term for term in missing}
    likely = []
    for edit in islice(edits(part.node, terms.case.words), MOST_TRIALS):
        if not budget.spend():
            return None
        found = _as_term(terms, part, edit, keys)
        if found is not None:
            return found
        if edit.mistake in ("wrong-symbol", "gate-swap"):
            likely.append(edit)
    for editor, most in ((conforming, len(likely)), (missing_factors, 12)):
        for first in likely[:most]:
            for second in editor(Formula(first.tree), terms.case.words):
                if not budget.spend():
                    return None
                found = _as_term(terms, part, second._replace(mistake=first.mistake), keys)
                if found is not None:
                    return found
    return None


def _as_term(terms: Terms, part: Part, edit: Edit, keys: dict[Key, Term]) -> Found | None:
    notes = terms.case.probe.evaluator.notes
    notes.clear()
    value = terms.spelling.value(edit.tree)
    if value is None or notes & UNWELCOME - terms.liberties:
        return None
    term = keys.get(terms.key(minus(value) if part.negative else value))
    return (term, (part.negative, edit.tree), edit.mistake) if term is not None else None


def _nearest(terms: Terms, part: Part, missing: list[Term]) -> Found | None:
    """The missing term of reverse mode that shares most names with a part."""
    own = {name.stem for name in quantities(part.node)}
    sign = terms.case.words.elementwise
    named = [term for term in missing if term.adjoint is not None]
    if not named:
        return None

    def shared(term: Term) -> int:
        assert term.adjoint is not None
        return len(own & {name.stem for name in quantities(term.adjoint.node(sign))})

    best = max(named, key=shared)
    assert best.adjoint is not None
    node = best.adjoint.node(sign)
    return best, (best.adjoint.negative, node), mistake_of(part.node, node, terms.case.words)


def _sum(entries: list[tuple[bool, Node]]) -> Node:
    ordered = entries if not entries[0][0] else sorted(entries, key=lambda entry: entry[0])
    negative, first = ordered[0]
    if negative:
        first = Unary("-", bracketed(first) if is_sum(first) else first)
    return infix(["-" if minus_ else "+" for minus_, _ in ordered[1:]], [first, *(n for _, n in ordered[1:])])


def _around(terms: Terms, inner: Node, mistake: str) -> Iterator[Edit]:
    """The new terms in the author's sums, and without them, and within a sum over the steps."""
    side = terms.case.side
    bare = inner
    if isinstance(inner, Unary) and terms.inner is not side:  # the minus stands before the sum
        yield Edit(Unary("-", Formula(side).put(terms.inner, inner.body)), mistake)
    elif terms.inner is not side:
        above = Formula(side).parent(terms.inner)
        if is_sum(inner) and not isinstance(above, Group):
            inner = bracketed(inner)
        yield Edit(Formula(side).put(terms.inner, inner), mistake)
    else:
        yield Edit(bare, mistake)
    if not terms.summed:
        return
    steps = terms.case.probe.evaluator.world.lexicon.steps
    read = (letter for name in quantities(bare) for item in items(name) for letter in letters_of(item.node))
    for letter in dict.fromkeys((*(x for x in read if x in steps), terms.adjoints.letter)):
        lower = Infix(("=",), (Name(letter), Number("1")))
        body = bracketed(bare) if is_sum(bare) else bare
        yield Edit(BigOperator(r"\sum", lower, terms.last or Name("T"), body), mistake)

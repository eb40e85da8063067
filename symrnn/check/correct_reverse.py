"""A claim beside the true terms of its left-hand side: which hold, which are mended, missing or too much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from symrnn.check.adjoint_names import Key, Spelling, key_of
from symrnn.check.adjoints import Adjoints
from symrnn.check.correct_probe import FAILURES, Budget, Case
from symrnn.check.correct_terms import claimed, contributions
from symrnn.check.difference import mistake_of
from symrnn.check.edits import Edit, Formula, edits
from symrnn.check.edits_functions import missing_factors
from symrnn.check.edits_products import bracketed, infix, is_sum
from symrnn.check.edits_terms import conforming
from symrnn.check.edits_vocabulary import stepped
from symrnn.check.jacobian import Label
from symrnn.check.model import Model
from symrnn.check.names import items, letters_of, quantities
from symrnn.check.products import Value, minus
from symrnn.check.readings import UNWELCOME
from symrnn.check.reverse import Adjoint, NoRule
from symrnn.check.series import NEUTRAL_SUMS
from symrnn.check.world import World
from symrnn.notes.formula import Annotated, BigOperator, Group, Infix, Name, Node, Number, Unary
from symrnn.notes.tree import walk

STEP = 2  # where the term of one step is looked at
TELLING = (
    "missing-activation-derivative", "wrong-symbol", "gate-swap", "order", "transpose", "index", "parentheses",
    "missing-term", "extra-term", "sign", "scale", "other",
)  # fmt: skip
MOST_TRIALS = 1500  # of the changes of one term


@dataclass
class Part:
    """A term of the claim, with its sign."""

    node: Node
    negative: bool
    value: Value | None


@dataclass
class Term:
    """A term that is true: its value, and its formula where reverse mode gives one."""

    value: Value
    adjoint: Adjoint | None = None


@dataclass
class Terms:
    """The terms of a claim beside those of its left-hand side."""

    case: Case
    spelling: Spelling
    adjoints: Adjoints
    inner: Node  # the sum within the side that fails, without the sums over steps around it
    parts: list[Part]
    wanted: list[Term]
    summed: bool = False  # whether it is a parameter's, for which the terms are those of one step
    by_rules: bool = True  # whether reverse mode gave the terms

    def key(self, value: Value) -> Key:
        """A value as it is compared: as a matrix in the layout of the reading."""
        return key_of(value, self.case.probe.reading.layout)

    def same(self, a: Value | None, b: Value) -> bool:
        """Whether two values are equal."""
        return a is not None and self.key(a) == self.key(b)


def terms_of(model: Model, case: Case, context: Sequence[Node]) -> Terms | None:
    """Both, or None where the left-hand side is no derivative of or by a whole quantity."""
    evaluator, env = case.probe.evaluator, dict(case.probe.env)
    found = claimed(evaluator, case.sides[0], env)
    if found is None or case.probe.reading.layout.gradient != "column":
        return None
    top, bottom = found
    inner, letter = _inner(case.side)
    if letter:
        env[letter] = env.get(letter, STEP)
    elif not any(name in evaluator.world.lexicon.steps for name in env):
        letter, env["t"] = "t", STEP
    letter = letter or next(name for name in env if name in evaluator.world.lexicon.steps)
    env["@"] = env[letter]
    near = [case.side, *(side for side in case.sides[1:] if side is not case.side)]
    spelling = Spelling(model, case.probe, case.words, near, context, env)
    case.words = replace(case.words, shape=spelling.shape)  # where the letters of sums stand for steps too
    adjoints = Adjoints(spelling, top, letter, _diagonal(evaluator.world, top, context))
    result = Terms(case, spelling, adjoints, inner, _parts(inner, spelling), [], not bottom.times)
    try:
        time = _time(case, bottom, letter, env)
        for adjoint in adjoints.terms(bottom, time):
            value = spelling.value(adjoint.node(case.words.elementwise))
            if value is None:
                raise NoRule
            result.wanted.append(Term(minus(value) if adjoint.negative else value, adjoint))
    except (NoRule, *FAILURES):
        result.by_rules = False
        if not bottom.times:
            return None
        try:
            result.wanted = [Term(value) for value in contributions(evaluator.world, top, bottom).values()]
        except FAILURES:
            return None
    return result if result.wanted else None


def _diagonal(world: World, top: Label, context: Sequence[Node]) -> Name | None:
    """How the document writes a diagonal matrix, where what is differentiated is a vector."""
    if world.quantity(top).is_scalar:
        return None
    names = (
        n for tree in context for n in walk(tree) if isinstance(n, Name) and n.stem in ("diag", r"\diag")
    )
    return next(names, Name("diag", ("operatorname",)))


def _inner(side: Node) -> tuple[Node, str]:
    """What stands within the sums over steps, and the letter of the innermost of them."""
    letter = ""
    while True:
        match side:
            case BigOperator(symbol=r"\sum", lower=lower, body=body):
                bound = next(letters_of(lower), "") if lower is not None else ""
                letter = letter if bound in ("", *NEUTRAL_SUMS) else bound
                side = body
            case Group(opening="(" | "[" | r"\{" | "{", body=Node() as body) | Annotated(body=body):
                side = body
            case _:
                return side, letter


def _parts(inner: Node, spelling: Spelling) -> list[Part]:
    if isinstance(inner, Infix) and is_sum(inner):
        pairs = list(zip(("+", *inner.operators), inner.operands, strict=True))
    else:
        pairs = [("+", inner)]
    found = []
    for operator, node in pairs:
        negative = operator == "-"
        if isinstance(node, Unary) and node.operator == "-":
            negative, node = not negative, node.body
        value = spelling.value(node)
        found.append(Part(node, negative, minus(value) if negative and value is not None else value))
    return found


def _time(case: Case, bottom: Label, letter: str, env: dict[str, int]) -> Node | None:
    """The step of what the left-hand side is the derivative by, as it is written there."""
    if not bottom.times:
        return None
    world = case.probe.evaluator.world
    for name in quantities(case.sides[0]):
        symbol = case.words.symbol(name)
        for time in symbol.times if symbol is not None else ():
            if world.step(time, env) == bottom.times[0]:
                return time
    return stepped(Name(letter), bottom.times[0] - env[letter])


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
    if value is None or notes & UNWELCOME:
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
        yield Edit(BigOperator(r"\sum", lower, Name("T"), body), mistake)


__all__ = ["Terms", "mended", "replaced", "terms_of"]

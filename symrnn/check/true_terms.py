"""The terms of a claim beside the true terms of its left-hand side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from symrnn.check.adjoint_names import Key, Spelling, key_of
from symrnn.check.adjoints import Adjoints
from symrnn.check.correct_probe import FAILURES, Case
from symrnn.check.correct_terms import claimed, contributions
from symrnn.check.edits_products import is_sum
from symrnn.check.edits_vocabulary import stepped
from symrnn.check.evaluate import Evaluator
from symrnn.check.jacobian import Label
from symrnn.check.model import Model
from symrnn.check.names import letters_of, quantities
from symrnn.check.products import Value, minus
from symrnn.check.reverse import Adjoint, NoRule
from symrnn.check.series import NEUTRAL_SUMS
from symrnn.check.world import World
from symrnn.notes.formula import Annotated, BigOperator, Group, Infix, Name, Node, Unary
from symrnn.notes.tree import walk

STEP = 2  # where the term of one step is looked at


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
    liberties: frozenset[str] = frozenset()  # what the author's own formula needs to make sense
    by_rules: bool = True  # whether reverse mode gave the terms
    last: Node | None = None  # up to which step the terms of a parameter are summed, if not to the last

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
    through = bool(top.times) and not bottom.times  # dE_4/dW: what comes through every step up to the fourth
    if through:
        free = sorted(evaluator.world.lexicon.steps - env.keys(), key=_by_custom)
        if not free:
            return None
        letter = letter or free[0]
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
    if through:
        adjoints.depth = 0  # at every step the same formula
        result.last = next((t for n in quantities(case.sides[0]) for t in _times(case, n)), result.last)
    result.liberties = _liberties(case, spelling)
    try:
        time = _time(case, bottom, letter, env)
        for adjoint in adjoints.terms(bottom, time):
            value = spelling.value(adjoint.node(case.words.elementwise))
            if value is None:
                raise NoRule
            result.wanted.append(Term(minus(value) if adjoint.negative else value, adjoint))
    except (NoRule, *FAILURES):
        result.by_rules = False
        if not bottom.times and bottom.key not in model.definitions:
            return None
        try:
            result.wanted = [Term(value) for value in contributions(evaluator.world, top, bottom).values()]
        except FAILURES:
            return None
    return result if result.wanted else None


def _liberties(case: Case, spelling: Spelling) -> frozenset[str]:
    """The notes that the evaluation of the side that fails takes, as far as it goes."""
    evaluator = Evaluator(case.probe.evaluator.world, case.probe.reading, set(), case.probe.evaluator.loss)
    with suppress(*FAILURES):
        evaluator.value(case.side, spelling.env)
    return frozenset(evaluator.notes)


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
        for time in _times(case, name):
            if world.step(time, env) == bottom.times[0]:
                return time
    return stepped(Name(letter), bottom.times[0] - env[letter])


def _times(case: Case, name: Name) -> tuple[Node, ...]:
    """The steps of a name, as they are written."""
    symbol = case.words.symbol(name)
    return symbol.times if symbol is not None else ()


def _by_custom(letter: str) -> tuple[bool, str]:
    """The usual letters of steps first."""
    return letter not in ("t", "k"), letter

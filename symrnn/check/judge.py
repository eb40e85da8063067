"""Whether a claim holds, and under which reading."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product
from typing import cast

from symrnn.check.candidates import readings
from symrnn.check.comparison import compare
from symrnn.check.definition import Choice, OutOfRange, Undefined, Unsupported
from symrnn.check.evaluate import Evaluator, with_variable
from symrnn.check.heads import head
from symrnn.check.lengths import is_counted, other_length
from symrnn.check.meter import TOO_LONG
from symrnn.check.model import Model
from symrnn.check.points import ORDERS, admitted, points, sample, sole_variable
from symrnn.check.products import Value
from symrnn.check.reading import Reading
from symrnn.check.tensor import Mismatch, Tensor
from symrnn.check.vanishing import is_unseen, is_zero, takes_no_gradient, vanishes_here
from symrnn.check.watched import Asked, Watched, answers, standing
from symrnn.field import NoSuchElement
from symrnn.notes.formula import Group, Infix, Name, Node, Number, Unary
from symrnn.notes.tree import walk

__all__ = ["Outcome", "attempt", "compare", "judge", "points", "side_value"]
VOID = "all of it is zero"  # why nothing follows from 0 = 0
NOWHERE = "at no step do all its parts exist"
ELSEWHERE = 12  # points for a sequence of another length


@dataclass
class Outcome:
    """What became of a claim under one reading."""

    verdict: str  # holds, differs, mismatch, undefined, unsupported
    reading: Reading = field(default_factory=Reading)
    choice: Choice = field(default_factory=Choice)
    notes: frozenset[str] = frozenset()
    env: dict[str, int] = field(default_factory=dict)
    detail: object = None
    gates: tuple[str, ...] = ()  # the quantities whose gradients it takes, that of its left side first
    lengths: tuple[int, ...] = ()  # the numbers of steps for which it was found to hold
    asked: Asked = field(default_factory=dict)  # what of the reading made a difference, if anything did
    seen: bool = False  # whether its left-hand side is no zero somewhere
    steps: int = 0  # how long a sequence had to be for the sides to differ, if they agree for shorter ones
    order: tuple[Node, ...] = ()  # the order of two steps in which alone it holds

    @property
    def holds(self) -> bool:
        """Whether all sides are equal at all points."""
        return self.verdict == "holds"

    @property
    def is_nowhere(self) -> bool:
        """Whether it speaks of steps that do not exist: h_0 = f(x_{-1})."""
        return isinstance(self.detail, Unsupported) and self.detail.reason == NOWHERE


def attempt(
    model: Model,
    sides: tuple[Node, ...],
    reading: Reading,
    choice: Choice,
    seed: int = 1,
    conditions: tuple[Node, ...] = (),
    most: int = 0,
) -> Outcome:
    """A claim under one reading, at all its points, or at so many of them at ``most``."""
    asked: Asked = {}
    watched = Watched(reading, asked)
    outcome = _attempt(model, sides, watched, reading, choice, seed, conditions, most)
    outcome.asked = asked
    return outcome


def _attempt(
    model: Model,
    sides: tuple[Node, ...],
    watched: Watched,
    reading: Reading,
    choice: Choice,
    seed: int,
    conditions: tuple[Node, ...],
    most: int,
) -> Outcome:
    """What ``attempt`` gives, without what was asked of the reading."""
    variable = sole_variable(sides, model.lexicon)
    shown = cast(Reading, watched)
    if variable is None:
        evaluator = Evaluator(model.world(choice, seed), shown, set(), model.loss)
    else:
        evaluator = with_variable(model.world(choice, seed), shown, variable)
    try:
        every = points(sides, evaluator)
    except Unsupported as error:
        return Outcome("unsupported", reading, choice, detail=error)
    except Mismatch as error:
        return Outcome("mismatch", reading, choice, detail=error)
    held: list[dict[str, int]] = []
    failed: list[tuple[dict[str, int], tuple[Value, Value]]] = []
    trivial = True  # whether all that held was 0 = 0
    seen = False  # whether the left-hand side is no zero somewhere
    if conditions:
        every = [env for env in every if admitted(env, conditions, model)]
    for env in every if not most else sample(every, most):
        if "t" in env:
            env = {**env, "@": env["t"]}
        evaluator.own = None
        for side in sides[1:]:
            try:
                evaluator.wanted = None
                left = side_value(evaluator, sides[0], env, shown, True)
                seen = seen or not is_zero(left)
                evaluator.wanted = _shape_of(left, shown)
                right = side_value(evaluator, side_at(evaluator, side, env, shown), env, shown, False)
                good = compare(left, right, shown.layout, evaluator)
            except (OutOfRange, NoSuchElement):
                break
            except Mismatch as error:
                return Outcome("mismatch", reading, choice, frozenset(evaluator.notes), env, error, seen=seen)
            except Undefined as error:
                return Outcome("undefined", reading, choice, frozenset(evaluator.notes), env, error)
            except Unsupported as error:
                return Outcome("unsupported", reading, choice, frozenset(evaluator.notes), env, error)
            if not good:
                failed.append((env, (left, right)))
                break
        else:
            held.append(env)
            trivial = trivial and is_zero(left)
        if len(failed) > 3 and not held:
            break
    notes = frozenset(evaluator.notes)
    gates = tuple(dict.fromkeys(evaluator.gates))
    if held and not failed and trivial and not vanishes_here(evaluator, sides, held):
        return Outcome("unsupported", reading, choice, notes, detail=Unsupported(VOID))
    if held and not failed and Number("0") not in sides and takes_no_gradient(evaluator, sides, held):
        return Outcome("unsupported", reading, choice, notes, detail=Unsupported(VOID))
    if held and not failed:
        return Outcome("holds", reading, choice, notes, gates=gates)
    if failed:
        order = None if trivial else _order(held, [env for env, _ in failed], frozenset(evaluator.ranges))
        if order is not None:
            return Outcome("holds", reading, choice, notes, gates=gates, order=(order,))
        if trivial and Number("0") not in sides and is_unseen(evaluator, sides, [v for _, v in failed]):
            return Outcome("unsupported", reading, choice, notes, detail=Unsupported(VOID))
        env, detail = failed[0]
        return Outcome("differs", reading, choice, notes, env, detail, seen=seen)
    return Outcome("unsupported", reading, choice, notes, detail=Unsupported(NOWHERE))


def _shape_of(value: Value, reading: Reading) -> tuple[int, int] | None:
    tensor = value if isinstance(value, Tensor) else value.matrix(reading.layout)
    return None if tensor is None else tensor.shape


def side_value(evaluator: Evaluator, side: Node, env: dict[str, int], reading: Reading, first: bool) -> Value:
    """The value of one side of a claim; ``first``: of its left-hand side."""
    evaluator.reading = standing(reading, head(side) is not None)
    evaluator.first = first
    is_sum = isinstance(side, Infix) and set(side.operators) <= {"+", "-"}
    if reading.einstein and not is_sum and evaluator.repeated(side, env):
        return evaluator.einstein(side, env)
    return evaluator.value(side, env)


def side_at(evaluator: Evaluator, side: Node, env: dict[str, int], reading: Reading) -> Node:
    """A side at a step that it makes an exception of, [t = T], without its terms from steps that do not exist."""
    if not (
        isinstance(side, Infix) and set(side.operators) <= {"+", "-"} and _is_exception(side, env, evaluator)
    ):
        return side
    kept: list[tuple[str, Node]] = []
    for operator, term in zip(("+", *side.operators), side.operands, strict=True):
        with suppress(OutOfRange, NoSuchElement):
            side_value(evaluator, term, env, reading, False)
            kept.append((operator, term))
    if not kept or len(kept) == len(side.operands):
        return side
    first = kept[0][1] if kept[0][0] == "+" else Unary("-", kept[0][1])
    return Infix(tuple(o for o, _ in kept[1:]), (first, *(t for _, t in kept[1:]))) if kept[1:] else first


def _is_exception(side: Node, env: dict[str, int], evaluator: Evaluator) -> bool:
    """Whether Iverson's bracket says that a step is one that it names."""
    for node in walk(side):
        match node:
            case Group(opening="[", body=Infix(operators=("=",), operands=(left, right))):
                with suppress(Unsupported):
                    if evaluator.world.step(left, env) == evaluator.world.step(right, env):
                        return True
    return False


def _order(held: list[dict[str, int]], failed: list[dict[str, int]], indices: frozenset[str]) -> Node | None:
    """The order of two of its steps, k <= t or k < t, in which a claim holds always; ``indices`` are no steps."""
    steps = [x for x in failed[0] if x != "@" and x not in indices]
    for (a, b), sign in product(product(steps, steps), (r"\le", "<")):
        kept = [e for e in held if ORDERS[sign](e[a], e[b])]
        if a != b and len(kept) >= 3 and not any(ORDERS[sign](e[a], e[b]) for e in failed):
            return Infix((sign,), (Name(a), Name(b)))
    return None


def lasting(model: Model, sides: tuple[Node, ...], outcome: Outcome, conditions: tuple[Node, ...]) -> Outcome:
    """What holds for one number of steps, if it holds for another one at another random point; else how it fails."""
    steps = other_length(model, sides)
    outcome.lengths = (model.steps,)
    if steps is None:
        return outcome
    where = conditions + outcome.order
    other = attempt(model.at_length(steps), sides, outcome.reading, outcome.choice, 2, where, ELSEWHERE)
    if other.holds:
        outcome.lengths = (model.steps, steps)
    if other.verdict not in ("differs", "mismatch"):
        return outcome
    if is_counted(model, sides):
        reason = f"it holds for {model.steps} steps, and not for {steps}"
        return replace(other, verdict="unsupported", detail=Unsupported(reason))
    return replace(other, env={"T": steps, **other.env}, steps=steps)


CONTEXTS = ("sequence", "copies", "step")  # whose loss it may be: see Reading


def judge(
    model: Model,
    sides: tuple[Node, ...],
    pre: bool = False,
    limit: int = 400,
    conditions: tuple[Node, ...] = (),
    contexts: tuple[str, ...] = CONTEXTS,
    lying: str = "",
) -> Outcome:
    """The best outcome of a claim: the first reading under which it holds, else the plainest.

    ``pre``: only readings in which the gradient of a gate is that of its pre-activation, after all others have failed;
    ``lying``: what is transposed in all of them.
    """
    first: Outcome | None = None
    best: Outcome | None = None
    void: Outcome | None = None
    tried: dict[Choice, list[Asked]] = {}
    model.meter.start()
    for count, (reading, choice) in enumerate(readings(model, sides, pre, lying)):
        if (
            reading.context not in contexts
            or reading.pre != pre
            or any(answers(reading, a) for a in tried.get(choice, ()))
        ):
            continue
        outcome = attempt(model, sides, reading, choice, conditions=conditions)
        asked = outcome.asked
        if outcome.holds:
            outcome = lasting(model, sides, outcome, conditions)
            asked = asked | outcome.asked
        if outcome.holds:
            return outcome
        tried.setdefault(choice, []).append(asked)
        if model.meter.is_empty:
            return Outcome("unsupported", reading, choice, detail=Unsupported(TOO_LONG))
        first = first or outcome
        if isinstance(outcome.detail, Unsupported) and outcome.detail.reason == VOID:
            void = void or outcome  # the model is not what is meant: it does not see the quantity
        if outcome.verdict == "undefined" and first.verdict not in ("differs", "mismatch"):
            return outcome  # a reading that supposes what the document lacks is none: the loss of one step
        if outcome.verdict == "differs" and (best is None or best.verdict != "differs"):
            best = outcome
        if count >= limit:
            break
    assert first is not None
    plainest = best if best is not None and first.verdict != "differs" else first
    return void if void is not None and not _sees(first) else plainest


def _sees(outcome: Outcome) -> bool:
    """Whether a claim that fails is about something: its left-hand side is no zero."""
    return outcome.verdict in ("differs", "mismatch") and outcome.seen

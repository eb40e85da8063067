r"""What the names of gradients stand for, where a document does not say: \delta_t = W^T \delta_{t+1} ...

A name is read as the gradient by the one quantity for which its equations hold: the value of a right-hand side is
looked up among the gradients by all quantities; a name that no right-hand side settles is tried with each of them,
and the one is taken that settles most of the names defined by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from symrnn.check.definition import STEP_LOSS, Choice, Definition, OutOfRange
from symrnn.check.evaluate import Evaluator
from symrnn.check.jacobian import Label
from symrnn.check.model import PROBLEMS, Model, build
from symrnn.check.names import quantities
from symrnn.check.naming import USE, named
from symrnn.check.products import as_tensor
from symrnn.check.reading import Reading
from symrnn.check.tensor import Tensor, stack
from symrnn.check.understand import Document, Entry, target
from symrnn.notes.formula import BigOperator, Differential, Fraction, Group, Infix, List, Name, Node, Number

READINGS = (
    (Reading(), Choice()),
    (Reading(of_value=True), Choice()),
    (Reading(), Choice("", True)),
    (Reading(), Choice("tanh")),
    (Reading(), Choice("tanh", True)),
    (Reading(wide=True), Choice()),
)
STEP = 2
Value = tuple[tuple[int, ...], tuple[int, ...]]


def name_gradients(document: Document) -> dict[str, str]:
    """Give every undefined name of a gradient its meaning; what each was read as, in words."""
    unclear = {key for key, layers in document.lexicon.components.roles.items() if layers is None}
    for key in unclear & document.unnamed.keys():
        del document.unnamed[key]  # errors of several layers under one name
    unknown = document.unnamed
    if not unknown:
        return {}
    position = max(entry.index for entries in unknown.values() for entry in entries)
    base = build(document, position)
    results = [_all(document, base, loss) for loss in ("", STEP_LOSS)]
    learned = max(results, key=len)
    for definition in learned.values():
        document.definitions.append(definition)
        document.lexicon.arity[definition.key] = 1
        document.lexicon.known.add(definition.key)
    document.lexicon.refresh()
    return {key: _words(definition.body) for key, definition in learned.items()}


def _words(body: Node) -> str:
    assert isinstance(body, Fraction)
    assert isinstance(body.denominator, Differential)
    quantity = body.denominator.body
    assert isinstance(quantity, Name)
    return quantity.text or quantity.stem


def _all(document: Document, model: Model, loss: str) -> dict[str, Definition]:
    """The meanings of as many names as can be settled with one loss."""
    unknown = document.unnamed
    found: dict[str, Definition] = {}

    def settle(model: Model) -> Model:
        for key in unknown:
            meaning = None if key in found else _settled(document, model, key, loss)
            if meaning is not None:
                found[key] = _meant(document, key, *meaning)
                model = model.extended(found[key])
        return model

    model = settle(model)
    _without_doubles(found)
    for key in unknown:
        meaning = None if key in found else _tried(document, model, key, found, loss)
        if meaning is not None:
            found[key] = _meant(document, key, *meaning)
            model = settle(model.extended(found[key]))
    _without_doubles(found)
    return found


def _without_doubles(found: dict[str, Definition]) -> None:
    """Two names for one share of a gradient, that of one use of a quantity: at least one of them is a slip."""
    counts = Counter(words for d in found.values() if (words := _words(d.body)).rpartition(USE)[1])
    for key in [k for k, d in found.items() if counts[_words(d.body)] > 1]:
        del found[key]


def _meant(document: Document, key: str, quantity: Name, loss: Name) -> Definition:
    """The definition of a name as the gradient by a quantity."""
    entry = document.unnamed[key][0]
    name = target(entry.sides[0])
    assert name is not None
    times = (Name("t"),) if document.lexicon.read(name).times else ()
    entries = document.lexicon.read(name).entries
    if len(entries) == 1 and document.lexicon.components.slots:
        unit = Group("[", entries[0], "]")
        quantity = replace(quantity, sub=List(",", (unit, quantity.sub)) if quantity.sub else unit)
        return Definition(key, times, entries, gradient_tree(quantity, loss), entry.index, name)
    return Definition(key, times, (), gradient_tree(quantity, loss), entry.index, name)


def gradient_tree(quantity: Name, loss: Name) -> Node:
    """dL/dq as a formula."""
    earlier = isinstance(quantity.sub, Infix)
    plus = (
        Name("+") if earlier else None
    )  # the share of the step: what the earlier one gives else is held fixed
    return Fraction(Differential(r"\partial", sup=plus, body=loss), Differential(r"\partial", body=quantity))


def candidates(
    document: Document, model: Model, loss: str, choice: Choice
) -> Iterator[tuple[Name, Name, Value]]:
    """The quantities of a step, the loss, and the value of its gradient by them."""
    key = (loss, choice)
    if key not in model.gradients:
        model.gradients[key] = list(_candidates(document, model, loss, choice))
    return iter(model.gradients[key])  # type: ignore[call-overload, no-any-return]


def _candidates(
    document: Document, model: Model, loss: str, choice: Choice
) -> Iterator[tuple[Name, Name, Value]]:
    world = model.world(choice)
    if loss:
        top, top_name = Label(STEP_LOSS, (STEP,)), Name(STEP_LOSS, sub=Name("t"))
    elif model.loss is not None:
        top, top_name = model.loss, Name(model.loss.key)
    else:
        return
    yield from _of_later(document, model, choice) if not loss else ()
    for key in sorted([*model.definitions, *model.shapes], key=lambda k: USE in k):  # shares last
        group = model.definitions.get(key, ())
        if model.lexicon.arity.get(key, 0) != 1 or model.lexicon.is_loss(key) or key == STEP_LOSS:
            continue
        if key in document.unnamed or model.shapes.get(key, (1, 1)) == (1, 1) or key in model.normalised:
            continue
        try:
            gradient = world.derivative(top, Label(key, (STEP,)))
        except (OutOfRange, *PROBLEMS):
            continue
        if gradient.is_gradient and gradient.full.any():
            yield _spelled(key, group), top_name, value_of(gradient.full[0, 0])
    if not loss:
        return
    for key in sorted(model.lagged):
        if key in model.definitions:
            earlier = Infix(("-",), (Name("t"), Number("1")))
            try:
                gradient = world.derivative(top, Label(key, (STEP - 1,)), "step")
            except (OutOfRange, *PROBLEMS):
                continue
            yield Name(key, sub=earlier), top_name, value_of(gradient.full[0, 0])


def _of_later(document: Document, model: Model, choice: Choice) -> Iterator[tuple[Name, Name, Value]]:
    """The gradients of what is summed over other steps, F_t = sum of L_u over u > t, by the states."""
    world = model.world(choice)
    for top, group in model.definitions.items():
        body = group[-1].body
        if (
            model.shapes.get(top) != (1, 1)
            or model.lexicon.arity.get(top) != 1
            or not isinstance(body, BigOperator)
        ):
            continue
        for key in model.lagged:
            if key not in model.definitions:
                continue
            try:
                gradient = world.derivative(Label(top, (STEP,)), Label(key, (STEP,)))
            except (OutOfRange, *PROBLEMS):
                continue
            if gradient.full.any():
                yield (
                    _spelled(key, model.definitions[key]),
                    _spelled(top, group),
                    value_of(gradient.full[0, 0]),
                )


def _spelled(key: str, group: tuple[Definition, ...]) -> Name:
    if group and group[-1].entries:
        return named(key, Name("t"))
    name = group[-1].name if group else None
    return name if isinstance(name, Name) else Name(key, sub=Name("t"))  # the key of a part has blanks


def value_of(array: object) -> Value:
    """An array as something that can be looked up."""
    return tuple(array.shape), tuple(int(x) for x in array.reshape(-1))  # type: ignore[attr-defined]


def _readings(model: Model, sides: tuple[Node, ...]) -> Iterator[tuple[Reading, Choice]]:
    """The readings that can make a difference to a formula."""
    primes = any(isinstance(n, Name) and n.primes for side in sides for n in quantities(side))
    for reading, choice in READINGS:
        if reading.of_value and not primes:
            continue
        if choice.activation and not model.generic - {"@loss", "@link", "@outputs"}:
            continue
        if choice.canonical and model.loss is None:
            continue
        yield reading, choice


def _values(model: Model, sides: tuple[Node, ...], reading: Reading, choice: Choice) -> list[Value] | None:
    """The values of formulas at one step; None if one has none."""
    evaluator = Evaluator(model.world(choice), reading, set(), model.loss)
    try:
        return [value_of(_all_entries(evaluator, side, reading).value) for side in sides]
    except (OutOfRange, *PROBLEMS):
        return None


def _all_entries(evaluator: Evaluator, side: Node, reading: Reading) -> Tensor:
    """The value of a formula at one step, for all units that its one free index counts."""
    env = {"t": STEP, "@": STEP}
    units = evaluator.indices(side) if evaluator.world.lexicon.components.slots else {}
    if len(units) != 1:
        return as_tensor(evaluator.value(side, env), reading.layout, evaluator.notes.add)
    ((own, numbers),) = units.items()
    return stack([evaluator.tensor(side, {**env, own: number}) for number in numbers], 0)


def _settled(document: Document, model: Model, key: str, loss: str) -> tuple[Name, Name] | None:
    """The gradient that the right-hand side of an equation of a name is, if it is one."""
    for entry in document.unnamed[key]:
        for side in entry.sides[1:]:
            keys = {document.lexicon.read(n).key for n in quantities(side)}
            if isinstance(side, Name) or key in keys or keys & set(document.unnamed) - set(model.definitions):
                continue
            for reading, choice in _readings(model, (side,)):
                values = _values(model, (side,), reading, choice)
                if values is None:
                    continue
                for quantity, top, other in candidates(document, model, loss, choice):
                    if values[0] in (other, value_of_transposed(other)):
                        return quantity, top
    return None


def value_of_transposed(value: Value) -> Value:
    """The same vector lying down."""
    return (value[0][::-1], value[1]) if 1 in value[0] else value


def _tried(
    document: Document, model: Model, key: str, found: dict[str, Definition], loss: str
) -> tuple[Name, Name] | None:
    """The gradient for which the equations of a name hold, or those of the names defined by it."""
    unknown = document.unnamed
    readers = [k for k in unknown if k != key and k not in found and _reads(document, unknown[k], key)]
    own = [entry for entry in unknown[key] if _reads(document, [entry], key)]
    best: tuple[int, tuple[Name, Name]] | None = None
    for quantity, top, _ in candidates(document, model, loss, Choice()) if readers or own else ():
        tried = model.extended(_meant(document, key, quantity, top))
        support = sum(_holds(tried, entry) for entry in own)
        support += sum(_settled(document, tried, other, loss) is not None for other in readers)
        if support and (best is None or support > best[0]):
            best = support, (quantity, top)
    return best[1] if best is not None else None


def _reads(document: Document, entries: list[Entry], key: str) -> bool:
    return any(
        document.lexicon.read(n).key == key
        for entry in entries
        for side in entry.sides[1:]
        for n in quantities(side)
    )


def _holds(model: Model, entry: Entry) -> bool:
    """Whether an equation of a name that stands on both sides holds at one step."""
    for reading, choice in _readings(model, entry.sides):
        values = _values(model, entry.sides, reading, choice)
        if values is not None and all(v in (values[0], value_of_transposed(values[0])) for v in values):
            return True
    return False

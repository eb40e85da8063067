"""What the names of a formula stand for: quantities at their steps, and what is no quantity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symrnn.check.components import is_of_unit
from symrnn.check.definition import Undefined, Unsupported
from symrnn.check.entries import entry_of, position
from symrnn.check.formulas import function_key
from symrnn.check.functions import BY_FORMULA, known
from symrnn.check.heads import gradient_by
from symrnn.check.jacobian import Label
from symrnn.check.names import Symbol, base
from symrnn.check.products import Value, as_tensor, power
from symrnn.check.reading import Reading
from symrnn.check.scripts import letter
from symrnn.check.tensor import Tensor, number, part, reciprocal, transpose, unit
from symrnn.check.unions import offset
from symrnn.notes.formula import Group, Infix, List, Name, Node, Number, Unary
from symrnn.notes.tree import letters

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


NEXT = {"next": None, "nxt": None, "prev": "1", "old": "1", "pre": "1"}


def resolve(ev: Evaluator, name: Name) -> Symbol:
    """What a name stands for among the quantities of the model. Raises Undefined."""
    world = ev.world
    for symbol in world.lexicon.readings(name):
        if _exists(ev, symbol):
            return symbol
    for symbol in world.lexicon.readings(name):
        moved = _moved(symbol)
        if moved is not None and _exists(ev, moved):
            return moved
    wanted = world.lexicon.readings(name)[0]
    if wanted.key in world.aliases:
        ev.notes.add("alias")
        return wanted._replace(key=world.aliases[wanted.key])
    close = (
        []
        if ev.within or world.lexicon.is_loss(wanted.key)
        else [
            k
            for k in (*world.shapes, *world.definitions)
            if k.casefold() == wanted.key.casefold() and world.lexicon.arity.get(k, 0) == len(wanted.times)
        ]
    )
    if len(set(close)) == 1:
        ev.notes.add("case")
        return wanted._replace(key=close[0])
    if name.stem in ("W", r"\theta", r"\Theta") and not (name.sub or name.sup):  # any of the weights
        for key in world.shapes:
            if key.startswith(("W_", "W^")) and key not in world.definitions and 1 not in world.shapes[key]:
                return Symbol(key)
    raise Undefined(name.text or base(name), name)


def _exists(ev: Evaluator, symbol: Symbol) -> bool:
    """Whether the model has a quantity with as many axes as it has indices."""
    world = ev.world
    if symbol.key not in world.definitions and symbol.key not in world.shapes:
        return False
    shape = world.shapes.get(symbol.key)
    return shape is None or len(symbol.entries) <= max(1, sum(size > 1 for size in shape))


def _moved(symbol: Symbol) -> Symbol | None:
    """c_{next} and c_{prev}: what a cell gives, and what it was given."""
    front, _, word = symbol.key.rpartition("_")
    if word not in NEXT or symbol.times:
        return None
    back = NEXT[word]
    step: Node = Name("t") if back is None else Infix(("-",), (Name("t"), Number(back)))
    return symbol._replace(key=front, times=(step,))


def is_quantity(ev: Evaluator, name: Name) -> bool:
    """Whether a name stands for a quantity of the model."""
    if _is_variable(ev, name):
        return False
    try:
        resolve(ev, name)
    except Undefined:
        return False
    return True


def is_factor(ev: Evaluator, name: Name) -> bool:
    """Whether a name before a bracket is multiplied with it: a quantity, or a gradient dW."""
    if is_quantity(ev, name):
        return True
    found = gradient_by(name)
    return isinstance(found, Name) and is_quantity(ev, found)


def spaced(ev: Evaluator, name: Name) -> Name:
    """C_t that is written Ct."""
    if len(name.stem) == 2 and name.stem[1] == "t" and name.sub is None and not is_quantity(ev, name):
        timed = Name(name.stem[0], name.accents, sub=Name("t"))
        if is_quantity(ev, timed):
            ev.notes.add("case")
            return timed
    return name


def label_of(ev: Evaluator, symbol: Symbol, env: Mapping[str, int]) -> Label:
    """The quantity at its steps; a step that goes unsaid is the current one."""
    arity = ev.world.lexicon.arity.get(symbol.key, 0)
    numbers = tuple(ev.world.step(node, env) for node in symbol.times)
    if arity == 0:
        return Label(symbol.key)
    if len(numbers) < arity and "t" in env:
        numbers = (*numbers, *(env["t"],) * (arity - len(numbers)))
    if len(numbers) < arity:
        others = [v for k, v in env.items() if k in ev.world.lexicon.steps]
        if len(set(others)) == 1:
            numbers = (*numbers, *(others[0],) * (arity - len(numbers)))
    if len(numbers) != arity:
        raise Unsupported(f"{symbol.key} without a step")
    return Label(symbol.key, numbers)


def _is_variable(ev: Evaluator, name: Name) -> bool:
    return ev.variable is not None and base(name) == ev.variable[0]


def value_of(ev: Evaluator, name: Name, env: Mapping[str, int]) -> Value:
    """The value of a name."""
    if ev.variable is not None and _is_variable(ev, name):
        value = ev.variable[1]
        return value if name.sup is None else power(value, ev.world.exponent(name.sup, env))
    if name.stem == "1" or name.stem == r"\mathbb{1}":
        return _indicator(ev, name, env)
    if _is_unit_vector(ev, name) and isinstance(name.sub, Name):
        size = len(ev.ranges[name.sub.stem])
        return Tensor(np.array([[int(k == env.get(name.sub.stem))] for k in range(size)], dtype=object))
    try:
        symbol = resolve(ev, name)
    except Undefined:
        return _unknown(ev, name, env)
    label = label_of(ev, symbol, env)
    if symbol.entries and symbol.key not in ev.world.shapes and not (symbol.transposed or symbol.power):
        return _at_entries(ev, symbol, label, env, name)
    value = ev.world.quantity(label, ev.within, env.get("@"))
    if ev.reading.block and ev.within is None:
        value = _block(ev, label, value)
    return laid(ev, finish(ev, value, symbol, env, name))


def laid(ev: Evaluator, value: Tensor) -> Tensor:
    """What a name stands for where a claim writes all, or all vectors, transposed."""
    what = ev.reading.lying if ev.within is None else ""
    if not what or value.is_scalar or (what == "vectors" and not value.is_vector):
        return value
    ev.notes.add("lying")
    return transpose(value)


def _at_entries(ev: Evaluator, symbol: Symbol, label: Label, env: Mapping[str, int], where: Node) -> Value:
    """What is defined with more indices than a matrix has, where these are numbers: p^k_{ij} = dy_k / dw_{ij}."""
    found = ev.world.equation(label)
    if found is None or len(found[0].entries) != len(symbol.entries):
        raise Unsupported(f"{symbol.key} with {len(symbol.entries)} indices", where)
    definition, inside = found
    names = [letter(entry) for entry in definition.entries if isinstance(entry, Name)]
    numbers = [position(entry, env, where) for entry in symbol.entries]
    step = inside.get("t", label.times[0] if label.times else 0)
    plain = replace(ev, reading=Reading(), first=False, own=None, gates=[], notes=set())
    entry = Label(label.key, (*label.times, *numbers))
    with ev.world.active(entry):
        return plain.value(definition.body, {**inside, "@": step, **dict(zip(names, numbers, strict=True))})


def _is_unit_vector(ev: Evaluator, name: Name) -> bool:
    """Whether a name is e_i, and e is nothing that the document computes."""
    if name.stem != "e" or name.sup is not None or not isinstance(name.sub, Name):
        return False
    is_quantity = ev.world.lexicon.arity.get("e") or "e" in ev.world.definitions
    return name.sub.stem in ev.ranges and not is_quantity


def _block(ev: Evaluator, label: Label, value: Tensor) -> Tensor:
    """The columns of a weight that meet one of its stacked operands."""
    columns = ev.world.blocks.get(label.key, {}).get(ev.reading.block)
    if columns is None:
        return value
    ev.notes.add("block")
    rows = slice(None)
    if value.shape[0] == ev.world.stacked.get(label.key):
        return part(value, columns, rows)
    return part(value, rows, columns)


def finish(ev: Evaluator, value: Tensor, symbol: Symbol, env: Mapping[str, int], node: Node) -> Tensor:
    """What the indices, the power and the transpose of a name make of its quantity."""
    if symbol.entries:
        value = entry_of(ev, value, symbol.entries, env, node, offset(ev.world, symbol.key))
    if symbol.power is not None:
        value = power(value, ev.world.exponent(symbol.power, env))
    if symbol.transposed or (symbol.primes and not value.is_scalar):
        value = transpose(value)
    return value


def _indicator(ev: Evaluator, name: Name, env: Mapping[str, int]) -> Value:
    """The indicator 1_{i, y}: the entry i of the target y."""
    match name.sub:
        case None:
            return number(1)
        case List(items=(index, Name() as target)):
            value = as_tensor(value_of(ev, target, env), ev.reading.layout, ev.notes.add)
            return entry_of(ev, value, (index,), env, name)
        case Infix(operators=("=",), operands=(left, right)):
            return number(int(position(left, env, name) == position(right, env, name)))
    raise Unsupported("an indicator", name)


def _unknown(ev: Evaluator, name: Name, env: Mapping[str, int]) -> Value:
    """A name that is no quantity: the number e, a product of letters, a gradient dX, the Kronecker delta."""
    if name.stem == "e" and name.sup is not None:
        return exponential(ev, name.sup, env)
    if name.stem in (r"\pi",):
        return Tensor(np.array([[ev.world.functions.field.atom(name.stem)]], dtype=object))
    if name.stem in ("I", r"\mathbb{I}") and name.sup is None:
        return unit()
    if name.stem == r"\delta" and name.sub is not None:
        symbol = next((s for s in ev.world.lexicon.readings(name) if len(s.entries) == 2), None)
        if symbol is not None:
            i, j = (position(node, env, name) for node in symbol.entries)
            return number(int(i == j))
    parts = letters(name)
    if (
        len(parts) == 2
        and parts[1] == Name("t")
        and name.sub is None
        and is_quantity(ev, Name(name.stem[0], name.accents, sub=Name("t")))
    ):
        ev.notes.add("case")  # Ct for C_t
        return value_of(ev, Name(name.stem[0], name.accents, sub=Name("t")), env)
    if len(parts) > 1:
        return ev.value(Infix(("",) * (len(parts) - 1), parts), env)
    if isinstance(name.sup, Name | Number | Infix) and not name.primes:
        for symbol in ev.world.lexicon.readings(name):
            if symbol.power is not None and (
                symbol.key in ev.world.definitions or symbol.key in ev.world.shapes
            ):
                return finish(
                    ev,
                    ev.world.quantity(label_of(ev, symbol, env), ev.within, env.get("@")),
                    symbol,
                    env,
                    name,
                )
    if name.stem in env:
        return number(env[name.stem])
    if name.stem in ev.world.lexicon.lengths and name.sub is None:
        steps = number(ev.world.steps)
        return steps if name.sup is None else power(steps, ev.world.exponent(name.sup, env))
    raise Undefined(name.text or base(name), name)


def exponential(ev: Evaluator, node: Node, env: Mapping[str, int]) -> Tensor:
    """The exponential, entry by entry: e^{2x} is the square of e^x."""
    match node:
        case Group(body=body) if body is not None:
            return exponential(ev, body, env)
        case Infix(operators=("",), operands=(Number(digits=digits), rest)) if digits.isdecimal():
            return power(exponential(ev, rest, env), int(digits[:3]))
        case Unary(operator="-", body=body):
            return reciprocal(exponential(ev, body, env))
    argument = as_tensor(ev.value(node, env), ev.reading.layout, ev.notes.add)
    return ev.world.functions.apply("exp", argument)


def elementwise(ev: Evaluator, name: Name) -> str:
    """Which function a name stands for: one of the table, or any."""
    if is_of_unit(name, ev.world.lexicon.components):
        name = replace(name, sub=None)
    key = function_key(name)
    if ev.world.lexicon.formulas.get(key):
        return BY_FORMULA + key
    choice = ev.world.choice.activation
    if choice and base(name) in ev.world.generic:
        return choice
    if name.stem == r"\sigma":
        return "sigmoid"
    word = known(name.stem)
    if word is not None:
        return word
    return key

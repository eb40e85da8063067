"""Functions of their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from symrnn.check.components import is_of_unit
from symrnn.check.definition import Unsupported
from symrnn.check.entries import sliced
from symrnn.check.factors import fold, product
from symrnn.check.formulas import function_key
from symrnn.check.functions import CROSS_ENTROPY, SOFTMAX, cross_entropy, softmax
from symrnn.check.lookup import (
    elementwise,
    exponential,
    is_factor,
    is_quantity,
    label_of,
    resolve,
    value_of,
)
from symrnn.check.names import LOSSES
from symrnn.check.products import Value, as_tensor, power
from symrnn.check.scripts import letter
from symrnn.check.tensor import Tensor, add, diagonal
from symrnn.check.written import name_of
from symrnn.field import P
from symrnn.notes.formula import Call, Group, Infix, List, Name, Node, Number, Slice, Unary

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator

INVERSE = Unary("-", Number("1"))  # tan^{-1}


def call(ev: Evaluator, node: Call, env: Mapping[str, int]) -> Value:
    """A function of its arguments, a slice, or a product."""
    name, argument = node.head, node.argument
    if isinstance(argument, Group) and argument.opening == "[" and isinstance(name, Name):
        body = argument.body
        parts = body.items if isinstance(body, List) else (body,) if body is not None else ()
        if any(isinstance(p, Slice) for p in parts):
            return sliced(ev, ev.tensor(name, env), tuple(parts), env, node)
    if not isinstance(name, Name):
        return product(ev, Infix(("",), (name, argument)), env)
    word = name.stem.removeprefix("\\")
    inner = argument.body if isinstance(argument, Group) else argument
    if inner is None:
        raise Unsupported("no argument", node)
    if is_factor(ev, name):
        if isinstance(inner, List) and name.stem not in ("W",) and not _opens_stack(argument):
            symbol = resolve(ev, name) if is_quantity(ev, name) else None
            if symbol is not None and symbol.key in ev.world.definitions:
                return value_of(ev, name, env)  # L_t(y, o): its arguments are said again
        return product(ev, Infix(("",), (name, argument)), env)
    return _function(ev, word, name, argument, inner, env)


def _opens_stack(node: Node) -> bool:
    return isinstance(node, Group) and node.opening == "["


def _function(
    ev: Evaluator, word: str, name: Name, argument: Node, inner: Node, env: Mapping[str, int]
) -> Value:
    """A function that is no quantity. Raises Unsupported where its index is none of its argument's: f_i(s_k)."""
    if is_of_unit(name, ev.world.lexicon.components):
        _check_unit(ev, name, inner)
    functions = ev.world.functions
    if word in ("diag", "Diag"):
        value = ev.value(inner, env)
        return diagonal(as_tensor(value, ev.reading.layout, ev.notes.add))
    if word in ("prod",) and isinstance(inner, List):
        return fold(ev, ("",) * (len(inner.items) - 1), inner.items, env)
    if word in SOFTMAX:
        return softmax(functions, ev.tensor(inner, env))
    if word in CROSS_ENTROPY and isinstance(inner, List) and len(inner.items) == 2:
        first, second = (ev.tensor(item, env) for item in inner.items)
        if _is_target(ev, inner.items[1]):
            first, second = second, first
        return cross_entropy(functions, first, second)
    if word in ("sum", "tr"):
        raise Unsupported(f"{word} is not read", name)
    if isinstance(inner, List):
        is_loss = word.startswith("@") or name.stem in LOSSES
        named = is_loss and word not in ("@outputs", "@loss")  # a function of an output and its target
        if named and ev.world.choice.canonical and len(inner.items) == 2:
            output, target = inner.items
            return (
                _canonical(ev, target, output, env)
                if _is_target(ev, output)
                else _canonical(ev, output, target, env)
            )
        arguments = [ev.tensor(item, env) for item in inner.items]
        shape = ev.world.results.get(function_key(name)) or ev.shape_hint or (1, 1)
        return functions.any_of(function_key(name), arguments, (1, 1) if is_loss else shape)
    if word.startswith("@"):
        return functions.any_of(word, [ev.tensor(inner, env)], (1, 1))
    function = elementwise(ev, name)
    is_inverse = name.sup == INVERSE
    if is_inverse:
        function = (
            f"inverse of {function}"  # or one over it: any function, which nothing that is read defines
        )
    if function == "exp" and not name.primes:
        result = exponential(ev, inner, env)
    else:
        value = ev.tensor(inner, env)
        result = _slope(ev, function, value) if name.primes else functions.apply(function, value)
    if isinstance(name.sup, Number):
        result = power(result, int(name.sup.digits[:3]))
    elif (
        name.sup is not None
        and not is_inverse
        and not (isinstance(name.sup, Name) and name.sup.stem == r"\prime")
    ):
        raise Unsupported(f"{name.text} of something", name)
    return result


def _check_unit(ev: Evaluator, name: Name, inner: Node) -> None:
    assert isinstance(name.sub, Name)
    if letter(name.sub) not in ev.indices(inner):
        raise Unsupported(f"{name.text} of what has no index {letter(name.sub)}", name)


def _slope(ev: Evaluator, function: str, value: Tensor) -> Tensor:
    functions = ev.world.functions
    if ev.reading.of_value:
        slopes = [functions.slope_of_value(function, int(a)) for a in value.value.flat]
        if None not in slopes:
            ev.notes.add("slope of the value")
            return Tensor(np.array(slopes, dtype=object).reshape(value.shape))
    return functions.slopes(function, value)


def _is_target(ev: Evaluator, node: Node) -> bool:
    name = name_of(node)
    return name is not None and resolve(ev, name).key in ev.world.normalised


def _canonical(ev: Evaluator, output: Node, target: Node, env: Mapping[str, int]) -> Tensor:
    """A loss whose gradient by the logits is output - target: any of that kind."""
    name = name_of(output)
    if name is None:
        raise Unsupported(f"a loss of {output.text}", output)
    label = label_of(ev, resolve(ev, name), env)
    found = ev.world.equation(label)
    value = ev.world.functions.field.atom("canonical", label)
    logits = ev.tensor(output, env)
    if found is not None:
        body = found[0].body
        if isinstance(body, Call) and isinstance(body.head, Name) and not is_quantity(ev, body.head):
            inside = {**found[1], "@": found[1].get("t", label.times[0] if label.times else 0)}
            logits = ev.tensor(body.argument, inside)
    scalar = Tensor(np.array([[value]], dtype=object))
    if logits.tangent is None:
        return scalar
    gap = add(ev.tensor(output, env), ev.tensor(target, env), -1).value
    return Tensor(scalar.value, (logits.tangent * gap[:, :, None]).sum(axis=(0, 1), keepdims=True) % P)

"""What one document offers for its corrections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from symrnn.check.edits_products import bracketed
from symrnn.check.edits_vocabulary import Factors, Vocabulary, later
from symrnn.check.functions import CROSS_ENTROPY, SOFTMAX, known
from symrnn.check.model import Model
from symrnn.check.names import TRANSPOSES, Symbol, base, items, quantities
from symrnn.check.products import ELEMENTWISE
from symrnn.check.world import Choice
from symrnn.notes.formula import Call, Group, Infix, Name, Node, Number, Script
from symrnn.notes.tree import walk

SIGNS = (*ELEMENTWISE, "*", r"\ast")


def vocabulary(model: Model, context: Sequence[Node], near: Sequence[Node] = ()) -> Vocabulary:
    """The names and the habits of a document, from all its formulas; those of ``near`` before all others."""
    bodies = [d.body for group in model.definitions.values() for d in group]
    trees = [*context, *bodies]
    (marks, signs), (own_marks, own_signs) = _habits(trees), _habits(near)
    marks, signs = own_marks or marks, own_signs or signs
    sign = max(signs, key=lambda s: signs[s]) if signs else r"\odot"
    kinds = dict(_kinds(model))
    names = {**_names(model, trees), **_names(model, near)}
    return Vocabulary(
        names=names,
        kinds=kinds,
        symbol=lambda name: symbol_of(model, name),
        mark=max(marks, key=lambda m: marks[m]) if marks else Name(r"\top"),
        elementwise=sign,
        row=model.row,
    )


def symbol_of(model: Model, name: Name) -> Symbol | None:
    """What a name stands for in a model; None if it is undefined."""
    for symbol in model.lexicon.readings(name):
        if symbol.key in model.definitions or symbol.key in model.shapes:
            return symbol
    return None


def _habits(trees: Iterable[Node]) -> tuple[Counter[Node], Counter[str]]:
    """How often each mark of a transpose and each sign of an entrywise product is written."""
    marks: Counter[Node] = Counter()
    signs: Counter[str] = Counter()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Infix):
                signs.update(s for s in node.operators if s in SIGNS)
            elif isinstance(node, Script | Name):
                marks.update(m for m in _marks(node) if m.stem in TRANSPOSES and m.stem != r"\dagger")
    return marks, signs


def _marks(node: Script | Name) -> Iterator[Name]:
    if isinstance(node, Script):
        if isinstance(node.sup, Name):
            yield node.sup
        return
    for item in items(node):
        if item.place == "^" and isinstance(item.node, Name) and not item.bracket:
            yield item.node


def _names(model: Model, trees: Iterable[Node]) -> dict[str, Name]:
    """The plainest spelling of every quantity."""
    found: dict[str, Counter[Name]] = {}
    for tree in trees:
        for name in quantities(tree):
            symbol = symbol_of(model, name)
            if (
                symbol is None
                or symbol.entries
                or symbol.power is not None
                or symbol.transposed
                or symbol.primes
            ):
                continue
            if len(symbol.times) == model.lexicon.arity.get(symbol.key, 0):
                found.setdefault(symbol.key, Counter())[name] += 1
    return {key: max(names, key=lambda n: names[n]) for key, names in found.items()}


def _kinds(model: Model) -> Iterator[tuple[str, str]]:
    """Which quantities are gates."""
    for key, group in model.definitions.items():
        body = group[-1].body
        if (
            isinstance(body, Call)
            and isinstance(body.head, Name)
            and activation(body.head, model, "") == "sigmoid"
        ):
            yield key, "gate"


def activation(head: Name, model: Model, chosen: str) -> str:
    """The function of the table that a name stands for; empty for one that is only named."""
    if base(head) in model.generic and chosen:
        return chosen
    return "sigmoid" if head.stem == r"\sigma" else known(head.stem) or ""


def slopes(model: Model, names: Mapping[str, Name], choice: Choice) -> tuple[Factors, ...]:
    """The derivative of every activation, as factors, at its step and at the one after it."""
    found: dict[Factors, None] = {}
    for key, group in model.definitions.items():
        definition = group[-1]
        letter = next((t.stem for t in definition.times if isinstance(t, Name)), "t")
        for slope in _of_definition(names.get(key), model, definition.body, choice):
            for by in (0, 1):
                found[tuple(later(factor, letter, by) for factor in slope)] = None
    return tuple(found)


def _of_definition(name: Name | None, model: Model, body: Node, choice: Choice) -> Iterator[Factors]:
    """The slopes of a quantity's function, in its value, and of the functions within, in their arguments."""
    for node in walk(body):
        if not (isinstance(node, Call) and isinstance(node.head, Name)) or node.head.stem.startswith("@"):
            continue
        if symbol_of(model, node.head) is not None or not isinstance(node.argument, Group):
            continue
        function = activation(node.head, model, choice.activation)
        if node is body and name is not None and function in IN_VALUE:
            yield IN_VALUE[function](name)
        elif function == "tanh":
            yield (_one_minus(Call(replace(node.head, sup=TWO), node.argument)),)
        if not function and not node.head.sup and node.head.stem.removeprefix("\\") not in WITHOUT:
            yield (Call(replace(node.head, primes=1), node.argument),)


def written_as(call: Call, quantity: Name | None, function: str) -> Factors | None:
    """The slope of a function at its argument; ``quantity`` is what it gives, where that has a name."""
    assert isinstance(call.head, Name)
    if call.head.stem.removeprefix("\\") in WITHOUT or call.head.primes or call.head.sup is not None:
        return None
    if quantity is not None and function in IN_VALUE:
        return IN_VALUE[function](quantity)
    if function == "tanh":
        return (_one_minus(Call(replace(call.head, sup=TWO), call.argument)),)
    if function == "sigmoid":
        return (call, _one_minus(call))
    if function == "exp":
        return (call,)
    argument = call.argument
    return (
        Call(replace(call.head, primes=1), argument if isinstance(argument, Group) else bracketed(argument)),
    )


def _one_minus(node: Node) -> Node:
    return bracketed(Infix(("-",), (Number("1"), node)))


def _square(name: Name) -> Node:
    return replace(name, sup=TWO) if name.sup is None else Script(bracketed(name), sup=TWO)


TWO = Number("2")
WITHOUT = {"diag", *SOFTMAX, *CROSS_ENTROPY}  # functions whose slope is no factor
IN_VALUE: dict[str, Callable[[Name], Factors]] = {
    "tanh": lambda name: (_one_minus(_square(name)),),
    "sigmoid": lambda name: (name, _one_minus(name)),
}

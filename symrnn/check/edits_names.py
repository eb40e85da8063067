"""Slips of a name: another step, another quantity, an index for another, a bound of a sum, an exponent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.check.edits_products import is_transposed, transposed
from symrnn.check.edits_vocabulary import Edit, Formula, Vocabulary, at, stepped, swapped
from symrnn.check.heads import half
from symrnn.check.names import Symbol, items, quantities
from symrnn.notes.formula import BigOperator, Differential, Fraction, Infix, Name, Node, Number
from symrnn.notes.tree import children, walk

SHIFTS = (-1, 1)


def occurrences(tree: Node) -> Iterator[Name]:
    """The names of a formula that may stand for quantities, from left to right."""
    yield from quantities(tree)


def lost_signs(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    r"""The \partial that a fraction has only above or only below."""
    for node in walk(formula.tree):
        missing = half(node)
        if missing is None:
            continue
        assert isinstance(node, Fraction)
        where = node.denominator if missing == "below" else node.numerator
        yield Edit(formula.put(where, Differential(r"\partial", body=where)), "wrong-symbol")


def steps(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """One name a step earlier or later."""
    for name in occurrences(formula.tree):
        symbol = vocabulary.symbol(name)
        for time in symbol.times if symbol is not None else _figures(name):
            for by in SHIFTS:
                moved = stepped(time, by)
                if moved is not None:
                    yield Edit(formula.put(name, swapped(name, time, moved)), "index")


def _figures(name: Name) -> tuple[Node, ...]:
    """The figures of a name that nothing defines: dz_4 where the last step is 3."""
    return tuple(item.node for item in items(name) if isinstance(item.node, Number))


def bounds(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A sum that begins or ends a step earlier or later, and an exponent that is one off."""
    for node in walk(formula.tree):
        if isinstance(node, BigOperator):
            for slot in ("lower", "upper"):
                end = getattr(node, slot)
                inner = end.operands[-1] if isinstance(end, Infix) and end.operators == ("=",) else end
                if inner is None:
                    continue
                for by in SHIFTS:
                    moved = stepped(inner, by)
                    if moved is not None:
                        yield Edit(formula.put(inner, moved), "index")
    for name in occurrences(formula.tree):
        symbol = vocabulary.symbol(name)
        if symbol is not None and symbol.power is not None:
            for by in SHIFTS:
                moved = stepped(symbol.power, by)
                if moved is not None:
                    yield Edit(formula.put(name, swapped(name, symbol.power, moved)), "index")


def bound_letters(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A sum over a letter that does not stand in it, over one that does: sum_t g_t of sum_k g_t."""
    for node in walk(formula.tree):
        match node:
            case (
                BigOperator(lower=Infix(operators=("=",), operands=(Name() as letter, _)))
                | BigOperator(lower=Name() as letter)
            ):
                symbols = (vocabulary.symbol(name) for name in occurrences(node.body))
                times = {time for symbol in symbols if symbol is not None for time in symbol.times}
                inside = {part for time in times for part in walk(time) if isinstance(part, Name)}
                if letter not in inside:
                    for other in sorted(inside, key=repr):
                        yield Edit(formula.put(letter, other), "index")


def indices(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """An index of an entry for another: i for j; the two of one name exchanged."""
    read = [(name, vocabulary.symbol(name)) for name in occurrences(formula.tree)]
    letters = {e for _, symbol in read if symbol for e in symbol.entries if isinstance(e, Name)}
    for name, symbol in read:
        for entry in symbol.entries if symbol else ():
            for other in sorted(letters - {entry}, key=lambda n: n.stem):
                yield Edit(formula.put(name, swapped(name, entry, other)), "index")


def defined_instead(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A quantity in the place of a name that is undefined."""
    undefined = [name for name in occurrences(formula.tree) if vocabulary.symbol(name) is None]
    for name in undefined if vocabulary.names else ():
        for other in vocabulary.names.values():
            for new in spelled(name, None, other, vocabulary, set()):
                yield Edit(formula.put(name, new), "wrong-symbol")


def quantities_instead(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """Another quantity in the place of a name, at its step; those of its shape first."""
    found = [(name, vocabulary.symbol(name)) for name in occurrences(formula.tree)]
    used = {time for _, symbol in found if symbol for time in symbol.times}
    later = []
    for name, symbol in found:
        shape = vocabulary.shape(name)
        for key, other in vocabulary.names.items():
            if symbol is not None and key == symbol.key:
                continue
            alike = shape is not None and vocabulary.shape(other) in (shape, shape[::-1])
            for new in spelled(name, symbol, other, vocabulary, used):
                edit = Edit(formula.put(name, new), _kind(symbol, key, vocabulary))
                if symbol is None or alike:
                    yield edit
                else:
                    later.append(edit)
    yield from later


def spelled(
    name: Name, symbol: Symbol | None, other: Name, vocabulary: Vocabulary, used: set[Node]
) -> Iterator[Name]:
    """Another quantity, as it would stand where a name does: at the same step, transposed if that is."""
    read = vocabulary.symbol(other)
    if read is None:
        return
    times = symbol.times if symbol is not None else ()
    if len(times) == len(read.times):
        choices = [times]
    elif len(read.times) == 1:
        near = [stepped(time, by) for by in (0, *SHIFTS) for time in sorted(used, key=repr)]
        choices = [(time,) for time in dict.fromkeys(near) if time is not None]
    else:
        choices = [read.times]
    for choice in choices:
        new: Node = at(other, read.times, choice)
        if is_transposed(name):
            new = transposed(new, vocabulary.mark)
        if isinstance(new, Name):
            yield new


def _kind(symbol: Symbol | None, key: str, vocabulary: Vocabulary) -> str:
    """A gate for a gate is swapped; anything else is a wrong symbol."""
    if symbol is None:
        return "wrong-symbol"
    both = vocabulary.kinds.get(symbol.key), vocabulary.kinds.get(key)
    return "gate-swap" if both == ("gate", "gate") else "wrong-symbol"


def marks(formula: Formula, vocabulary: Vocabulary) -> Iterator[Edit]:
    """A derivative of a function for the function: f'(z), and the other way round."""
    for node in walk(formula.tree):
        for child in children(node):
            if isinstance(child, Name) and child.primes:
                yield Edit(formula.put(child, replace(child, primes=0)), "missing-activation-derivative")

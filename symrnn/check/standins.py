"""What takes the place of a definition that cannot be evaluated."""

from __future__ import annotations

from symrnn.check.definition import Definition
from symrnn.check.kinds import is_function, is_number
from symrnn.check.names import Lexicon, letters_of, quantities
from symrnn.check.naming import named
from symrnn.notes.formula import Call, Group, List, Name

ANY = "any "  # a function that is only named, with a name that no formula has


def any_function(lexicon: Lexicon, definition: Definition) -> Definition | None:
    """The same quantity as any function of the quantities with a step that its definition reads.

    What holds for any function holds for the right one, unless it speaks of a parameter that the definition reads.
    None where every name is a quantity of its own, for what has no step, which is as good as a parameter, for what
    reads itself, and for a stand-in.
    """
    if lexicon.figured or len(definition.times) != 1 or is_stand_in(definition):
        return None
    own = {letter for time in definition.times for letter in letters_of(time)}
    read: dict[Name, None] = {}
    for name in quantities(definition.body):
        symbol = lexicon.read(name)
        if not symbol.times or not all(own >= set(letters_of(time)) for time in symbol.times):
            continue
        if is_function(lexicon, name) or is_number(lexicon, name):
            continue
        if (symbol.key, symbol.times) == (definition.key, definition.times):
            return None
        read[named(symbol.key, symbol.times[0]) if symbol.entries else name] = None
    if not read:
        return None
    body = Call(Name(ANY + definition.key), Group("(", List(",", tuple(read)), ")"))
    return Definition(definition.key, definition.times, (), body, definition.position, definition.name)


def is_stand_in(definition: Definition) -> bool:
    """Whether a definition was put in the place of another."""
    body = definition.body
    return isinstance(body, Call) and isinstance(body.head, Name) and body.head.stem.startswith(ANY)


def parameters_of(lexicon: Lexicon, definition: Definition) -> frozenset[str]:
    """The quantities without a step that a definition reads."""
    symbols = (lexicon.read(name) for name in quantities(definition.body))
    return frozenset(symbol.key for symbol in symbols if not symbol.times)

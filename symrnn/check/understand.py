"""A document, understood: its names, the sizes it states, what its equations define and what they claim."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from symrnn.check.classify import classify
from symrnn.check.clock import clocked, heads
from symrnn.check.components import bracketed, components
from symrnn.check.contents import Document, Entry, chain, target
from symrnn.check.declared import at_figures, declared, letters_of_sizes, noted
from symrnn.check.figures import figured, has_entries, has_grid
from symrnn.check.formulas import differentiated
from symrnn.check.heads import head
from symrnn.check.indexed import indexed
from symrnn.check.joined_letters import spelled
from symrnn.check.lexicon import lexicon
from symrnn.check.merging import merged
from symrnn.check.names import LOSSES, Lexicon
from symrnn.check.scripts import letters_of, outer, quantities
from symrnn.check.shares import shared
from symrnn.check.signs import signed
from symrnn.check.stacks import stacked
from symrnn.check.unions import learn
from symrnn.notes.formula import BigOperator, Call, Group, List, Name, Node, Number, Text
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, walk

__all__ = ["Document", "Entry", "target", "understand"]


def understand(
    found: list[tuple[Math, tuple[Statement, ...]]],
    wrong: frozenset[tuple[int, int, int]] = frozenset(),
    star: str = "",
    constant: frozenset[tuple[int, int]] = frozenset(),
) -> Document:
    """What the statements of a document are.

    What it says is ``wrong``, by cell, line and column, defines nothing; ``star`` is what it says that * means; what it
    calls ``constant``, by line and column, does not depend on what it is defined by.
    """
    timed = heads(found)
    read = stacked(shared(signed(spelled(clocked(found, timed)))))
    equations = [chain(statement) for _, own in read for statement in own]
    units = components([sides for sides in equations if len(sides) > 1])
    entries = [
        Entry(statement, math, 0, chain(statement), source=number)
        for number, (math, statements) in enumerate(bracketed(read, units))
        for statement in statements
    ]
    last: Node | None = None
    shown = False  # whether the last equation is a display: inline formulas in between do not count then
    for index, entry in enumerate(entries):
        entry.index = index
        if entry.statement.continued and last is not None and entry.sides:
            entry.sides = (last, *entry.sides)
            entry.implied = True
        elif entry.sides and not _is_bare(entry) and (entry.math.display or last is None or not shown):
            last, shown = entry.sides[0], entry.math.display
    sizes = units.lengths.union(x for entry in entries for x in letters_of_sizes(entry.statement))
    related = [entry.sides for entry in entries if len(entry.sides) > 1]
    in_figures = figured(related)
    words = lexicon(
        (side for entry in entries for side in entry.sides), sizes, figured=in_figures, above=indexed(related)
    )
    words.star, words.clock, words.components = star, timed, units
    document = Document(entries, words, [], set())
    names = {name for entry in entries for side in entry.sides for name in quantities(side)}
    document.entrywise = in_figures and (
        has_grid(names)
        or any(
            has_entries(name)
            for entry in entries
            if len(entry.sides) > 1 and (name := target(entry.sides[0]))
        )
    )
    _learn_functions(words, entries)
    document.applied = words.functions | differentiated(side for entry in entries for side in entry.sides)
    words.losses = _losses(words, entries)
    for entry in entries:
        document.declared += declared(words, entry.statement)
    for entry, following in pairwise(entries):
        document.declared += noted(words, entry, following)
    words.refresh()
    for entry in entries:
        if len(entry.sides) > 1:
            if entry.place in wrong:
                entry.claims = entry.announced = True
            else:
                classify(document, entry)
                if (entry.math.line, entry.math.col) in constant:
                    document.definitions = [d for d in document.definitions if d not in entry.defines]
    defined = {d.key for d in document.definitions}
    document.definitions = [learn(words, d, defined) for d in document.definitions]
    words.known.update(d.key for d in document.definitions)
    if in_figures:  # of the steps that the forward equations speak of
        named = {n for d in document.definitions for n in quantities(d.body)}
        named |= {d.name for d in document.definitions if isinstance(d.name, Name)}
        document.declared += at_figures(words, sorted(named, key=repr), document.declared)
    words.merged = merged(document)
    words.refresh()
    for definition in document.definitions:
        if not definition.times and words.arity.get(definition.key) == 0 and _runs(words, definition.body):
            words.arity[definition.key] = 1  # its step goes unsaid
    words.refresh()
    return document


def _runs(words: Lexicon, body: Node, bound: frozenset[str] = frozenset()) -> bool:
    """Whether a formula depends on a step that no sum binds."""
    if isinstance(body, Name):
        return any("t" in letters_of(time) and "t" not in bound for time in words.read(body).times)
    if isinstance(body, BigOperator):
        inside = bound | set(letters_of(body.lower)) if body.lower is not None else bound | {"t"}
        return _runs(words, body.body, frozenset(inside))
    return any(_runs(words, child, bound) for child in children(body))


def _losses(words: Lexicon, entries: list[Entry]) -> set[str]:
    """The stems of what is differentiated and looks like a loss."""
    found = set()
    for entry in entries:
        for side in entry.sides:
            for node in walk(side):
                inner = head(node)
                top = target(inner.top) if inner is not None and inner.top is not None else None
                if top is not None and top.stem in LOSSES:
                    found.add(top.stem)
    if found:
        return found
    firsts = (entry.sides[0] for entry in entries if len(entry.sides) > 1)
    return {n.stem for n in firsts if isinstance(n, Name) and n.stem in LOSSES and not (n.sub or n.sup)} or {
        "L"
    }


def _is_bare(entry: Entry) -> bool:
    return (
        len(entry.sides) == 1
        and isinstance(entry.sides[0], Name | Number | Text | List)
        and not entry.math.display
    )


def _learn_functions(words: Lexicon, entries: list[Entry]) -> None:
    """Heads of calls that stand nowhere alone are functions."""
    heads: set[str] = set()
    alone: set[str] = set()
    for entry in entries:
        for side in entry.sides if len(entry.sides) > 1 else ():
            called = {
                id(node.head)
                for node in outer(side)
                if isinstance(node, Call)
                and isinstance(node.head, Name)
                and not (isinstance(node.argument, Group) and node.argument.opening == "[")
            }
            for node in outer(side):
                if isinstance(node, Name):
                    (heads if id(node) in called else alone).add(words.read(replace(node, primes=0)).key)
    words.functions = heads - alone

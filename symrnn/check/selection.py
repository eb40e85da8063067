"""Which definitions are in force at a place of a document."""

from __future__ import annotations

from symrnn.check.definition import Definition
from symrnn.check.functions import known
from symrnn.check.heads import named_by
from symrnn.check.names import Lexicon, quantities
from symrnn.check.understand import Document
from symrnn.notes.formula import BigOperator, Call, Group, List, Name, Node, Number
from symrnn.notes.tree import letters

Definitions = dict[str, tuple[Definition, ...]]


def mentioned(document: Document, position: int) -> set[str]:
    """The quantities that a statement names."""
    found: set[str] = set()
    for side in document.entries[position].sides:
        for name in quantities(side):
            inner = named_by(name)
            for part in (name, *letters(name)[1:], *([inner] if inner is not None else [])):
                key = document.lexicon.read(part).key
                found.update((key, key.rpartition("_")[0]))
    return found


def special_losses(document: Document, position: int) -> list[Definition]:
    r"""What is said of the loss of the sequence in a special case before a place, J = \ell_T, the latest first."""
    found = []
    for key in {d.key: None for d in document.definitions}:
        group = [d for d in document.definitions if d.key == key]
        found += [d for d in _special(document.lexicon, group) if d.position <= position]
    return sorted(found, key=lambda d: -d.position)


def _special(lexicon: Lexicon, group: list[Definition]) -> list[Definition]:
    r"""Of the definitions of a loss as \sum_t \ell_t, as \ell_T and as \ell_1 + \ell_2: the last two."""
    if not lexicon.is_loss(group[0].key) or group[0].times:
        return []
    summed = [d for d in group if isinstance(d.body, BigOperator) and not _steps_named(lexicon, d.body)]
    keys = {lexicon.read(n).key for d in summed for n in quantities(d.body)}
    return [
        d
        for d in group
        if d not in summed
        and (read := {lexicon.read(n).key for n in quantities(d.body)})
        and read <= keys
        and _steps_named(lexicon, d.body)
    ]


def _steps_named(lexicon: Lexicon, body: Node) -> bool:
    """Whether all that a formula reads at a step is read at steps with a number, or at the last one."""
    times = [t for n in quantities(body) for t in lexicon.read(n).times]
    return bool(times) and all(
        isinstance(t, Number) or (isinstance(t, Name) and t.stem in lexicon.lengths) for t in times
    )


def select(
    document: Document, position: int, first: bool = False, case: Definition | None = None
) -> Definitions:
    """The definitions in force at a place: for every quantity the last before it, or the first of all.

    ``case`` is what is said of the loss in a special case, if that is the one in force.
    """
    chosen: dict[str, list[Definition]] = {}
    names = mentioned(document, position)
    for definition in document.definitions:
        if is_useless(document.lexicon, definition):
            continue
        group = chosen.setdefault(definition.key, [])
        group.append(definition)
    read = {key: set().union(*(_reads(document, d) for d in group)) for key, group in chosen.items()}
    result: Definitions = {}
    for key, group in chosen.items():
        if case is not None and key == case.key:
            result[key] = (case,)
            continue
        cases = _special(document.lexicon, group)
        general = [d for d in group if not _is_particular(document.lexicon, d) and d not in cases]
        particular = [d for d in group if _is_particular(document.lexicon, d) and d.position <= position]
        before = [d for d in general if d.position <= position]
        picked = (general[:1] if first else before[-1:]) or general[:1]
        if len(before) > 1 and not first:
            # of several definitions the one that speaks of what the claim speaks of, then the last before it
            reads = {d: len(_reached(document, d, read) & names) for d in before}
            most = max(reads.values())
            if reads[picked[0]] < most:
                picked = [d for d in before if reads[d] == most][-1:]
            picked = [d for d in before if _function(document, d) in names][-1:] or picked
        if general:  # what is said of a single step follows from the rest; before the first step it starts it
            particular = [
                d for d in particular if all(isinstance(t, Number) and t.digits == "0" for t in d.times)
            ]
        latest = {tuple(t.text for t in d.times): d for d in particular}
        result[key] = (*latest.values(), *picked)
    return {key: group for key, group in result.items() if group}


def _function(document: Document, definition: Definition) -> str | None:
    """The function that is only named of which a definition is a value: f of h_t = f(h_{t-1}, x_t)."""
    match definition.body:
        case Call(head=Name() as name, argument=Group(body=List())) if known(name.stem) is None:
            return document.lexicon.read(name).key
    return None


def _reads(document: Document, definition: Definition) -> set[str]:
    """What a definition reads."""
    return {document.lexicon.read(n).key for n in quantities(definition.body)}


def _reached(document: Document, definition: Definition, read: dict[str, set[str]]) -> set[str]:
    """What a definition reads, itself or by the definitions of what it reads."""
    found: set[str] = set()
    waiting = list(_reads(document, definition) - {definition.key})
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(read.get(key, set()) - {definition.key})
    return found


def is_useless(lexicon: Lexicon, definition: Definition) -> bool:
    """Numbers for what has a step, tuples, sets: they say something else."""
    body = definition.body
    if isinstance(body, Number) and not (definition.times and isinstance(definition.times[0], Number)):
        return True
    match body:
        case Group(opening="(" | r"\{", body=List(separator=separator)) if separator != "|":
            return True
    if isinstance(body, Name) and ({"mathbb", "mathcal"} & set(body.accents) or body.stem in (r"\R", r"\Re")):
        return body.stem != "1"
    if (
        definition.entries
        and not definition.times
        and definition.key in {lexicon.read(n).key for n in quantities(body)}
    ):
        return True  # w = w - rate * gradient: an update
    if known(definition.key) is not None or definition.key == r"\sigma":
        return True
    whole = body.head if isinstance(body, Call) else body  # W = W[:, :n] says which part of W is meant
    return isinstance(whole, Name) and lexicon.read(whole).key == definition.key


def _is_particular(lexicon: Lexicon, definition: Definition) -> bool:
    """Whether it is of one step only: s_0 = 0, F_n = 0."""
    return any(
        isinstance(t, Number) or (isinstance(t, Name) and t.stem in lexicon.lengths) for t in definition.times
    )

r"""Networks that are written unit by unit: which letters count units, and in which scripts of which names.

``s_i(t) = \sum_j w_{ij} x_j(t)``: what a sum runs over beside a weight of two letters counts units, and so does the
letter that is left; what stands in the same script of the same name elsewhere does too.  Such letters are put in
square brackets, where a script is always an entry; the places of all parts stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from symrnn.check.roles import roles
from symrnn.check.scripts import TRANSPOSES, base, is_shifted, items, letter, letters_of, outer, quantities
from symrnn.notes.formula import BigOperator, Call, Group, Infix, List, Name, Node, located
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, letters, walk, with_children

Read = tuple[Math, tuple[Statement, ...]]
Slot = tuple[str, str]  # a name without its scripts, and the place of one of them: _ or ^
LAST = {"T", r"\tau"}
FONTS = {"text", "mathrm", "textrm", "textbf", "textit", "operatorname"}
MEMBER = (r"\in", "∈")
APART = (r"\ne", r"\neq", "≠")


class Components(NamedTuple):
    """How a document writes units: how many letters count them in the scripts of its names."""

    slots: Mapping[Slot, int] = {}
    letters: frozenset[str] = frozenset()  # those that count units somewhere
    steps: frozenset[str] = frozenset()  # those that count steps somewhere
    roles: Mapping[str, Mapping[str, str] | None] = {}  # the names of errors of several layers: see roles
    lengths: frozenset[str] = frozenset()  # how many units there are: N of \sum_{j=1}^N


NONE = Components()


def components(equations: Sequence[tuple[Node, ...]]) -> Components:
    """How a document writes units, from all its equations; nothing if it writes none."""
    steps = frozenset(_steps(equations))
    summed = [frozenset(_summed(sides, steps)) for sides in equations]
    every = frozenset().union(*summed)
    slots: dict[Slot, int] = {}
    pairs = False
    for sides, bound in zip(equations, summed, strict=True):
        own = bound | _left(sides, bound, every) - steps
        for name in _names(sides) if bound else ():
            for place in "_^":
                found = _units(name, place, steps)
                if bound.intersection(found):
                    count = sum(x in own or x in every for x in found[-2:])
                    pairs = pairs or count == 2
                    slots[base(name), place] = max(count, slots.get((base(name), place), 0))
    if not pairs:
        return NONE
    known = _spread(equations, summed, slots, steps)
    lengths = frozenset(
        node.upper.stem
        for sides in equations
        for side in sides
        for node in walk(side)
        if isinstance(node, BigOperator) and isinstance(node.upper, Name) and known.intersection(_bound(node))
    )
    uses = (
        (number, base(name), place, tuple(_units(name, place, steps)))
        for number, sides in enumerate(equations)
        for name in _names(sides)
        for place in "_^"
        if len(_units(name, place, steps)) == slots.get((base(name), place))
    )
    return Components(slots, frozenset(known), steps, roles(uses), lengths)


def _left(sides: tuple[Node, ...], bound: frozenset[str], every: frozenset[str]) -> set[str]:
    """The letters of a left side that count units: i of a_{f,i}, where a sum somewhere runs over i, or W has f,ij."""
    found = {letter(n) for name in quantities(sides[0]) for _, n in tokens(name)}
    if found & every or len(found) < 2:
        return found & every or found
    weights = [[letter(n) for p, n in tokens(name) if p == "_"] for name in _names(sides)]
    return (
        found & {x for few in weights if len(few) > 2 and bound.intersection(few) for x in few[-2:]} or found
    )


def _spread(
    equations: Sequence[tuple[Node, ...]],
    summed: list[frozenset[str]],
    slots: dict[Slot, int],
    steps: frozenset[str],
) -> set[str]:
    """The letters that count units: what stands where they stand, in other equations too."""
    known: set[str] = set()
    given = set(slots)
    found = [set(bound) for bound in summed]
    before = -1
    while before != sum(slots.values()) + sum(map(len, found)):
        before = sum(slots.values()) + sum(map(len, found))
        for sides, own in zip(equations, found, strict=True):
            for name in _names(sides):
                for place in "_^":
                    here = _units(name, place, steps)
                    slot = base(name), place
                    if slot in slots and len(here) == slots[slot]:
                        own.update(x for x in here if x not in steps)
                    elif slot not in given and own.intersection(here):
                        slots[slot] = max(sum(x in own for x in here), slots.get(slot, 0))
    for own in found:
        known |= own
    return known


def _units(name: Name, place: str, steps: frozenset[str]) -> list[str]:
    """The letters of one script that may count units; none for a Kronecker delta."""
    found = [x for p, n in tokens(name) if p == place and (x := letter(n)) not in steps]
    return [] if name.stem == r"\delta" and len(found) == 2 else found


def is_of_unit(name: Name, known: Components) -> bool:
    """Whether a function has an index, f_k: the activation of the unit k."""
    return isinstance(name.sub, Name) and name.sup is None and letter(name.sub) in known.letters


def tokens(name: Name) -> Iterator[tuple[str, Name]]:
    """The single small letters in the scripts of a name, but for those in brackets."""
    for item in items(name):
        node = item.node
        if item.bracket or not isinstance(node, Name) or node.sup is not None or FONTS & set(node.accents):
            continue
        if item.place == "^" and (node.stem in TRANSPOSES or node.stem == r"\prime"):
            continue
        for part in letters(node):
            if (len(part.stem) == 1 and part.stem.islower()) or (
                part.stem[:1] == "\\" and part.stem[1:2].islower()
            ):
                yield item.place, part


def _names(sides: tuple[Node, ...]) -> Iterator[Name]:
    """The quantities of an equation: no functions of something."""
    for side in sides:
        heads = {id(n.head) for n in outer(side) if isinstance(n, Call)}
        yield from (name for name in quantities(side) if id(name) not in heads)


def _steps(equations: Sequence[tuple[Node, ...]]) -> Iterator[str]:
    """The letters that count steps: t, those with a shift, and those that run from or to one."""
    found = {"t"}
    nodes = [node for sides in equations for side in sides for node in walk(side)]
    for node in nodes:
        if isinstance(node, Name):
            for item in items(node):
                if is_shifted(item.node) or item.bracket in ("(", "<"):
                    found.update(x for x in letters_of(item.node) if x.islower())
    for node in nodes:
        if isinstance(node, BigOperator):
            ends = {*(letters_of(node.upper) if node.upper is not None else ()), *_start(node.lower)}
            if ends & (found | LAST):
                found.update(x for x in _bound(node))
    yield from found


def _start(lower: Node | None) -> Iterator[str]:
    """The letters between which a sum runs, but for its own."""
    match lower:
        case Infix(operators=(sign,), operands=(_, right)) if sign not in (*MEMBER, *APART):
            yield from letters_of(right)
        case Infix(operands=(left, _, right)):
            yield from (*letters_of(left), *letters_of(right))


def _bound(node: BigOperator) -> Iterator[str]:
    """The letters that a sum binds."""
    match node.lower:
        case Name() as own:
            yield letter(own)
        case Infix(operands=(Name() as own, _)) | Infix(operands=(_, Name() as own, _)):
            yield letter(own)
        case List(items=parts):
            yield from (letter(part) for part in parts if isinstance(part, Name))


def _summed(sides: tuple[Node, ...], steps: frozenset[str]) -> Iterator[str]:
    """The letters of an equation that a sum over units binds."""
    for side in sides:
        for node in walk(side):
            if isinstance(node, BigOperator) and node.symbol in (r"\sum", "∑"):
                names = list(quantities(node.body))
                for own in _bound(node):
                    inside = [[letter(n) for _, n in tokens(name)] for name in names]
                    if own not in steps and any(own in found for found in inside):
                        yield own


# -- the formulas with their entries in brackets


def bracketed(found: list[Read], known: Components) -> list[Read]:
    """The statements, with the letters that count units in brackets."""
    return [(math, tuple(_statement(s, known) for s in own)) for math, own in found] if known.slots else found


def _statement(statement: Statement, known: Components) -> Statement:
    sides = tuple(with_entries(side, known) for side in statement.sides)
    return statement if sides == statement.sides else replace(statement, sides=sides)


def with_entries(node: Node, known: Components) -> Node:
    """The tree with the letters that count units in brackets, and the places of its parts as they were."""
    if not known.slots:
        return node
    if isinstance(node, Name):
        return _with_brackets(node, known)
    below = children(node)
    new = with_children(node, tuple(with_entries(child, known) for child in below)) if below else node
    return new if new is node else _placed(new, node)


def _placed(new: Node, old: Node) -> Node:
    return new if old.origin is None else located(new, old.origin.text, old.origin.start, old.origin.end)


def _with_brackets(name: Name, known: Components) -> Name:
    new = name
    for place in "_^":
        count = known.slots.get((base(name), place), 0)
        units = [n for p, n in tokens(name) if p == place and (letter(n) not in known.steps)]
        if not count or len(units) < count or (name.stem == r"\delta" and len(units) == 2):
            continue
        if len(units) > count:
            units = [n for n in units if letter(n) in known.letters][-count:]
        chosen = {letter(n) for n in units}
        script = name.sub if place == "_" else name.sup
        assert script is not None
        inside = _wrapped(script, chosen)
        layer = (known.roles.get(base(name)) or {}).get(letter(units[-1]))
        if layer is not None:
            inside = List(",", (Name("@" + layer), inside))
        new = replace(new, sub=inside) if place == "_" else replace(new, sup=inside)
    if new is name:
        return name
    placed = _placed(new, name)
    assert isinstance(placed, Name)
    return placed


def _wrapped(node: Node, chosen: set[str]) -> Node:
    """A script with these letters in brackets."""
    match node:
        case Name() if FONTS & set(node.accents):
            return node
        case Name():
            parts = letters(node)
            inside = [letter(part) in chosen for part in parts]
            if all(inside):
                return _placed(Group("[", node, "]"), node)
            if not any(inside):
                return node
            return _placed(
                List(
                    "",
                    tuple(
                        _placed(Group("[", p, "]"), p) if i else p for p, i in zip(parts, inside, strict=True)
                    ),
                ),
                node,
            )
        case List(items=parts):
            return _placed(replace(node, items=tuple(_wrapped(part, chosen) for part in parts)), node)
        case Infix(operators=operators, operands=operands) if not any(operators):
            return _placed(replace(node, operands=tuple(_wrapped(part, chosen) for part in operands)), node)
        case Group(opening="{", body=body) if body is not None:
            return _placed(replace(node, body=_wrapped(body, chosen)), node)
        case _:
            return node

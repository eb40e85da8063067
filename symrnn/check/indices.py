"""Which letters of a formula count entries or steps, and which of them a sum binds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from symrnn.check.definition import Undefined
from symrnn.check.lookup import resolve
from symrnn.check.names import is_power_of_e, outer
from symrnn.check.scripts import letter
from symrnn.check.tensor import Mismatch
from symrnn.check.unions import offset
from symrnn.check.written import plain_entries
from symrnn.notes.formula import BigOperator, Infix, List, Name, Node, Number, Script
from symrnn.notes.tree import children, letters, walk

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


def repeated(ev: Evaluator, node: Node, env: Mapping[str, int]) -> list[str]:
    """The indices of a term that nothing binds, if repeated indices are summed."""
    return [i for i in indices_of(ev, node) if i not in env] if ev.reading.einstein else []


def indices_of(ev: Evaluator, node: Node) -> dict[str, range]:
    """The letters that stand for entries in a formula, and which entries each counts; bound ones left out."""
    found: dict[str, range] = {}
    if isinstance(node, Name | Script):
        found |= _counted(ev, node)
    for child in _parts(node):
        for own, entries in indices_of(ev, child).items():
            found[own] = _narrowed(ev, found.setdefault(own, entries), entries) or found[own]
    hidden = bound(node) if isinstance(node, BigOperator) else ()
    return {own: entries for own, entries in found.items() if own not in hidden}


def single(ev: Evaluator, node: Node) -> set[str]:
    """The letters that stand for entries of one name only in a formula."""
    found = Counter(
        own for inner in outer(node) if isinstance(inner, Name | Script) for own in _counted(ev, inner)
    )
    return {own for own, times in found.items() if times == 1} & set(indices_of(ev, node))


def _narrowed(ev: Evaluator, a: range, b: range) -> range | None:
    """What two ranges have in common, where one is that of some units of the other; None where they differ."""
    common = range(max(a.start, b.start), min(a.stop, b.stop))
    return common if a == b or (ev.world.lexicon.unions and common in (a, b)) else None


def _parts(node: Node) -> tuple[Node, ...]:
    """The formulas in a formula, but for what stands in scripts."""
    match node:
        case Name():
            return (node.sup,) if is_power_of_e(node) and node.sup is not None else ()
        case BigOperator(body=body):
            return (body,)
        case Script(base=inner):
            return (inner,)
    return children(node)


def _counted(ev: Evaluator, node: Node) -> dict[str, range]:
    """The indices of one name, and which entries each counts."""
    if isinstance(node, Script):
        entries = tuple(plain_entries(node.sub))
        key = _script_key(ev, node.base) if entries else None
    else:
        assert isinstance(node, Name)
        try:
            symbol = resolve(ev, node)
        except Undefined:
            parts = letters(node)
            return _counted(ev, parts[-1]) if len(parts) > 1 else {}
        entries, key = symbol.entries, symbol.key
    if key is None or not entries:
        return {}
    return {
        letter(entry): numbers
        for entry, numbers in zip(entries, ranges_of(ev, key, len(entries)), strict=False)
        if isinstance(entry, Name) and (entry.sub is None or isinstance(entry.sub, Number))
    }


def ranges_of(ev: Evaluator, key: str, count: int) -> tuple[range, ...]:
    """The entries that the indices of a quantity count; none where that is not known."""
    shape = ev.world.shapes.get(key)
    if shape is not None:
        start = offset(ev.world, key)
        sizes = (max(shape),) if count == 1 else shape
        return tuple(range(start, start + size) for size in sizes)
    known = ev.world.entry_ranges
    if key not in known:
        known[key] = ()
        for definition in ev.world.definitions.get(key, ())[-1:]:
            found = indices_of(ev, definition.body)
            names = [letter(entry) if isinstance(entry, Name) else "" for entry in definition.entries]
            known[key] = tuple(found[x] for x in names) if set(names) <= set(found) else ()
    return known[key]


def check_indices(ev: Evaluator, sides: Iterable[Node]) -> None:
    """Every index of a claim counts one set of units. Raises Mismatch where it would count two of different sizes."""
    found: dict[str, range] = {}
    for side in sides:
        _join(ev, found, _free(ev, side))


def _free(ev: Evaluator, node: Node) -> dict[str, range]:
    """The indices of a formula that no sum in it binds, and what each counts. Raises Mismatch."""
    found: dict[str, range] = {}
    if isinstance(node, Name | Script):
        _join(ev, found, _counted(ev, node))
    for child in _parts(node):
        _join(ev, found, _free(ev, child))
    hidden = bound(node) if isinstance(node, BigOperator) else ()
    return {own: entries for own, entries in found.items() if own not in hidden}


def _join(ev: Evaluator, found: dict[str, range], more: Mapping[str, range]) -> None:
    for own, entries in more.items():
        common = _narrowed(ev, found.setdefault(own, entries), entries)
        if common is None:
            raise Mismatch(f"index {own}", (len(found[own]), 1), (len(entries), 1))
        found[own] = common


def _script_key(ev: Evaluator, node: Node) -> str | None:
    for inner in walk(node):
        if isinstance(inner, Name):
            try:
                return resolve(ev, inner).key
            except Undefined:
                continue
    return None


def bound(node: BigOperator) -> tuple[str, ...]:
    """The letter that a sum binds."""
    lower = node.lower
    match lower:
        case Infix(operands=(_, Name() as own, _)) | Infix(operands=(Name() as own, *_)):
            return (letter(own),)
        case Name():
            return (letter(lower),)
        case List(items=items):
            return tuple(letter(item) for item in items if isinstance(item, Name))
    return ()


def unbound_steps(ev: Evaluator, node: Node, env: Mapping[str, int]) -> Iterator[str]:
    """The letters of steps that a formula reads, the current step last."""
    for inner in walk(node):
        if isinstance(inner, Name):
            try:
                symbol = resolve(ev, inner)
            except Undefined:
                continue
            for time in symbol.times:
                yield from (
                    x.stem for x in walk(time) if isinstance(x, Name) and x.stem in ev.world.lexicon.steps
                )
    if "t" in env:
        yield "t"

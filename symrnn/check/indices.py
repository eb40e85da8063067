"""Which letters of a formula count entries or steps, and which of them a sum binds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from symrnn.check.definition import Undefined
from symrnn.check.lookup import resolve
from symrnn.check.names import is_power_of_e
from symrnn.check.scripts import letter
from symrnn.check.tensor import Mismatch
from symrnn.check.written import plain_entries
from symrnn.notes.formula import BigOperator, Infix, List, Name, Node, Number, Script
from symrnn.notes.tree import children, letters, walk

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


def repeated(ev: Evaluator, node: Node, env: Mapping[str, int]) -> list[str]:
    """The indices of a term that nothing binds, if repeated indices are summed."""
    return [i for i in indices_of(ev, node) if i not in env] if ev.reading.einstein else []


def indices_of(ev: Evaluator, node: Node) -> dict[str, int]:
    """The letters that stand for entries in a formula, and how many there are of each; bound ones left out."""
    found: dict[str, int] = {}
    if isinstance(node, Name | Script):
        found |= _sized(ev, node)
    for child in _parts(node):
        for own, size in indices_of(ev, child).items():
            found.setdefault(own, size)
    hidden = bound(node) if isinstance(node, BigOperator) else ()
    return {own: size for own, size in found.items() if own not in hidden}


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


def _sized(ev: Evaluator, node: Node) -> dict[str, int]:
    if isinstance(node, Script):
        entries = plain_entries(node.sub)
        if not entries:
            return {}
        shape = _script_shape(ev, node.base)
    else:
        assert isinstance(node, Name)
        try:
            symbol = resolve(ev, node)
        except Undefined:
            parts = letters(node)
            return _sized(ev, parts[-1]) if len(parts) > 1 else {}
        entries = list(symbol.entries)
        shape = ev.world.shapes.get(symbol.key)
    if shape is None:
        return {}
    sizes = list(shape)
    if len(entries) == 1:
        sizes = [max(sizes)]
    return {
        letter(entry): size
        for entry, size in zip(entries, sizes, strict=False)
        if isinstance(entry, Name) and (entry.sub is None or isinstance(entry.sub, Number))
    }


def check_indices(ev: Evaluator, sides: Iterable[Node]) -> None:
    """Every index of a claim counts one set of units. Raises Mismatch where it would count two of different sizes."""
    found: dict[str, int] = {}
    for side in sides:
        _join(found, _free(ev, side))


def _free(ev: Evaluator, node: Node) -> dict[str, int]:
    """The indices of a formula that no sum in it binds, and how many units each counts. Raises Mismatch."""
    found: dict[str, int] = {}
    if isinstance(node, Name | Script):
        _join(found, _sized(ev, node))
    for child in _parts(node):
        _join(found, _free(ev, child))
    hidden = bound(node) if isinstance(node, BigOperator) else ()
    return {own: size for own, size in found.items() if own not in hidden}


def _join(found: dict[str, int], more: Mapping[str, int]) -> None:
    for own, size in more.items():
        if found.setdefault(own, size) != size:
            raise Mismatch(f"index {own}", (found[own], 1), (size, 1))


def _script_shape(ev: Evaluator, node: Node) -> tuple[int, int] | None:
    for inner in walk(node):
        if isinstance(inner, Name):
            try:
                return ev.world.shapes.get(resolve(ev, inner).key)
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

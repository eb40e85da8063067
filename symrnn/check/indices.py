"""Which letters of a formula count entries or steps, and which of them a sum binds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from symrnn.check.definition import Undefined
from symrnn.check.lookup import resolve
from symrnn.check.names import outer
from symrnn.check.written import plain_entries
from symrnn.notes.formula import BigOperator, Infix, List, Name, Node, Script
from symrnn.notes.tree import letters, walk

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


def repeated(ev: Evaluator, node: Node, env: Mapping[str, int]) -> list[str]:
    """The indices of a term that nothing binds, if repeated indices are summed."""
    return [i for i in indices_of(ev, node) if i not in env] if ev.reading.einstein else []


def indices_of(ev: Evaluator, node: Node) -> dict[str, int]:
    """The letters that stand for entries in a formula, and how many there are of each; bound ones left out."""
    found: dict[str, int] = {}
    inside: set[str] = set()
    for inner in outer(node):
        if isinstance(inner, BigOperator):
            inside.update(bound(inner)[:1])
        elif isinstance(inner, Name | Script):
            found |= {k: v for k, v in _sized(ev, inner).items() if k not in found}
    return {k: v for k, v in found.items() if k not in inside}


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
        entry.stem: size
        for entry, size in zip(entries, sizes, strict=False)
        if isinstance(entry, Name) and entry.sub is None
    }


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
        case Infix(operands=(_, Name(stem=stem), _)) | Infix(operands=(Name(stem=stem), *_)):
            return (stem,)
        case Name(stem=stem):
            return (stem,)
        case List(items=items):
            return tuple(item.stem for item in items if isinstance(item, Name))
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

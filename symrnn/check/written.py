"""What is written in a part of a formula: its name, its indices, the marks above it."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.definition import Unsupported
from symrnn.check.scripts import single_indices
from symrnn.notes.formula import Accented, Annotated, Call, Group, Infix, List, Name, Node, Script, Text


def name_of(node: Node) -> Name | None:
    """The name that a part of a formula is, or a function's, brackets and accents aside."""
    match node:
        case Name():
            return node
        case Group(body=body) if body is not None:
            return name_of(body)
        case Call(head=Name() as name):
            return name
        case Annotated(body=body) | Accented(body=body):
            return name_of(body)
        case Script(base=inner, sub=sub, sup=sup, primes=primes):
            found = name_of(inner)
            if found is None:
                return None
            return replace(
                found,
                sub=_joined(found.sub, sub),
                sup=_joined(found.sup, sup),
                primes=found.primes + primes,
                origin=None,
            )
    return None


def _joined(a: Node | None, b: Node | None) -> Node | None:
    return b if a is None else a if b is None else List(",", (a, b))


def bare_name(node: Node) -> Name:
    """The name of what stands below a derivative. Raises Unsupported."""
    name = name_of(node)
    if name is None:
        raise Unsupported(f"a derivative by {node.text}", node)
    return name


def plain_entries(node: Node | None) -> list[Node]:
    """The indices below a bracket."""
    return [] if node is None else single_indices(node)


def word(node: Node) -> str:
    """A word that is written as text or as a name."""
    return node.words.strip() if isinstance(node, Text) else node.stem if isinstance(node, Name) else ""


def marks(node: Node | None) -> list[Node]:
    """What stands above a bracket, one by one."""
    match node:
        case None:
            return []
        case Infix(operators=operators, operands=operands) if not any(operators):
            return list(operands)
        case _:
            return [node]

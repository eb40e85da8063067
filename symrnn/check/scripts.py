r"""The scripts of a name, and the names of a formula: ``\mathbf{W}_{f[i,j]}^{(k)\top}`` is a stem with scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from symrnn.notes.formula import (
    Accented,
    BigOperator,
    Call,
    Group,
    Infix,
    List,
    Name,
    Node,
    Number,
    Script,
    Text,
    Unary,
)
from symrnn.notes.tree import children, letters, walk

LATER, OWN = "of later steps", "of its own step"  # shares of a gradient: see shares
# what the name of a gradient is marked with: see signs
GRADIENT, BARRED, BEFORE = "a gradient", "a gradient by what is below", "before the activation"
ACCENTS = {
    LATER: LATER, OWN: OWN,
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar",
    "overrightarrow": "overrightarrow", "overleftarrow": "overleftarrow",
    "dot": "dot", "check": "check", "breve": "breve", "acute": "acute", "grave": "grave",
}  # fmt: skip
TRANSPOSES = {"T", r"\top", r"\intercal", "Tr", "tr", r"\mathsf{T}", "⊤", r"\mathrm{T}", r"\dagger"}
FIRST = ("t", Number("0"))  # t_0, the step of the initial state
LENGTHS = {"T", r"\tau", "n", "N", "S"}


class Item(NamedTuple):
    """One script of a name: where it stands (_ or ^), the brackets around it, and what it is."""

    place: str
    bracket: str
    node: Node


def base(name: Name) -> str:
    """The stem of a name with its accents, without its fonts."""
    accents = [ACCENTS[a] for a in name.accents if a in ACCENTS]
    return " ".join([*sorted(accents), name.stem])


def plain(node: Node | None) -> str:
    """A short text for a label, fonts and brackets removed."""
    match node:
        case None:
            return ""
        case Name():
            sub, sup = plain(node.sub), plain(node.sup)
            return base(node) + (f"_{sub}" if sub else "") + (f"^{sup}" if sup else "")
        case Number(digits=digits):
            return digits
        case Text(words=words):
            return words.strip()
        case Group(body=body):
            return plain(body)
        case Infix(operators=operators, operands=operands):
            parts = [plain(operands[0])]
            for operator, operand in zip(operators, operands[1:], strict=True):
                parts += [operator, plain(operand)]
            return "".join(parts)
        case List(items=items):
            return ",".join(plain(item) for item in items)
        case Unary(operator=operator, body=body):
            return operator + plain(body)
        case Accented(body=body):
            return plain(body)
        case _:
            return node.text or repr(node)


def _pieces(place: str, node: Node | None) -> Iterator[Item]:
    """The items of a script, one by one."""
    match node:
        case None:
            return
        case Infix(operators=operators, operands=operands) if not any(operators):
            for operand in operands:
                yield from _pieces(place, operand)
        case List(separator="," | "", items=items):
            for item in items:
                yield from _pieces(place, item)
        case Group(opening="(" | "[" | r"\langle" | "<" | r"\{" as opening, body=body) if body is not None:
            yield Item(place, {r"\langle": "<"}.get(opening, opening), body)
        case Group(opening="{", body=body):
            yield from _pieces(place, body)
        case Script(base=inner, sub=sub, sup=sup):
            yield from _pieces(place, inner)
            yield from _pieces("_", sub)
            yield from _pieces("^", sup)
        case Call(head=head, argument=argument):
            yield from _pieces(place, head)
            yield from _pieces(place, argument)
        case Text(words=words) if not words.strip():
            return
        case _:
            yield Item(place, "", node)


def items(name: Name) -> tuple[Item, ...]:
    """All scripts of a name, subscripts first."""
    return (
        *_pieces("_", name.sub),
        *_pieces("^", name.sup),
        *_pieces("_", name.left_sub),
        *_pieces("^", name.left_sup),
    )


def letters_of(node: Node) -> Iterator[str]:
    """The stems of the names in a script."""
    return (part.stem for part in walk(node) if isinstance(part, Name))


def letter(name: Name) -> str:
    """An index as it is looked up: i, h', j_1."""
    return name.stem + "'" * name.primes + (f"_{plain(name.sub)}" if name.sub is not None else "")


def is_shifted(node: Node) -> bool:
    """Whether a script is a letter plus or minus a number: t - 1."""
    match node:
        case Infix(operators=("+" | "-",), operands=(Name() as letter, Number())):
            return letter.sub is None and letter.sup is None
        case _:
            return False


def is_step(node: Node) -> bool:
    """Whether a script could be a step: letters and numbers with + and - between them, t = 2."""
    match node:
        case Name(stem=stem, sub=sub, sup=sup):
            return (
                sup is None
                and (len(stem) == 1 or stem.startswith("\\"))
                and (sub is None or stem in LENGTHS or (stem, sub) == FIRST)
            )
        case Number(digits=digits):
            return digits.isdecimal()
        case Infix(operators=operators, operands=operands) if set(operators) <= {"+", "-"}:
            return all(is_step(operand) for operand in operands)
        case Infix(operators=("=",), operands=(Name(stem="t"), right)):
            return is_step(right)
        case Unary(body=body):
            return is_step(body)
        case Group(body=body):
            return body is not None and is_step(body)
        case _:
            return False


def is_power_of_e(name: Name) -> bool:
    """Whether a name is e to a power: e^{-x}, not a gate e^{(t)}."""
    if name.stem != "e" or name.sup is None or name.sub is not None:
        return False
    return not (isinstance(name.sup, Group) and is_step(name.sup))


def is_entrywise_power(node: Node) -> bool:
    r"""Whether a superscript is a power entry by entry: the \odot 2 of h^{\odot 2}."""
    return isinstance(node, Unary) and node.operator in (r"\odot", r"\circ") and isinstance(node.body, Number)


def outer(tree: Node) -> Iterator[Node]:
    """A formula and all its parts, but for what stands in the scripts of a name."""
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        yield here
        if isinstance(here, Name):
            if is_power_of_e(here) and here.sup is not None:
                waiting.append(here.sup)
        elif isinstance(here, BigOperator):
            waiting.append(here.body)
        elif isinstance(here, Script):
            waiting.append(here.base)
        else:
            waiting.extend(reversed(children(here)))


def quantities(tree: Node) -> Iterator[Name]:
    """The names of a formula, but for those within the scripts of another."""
    return (node for node in outer(tree) if isinstance(node, Name))


def single_indices(node: Node) -> list[Node]:
    """The indices of an entry: ij as i and j."""
    match node:
        case Name(stem=stem, sup=None) if len(stem) > 1 and stem.isalpha():
            return [replace(part, accents=()) for part in letters(node)]
        case List(items=parts):
            return [one for part in parts for one in single_indices(part)]
        case Group(body=body) if body is not None:
            return single_indices(body)
        case Infix(operators=operators, operands=operands) if not any(operators):
            return [one for operand in operands for one in single_indices(operand)]
        case _:
            return [node]

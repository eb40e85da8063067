"""Mistakes planted in a formula, one at a time, on its syntax tree: the classes of mistakes that people make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from formula_parts import ONE, factors, gradient, grouped, is_product, is_slope, is_sum, without

from symrnn.notes.formula import (
    BigOperator,
    Call,
    Group,
    Infix,
    List,
    Name,
    Node,
    Number,
    Script,
    Slice,
    Unary,
)
from symrnn.notes.tree import replaced, walk

TOP = Name(r"\top")
LETTERS = ("t", "u", "j", "k", "p")


class Words(NamedTuple):
    """The names of a document, which its author may confuse, and the shape of what each stands for."""

    names: Sequence[Name]
    shape: Callable[[Name], object]


class Mutant(NamedTuple):
    """A formula with one mistake, and the class of it."""

    kind: str
    tree: Node


def mutants(tree: Node, words: Words) -> Iterator[Mutant]:
    """Every formula that differs from one by one mistake."""
    for node in factors(tree):
        for kind, mutate in CLASSES:
            for new in mutate(node, words):
                yield Mutant(kind, replaced(tree, node, new))
    yield Mutant("sign", Unary("-", grouped(tree)))
    yield Mutant("scale", Infix(("",), (Number("2"), grouped(tree))))


def transposed(node: Node, words: Words) -> Iterator[Node]:
    """A transpose lost, or one too many on a matrix or on what stands beside one."""
    match node:
        case Name(sup=Name(stem=r"\top")):
            yield replace(node, sup=None, origin=None)
        case Script(base=base, sup=Name(stem=r"\top"), sub=None):
            yield base
        case Name(stem=stem) if stem.isupper() and len(stem) == 1:
            yield replace(node, sup=TOP, origin=None) if node.sup is None else Script(node, None, TOP)


def reordered(node: Node, words: Words) -> Iterator[Node]:
    """Two neighbours in a product in the other order, or a slope outside of the matrix that it belongs behind."""
    if not isinstance(node, Infix) or not is_product(node):
        return
    for i in range(len(node.operands) - 1):
        if node.operators[i] == "":
            operands = list(node.operands)
            operands[i : i + 2] = operands[i + 1], operands[i]
            yield replace(node, operands=tuple(operands), origin=None)
    match node:
        case Infix(
            operators=("",), operands=(first, Group(body=Infix(operators=(r"\odot",), operands=(a, b))))
        ):
            yield Infix((r"\odot",), (a, Infix(("",), (first, b))))
        case Infix(
            operators=(r"\odot",), operands=(a, Group(body=Infix(operators=("",), operands=(first, b))))
        ):
            yield Infix(("",), (first, Group("(", Infix((r"\odot",), (a, b)), ")")))


def shifted(node: Node, words: Words) -> Iterator[Node]:
    """A step too early or too late, in a quantity or in what a derivative is of; or another bound of a sum."""
    match node:
        case BigOperator(lower=Infix(operators=("=",), operands=(letter, low))):
            for other in _moved(low):
                yield replace(node, lower=Infix(("=",), (letter, other)), origin=None)
        case BigOperator(lower=Infix(operators=(a, b), operands=operands)) if node.symbol == r"\prod":
            for flipped in ((_other_bound(a), b), (a, _other_bound(b))):
                yield replace(node, lower=Infix(flipped, operands), origin=None)
    if isinstance(node, Name) or gradient(node):
        for part in walk(node):
            if isinstance(part, Name):
                for new in _at_other_steps(part):
                    yield replaced(node, part, new)


def _other_bound(sign: str) -> str:
    return {r"\ge": ">", ">": r"\ge", r"\le": "<", "<": r"\le"}.get(sign, sign)


def _at_other_steps(name: Name) -> Iterator[Name]:
    """A name one step earlier or later."""
    for slot in ("sub", "sup"):
        script = getattr(name, slot)
        match script:
            case Group(opening="(" | r"\langle", body=Node() as inner):
                for other in _moved(inner):
                    yield replace(name, **{slot: replace(script, body=other, origin=None)}, origin=None)
            case List(items=(*labels, last)) if name.sup is None:
                for other in _moved(last):
                    yield replace(name, **{slot: List(",", (*labels, other))}, origin=None)
            case Node() if slot == "sub":
                for other in _moved(script):
                    yield replace(name, sub=other, origin=None)


def _moved(step: Node) -> Iterator[Node]:
    """A step before and after."""
    match step:
        case Name(stem=stem, sub=None, sup=None) if stem in LETTERS:
            yield Infix(("-",), (step, ONE))
            yield Infix(("+",), (step, ONE))
        case Infix(operators=("-" | "+",), operands=(Name() as letter, Number(digits="1"))) if (
            letter.stem in LETTERS
        ):
            yield letter
        case Number(digits=digits) if len(digits) == 1:
            yield Number(str(int(digits) + 1))
            if int(digits):
                yield Number(str(int(digits) - 1))


def resigned(node: Node, words: Words) -> Iterator[Node]:
    """A plus for a minus, or a minus for a plus."""
    match node:
        case Infix(operators=operators) if is_sum(node):
            for i, operator in enumerate(operators):
                new = (*operators[:i], "-" if operator == "+" else "+", *operators[i + 1 :])
                yield replace(node, operators=new, origin=None)
        case Unary(operator="-", body=body):
            yield body


def shortened(node: Node, words: Words) -> Iterator[Node]:
    """A term lost, or the sum over the steps."""
    match node:
        case Infix(operands=operands) if is_sum(node) and operands[0] != ONE:
            for i in range(len(operands)):
                yield without(node, i)
        case BigOperator(symbol=r"\sum", body=body):
            yield body


def lengthened(node: Node, words: Words) -> Iterator[Node]:
    """A term too many: one of a sum at another step, or a name."""
    match node:
        case Infix(operands=operands) if is_sum(node) and operands[0] != ONE:
            for part in walk(operands[-1]):
                if isinstance(part, Name):
                    for new in _at_other_steps(part):
                        yield Infix((*node.operators, "+"), (*operands, replaced(operands[-1], part, new)))
        case Infix() if is_product(node):
            for name in words.names[:3]:
                yield Infix(("+",), (node, name))


def unsloped(node: Node, words: Words) -> Iterator[Node]:
    """The derivative of an activation lost, or what it is of not squared, or what remains of it after the 1."""
    match node:
        case Infix(operands=operands) if is_product(node):
            for i, operand in enumerate(operands):
                if is_slope(operand):
                    yield without(node, i)
        case Infix(operators=("-",), operands=(Number(digits="1"), Name(sup=Number()) as squared)):
            yield replace(node, operands=(ONE, replace(squared, sup=None, origin=None)), origin=None)
        case Infix(operators=("-",), operands=(Number(digits="1"), Script(base=base, sup=Number()))):
            yield replace(node, operands=(ONE, base), origin=None)
        case Call(head=Name(stem=r"\tanh" | r"\sigma"), argument=Group(body=Node() as argument)):
            yield grouped(argument)


def swapped(node: Node, words: Words) -> Iterator[Node]:
    """Another quantity of the same shape, or the gradient by it: another gate."""
    yield from _confused(node, words, True)


def confused(node: Node, words: Words) -> Iterator[Node]:
    """A quantity of another shape, or the gradient by it."""
    yield from _confused(node, words, False)


def _confused(node: Node, words: Words, alike: bool) -> Iterator[Node]:
    if isinstance(node, Name):
        for name in words.names if words.shape(node) is not None else ():
            if replace(name, sup=None) == replace(node, sup=None) or _times(name) != _times(node):
                continue
            if (words.shape(name) == words.shape(node)) == alike:
                kept = node.sup if node.sup == TOP and name.sup is None else name.sup
                yield replace(name, sup=kept, origin=None)
    elif gradient(node):
        for part in walk(node):
            if isinstance(part, Name):
                for new in _confused(part, words, alike):
                    yield replaced(node, part, new)


def _times(name: Name) -> tuple[str, ...]:
    """The steps of a name, as far as they can be told from its labels."""
    found = []
    for script in (name.sub, name.sup):
        for part in script.items if isinstance(script, List) else (script,):
            inner = part.body if isinstance(part, Group) else part
            if isinstance(inner, Infix | Number) or (isinstance(inner, Name) and inner.stem in LETTERS):
                found.append(repr(inner))
    return tuple(found)


def rebracketed(node: Node, words: Words) -> Iterator[Node]:
    """Brackets around a sum that are lost, so that a factor binds to its first or last term only."""
    if not isinstance(node, Infix) or not is_product(node):
        return
    for i, operand in enumerate(node.operands):
        if not isinstance(operand, Group) or operand.opening != "(" or not isinstance(operand.body, Infix):
            continue
        inner = operand.body
        if not is_sum(inner):
            continue
        before = (*node.operands[:i], inner.operands[0])
        after = (inner.operands[-1], *node.operands[i + 1 :])
        first = Infix(node.operators[:i], before) if i else inner.operands[0]
        last = Infix(node.operators[i:], after) if len(after) > 1 else inner.operands[-1]
        yield Infix(inner.operators, (first, *inner.operands[1:-1], last))


def resliced(node: Node, words: Words) -> Iterator[Node]:
    """A slice that is lost."""
    match node:
        case Script(base=base, sub=Slice(), sup=None):
            yield base


Mutation = Callable[[Node, Words], Iterator[Node]]
CLASSES: tuple[tuple[str, Mutation], ...] = (
    ("transpose", transposed),
    ("order", reordered),
    ("index", shifted),
    ("sign", resigned),
    ("missing term", shortened),
    ("extra term", lengthened),
    ("lost slope", unsloped),
    ("swapped gates", swapped),
    ("wrong symbol", confused),
    ("parentheses", rebracketed),
    ("slice", resliced),
)

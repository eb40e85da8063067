"""Products taken apart and put together: their factors, where products stand, transposes, and what conforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symrnn.check.edits_vocabulary import Vocabulary
from symrnn.check.heads import gradient_by, head
from symrnn.check.names import TRANSPOSES, items
from symrnn.check.tensor import Shape
from symrnn.notes.fitting import fits
from symrnn.notes.formula import (
    Annotated,
    BigOperator,
    Call,
    Fraction,
    Group,
    Infix,
    Name,
    Node,
    Number,
    Script,
    Slice,
    Unary,
)
from symrnn.notes.symbols import LEVELS, TIMES
from symrnn.notes.tree import children, walk


@dataclass(frozen=True)
class Product:
    """Factors and the signs between them, on one level."""

    signs: tuple[str, ...]
    factors: tuple[Node, ...]


def is_sum(node: Node) -> bool:
    """Whether a node is terms with + and - between them."""
    return isinstance(node, Infix) and set(node.operators) <= {"+", "-"}


def is_product(node: Node) -> bool:
    """Whether a node is factors with a sign or nothing between them."""
    return (
        isinstance(node, Infix)
        and head(node) is None
        and all(not sign or LEVELS.get(sign) == TIMES for sign in node.operators)
    )


def is_spread(node: Node, vocabulary: Vocabulary) -> bool:
    """Whether what is read as a function and its argument is a quantity before a bracket."""
    if not isinstance(node, Call) or not isinstance(node.argument, Group) or _is_slice(node):
        return False
    if node.argument.opening not in ("(", "["):
        return False
    return not isinstance(node.head, Name) or (not node.head.primes and _is_factor(node.head, vocabulary))


def _is_factor(name: Name, vocabulary: Vocabulary) -> bool:
    """Whether a name stands for a quantity, or for the gradient by one: dW."""
    if vocabulary.symbol(name) is not None:
        return True
    bottom = gradient_by(name)
    return isinstance(bottom, Name) and vocabulary.symbol(bottom) is not None


def _is_slice(node: Call) -> bool:
    return any(isinstance(part, Slice) for part in walk(node.argument))


def flat(node: Node, vocabulary: Vocabulary) -> Product:
    """The factors of a product; one factor of what is none."""
    if is_product(node):
        assert isinstance(node, Infix)
        signs: list[str] = []
        factors: list[Node] = []
        for index, operand in enumerate(node.operands):
            inner = flat(operand, vocabulary)
            signs += [*([node.operators[index - 1]] if index else []), *inner.signs]
            factors += inner.factors
        return Product(tuple(signs), tuple(factors))
    if is_spread(node, vocabulary):
        assert isinstance(node, Call)
        return Product(("",), (node.head, node.argument))
    if isinstance(node, Script) and isinstance(node.base, Call) and is_spread(node.base, vocabulary):
        return Product(("",), (node.base.head, replace(node, base=node.base.argument, origin=None)))
    return Product((), (node,))


# -- putting together


def bracketed(node: Node) -> Node:
    """A node in round brackets."""
    return Group("(", node, ")")


def infix(operators: Sequence[str], operands: Sequence[Node]) -> Node:
    """Operands with operators between them, in brackets where they need them."""
    if not operators:
        return operands[0]
    draft = Infix(tuple(operators), tuple(operands))
    return Infix(
        draft.operators,
        tuple(
            operand if fits(draft, index, operand) else bracketed(operand)
            for index, operand in enumerate(operands)
        ),
    )


def joined(signs: Sequence[str], factors: Sequence[Node]) -> Node:
    """A product of factors, as it is read: what stands side by side binds tightest, a name takes its bracket."""
    runs: list[list[Node]] = [[factors[0]]]
    operators: list[str] = []
    for sign, factor in zip(signs, factors[1:], strict=True):
        if sign:
            operators.append(sign)
            runs.append([factor])
        else:
            runs[-1].append(factor)
    return infix(operators, [_side_by_side(run) for run in runs])


def _side_by_side(run: list[Node]) -> Node:
    parts: list[Node] = []
    for factor in run:
        before = parts[-1] if parts else None
        if isinstance(before, Name):
            if isinstance(factor, Group) and factor.opening in ("(", "["):
                parts[-1] = Call(before, factor)
                continue
            if (
                isinstance(factor, Script)
                and isinstance(factor.base, Group)
                and factor.base.opening in ("(", "[")
            ):
                parts[-1] = Script(Call(before, factor.base), factor.sub, factor.sup, factor.primes)
                continue
        parts.append(factor)
    return infix([""] * (len(parts) - 1), parts)


def product(factors: Sequence[Node], sign: str) -> Node:
    """Factors with one sign between all of them."""
    return joined([sign] * (len(factors) - 1), list(factors))


# -- where products stand


def terms(tree: Node, goal: Shape | None = None) -> Iterator[tuple[Node, Shape | None]]:
    """The parts of a formula that are a term, as a whole, and the shape each should have where that is known."""
    if isinstance(tree, Name | Number) or head(tree) is not None:
        yield tree, goal
        return
    if is_sum(tree):
        for operand in children(tree):
            yield from terms(operand, goal)
        return
    match tree:
        case Unary(body=body):
            yield from terms(body, goal)
        case Infix():
            yield tree, goal
            for operand in tree.operands:
                yield from _inside(operand)
        case BigOperator(body=body) | Annotated(body=body):
            yield tree, goal
            yield from terms(body, goal)
        case Group(body=body) if body is not None:
            yield tree, goal
            yield from terms(body, goal)
        case _:
            yield tree, goal
            yield from _inside(tree)


def _inside(node: Node) -> Iterator[tuple[Node, Shape | None]]:
    """The terms within a factor."""
    match node:
        case (
            Group(body=Node() as body)
            | BigOperator(body=body)
            | Annotated(body=body)
            | Script(base=Group(body=Node() as body))
        ):
            yield from terms(body)
        case Call(head=_, argument=Group(body=Node() as body)):
            yield from terms(body)
        case Fraction(numerator=above) if head(node) is None:
            yield from terms(above)
        case Infix() if head(node) is None:
            for operand in node.operands:
                yield from _inside(operand)


# -- transposes


def is_transposed(node: Node) -> bool:
    """Whether a factor bears the mark of a transpose."""
    if isinstance(node, Name):
        return any(_is_mark(item.node) for item in items(node) if item.place == "^")
    return isinstance(node, Script) and node.sup is not None and _is_mark(node.sup)


def _is_mark(node: Node) -> bool:
    return isinstance(node, Name) and node.stem in TRANSPOSES and node.sub is None


def transposed(node: Node, mark: Node) -> Node:
    """A factor with the mark of a transpose, or without the one it has."""
    if is_transposed(node):
        return untransposed(node)
    match node:
        case Name(sup=None, primes=0):
            return replace(node, sup=mark)
        case Name(sup=Group(opening="(" | "<" | r"\langle") as step, primes=0):
            return replace(node, sup=Infix(("",), (step, mark)))
        case Group(body=Node() as body) if is_transposed(body):
            return replace(node, body=untransposed(body))
        case Group(opening="(" | "["):
            return Script(node, sup=mark)
        case Call() if _is_slice(node):
            return Script(node, sup=mark)
    return Script(bracketed(node), sup=mark)


def untransposed(node: Node) -> Node:
    """A factor that is transposed without its mark."""
    if isinstance(node, Script):
        inner = node.base
        plain = isinstance(inner, Group) and inner.body is not None and head(inner.body) is not None
        return inner.body if plain and isinstance(inner, Group) and inner.body is not None else inner
    assert isinstance(node, Name)
    return replace(node, sup=_without_mark(node.sup))


def _without_mark(sup: Node | None) -> Node | None:
    match sup:
        case Name() if _is_mark(sup):
            return None
        case Infix(operators=operators, operands=operands) if not any(operators):
            rest = [part for part in (_without_mark(operand) for operand in operands) if part is not None]
            return (
                rest[0]
                if len(rest) == 1
                else replace(sup, operators=("",) * (len(rest) - 1), operands=tuple(rest))
            )
        case Script(base=inner, sup=above) if above is not None and _without_mark(above) is None:
            return inner
    return sup

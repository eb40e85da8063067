"""Whether a part of a tree can be written in its place without brackets."""

from __future__ import annotations

from symrnn.notes.formula import (
    Accented,
    BigOperator,
    Call,
    Differential,
    Ellipsis,
    Fraction,
    Group,
    Infix,
    List,
    Matrix,
    Name,
    Node,
    Number,
    Root,
    Slice,
    Text,
    Unary,
)
from symrnn.notes.symbols import (
    ADD,
    COLON,
    COMMA,
    FUNCTIONS,
    GIVEN,
    LEVELS,
    NEXT,
    PHRASE,
    RELATION,
    SEMICOLON,
    TIMES,
)
from symrnn.notes.tree import children

ATOM = NEXT + 1
D_WORDS = ("d", r"\delta", r"\Delta")
LIST_LEVELS = {"": PHRASE, ";": SEMICOLON, ",": COMMA, "|": GIVEN}


def level(node: Node) -> int:
    """How loosely the outermost operator of a tree binds."""
    if isinstance(node, List):
        return LIST_LEVELS[node.separator]
    if isinstance(node, Slice):
        return COLON
    if isinstance(node, Unary):
        return ADD
    if isinstance(node, Infix):
        first = node.operators[0]
        return LEVELS.get(first, RELATION) if first else NEXT
    return ATOM


def takes_scripts(node: Node) -> bool:
    """Whether scripts can be hung on a node as it is."""
    if isinstance(node, Name):
        return not (node.sub or node.sup or node.primes)
    if isinstance(node, Call):
        return isinstance(node.argument, Group)
    return isinstance(node, Group | Number | Matrix | Fraction | Accented | Root | Ellipsis)


def fits(parent: Node, index: int, child: Node) -> bool:
    """Whether a part can stand in its place without brackets."""
    inner = level(child)
    match parent:
        case Infix():
            return _fits_between(parent, index, child)
        case List():
            return inner > LIST_LEVELS[parent.separator]
        case Slice():
            return inner >= ADD
        case Unary() | BigOperator():
            return inner >= TIMES or isinstance(child, Unary)
        case Call():
            return index == 0 or inner >= ATOM or (inner == NEXT and not _stops_argument(child))
    return inner >= ATOM and not isinstance(child, BigOperator)


def _fits_between(parent: Infix, index: int, child: Node) -> bool:
    outer, inner = level(parent), level(child)
    if isinstance(child, Text):
        return outer < TIMES
    before = parent.operators[index - 1] if index else None
    after = parent.operators[index] if index < len(parent.operators) else None
    if isinstance(child, Unary) and outer == TIMES and before not in (None, "", "/"):
        return level(child.body) >= NEXT and not (after is not None and _is_open(child, after))
    if before == "/" and inner == NEXT and not _is_divisor(parent.operands[index - 1], child):
        return False
    if outer <= ADD and isinstance(child, Unary):
        return outer < ADD or index == 0 or level(child.body) >= TIMES
    if inner <= outer:
        return False
    stopped = after == "" and isinstance(child, Call) and _stops(parent.operands[index + 1])
    return outer < TIMES or after is None or stopped or not _is_open(child, after)


def _is_open(node: Node, operator: str) -> bool:
    """Whether a node would take in what follows it after an operator of products."""
    match node:
        case BigOperator():
            return True
        case Infix(operands=(*_, last)):
            return level(node) >= TIMES and _is_open(last, operator)
        case Unary(body=body):
            return _is_open(body, operator)
        case Call(argument=argument) if not isinstance(argument, Group):
            return operator == "" or _is_open(argument, operator)
        case Differential(body=None):
            return operator == ""
        case Differential(body=Node() as body):
            return _is_open(body, operator)
    return False


def _is_divisor(numerator: Node, product: Node) -> bool:
    """Whether a slash would take all of a product."""
    first, *rest = children(product)
    if isinstance(first, Differential):
        return all(isinstance(factor, Differential) for factor in rest)
    if starts_with_d(numerator) and starts_with_d(first):
        return isinstance(first, Name) and first.stem in D_WORDS and len(rest) == 1
    both_numbers = isinstance(numerator, Number) and isinstance(first, Number)
    return not both_numbers and not any(_stops(factor) and not isinstance(factor, Group) for factor in rest)


def starts_with_d(node: Node) -> bool:
    """Whether something may be one side of a derivative: dL, d L, \\delta L."""
    if isinstance(node, Infix) and node.operators[0] == "":
        node = node.operands[0]
    return isinstance(node, Name) and (node.stem in D_WORDS or (node.stem[0] == "d" and node.stem.isalpha()))


def _stops_argument(product: Node) -> bool:
    """Whether a function without brackets would not take all of a product."""
    return any(map(_stops, children(product)[1:]))


def _stops(node: Node) -> bool:
    """Whether a factor does not belong to the argument, without brackets, of the function before it."""
    if isinstance(node, Call) and isinstance(node.head, Name):
        return node.head.stem in FUNCTIONS
    return isinstance(node, Fraction | BigOperator | Differential | Group)

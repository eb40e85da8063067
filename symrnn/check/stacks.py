r"""Vectors one above the other, as people write them: [h, x], concat(h, x), (h, x) behind a weight, [h^T, x^T]^T.

All are read as the first, a list in square brackets.
"""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.scripts import TRANSPOSES, is_shifted, is_step, items
from symrnn.notes.formula import Call, Group, Infix, List, Name, Node, Script, located
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement
from symrnn.notes.tree import children, with_children

Read = tuple[Math, tuple[Statement, ...]]
WORDS = {"concat", "concatenate", "cat", "stack", "vstack", "hstack", "concatenation"}
SIGNS = {r"\oplus", r"\frown", r"\smallfrown", "⊕"}
WEIGHT = "W"
INPUT = "x"


def stacked(found: list[Read]) -> list[Read]:
    """The statements, with what is stacked as lists in square brackets."""
    return [(math, tuple(_statement(s) for s in own)) for math, own in found]


def _statement(statement: Statement) -> Statement:
    sides = tuple(with_stacks(side) for side in statement.sides)
    return statement if sides == statement.sides else replace(statement, sides=sides)


def with_stacks(node: Node) -> Node:
    """A formula, with what is stacked as lists in square brackets."""
    below = tuple(with_stacks(child) for child in children(node))
    new = _one(with_children(node, below))
    if new is node or node.origin is None or new.origin is node.origin:
        return new
    return located(new, node.origin.text, node.origin.start, node.origin.end)


def _one(node: Node) -> Node:
    match node:
        case Call(head=Name() as name, argument=Group() as group) if name.stem.casefold() in WORDS:
            return _parts(group) or node
        case Call(head=Name(stem=stem) as name, argument=Group() as group) if stem == WEIGHT:
            argument = _tuple(group) or _side_by_side(group)
            return replace(node, argument=argument, origin=None) if argument else node
        case Script(base=Group() as group, sup=Name(stem=stem)) if stem in TRANSPOSES:
            base = _tuple(group) or _side_by_side(group)
            return replace(node, base=base, origin=None) if base else _turned_twice(group) or node
        case Script(base=Call(argument=Group() as group) as product, sup=Name(stem=stem)) if (
            stem in TRANSPOSES
        ):
            turned = _turned_twice(group)
            return replace(product, argument=turned, origin=None) if turned else node
        case Infix(operators=operators, operands=operands) if set(operators) <= SIGNS and _differ(operands):
            return Group("[", List(",", operands), "]")
        case Infix(operators=operators, operands=operands) if not set(operators) & {"+", "-", "="}:
            new = tuple(_operand(o) for o in operands)
            return with_children(node, new)
    return node


def _operand(node: Node) -> Node:
    return (_tuple(node) or _side_by_side(node) or node) if isinstance(node, Group) else node


def _parts(group: Group) -> Group | None:
    """The arguments of a function that stacks them."""
    if isinstance(group.body, List) and group.body.separator in (",", ";"):
        return Group("[", replace(group.body, separator=",", origin=None), "]")
    return None


def _tuple(group: Group) -> Group | None:
    """(h, x) as a factor."""
    if group.opening not in ("(", r"\{") or not isinstance(group.body, List):
        return None
    names = group.body.items
    return _parts(group) if len(names) > 1 and all(isinstance(n, Name) for n in names) else None


def _side_by_side(group: Group) -> Group | None:
    """[h_{t-1} x_t]: a state and the input are not multiplied."""
    match group.body:
        case Infix(operators=("" | r"\cdot",), operands=(Name() as first, Name() as second)) if (
            group.opening == "["
            and INPUT in (first.stem, second.stem)
            and first.stem != second.stem
            and _differ((first, second))
        ):
            return Group("[", List(",", (first, second)), "]")
    return None


def _turned_twice(group: Group) -> Group | None:
    r"""[h^T, x^T]^T."""
    if group.opening != "[" or not isinstance(group.body, List):
        return None
    parts = tuple(_transposed(item) for item in group.body.items)
    names = tuple(p for p in parts if p is not None)
    return Group("[", List(",", names), "]") if len(names) == len(parts) else None


def _transposed(node: Node) -> Node | None:
    """What a node is the transpose of, if it says that it is one."""
    match node:
        case Name(sup=Name(stem=stem)) if stem in TRANSPOSES:
            return replace(node, sup=None, origin=None)
        case Script(base=base, sub=None, sup=Name(stem=stem)) if stem in TRANSPOSES:
            return base
    return None


def _differ(operands: tuple[Node, ...]) -> bool:
    """Whether they are names at different steps, one of them shifted: h_{t-1} and x_t are never added."""
    names = [o for o in operands if isinstance(o, Name)]
    if len(names) != len(operands):
        return False
    steps = [[i.node for i in items(name) if is_step(i.node)] for name in names]
    shifted = [any(is_shifted(s) for s in own) for own in steps]
    return all(steps) and any(shifted) and not all(shifted)

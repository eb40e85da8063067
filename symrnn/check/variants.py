"""A claim as it may be meant, where it is written carelessly."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.heads import half, head
from symrnn.check.names import letters_of, quantities
from symrnn.check.scripts import is_step, items
from symrnn.check.stepping import ZERO
from symrnn.notes.formula import BigOperator, Differential, Fraction, Infix, Name, Node
from symrnn.notes.tree import children, walk, with_children


def completed_fraction(sides: tuple[Node, ...]) -> tuple[Node, ...] | None:
    r"""The sides with the \partial that a fraction lacks: \frac{\partial z}{h}; None if none lacks one."""
    changed = tuple(_completed(side) for side in sides)
    return changed if any(a is not b for a, b in zip(sides, changed, strict=True)) else None


def _completed(tree: Node) -> Node:
    missing = half(tree)
    if missing is not None and isinstance(tree, Fraction):
        if missing == "below":
            return replace(tree, denominator=Differential(r"\partial", body=tree.denominator))
        return replace(tree, numerator=Differential(r"\partial", body=tree.numerator))
    below = children(tree)
    return with_children(tree, tuple(_completed(child) for child in below)) if below else tree


def accumulated(sides: tuple[Node, ...]) -> tuple[Node, ...] | None:
    r"""dW = dW + x^T d: what a step adds to the gradient; None where nothing is added to itself."""
    if len(sides) != 2 or not isinstance(sides[1], Infix) or set(sides[1].operators) != {"+"}:
        return None
    first, *rest = sides[1].operands
    if first != sides[0]:
        return None
    return sides[0], rest[0] if len(rest) == 1 else Infix(sides[1].operators[1:], tuple(rest))


def summed(sides: tuple[Node, ...]) -> tuple[Node, ...] | None:
    r"""dJ_t/dW = \sum_t dJ_t/dW: the left side means the sum; None where a letter is not used twice."""
    found = head(sides[0])
    if found is None or not isinstance(found.top, Name):
        return None
    right = sides[1]
    if not isinstance(right, BigOperator) or right.symbol != r"\sum" or right.lower is None:
        return None
    if isinstance(right.lower, Infix) and len(right.lower.operators) > 1:
        return None  # 1 <= k <= t: its first letter is not what it runs over
    letters = set(letters_of(found.top.sub)) if found.top.sub is not None else set()
    letters |= set(letters_of(found.top.sup)) if found.top.sup is not None else set()
    bound = set(list(letters_of(right.lower))[:1])
    if not letters & bound or any(True for n in quantities(found.bottom) for x in _scripts(n) if x in bound):
        return None
    return (BigOperator(right.symbol, right.lower, right.upper, sides[0]), *sides[1:])


def up_to_the_last(sides: tuple[Node, ...]) -> tuple[Node, ...] | None:
    r"""dE/db = \sum_{j=1}^t d_j with t as the last step; None where t is said of anything else."""
    found = head(sides[0])
    sums = [node for side in sides[1:] for node in walk(side) if isinstance(node, BigOperator)]
    ends = [node for node in sums if node.upper == Name("t")]
    if found is None or not ends or not isinstance(found.top, Name) or not isinstance(found.bottom, Name):
        return None
    free = [n for side in sides for n in walk(side) if isinstance(n, Name) and n.stem == "t"]
    if len(free) != len(ends):
        return None
    return tuple(_ended(side) for side in sides)


def at_the_first(sides: tuple[Node, ...]) -> tuple[Node, ...] | None:
    r"""dh_0/dw = f'(a_0) x_t with t as step 0; None unless all else is at step 0, and t is written once."""
    scripts = [item for side in sides for n in quantities(side) for item in items(n) if is_step(item.node)]
    steps = [
        item.node for item in scripts if item.place == "_" or item.node in (ZERO, Name("t"))
    ]  # no powers
    if head(sides[0]) is None or steps.count(Name("t")) != 1 or set(steps) != {Name("t"), ZERO}:
        return None
    if not any(item.node == ZERO for n in quantities(sides[0]) for item in items(n)):
        return None
    return (sides[0], *(_at_zero(side) for side in sides[1:]))


def _at_zero(tree: Node) -> Node:
    if tree == Name("t"):
        return ZERO
    return with_children(tree, tuple(_at_zero(child) for child in children(tree)))


def _ended(tree: Node) -> Node:
    new = with_children(tree, tuple(_ended(child) for child in children(tree)))
    if isinstance(new, BigOperator) and new.upper == Name("t"):
        return replace(new, upper=Name("T"), origin=None)
    return new


def _scripts(name: Name) -> list[str]:
    return [x for script in (name.sub, name.sup) if script is not None for x in letters_of(script)]

r"""Functions of one variable that a document gives by a formula: \phi(z) = (e^z - 1) / (e^z + 1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from symrnn.check.functions import known_function
from symrnn.check.scripts import base
from symrnn.notes.formula import Call, Fraction, Group, Infix, Name, Node, Number, Root, Script, Unary
from symrnn.notes.tree import children, walk, with_children

CONSTANTS = ("e", r"\pi")
UNREAD = (r"\max", r"\min", "max", "min", "if", "otherwise")
PARTS = (Call, Fraction, Group, Infix, Number, Root, Script, Unary)  # of what is read as a formula


class Formula(NamedTuple):
    """What a function gives, as a formula of its variable."""

    variable: Name
    body: Node


def function_key(name: Name) -> str:
    """Which function is meant by a name: f, f_h."""
    return base(name) + ("_" + name.sub.stem if isinstance(name.sub, Name) else "")


def formula_of(sides: tuple[Node, ...]) -> tuple[str, Formula | None] | None:
    """The function that an equation gives by a formula of one letter and of functions that everybody knows.

    No formula is one that is not read: max(0, x), or that of several cases.
    """
    match sides[0]:
        case Call(
            head=Name(sup=None, primes=0) as function,
            argument=Group(opening="(", body=Name(sub=None, sup=None, primes=0) as variable),
        ) if not known_function(function.stem):
            bodies = [_with_exp(side) for side in sides[1:] if _is_closed(side, variable)]
            if bodies:
                return function_key(function), Formula(variable, bodies[0])
            if all(_is_about(side, variable) for side in sides[1:]):
                return function_key(function), None
    return None


def differentiated(trees: Iterable[Node]) -> set[str]:
    """The functions whose derivatives are written with a prime: f'(x)."""
    return {
        function_key(replace(node.head, primes=0))
        for tree in trees
        for node in walk(tree)
        if isinstance(node, Call) and isinstance(node.head, Name) and node.head.primes
    }


def _is_about(tree: Node, variable: Name) -> bool:
    """Whether a formula of cases speaks of its variable, and of no quantity."""
    names = [node for node in walk(tree) if isinstance(node, Name)]
    return variable in names and all(
        name.stem in (variable.stem, *UNREAD, *CONSTANTS) or known_function(name.stem) for name in names
    )


def _with_exp(tree: Node) -> Node:
    """The formula with exp(x) for e^x: e may be a quantity of the document."""
    match tree:
        case Name(stem="e", sup=Node() as power):
            return Call(Name(r"\exp"), Group("(", _with_exp(power), ")"))
    return with_children(tree, tuple(map(_with_exp, children(tree))))


def _is_closed(tree: Node, variable: Name) -> bool:
    """Whether a formula speaks of its variable, and of nothing else."""
    return _is_part(tree, variable) and any(node == variable for node in walk(tree))


def _is_part(tree: Node, variable: Name) -> bool:
    match tree:
        case Name(stem=stem, sub=None, primes=0, sup=sup) if stem in CONSTANTS:
            return sup is None or _is_part(sup, variable)
        case Name(sub=None, primes=0, sup=None | Number()):
            return replace(tree, sup=None, origin=None) == variable
        case Call(head=Name(sub=None, primes=0) as function, argument=argument):
            return known_function(function.stem) and _is_part(argument, variable)
    return isinstance(tree, PARTS) and all(_is_part(child, variable) for child in children(tree))

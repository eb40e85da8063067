"""What the author of a document calls the gradients and slopes that a derivation needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from symrnn.check.correct_probe import FAILURES, Probe, numbers
from symrnn.check.correct_vocabulary import written_as
from symrnn.check.edits_products import bracketed, is_sum
from symrnn.check.edits_vocabulary import Factors, Vocabulary, at, stepped, swapped
from symrnn.check.heads import gradient_by, head
from symrnn.check.jacobian import Jacobian, Layout
from symrnn.check.model import Model
from symrnn.check.products import Value
from symrnn.check.tensor import Array, Shape
from symrnn.field import P
from symrnn.notes.formula import (
    BigOperator,
    Call,
    Differential,
    Fraction,
    Group,
    Infix,
    Name,
    Node,
    Number,
    Script,
)
from symrnn.notes.tree import children, walk, with_children

Key = tuple[Shape, tuple[int, ...]]
SPOKEN = (Name, Fraction, Infix, Group, Differential, Call, Script)


def key_of(value: Value, layout: Layout | None = None) -> Key:
    """A value as something that can be looked up; a gradient in the shape of what it is taken by.

    Other derivatives are matrices where a layout is given.
    """
    array = value.full[0, 0] if isinstance(value, Jacobian) and value.is_gradient else numbers(value)
    if isinstance(value, Jacobian) and not value.is_gradient and layout is not None:
        matrix = value.matrix(layout)
        array = array if matrix is None else matrix.value
    return tuple(array.shape), tuple(int(x) for x in array.reshape(-1))


def _digits(array: Array) -> str:
    """The entries of an array modulo the prime, as something that can be looked up."""
    return repr((array % P).tolist())


def placed(tree: Node, letter: str, node: Node) -> Node:
    """A formula where a letter of a step is another step: h_k of h_t, h_{k-1} of h_{t-1}."""
    match tree:
        case Name(stem=stem, sub=None, sup=None) if stem == letter:
            return node
        case Infix(
            operators=(("+" | "-") as sign,),
            operands=(Name(stem=stem, sub=None, sup=None), Number(digits=digits)),
        ) if stem == letter and digits.isdecimal():
            return stepped(node, int(digits) if sign == "+" else -int(digits)) or tree
    below = children(tree)
    return with_children(tree, tuple(placed(c, letter, node) for c in below)) if below else tree


def shift_of(time: Node) -> tuple[str, int] | None:
    """The letter of a step and what is added to it; None for what is no such step."""
    match time:
        case Name(stem=stem, sub=None, sup=None):
            return stem, 0
        case Infix(
            operators=(("+" | "-") as sign,),
            operands=(Name(stem=stem, sub=None, sup=None), Number(digits=digits)),
        ) if digits.isdecimal():
            return stem, int(digits) if sign == "+" else -int(digits)
    return None


@dataclass
class Spelling:
    """The words of one claim, ``near``, and of its document, ``far``, with their values at one point."""

    model: Model
    probe: Probe
    words: Vocabulary
    near: Sequence[Node]
    far: Sequence[Node]
    env: Mapping[str, int]

    def value(self, node: Node) -> Value | None:
        """The value of a formula at the step of one term."""
        self.probe.evaluator.reading, self.probe.evaluator.first = self.probe.reading, False
        try:
            return self.probe.evaluator.value(node, self.env)
        except FAILURES:
            return None

    def shape(self, node: Node) -> Shape | None:
        """The shape of a formula there."""
        value = self.value(node)
        return None if value is None else key_of(value)[0]

    @cached_property
    def said(self) -> dict[Key, Node]:
        """The parts of the claim by their values, the outermost of equal ones."""
        found: dict[Key, Node] = {}
        for tree in self.near:
            for node in _parts(tree):
                value = self.value(node)
                if value is not None and len(key_of(value)[0]) == 2 and key_of(value)[0] != (1, 1):
                    found.setdefault(key_of(value), node)
        return found

    # -- gradients

    def gradient_said(self, truth: Jacobian) -> Node | None:
        """The part of the claim that is a gradient."""
        if truth.is_gradient and key_of(truth)[0] == (1, 1):
            return self._rates_said.get(key_of(truth))
        return self.said_as(truth) if truth.is_gradient else None

    @cached_property
    def _rates_said(self) -> dict[Key, Node]:
        """The derivatives by numbers that the claim names, by their values."""
        found: dict[Key, Node] = {}
        for tree in self.near:
            for node in _parts(tree):
                value = self.value(node) if self._bottom(node) is not None else None
                if value is not None and key_of(value)[0] == (1, 1):
                    found.setdefault(key_of(value), node)
        return found

    def said_as(self, value: Value) -> Node | None:
        """The part of the claim that has a value."""
        node = self.said.get(key_of(value))
        return bracketed(node) if node is not None and is_sum(node) else node

    def residual(self, truth: Jacobian, time: Node | None) -> Node | None:
        """The difference of two quantities that a gradient is: output - target, at a step if they have steps."""
        if not truth.is_gradient:
            return None
        wanted = truth.full[0, 0]
        found: dict[str, Node] = {}
        values: list[tuple[Node, Array]] = []
        for name in self.words.names.values():
            symbol = self.words.symbol(name)
            if symbol is None or len(symbol.times) != (time is not None):
                continue
            node = at(name, symbol.times, (time,)) if time is not None else name
            value = self.value(node)
            if value is not None and not isinstance(value, Jacobian) and value.shape == wanted.shape:
                values.append((node, value.value))
                found.setdefault(_digits(value.value), node)
        for first, entries in values:
            second = found.get(_digits(entries - wanted))
            if second is not None and second is not first:
                return bracketed(Infix(("-",), (first, second)))
        return None

    def gradient_called(self, truth: Jacobian, key: str, time: Node | None) -> Node | None:
        """What the document calls a gradient elsewhere."""
        for node, pattern in self._called.get(key, ()):
            moved = self._moved(node, pattern, time)
            value = self.value(moved) if moved is not None else None
            if moved is not None and value is not None and key_of(value) == key_of(truth):
                return moved
        return None

    @cached_property
    def _called(self) -> dict[str, list[tuple[Node, Node | None]]]:
        """The gradients that the document names: by what, and at what step."""
        found: dict[str, dict[Node, Node | None]] = {}
        for tree in (*self.near, *self.far):
            for node in walk(tree):
                bottom = self._bottom(node)
                symbol = self.words.symbol(bottom) if bottom is not None else None
                if symbol is not None and not symbol.entries and not symbol.transposed:
                    time = symbol.times[0] if len(symbol.times) == 1 else None
                    if isinstance(node, Name) and node is not bottom:
                        own = self.words.symbol(node)
                        time = own.times[0] if own is not None and own.times else time
                    found.setdefault(symbol.key, {}).setdefault(node, time)
        return {key: list(nodes.items()) for key, nodes in found.items()}

    def _bottom(self, node: Node) -> Name | None:
        """By what a part of a formula is a derivative."""
        given = head(node)
        if given is not None:
            return given.bottom if isinstance(given.bottom, Name) else None
        if isinstance(node, Name):
            symbol = self.words.symbol(node)
            group = self.model.definitions.get(symbol.key, ()) if symbol is not None else ()
            if group:
                return self._bottom(group[-1].body) if head(group[-1].body) is not None else None
            named = gradient_by(node)
            return named if isinstance(named, Name) else None
        return None

    def _moved(self, node: Node, pattern: Node | None, time: Node | None) -> Node | None:
        if pattern is None or time is None:
            return node
        shift = shift_of(pattern)
        if shift is None:
            return node if pattern == time else None
        base = stepped(time, -shift[1])
        return None if base is None else placed(node, shift[0], base)

    def gradient_coined(self, truth: Jacobian, quantity: Name | None, time: Node | None) -> Node | None:
        """A name that the document does not use, made like those that it does."""
        symbol = self.words.symbol(quantity) if quantity is not None else None
        if symbol is None or quantity is None:
            return None
        if symbol.times and time is not None:
            quantity = at(quantity, symbol.times, (time,) * len(symbol.times))
        for tree in (*self.near, *self.far):
            for node in walk(tree):
                given = head(node)
                if given is None or not isinstance(given.bottom, Name) or not isinstance(node, Fraction):
                    continue
                coined = swapped(node, given.bottom, quantity)
                value = self.value(coined)
                if value is not None and key_of(value) == key_of(truth):
                    return coined
        return None

    # -- slopes

    def slope(self, call: Call, quantity: Name | None, activation: str) -> Factors | None:
        """The derivative of a function as factors: as the claim has it, in the value if that has a name, or f'."""
        factors = written_as(call, quantity, activation)
        if factors is None:
            return None
        value = self.value(factors[0]) if len(factors) == 1 else None
        said = self.said.get(key_of(value)) if value is not None else None
        if said is not None:
            return (said if not is_sum(said) else bracketed(said),)
        return factors


def _parts(tree: Node) -> Iterator[Node]:
    """The parts of a formula that are said of something, the outer ones first, not those of a name or a head."""
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, SPOKEN):
            yield node
        if head(node) is not None or isinstance(node, Name):
            continue
        below = children(node)
        if isinstance(node, Call):
            below = below[1:]
        elif isinstance(node, BigOperator):
            below = (node.body,)
        elif isinstance(node, Script):
            below = (node.base,)
        waiting.extend(below)

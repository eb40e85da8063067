"""Formulas of a printed derivation in floating point: an evaluator that shares only the reader with symrnn check.

Every quantity is computed by its forward equation when it is asked for.  A derivative is that of the complex step
(Squire, Trapp, Using complex variables to estimate derivatives of real functions, 1998), exact to the last digits:
the quantity above is computed with a small imaginary part added to each entry of the one below, all of them at once.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace

import numpy as np
from float_arrays import FUNCTIONS, Value, beside, combined, divided, entry, scripted, stacked, times
from float_names import Key, Names, Quantity, Unfit, differential, without_d

from symrnn.notes.formula import (
    BigOperator,
    Call,
    Differential,
    Fraction,
    Group,
    Infix,
    List,
    Matrix,
    Name,
    Node,
    Number,
    Script,
    Slice,
    Unary,
)

TINY = 1e-30
Place = tuple[Key, int | None]


@dataclass
class Point:
    """Random parameters and data, and all that a document computes of them.

    ``forward`` are its equations by the quantity on their left: the step and the entry as they are written, and the
    right-hand side.  ``missing`` tells whether a step was asked for that does not exist since it was last set.
    """

    names: Names
    forward: dict[Key, list[tuple[Quantity, Node]]]
    missing: bool = False
    _drawn: dict[Place, Value] = field(default_factory=dict)
    _fixed: dict[Place, Value] = field(default_factory=dict)
    _known: dict[Place, Value] = field(default_factory=dict)
    _rates: dict[tuple[Place, Place, bool], Value] = field(default_factory=dict)

    def quantity(self, key: Key, step: int | None) -> Value:
        """The value of a quantity at a step; zero where the step does not exist. Raises Unfit."""
        place = key, step
        if place in self._fixed:
            return self._fixed[place]
        if step is not None and not self.exists(key, step):
            self.missing = True
            return np.zeros(self.names.shapes[key])
        if place not in self._known:
            self._known[place] = None
            self._known[place] = self._computed(key, step)
        if self._known[place] is None:
            raise Unfit  # it depends on itself
        return self._known[place]

    def _computed(self, key: Key, step: int | None) -> Value:
        names, shape = self.names, self.names.shapes[key]
        whole = np.zeros(shape, dtype=complex)
        batch: Value = None
        for left, body in self.forward.get(key, ()):
            env = self._matched(left, step)
            if env is None or (left.time is not None and step is not None and (key, step) in names.initial):
                continue
            value = self.value(body, env)
            if not left.entry:
                return value
            batch = value[..., 0, 0]
            if whole.ndim < batch.ndim + 2:
                whole = np.broadcast_to(whole, (*batch.shape, *shape)).copy()
            whole[..., left.entry[0], left.entry[1] if len(left.entry) > 1 else 0] = batch
        return self._random((key, step)) if batch is None else whole

    def exists(self, key: Key, step: int) -> bool:
        """Whether a quantity has a value at a step."""
        if (key, step) in self.names.initial:
            return True
        exact = any(left.time == Number(str(step)) for left, _ in self.forward.get(key, ()))
        letters = (left.time.stem for left, _ in self.forward.get(key, ()) if isinstance(left.time, Name))
        first = 0 if key in self.names.given else 1
        return exact or first <= step <= self.names.last[next(letters, "t")]

    def _matched(self, left: Quantity, step: int | None) -> dict[str, int] | None:
        """The step that the letter of an equation is, or None if the equation is about another."""
        if isinstance(left.time, Name) and step is not None:
            return {left.time.stem: step}
        return {} if (None if left.time is None else self.names.step(left.time, {})) == step else None

    def _random(self, place: Place) -> Value:
        if place not in self._drawn:
            key, _ = place
            drawn = np.random.default_rng(zlib.crc32(repr(place).encode())).normal(
                size=self.names.shapes[key]
            )
            if key[1] == "y" and key in self.names.given and self.names.summing:
                drawn = np.exp(drawn) / np.exp(drawn).sum()
            self._drawn[place] = drawn
        return self._drawn[place]

    def rate(self, above: Place, below: Place, direct: bool = False) -> Value:
        """The derivative of a number, shaped like what it is taken by, or the Jacobian matrix of a column.

        A ``direct`` one holds all else of that step fixed.
        """
        at = (above, below, direct)
        if at not in self._rates:
            self._rates[at] = self._rate(above, below, direct)
        return self._rates[at]

    def _rate(self, above: Place, below: Place, direct: bool) -> Value:
        shapes = self.names.shapes
        rows, columns = shapes[below[0]]
        if any(step is not None and not self.exists(key, step) for key, step in (above, below)):
            return np.zeros((rows, columns))
        base = self.quantity(*below)
        size = rows * columns
        moved = base + 1j * TINY * np.eye(size).reshape(size, rows, columns)
        fixed = {below: moved}
        if direct and below[1] is not None:
            fixed |= {(k, below[1]): self.quantity(k, below[1]) for k in shapes if k[3] and k != below[0]}
        known, self._known, self._fixed = self._known, {}, fixed
        try:
            changed = np.broadcast_to(self.quantity(*above), (size, *shapes[above[0]])).imag / TINY
        finally:
            self._known, self._fixed = known, {}
        if shapes[above[0]] == (1, 1):
            return changed.reshape(rows, columns)
        if shapes[above[0]][1] == columns == 1:
            return changed[:, :, 0].T
        raise Unfit

    # -- formulas

    def value(self, node: Node, env: dict[str, int], entries: frozenset[str] = frozenset()) -> Value:
        """The value of a formula, where letters are steps; ``entries`` go through the entries. Raises Unfit."""
        match node:
            case Number(digits=digits):
                return float(digits)
            case Name() if not self._is_known(node, entries) and self.is_gradient(node):
                return self._gradient(None, without_d(node), env)
            case Name():
                return self._name(node, env, entries)
            case Group(opening="[", body=Infix(operators=(relation,), operands=operands)) if (
                relation in "=<>"
            ):
                return self._indicator(relation, *operands, env)
            case Group(opening="[", body=List(items=parts)):
                return stacked([self.value(part, env) for part in parts])
            case Group(body=Node() as body):
                return self.value(body, env, entries)
            case Unary(operator="-", body=body):
                return -self.value(body, env, entries)
            case Differential(sub=Name() as below, body=Node() as above):
                return self._gradient(above, below, env)
            case Fraction(
                numerator=Differential(sup=Name(stem="+")) as above, denominator=Differential(body=below)
            ):
                return self._gradient(above.body, below, env, True)
            case Fraction(numerator=above, denominator=below):
                top, bottom = differential(above), differential(below)
                if bottom is not None:
                    return self._gradient(top, bottom, env)
                return divided(self.value(above, env, entries), self.value(below, env, entries))
            case Infix(operators=operators, operands=operands):
                return self._infix(operators, operands, env, entries)
            case BigOperator():
                return self._big(node, env, entries)
            case Matrix(rows=rows):
                return stacked(
                    [beside([self.value(cell, env) for cell in row if cell is not None]) for row in rows]
                )
            case Script(sub=Slice(start=Node() as start, stop=Node() as stop), sup=sup):
                whole = self.value(replace(node, sub=None, sup=None), env, entries)
                rows = whole[..., self.names.size(start) - 1 : self.names.size(stop), :]
                return rows if sup is None else scripted(rows, sup)
            case Script(base=base, sub=None, sup=None):
                return self.value(base, env, entries)
            case Script(base=Call(head=head, argument=argument), sup=Node() as sup) if not _is_function(head):
                last = scripted(self.value(argument, env, entries), sup)
                return times(self.value(head, env, entries), last, bool(entries))
            case Script(base=base, sub=None, sup=Node() as sup):
                return scripted(self.value(base, env, entries), sup)
            case Call(head=Name() as head, argument=argument) if _is_function(head):
                function = FUNCTIONS[head.stem + "'" * head.primes]
                found = function(self.value(argument, env, entries))
                return found if head.sup is None else scripted(found, head.sup)
            case Call(head=head, argument=argument):
                return times(
                    self.value(head, env, entries), self.value(argument, env, entries), bool(entries)
                )
        raise Unfit

    def is_gradient(self, name: Name) -> bool:
        """Whether a name is dW, and W is known."""
        return len(name.stem) > 1 and name.stem[0] == "d" and self._is_known(without_d(name), frozenset())

    def _is_known(self, name: Name, entries: frozenset[str]) -> bool:
        try:
            self.names.read(name, entries)
        except Unfit:
            return False
        return True

    def _place(self, found: Quantity, env: dict[str, int]) -> Place:
        return found.key, None if found.time is None else self.names.step(found.time, env)

    def _name(self, name: Name, env: dict[str, int], entries: frozenset[str]) -> Value:
        found = self.names.read(name, entries)
        value = entry(self.quantity(*self._place(found, env)), found)
        value = value**found.power if found.power != 1 else value
        return np.swapaxes(value, -1, -2) if found.transposed else value

    def _gradient(
        self, above: Node | None, below: Node | None, env: dict[str, int], direct: bool = False
    ) -> Value:
        """A derivative; without the quantity ``above``, that of the loss. Raises Unfit."""
        if not isinstance(below, Name) or not (above is None or isinstance(above, Name)):
            raise Unfit
        bottom = self.names.read(below)
        if above is None:
            if self.names.loss is None:
                raise Unfit
            top = self.names.loss, None
        else:
            top = self._place(self.names.read(above), env)
        value = entry(self.rate(top, self._place(bottom, env), direct), bottom)
        return np.swapaxes(value, -1, -2) if bottom.transposed else value

    def _indicator(self, relation: str, left: Node, right: Node, env: dict[str, int]) -> Value:
        """[t = T], or of every entry [a > 0]."""
        if relation == "=":
            return float(self.names.step(left, env) == self.names.step(right, env))
        a, b = self.value(left, env), self.value(right, env)
        return np.where(np.real(a - b) > 0 if relation == ">" else np.real(a - b) < 0, 1.0, 0.0)

    def _infix(
        self,
        operators: tuple[str, ...],
        operands: tuple[Node, ...],
        env: dict[str, int],
        entries: frozenset[str],
    ) -> Value:
        values: list[tuple[str, Value]] = []
        waiting = list(zip(("", *operators), operands, strict=True))
        while waiting:
            operator, operand = waiting.pop(0)
            if operand == Name("d") and waiting and not self._is_known(Name("d"), entries):  # d\tilde{c}
                values.append((operator, self._gradient(None, waiting.pop(0)[1], env)))
            else:
                values.append((operator, self.value(operand, env, entries)))
        result = values[0][1]
        for operator, value in values[1:]:
            result = combined(operator, result, value, bool(entries))
        return result

    def _big(self, node: BigOperator, env: dict[str, int], entries: frozenset[str]) -> Value:
        match node:
            case BigOperator(symbol=r"\sum", lower=Name(stem=letter), upper=None, body=body):
                inner = self.value(body, env, entries | {letter})
                return np.sum(inner, (-1, -2), keepdims=True)
            case BigOperator(
                lower=Infix(operators=("=",), operands=(Name(stem=letter), low)), upper=Node() as high
            ):
                numbers = list(range(self.names.step(low, env), self.names.step(high, env) + 1))
            case BigOperator(lower=Infix(operators=(left, right), operands=(high, Name(stem=letter), low))):
                top = self.names.step(high, env) - (left == ">")
                numbers = list(range(top, self.names.step(low, env) - (right != ">"), -1))
            case _:
                raise Unfit
        parts = [self.value(node.body, {**env, letter: number}, entries) for number in numbers]
        if node.symbol == r"\sum":
            return sum(parts[1:], parts[0]) if parts else 0.0
        result: Value = 1.0
        for part in parts:
            result = times(result, part, False)
        return result


def _is_function(head: Node) -> bool:
    return isinstance(head, Name) and head.stem + "'" * head.primes in FUNCTIONS

"""The value of a formula at one random point of the model of its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from symrnn.check.arrays import matrix, script, stacked
from symrnn.check.calls import call
from symrnn.check.definition import Seed, Unsupported
from symrnn.check.derivatives import derivative_of, gradient, loss_at, share
from symrnn.check.factors import product
from symrnn.check.functions import known_function
from symrnn.check.heads import head, named_by, share_of
from symrnn.check.indices import bound, indices_of, repeated, unbound_steps
from symrnn.check.jacobian import Label
from symrnn.check.lookup import NEXT, label_of, resolve, value_of
from symrnn.check.names import Symbol, base
from symrnn.check.products import Value, as_tensor, minus, over
from symrnn.check.reading import Reading
from symrnn.check.scope import scoped
from symrnn.check.series import NEUTRAL_SUMS, einstein, series, sum_of_terms
from symrnn.check.tensor import Tensor, negative, number, times, total
from symrnn.field import P
from symrnn.notes.formula import (
    Accented,
    Annotated,
    BigOperator,
    Call,
    Differential,
    EvaluationBar,
    Fraction,
    Group,
    Infix,
    List,
    Matrix,
    Name,
    Node,
    Number,
    Root,
    Script,
    Unary,
)

if TYPE_CHECKING:
    from symrnn.check.world import World

PLAIN = Reading()


@dataclass
class Evaluator:
    """Evaluates the formulas of one document under one reading; ``notes`` are the liberties that it took."""

    world: World
    reading: Reading = PLAIN
    notes: set[str] = field(default_factory=set)
    loss: Label | None = None
    within: Seed | None = None
    first: bool = False
    ranges: Mapping[str, range] = field(default_factory=dict)  # which entries a free index counts
    own: tuple[Label, Label] | None = None  # what the left side is the derivative of, and by
    gates: list[str] = field(default_factory=list)  # by what gradients were taken, if an activation gives it
    shape_hint: tuple[int, int] | None = None  # of what a function gives that is only named
    wanted: tuple[int, int] | None = None  # the shape of the left side
    terms: int = 1  # of the sums that are being evaluated, all together
    variable: tuple[str, Tensor] | None = None  # a letter that is a variable of its own, and its value

    def plain(self) -> Evaluator:
        """An evaluator of what stands in the definitions of the same model."""
        return Evaluator(self.world)

    def seeded(self, seed: Seed) -> Evaluator:
        """An evaluator of what is differentiated, under the same reading."""
        return Evaluator(self.world, self.reading, self.notes, self.loss, seed)

    def varying(self, name: Name, value: Tensor) -> Evaluator:
        """An evaluator in which a name is a variable of its own, under the same reading."""
        return Evaluator(self.world, self.reading, self.notes, self.loss, variable=(base(name), value))

    def value(self, node: Node, env: Mapping[str, int]) -> Value:
        """The value of a formula where its letters stand for the numbers of ``env``.

        Raises Mismatch, Undefined, OutOfRange, Unsupported.
        """
        self.world.meter.spend()
        found = head(node)
        if found is not None:
            return derivative_of(self, found, env)
        match node:
            case Name():
                if share_of(node)[1]:
                    return share(self, node, env)
                inner = named_by(node)
                if inner is not None and self.world.lexicon.read(node).key not in self.world.definitions:
                    return gradient(self, inner, env)
                return value_of(self, node, env)
            case Number(digits=digits):
                return _number(digits)
            case Group(opening="[", body=List(items=items)):
                lying = self.reading.lying == "all" and self.within is None
                return stacked([self.tensor(item, env) for item in items], self.wanted, lying)
            case Group(opening="[", body=Infix(operators=("=",), operands=(left, right))):
                return number(int(self.world.step(left, env) == self.world.step(right, env)))
            case Group(
                opening="[", body=Infix(operators=(">" | "<" as order,), operands=(left, Number(digits="0")))
            ):
                value = self.tensor(left, env)  # Iverson's bracket: 1 where it holds
                return self.world.functions.apply("step", value if order == ">" else negative(value))
            case Group(opening=r"\|" | r"\lVert" | "‖", body=body) if body is not None:
                value = self.tensor(body, env)
                return self.world.functions.apply("sqrt", total(times(value, value)))
            case Group(opening="(" | "[" | r"\{" | "{", body=List(separator="|", items=items)):
                return stacked([self.tensor(item, env) for item in items])
            case Group(opening="(" | "[" | r"\{" | "{" | ".", body=body) if body is not None:
                return self.value(body, env)
            case Unary(operator=operator, body=body):
                signed = self.value(body, env)
                return minus(signed) if operator == "-" else signed
            case Infix(operators=operators) if set(operators) <= {"+", "-"}:
                return sum_of_terms(self, node, env)
            case Infix():
                return product(self, node, env)
            case BigOperator(symbol=r"\sum" | "∑"):
                return series(self, node, env, "+")
            case BigOperator(symbol=r"\prod" | "∏"):
                factors = scoped(self.world.lexicon, node)
                return series(self, node, env, "*") if factors is None else product(self, factors, env)
            case Fraction(numerator=above, denominator=below):
                return over(
                    self.value(above, env), self.tensor(below, env), self.reading.layout, self.notes.add
                )
            case Call():
                return call(self, node, env)
            case EvaluationBar(body=body, sub=Name(stem=stem), sup=None) if head(body) and stem in env:
                at_step = self.reading._replace(
                    context="copies"
                )  # what the parameter of one step contributes
                own = Evaluator(self.world, at_step, self.notes, self.loss, first=self.first)
                return own.value(body, {**env, "t": env[stem], "@": env[stem]})
            case Script():
                return script(self, node, env)
            case Accented(body=body) | Annotated(body=body):
                return self.value(body, env)
            case Root(body=body, index=None):
                return self.world.functions.apply("sqrt", self.tensor(body, env))
            case Matrix():
                return matrix(self, node, env)
            case Differential(symbol=r"\nabla", sub=None, sup=None, body=Name() as name) if (
                name.sub or name.sup
            ):
                return gradient(self, name, env)  # \nabla W_h: by W_h
            case Differential(body=None):
                raise Unsupported(f"{node.symbol} of nothing", node)
        raise Unsupported(f"cannot read {type(node).__name__.lower()} {node.text[:40]}", node)

    def tensor(self, node: Node, env: Mapping[str, int]) -> Tensor:
        """The value of a formula as a matrix."""
        return as_tensor(self.value(node, env), self.reading.layout, self.notes.add)

    # -- what its users ask for besides

    def resolve(self, name: Name) -> Symbol:
        """What a name stands for among the quantities of the model. Raises Undefined."""
        return resolve(self, name)

    def label(self, symbol: Symbol, env: Mapping[str, int]) -> Label:
        """The quantity at its steps; a step that goes unsaid is the current one."""
        return label_of(self, symbol, env)

    def indices(self, node: Node) -> dict[str, range]:
        """The letters that stand for entries in a formula, and which entries each counts; bound ones left out."""
        return indices_of(self, node)

    def bound(self, node: BigOperator) -> tuple[str, ...]:
        """The letters that a sum binds."""
        return bound(node)

    def unbound_steps(self, node: Node, env: Mapping[str, int]) -> Iterator[str]:
        """The letters of steps that a formula reads, the current step last."""
        return unbound_steps(self, node, env)

    def repeated(self, node: Node, env: Mapping[str, int]) -> list[str]:
        """The indices of a term that nothing binds, if repeated indices are summed."""
        return repeated(self, node, env)

    def einstein(self, node: Node, env: Mapping[str, int]) -> Value:
        """The sum of a term over its repeated indices."""
        return einstein(self, node, env)

    def loss_at(self, env: Mapping[str, int]) -> Label:
        """The loss, or what stands for it where only one step counts."""
        return loss_at(self, env)


def _number(digits: str) -> Tensor:
    whole, _, decimals = digits.partition(".")
    if not (whole + decimals).isdecimal():
        raise Unsupported(f"no number: {digits}")
    scale = pow(10, -len(decimals), P) if decimals else 1
    return number(int((whole + decimals)[:40]) * scale)


def with_variable(world: World, reading: Reading, name: Name) -> Evaluator:
    """An evaluator in which one letter is a variable of its own."""
    value = np.array([[world.functions.field.atom("variable", base(name))]], dtype=object)
    return Evaluator(world, reading, variable=(base(name), Tensor(value)))


__all__ = ["NEUTRAL_SUMS", "NEXT", "Evaluator", "Reading", "known_function", "with_variable"]

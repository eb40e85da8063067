"""The true derivative in the notation of a document: a term for every equation that reads the quantity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from symrnn.check.adjoint_names import Spelling, placed, shift_of
from symrnn.check.correct_probe import FAILURES
from symrnn.check.correct_vocabulary import activation
from symrnn.check.definition import Definition
from symrnn.check.edits_products import bracketed, infix, is_sum
from symrnn.check.edits_vocabulary import Factors, at, stepped
from symrnn.check.jacobian import Label, chained
from symrnn.check.names import quantities
from symrnn.check.reverse import Adjoint, NoRule, Reverse
from symrnn.notes.formula import Call, Group, Infix, Name, Node, Unary

DEPTH = 4  # how many equations are gone through to a gradient that has a name
CLAIM, RESIDUAL, DOCUMENT, COINED, STEP = 0.0, 1.0, 2.0, 6.0, 0.5  # what names cost, the nearest least
Path = frozenset[Label]


@dataclass
class Adjoints:
    """Reverse mode on the definitions in force; ``top`` is what is differentiated, ``letter`` the current step's."""

    spelling: Spelling
    top: Label
    letter: str
    diagonal: Name | None = None
    depth: int = DEPTH
    _found: dict[tuple[Label, int, Node | None], Adjoint | None] = field(default_factory=dict)

    def gradient(self, label: Label, time: Node | None, depth: int, path: Path) -> Adjoint | None:
        """The derivative by a quantity as the author calls it, or would. Raises NoRule; None if it is zero."""
        if label == self.top:
            return Adjoint()
        key = (label, depth, time)
        if key not in self._found:
            try:
                truth = self.spelling.probe.evaluator.world.derivative(self.top, label)
            except FAILURES as failure:
                raise NoRule from failure
            self._found[key] = None
            if truth.full.any():
                said = self.spelling.gradient_said(truth)
                if said is not None:
                    self._found[key] = Adjoint((said,), cost=CLAIM)
                else:
                    options = self._options(label, time, depth, path)
                    self._found[key] = min(options, key=lambda option: option.cost, default=Adjoint(cost=-1))
        found = self._found[key]
        if found is not None and found.cost < 0:
            raise NoRule
        return found

    def _options(self, label: Label, time: Node | None, depth: int, path: Path) -> Iterator[Adjoint]:
        """The ways to say a gradient that the claim itself has no name for."""
        truth = self.spelling.probe.evaluator.world.derivative(self.top, label)
        terms: list[Adjoint] = []
        if depth and label not in path:
            try:
                terms = list(self.contributions(label, time, depth - 1, path | {label}))
            except NoRule:
                terms = []
        cost = sum(term.cost for term in terms) + STEP
        if len(terms) == 1:
            yield replace(terms[0], cost=cost)
        elif terms:
            yield Adjoint((bracketed(self.total(terms)),), cost=cost)
        residual = self.spelling.residual(truth, time)
        if residual is not None:
            yield Adjoint((residual,), cost=RESIDUAL)
        called = self.spelling.gradient_called(truth, label.key, time)
        if called is not None:
            yield Adjoint((called,), cost=DOCUMENT)
        elif cost > COINED or not terms:
            coined = self.spelling.gradient_coined(truth, self._name(label.key), time)
            if coined is not None:
                yield Adjoint((coined,), cost=COINED)

    def _name(self, key: str) -> Name | None:
        return self.spelling.words.names.get(key)

    def total(self, terms: list[Adjoint]) -> Node:
        """The sum of terms, one with a plus first."""
        sign = self.spelling.words.elementwise
        ordered = sorted(terms, key=lambda term: term.negative)
        nodes = [term.node(sign) for term in ordered]
        first = (
            Unary("-", bracketed(nodes[0]) if is_sum(nodes[0]) else nodes[0])
            if ordered[0].negative
            else nodes[0]
        )
        return infix(["-" if term.negative else "+" for term in ordered[1:]], [first, *nodes[1:]])

    # -- the equations that read a quantity

    def terms(self, label: Label, time: Node | None) -> Iterator[Adjoint]:
        """The terms of the derivative by a quantity, in the layout of the reading. Raises NoRule."""
        turn = self.diagonal is not None and self.spelling.probe.reading.layout.jacobian == "numerator"
        for term in self.contributions(label, time, self.depth, frozenset({label})):
            yield self._rules(Name("-"), None).turned(term) if turn else term

    def contributions(self, label: Label, time: Node | None, depth: int, path: Path) -> Iterator[Adjoint]:
        """The terms of the derivative by a quantity, one for every place where it is read. Raises NoRule."""
        model = self.spelling.model
        for key, group in model.definitions.items():
            definition = group[-1]
            bases = dict.fromkeys(self._bases(definition, label, time))
            for base in bases:
                yield from self._through(key, definition, base, label, (depth, path))

    def _bases(self, definition: Definition, label: Label, time: Node | None) -> Iterator[tuple[str, Node]]:
        """What the letter of a definition's step must be for it to read a quantity at a step."""
        own = shift_of(definition.times[0]) if definition.times else None
        for name in quantities(definition.body):
            symbol = self.spelling.words.symbol(name)
            if symbol is None or symbol.key != label.key:
                continue
            if not label.times:
                yield (own[0] if own else "t"), Name(self.letter)
                continue
            shift = shift_of(symbol.times[0]) if symbol.times else ((own or ("t", 0))[0], 0)
            base = stepped(time, -shift[1]) if shift is not None and time is not None else None
            if shift is not None and base is not None:
                yield shift[0], base

    def _through(
        self, key: str, definition: Definition, base: tuple[str, Node], label: Label, rest: tuple[int, Path]
    ) -> Iterator[Adjoint]:
        letter, node = base
        model, world = self.spelling.model, self.spelling.probe.evaluator.world
        arity = model.lexicon.arity.get(key, 0)
        if arity > 1:
            raise NoRule
        moment = placed(definition.times[0], letter, node) if definition.times else node
        reader = Label(key, (world.step(moment, self.spelling.env),) * arity)
        if reader == label or not self._exists(reader):
            return
        try:
            moment_said = moment if arity else None
            yield from [*self._by_rules(key, definition, (letter, node), (reader, moment_said), label, rest)]
        except NoRule:
            yield from self._by_value(reader, label, moment if label.times else None)

    def _by_rules(
        self,
        key: str,
        definition: Definition,
        base: tuple[str, Node],
        reader: tuple[Label, Node | None],
        label: Label,
        rest: tuple[int, Path],
    ) -> Iterator[Adjoint]:
        """What the equation of a quantity hands on. Raises NoRule."""
        handed = self.gradient(*reader, *rest)
        if handed is None:
            return
        body = placed(definition.body, *base)
        name = self._name(key)
        symbol = self.spelling.words.symbol(name) if name is not None else None
        if name is not None and symbol is not None and symbol.times:
            name = at(name, symbol.times, (reader[1] or base[1],) * len(symbol.times))
        for occurrence, adjoint in self._rules(body, name).pull(body, handed, body):
            if self._label(occurrence) == label:
                yield adjoint

    def _by_value(self, reader: Label, label: Label, time: Node | None) -> Iterator[Adjoint]:
        """What a softmax hands on to its argument: output - target. Raises NoRule."""
        world = self.spelling.probe.evaluator.world
        try:
            outer = world.derivative(self.top, reader)
            chain = chained(outer, world.derivative(reader, label, "direct"))
        except FAILURES as failure:
            raise NoRule from failure
        match self.spelling.residual(chain[0], time) if chain is not None else None:
            case Group(body=Infix(operands=(first, second))):
                yield Adjoint((first,))
                yield Adjoint((second,), negative=True)
            case _:
                raise NoRule

    def _exists(self, label: Label) -> bool:
        try:
            self.spelling.probe.evaluator.world.quantity(label)
        except FAILURES:
            return False
        return True

    def _label(self, name: Name) -> Label | None:
        evaluator = self.spelling.probe.evaluator
        try:
            symbol = evaluator.resolve(name)
            return None if symbol.entries else evaluator.label(symbol, self.spelling.env)
        except FAILURES:
            return None

    def _rules(self, body: Node, name: Name | None) -> Reverse:
        spelling = self.spelling

        def slope(call: Call, whole: Node) -> Factors:
            if not isinstance(call.head, Name):
                raise NoRule
            function = activation(call.head, spelling.model, spelling.probe.choice.activation)
            found = spelling.slope(call, name if call is whole else None, function)
            if found is None:
                raise NoRule
            return found

        def renamed(adjoint: Adjoint) -> Adjoint:
            value = spelling.value(adjoint.node(spelling.words.elementwise)) if adjoint.factors else None
            said = spelling.said_as(value) if value is not None else None
            return adjoint if said is None else Adjoint((said,), negative=adjoint.negative, cost=CLAIM)

        return Reverse(
            spelling.words, spelling.shape, slope, renamed, spelling.probe.reading.star, self.diagonal
        )

"""The model in force at a place of a document: its definitions, completed, with all shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from symrnn.check.aliases import aliases_of
from symrnn.check.definition import Choice, Definition, OutOfRange, Undefined, Unsupported
from symrnn.check.flow import lagged_keys, leading_keys
from symrnn.check.formulas import function_key
from symrnn.check.functions import CROSS_ENTROPY, SOFTMAX, known
from symrnn.check.jacobian import Label
from symrnn.check.kinds import has_derivative
from symrnn.check.meter import Meter
from symrnn.check.names import Lexicon, base, quantities
from symrnn.check.relations import NONE, Relations
from symrnn.check.selection import Definitions, is_useless, select
from symrnn.check.shaping import Shapes, shaped
from symrnn.check.stacking import blocks_of
from symrnn.check.standins import any_function, is_stand_in, parameters_of
from symrnn.check.tensor import Mismatch
from symrnn.check.understand import Document
from symrnn.check.world import CIRCLE, World
from symrnn.field import NoSuchElement
from symrnn.notes.formula import Call, Name, Number
from symrnn.notes.tree import walk

STEPS = 4
AS_WRITTEN = Choice()
PROBLEMS = (Mismatch, Undefined, Unsupported, NoSuchElement, RecursionError, ValueError, IndexError)


@dataclass(eq=False)
class Model:
    """Definitions that go together, with what was added to make them whole."""

    lexicon: Lexicon
    definitions: Definitions
    shapes: Shapes
    normalised: frozenset[str]
    lagged: Mapping[str, int]
    leading: Mapping[str, int]
    loss: Label | None
    steps: int = STEPS
    row: bool = False
    # what the document defines in a way that could not be evaluated -> why
    dropped: dict[str, str] = field(default_factory=dict)
    # what any function stands for instead -> the parameters that its definition reads
    stood: dict[str, frozenset[str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # the letters of sizes, in numbers
    relations: Relations = NONE
    aliases: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, dict[str, slice]] = field(default_factory=dict)
    stacked: dict[str, int] = field(default_factory=dict)
    gradients: dict[object, object] = field(default_factory=dict)  # see symrnn.check.gradients
    _lengths: dict[int, Model] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)
    _worlds: dict[tuple[Choice, int], World] = field(default_factory=dict)

    def world(self, choice: Choice = AS_WRITTEN, seed: int = 1) -> World:
        """The model at a random point."""
        if (choice, seed) not in self._worlds:
            self._worlds[choice, seed] = World(
                self.lexicon,
                self.definitions,
                self.shapes,
                self.steps,
                self.normalised,
                choice,
                seed,
                self.lagged,
                self.leading,
                self.generic,
                self.blocks,
                self.stacked,
                self.aliases,
                self.sizes,
                self.relations,
                self.meter,
                self.loss,
                self.row,
            )
        return self._worlds[choice, seed]

    def extended(self, definition: Definition) -> Model:
        """The model with one more name; what was computed stays."""
        definitions = {**self.definitions, definition.key: (definition,)}
        self.lexicon.arity[definition.key] = 1
        other = replace(self, definitions=definitions, _worlds={}, _lengths={})
        for key, world in self._worlds.items():
            other._worlds[key] = world.extended(definitions)
        return other

    def at_length(self, steps: int) -> Model:
        """The model of a sequence of another length."""
        if steps not in self._lengths:
            self._lengths[steps] = replace(self, steps=steps, gradients={}, _worlds={}, _lengths={})
        return self._lengths[steps]

    @cached_property
    def generic(self) -> frozenset[str]:
        """The functions that are only named; sigma too, where the document has no other activation."""
        heads = {
            base(node.head): node.head
            for group in self.definitions.values()
            for definition in group
            for node in walk(definition.body)
            if isinstance(node, Call) and isinstance(node.head, Name)
        }
        unknown = {
            key
            for key, name in heads.items()
            if known(name.stem) is None
            and not self.lexicon.formulas.get(function_key(name))
            and name.stem.removeprefix("\\") not in SOFTMAX | CROSS_ENTROPY | {"diag"}
        }
        others = {known(name.stem) for name in heads.values()} & {"tanh", "sigmoid", "relu"}
        return frozenset(unknown - {r"\sigma"} if others else unknown)


def build(
    document: Document,
    position: int,
    *,
    first: bool = False,
    scalar: bool = False,
    case: Definition | None = None,
) -> Model:
    """The model at a place, completed by what everybody would add: a loss, an output, a target.

    ``case`` is what the document says of its loss in a special case, where that is meant.
    """
    chosen = select(document, position, first, case)
    key = (scalar, len(document.definitions), *(id(d) for group in chosen.values() for d in group))
    if key not in document.models:
        document.models[key] = _build(document, chosen, scalar)
    model = document.models[key]
    assert isinstance(model, Model)
    return model


def _build(document: Document, definitions: Definitions, scalar: bool) -> Model:
    """The model without what cannot be evaluated: an earlier definition takes its place, if there is one."""
    lexicon = document.lexicon
    dropped: dict[str, str] = {}
    stood: dict[str, frozenset[str]] = {}
    for _ in range(2 * len(definitions) + 8):
        model = _assembled(document, dict(definitions), scalar)
        bad = _unevaluable(model)
        if bad is None:
            model.dropped, model.stood = dropped, stood
            return model
        key, reason = bad
        group = definitions.pop(key, ())
        stood.pop(key, None)
        if not group:
            continue
        dropped.setdefault(key, reason)
        earlier = [
            d
            for d in document.definitions
            if d.key == key and d.position < group[-1].position and not is_useless(lexicon, d)
        ]
        instead = any_function(lexicon, group[-1])
        if earlier and not is_stand_in(group[-1]):
            definitions[key] = (earlier[-1],)
        elif instead is not None and CIRCLE not in reason:
            definitions[key] = (instead,)
            stood[key] = parameters_of(lexicon, group[-1])
    return model


def _unevaluable(model: Model) -> tuple[str, str] | None:
    """The first definition that cannot be evaluated at any step, and why."""
    world = model.world()
    for key in model.definitions:
        model.meter.start()
        arity = model.lexicon.arity.get(key, 0)
        if key not in model.shapes and any(d.entries for d in model.definitions[key]):
            continue  # it has more indices than a matrix: evaluated where it is read
        found = False
        for step in range(1, model.steps + 1):
            try:
                world.quantity(Label(key, (step,) * arity))
                found = True
                break
            except OutOfRange:
                continue
            except PROBLEMS as error:
                return world.culprit or key, str(error)
        if not found:
            return key, "it is at no step"
    return None


def _assembled(document: Document, definitions: Definitions, scalar: bool) -> Model:
    """The model of some definitions, completed."""
    lexicon = document.lexicon
    found = shaped(document, definitions, scalar)
    blocks, stacked = blocks_of(lexicon, found.plain, found.shapes, found.row)
    return Model(
        lexicon,
        found.definitions,
        found.shapes,
        found.normalised,
        lagged_keys(lexicon, found.definitions),
        leading_keys(lexicon, found.definitions),
        _loss(lexicon, found.definitions),
        _steps(document),
        found.row,
        sizes=found.sizes,
        relations=found.relations,
        aliases=aliases_of(document, {*found.definitions, *found.shapes}),
        blocks=blocks,
        stacked=stacked,
        meter=document.meter,
    )


def _steps(document: Document) -> int:
    """How many steps there are: as many as are written in figures, if that is a handful."""
    written = (
        int(time.digits[:3])
        for entry in document.entries
        if entry.claims
        for side in entry.sides
        for name in quantities(side)
        for time in document.lexicon.read(name).times
        if isinstance(time, Number) and time.digits.isdecimal()
    )
    last = max(written, default=0)
    return last if 3 <= last <= 6 else STEPS


def _loss(lexicon: Lexicon, definitions: Definitions) -> Label | None:
    """The loss of all steps that the document speaks of most."""
    found = [k for k in definitions if lexicon.is_loss(k) and lexicon.arity.get(k, 0) == 0]
    read = {
        lexicon.read(n).key
        for key in found
        for d in definitions[key]
        if not has_derivative(lexicon, d.body)
        for n in quantities(d.body)
    }
    found = [k for k in found if k not in read] or found  # L = L_1 + L_2: the whole, not its parts
    counts = lexicon.counts
    return Label(max(found, key=lambda k: sum(counts.get(k, {}).values()))) if found else None

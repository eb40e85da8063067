"""The claims of a document, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from symrnn.check.calls import INVERSE
from symrnn.check.contents import Document, Entry
from symrnn.check.correct import Correction
from symrnn.check.definition import Choice, Definition, Undefined
from symrnn.check.formulas import function_key
from symrnn.check.functions import CROSS_ENTROPY, SOFTMAX, known_function
from symrnn.check.heads import gradient_by, head, named_by, share_of
from symrnn.check.judge import Outcome
from symrnn.check.model import Model
from symrnn.check.output_layer import LAYER, LOGITS, OUTPUTS, is_supposed
from symrnn.check.reading import Reading
from symrnn.check.scripts import base, letters_of, quantities
from symrnn.check.series import NEUTRAL_SUMS
from symrnn.check.world import CIRCLE
from symrnn.check.written import word
from symrnn.notes.formula import BigOperator, Call, Name, Node, Number
from symrnn.notes.tree import walk
from symrnn.notes.written import written

SLIPS = ("wrong-symbol", "index", "gate-swap", "extra-term")  # the mistakes that another name mends, or none
GATES = {"f", "i", "o", "g", "r", "z", "tilde c", "tilde h", "hat c", "hat h"}  # those of the usual cells
MANY = 2  # so many names that differ in their labels only make a third one look like a slip
UNCLOSED = "is never closed"  # what is remarked of a bracket


@dataclass
class Case:
    """A claim and what became of it."""

    entry: Entry
    model: Model
    outcome: Outcome
    sides: tuple[Node, ...]
    told: str = ""
    fixed: tuple[Node, ...] | None = None  # sides in which a slip of a symbol is mended
    given: tuple[Definition, ...] = ()  # the definitions of the document
    mended: Correction | None = None  # what it should be, where the rest of the document says so

    @property
    def losses(self) -> set[str]:
        """The losses that it names."""
        lexicon = self.model.lexicon
        keys = {lexicon.read(n).key for side in self.sides for n in quantities(side)}
        return {key for key in keys if lexicon.is_loss(key)}

    @property
    def losses_or_gradients(self) -> bool:
        """Whether it speaks of the gradient of a loss."""
        return bool(
            self.losses
            or self.outcome.gates
            or any(_is_gradient_name(n) for s in self.sides for n in quantities(s))
        )

    @property
    def is_of_a_step(self) -> bool:
        """Whether its left-hand side is the gradient by what has a step."""
        return any(
            self.model.lexicon.arity.get(self.model.lexicon.read(name).key, 0)
            for name in quantities(self.sides[0])
        )

    @property
    def is_of_last_step(self) -> bool:
        """Whether it sets the gradient of a parameter beside quantities of the last step alone: its contribution?"""
        lexicon = self.model.lexicon
        if self.is_of_a_step or head(self.sides[0]) is None or self.is_summed:
            return False
        times = [t for side in self.sides[1:] for n in quantities(side) for t in lexicon.read(n).times]
        return bool(times) and all(set(letters_of(t)) & lexicon.lengths for t in times)

    @property
    def is_of_last_loss(self) -> bool:
        """Whether it has the gradient by a step from that by the last alone: right for a loss of the last step."""
        own = head(self.sides[0])
        if own is None or own.top is None or not self.is_of_a_step:
            return False
        lexicon = self.model.lexicon
        below = [
            f.bottom for side in self.sides[1:] for n in walk(side) if (f := head(n)) and f.top == own.top
        ]
        times = [t for node in below for n in quantities(node) for t in lexicon.read(n).times]
        return bool(times) and all(set(letters_of(t)) & lexicon.lengths for t in times)

    @property
    def makes_sense(self) -> bool:
        """Whether it holds, and the document does not say that it is wrong."""
        return self.outcome.holds and not self.unfounded and not self.entry.announced

    @property
    def unknown_function(self) -> str:
        """A function of which the document says nothing but this, or nothing: S'(x) = S(x) (1 - S(x)).

        What the slope of a function is that is only named, f'(z) = f(z) (1 - f(z)), says which one it is.
        """
        slopes = (name for name in called(self.sides[0]) if name.primes and base(name) in self.model.generic)
        if (slope := next(slopes, None)) is not None:
            return base(slope)
        bodies = [d.body for group in self.model.definitions.values() for d in group]
        read = (d.body for key in self.reached for d in self.model.definitions.get(key, ()))
        inverse = next(
            (n.text for tree in (*self.sides, *read) for n in called(tree) if n.sup == INVERSE), ""
        )
        if inverse:
            return inverse
        said = {base(name) for body in bodies for name in called(body)}
        asked = {base(name): name for side in self.sides for name in called(side)}
        known_keys = {*self.model.definitions, *self.model.shapes}
        return next(
            (
                name
                for name, node in asked.items()
                if name not in said
                and not known_function(node.stem)
                and not self.model.lexicon.formulas.get(function_key(node))
                and self.model.lexicon.read(node).key not in known_keys
                and not self._is_gradient(node)
                and node.stem.removeprefix("\\") not in SOFTMAX | CROSS_ENTROPY | {"diag"}
            ),
            "",
        )

    def _is_gradient(self, name: Name) -> bool:
        """Whether a name is dW, and W is a quantity: dW (a + b) is a product."""
        found = gradient_by(name)
        key = self.model.lexicon.read(found).key if isinstance(found, Name) else ""
        return key in self.model.definitions or key in self.model.shapes

    @property
    def is_summed(self) -> bool:
        """Whether it says that a gradient is a sum over the steps."""
        return any(
            isinstance(side, BigOperator) and (side.lower is None or word(side.lower) not in NEUTRAL_SUMS)
            for side in self.sides[1:]
        )

    @property
    def reached(self) -> set[str]:
        """The quantities that the claim speaks of, and all that they depend on."""
        lexicon, definitions = self.model.lexicon, self.model.definitions
        found = {lexicon.read(n).key for side in self.sides for n in quantities(side)}
        names = [n for side in self.sides for n in quantities(side)]
        if self.model.loss is not None and any(map(_is_gradient_name, names)):
            found.add(self.model.loss.key)
        while True:
            bodies = [d.body for key in found for d in definitions.get(key, ())]
            more = {lexicon.read(n).key for body in bodies for n in quantities(body)}
            if more <= found:
                return found
            found |= more

    @property
    def unread(self) -> str:
        """A quantity that the claim depends on and whose definition could not be evaluated, or nothing."""
        return min(self.reached & self.model.dropped.keys(), default="")

    @property
    def supposed(self) -> bool:
        """Whether it names what stands in an output layer that the document leaves out."""
        if not is_supposed(self.model.definitions):
            return False
        lexicon = self.model.lexicon
        read = {lexicon.read(n).key for n in quantities(self.model.definitions[LOGITS][-1].body)}
        own = {LOGITS, *OUTPUTS, *read} - {*self.model.lagged}
        return any(lexicon.read(n).key in own for side in self.sides for n in quantities(side))

    @property
    def shares(self) -> bool:
        """Whether it names a share of a gradient."""
        return any(share_of(n)[1] for side in self.sides for n in quantities(side))

    @property
    def gap(self) -> str:
        """A gate that the states are computed from and nothing defines, or nothing: it may depend on anything."""
        lexicon, definitions = self.model.lexicon, self.model.definitions
        bodies = [d.body for key in self.model.lagged for d in definitions.get(key, ())]
        read = {lexicon.read(n).key for body in bodies for n in quantities(body)}
        open_ = (k for k in sorted(read & self.reached - definitions.keys()) if lexicon.arity.get(k, 0) == 1)
        return next((k for k in open_ if k.casefold() in GATES and k not in self.model.normalised), "")

    @property
    def unfounded(self) -> str:
        """Why a claim that holds says nothing: it depends on what is not known; or nothing."""
        model = self.model
        spoken = {model.lexicon.read(n).key for side in self.sides for n in quantities(side)}
        for key in sorted(self.reached & model.dropped.keys()):
            group = model.definitions.get(key, ())
            if key in model.stood:
                if not model.stood[key] & spoken:
                    continue  # it holds for any function
            elif any(d in self.given for d in group) or CIRCLE not in model.dropped[key]:
                continue  # an earlier definition, or one that is not read: a quantity like a parameter
            if model.lexicon.arity.get(key, 0) or model.lexicon.is_loss(key):
                reason = model.dropped[key]
                return reason if CIRCLE in reason else f"the definition of {key} could not be evaluated"
        for definition in self.given:  # L = M where M = L: a loss that was completed all the same
            if definition.key in spoken and model.lexicon.is_loss(definition.key):
                other = model.lexicon.read(definition.body).key if isinstance(definition.body, Name) else ""
                if CIRCLE in model.dropped.get(other, ""):
                    return model.dropped[other]
        return ""


def called(tree: Node) -> Iterator[Name]:
    """The names of what is applied to something."""
    return (n.head for n in walk(tree) if isinstance(n, Call) and isinstance(n.head, Name))


def _is_gradient_name(name: Name) -> bool:
    """Whether a name looks like that of a gradient of the loss: dW, \\delta_{z_t}."""
    return name.stem[:1] == "d" or named_by(name) is not None


@dataclass
class Court:
    """All that is judged of a document, and what its claims have in common."""

    document: Document
    cases: dict[int, Case] = field(default_factory=dict)
    scalar: bool = False
    corrections: dict[int, Correction | None] = field(default_factory=dict)
    cut_short: set[int] = field(
        default_factory=set
    )  # claims whose correction was sought until the effort was spent
    readings: list[tuple[Reading, Choice]] = field(default_factory=list)  # those under which its claims hold
    context: tuple[Node, ...] = ()
    denominator: bool = False  # whether the text says so of its layout
    judged: list[Entry] = field(default_factory=list)  # the statements that get a verdict
    meanings: dict[str, str] = field(default_factory=dict)  # a gradient's name -> what it is taken by

    @property
    def inferred(self) -> list[str]:
        """What was inferred of the way the document is written."""
        told = [f"{key} is read as the gradient by {quantity}" for key, quantity in self.meanings.items()]
        rows = any(case.model.row for case in self.cases.values())
        layer = any(is_supposed(case.model.definitions) for case in self.cases.values())
        cell = "; ".join(f"{d.name and written(d.name)} = {written(d.body)}" for d in self.document.supposed)
        return [
            *([f"the forward equations are not given; read as {cell}"] if cell else []),
            *(["vectors are rows"] if rows else []),
            *([f"the output layer is not given: {LAYER}"] if layer else []),
            *told,
        ]

    @property
    def chosen(self) -> bool:
        """Whether some claims hold for one activation only, where the document names none."""
        return any(c.outcome.holds and c.outcome.choice.activation for c in self.cases.values())

    def nearly_right(self, case: Case) -> bool:
        """Whether a claim is true but for a slip."""
        correction = self.corrections.get(case.entry.index)
        return correction is not None and correction.small

    def is_slip(self, case: Case) -> bool:
        """Whether what nothing defines is another name mistyped, and used once.

        The claim is true with the other name; or the rest of the document is as it should be, and has the same name
        with other labels only: b_f, b_u, but no b_c.
        """
        correction, unknown = self.corrections.get(case.entry.index), case.outcome.detail
        name = unknown.node if isinstance(unknown, Undefined) else None
        if correction is None or not isinstance(name, Name):
            return False
        if correction.mistake == "extra-term" and not any(isinstance(n, Number) for n in walk(name)):
            return False  # it may be said elsewhere what it is; y_0 is y at a step
        lexicon = self.document.lexicon
        symbol = lexicon.read(name)
        stem, label = symbol.key.partition("_")[::2]
        siblings = {
            k for k in case.model.definitions if label and k != symbol.key and k.partition("_")[0] == stem
        }
        mended = correction.small and correction.mistake in SLIPS
        if not mended and not (len(siblings) >= MANY and self.trusted(case)):
            return False

        def speaks(entry: Entry) -> bool:
            names = [n for side in entry.sides for n in quantities(side)]
            names += [bottom for n in names if isinstance(bottom := gradient_by(n), Name)]
            return any((s.key, s.times) == (symbol.key, symbol.times) for s in map(lexicon.read, names))

        return sum(speaks(e) for e in self.document.entries if len(e.sides) > 1) == 1

    def unclosed(self, case: Case) -> str:
        """A quantity that a claim depends on in whose definition a bracket is never closed, or nothing."""
        definitions = (d for key in sorted(case.reached) for d in case.model.definitions.get(key, ()))
        entries = self.document.entries
        for d in definitions:
            if d in case.given and any(UNCLOSED in r.message for r in entries[d.position].statement.remarks):
                return d.key
        return ""

    def trusted(self, case: Case) -> bool:
        """Whether other claims, as they are or corrected, speak for the model that a claim was read with.

        They must be the most, and the loss that the claim speaks of must be theirs.
        """
        held = [c for c in self.cases.values() if c.outcome.holds or self.nearly_right(c)]
        failing = [c for c in self.cases.values() if c not in held and not c.entry.announced]
        if len(held) < 3 or len(held) < len(failing):
            return False
        known = {key for other in held for key in other.losses}
        return case.losses <= known

"""A notation applied to a model: every name gets a symbol of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from symrnn.equations import Model
from symrnn.expressions import LENGTHS, Adjoint, Block, Jacobian, Joint, Leaf, Partial
from symrnn.notation import IMMEDIATE, PLAIN, Derivative, Notation, Style, notation
from symrnn.roles import Role, roles
from symrnn.spelling import Symbol, own_symbol

FUNCTIONS = ("f", "F", r"\phi", r"\psi")  # what a function may be called that computes a quantity
FUTURE = ("F", "F_L")  # names of the future loss, the sum of the losses of the later steps
LOSSES = ("total loss", "step loss")
PARAMETERS = (
    *("recurrent weight", "input weight", "stacked weight", "weight"),
    *("output weight", "stacked output weight"),
    *("peephole", "bias", "output bias", "parameter"),
)


@dataclass(frozen=True)
class Names:
    """A notation with the symbols it gives to the names of one model; ``loss`` names the total loss."""

    notation: Notation = PLAIN
    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    loss: str = "L"

    def symbol(self, name: str) -> Symbol:
        """A name's symbol; one that the model does not know keeps its own, with a bar if that is taken.

        An entry, W_12 or h_1, is written as its quantity, with the index below; as h_{(1)} where another
        quantity is called h_1.
        """
        if name in self.symbols:
            return self.symbols[name]
        quantity, _, index = name.rpartition("_")
        whole = self.symbols.get(quantity.rstrip("_"))
        if index.isdigit() and whole is not None:
            entries = (
                replace(whole, sub=",".join(filter(None, (whole.sub, i)))) for i in (index, f"({index})")
            )
            return next(e for e in entries if replace(e, timed=False) not in self._taken)
        return next(s for s in _own_symbols(name, len(self._taken)) if s not in self._taken)

    @cached_property
    def _taken(self) -> set[Symbol]:
        return {replace(symbol, timed=False) for symbol in self.symbols.values()}

    @cached_property
    def stems(self) -> frozenset[str]:
        """The letters that stand for quantities, or for one in a label: h, and u of W_u."""
        parts = (part for s in self.symbols.values() for part in (s.stem, *s.sub, *s.sup))
        return frozenset(parts)

    def function(self, name: str) -> Symbol:
        """The symbol of a function that computes a quantity: f_h, with the quantity's letter; F_h beside a gate f."""
        own = own_symbol(name)
        _, _, quantity = name.partition("_")
        if not quantity:
            return own
        stem = next((s for s in FUNCTIONS if s not in self.stems), own.stem)
        return replace(own, stem=stem, sub=self.symbol(quantity).stem)

    def derivative(self, leaf: Adjoint) -> Derivative:
        """How a derivative is written: a second one is a fraction, whatever the first one is."""
        if isinstance(leaf, Partial) and not isinstance(leaf, Joint):
            return self.notation.immediate
        of, loss = leaf.of, leaf.loss
        if isinstance(of, Adjoint):
            return self.notation.partial
        if loss.name == self.loss and loss.clock is None:
            return self.notation.total
        if loss.name in FUTURE and loss.name not in self.symbols and of.index == loss.index:
            return self.notation.future
        return self.notation.partial

    def spelled_out(self, leaf: Leaf) -> Names | None:
        """The names that write a derivative as a fraction, where these give it a name: delta^{s_t}."""
        if not isinstance(leaf, Adjoint) or self.derivative(leaf) is not self.notation.future:
            return None
        if self.notation.future.bracket != "name":
            return None
        return replace(self, notation=replace(self.notation, future=self.notation.partial))

    def jacobian(self, leaf: Jacobian) -> Derivative:
        """How a Jacobian is written: always as a fraction."""
        return IMMEDIATE if isinstance(leaf, Block) else self.notation.jacobian


def names(model: Model, course: Notation | str = PLAIN) -> Names:
    """The notation applied to a model: what the printers ask for."""
    course = notation(course) if isinstance(course, str) else course
    return Names(course, symbols(model, course), model.loss.name)


def symbols(model: Model, course: Notation) -> dict[str, Symbol]:
    """Name -> symbol for every quantity and parameter of a model, all of them different.

    Where two would look the same, the later one keeps its own name, or gets a bar.
    """
    found = roles(model)
    timed = {x.name for x in (*model.used, *(e.lhs for e in model.equations)) if x.clock is not None}
    clocks = {str(c): course.lengths[str(LENGTHS[c])] for c in model.clocks.values()}
    assigned = _Assignment(course, found, [*clocks, *clocks.values()])
    quantities = [n for n, r in found.items() if r.kind not in (*LOSSES, *PARAMETERS)]
    parameters = [n for n, r in found.items() if r.kind in PARAMETERS]
    losses = [n for n, r in found.items() if r.kind in LOSSES]
    for group in (losses, quantities, parameters):
        for name in sorted(group, key=assigned.turn):
            assigned.take(name)
    return {n: replace(assigned.symbols[n], timed=n in timed) for n in found}


class _Assignment:
    """Symbols given out one by one, none of them twice."""

    def __init__(self, course: Notation, found: Mapping[str, Role], taken: list[str]) -> None:
        self.course = course
        self.roles = found
        self.priority = {kind: place for place, kind in enumerate(course.styles)}
        self.symbols: dict[str, Symbol] = {}
        self.used = {Symbol(stem) for stem in (r"\sigma", *course.reserved, *taken)}

    def turn(self, name: str) -> tuple[int, bool]:
        """Names that keep their own symbol first, then by role; in a role, who has the symbol already."""
        kind = self.roles[name].kind
        if kind not in self.course.styles:
            return -1, kind != "total loss"
        return self.priority[kind], own_symbol(name) != self.course.styles[kind].symbols[0]

    def take(self, name: str) -> None:
        """Give a name the first symbol that is free."""
        style = self.course.styles.get(self.roles[name].kind, Style(()))
        preferred = [self._filled(symbol, name) for symbol in style.symbols]
        for symbol in (*preferred, *_own_symbols(name, len(self.used))):
            if symbol not in self.used or self._shared(symbol, name):
                self.symbols[name] = symbol
                self.used.add(symbol)
                return

    def _shared(self, symbol: Symbol, name: str) -> bool:
        """A loss and the loss of a step may look the same: the time index tells them apart."""
        owners = [self.roles[n].kind for n, s in self.symbols.items() if s == symbol]
        return owners == ["total loss"] and self.roles[name].kind == "step loss"

    def _filled(self, symbol: Symbol, name: str) -> Symbol:
        role = self.roles[name]
        stem = self.symbols[role.to].stem if role.to in self.symbols else ""
        letters = {
            "<to>": self._letter(role.to),
            "<from>": self._letter(role.source),
            "<own>": own_symbol(name).stem,
        }
        return replace(
            symbol,
            stem=symbol.stem.replace("<to>", stem),
            sub=_fill(symbol.sub, letters),
            sup=_fill(symbol.sup, letters),
        )

    def _letter(self, name: str) -> str:
        """What stands for a quantity, or for several after one another, in the name of a weight."""
        if "," in name:
            return "".join(self._letter(part) for part in name.split(","))
        if name not in self.roles:
            return own_symbol(name).stem if name else ""
        role = self.roles[name]
        style = self.course.styles.get(role.kind)
        if style is None or style.letter is None or not self._preferred(name, style):
            symbol = self.symbols.get(name, own_symbol(name))
            return symbol.stem
        return style.letter.replace("<to>", self._letter(role.to))

    def _preferred(self, name: str, style: Style) -> bool:
        """Whether a quantity got a symbol of its role: only then the role's letter stands for it."""
        return self.symbols.get(name) in [self._filled(s, name) for s in style.symbols]


def _own_symbols(name: str, taken: int) -> Iterator[Symbol]:
    """A name's own symbol, and what it may look like where up to so many others are taken."""
    own = own_symbol(name)
    yield own
    yield from (replace(own, stem=f"{accent}{{{own.stem}}}") for accent in (r"\bar", r"\check", r"\breve"))
    yield from (replace(own, sub=f"{own.sub}{n}") for n in range(taken + 1))


def _fill(pattern: str, letters: Mapping[str, str]) -> str:
    for placeholder, letter in letters.items():
        pattern = pattern.replace(placeholder, letter)
    return pattern

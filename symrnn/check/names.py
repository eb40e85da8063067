r"""What a name of a document stands for: which quantity, at which step, which entry of it.

``\mathbf{W}_{f[i,j]}^{(k)\top}`` is a stem with scripts; which script is a label, which a step, an index of an entry, a
power or a transpose is settled by how the whole document writes its names: a script that holds ``t - 1`` anywhere
makes its letter a step, and a name that has a step in one place has one in all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import NamedTuple

from symrnn.check.components import NONE, Components
from symrnn.check.formulas import Formula
from symrnn.check.scripts import (
    GRADIENT,
    TRANSPOSES,
    Item,
    base,
    is_entrywise_power,
    is_power_of_e,
    is_step,
    items,
    letters_of,
    outer,
    plain,
    quantities,
    single_indices,
)
from symrnn.notes.formula import Ellipsis, Infix, Name, Node, Number, Slice, Text
from symrnn.notes.tree import letters

__all__ = [
    "LOSSES",
    "TRANSPOSES",
    "Lexicon",
    "Symbol",
    "base",
    "is_power_of_e",
    "is_step",
    "items",
    "letters_of",
    "outer",
    "plain",
    "quantities",
]
UPRIGHT = {"text", "mathrm", "textrm", "textbf", "textit", "operatorname"}
INDICES = {
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "q",
    "r",
    "s",
    "a",
    "b",
    "c",
    "d",
    "u",
    "v",
    r"\alpha",
    r"\beta",
}
LOSSES = {"L", "E", "J", "C", r"\ell", "Loss", "loss", "l", "CE", "cost"}


class Symbol(NamedTuple):
    """A name as it was understood: its quantity, steps and entries, and what is done to it."""

    key: str
    times: tuple[Node, ...] = ()
    entries: tuple[Node, ...] = ()
    transposed: bool = False
    power: Node | None = None
    primes: int = 0


@dataclass
class Lexicon:
    """The names of a document: which letters are steps, which names have them."""

    steps: set[str] = field(default_factory=lambda: {"t"})
    bound: set[str] = field(default_factory=set)  # the letters that sums run over
    shifted: set[str] = field(default_factory=set)  # the letters that stand with a shift: u - 1
    unsummed: frozenset[Name] = frozenset()  # the names that stand outside of sums, where names have figures
    figured: bool = False  # whether figures are parts of names: h_1 and h_2 are two quantities
    star: str = ""  # what * means, where the document says so
    clock: frozenset[tuple[str, str, tuple[str, ...]]] = (
        frozenset()
    )  # what has its steps in brackets: see clock
    lengths: set[str] = field(default_factory=set)
    arity: dict[str, int] = field(default_factory=dict)  # quantity -> how many steps its name has
    functions: set[str] = field(default_factory=set)
    superscripts: set[str] = field(
        default_factory=set
    )  # letters that are steps as bare superscripts: h^{t-1}
    losses: set[str] = field(default_factory=set)  # the stems of what is differentiated as a loss
    split: set[str] = field(
        default_factory=set
    )  # losses that are written with a step and without: L^{(t)} and L
    known: set[str] = field(default_factory=set)  # those that the document defines
    counts: dict[str, Counter[int]] = field(default_factory=dict)
    labels: set[tuple[str, str, str]] = field(
        default_factory=set
    )  # W_i: an entry, or a label like that of W_f
    components: Components = NONE  # how it writes units
    # z_k that is y_k for some units and x_k for others
    unions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)  # the letter of a set of units -> a quantity of them
    doubtful: set[str] = field(default_factory=set)  # h_i: a name of its own, or an entry of h
    formulas: dict[str, Formula | None] = field(default_factory=dict)  # functions given by one; by two: None
    merged: dict[str, str] = field(default_factory=dict)  # \tilde c where \tilde C is defined -> that
    _read: dict[Name, tuple[Symbol, ...]] = field(default_factory=dict)

    def read(self, name: Name) -> Symbol:
        """What a name stands for, the most likely reading."""
        return self.readings(name)[0]

    def readings(self, name: Name) -> tuple[Symbol, ...]:
        """All that a name can stand for, the most likely first."""
        if name not in self._read:
            self._read[name] = tuple(self._candidates(name))
        return self._read[name]

    def spelled(self, name: Name) -> bool:
        """Whether a name of several letters is a product of names that stand alone elsewhere: Wh, dW."""
        parts = letters(name)
        return len(parts) > 1 and all(self.readings(part)[0].key in self.arity for part in parts)

    def refresh(self) -> None:
        """Forget what was read: more is known now."""
        self._read.clear()

    def is_loss(self, key: str) -> bool:
        """Whether a quantity is a loss: it bears the name of what the document differentiates."""
        stem = key.rstrip("@").partition("_")[0].partition("^")[0].rpartition(" ")[2]
        if stem not in self.losses or key.startswith(("hat ", "bar ")):
            return False
        return not (stem in ("C", "l") and self.arity.get(key, 0) and key[-1] != "@")

    def _candidates(self, name: Name) -> Iterator[Symbol]:
        scripts = items(name)
        steps = sum(
            is_step(item.node) and set(letters_of(item.node)) <= self.steps | self.lengths
            for item in scripts
            if item.bracket in ("(", "<") or item.place == "_"
        )
        found: list[tuple[int, Symbol]] = []
        counted = self.figured and any(isinstance(i.node, Number) and i.place == "_" for i in scripts)
        for roles in product(*(self._roles(item) for item in scripts)):
            if "none" in roles and steps < 2:
                continue
            if counted and any(
                role == "entry" and not set(letters_of(item.node)) <= self.bound
                for item, role in zip(scripts, roles, strict=True)
            ):
                continue  # a_{u,1}: the figure counts the entry, u is a label
            symbol = self._assemble(name, scripts, roles)
            if symbol is not None:
                bare = any(
                    role == "time"
                    and item.place == "^"
                    and not item.bracket
                    and not self._is_superscript(item.node)
                    for item, role in zip(scripts, roles, strict=True)
                )
                found.append((self._doubt(symbol, roles) + 3 * bare, symbol))
        found.sort(key=lambda pair: pair[0])
        seen = []
        for _, symbol in found:
            if symbol not in seen:
                seen.append(symbol)
        yield from seen or [Symbol(base(name))]

    def _roles(self, item: Item) -> tuple[str, ...]:
        node = item.node
        if item.bracket == "[":
            return ("entry",)
        if self.figured and is_step(node) and not any(letters_of(node)):
            return ("label",) if item.place == "_" or item.bracket else ("power", "label")
        if item.bracket in ("(", "<"):
            return ("time", "label", "none") if is_step(node) else ("label",)
        if item.place == "^" and isinstance(node, Name) and node.stem in TRANSPOSES and not node.sub:
            return ("transpose",)
        if isinstance(node, Name) and node.stem in ("*", r"\ast", r"\star", r"\prime"):
            return ("label",)
        if isinstance(node, Number):
            return ("power", "label", "time") if item.place == "^" else ("time", "label", "entry")
        if isinstance(node, Slice | Ellipsis):
            return ("entry",)
        if is_entrywise_power(node):
            return ("power",)
        roles = ["label"]
        if is_step(node) and all(x in self.steps or x in self.lengths for x in letters_of(node)):
            roles.insert(0, "time")
        if self._is_index(node) and not (item.place == "^" and isinstance(node, Infix)):
            roles.append("entry")
        if item.place == "^" and not _is_word(node) and not isinstance(node, Text):
            roles.append("power")
        return tuple(roles)

    def _is_superscript(self, node: Node) -> bool:
        return (isinstance(node, Infix) and "=" in node.operators) or set(
            letters_of(node)
        ) <= self.superscripts

    def is_time(self, node: Node) -> bool:
        """Whether a script inside a script is a step: delta^{s_{t-1}}."""
        stems = list(letters_of(node))
        return is_step(node) and bool(stems) and all(x in self.steps or x in self.lengths for x in stems)

    def is_step_below(self, name: Name, node: Node) -> bool:
        """Whether the script of a label is a step: z_{r_t}; the i of b_{y_i} counts entries."""
        if name.stem == r"\delta" or GRADIENT in name.accents:
            return isinstance(node, Number) or self.is_time(node)
        return self.is_time(node) and (
            isinstance(node, Infix) or set(letters_of(node)) <= {"t", *self.lengths}
        )

    def _has_step(self, name: Name, item: Item) -> bool:
        """Whether a script has a step of its own: delta^{s_{t-1}}, and delta^{s_1} where there is such a thing."""
        node = item.node
        if item.place != "^" or not isinstance(node, Name) or node.sub is None:
            return False
        if isinstance(node.sub, Number):
            return self.arity.get(f"{base(name)}^{plain(replace(node, sub=None))}", 0) > 0
        return self.is_time(node.sub)

    def _is_index(self, node: Node) -> bool:
        match node:
            case Name() if _is_word(node):
                return False
            case Name(stem=stem, sub=None, sup=None):
                return all(letter in INDICES for letter in (stem if stem.isalpha() else [stem]))
            case Name(stem=stem, sub=sub) if sub is not None:
                return True
            case Infix():
                return is_step(node)
            case _:
                return False

    def _assemble(self, name: Name, scripts: tuple[Item, ...], roles: tuple[str, ...]) -> Symbol | None:
        times: list[Node] = []
        entries: list[Node] = []
        below: list[str] = []
        above: list[str] = []
        power: Node | None = None
        for item, role in zip(scripts, roles, strict=True):
            node = item.node
            if role == "time":
                if isinstance(node, Infix) and node.operators == ("=",):
                    node = node.operands[1]
                times.append(node)
            elif role == "entry":
                entries += single_indices(node)
            elif role == "power":
                if power is not None:
                    return None
                power = node
            elif role == "label":
                # y_{t_k} is the entry k of y_t, b_{y_i} that of b_y
                if isinstance(node, Name) and node.sub is not None and self._has_step(name, item):
                    above.append(plain(replace(node, sub=None)))
                    times.append(node.sub)
                elif isinstance(node, Name) and node.sub is not None and item.place == "_":
                    inner = Name(node.stem, node.accents)
                    if node.stem in self.steps:
                        times.append(inner)
                    else:
                        below.append(plain(inner))
                    if self.is_step_below(name, node.sub):
                        times.append(node.sub)  # delta_{h_t} is that of h_t, z_{r_t} that of r_t
                    else:
                        entries += single_indices(node.sub)
                else:
                    (below if item.place == "_" else above).append(plain(node))
        key = base(name)
        if below:
            key += "_" + ",".join(below)
        if above:
            key += "^" + ",".join(above)
        key = self.merged.get(key, key)
        if key in self.split and times:
            key += "@"
        return Symbol(key, tuple(times), tuple(entries), "transpose" in roles, power, name.primes)

    def _doubt(self, symbol: Symbol, roles: tuple[str, ...]) -> int:
        """How far-fetched a reading is."""
        arity = self.arity.get(symbol.key)
        doubt = 3 * roles.count("none") + 2 * len(symbol.entries) + (2 if symbol.power is not None else 0)
        if arity is None:
            doubt += 40
        elif len(symbol.times) != arity:
            doubt += 6 * abs(len(symbol.times) - arity) if arity else 8 * len(symbol.times)
        if symbol.key in self.known and symbol.power is None and not symbol.entries:
            doubt -= 4
        if isinstance(symbol.power, Name) and len(symbol.power.stem) > 1 and symbol.power.stem.isalpha():
            doubt += 10
        return doubt


def _is_word(node: Node) -> bool:
    """Whether a script is a word in upright letters: the raw of h^{raw}."""
    return isinstance(node, Name) and len(node.stem) > 1 and bool(UPRIGHT & set(node.accents))

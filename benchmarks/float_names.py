"""What the names of a printed derivation stand for, in floating point: read off its list of sizes.

This is for benchmarks/mutants.py: it shares with symrnn check the syntax tree of a formula and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

from symrnn.notes.formula import Differential, Group, Infix, List, Name, Node, Number, Unary
from symrnn.notes.parse import formula

LISTS = ("parameters", "given", "initial states", "computed")
SIZES = {"n": 2, "m": 3, "v": 4, "k": 5, "d": 6}
STEPS = {"t": 4, "u": 3}  # the letters of the steps, and how many there are
LENGTHS = {"T": "t", r"\tau": "t", "T_y": "u", "T'": "u", r"\tau'": "u"}
LETTERS = ("t", "u", "j", "k", "p")
SYMBOL = re.compile(r"\$([^$]+)\$ \$\(([^$]+)\)\$")

Key = tuple[tuple[str, ...], str, tuple[str, ...], bool]  # accents, letter, labels, and whether it has steps


class Unfit(Exception):
    """Operands that do not fit, or a formula that is not known here."""


@dataclass(frozen=True)
class Quantity:
    """What a name stands for: a quantity, its step and entry where it has them, and what is done to it."""

    key: Key
    time: Node | None = None
    entry: tuple[int, ...] = ()
    transposed: bool = False
    power: int = 1


@dataclass
class Names:
    """The quantities of a document with their shapes, and how many steps there are."""

    shapes: dict[Key, tuple[int, int]] = field(default_factory=dict)
    given: set[Key] = field(default_factory=set)
    initial: set[tuple[Key, int]] = field(default_factory=set)
    steps: dict[str, int] = field(default_factory=lambda: dict(STEPS))
    sizes: dict[str, int] = field(default_factory=lambda: dict(SIZES))
    listed: frozenset[Key] = frozenset()  # those in its list of sizes
    loss: Key | None = None
    summing: bool = False  # whether the entries of a target sum to one
    _found: dict[tuple[Name, frozenset[str]], Quantity] = field(default_factory=dict)

    def read(self, name: Name, entries: frozenset[str] = frozenset()) -> Quantity:
        """What a name stands for, where ``entries`` are letters that go through the entries. Raises Unfit."""
        at = (name, entries)
        if at not in self._found:
            self._found[at] = self._read(name, entries)
        return self._found[at]

    def _read(self, name: Name, entries: frozenset[str]) -> Quantity:
        if name.primes or name.left_sub or name.left_sup:
            raise Unfit
        parts = parts_of(name)
        transposed = ("sup", Name(r"\top")) in parts
        parts = [p for p in parts if p != ("sup", Name(r"\top"))]
        parts = [(w, n) for w, n in parts if not (isinstance(n, Name) and n.stem in entries)]
        bare = [i for i, (_, part) in enumerate(parts) if part is name.sup and isinstance(part, Number)]
        open_ = [i for i in reversed(range(len(parts))) if i not in bare]
        for count in (0, 1, 2):
            for taken in combinations(open_, count):
                found = self._with(name, parts, taken)
                if found is not None:
                    return replace(found, transposed=transposed)
        if bare:
            plain = self._read(replace(name, sup=None), entries)
            return replace(plain, power=int(name.sup.digits) if isinstance(name.sup, Number) else 1)
        raise Unfit

    def _with(self, name: Name, parts: list[Part], taken: tuple[int, ...]) -> Quantity | None:
        """A name of which some parts are a step or an entry, and the others are its label."""
        rest = tuple(place + repr(part) for i, (place, part) in enumerate(parts) if i not in taken)
        wanted = [parts[i][1] for i in taken]  # the last first
        for timed in (True, False):
            key = (name.accents, name.stem, rest, timed)
            if key not in self.shapes or (timed and not (wanted and is_step(wanted[0]))):
                continue
            time = bare_step(wanted[0]) if timed else None
            match wanted[timed:]:
                case []:
                    return Quantity(key, time)
                case [Number(digits=digits)] if len(digits) == sum(size > 1 for size in self.shapes[key]):
                    return Quantity(key, time, tuple(int(d) - 1 for d in digits))
        return None

    def declare(self, name: Name) -> Key:
        """The key of a name that an equation introduces: its last step is its time."""
        parts = parts_of(name)
        times = [i for i, (_, part) in enumerate(parts) if is_step(part)][-1:]
        labels = tuple(place + repr(part) for i, (place, part) in enumerate(parts) if i not in times)
        return (name.accents, name.stem, labels, bool(times))

    def step(self, node: Node, env: dict[str, int]) -> int:
        """The number of a step. Raises Unfit."""
        match node:
            case Number(digits=digits):
                return int(digits)
            case Name(sub=None, sup=None, primes=0) if node.stem in env:
                return env[node.stem]
            case Name():
                word = spelled(node)
                if word in LENGTHS:
                    return self.steps[LENGTHS[word]]
            case Group(body=Node() as body):
                return self.step(body, env)
            case Unary(operator="-", body=body):
                return -self.step(body, env)
            case Infix(operators=("+" | "-" as sign,), operands=(left, right)):
                a, b = self.step(left, env), self.step(right, env)
                return a + b if sign == "+" else a - b
        raise Unfit

    def size(self, node: Node) -> int:
        """A size, such as k + n. Raises Unfit."""
        match node:
            case Number(digits=digits):
                return int(digits)
            case Name(stem=stem) if stem in self.sizes:
                return self.sizes[stem]
            case Infix(operators=operators, operands=operands) if set(operators) == {"+"}:
                return sum(self.size(operand) for operand in operands)
        raise Unfit

    @cached_property
    def last(self) -> dict[str, int]:
        """How many steps each letter goes through."""
        return {letter: self.steps["u" if letter == "u" else "t"] for letter in LETTERS}


def names_of(text: str) -> Names:
    """The quantities of a printed derivation. Raises Unfit."""
    names = Names(summing="sum to one" in text)
    number = re.search(r"^## Forward pass, t = 1\.\.(\d+)", text, re.MULTILINE)
    if number:
        names.steps = dict.fromkeys(STEPS, int(number[1]))
    elif "u = 1..U" not in text:
        names.steps = dict.fromkeys(STEPS, STEPS["t"])
    if "Every dimension is 2" in text:  # written out entry by entry
        names.sizes = dict.fromkeys(SIZES, 2)
    for kind in LISTS:
        line = re.search(rf"^{kind}: (.*)$", text, re.MULTILINE)
        for symbol, shape in SYMBOL.findall(line[1]) if line else ():
            _declare(names, kind, formula(symbol), shape.split(","))
    names.listed = frozenset(names.shapes)
    return names


def _declare(names: Names, kind: str, name: Node, shape: list[str]) -> None:
    if not isinstance(name, Name):
        raise Unfit
    parts = parts_of(name)
    times = _times(kind, [part for _, part in parts])
    key = (name.accents, name.stem, tuple(w + repr(n) for w, n in parts if n not in times), bool(times))
    rows, columns = (names.size(formula(side)) for side in shape)
    names.shapes[key] = rows, columns
    if kind == "given" and times:
        names.given.add(key)
    if kind == "initial states":
        names.initial.add((key, names.step(times[0], {})))
    if kind == "computed" and not times:
        names.loss = key


def _times(kind: str, scripts: list[Node]) -> list[Node]:
    """Which of the scripts in the list of sizes is a step, if any."""
    if kind == "parameters":
        return []
    groups = [node for node in scripts if isinstance(node, Group)]
    if kind == "initial states":
        return groups or [node for node in scripts if is_step(node)][-1:]
    letters = [node for word in STEPS for node in scripts if node == Name(word)]
    return groups or letters[:1] or [node for node in scripts if kind == "computed" and node == Number("0")]


Part = tuple[str, Node]


def parts_of(name: Name) -> list[Part]:
    """The scripts of a name, each with its place; that of a script, as in \\delta^{s_t}, comes after it."""
    found: list[Part] = []
    for place, script in (("sub", name.sub), ("sup", name.sup)):
        for item in items(script):
            if (
                isinstance(item, Name)
                and item.sub is not None
                and is_step(item.sub)
                and spelled(item) not in LENGTHS
            ):
                found += [(place, replace(item, sub=None)), (place, item.sub)]
            else:
                found.append((place, item))
    return found


def bare_step(node: Node) -> Node:
    """A step without its brackets."""
    return node.body if isinstance(node, Group) and node.body is not None else node


def is_step(node: Node) -> bool:
    """Whether a script may be a step."""
    match node:
        case Group(body=Node() as body):
            return is_step(body)
        case Number() | Unary(operator="-", body=Number()):
            return True
        case Name():
            return node.stem in LETTERS or spelled(node) in LENGTHS
        case Infix(operators=("+" | "-",), operands=(left, Number())):
            return is_step(left)
    return False


def items(script: Node | None) -> tuple[Node, ...]:
    """The parts of a script."""
    if script is None:
        return ()
    if isinstance(script, Infix) and not any(script.operators):  # h^{(t) \top}
        return script.operands
    return script.items if isinstance(script, List) else (script,)


def spelled(name: Name) -> str:
    """A name of a length as it is written: T, T', T_y."""
    return name.stem + "'" * name.primes + (f"_{name.sub.stem}" if isinstance(name.sub, Name) else "")


def differential(node: Node) -> Node | None:
    """What a d or a curly d stands before."""
    match node:
        case Differential(symbol=r"\partial", body=body):
            return body
        case Infix(operators=("",), operands=(Name(stem="d", sub=None, sup=None), body)):
            return body
        case Name(stem=stem) if len(stem) > 1 and stem[0] == "d":
            return without_d(node)
    return None


def without_d(name: Name) -> Name:
    """The W of dW."""
    return replace(name, stem=name.stem[1:])

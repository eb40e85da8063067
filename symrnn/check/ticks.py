"""Which letters of a document count steps, by how its names and sums are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symrnn.check.names import Lexicon
from symrnn.check.scripts import base, is_shifted, is_step, items, letters_of
from symrnn.notes.formula import BigOperator, Infix, Name, Node

STEPS = {"t", "k", "s", "u", "i", "j", "l", "r", "p", "q", r"\tau", "n", "m", "v", "w"}


def has_last_step(words: Lexicon, names: list[Name]) -> bool:
    """Whether a quantity that is written with a step, h_t, is written at the last one too: h_T."""
    below = {(base(name), item.node) for name in names for item in items(name) if item.place == "_"}
    timed = {stem for stem, node in below if is_step(node) and set(letters_of(node)) == {"t"}}
    return any(stem in timed for stem, node in below if node == Name("T"))


def shifted_beside_steps(names: list[Name]) -> Counter[str]:
    """In how many names that have a step in brackets a letter is shifted as well: h_{l-1}^{(t)}."""
    return Counter(
        letter
        for name in dict.fromkeys(names)
        if _has_bracketed_step(name)
        for item in items(name)
        if not item.bracket and is_shifted(item.node)
        for letter in letters_of(item.node)
    )


def _has_bracketed_step(name: Name) -> bool:
    return any(item.bracket in ("(", "<") and is_step(item.node) for item in items(name))


def learn_steps(words: Lexicon, name: Name, beside: Counter[str]) -> None:
    """The letters that are steps by how they are written: in brackets, or with a shift.

    A label that is shifted in one name only, ``z_{u-1}^{(t)}``, beside a step in brackets, is no step.
    """
    for item in items(name):
        node = item.node
        if item.bracket in ("(", "<"):
            if is_step(node):
                words.steps.update(x for x in letters_of(node) if x in STEPS)
        elif _is_ahead(node):
            words.steps.update(x for x in letters_of(node) if x in STEPS)
        elif (
            is_shifted(node)
            and _has_bracketed_step(name)
            and max((beside[x] for x in letters_of(node)), default=0) < 2
        ):
            continue
        elif is_shifted(node) and item.bracket != "[":
            words.shifted.update(letters_of(node))
            if item.place == "^" and not (len(name.stem) == 1 and name.stem.isupper()):
                words.superscripts.update(letters_of(node))


def _is_ahead(node: Node) -> bool:
    """Whether a script is t plus or minus letters: h_{t+k}."""
    return (
        isinstance(node, Infix)
        and set(node.operators) <= {"+", "-"}
        and all(isinstance(part, Name) and part.sub is None and part.sup is None for part in node.operands)
        and "t" in letters_of(node)
    )


def bound_steps(words: Lexicon, node: BigOperator) -> Iterator[str]:
    """The letter that a sum binds, if it counts steps: from or to what is a step."""
    match node.lower:
        case Infix(operands=(first, Name(stem=stem), last)):
            if {*letters_of(first), *letters_of(last)} & (words.steps | words.lengths):
                yield stem
        case Infix(operands=(Name(stem=stem), start)):
            ends = {*letters_of(start), *(letters_of(node.upper) if node.upper is not None else ())}
            if ends & (words.steps | words.lengths):
                yield from (stem, *(x for x in ends if x in STEPS))
            elif stem in words.steps:
                yield from (x for x in letters_of(start) if x in STEPS)


def stepped_above(words: Lexicon, names: list[Name]) -> Iterator[str]:
    """The names whose superscripts are steps: h^{t-1}, and h^0 too."""
    for name in dict.fromkeys(names):
        for item in items(name):
            above = set(letters_of(item.node)) if item.place == "^" and not item.bracket else set()
            if above and above <= words.superscripts and is_step(item.node):
                yield base(name)


def has_t(names: list[Name]) -> bool:
    """Whether any script has the usual letter of a step."""
    return any("t" in letters_of(item.node) for name in dict.fromkeys(names) for item in items(name))

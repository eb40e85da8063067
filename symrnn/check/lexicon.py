"""How a document writes its names: which letters are steps, and how many steps each name has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from symrnn.check.indexed import Indexed, without_indices
from symrnn.check.names import INDICES, LOSSES, Lexicon
from symrnn.check.scripts import (
    GRADIENT,
    LENGTHS,
    TRANSPOSES,
    base,
    is_entrywise_power,
    is_shifted,
    is_step,
    items,
    letters_of,
    plain,
    quantities,
)
from symrnn.check.ticks import (
    bound_steps,
    has_last_step,
    has_t,
    learn_steps,
    shifted_beside_steps,
    stepped_above,
)
from symrnn.notes.formula import BigOperator, Differential, Fraction, Infix, Name, Node, Number
from symrnn.notes.tree import children, letters, walk

WORDS = {
    "tanh", "softmax", "sigmoid", "log", "exp", "diag", "relu", "ReLU", "RNN", "LSTM", "GRU", "prod", "ln", "max",
}  # fmt: skip
COMMON = {"i", "j", "k", "l", "m", "n", "p", "q"}  # letters of indices, more than of labels
PARAMETERS = {"W", "U", "V", "R", "b", "w", r"\theta", r"\Theta", "B", "A"}
TIMED_BY_NUMBER = {"L", "E", "J", r"\ell", "y", "hat y", "o", "z", "s", "h", "x", "c", "a", "p"}


def lexicon(
    trees: Iterable[Node],
    sizes: frozenset[str] = frozenset(),
    *,
    figured: bool = False,
    above: Indexed = frozenset(),
) -> Lexicon:
    """The habits of a document, from all its formulas; ``sizes`` are letters that count entries, not steps.

    ``figured``: all its steps and entries are figures, so that each name, figures and all, is a quantity of its own;
    ``above``: names with indices above them.
    """
    trees = list(trees)
    words = Lexicon(figured=figured, unsummed=frozenset(_unsummed(trees)) if figured else frozenset())
    names = [without_indices(name, above) for tree in trees for name in quantities(tree)]
    sums = [node for tree in trees for node in walk(tree) if isinstance(node, BigOperator)]
    beside = shifted_beside_steps(names)
    for name in dict.fromkeys(names):
        learn_steps(words, name, beside)
    words.steps.update(words.shifted)
    for node in sums:
        if isinstance(node.upper, Name) and node.upper.stem in LENGTHS - sizes:
            words.lengths.add(node.upper.stem)
    for item in (item for name in dict.fromkeys(names) for item in items(name)):
        if item.bracket in ("(", "<") and isinstance(item.node, Name) and item.node.stem in LENGTHS - {"n"}:
            words.lengths.add(item.node.stem)
    if not words.lengths and has_last_step(words, names):
        words.lengths.add("T")
    for node in sums:
        words.steps.update(bound_steps(words, node))
        words.bound.update(_bound(node))
    words.steps -= words.lengths - {"n"} if "T" in words.lengths else words.lengths
    stepped = set(stepped_above(words, names))
    labelled = {name for name in _labelled(trees) if base(name) not in stepped}
    numbered: dict[str, set[str]] = {}
    raised = frozenset() if has_t(names) else frozenset(words.superscripts)
    for name in names:
        _register(words, name, labelled, numbered, raised)
    for name in dict.fromkeys(names):
        for part in letters(name)[1:] if name.stem not in WORDS else ():
            _register(words, part, labelled, numbered, raised)
    _settle(words)
    if not figured:
        _time_by_numbers(words, numbered)
    return words


def _time_by_numbers(words: Lexicon, numbered: dict[str, set[str]]) -> None:
    """E_4 and y_4 of a document that also writes E and y: the numbers are steps."""
    for stem, digits in numbered.items():
        if not words.arity.get(stem) and stem in TIMED_BY_NUMBER:
            words.arity[stem] = 1
        if words.arity.get(stem, 0) > 0:
            for digit in digits:
                words.arity.pop(f"{stem}_{digit}", None)


def _settle(words: Lexicon) -> None:
    """How many steps each name has: of several numbers the most frequent, for parameters none if it ever has none."""
    for key, counts in words.counts.items():
        stem = key.partition("_")[0].partition("^")[0].rpartition(" ")[2]
        if 0 in counts and len(counts) > 1 and stem in LOSSES - {"C", "l"}:
            words.split.add(key)
            words.arity[key] = 0
            words.arity[key + "@"] = max((n for n in counts if n), key=lambda n: counts[n])
        elif 0 in counts and (stem in PARAMETERS or _is_mostly_bare(counts)):
            words.arity[key] = 0
        else:
            words.arity[key] = max(counts, key=lambda n: (n > 0, counts[n]))
    for stem, place, label in words.labels:
        mark = "_" if place == "_" else "^"
        siblings = [k for k in words.counts if k.startswith(stem + mark) and k not in words.doubtful]
        if stem in PARAMETERS and (len(siblings) > 1 or (siblings and stem not in words.counts)):
            words.arity.setdefault(f"{stem}{mark}{label}", 0)
    for key in words.doubtful:
        stem, _, label = key.partition("_")
        of_quantity = any(words.counts.get(label, ())) and label not in words.bound  # a_{q,t} beside q_t
        if words.arity.get(stem, 0) > 0 and not of_quantity:
            words.arity.pop(key, None)


def _unsummed(trees: list[Node]) -> Iterator[Name]:
    """The names outside of sums: no letter of theirs counts entries."""
    waiting = list(trees)
    while waiting:
        here = waiting.pop()
        if isinstance(here, Name):
            yield here
        elif not isinstance(here, BigOperator):
            waiting.extend(children(here))


def _is_mostly_bare(counts: Counter[int]) -> bool:
    return len(counts) > 1 and counts[0] > 4 * max(counts[n] for n in counts if n)


def _bound(node: BigOperator) -> Iterator[str]:
    """The letter that a sum runs over."""
    match node.lower:
        case (
            Name(stem=stem) | Infix(operands=(_, Name(stem=stem), _)) | Infix(operands=(Name(stem=stem), *_))
        ):
            yield stem


def _labelled(trees: list[Node]) -> Iterator[Name]:
    """Names whose superscript number is a label: those that stand alone, or below a derivative."""
    for tree in trees:
        if isinstance(tree, Name):
            yield tree
        for node in walk(tree):
            match node:
                case Fraction(denominator=below):
                    yield from (part for part in walk(below) if isinstance(part, Name))
                case Differential(sub=below) if below is not None:
                    yield from (part for part in walk(below) if isinstance(part, Name))
                case _:
                    pass


def _register(
    words: Lexicon,
    name: Name,
    labelled: set[Name],
    numbered: dict[str, set[str]],
    raised: frozenset[str],
) -> None:
    """Note a name that is written with a step, or labels alone; ``raised`` are letters of steps in superscripts."""
    scripts = items(name)
    below: list[str] = []
    above: list[str] = []
    times = 0
    ambiguous: list[tuple[str, Node]] = []
    for item in scripts:
        node = item.node
        stems = set(letters_of(node))
        if item.bracket == "[":
            continue
        if item.bracket in ("(", "<") and words.figured and not any(letters_of(node)):
            above.append(plain(node))
        elif item.bracket in ("(", "<"):
            times += is_step(node)
        elif (item.place == "^" and isinstance(node, Name) and node.stem in TRANSPOSES) or is_entrywise_power(
            node
        ):
            continue
        elif item.place == "^" and is_step(node) and stems and stems <= raised:
            times += 1
        elif (
            is_step(node)
            and stems
            and stems <= words.steps
            and (is_shifted(node) or stems <= {"t"} or item.place == "_")
        ):
            if item.place == "^" and not stems <= words.superscripts:
                return  # a power t: says nothing of the name
            if stems <= INDICES - {"t"} and not is_shifted(node):
                ambiguous.append((item.place, node))  # h_k: a step, an entry or a label
                continue
            times += 1
        elif isinstance(node, Infix) and node.operators == ("=",):
            times += 1
        elif isinstance(node, Number) and item.place == "^" and name not in labelled:
            return
        elif (
            item.place == "^" and isinstance(node, Name) and node.sub is not None and words.is_time(node.sub)
        ):
            above.append(plain(replace(node, sub=None)))
            times += 1
        elif isinstance(node, Number) and item.place == "_":
            numbered.setdefault(base(name), set()).add(node.digits)
            below.append(plain(node))
        elif isinstance(node, Name) and node.sub is not None and item.place == "_":
            if node.stem in words.steps:
                times += 1
            else:
                below.append(plain(Name(node.stem, node.accents)))
                is_sign = name.stem == r"\delta" or GRADIENT in name.accents
                times += not is_sign and words.is_step_below(name, node.sub)
        elif (
            isinstance(node, Name)
            and item.place == "_"
            and node.sub is None
            and node.sup is None
            and set(node.stem) <= INDICES
            and (len(scripts) > 1 or set(node.stem) <= words.bound)
        ):
            ambiguous.append((item.place, node))  # h_{t,i}
        else:
            (below if item.place == "_" else above).append(plain(node))
    if ambiguous and not times:
        moved = [pair for pair in ambiguous if plain(pair[1]) in words.shifted - COMMON]
        if len(moved) == 1 and name.stem not in PARAMETERS:
            ambiguous.remove(moved[0])  # s_u and a_{s,u} of a document that also writes s_{u-1}
            times = 1
    if ambiguous and not times and name not in words.unsummed:
        if len(ambiguous) == 1 and not below and not above:
            place, node = ambiguous[0]
            words.labels.add((base(name), place, plain(node)))
        return  # other places will tell
    for place, node in ambiguous:
        (below if place == "_" else above).append(plain(node))
    key = base(name) + ("_" + ",".join(below) if below else "") + ("^" + ",".join(above) if above else "")
    counts = words.counts.setdefault(key, Counter())
    counts[times] += 1
    if ambiguous and not (name in labelled and not {plain(node) for _, node in ambiguous} & COMMON):
        words.doubtful.add(key)  # but a_r = ...: a label, if it is no common index

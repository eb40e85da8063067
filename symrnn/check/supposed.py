r"""The cell that a document is about without defining it, as its names and its claims say.

What stays open (the activation; which of the two ways the update gate of a GRU works) is tried, and the claims decide.
"""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.check.contents import Document
from symrnn.check.definition import Definition
from symrnn.check.evidence import BIAS, BOTH, INPUT, STATE, Evidence, evidence
from symrnn.check.flow import lagged_keys
from symrnn.check.names import Lexicon, quantities
from symrnn.check.naming import named
from symrnn.check.selection import Definitions
from symrnn.notes.formula import Call, Group, Infix, List, Name, Node, Number
from symrnn.notes.tree import walk

STATES = ("h", "s", "a", "H", "S", "z")
CELLS = ("c", "C", "s", "S")
ACCENTED = ("tilde", "hat", "bar")  # the candidate of a state
CANDIDATES = ("g", "a", "n", "z", "u", "j")
UPDATES = ("z", "u")
ANY = "any activation"
ACTIVATIONS = (ANY, r"\tanh", r"\sigma")  # any other that is no better comes too late
# the weights of the state and of the input where no claim tells, as people call them
PAIRS = (
    ("W_hh", "W_xh"), ("W_hh", "W_hx"), ("W_hh", "W_ih"), ("W_h", "W_x"), ("W_rec", "W_in"), ("W_aa", "W_ax"),
    ("W", "U"),
)  # fmt: skip
STEP = Name("t")
BEFORE = Infix(("-",), (STEP, Number("1")))
Cell = tuple[Definition, ...]


def supposed(document: Document) -> Iterator[Cell]:
    """The cells that a document may be about, as far as it does not define them; none where it does."""
    found = evidence(document)
    groups: Definitions = {d.key: (d,) for d in document.definitions}
    lagged = lagged_keys(document.lexicon, groups)
    if lagged and all(key in groups for key in lagged):
        return
    cells = [*_lstm(document, found)] or [*_gru(document, found, {*lagged})]
    if not cells and not lagged:
        cells = [*_elman(document, found)]
    yield from cells


def suppose(document: Document, cell: Cell) -> None:
    """Let a document begin with the equations of a cell."""
    words = document.lexicon
    for definition in cell:
        words.arity[definition.key] = 1
        for name in quantities(definition.body):
            if " " in name.stem:
                words.arity.setdefault(name.stem, int(name.sub is not None))
    words.functions.add(ANY)
    words.known.update(definition.key for definition in cell)
    words.refresh()
    document.definitions[:0] = cell
    document.supposed = cell


def is_open(document: Document) -> bool:
    """Whether something of the cell that a document is supposed to be about is left open."""
    calls = (node for d in document.supposed for node in walk(d.body) if isinstance(node, Call))
    return any(call.head == Name(ANY) for call in calls)


def _elman(document: Document, found: Evidence) -> Iterator[Cell]:
    """h_t = tanh(W h_{t-1} + U x_t + b), and any other activation."""
    state = next((k for k in STATES if k in found.lagging), None)
    if state is None or not found.weights:
        return
    weights = dict(found.weights)
    for first, second in PAIRS:
        if STATE not in weights.values() and weights.get(first) == "":
            weights[first] = STATE
        if INPUT not in weights.values() and weights.get(second) == "":
            weights[second] = INPUT
    argument = _affine(found, weights, state, "")
    for function in ACTIVATIONS:
        yield (_define(state, _applied(function, argument)),)


def _gru(document: Document, found: Evidence, lagged: set[str]) -> Iterator[Cell]:
    """The last line of a GRU, whose update gate keeps the old state or lets the new one in."""
    lexicon = document.lexicon
    defined = {d.key: d for d in document.definitions}
    states = [k for k in STATES if k in lagged and k not in defined]
    for state in states[:1]:
        new = next((k for k in (*(f"{a} {state}" for a in ACCENTED), *CANDIDATES) if k in defined), None)
        update = next((k for k in UPDATES if k in defined and k != new), None)
        if new is None or update is None or update in _read(lexicon, defined[new]):
            continue
        gate, old, fresh = named(update, STEP), named(state, BEFORE), named(new, STEP)
        rest = Group("(", Infix(("-",), (Number("1"), gate)), ")")
        open_ = Group("(", List(",", (gate, old, fresh)), ")")
        yield (_define(state, Call(Name(ANY), open_)),)
        yield (_define(state, _sum(_times(gate, old), _times(rest, fresh))),)
        yield (_define(state, _sum(_times(rest, old), _times(gate, fresh))),)


def _lstm(document: Document, found: Evidence) -> Iterator[Cell]:
    """The cell, the state and the gates of an LSTM that are named and not defined."""
    defined = {d.key for d in document.definitions}
    known = {*defined, *found.timed}
    cell = next((k for k in CELLS if k in known and (k in found.lagging or k in defined)), None)
    if cell is None or not {"f", "i", "o"} <= known or "h" not in known:
        return
    new = next((k for k in (*(f"{a} {cell}" for a in ACCENTED), *CANDIDATES) if k in known), None)
    if new is None:
        return
    result = []
    for gate, function in (("f", r"\sigma"), ("i", r"\sigma"), ("o", r"\sigma"), (new, r"\tanh")):
        labels = {gate, gate.rpartition(" ")[2], gate.rpartition(" ")[2].lower(), gate[:1]}
        if gate not in defined:
            own = {k: _role(found, k) for k in found.weights if labels & {*_label(k)}}
            result.append(_define(gate, _applied(function, _affine(found, own, "h", gate))))
    keep, enter, out = (named(k, STEP) for k in "fio")
    if cell not in defined:
        kept = _times(keep, named(cell, BEFORE))
        result.append(_define(cell, _sum(kept, _times(enter, named(new, STEP)))))
    if "h" not in defined:
        result.append(_define("h", _times(out, _applied(r"\tanh", named(cell, STEP)))))
    if result:
        yield tuple(result)


def _label(key: str) -> str:
    """The letters below a weight."""
    return key.partition("_")[2].replace(",", "")


def _role(found: Evidence, key: str) -> str:
    """What a weight of a gate meets, by the claims or by its name."""
    stem, _, label = key.partition("_")
    if found.weights[key]:
        return found.weights[key]
    if stem == "b":
        return BIAS
    if stem in ("U", "R") or "h" in label:
        return STATE
    other = any(k in found.weights for k in (f"U_{label}", f"R_{label}"))
    return INPUT if "x" in label or other else BOTH


def _affine(found: Evidence, weights: dict[str, str], state: str, of: str) -> Node:
    """W h_{t-1} + U x_t + b, with a name of its own for what has none."""
    source = found.input()
    data = named(source, STEP) if source else Name(f"input of {of or state}", sub=STEP)
    old = named(state, BEFORE)
    roles = {role: key for key, role in reversed(weights.items())}
    terms: list[Node] = []
    if BOTH in roles:
        terms.append(_matrix(found, roles[BOTH], Group("[", List(",", (old, data)), "]")))
    else:
        terms.append(_matrix(found, roles.get(STATE, f"weight of {of or state} W"), old))
        entering = INPUT in roles
        terms.append(
            _matrix(found, roles[INPUT], data) if entering else Name(f"input of {of or state}", sub=STEP)
        )
    if BIAS in roles:
        terms.append(_parameter(roles[BIAS]))
    return _sum(*terms)


def _matrix(found: Evidence, key: str, vector: Node) -> Node:
    weight = _parameter(key)
    return Infix(("",), (vector, weight) if found.rows else (weight, vector))


def _parameter(key: str) -> Name:
    front, _, above = key.partition("^")
    stem, _, label = front.partition("_")
    return Name(stem, sub=Name(label) if label else None, sup=Name(above) if above else None)


def _read(lexicon: Lexicon, definition: Definition) -> set[str]:
    return {lexicon.read(name).key for name in quantities(definition.body)}


def _define(key: str, body: Node) -> Definition:
    return Definition(key, (STEP,), (), body, 0, named(key, STEP))


def _applied(function: str, argument: Node) -> Node:
    return Call(Name(function), Group("(", argument, ")"))


def _times(a: Node, b: Node) -> Node:
    return Infix((r"\odot",), (a, b))


def _sum(*terms: Node) -> Node:
    return terms[0] if len(terms) == 1 else Infix(("+",) * (len(terms) - 1), terms)

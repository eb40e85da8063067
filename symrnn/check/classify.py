"""Which equations of a document define a quantity, and which claim something."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.contents import Document, Entry, derivatives, target
from symrnn.check.definition import Definition
from symrnn.check.edits import renamed
from symrnn.check.formulas import Formula, formula_of
from symrnn.check.functions import known
from symrnn.check.heads import differential, head, named_by, share_of
from symrnn.check.names import Lexicon
from symrnn.check.scripts import GRADIENT, outer, quantities
from symrnn.notes.formula import (
    Annotated,
    Call,
    Ellipsis,
    Group,
    Infix,
    List,
    Name,
    Node,
    Number,
    Script,
    Text,
)
from symrnn.notes.tree import children, walk, with_children

GRADIENTS = {r"\delta", r"\epsilon", r"\varepsilon", r"\Delta"}  # what errors are called
# what a gradient may be named
NEW = GRADIENTS | {r"\gamma", r"\eta", r"\lambda", r"\zeta", r"\xi", r"\rho", "e", "g"}
# the letters of steps, and of how many there are
COUNTS = {"t", "T", "i", "j", "k", "n", "u", r"\tau", "m", "l", "s"}


def classify(document: Document, entry: Entry) -> None:
    """Note what a statement of several sides defines, and whether it claims something."""
    if len(entry.sides) > 2 and isinstance(entry.sides[0], Name) and entry.sides[0].stem == r"\delta":
        # delta 3 . 6 = delta 3 . o_t: the number of a node stands for what it holds
        kept = [
            s for s in entry.sides[1:] if not any(isinstance(n, Number) and n.digits != "1" for n in outer(s))
        ]
        entry.sides = (entry.sides[0], *(kept or entry.sides[1:]))
    sides = entry.sides
    words = document.lexicon
    for side in sides:
        _underbraced(document, entry, side)
    flags = [next(derivatives(side), None) is not None for side in sides]
    names = [target(side) for side in sides]
    first = names[0]
    formula = None if any(flags) else formula_of(sides)
    if formula is not None and formula[0] in document.applied:
        _give(document, entry, *formula)
        return
    if entry.adds:
        entry.claims = flags[0] or (
            first is not None and (_is_gradient_name(words, first) or named_by(first) is not None)
        )
        return
    if isinstance(sides[0], Call) and first is not None and (first.primes or _is_known(first)):
        entry.claims = bool(first.primes) or any(flags)
        return
    if first is not None and not flags[0] and not entry.implied:
        if _says_what_it_is(document, entry, first):
            return
        if _is_gradient_name(words, first) or share_of(first)[1]:
            entry.claims = True
            return
        key = words.read(first).key
        known = {d.key for d in document.definitions}
        if not any(flags):
            if key in known and key not in document.forward:
                entry.claims = True  # a gradient that has a name
                return
            inner = named_by(first)
            if inner is not None and words.read(share_of(inner)[0]).key in words.arity:
                entry.claims = True
                return
            if first.stem in GRADIENTS and not entry.implied:
                document.unnamed.setdefault(key, []).append(entry)
                entry.claims = True
                return
            times = words.read(first).times
            if key in document.forward and times and all(_is_one_step(words, t) for t in times):
                entry.claims = True  # what follows for a single step
                return
            _define_forward(document, entry, names)
            return
        itself = any(words.read(n).key == key for side in sides[1:] for n in quantities(side))
        if key not in known and first.stem in GRADIENTS and itself:
            document.unnamed.setdefault(key, []).append(entry)
            entry.claims = True
            return
        if key not in known:
            body = next((s for s, f in zip(sides[1:], flags[1:], strict=True) if f and head(s)), None)
            if words.read(first).entries and named_by(first) is not None and body is not None:
                entry.claims = True  # \delta_{z_{h,t}}: its label says by what it is the gradient
                return
            _define(document, entry, first, body if body is not None else sides[1])
            entry.claims = len(sides) > 2
            return
        entry.claims = True
        return
    if (
        len(sides) == 2
        and flags[0]
        and head(sides[0]) is not None
        and names[1] is not None
        and not entry.implied
    ):
        symbol = words.read(names[1])
        if symbol.key not in {d.key for d in document.definitions} and _is_new(document, names[1]):
            _define(document, entry, names[1], sides[0])
            return
    entry.claims = any(flags) or any(_mentions_gradient(words, side) or _is_slope(side) for side in sides)


def _give(document: Document, entry: Entry, key: str, formula: Formula | None) -> None:
    """Note the formula of a function; of one that has several nothing is known."""
    formulas = document.lexicon.formulas
    formulas[key] = formula if formulas.get(key, formula) == formula else None
    entry.defines.append(Definition(key, (), (), entry.sides[1], entry.index))


def _says_what_it_is(document: Document, entry: Entry, name: Name) -> bool:
    r"""Whether an equation only tells what a sign of gradients is: g_y = \partial L / \partial y."""
    if GRADIENT not in name.accents or len(entry.sides) != 2:
        return False
    given = head(entry.sides[1])
    if given is None or given.bottom != named_by(name):
        return False
    entry.defines.append(Definition(document.lexicon.read(name).key, (), (), entry.sides[1], entry.index))
    return True


def _is_one_step(words: Lexicon, time: Node) -> bool:
    return (isinstance(time, Number) and time.digits != "0") or (
        isinstance(time, Name) and time.stem in words.lengths
    )


def _is_known(name: Name) -> bool:
    return known(name.stem) is not None or name.stem == r"\sigma"


def _is_new(document: Document, name: Name) -> bool:
    """Whether a name is one for a gradient: a Greek letter or a letter that no equation uses as a quantity."""
    key = document.lexicon.read(name).key
    if name.stem not in NEW:
        return False
    used = {document.lexicon.read(n).key for d in document.definitions for n in quantities(d.body)}
    return key not in used


def _is_gradient_name(words: Lexicon, name: Name) -> bool:
    """dW, dh_t, da_{next}: a d before a name that stands elsewhere."""
    if name.stem[0] != "d" or len(name.stem) < 2 or not name.stem.isalpha() or "text" in name.accents:
        return False
    found = differential(name)
    rest = found[0] if found else None
    return isinstance(rest, Name) and (words.read(rest).key in words.arity or len(name.stem) == 2)


def _mentions_gradient(words: Lexicon, side: Node) -> bool:
    for node in walk(side):
        if isinstance(node, Name) and (_is_gradient_name(words, node) or GRADIENT in node.accents):
            return True
        if isinstance(node, Infix) and not any(node.operators) and isinstance(node.operands[0], Name):
            leading = node.operands[0]
            if leading.stem in ("d", r"\delta", r"\Delta") and leading.sub is None and leading.sup is None:
                return True
    return False


def _is_slope(side: Node) -> bool:
    r"""(\tanh x)': a function of something, in brackets with a prime."""
    return (
        isinstance(side, Script)
        and side.primes > 0
        and isinstance(side.base, Group)
        and isinstance(side.base.body, Call)
    )


def _define(document: Document, entry: Entry, name: Name, body: Node) -> None:
    symbol = document.lexicon.read(name)
    times = symbol.times
    last = _last(document.lexicon, times, body)
    if last:
        times, body = (Name("t"),), renamed(body, last, "t")
    body = _distinguished(document.lexicon, symbol.key, body)
    definition = Definition(symbol.key, times, symbol.entries, body, entry.index, name)
    entry.defines.append(definition)
    document.definitions.append(definition)


def _distinguished(words: Lexicon, key: str, body: Node) -> Node:
    r"""The formula with another name for a function that bears that of what it defines: L = \sum_t L(y_t, \hat y_t)."""
    below = children(body)
    new = with_children(body, tuple(_distinguished(words, key, child) for child in below)) if below else body
    match new:
        case Call(head=Name(sub=None, sup=None) as head_, argument=Group(body=List())) if (
            words.read(head_).key == key
        ):
            return replace(new, head=Name("@" + head_.stem))
    return new


def _last(words: Lexicon, times: tuple[Node, ...], body: Node) -> str:
    r"""The letter of the last step, where a name is that of a gradient there: \delta_T = \partial L / \partial z_T.

    It is the name of the gradient at every step then.
    """
    found = head(body)
    below = target(found.bottom) if found is not None and found.top is not None else None
    if below is None or len(times) != 1 or words.read(below).times != times:
        return ""
    (time,) = times
    return time.stem if isinstance(time, Name) and time.stem in words.lengths else ""


def _define_forward(document: Document, entry: Entry, names: list[Name | None]) -> None:
    """h = z = tanh(a): every leading name is defined by what follows the last of them."""
    sides, words = entry.sides, document.lexicon
    if any(isinstance(side, Ellipsis) for side in sides):
        return  # E_1 = E_2 = ... = 0: when something is the case
    last = 0
    while (
        last + 1 < len(sides) - 1
        and names[last + 1] is not None
        and isinstance(sides[last + 1], Name | Group)
    ):
        last += 1
    bodies = [s for s in sides[last + 1 :] if not _is_vague(s)] or list(sides[last + 1 :])
    body = bodies[0]
    if len(bodies) > 1:
        inner = _named_argument(bodies[0], bodies[1])
        if inner is not None:
            _define(document, entry, *inner)
        elif isinstance(bodies[0], Call) and isinstance(bodies[0].head, Name):
            body = bodies[1]  # f(x, h) = A h + B x: the function is only named first
    for name in names[: last + 1]:
        if name is not None and not _is_constant(words, name, body):
            _define(document, entry, name, body)
            document.forward.add(document.lexicon.read(name).key)


def _is_constant(words: Lexicon, name: Name, body: Node) -> bool:
    """Names that are steps or counts: t = 1, T = 10, n = T - t; not u = x^2."""
    if name.stem not in COUNTS or name.sub is not None or name.sup is not None:
        return False
    counts = COUNTS | words.steps | words.lengths
    return name.stem in words.steps | words.lengths or all(n.stem in counts for n in quantities(body))


def _is_vague(node: Node) -> bool:
    """Whether a formula holds what stands for something left out."""
    return any(isinstance(inner, Ellipsis | Text) for inner in walk(node))


def _named_argument(first: Node, second: Node) -> tuple[Name, Node] | None:
    r"""The name of the argument in sigma(z) = sigma(W x + b)."""
    match first, second:
        case (
            Call(head=Name(stem=f), argument=Group(body=Name() as name)),
            Call(head=Name(stem=g), argument=Group(body=body)),
        ) if f == g and body is not None:
            return name, body
    return None


def _underbraced(document: Document, entry: Entry, side: Node) -> None:
    """A name under a brace is defined by what stands above it, if nothing else defines it."""
    for node in walk(side):
        if isinstance(node, Annotated) and isinstance(node.note, Name) and node.macro.endswith("brace"):
            name = node.note
            if "text" in name.accents or _is_gradient_name(document.lexicon, name):
                continue
            if not (name.sub or name.sup or len(name.stem) == 1):
                continue
            symbol = document.lexicon.read(name)
            if symbol.key in {d.key for d in document.definitions}:
                continue
            times = symbol.times
            entries = symbol.entries
            if not times:
                read = (document.lexicon.read(n) for n in quantities(node.body))
                inside = [t for inner in read for t in inner.times if isinstance(t, Name)]
                if inside:
                    times = (inside[0],)
                    document.lexicon.arity[symbol.key] = 1
            definition = Definition(symbol.key, times, entries, node.body, entry.index)
            entry.defines.append(definition)
            document.definitions.append(definition)

"""Names for the parts of definitions that have none of their own: the argument of an activation."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.aliases import relabelled
from symrnn.check.definition import Definition
from symrnn.check.kinds import has_derivative, is_function
from symrnn.check.names import Lexicon, Symbol, quantities
from symrnn.check.scripts import ACCENTS
from symrnn.check.selection import Definitions
from symrnn.check.understand import Document
from symrnn.notes.formula import Call, Group, Infix, List, Name, Node, Number
from symrnn.notes.tree import children, letters, with_children

USE = " as read in "  # names for the uses of a quantity
RAW = {"raw", "pre", "preact", "net", "lin", "linear", "in"}  # labels of what an activation is applied to
PRE = {"a", "z", "net", "s", "u", "p", "v", "n", "pre", r"\hat", "zeta"}


def named(key: str, step: Node) -> Name:
    """A name that is read as a quantity at a step."""
    front, _, sup = key.rstrip("@").partition("^")
    front, _, sub = front.partition("_")
    *accents, stem = front.split(" ")
    subs: list[Node] = [Name(sub)] if sub else []
    subs.append(step)
    node = List(",", tuple(subs)) if len(subs) > 1 else subs[0]
    above: Node | None = None
    if sup:
        above = Number(sup) if sup.isdecimal() else Name(sup)
    return Name(stem, tuple(accents), sub=node, sup=above)


def name_parts(result: Definitions) -> None:
    """a_C = tanh(C_t) beside h_t = o_t tanh(C_t): what has a name is read by its name."""
    for key, group in list(result.items()):
        part = group[-1]
        if not isinstance(part.body, Call | Infix) or part.entries or part.name is None:
            continue
        for other, others in list(result.items()):
            whole = others[-1]
            if other == key or whole.entries or (part.times and whole.times != part.times):
                continue
            if plainly(whole.body) == plainly(part.body):
                continue
            body = _replaced(whole.body, part.body, part.name, plainly(part.body))
            if body is not whole.body:
                result[other] = (*others[:-1], replace(whole, body=body))


def name_arguments(document: Document, result: Definitions) -> None:
    """a_f beside f_t = sigma(W x + b): a name that nothing defines, for the argument of the activation of f."""
    lexicon = document.lexicon
    read = {lexicon.read(n).key for group in result.values() for d in group for n in quantities(d.body)}
    sole = _activated(lexicon, result)
    for name in _undefined(document, result, read):
        symbol = lexicon.read(name)
        label = relabelled(document, {*result, *read}, symbol.key)
        for key, group in list(result.items()):
            whole = group[-1]
            if not isinstance(whole.body, Call) or not isinstance(whole.body.head, Name) or whole.entries:
                continue
            inner = whole.body.argument
            argument = inner.body if isinstance(inner, Group) else inner
            if argument is None or isinstance(argument, Name | List):
                continue
            if not _resembles(label, key) and not (symbol.key in PRE | RAW and sole == {key}):
                continue
            times = whole.times
            lexicon.arity[symbol.key] = len(times)
            written = name if symbol.times else named(symbol.key, times[0]) if times else name
            plain_name = _at(name, symbol, times)
            result[symbol.key] = (Definition(symbol.key, times, (), argument, whole.position, written),)
            called = replace(whole.body, argument=Group("(", plain_name, ")"), origin=None)
            result[key] = (*group[:-1], replace(whole, body=called))
            lexicon.refresh()
            break


def name_inner(lexicon: Lexicon, result: Definitions) -> None:
    """A name for every argument of an activation, and for every activation in a product: gradients may be theirs."""
    for key, group in list(result.items()):
        whole = group[-1]
        if (
            len(whole.times) != 1
            or whole.entries
            or lexicon.is_loss(key)
            or has_derivative(lexicon, whole.body)
        ):
            continue
        if key in lexicon.functions:
            continue
        body = _with_parts(lexicon, result, key, whole.times[0], whole.body, top=True)
        if body is not whole.body:
            result[key] = (*group[:-1], replace(whole, body=body))


def _with_parts(
    lexicon: Lexicon, result: Definitions, key: str, step: Node, node: Node, *, top: bool = False
) -> Node:
    """A formula of a quantity with names for its parts; ``top`` is its whole body, which has a name."""
    below = children(node)
    if isinstance(node, Call) and isinstance(node.head, Name) and is_function(lexicon, node.head):
        inner = node.argument.body if isinstance(node.argument, Group) else node.argument
        stem = node.head.stem
        if inner is not None and not isinstance(inner, Name | List):
            used = _with_uses(lexicon, result, key, step, inner)
            part = _part(lexicon, result, f"argument of {key}", step, used)
            node = replace(node, argument=Group("(", part, ")"), origin=None)
        return node if top else _part(lexicon, result, f"{stem} in {key}", step, node)
    if isinstance(node, Name) or not below:
        return node
    return with_children(node, tuple(_with_parts(lexicon, result, key, step, child) for child in below))


def _with_uses(lexicon: Lexicon, result: Definitions, key: str, step: Node, node: Node) -> Node:
    """A formula with names for what is multiplied with a weight: the share of its gradient that comes by this."""
    if isinstance(node, Infix) and not set(node.operators) & {"+", "-"}:
        timed = [o for o in node.operands if isinstance(o, Name) and lexicon.read(o).times]
        if len(timed) == 1 and all(isinstance(o, Name) for o in node.operands) and len(node.operands) == 2:
            (name,) = timed
            use = _part(lexicon, result, f"{name.stem}{USE}{key}", step, name)
            return with_children(node, tuple(use if o is name else o for o in node.operands))
    if isinstance(node, Infix):
        return with_children(
            node, tuple(_with_uses(lexicon, result, key, step, child) for child in node.operands)
        )
    return node


def _part(lexicon: Lexicon, result: Definitions, key: str, step: Node, body: Node) -> Name:
    """A new quantity for a part of a formula."""
    key = key.replace("_", "").replace("^", "")
    lexicon.arity[key] = 1
    result[key] = (Definition(key, (step,), (), body),)
    return Name(key, sub=step)


def _activated(lexicon: Lexicon, result: Definitions) -> set[str]:
    """The quantities of a step that an activation gives, of an argument that has no name."""
    return {
        key
        for key, group in result.items()
        if isinstance(body := group[-1].body, Call)
        and isinstance(body.head, Name)
        and is_function(lexicon, body.head)
        and isinstance(body.argument, Group)
        and not isinstance(body.argument.body, Name | List)
        and lexicon.arity.get(key, 0) == 1
        and not lexicon.is_loss(key)
    }


def _at(name: Name, symbol: Symbol, times: tuple[Node, ...]) -> Name:
    """A name at the step of a definition; its step may go unsaid."""
    return name if not symbol.times else _renamed_step(name, symbol.times[0], times[0]) if times else name


def _renamed_step(name: Name, old: Node, new: Node) -> Name:
    """A name at another step."""
    found = _replaced(name, old, new)
    assert isinstance(found, Name)
    return found


def _resembles(unknown: str, key: str) -> bool:
    """Whether an unknown name looks like one for the pre-activation of a quantity."""
    if unknown.casefold() == key.casefold() and unknown != key:
        return True
    if any(unknown == f"{key}{mark}{word}" for mark in "_^" for word in RAW):
        return True
    stem, _, label = unknown.partition("_")
    plain_key = key.rpartition(" ")[2]
    if stem in PRE and label and label.split(",")[0] in (key, plain_key, plain_key.rpartition("_")[2]):
        return True
    return stem in (f"bar {key}", f"hat {key}", f"tilde {key}") and " " not in key


def _undefined(document: Document, result: Definitions, read: set[str]) -> list[Name]:
    """The names of the claims that nothing defines and no definition reads, the first writing of each."""
    lexicon = document.lexicon
    found: dict[str, Name] = {}
    for entry in document.entries:
        if not entry.claims:
            continue
        for side in entry.sides:
            for name in quantities(side):
                for part in (name, *letters(name)[1:]):
                    key = lexicon.read(part).key
                    if key not in result and key not in read and key not in found and part.sub is not None:
                        found[key] = part
    return list(found.values())


def _replaced(tree: Node, old: Node, new: Node, plain: Node | None = None) -> Node:
    """The tree with a name in the place of every part that is written like the one it stands for.

    ``plain`` is that one without fonts and signs of multiplication, where these may differ.
    """
    if tree == old or (plain is not None and type(tree) is type(old) and plainly(tree) == plain):
        return new
    below = children(tree)
    return with_children(tree, tuple(_replaced(child, old, new, plain) for child in below)) if below else tree


def plainly(tree: Node) -> Node:
    r"""A formula without fonts, braces and \cdot: \mathbf{W} \cdot {x} as W x."""
    match tree:
        case Group(opening="{", body=Node() as body):
            return plainly(body)
        case Call(head=Name() as name, argument=Group(opening="[") as argument):
            tree = Infix(("",), (name, argument))  # W[h, x]
        case Infix(operators=operators) if not set(operators) <= {"+", "-"}:
            tree = replace(tree, operators=tuple("" if o == r"\cdot" else o for o in operators))
        case Name():
            tree = replace(tree, accents=tuple(a for a in tree.accents if a in ACCENTS))
    return with_children(tree, tuple(plainly(child) for child in children(tree)))

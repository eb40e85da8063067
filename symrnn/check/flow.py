"""What a step of a model reads of the others, and what it hands on."""

from __future__ import annotations

from symrnn.check.definition import Definition
from symrnn.check.functions import SOFTMAX
from symrnn.check.heads import head
from symrnn.check.kinds import has_derivative
from symrnn.check.names import Lexicon, base, letters_of, quantities
from symrnn.check.selection import Definitions
from symrnn.notes.formula import Call, Infix, Name, Node, Number
from symrnn.notes.tree import letters, walk


def lagged_keys(lexicon: Lexicon, definitions: Definitions) -> dict[str, int]:
    """What is read from earlier steps, and from how many steps before; no gradients of a loss: they start with one."""
    found = _shifted(lexicon, definitions, "-")
    return {
        k: n
        for k, n in found.items()
        if k not in definitions or not _of_loss(lexicon, definitions[k][-1].body)
    }


def _of_loss(lexicon: Lexicon, body: Node) -> bool:
    """Whether a formula is the gradient of a loss."""
    found = head(body)
    return found is not None and isinstance(found.top, Name) and lexicon.is_loss(lexicon.read(found.top).key)


def leading_keys(lexicon: Lexicon, definitions: Definitions) -> dict[str, int]:
    """What is read from later steps, and from how many steps after; no gradients: they end with the last step."""
    backward = _of_gradients(lexicon, definitions)
    return {k: n for k, n in _shifted(lexicon, definitions, "+").items() if k not in backward}


def _shifted(lexicon: Lexicon, definitions: Definitions, sign: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for group in definitions.values():
        for definition in group:
            if has_derivative(lexicon, definition.body):
                continue
            for name in quantities(definition.body):
                symbol = lexicon.read(letters(name)[-1] if lexicon.spelled(name) else name)
                for time in symbol.times:
                    match time:
                        case Infix(operators=(operator,), operands=(_, Number(digits=digits))) if (
                            operator == sign
                        ):
                            found[symbol.key] = max(found.get(symbol.key, 0), int(digits[:2]))
                        case Number(digits="0") if sign == "-":
                            found.setdefault(symbol.key, 1)
    return found


def output_key(lexicon: Lexicon, definitions: Definitions) -> str | None:
    """What the loss looks at: a name with a hat, a softmax, or what nothing else of its step reads."""
    for key in definitions:
        if key.startswith("hat ") or key in ("y_pred", "pred"):
            return key
    for key, group in definitions.items():
        body = group[-1].body
        if (
            isinstance(body, Call)
            and isinstance(body.head, Name)
            and body.head.stem.removeprefix("\\") in SOFTMAX
        ):
            return key
    ends = sinks(lexicon, definitions)
    return ends[0] if ends else None


def sinks(lexicon: Lexicon, definitions: Definitions) -> list[str]:
    """The quantities of a step that nothing else of the same step reads; outputs rather than states."""
    backward = _of_gradients(lexicon, definitions)
    forward = {
        key: group[-1]
        for key, group in definitions.items()
        if lexicon.arity.get(key, 0) == 1
        and key not in backward
        and not lexicon.is_loss(key)
        and not _adds_losses(lexicon, group[-1].body)
    }
    read_now: set[str] = set()
    read_later: set[str] = set()
    for key, definition in forward.items():
        for name in quantities(definition.body):
            symbol = lexicon.read(name)
            if symbol.key == key:
                read_later.add(key)
                continue
            shifted = any(isinstance(t, Infix) for t in symbol.times)
            (read_later if shifted else read_now).add(symbol.key)
    ends = [key for key in forward if key not in read_now and _reads_state(lexicon, forward, key)]
    outputs = [key for key in ends if key not in read_later]
    return [key for key in outputs if _remembers(lexicon, forward, key)] or outputs or ends


def last_output(lexicon: Lexicon, definitions: Definitions) -> str | None:
    """What is computed once, from the last state, and nothing else reads: o = V h_T."""
    once = {
        key: group[-1].body
        for key, group in definitions.items()
        if not group[-1].times and not lexicon.is_loss(key) and not has_derivative(lexicon, group[-1].body)
    }
    read = {lexicon.read(n).key for body in once.values() for n in quantities(body)}
    reached = {
        key
        for key, body in once.items()
        if any(set(letters_of(t)) & lexicon.lengths for n in quantities(body) for t in lexicon.read(n).times)
    }
    while more := {
        k
        for k, b in once.items()
        if k not in reached and {lexicon.read(n).key for n in quantities(b)} & reached
    }:
        reached |= more
    return next((key for key in once if key in reached and key not in read), None)


def _of_gradients(lexicon: Lexicon, definitions: Definitions) -> set[str]:
    """What is defined by derivatives, or by what is: no part of the forward pass."""
    found = {key for key, group in definitions.items() if has_derivative(lexicon, group[-1].body)}
    reads = {key: {lexicon.read(n).key for n in quantities(g[-1].body)} for key, g in definitions.items()}
    while more := {key for key, names in reads.items() if key not in found and names & found}:
        found |= more
    return found


def step_outputs(lexicon: Lexicon, definitions: Definitions) -> list[str]:
    """What one step hands on: the states that the next one reads."""
    lagged = lagged_keys(lexicon, definitions)
    return [
        key
        for key in definitions
        if key in lagged and lexicon.arity.get(key, 0) == 1 and not lexicon.is_loss(key)
    ]


def _remembers(lexicon: Lexicon, forward: dict[str, Definition], key: str) -> bool:
    """Whether a quantity depends on what an earlier step computes: no encoding of an input."""
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        here = waiting.pop()
        if here in seen or here not in forward:
            continue
        seen.add(here)
        for name in quantities(forward[here].body):
            symbol = lexicon.read(name)
            if any(isinstance(t, Infix) for t in symbol.times) and symbol.key in forward:
                return True
            waiting.append(symbol.key)
    return False


def _adds_losses(lexicon: Lexicon, body: Node) -> bool:
    """Whether a quantity is made of losses: what is lost from a step on."""
    return any(isinstance(n, Name) and lexicon.is_loss(base(n)) for n in walk(body))


def _reads_state(lexicon: Lexicon, forward: dict[str, Definition], key: str) -> bool:
    """Whether a quantity depends on anything with a step."""
    return any(lexicon.arity.get(lexicon.read(n).key, 0) for n in quantities(forward[key].body))

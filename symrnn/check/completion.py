"""What a document leaves unsaid: the definitions that everybody would add."""

from __future__ import annotations

from dataclasses import replace

from symrnn.check.definition import Definition
from symrnn.check.edits import renamed
from symrnn.check.flow import lagged_keys, last_output, output_key, sinks
from symrnn.check.functions import SOFTMAX
from symrnn.check.heads import head
from symrnn.check.kinds import has_derivative, top_name
from symrnn.check.names import Lexicon, base, quantities
from symrnn.check.naming import name_arguments, name_inner, name_parts, named
from symrnn.check.output_layer import complete_output
from symrnn.check.scripts import letters_of
from symrnn.check.selection import Definitions
from symrnn.check.understand import Document
from symrnn.notes.formula import BigOperator, Call, Ellipsis, Group, Infix, List, Name, Node, Number
from symrnn.notes.tree import walk

TARGETS = ("y", "labels", "target", "targets", "d", "tilde y", "y^*", "y^true", "hat y")

TOTALS = {"total", "tot", "all", "seq", "sequence", "T"}  # labels of the loss of all steps


def complete(document: Document, definitions: Definitions) -> Definitions:
    """The definitions with those that everybody would add: an activation, an output, the losses."""
    lexicon = document.lexicon
    result = {k: group for k, group in definitions.items() if not _is_adrift(lexicon, k, definitions)}
    name_parts(result)
    name_arguments(document, result)
    if document.unnamed:
        name_inner(lexicon, result)
    complete_output(document, result)
    _complete_states(lexicon, result)
    wanted = [*dict.fromkeys((*_tops(document), *_summed(lexicon, result)))]
    timed = [k for k in wanted if _is_step_loss(lexicon, k)]
    untimed = [k for k in wanted if lexicon.is_loss(k) and lexicon.arity.get(k, 0) == 0]
    step = Name("t")
    output = output_key(lexicon, {k: v for k, v in result.items() if not lexicon.is_loss(k)})
    defined_timed = [k for k in result if _is_step_loss(lexicon, k)]
    for key in timed:
        if key not in result and output is not None:
            body = _summand(lexicon, result, key) or _step_loss(lexicon, result, output)
            result[key] = (Definition(key, (step,), (), body),)
            defined_timed.append(key)
    called = _called_loss(document)
    last = last_output(lexicon, result)
    defined = any(k in result for k in untimed)
    for key in untimed or ["L"]:
        label = key.partition("_")[2]
        if key in result or (defined and label and label not in TOTALS):
            continue
        if called is not None and key == called[0]:
            continue
        if last is not None and not defined_timed and called is None:
            body = Call(Name("@loss"), Group("(", List(",", (Name(last),)), ")"))
            result[key] = (Definition(key, (), (), body),)
            lexicon.arity.setdefault(key, 0)
            continue
        summand: Node | None = None
        if defined_timed:
            stem = defined_timed[0]
            summand = named(stem, step)
        elif called is not None:
            summand = called[1]
        elif output is not None:
            summand = _step_loss(lexicon, result, output)
        if summand is not None:
            total: Node = summand
            if defined_timed or called is not None or _ended(lexicon, result, output) is None:
                total = BigOperator(r"\sum", Infix(("=",), (step, Number("1"))), Name("T"), summand)
            result[key] = (Definition(key, (), (), total),)
            lexicon.arity.setdefault(key, 0)
    return result


def is_softmax(body: Node) -> bool:
    """Whether a definition is the softmax of something."""
    return (
        isinstance(body, Call)
        and isinstance(body.head, Name)
        and body.head.stem.removeprefix("\\") in SOFTMAX
    )


def targets(lexicon: Lexicon) -> list[str]:
    """The names that a target may have; d without a step is no quantity: it stands before one."""
    return [k for k in TARGETS if k != "d" or lexicon.arity.get(k, 0)]


def _is_adrift(lexicon: Lexicon, key: str, definitions: Definitions) -> bool:
    """Whether a loss reads nothing that the model computes: it speaks of names that nothing defines."""
    if not lexicon.is_loss(key) or has_derivative(lexicon, definitions[key][-1].body):
        return False
    read = {lexicon.read(n).key for n in quantities(definitions[key][-1].body)}
    return not any(k in definitions or _is_step_loss(lexicon, k) for k in read)


def _is_step_loss(lexicon: Lexicon, key: str) -> bool:
    return lexicon.is_loss(key) and lexicon.arity.get(key, 0) == 1


def _summed(lexicon: Lexicon, definitions: Definitions) -> list[str]:
    """The losses of a step that the definitions of the losses read."""
    bodies = [d.body for k, group in definitions.items() if lexicon.is_loss(k) for d in group]
    keys = (lexicon.read(n).key for body in bodies for n in quantities(body))
    return [key for key in keys if _is_step_loss(lexicon, key)]


def _complete_states(lexicon: Lexicon, result: Definitions) -> None:
    """h is tanh of the a that holds W h_{t-1}, if nothing says what h is and nothing reads a."""
    lagged = lagged_keys(lexicon, result)
    read = {lexicon.read(n).key for group in result.values() for d in group for n in quantities(d.body)}
    for key in lagged:
        if key in result or not lexicon.arity.get(key, 0):
            continue
        for other, group in list(result.items()):
            body = group[-1].body
            if other in read or has_derivative(lexicon, body):
                continue
            if lexicon.arity.get(other, 0) != 1 or lexicon.is_loss(other):
                continue
            symbols = [lexicon.read(n) for n in quantities(body)]
            if any(s.key == key and any(isinstance(t, Infix) for t in s.times) for s in symbols):
                argument = Group("(", named(other, Name("t")), ")")
                result[key] = (Definition(key, (Name("t"),), (), Call(Name(r"\tanh"), argument)),)
                break
    for key, arity in list(lexicon.arity.items()):
        if (
            key.startswith("hat ")
            and "_" not in key
            and key not in result
            and arity <= 1
            and key[4:5].isalpha()
            and key.removeprefix("hat ") not in read  # what enters a gate is no prediction of it
        ):
            ends = [k for k in sinks(lexicon, result) if k not in lagged]
            if ends and not (
                _is_compared(lexicon, result, key, ends[0]) or any(map(_has_softmax, result.values()))
            ):
                argument = Group("(", named(ends[0], Name("t")), ")")
                lexicon.arity[key] = 1
                result[key] = (Definition(key, (Name("t"),), (), Call(Name("softmax"), argument)),)
                break


def _has_softmax(group: tuple[Definition, ...]) -> bool:
    return is_softmax(group[-1].body)


def _is_compared(lexicon: Lexicon, result: Definitions, target: str, output: str) -> bool:
    """Whether a loss reads both: the one is the target of the other then."""
    bodies = [d.body for key, group in result.items() if lexicon.is_loss(key) for d in group]
    return any({target, output} <= {lexicon.read(n).key for n in quantities(body)} for body in bodies)


def _summand(lexicon: Lexicon, result: Definitions, key: str) -> Node | None:
    r"""What E_t or \ell_t is where E = \sum_t \ell(y_t, \hat y_t)."""
    for total, group in result.items():
        match group[-1].body:
            case BigOperator(symbol=r"\sum", lower=Node() as lower, body=Call(head=Name() as called) as body):
                own = lexicon.read(called).key == key  # \sum_t L_t(y_t): it says nothing of L_t
                if lexicon.is_loss(total) and key.rstrip("@") in (total, base(called)) and not own:
                    return renamed(body, next(letters_of(lower), "t"), "t")
    return None


def _step_loss(lexicon: Lexicon, result: Definitions, output: str) -> Node:
    """The loss of a step: the cross-entropy of a softmax, else any function of the output."""
    step = Name("t")
    target = next((k for k in targets(lexicon) if k in lexicon.arity and k not in result), None)
    group = result.get(output)
    body = group[-1].body if group else None
    softmax = body is not None and is_softmax(body)
    last = _ended(lexicon, result, output)
    out = named(output, step) if last is None else last
    if target is not None and (softmax or output.startswith("hat ")):
        lexicon.arity[target] = max(min(1, lexicon.arity.get(output, 0)), lexicon.arity[target])
        at = named(target, step if last is None else Name("T"))
        items = (out, at if last is None or lexicon.arity[target] else replace(at, sub=None))
        return Call(Name("crossentropy" if softmax else "@link"), Group("(", List(",", items), ")"))
    ends = sinks(lexicon, result) or [output]
    names = tuple(named(k, step) for k in ends) if last is None else (last,)
    return Call(Name("@loss"), Group("(", List(",", names), ")"))


def _ended(lexicon: Lexicon, result: Definitions, output: str | None) -> Name | None:
    """An output that is given after the last step only, as its definition writes it; None if every step has one."""
    group = result.get(output or "", ())
    name = group[-1].name if group else None
    if (
        output is None
        or not isinstance(name, Name)
        or lexicon.arity.get(output, 0)
        or lexicon.read(name).key != output
    ):
        return None
    times = [t for n in quantities(group[-1].body) for t in lexicon.read(n).times]
    ends = [t for t in times if isinstance(t, Name) and t.stem in lexicon.lengths]
    return name if times and len(ends) == len(times) else None


def _called_loss(document: Document) -> tuple[str, Node] | None:
    """A loss that is written as a function of what it compares: L_elt(g_u, y_u)."""
    defined = {d.key for d in document.definitions}
    for entry in document.entries:
        for side in entry.sides:
            for node in walk(side):
                if (
                    isinstance(node, Call)
                    and isinstance(node.head, Name)
                    and document.lexicon.is_loss(base(node.head))
                    and isinstance(node.argument, Group)
                    and isinstance(node.argument.body, List)
                    and document.lexicon.read(node.head).key not in defined
                ):
                    times = {
                        t.stem
                        for n in quantities(node.argument.body)
                        for t in document.lexicon.read(n).times
                        if isinstance(t, Name) and t.stem not in document.lexicon.lengths
                    }
                    if len(times) == 1 and not any(isinstance(n, Ellipsis) for n in walk(node.argument)):
                        letter = next(iter(times))
                        return document.lexicon.read(node.head).key, renamed(node, letter, "t")
    return None


def _tops(document: Document) -> list[str]:
    """The quantities that are differentiated in the document."""
    found: dict[str, None] = {}
    for entry in document.entries:
        for side in entry.sides:
            for node in walk(side):
                inner = head(node)
                if inner is not None and inner.top is not None:
                    name = top_name(inner.top)
                    if name is not None:
                        found[document.lexicon.read(name).key] = None
    return list(found)

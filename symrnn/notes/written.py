r"""The LaTeX of a tree, in the spelling of its author.

What was read and not changed is copied as it stands in the source.  A node that was changed in some of its
parts keeps the source around them: ``\left``, spacing, breaks of rows.  Only what is new is spelled here, with
brackets where the tree needs them.
"""

from __future__ import annotations

from symrnn.notes import latex
from symrnn.notes.brackets import across_rows
from symrnn.notes.fitting import ATOM, fits, level, takes_scripts
from symrnn.notes.formula import (
    Accented,
    Annotated,
    BigOperator,
    Call,
    Differential,
    Ellipsis,
    EvaluationBar,
    Fraction,
    Group,
    Infix,
    List,
    Matrix,
    Name,
    Node,
    Number,
    Root,
    Script,
    Slice,
    Text,
    Unary,
    Unreadable,
)
from symrnn.notes.symbols import DECLARATIONS, STACKED, WITH_COLUMNS
from symrnn.notes.tree import children

SEPARATORS = {"": " ", ";": "; ", ",": ", ", "|": r" \mid "}
TALL = (r"\frac", r"\sum", r"\prod", r"\int", r"\begin", r"\left", r"\underbrace", r"\over")
BRACED = (Fraction, Accented, Root, Annotated)  # all their parts stand in braces
FREE = (Group, Matrix)  # their brackets hold anything


def written(node: Node) -> str:
    """The LaTeX of a tree: copied where it is as it was read, spelled where it is new."""
    if node.origin is not None:
        if node.origin.node is node:
            return f"{{{node.text}}}" if _is_bare_over(node) else node.text
        kept = _around(node)
        if kept is not None:
            return kept
    return _spelled(node)


def _is_bare_over(node: Node) -> bool:
    r"""Whether a node is a \over b without its braces, which must not be put beside anything."""
    return isinstance(node, Fraction) and node.macro == r"\over" and not node.text.startswith("{")


# -- a changed node, in the source that was around its parts


def _around(node: Node) -> str | None:
    """The node's source with the changed parts in their places; nothing if more was changed than parts."""
    assert node.origin is not None
    old, text = node.origin.node, node.origin.text
    before, after = children(old), children(node)
    if type(old) is not type(node) or len(before) != len(after) or _frame(old) != _frame(node):
        return None
    order = sorted(range(len(before)), key=lambda index: before[index].span)
    result, at = [], node.origin.start
    for index in order:
        start, end = before[index].span
        if start < at or end > node.origin.end:
            return None
        new = after[index]
        result.append(text[at:start])
        if new is before[index]:
            result.append(text[start:end])
        elif _in_braces(node, index):
            bare = text[:start].rstrip().endswith(("{", "[")) and text[end:].lstrip().startswith(("}", "]"))
            spelled = written(new)
            if (
                bare
                and isinstance(node, Name)
                and _is_short(spelled)
                and text[at:start].endswith(("_{", "^{"))
            ):
                result[-1] = result[-1].removesuffix("{")  # h_t of h_{t-1}
                end = text.index("}", end) + 1
            is_script = isinstance(node, Name) and text[at:start].endswith(("_", "^"))
            result.append(spelled if bare else _braced(spelled) if is_script else f"{{{spelled}}}")
        elif isinstance(node, FREE) or (isinstance(node, EvaluationBar) and node.text.startswith(r"\left")):
            result.append(written(new))
        else:
            result.append(_part(node, index, new))
        at = end
    return "".join([*result, text[at : node.origin.end]])


def _frame(node: Node) -> tuple[object, ...]:
    """All of a node but its parts."""
    return tuple(_hollow(getattr(node, slot)) for slot in node.__dataclass_fields__ if slot != "origin")


def _hollow(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_hollow(part) for part in value)
    return Node if isinstance(value, Node) else value


def _in_braces(node: Node, index: int) -> bool:
    """Whether a part stands in braces, so that it may be anything."""
    if isinstance(node, (*BRACED, Name)):
        return True
    bare = {Script: "base", Differential: "body", EvaluationBar: "body", BigOperator: "body"}.get(type(node))
    return bare is not None and children(node)[index] is not getattr(node, bare)


# -- parts and the brackets they need


def _part(parent: Node, index: int, child: Node) -> str:
    """A part that does not stand in braces, in brackets if it needs them."""
    text = _in_line(child)
    if isinstance(parent, Script):
        return text if takes_scripts(child) else f"{{{text}}}" if level(child) == ATOM else _bracket(text)
    return text if fits(parent, index, child) else _bracket(text)


def _in_line(node: Node) -> str:
    """The LaTeX of a node without the breaks of rows that it had where it stood."""
    text = written(node)
    if "\\\\" not in text and "&" not in text:
        return text
    tokens = latex.tokens(text)
    kept = {(token.start, token.end) for token in across_rows(tokens)}
    for token in reversed(tokens):
        if (token.start, token.end) not in kept and token.kind in ("&", "row"):
            text = f"{text[: token.start]} {text[token.end :]}"
    return text


def _bracket(text: str) -> str:
    return rf"\left({text}\right)" if any(tall in text for tall in TALL) else f"({text})"


# -- spelling


def _spelled(node: Node) -> str:
    """A node's LaTeX from its parts."""
    match node:
        case Name():
            return _name(node)
        case Number(digits=text) | Ellipsis(macro=text):
            return text
        case Text(words=words):
            return words if _is_prose(words) else rf"\text{{{words}}}"
        case Group():
            return _group(node)
        case Infix():
            return _infix(node)
        case Matrix():
            return _matrix(node)
        case Unreadable():
            return ""
    return _macro(node)


def _is_prose(words: str) -> bool:
    """Whether words stand in a formula as they are: in a script that has no letters of its own."""
    found = latex.tokens(words)
    return len(found) == 1 and found[0].kind == "words"


def _macro(node: Node) -> str:
    match node:
        case Fraction(numerator=top, denominator=bottom, macro=r"\over"):
            return rf"{{{_in_line(top)} \over {_in_line(bottom)}}}"
        case Fraction(numerator=top, denominator=bottom, macro=macro):
            return f"{macro}{{{_in_line(top)}}}{{{_in_line(bottom)}}}"
        case Root(body=body, index=index):
            return rf"\sqrt{f'[{_in_line(index)}]' if index else ''}{{{_in_line(body)}}}"
        case Accented(accent=accent, body=body):
            return _accent(accent, _in_line(body))
        case Annotated(macro=macro, body=body, note=note) if macro in STACKED:
            return f"{macro}{{{_in_line(note) if note else ''}}}{{{_in_line(body)}}}"
        case Annotated(macro=macro, body=body, note=note):
            mark = "^" if macro.startswith(r"\over") else "_"
            return f"{macro}{{{_in_line(body)}}}{f'{mark}{{{_in_line(note)}}}' if note else ''}"
    return _operation(node)


def _operation(node: Node) -> str:
    match node:
        case Script(base=base):
            return _part(node, 0, base) + _scripts(node.sub, node.sup, node.primes)
        case Call(head=head, argument=argument):
            close = isinstance(argument, Group) and argument.opening in ("(", "[", r"\{")
            return f"{_part(node, 0, head)}{'' if close else ' '}{_part(node, 1, argument)}"
        case Unary(operator=operator, body=body):
            return f"{operator}{' ' if operator[0] == chr(92) else ''}{_part(node, 0, body)}"
        case BigOperator(symbol=symbol, lower=lower, upper=upper, body=body):
            return f"{symbol}{_scripts(lower, upper)} {_part(node, -1, body)}"
        case Differential(symbol=symbol, sub=sub, sup=sup, body=body):
            return f"{symbol}{_scripts(sub, sup)} {_part(node, -1, body) if body else ''}".rstrip()
        case EvaluationBar(body=body, sub=sub, sup=sup):
            return rf"\left.{_in_line(body)}\right|{_scripts(sub, sup)}"
        case List(separator=separator, items=items):
            return SEPARATORS[separator].join(_part(node, index, item) for index, item in enumerate(items))
        case Slice(start=start, stop=stop):
            return ":".join(_part(node, 0, part) if part else "" for part in (start, stop))
    raise TypeError(f"no spelling of {type(node).__name__}")


def _name(name: Name) -> str:
    core = name.stem
    for accent in reversed(name.accents):
        core = _accent(accent, core) if " " not in accent else core  # what a reader remarked is not written
    left = f"{{}}{_scripts(name.left_sub, name.left_sup)} " if name.left_sub or name.left_sup else ""
    return f"{left}{core}{_scripts(name.sub, name.sup, name.primes)}"


def _accent(accent: str, body: str) -> str:
    return f"{{\\{accent} {body}}}" if accent in DECLARATIONS else f"\\{accent}{{{body}}}"


def _scripts(sub: Node | None, sup: Node | None, primes: int = 0) -> str:
    below = f"_{_braced(_in_line(sub))}" if sub else ""
    above = f"^{_braced(_in_line(sup))}" if sup else ""
    return "'" * primes + below + above


def _braced(text: str) -> str:
    return text if _is_short(text) else f"{{{text}}}"


def _is_short(text: str) -> bool:
    """Whether a script needs no braces."""
    return len(text) == 1 and text.isalnum()


def _group(group: Group) -> str:
    body = _in_line(group.body) if group.body else ""
    if group.opening in ("{", "<"):
        return f"{group.opening}{body}{group.closing}"
    grows = any(tall in body for tall in TALL) or {".", "|", r"\|"} & {group.opening, group.closing}
    left, right = (r"\left", r"\right") if grows else ("", "")
    space = " " if group.opening[-1].isalpha() else ""
    return f"{left}{group.opening}{space}{body}{space}{right}{group.closing}"


def _infix(infix: Infix) -> str:
    parts = [_part(infix, 0, infix.operands[0])]
    for index, operator in enumerate(infix.operators, 1):
        parts.append({"": " ", "/": "/"}.get(operator, f" {operator} "))
        parts.append(_part(infix, index, infix.operands[index]))
    return "".join(parts)


def _matrix(matrix: Matrix) -> str:
    rows = [" & ".join(_in_line(cell) if cell else "" for cell in row) for row in matrix.rows]
    body = " \\\\ ".join(rows)
    if matrix.environment == "binom":
        return rf"\binom{{{rows[0]}}}{{{rows[1]}}}"
    if matrix.environment == "substack":
        return rf"\substack{{{body}}}"
    width = max(map(len, matrix.rows), default=1)
    columns = f"{{{'c' * width}}}" if matrix.environment in WITH_COLUMNS else ""
    return rf"\begin{{{matrix.environment}}}{columns} {body} \end{{{matrix.environment}}}"

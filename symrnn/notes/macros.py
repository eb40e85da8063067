"""The author's own macros: their definitions found, and their calls expanded within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from symrnn.errors import SymrnnError
from symrnn.notes.delimiters import ENVIRONMENTS, bare
from symrnn.notes.places import Lines, Trail

MAX_STEPS = 20_000  # tokens read or written by one call of a macro
_STEPS_PER_CHARACTER = 4  # of the whole document
_KEPT = frozenset(["begin", "end", "left", "right", "\\"])  # redefined or not, they have their usual meaning

_NAME = r"(?:[A-Za-z@]++|[^A-Za-z@\s])"
_DEFINITION = re.compile(
    r"\\(?P<kind>(?:re)?newcommand|providecommand|DeclareRobustCommand|DeclareMathOperator|[gex]?def|let)"
    rf"(?![A-Za-z])(?P<star>\*?)\s*+\{{?\s*+\\(?P<name>{_NAME})\s*+\}}?\s*+(?P<parameters>(?:#\d)*+)\s*+"
    r"(?:\[(?P<count>\d)\]\s*+)?(?:\[(?P<default>[^\]\n]{0,200})\]\s*+)?"
    rf"(?:=?\s*+(?P<meaning>\\{_NAME})|(?=\{{))"
    r"|\\(?:re)?newenvironment(?![A-Za-z])\*?\s*+\{(?P<environment>[A-Za-z]++\*?)\}\s*+"
    r"(?:\[\d\]\s*+)?(?:\[[^\]\n]{0,200}\]\s*+)?(?=\{)"
)
_BEGIN_OR_END = re.compile(r"\s*+\\(begin|end)\s*+\{([A-Za-z]++\*?)\}\s*+|\s*+\\([\[\]])\s*+")
_OPENING_BRACE = re.compile(r"\s*+\{")
_TOKEN = re.compile(r"\\(?:[A-Za-z]++|.)|.", re.DOTALL)
_BODY_TOKEN = re.compile(r"\\(?:[A-Za-z]++|.)|#[1-9]|.", re.DOTALL)
_RUNS_ON = re.compile(r"\\[A-Za-z]++")
_LETTER = re.compile("[A-Za-z]")
_COMMAND = re.compile(r"\\(?:[A-Za-z]++|.)", re.DOTALL)


class Token(NamedTuple):
    """A command or a character, where it comes from, and whether it was written there or by a macro."""

    text: str
    source: int
    own: bool


@dataclass(frozen=True)
class Macro:
    """What a command stands for: its body in tokens, #1 being the first of ``count`` arguments.

    The first argument is optional if it has a ``default``.  ``final`` is a body that is not expanded again.
    """

    body: tuple[str, ...]
    count: int = 0
    default: str | None = None
    final: bool = False


class Expanded(NamedTuple):
    """A formula with its macros expanded, and the way back; or as it was, and why."""

    latex: str
    trail: Trail
    problem: SymrnnError | None = None


@dataclass(frozen=True)
class Definition:
    """A definition in a text, from ``start`` to ``end``.

    ``meaning`` is the macro, or for a \\let the name of the command that is copied.  ``delimiter`` is the kind of
    delimiter that the name stands for, if it is a short way to begin or end an environment.
    """

    start: int
    end: int
    name: str
    meaning: Macro | str
    delimiter: str = ""


def definitions(text: str, braces: Mapping[int, int]) -> Iterator[Definition]:
    """The definitions in a masked text, in order; those inside others are theirs."""
    at = 0
    while found := _DEFINITION.search(text, at):
        definition = _definition(text, found, braces)
        at = definition.end if definition else found.end()
        if definition:
            yield definition


def _definition(text: str, found: re.Match[str], braces: Mapping[int, int]) -> Definition | None:
    start, at = found.span()
    if found["environment"]:
        return _environment(text, found, braces)
    if found["meaning"] and found["kind"] == "let":
        return Definition(start, at, found["name"], found["meaning"][1:])
    end = at - 1 if found["meaning"] else braces.get(at)
    if end is None:
        return None
    written = found["meaning"] or text[at + 1 : end]
    if found["kind"] == "DeclareMathOperator":
        written = f"\\operatorname{found['star']}{{{written}}}"
    count = int(found["count"] or 0) or len(found["parameters"]) // 2
    macro = Macro(tuple(_BODY_TOKEN.findall(written)), count, found["default"] if count else None)
    short = _BEGIN_OR_END.fullmatch(written)
    delimiter = "" if short is None else f"{short[3]}1" if short[3] else f"{short[1]}:{bare(short[2])}"
    return Definition(start, end + 1, found["name"], macro, delimiter)


def _environment(text: str, found: re.Match[str], braces: Mapping[int, int]) -> Definition | None:
    """A new environment; one that begins a known one stands for it."""
    first = braces.get(found.end(), -1)
    second = _OPENING_BRACE.match(text, first + 1) if first >= 0 else None
    end = braces.get(second.end() - 1) if second else None
    if end is None:
        return None
    begins = _BEGIN_OR_END.match(text, found.end() + 1, first)
    known = bare(begins[2]) if begins and begins[2] and bare(begins[2]) in ENVIRONMENTS else ""
    return Definition(found.start(), end + 1, f"{{{bare(found['environment'])}}}", Macro(()), known)


class Macros:
    """The macros known at a place of a document; they expand formulas until the document's budget is used up."""

    def __init__(self, name: str, characters: int) -> None:
        self._name = name
        self._budget = 10 * MAX_STEPS + _STEPS_PER_CHARACTER * characters
        self._endless: set[str] = set()
        self._table = {"ensuremath": Macro(("#1",), 1), "xspace": Macro(())}

    def define(self, definition: Definition) -> None:
        """Take a definition into account from here on."""
        name, meaning = definition.name, definition.meaning
        if isinstance(meaning, str):
            meaning = self._table.get(meaning) or Macro((f"\\{meaning}",), final=True)
        if name not in _KEPT and name[0] != "{":
            self._table[name] = meaning
            self._endless.clear()

    def expand(self, text: str, offset: int, lines: Lines) -> Expanded:
        """A formula at an offset, its macros expanded."""
        problem = None
        if not self._table.keys().isdisjoint(command[1:] for command in _COMMAND.findall(text)):
            tokens = [Token(m[0], offset + m.start(), True) for m in _TOKEN.finditer(text)]
            try:
                return _joined(_Expansion(tokens, self, lines).tokens(), lines)
            except SymrnnError as error:
                problem = error.with_traceback(None)  # which would keep every token
        return Expanded(text, Trail(lines, [(0, offset, True)]), problem)

    def macro(self, token: Token) -> Macro | None:
        """What a token stands for, if it is a macro."""
        return self._table.get(token.text[1:]) if token.text[0] == "\\" else None

    def spend(self, steps: int, used: int, call: Token, lines: Lines) -> None:
        """Count steps of a call that has ``used`` others already. Raises SymrnnError where they are too many."""
        self._budget -= steps
        if used + steps > MAX_STEPS:
            self._endless.add(call.text)
        if call.text in self._endless:
            what = f"the expansion of {call.text} does not end within {MAX_STEPS} steps"
        elif self._budget < 0:
            what = f"{call.text} is not expanded: the macros of this document take too many steps"
        else:
            return
        line, col = lines.place(call.source)
        raise SymrnnError(f"{what}\n  write the formula out", f"{self._name}:{line}:{col}")


class _Expansion:
    """One formula on its way through its macros: a stack of tokens, the next one on top."""

    def __init__(self, tokens: list[Token], macros: Macros, lines: Lines) -> None:
        self._stack = tokens[::-1]
        self._macros = macros
        self._lines = lines
        self._call = tokens[0]  # the author's own call that is being expanded
        self._floor = len(tokens)  # what the stack had under it
        self._used = 0  # steps of this call

    def tokens(self) -> Iterator[Token]:
        while self._stack:
            token = self._stack.pop()
            macro = self._macros.macro(token)
            if macro is None:
                yield token
                continue
            outermost = token.own and len(self._stack) < self._floor
            if outermost:
                self._call, self._used = token, 0
            arguments = self._arguments(macro, token)
            if outermost:
                self._floor = len(self._stack)
            if arguments is None or macro.final:
                yield token if arguments is None else Token(macro.body[0], token.source, False)
            else:
                self._push(macro.body, arguments, token)

    def _push(self, body: tuple[str, ...], arguments: list[list[Token]], call: Token) -> None:
        self._spend(1)
        for text in reversed(body):
            number = int(text[1]) if text[0] == "#" and len(text) == 2 else 0
            written = (
                arguments[number - 1] if 0 < number <= len(arguments) else [Token(text, call.source, False)]
            )
            self._spend(len(written))
            self._stack += reversed(written)

    def _spend(self, steps: int) -> None:
        self._macros.spend(steps, self._used, self._call, self._lines)
        self._used += steps

    def _arguments(self, macro: Macro, call: Token) -> list[list[Token]] | None:
        """The arguments of a call; None, and nothing taken, if there are too few."""
        taken: list[Token] = []
        arguments: list[list[Token]] = []
        if macro.default is not None:
            default = [Token(text, call.source, False) for text in _TOKEN.findall(macro.default)]
            written = self._group(taken, "[", "]")
            arguments.append(default if written is None else written)
        while len(arguments) < macro.count:
            argument = self._group(taken, "{", "}")
            if argument is None:
                self._stack += reversed(taken)
                return None
            arguments.append(argument)
        return arguments

    def _group(self, taken: list[Token], opening: str, closing: str) -> list[Token] | None:
        """The next group, or for braces the next token; ``taken`` gets what is taken from the stack."""
        mine: list[Token] = []
        depth = spaces = 0
        while self._stack:
            mine.append(token := self._stack.pop())
            if len(mine) == spaces + 1 and token.text.isspace():
                spaces += 1
                continue
            depth += (token.text in (opening, "{")) - (token.text in (closing, "}"))
            if depth <= 0:
                break
        self._spend(len(mine))
        if depth != 0 or len(mine) == spaces or (opening == "[" != mine[spaces].text):
            self._stack += reversed(mine)
            return None
        taken += mine
        return mine[spaces + 1 : -1] if len(mine) > spaces + 1 else mine[spaces:]


def _joined(tokens: Iterable[Token], lines: Lines) -> Expanded:
    """The text of tokens, with a space where a command would run into a letter, and the way back."""
    written: list[str] = []
    pieces: list[tuple[int, int, bool]] = []
    at, last, expected = 0, "", -1
    for text, source, own in tokens:
        apart = _RUNS_ON.fullmatch(last) is not None and _LETTER.match(text) is not None
        if apart:
            written.append(" ")
            at += 1
        if apart or not pieces or (own, source) != (pieces[-1][2], expected):
            pieces.append((at, source, own))
        written.append(text)
        at, last, expected = at + len(text), text, source + len(text) * own
    return Expanded("".join(written), Trail(lines, pieces or [(0, 0, False)]))

r"""What a token is by where it stands: the second look at the tokens, before they are read.

``<`` and ``>`` around a time are brackets in a script, bars are brackets if two of them belong together, a word
of prose is a label if it is all of a subscript, and wide spaces and empty braces are nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from symrnn.notes import latex
from symrnn.notes.latex import Token
from symrnn.notes.symbols import COMMA, RELATION, SEMICOLON, TABLES

UNSEEN = frozenset(["quad", "tag"])
MACROS = frozenset(["unknown", "accent", "fraction", "root", "note", "stacked", "substack", "binom", "big"])
TAKES_BRACES = MACROS | {"^", "_"}
BEFORE_OPERANDS = frozenset(["op", "open", "{", "&", "row", "begin", "words", "^", "_", ""])


def matching(tokens: Sequence[Token]) -> list[int]:
    """For every bracket, brace, begin and end the index of its partner; -1 where there is none.

    A brace closes the brackets left open inside it, and a cell of a matrix those left open in the cell.
    """
    partner = [-1] * len(tokens)
    open_: list[int] = []
    for index, token in enumerate(tokens):
        match token.kind:
            case "open" | "{" | "begin":
                open_.append(index)
            case "close":
                if open_ and tokens[open_[-1]].kind == "open":
                    _pair(partner, open_.pop(), index)
            case "}" | "end":
                while open_ and tokens[open_[-1]].kind == "open":
                    open_.pop()
                if open_ and tokens[open_[-1]].kind == {"}": "{", "end": "begin"}[token.kind]:
                    _pair(partner, open_.pop(), index)
            case "&" | "row":
                while _left_open_in_a_cell(tokens, open_):
                    open_.pop()
    return partner


def _pair(partner: list[int], opening: int, closing: int) -> None:
    partner[opening], partner[closing] = closing, opening


def _left_open_in_a_cell(tokens: Sequence[Token], open_: list[int]) -> bool:
    if len(open_) < 2 or tokens[open_[-1]].kind != "open":
        return False
    around = tokens[open_[-2]]
    return around.kind == "open" or (around.kind == "begin" and around.text in TABLES)


def seen(tokens: Sequence[Token], unseen: frozenset[str] = UNSEEN) -> list[Token]:
    r"""The tokens without what only looks, each the kind that it is where it stands."""
    visible = [token for token in tokens if token.kind not in unseen]
    _find_angles(visible)
    _find_labels(visible)
    visible = _with_norms(visible)
    _find_bars(visible)
    return _without_empty_braces(visible)


def _find_angles(tokens: list[Token]) -> None:
    """Make brackets of < and > where a script holds them in this order: x^{<t>}."""
    regions: list[int] = []  # for each open brace the < that is open in it, or -1, or -2 outside scripts
    for index, token in enumerate(tokens):
        if token.kind == "{":
            regions.append(-1 if index and tokens[index - 1].kind in ("^", "_") else -2)
        elif token.kind == "}" and regions:
            regions.pop()
        elif token.kind == "op" and regions and token.text == "<" and regions[-1] == -1:
            regions[-1] = index
        elif token.kind == "op" and regions and token.text == ">" and regions[-1] >= 0:
            opening, regions[-1] = regions[-1], -1
            _make_brackets(tokens, opening, index)


def _make_brackets(tokens: list[Token], opening: int, closing: int) -> None:
    tokens[opening] = tokens[opening]._replace(kind="open")
    tokens[closing] = tokens[closing]._replace(kind="close")


def _find_labels(tokens: list[Token]) -> None:
    r"""Make a name of a word of prose that is all of a script: W_{\text{in}}."""
    for index, token in enumerate(tokens):
        if token.kind != "words" or not token.macro or not token.text.strip().isalpha() or not index:
            continue
        before, after = tokens[index - 1].kind, tokens[index + 1].kind if index + 1 < len(tokens) else ""
        inside = before == "{" and after == "}" and index > 1 and tokens[index - 2].kind in ("_", "^")
        if inside or before in ("_", "^"):
            tokens[index] = token._replace(kind="text", text=token.text.strip())


class _Region:
    """The bars since the last comma or relation in one bracket: how many come, and which are open."""

    def __init__(self) -> None:
        self.bars: list[int] = []

    def end(self, tokens: list[Token]) -> None:
        """Make brackets of the bars that belong together.

        A bar where an operand is due opens, one after an operand closes what is open.  With nothing to
        close it opens if the bars that come are even in number, and else it is a sign of its own: p(a|b).
        """
        open_: list[int] = []
        for count, index in enumerate(self.bars):
            due = index == 0 or tokens[index - 1].kind in BEFORE_OPERANDS
            scripted = index + 1 < len(tokens) and tokens[index + 1].kind in ("^", "_")
            if not due and open_ and tokens[open_[-1]].text == tokens[index].text:
                _make_brackets(tokens, open_.pop(), index)
            elif due or (not scripted and (len(self.bars) - count) % 2 == 0):
                open_.append(index)
        self.bars = []


def _with_norms(tokens: list[Token]) -> list[Token]:
    """The tokens with ||x|| as a norm: its first two bars open none that is open, |a||b| is a product."""
    pairs = [i for i, (a, b) in enumerate(pairwise(tokens)) if a.text == b.text == "|" and a.end == b.start]
    found: list[int] = []
    for index in pairs:
        single = sum(token.text == "|" for token in tokens[:index]) - 2 * len(found)
        if single % 2 == 0 and index - 1 not in found:
            found.append(index)
    norms = set(found[: len(found) // 2 * 2])
    return [
        token._replace(text=r"\|", end=tokens[i + 1].end) if i in norms else token
        for i, token in enumerate(tokens)
        if i - 1 not in norms
    ]


def _find_bars(tokens: list[Token]) -> None:
    """Make brackets of the bars that are a norm or an absolute value."""
    if not any(token.kind == "bar" for token in tokens):
        return
    regions = [_Region()]
    for index, token in enumerate(tokens):
        if token.kind == "bar":
            regions[-1].bars.append(index)
        elif token.kind in ("{", "open", "begin"):
            regions.append(_Region())
        elif token.kind in ("}", "close", "end"):
            regions[-1].end(tokens)
            if len(regions) > 1:
                regions.pop()
        elif token.kind in ("&", "row") or latex.level(token) in (COMMA, SEMICOLON, RELATION):
            regions[-1].end(tokens)
    for region in regions:
        region.end(tokens)


def _without_empty_braces(visible: list[Token]) -> list[Token]:
    r"""The tokens without braces that hold nothing; ``\stackrel{..}{=}`` and ``{=}`` are an =."""
    partner = matching(visible)
    result: list[Token] = []
    index = 0
    while index < len(visible):
        skip = _operator_in_braces(visible, partner, index)
        if skip:
            result.append(skip[1]._replace(start=visible[index].start, end=visible[skip[0]].end))
            index = skip[0] + 1
        elif _is_empty_pair(visible, partner, index):
            index += 2
        else:
            result.append(visible[index])
            index += 1
    return result


def _operator_in_braces(tokens: list[Token], partner: list[int], index: int) -> tuple[int, Token] | None:
    r"""Where ``{=}`` or ``\stackrel{..}{=}`` ends, and its operator."""
    start, before = index, tokens[index - 1].kind if index else ""
    if tokens[index].kind == "stacked" and index + 1 < len(tokens) and tokens[index + 1].kind == "{":
        start = partner[index + 1] + 1
        if start == 0:
            return None
    elif tokens[index].kind != "{" or before in TAKES_BRACES:
        return None
    if start + 2 >= len(tokens) or [t.kind for t in tokens[start : start + 3]] != ["{", "op", "}"]:
        return None
    return start + 2, tokens[start + 1]


def _is_empty_pair(tokens: list[Token], partner: list[int], index: int) -> bool:
    """Whether here are braces with nothing in them, which are neither an argument nor carry scripts."""
    if index + 1 >= len(tokens) or tokens[index].kind != "{" or tokens[index + 1].kind != "}":
        return False
    before = index - 1
    if before >= 0 and tokens[before].kind == "}":
        before = partner[before] - 1  # {a}{} after a macro of two arguments
    if before >= 0 and tokens[before].kind in TAKES_BRACES:
        return False
    return index + 2 >= len(tokens) or tokens[index + 2].kind not in ("^", "_")

"""The one walker: a form and a table of templates give a line of text, with brackets only where needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from symrnn.expressions import Adjoint, Jacobian, Leaf
from symrnn.naming import Names
from symrnn.notation import Derivative
from symrnn.render.form import Form, Level

BLANK = "•"


class Piece(NamedTuple):
    """Written text and how tightly it binds."""

    text: str
    level: Level


class Rule(NamedTuple):
    """How a head is written: a pattern with a blank for each part.

    ``needs`` is how tightly each part must bind to go without brackets (the last one holds for all that
    follow).  With ``join`` all parts go into the one blank.  ``opens``: the last part may be open to the
    right.  ``scripted`` is the pattern where the first part has a superscript of its own, ``tall`` asks for
    growing brackets, ``tight`` names the parts that are small, as bounds are: t+1, not t + 1.
    """

    level: Level
    pattern: str
    needs: tuple[Level, ...] = (Level.SUM,)
    join: str = ""
    opens: bool = False
    scripted: str = ""
    tall: bool = False
    tight: tuple[int, ...] = ()


Special = Callable[["Writer", Form], Piece]


@dataclass(frozen=True)
class Format:
    """A way to write forms: LaTeX, text or code. ``dot`` stands between factors where a row ends."""

    rules: Mapping[str, Rule | Special]
    bracket: Callable[[str, bool], str]
    dot: str = ""


@dataclass(frozen=True)
class Writer:
    """A format with the names to write in."""

    format: Format
    names: Names

    def write(self, form: Form) -> str:
        """The text of a form that stands by itself."""
        return self.piece(form).text

    def piece(self, form: Form) -> Piece:
        """The text of a form, and how tightly it binds."""
        if form.head == "hole":
            return Piece(BLANK, form.data)
        if form.head == "sum":
            return Piece("".join(self.terms(form)), Level.SUM)
        rule = self.format.rules[form.head]
        if not isinstance(rule, Rule):
            return rule(self, form)
        pattern = rule.pattern
        first, *rest = parts = [self.piece(part) for part in form.parts]
        last = len(parts) - 1
        if rule.scripted and first.level == Level.SCRIPTED:
            pattern, first = rule.scripted, first._replace(level=Level.ATOM)
        texts = [
            self.fitted(part, rule.needs[min(i, len(rule.needs) - 1)], rule.opens and i == last, rule.tall)
            for i, part in enumerate([first, *rest])
        ]
        for place in rule.tight:
            texts[place] = tight(texts[place])
        if rule.join:
            texts = [rule.join.join(texts)]
        return Piece(filled(pattern, texts), rule.level)

    def derivative(self, leaf: Adjoint | Jacobian) -> tuple[Derivative, dict[str, Leaf]]:
        """How a derivative is written, and what fills its blanks."""
        if isinstance(leaf, Jacobian):
            return self.names.jacobian(leaf), {"<of>": leaf.by, "<loss>": leaf.of}
        return self.names.derivative(leaf), {"<of>": leaf.of, "<loss>": leaf.loss}

    def fitted(self, part: Piece, need: Level, opens: bool = False, tall: bool = False) -> str:
        """The text of a part, in brackets where it binds less than its place needs."""
        open_last = opens and part.level in (Level.OPEN, Level.RATIO) and need < Level.BRACKETS
        if part.level >= need or open_last:
            return part.text
        return self.format.bracket(part.text, tall)

    def terms(self, form: Form) -> list[str]:
        """The terms of a sum, each with its sign in front."""
        return [self._term(part, first=i == 0) for i, part in enumerate(form.parts)]

    def _term(self, form: Form, first: bool) -> str:
        if form.head == "neg" and not first:
            return " - " + self.fitted(self.piece(form.parts[0]), Level.OPEN)
        return ("" if first else " + ") + self.fitted(self.piece(form), Level.SIGNED if first else Level.OPEN)


def tight(text: str) -> str:
    """Without the spaces around + and -, and in 2 n."""
    return re.sub(r"(?<=[0-9]) (?=[a-zA-Z])", "", text.replace(" + ", "+").replace(" - ", "-"))


def parentheses(text: str, _tall: bool = False) -> str:
    """Brackets that do not grow."""
    return f"({text})"


def filled(pattern: str, texts: list[str]) -> str:
    """The pattern with its blanks filled in, in order."""
    fixed = pattern.split(BLANK)
    return fixed[0] + "".join(text + after for text, after in zip(texts, fixed[1:], strict=True))

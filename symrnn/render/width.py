"""How wide a line comes out, so that we break it and nobody else has to."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SCRIPT = 0.7  # the size of a subscript or superscript against the line
TOKENS = re.compile(r"\\[A-Za-z]+|\\.|[{}_^]|\s+|.")
WORDS = ("tanh", "exp", "log", "sin", "cos", "max", "min", "sinh", "cosh", "tan")
WIDTHS = {r"\sum": 3.0, r"\odot": 2.6, r"\partial": 1.1, r"\nabla": 1.7, r"\quad": 2.0, r"\top": 1.4}
WIDTHS |= dict.fromkeys("+-=<>", 2.6) | dict.fromkeys("WUVLTAQ", 1.5) | dict.fromkeys("()[]|,;'", 0.8)
WIDTHS |= dict.fromkeys((r"\hat", r"\tilde", r"\bar", r"\operatorname", r"\text"), 0.0)
WIDTHS |= dict.fromkeys((r"\mathcal", r"\mathit", r"\mathbf", r"\begin", r"\end", r"\\", r"\,", "&"), 0.0)


def text_width(line: str) -> int:
    """The columns of a line in a terminal: combining marks take none."""
    return sum(not unicodedata.combining(c) for c in line)


@lru_cache(maxsize=10_000)
def latex_width(source: str) -> float:
    """About how wide LaTeX is typeset, in units of half an em."""
    return _Measure(TOKENS.findall(source)).run()


class _Measure:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def run(self, script: bool = False) -> float:
        """The width up to a closing brace or the end."""
        width = 0.0
        while self.tokens and self.tokens[-1] != "}":
            width += self.item(script)
        return width

    def item(self, script: bool = False) -> float:
        token = self.tokens.pop() if self.tokens else ""
        if token == "{":
            width = self.run(script)
            if self.tokens:
                self.tokens.pop()
            return width
        if token in "_^" and token:
            return SCRIPT * self.item(script=True)
        if token == r"\frac":
            return max(self.item(script), self.item(script)) + 0.5
        if token in (r"\begin", r"\end"):
            self.item()
            return 0.5
        if token in (r"\left", r"\right"):
            return 1.0  # a bracket of double height is so much wider; the bracket itself follows
        if token.isspace() or not token:
            return 0.0
        if script and token in "+-=":
            return 1.5  # no space around an operator in a script
        return WIDTHS.get(token, float(len(token) - 1) if token[1:] in WORDS else 1.1)

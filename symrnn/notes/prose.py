"""Telling words from formulas, where a dollar may be a price and a bracket a bracket."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    r"\\(?:text[a-z]*+|mbox|hbox|mathrm|operatorname\*?|label|tag\*?)\s*+\{[^{}]*+\}|\\bbox\[[^\[\]]*+\]"
)
_COMMAND = re.compile(r"\\[A-Za-z]++")
_FUNCTIONS = r"(?!(?:a?tanh|log|exp|sin|cos|sigmoid|softmax|relu|diag|max|min|sum|prod|vec|if|otherwise)\b)"
_WORD = rf"(?<![A-Za-z]){_FUNCTIONS}[A-Za-z]{{2,40}}+"
_WORDS = re.compile(rf"{_WORD}[,;:.]?\s++{_WORD}(?![A-Za-z])")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
_NOTATION = re.compile(r"[\\^_={}+<>|]")
_FEWEST_LETTERS = 6  # of two words in a row: "is open" are words, "dW dx" are not
_ONE_NAME = re.compile(r"\s*+[A-Za-z][0-9']?\s*+")


def is_prose(text: str) -> bool:
    """Whether two words follow one another as in a sentence; what \\text says does not count."""
    text = _COMMAND.sub(r"\\", _QUOTED.sub(r"\\", text))
    if _IDEOGRAPHS.search(text):
        return True
    return any(sum(map(str.isalpha, words[0])) >= _FEWEST_LETTERS for words in _WORDS.finditer(text))


def has_notation(text: str) -> bool:
    """Whether there is anything that a sentence does not have: a backslash, an index, an equals sign."""
    return _NOTATION.search(text) is not None


def is_inline(content: str, following: str) -> bool:
    """Whether what stands between two single dollars in Markdown is a formula, not the text between prices.

    As in Pandoc, a formula touches its dollars and no digit follows it; but where the content cannot be
    anything else, it may have spaces at its ends, as MathJax allows.
    """
    if not content.strip():
        return False
    notation, prose = has_notation(content), is_prose(content)
    digit = following.isdigit()
    if content[0].isspace() or content[-1].isspace():
        return not digit and not prose and (notation or _ONE_NAME.fullmatch(content) is not None)
    if notation:
        return not (prose and content[0].isdigit()) and not (digit and (prose or content[0].isdigit()))
    return not digit and not prose

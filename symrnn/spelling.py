"""How a name is spelled: the symbol of an identifier, and Unicode for the LaTeX of a symbol."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
CAPITAL_GREEK = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "check": "\u030c", "breve": "\u0306"}
LETTERS = {r"\ell": "ℓ", r"\mathcal{L}": "ℒ"} | {
    f"\\{name}": unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    for names, case in ((GREEK, "SMALL"), (CAPITAL_GREEK, "CAPITAL"))
    for name in names
}
RAISED = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        strict=True,
    )
)
LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


@dataclass(frozen=True)
class Symbol:
    """What a quantity is called: LaTeX stem, subscript and superscript, apart from its time."""

    stem: str
    sub: str = ""
    sup: str = ""
    timed: bool = False

    @property
    def text(self) -> str:
        """The symbol in Unicode, on one line."""
        sub = unicode_of(self.sub)
        below = lowered(sub) if sub.isdigit() else f"_{sub}" if sub else ""
        above = raised(unicode_of(self.sup)) if self.sup else ""
        return unicode_of(self.stem) + above + below


@cache
def own_symbol(name: str) -> Symbol:
    """The symbol of an identifier: W_f is W with subscript f, yhat has a hat, omega is Greek."""
    stem, _, sub = name.strip("_").partition("_")
    number = re.search(r"(?<=[A-Za-z])[0-9]+$", stem)
    if number:
        stem, sub = stem[: number.start()], ",".join(filter(None, (number[0], sub)))
    return Symbol(_stem(stem or "x"), ",".join(_stem(part) for part in re.split("[_,]", sub)) if sub else "")


def _stem(word: str) -> str:
    for accent in ACCENTS:
        bare = word.removesuffix(accent)
        if bare != word and bare:
            return f"\\{accent}{{{_stem(bare)}}}"
    return _letter(word)


def _letter(word: str) -> str:
    """A letter as it is, a Greek name as the letter, a longer word upright."""
    if word in GREEK or word in CAPITAL_GREEK or word == "ell":
        return f"\\{word}"
    plain = "".join(c if c.isascii() else _ascii(c) for c in word)
    return plain if len(word) == 1 or plain.startswith("\\") or plain.isdigit() else f"\\mathit{{{plain}}}"


def _ascii(character: str) -> str:
    """A Greek letter as its macro, any other by its code: a LaTeX source stays ASCII."""
    for macro, letter in LETTERS.items():
        if letter == character:
            return macro + " "
    return f"u{ord(character):x}"


@cache
def unicode_of(latex: str) -> str:
    r"""Unicode for the LaTeX of a symbol: \hat{y} is ŷ, \mathcal{L} is ℒ."""
    for macro in sorted(LETTERS, key=len, reverse=True):
        latex = re.sub(
            re.escape(macro) + ("" if macro.endswith("}") else "(?![A-Za-z])"), LETTERS[macro], latex
        )
    latex = re.sub(r"\\(?:mathit|mathrm|text)\{([^{}]*)\}", r"\1", latex)
    for accent, mark in ACCENTS.items():
        latex = re.sub(rf"\\{accent}\{{([^{{}}]*)\}}", rf"\1{mark}", latex)
    return unicodedata.normalize("NFC", latex.replace(" ", ""))


def raised(text: str) -> str:
    """Unicode superscript, where there is one for every character."""
    return _moved(text, RAISED, "^")


def lowered(text: str) -> str:
    """Unicode subscript, where there is one for every character."""
    return _moved(text, LOWERED, "_")


def _moved(text: str, table: dict[str, str], mark: str) -> str:
    if all(c in table for c in text):
        return "".join(table[c] for c in text)
    bare = len(text) == 1 or text.startswith("(")
    return f"{mark}{text}" if bare else f"{mark}{{{text}}}"

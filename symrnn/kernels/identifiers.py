"""Python names for the quantities of a model, in the symbols of a notation.

Every name is made of letters, digits and underscores, is no keyword, and is given once; nothing else of a
person's text enters the code.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from symrnn.equations import is_beyond
from symrnn.expressions import Adjoint, Leaf
from symrnn.naming import Names
from symrnn.spelling import ACCENTS, Symbol

RESERVED = (*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "t", "u", "T", "U", "d", "dtype")


class Identifiers:
    """Base of a quantity -> its identifier; those of initial states are of their own."""

    def __init__(self, names: Names, taken: Iterable[str] = ()) -> None:
        self.names = names
        self.taken = {*RESERVED, *taken}
        self.known: dict[object, str] = {}

    def of(self, leaf: Leaf) -> str:
        """The identifier of a quantity."""
        return self._given(leaf.base, self._wish(leaf, timed=False))

    def at_boundary(self, leaf: Leaf) -> str:
        """The identifier of an initial state: h_0, h_minus_1, g_after_T."""
        return self._given(leaf, self._wish(leaf, timed=True))

    def fresh(self, wish: str) -> str:
        """An identifier for what is no quantity of the model."""
        return self._given(("fresh", wish, len(self.known)), wish)

    def _given(self, key: object, wish: str) -> str:
        if key not in self.known:
            name = wish
            while name in self.taken:
                name += "_"
            self.taken.add(name)
            self.known[key] = name
        return self.known[key]

    def _wish(self, leaf: Leaf, timed: bool) -> str:
        if isinstance(leaf, Adjoint):
            return "d" + self._wish(leaf.of, timed)
        name = identifier(self.names.symbol(leaf.name))
        if timed and is_beyond(leaf):
            before = "_0" if leaf.offset == 0 else f"_minus_{-leaf.offset}"
            name += before if leaf.clock == 0 else f"_{leaf.clock}_plus_{leaf.offset}"
        return name


def identifier(symbol: Symbol) -> str:
    r"""An identifier like a symbol: \hat{y} is y_hat, \Gamma_u is Gamma_u, W^{ss}_0 is W_ss_0."""
    parts = [_word(part) for part in (symbol.stem, symbol.sup, symbol.sub) if part]
    whole = "_".join(part for part in parts if part)
    return whole if re.match(r"[A-Za-z]", whole) else f"q_{whole}"


def _word(latex: str) -> str:
    for accent in ACCENTS:
        latex = re.sub(rf"\\{accent}\{{([^{{}}]*)\}}", rf"\1_{accent}", latex)
    latex = re.sub(r"\\(?:mathit|mathrm|mathcal|text)\{([^{}]*)\}", r"\1", latex)
    return re.sub(r"[^A-Za-z0-9]+", "_", latex).strip("_")

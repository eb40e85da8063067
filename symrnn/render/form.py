"""What is written, apart from how: a small tree between the expressions and the three formats."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """How tightly something binds; whatever binds less than its place asks for is put in brackets."""

    SUM = 0  # a + b
    SIGNED = 1  # -a
    OPEN = 2  # open to the right: a sum over t, a nabla; brackets unless it stands last
    TIMES = 3  # a product, of either kind: each is bracketed inside the other
    RATIO = 4  # a/b on one line: an operand of an elementwise product, not of a juxtaposed one
    FRACTION = 5  # stacked; safe in a product, not under a power
    POWER = 6  # x^2, A^T: takes no other superscript
    SCRIPTED = 7  # a name with a superscript of its own
    ATOM = 8
    BRACKETS = 9  # asked for where there are always brackets, as around the argument of tanh


@dataclass(frozen=True, slots=True)
class Form:
    """A head (a line in each format's table), its parts, and what a head needs besides parts."""

    head: str
    parts: tuple[Form, ...] = ()
    data: Any = None


def form(head: str, *parts: Form, data: Any = None) -> Form:
    """A form, its parts one by one."""
    return Form(head, parts, data)


def symbol(text: str) -> Form:
    """A symbol of no quantity: a dimension, a clock, an index."""
    return Form("symbol", (), text)

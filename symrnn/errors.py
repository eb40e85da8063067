"""The one error a user meets: what was said, where, what is known, and what to do."""

from __future__ import annotations


class SymrnnError(ValueError):
    """Input that symrnn cannot use.

    ``place`` is ``file:line:col`` where there is one.  The message names the clash, what is known so far
    and the remedy; further lines are indented.
    """

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place

"""How much may be computed, in evaluated parts of formulas: the same for the same document on every machine."""

from __future__ import annotations

from dataclasses import dataclass

from symrnn.check.definition import Unsupported

A_CLAIM = 150_000  # a second or a few
A_DOCUMENT = 6_000_000
TOO_LONG = "it takes too long to evaluate"


@dataclass
class Meter:
    """What is left to one claim, and to all of a document; what was done so far, lookups too."""

    left: int = A_CLAIM
    total: int = A_DOCUMENT
    done: int = 0

    def start(self) -> None:
        """Begin with another claim."""
        self.left = A_CLAIM

    def spend(self) -> None:
        """Evaluate one part of a formula. Raises Unsupported where nothing is left."""
        self.done += 1
        self.left -= 1
        self.total -= 1
        if self.is_empty:
            raise Unsupported(TOO_LONG)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return self.left < 0 or self.total < 0

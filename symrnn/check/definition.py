"""A definition of a document, what one differentiates by, and the ways in which a value can be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from symrnn.check.jacobian import Label
from symrnn.notes.formula import Node

STEP_LOSS = "loss of one step"  # any function of what a step gives


class Unsupported(Exception):
    """Something that cannot be evaluated: why, and the part of the formula."""

    def __init__(self, reason: str, node: Node | None = None) -> None:
        super().__init__(reason)
        self.reason, self.node = reason, node


class Undefined(Unsupported):
    """A name that nothing defines."""

    def __init__(self, name: str, node: Node | None = None) -> None:
        super().__init__(f"{name} is not defined", node)
        self.name = name


class OutOfRange(Exception):
    """A quantity at a step that does not exist."""


@dataclass(frozen=True, eq=False)
class Definition:
    """key at ``times`` = body; ``entries`` are the indices on its left-hand side."""

    key: str
    times: tuple[Node, ...]
    entries: tuple[Node, ...]
    body: Node
    position: int = 0
    name: Node | None = None  # as it is written on the left


class Seed(NamedTuple):
    """What is differentiated by, and what is held fixed meanwhile.

    ``kind`` "total": nothing; "step": all earlier steps than that of ``root``; "direct": all but what stands in the
    equation of ``root`` itself; "later": all else of the same step.  ``copy`` is the step whose copy of a parameter
    is meant, or None for all of them.
    """

    label: Label
    kind: str = "total"
    root: Label | None = None
    copy: int | None = None


class Choice(NamedTuple):
    """What a document may leave open of its functions."""

    activation: str = ""  # the function that a generic name (sigma, f, g) stands for
    canonical: bool = False  # a loss whose derivative by the logits is output - target

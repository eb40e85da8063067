r"""Whose error an error is: \delta_k of an output and \delta_i of a hidden unit are two quantities of one name.

The letters say so: k stands where y has its units, i where the state has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Place = tuple[str, ...]  # the script of a name, or a letter of an equation
ERRORS = {r"\delta", r"\epsilon", r"\varepsilon"}


class Classes:
    """What counts the same units: scripts of names, and letters in equations."""

    def __init__(self) -> None:
        self.parent: dict[Place, Place] = {}

    def find(self, a: Place) -> Place:
        """The representative of a class."""
        while self.parent.setdefault(a, a) != a:
            a = self.parent[a]
        return a

    def join(self, a: Place, b: Place) -> None:
        """Two places count the same units."""
        self.parent[self.find(a)] = self.find(b)


Use = tuple[int, str, str, tuple[str, ...]]  # which equation, the name, the place of its script, its letters


def roles(uses: Iterable[Use]) -> dict[str, Mapping[str, str] | None]:
    """For every name of errors of several layers, the layer of each letter; None where letters have several."""
    uses = list(uses)
    backward = {number for number, base, _, _ in uses if base in ERRORS}
    classes = Classes()
    touched: dict[Place, set[Place]] = {}
    for number, base, place, letters in uses:
        for index, letter in enumerate(letters) if base not in ERRORS else ():
            slot = (base, place, str(index))
            touched.setdefault((str(number), letter), set()).add(slot)
            if number not in backward:  # a slip in what is claimed says nothing of the network
                classes.join((str(number), letter), slot)
    found: dict[str, dict[str, set[Place]]] = {}
    for number, base, _, letters in uses:
        if base in ERRORS and len(letters) == 1:
            roots = {classes.find(slot) for slot in touched.get((str(number), letters[0]), ())}
            if len(roots) == 1:
                found.setdefault(base, {}).setdefault(letters[0], set()).update(roots)
    result: dict[str, Mapping[str, str] | None] = {}
    for base, layers in found.items():
        every = set().union(*layers.values())
        if any(len(roots) > 1 for roots in layers.values()):
            result[base] = None
        elif len(every) > 1:
            names = {root: min(x for x, roots in layers.items() if root in roots) for root in every}
            result[base] = {letter: names[root] for letter, (root,) in layers.items()}
    return result

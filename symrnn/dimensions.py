"""Unification of dimensions: sums of names, ones and unknowns, and what the unknowns turned out to be."""

from __future__ import annotations

from collections.abc import Mapping

Dimension = tuple[tuple[str, int], ...]
"""n + m + 1 is (("", 1), ("m", 1), ("n", 1)): a name and how often; "" counts ones, "?7" is an unknown."""

Shape = tuple[Dimension, Dimension]

ONE: Dimension = (("", 1),)
SCALAR: Shape = (ONE, ONE)


def dimension_of(counts: Mapping[str, int]) -> Dimension:
    return tuple(sorted((name, count) for name, count in counts.items() if count))


def added(*dimensions: Dimension) -> Dimension:
    """The sum of dimensions."""
    counts: dict[str, int] = {}
    for name, count in (pair for d in dimensions for pair in d):
        counts[name] = counts.get(name, 0) + count
    return dimension_of(counts)


def is_unknown(name: str) -> bool:
    return name.startswith("?")


class Dimensions:
    """The unknowns and their values.  Two names are never equal, nor is a name equal to a number."""

    def __init__(self) -> None:
        self._values: dict[str, Dimension] = {}
        self._lines: dict[str, int] = {}
        self._made = 0

    def unknown(self) -> Dimension:
        self._made += 1
        return ((f"?{self._made}", 1),)

    def resolve(self, dimension: Dimension) -> Dimension:
        """A dimension with every unknown whose value is known replaced."""
        while any(name in self._values for name, _ in dimension):
            parts = [((name, count),) if name not in self._values else self._scaled(name, count) for name, count in dimension]
            dimension = added(*parts)
        return dimension

    def _scaled(self, name: str, count: int) -> Dimension:
        return tuple((part, count * times) for part, times in self._values[name])

    def origin(self, dimension: Dimension) -> int:
        """The last line that was needed to know a dimension (0: none)."""
        known = [name for name, _ in dimension if name in self._values]
        return max((max(self._lines[name], self.origin(self._values[name])) for name in known), default=0)

    def unify(self, a: Dimension, b: Dimension, line: int) -> bool | None:
        """Make two dimensions equal: True if they now are, False if they cannot be, None if it is open."""
        difference = {name: count for name, count in self.resolve(a)}
        for name, count in self.resolve(b):
            difference[name] = difference.get(name, 0) - count
        difference = {name: count for name, count in difference.items() if count}
        if not difference:
            return True
        unknowns = sorted((n for n in difference if is_unknown(n)), key=lambda n: -int(n[1:]))
        for name in unknowns:
            rest = {other: count for other, count in difference.items() if other != name}
            value = _solved(difference[name], rest)
            if value:
                self._values[name] = value
                self._lines[name] = line
                return True
        if len(unknowns) < 2 or len({count > 0 for count in difference.values()}) == 1:
            return False
        return None


def _solved(times: int, rest: Mapping[str, int]) -> Dimension | None:
    """The x of times * x + rest = 0, if it is a sum of names and ones."""
    if any(count % times or -count // times < 0 for count in rest.values()):
        return None
    return dimension_of({name: -count // times for name, count in rest.items()})


def dimension_text(dimension: Dimension) -> str:
    """n + m + 1, with ? for what is unknown."""
    named = [f"{count}*{name}" if count > 1 else name for name, count in dimension if name]
    parts = ["?" if is_unknown(part.split("*")[-1]) else part for part in named]
    ones = [str(count) for name, count in dimension if not name]
    return " + ".join(parts + ones)


def shape_text(shape: Shape) -> str:
    return f"({dimension_text(shape[0])}, {dimension_text(shape[1])})"

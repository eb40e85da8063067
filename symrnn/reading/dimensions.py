"""Unification of dimensions: sums of names, ones and unknowns, and what the unknowns turned out to be."""

from __future__ import annotations

from collections.abc import Mapping

Dimension = tuple[tuple[str, int], ...]
"""n + m + 1 is (("", 1), ("m", 1), ("n", 1)): a name and how often; "" counts ones, "?7" is an unknown."""

Shape = tuple[Dimension, Dimension]

ONE: Dimension = (("", 1),)
SCALAR: Shape = (ONE, ONE)


def dimension_of(counts: Mapping[str, int]) -> Dimension:
    """The dimension with so many of each name: the one way to write it."""
    return tuple(sorted((name, count) for name, count in counts.items() if count))


def added(*dimensions: Dimension) -> Dimension:
    """The sum of dimensions."""
    counts: dict[str, int] = {}
    for name, count in (pair for dimension in dimensions for pair in dimension):
        counts[name] = counts.get(name, 0) + count
    return dimension_of(counts)


def is_open(dimension: Dimension) -> bool:
    """Whether a dimension has an unknown part."""
    return any(name.startswith("?") for name, _ in dimension)


class Dimensions:
    """The unknowns and their values.  Two names are never equal, nor is a name equal to a number."""

    def __init__(self) -> None:
        self._values: dict[str, Dimension] = {}
        self._ends: dict[str, Dimension] = {}
        self._lines: dict[str, int] = {}
        self._made = 0

    def unknown(self) -> Dimension:
        """A new unknown."""
        self._made += 1
        return ((f"?{self._made}", 1),)

    def resolve(self, dimension: Dimension) -> Dimension:
        """A dimension with every unknown whose value is known replaced."""
        while any(name in self._values for name, _ in dimension):
            dimension = added(*(self._value(name, count) for name, count in dimension))
        return dimension

    def _value(self, name: str, times: int) -> Dimension:
        """The value of an unknown, as far as chains of equal unknowns lead; long ones are walked once."""
        passed = []
        value: Dimension = ((name, 1),)
        while len(value) == 1 and value[0][1] == 1 and value[0][0] in self._values:
            passed.append(value[0][0])
            value = self._ends.get(value[0][0], self._values[value[0][0]])
        self._ends.update(dict.fromkeys(passed, value))
        return tuple((part, count * times) for part, count in value)

    def origin(self, dimension: Dimension) -> int:
        """The last line that was needed to know a dimension (0: none)."""
        last, seen, waiting = 0, set[str](), [name for name, _ in dimension]
        while waiting:
            name = waiting.pop()
            if name in self._values and name not in seen:
                seen.add(name)
                last = max(last, self._lines[name])
                waiting += [part for part, _ in self._values[name]]
        return last

    def unify(self, a: Dimension, b: Dimension, line: int) -> bool | None:
        """Make two dimensions equal: True if they now are, False if they cannot be, None if it is open."""
        difference = dict(self.resolve(a))
        for name, count in self.resolve(b):
            difference[name] = difference.get(name, 0) - count
        difference = {name: count for name, count in difference.items() if count}
        if not difference:
            return True
        unknowns = sorted((n for n in difference if n.startswith("?")), key=lambda n: -int(n[1:]))
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


def _solved(times: int, rest: Mapping[str, int]) -> Dimension:
    """The x of times * x + rest = 0, if it is a sum of names and ones; else nothing."""
    if any(count % times or -count // times < 0 for count in rest.values()):
        return ()
    return dimension_of({name: -count // times for name, count in rest.items()})


def dimension_text(dimension: Dimension) -> str:
    """n + m + 1, with ? for what is unknown."""
    parts = ["?" if name.startswith("?") else name for name, _ in dimension]
    named = [f"{n}*{part}" if n > 1 else part for part, (_, n) in zip(parts, dimension, strict=True) if part]
    return " + ".join(named + [str(count) for name, count in dimension if not name])


def shape_text(shape: Shape) -> str:
    """(n, 1)."""
    return f"({dimension_text(shape[0])}, {dimension_text(shape[1])})"

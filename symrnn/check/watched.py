"""A reading that remembers what was asked of it: what was not asked makes no difference."""

from __future__ import annotations

from typing import Any, cast

from symrnn.check.jacobian import Layout
from symrnn.check.reading import Reading

Asked = dict[str, object]


class Watched:
    """A reading, or its layout, that notes each of its fields that is read, with its value."""

    def __init__(
        self,
        watched: Reading | Layout,
        asked: Asked,
        alone: bool = False,
        settled: frozenset[str] = frozenset(),
    ) -> None:
        self._watched, self._asked, self._alone, self._settled = watched, asked, alone, settled

    def __getattr__(self, name: str) -> Any:
        if name == "kind" and self._alone:
            name = "first"
        value = getattr(self._watched, name)
        if isinstance(value, Layout):
            return Watched(value, self._asked)
        if name not in self._settled:
            self._asked[name] = value
        return value

    def standing(self, alone: bool) -> Watched:
        """See the function."""
        return Watched(self._watched, self._asked, alone, self._settled)

    def _replace(self, **changes: Any) -> Watched:
        assert isinstance(self._watched, Reading)
        changed = self._watched._replace(**changes)
        return Watched(changed, self._asked, self._alone, self._settled | changes.keys())


def standing(reading: Reading, alone: bool) -> Reading:
    """The same reading of what stands alone on its side, whose ``kind`` is ``first``, or of what does not."""
    if isinstance(reading, Watched):
        return cast(Reading, reading.standing(alone))
    return reading._replace(kind=reading.first) if alone else reading


def answers(reading: Reading, asked: Asked) -> bool:
    """Whether a reading gives to all that was asked the same answers."""
    fields = {**reading._asdict(), **reading.layout._asdict()}
    return all(fields[name] == value for name, value in asked.items())

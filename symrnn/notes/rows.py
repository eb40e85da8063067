"""The statements of a display or an inline formula: their sides, relations and places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from symrnn.notes.brackets import across_rows
from symrnn.notes.cursor import Remark
from symrnn.notes.drafts import PUNCTUATION, Display, Draft, is_relation
from symrnn.notes.formula import Node, Span, Unreadable, located
from symrnn.notes.latex import LatexError, Token
from symrnn.notes.parse import read_tokens
from symrnn.notes.sorting import matching
from symrnn.notes.symbols import BETWEEN
from symrnn.notes.written import written


@dataclass(frozen=True)
class Statement:
    """An equation, a chain of them, or a formula without any.

    ``relations[i]`` stands between ``sides[i]`` and ``sides[i + 1]``.  A ``continued`` statement begins
    with a relation, which has no side before it: it has as many relations as sides.  A side that could not
    be read is Unreadable; the others hold all the same.  ``conditions`` are what follows words like *if*.
    """

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    span: Span
    rows: tuple[Span, ...]  # the span of each row that it fills, in order
    continued: bool = False
    conditions: tuple[Node, ...] = ()
    tag: str = ""  # the number or label that its author gave it
    remarks: tuple[Remark, ...] = ()
    source: str = field(default="", repr=False)

    @property
    def text(self) -> str:
        """The statement as its author wrote it."""
        return self.source[self.span[0] : self.span[1]]

    @property
    def links(self) -> tuple[tuple[Node, str, Node], ...]:
        """The equations of the chain: every relation that has both sides."""
        between = self.relations[1:] if self.continued else self.relations
        return tuple(zip(self.sides, between, self.sides[1:], strict=False))

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be read, and why; empty if all was."""
        return tuple(side for side in (*self.sides, *self.conditions) if isinstance(side, Unreadable))

    def rewritten(self, sides: Sequence[Node]) -> str:
        """The statement with other sides, and all else as its author wrote it."""
        result, at = [], self.span[0]
        for old, new in zip(self.sides, sides, strict=True):
            start, end = old.span
            result += [self.source[at:start], self.source[start:end] if new is old else written(new)]
            at = end
        return "".join([*result, self.source[at : self.span[1]]])


def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a display or an inline formula, in order; the text is what its delimiters enclose.

    Raises LatexError only for more text than a formula has; what cannot be read is Unreadable in its statement.
    """
    drafts = (draft for draft in Display(text).drafts() if draft.tokens)
    return tuple(part for draft in drafts for part in _implied(_statement(text, draft)))


def _implied(statement: Statement) -> Iterator[Statement]:
    r"""The parts of a statement between which an arrow stands, at the end of a row too: a = b \implies \\ c = d."""
    arrows = [i for i, relation in enumerate(statement.relations) if relation in BETWEEN]
    if not arrows or statement.continued:
        yield statement
        return
    for first, last in zip((0, *(i + 1 for i in arrows)), (*arrows, len(statement.relations)), strict=True):
        sides = statement.sides[first : last + 1]
        span = (sides[0].span[0], sides[-1].span[1])
        if span[0] == span[1]:
            continue  # nothing stands before the arrow, or after it
        rows = tuple(
            (max(a, span[0]), min(b, span[1])) for a, b in statement.rows if a < span[1] and b > span[0]
        )
        yield replace(statement, sides=sides, relations=statement.relations[first:last], span=span, rows=rows)


def _statement(text: str, draft: Draft) -> Statement:
    """A statement from its tokens."""
    part = _without_end(across_rows(draft.tokens))
    sides: list[Node] = []
    relations: list[str] = []
    remarks: list[Remark] = []
    for relation, side in _sides(part):
        if relation is not None:
            relations.append(relation.text)
        if side or sides or relation is not None:
            place = relation.end if relation is not None else 0
            sides.append(_read(text, side, place, remarks))
    conditions = tuple(_read(text, _without_end(c), 0, remarks) for c in draft.conditions)
    start = part[0].start if part else draft.rows[0][0]
    end = max((token.end for token in part), default=start)
    rows = tuple((max(a, start), min(b, end)) for a, b in draft.rows)
    continued = bool(part) and is_relation(part[0])
    return Statement(
        tuple(sides), tuple(relations), (start, end), rows, continued, conditions, draft.tag,
        tuple(remarks), text,
    )  # fmt: skip


def _read(text: str, part: list[Token], place: int, remarks: list[Remark]) -> Node:
    start = part[0].start if part else place
    try:
        reading = read_tokens(text, part)
    except LatexError as error:
        offset = error.offset if part else place
        end = max((token.end for token in part), default=place)
        return located(Unreadable(str(error), offset), text, start, end)
    remarks += reading.remarks
    return reading.tree


def _sides(part: list[Token]) -> Iterator[tuple[Token | None, list[Token]]]:
    """The sides of a statement, each with the relation before it; of two relations in a row the first is none."""
    partner = matching(part)
    relation, begin, index = None, 0, 0
    while index < len(part):
        if is_relation(part[index]):
            if begin < index or (relation is not None and relation.text != part[index].text):
                yield relation, part[begin:index]
            relation, begin = part[index], index + 1
        index = max(partner[index], index) + 1
    yield relation, part[begin:]


def _without_end(part: list[Token]) -> list[Token]:
    """The tokens without punctuation at their end."""
    end = len(part)
    while end and part[end - 1].kind == "op" and part[end - 1].text in PUNCTUATION:
        end -= 1
    return part[:end]

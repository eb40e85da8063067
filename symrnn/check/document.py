"""A document, checked: every statement gets its verdict.

Conventions belong to a document, not to a formula: what one claim needs, others must not contradict.
"""

from __future__ import annotations

from bisect import bisect_left

from symrnn.check.court import Court
from symrnn.check.expectations import with_expectations
from symrnn.check.judgement import Checked
from symrnn.check.prose import constants
from symrnn.check.sections import Read, sections
from symrnn.check.supposed import is_open, suppose, supposed
from symrnn.check.trial import corrected, tried
from symrnn.check.understand import understand
from symrnn.errors import SymrnnError
from symrnn.notes.find import find
from symrnn.notes.formula import Unreadable, located
from symrnn.notes.latex import LatexError
from symrnn.notes.places import Directive, Math
from symrnn.notes.repair import repaired
from symrnn.notes.rows import Statement, statements

SHOWN = 200  # characters of a formula that is too long to be read


def check_document(
    name: str, data: bytes, *, cell: str | None = None, notation: str | None = None
) -> Checked:
    """The judgements of a document, in its order.

    ``name`` says by its ending what the document is (.md, .tex, .ipynb, ...), ``cell`` and ``notation`` name the model
    where the document does not define it.  Raises SymrnnError for what cannot be read at all.
    """
    found = find(name, data)
    given = _given(found.directives, cell, notation)
    read = [(math, _statements(math)) for math in found.maths]
    wrong, star = _announced(found.directives, read), _star(found.directives)
    text = data.decode("utf-8", "replace")
    denominator = "denominator layout" in text.lower()
    says = (wrong, star, constants(text, found.maths))
    whole = _supposing([*given, *read], says, len(given), denominator)
    courts = [(whole, {entry.place for entry in whole.judged})]
    parts = sections(text, read)
    if (
        len(parts) > 1
        and not whole.document.supposed
        and not all(case.makes_sense for case in whole.cases.values())
    ):
        courts = _by_sections(whole, parts, (given, says, denominator))
    judged = [
        judgement
        for court, places in courts
        for entry, judgement in corrected(court)
        if entry.place in places
    ]
    judged.sort(key=lambda j: (j.cell or 0, j.start))
    return Checked(
        name, with_expectations(name, judged, found.directives), tuple(dict.fromkeys(whole.inferred))
    )


Places = set[tuple[int, int, int]]
Says = tuple[frozenset[tuple[int, int, int]], str, frozenset[tuple[int, int]]]


def _supposing(read: list[Read], says: Says, skipped: int, denominator: bool) -> Court:
    """The claims of a document, tried with the cell that it names and does not define, where that makes more sense."""
    best = tried(understand(read, *says), skipped, denominator)
    everything = {entry.place for entry in best.judged}
    for cell in supposed(best.document):
        document = understand(read, *says)
        suppose(document, cell)
        court = tried(document, skipped, denominator)
        gain = _sense(court, everything) - _sense(best, everything)
        if gain > 0 or (gain == 0 and is_open(best.document) and best.chosen):
            best = (
                court  # of an activation that is left open, and of the one that all claims need, the latter
            )
    return best


def _by_sections(
    whole: Court,
    parts: list[tuple[list[Read], list[Read]]],
    rest: tuple[list[Read], Says, bool],
) -> list[tuple[Court, Places]]:
    """The sections that make more sense by themselves than as parts of the whole, and the rest."""
    given, says, denominator = rest
    together: Places = set()
    result = []
    for context, own in parts:
        document = understand([*given, *context, *own], *says)
        alone = tried(document, len(given) + len(context), denominator)
        places = {entry.place for entry in alone.judged}
        sense, other = _sense(alone, places), _sense(whole, places)
        tied = sense == other > 0 and _unknown(alone, places) <= _unknown(whole, places)
        if sense > other or (tied and not context):  # what needs nothing stands alone
            result.append((alone, places))
        else:
            together |= places
    return [*result, (whole, together)] if together else result


def _sense(court: Court, places: Places) -> int:
    """How many claims at some places are as they should be."""
    return sum(case.makes_sense for case in court.cases.values() if case.entry.place in places)


def _unknown(court: Court, places: Places) -> int:
    """How many claims at some places speak of what nothing defines."""
    cases = court.cases.values()
    return sum(c.outcome.verdict == "undefined" for c in cases if c.entry.place in places)


def _given(directives: tuple[Directive, ...], cell: str | None, notation: str | None) -> list[Read]:
    """The forward equations of the built-in cell that is named, as they are printed."""
    for directive in directives:
        if directive.name == "symrnn":
            cell = cell or directive.values.get("cell")
            notation = notation or directive.values.get("notation")
    if cell is None:
        return []
    from symrnn.derivation import derive

    printed = derive(cell, 3).markdown(notation or "plain", "recurrence")
    forward = printed.partition("## Backward")[0]
    return [(math, _statements(math)) for math in find("given.md", forward.encode()).maths]


def _star(directives: tuple[Directive, ...]) -> str:
    """What a document says that * means. Raises SymrnnError for what it cannot mean."""
    for directive in directives:
        star = directive.values.get("star", "") if directive.name == "symrnn" else ""
        if star not in ("", "elementwise", "matrix"):
            raise SymrnnError(
                f"line {directive.line}: star={star[:40]} is not known\n  star=elementwise or star=matrix"
            )
        if star:
            return star
    return ""


def _announced(directives: tuple[Directive, ...], read: list[Read]) -> frozenset[tuple[int, int, int]]:
    """Where the equations start that comments call wrong: those that they stand in or beside, else the next ones."""
    spans = sorted(
        ((math.cell or 0, *math.place(s.span[0])), (math.cell or 0, math.place(s.span[1] - 1)[0]))
        for math, statements in read
        for s in statements
    )
    found: set[tuple[int, int, int]] = set()
    for comment in directives:
        if comment.name == "expect" and set(comment.words) & {"wrong", "shape", "symbol"}:
            place = (comment.cell or 0, comment.line)
            index = bisect_left(spans, place, key=lambda span: span[0][:2])
            beside = index < len(spans) and spans[index][0][:2] == place
            if index and not beside and spans[index - 1][1] >= place:
                index -= 1
            found.update(start for start, _ in spans[index : index + 1])
    return frozenset(found)


def _statements(math: Math) -> tuple[Statement, ...]:
    try:
        return statements(repaired(math.latex))
    except LatexError as error:
        return (_refused(math.latex, error),) if "=" in math.latex else ()


def _refused(latex: str, error: LatexError) -> Statement:
    """What stands for a formula that is not read at all: its beginning."""
    end = min(len(latex), SHOWN)
    side = located(Unreadable(str(error), 0), latex, 0, end)
    return Statement((side,), ("=",), (0, end), ((0, end),), source=latex)

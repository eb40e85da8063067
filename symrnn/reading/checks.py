"""What must hold between the lines of a cell before shapes are looked at: names, clocks, order, functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from symrnn.errors import SymrnnError
from symrnn.reading.shapes import STRUCTURAL
from symrnn.reading.terms import CLOCK_OF, SUMS, CellEquation, CellText, Term

ARITIES = {**STRUCTURAL, **dict.fromkeys(SUMS, 1)}
"""The functions that are not elementwise, and how many arguments they take."""

Key = tuple[str, str]
"""What an equation binds: a name, and "" (timeless, or at every step) or the fixed index ("0", "T+1")."""


def check_targets(cell: CellText) -> None:
    """Check what a cell's own lines bind. Raises SymrnnError at the first thing that is wrong."""
    for equation in cell.equations:
        _check_target(cell, equation.target)
    _check_bound_once(cell)
    _check_output(cell)


def check(cell: CellText, elementwise: Mapping[str, int]) -> None:
    """Check how the lines of a completed cell fit together. Raises SymrnnError at the first that does not.

    ``elementwise``: the name of each elementwise function and how many arguments it takes.
    """
    _check_one_clock_each(cell)
    for equation in cell.equations:
        for term in equation.value.walk():
            if term.kind == "call":
                _check_call(cell, term, {**ARITIES, **elementwise})
        _check_steps(cell, equation.value, equation.target.clock, summed="")
    _check_order(cell)
    _check_declarations_used(cell)


def _check_one_clock_each(cell: CellText) -> None:
    """Every name is timeless everywhere, or counts on one clock everywhere."""
    seen: dict[str, tuple[str | None, Term]] = {}
    for term in cell.names:
        clock = CLOCK_OF.get(term.index.letter, "") if term.index is not None else None
        before, first = seen.get(term.name, (clock, term))
        if before == clock or (before == "" and clock is not None) or (clock == "" and before is not None):
            seen[term.name] = (before or clock, first)
            continue
        kinds = [
            f"counts on {c}" if c else "is timeless" if c is None else "has steps" for c in (clock, before)
        ]
        known = f"it {kinds[1]} in line {first.line}: {cell.line_of(first)}"
        remedy = "index it alike everywhere, or give one of the two another name"
        raise cell.error(term, f"{term.name} {kinds[0]} here", known, remedy)
    for name, (clock, first) in seen.items():
        if clock == "":
            remedy = f"give it an equation or a shape at a step: {name}[t]"
            raise cell.error(first, f"{name} has a fixed index only, and no clock", remedy)


def _check_target(cell: CellText, target: Term) -> None:
    """An equation holds at every step, or at one before the first or after the last."""
    index = target.index
    if target.name == "L" and index is not None:
        raise cell.error(target, "L is one number for the whole sequence", "write L = sum_t(ell[t])")
    if index is None or not index.letter:
        return
    if index.running and index.offset:
        remedy = f"write the equation for {target.name}[{index.letter}], and shift the other indices"
        raise cell.error(target, f"an equation for {target.name} at {index}", remedy)
    if not index.running and index.offset < 1:
        every = f"{target.name}[{index.letter.lower()}] = ..."
        remedy = f"{every} covers it; before the steps is [0], after them [{index.letter}+1]"
        raise cell.error(target, f"{index} is one of the steps", remedy)


def _check_call(cell: CellText, term: Term, arities: Mapping[str, int]) -> None:
    if term.name not in arities:
        near = get_close_matches(term.name, arities, 2)
        remedy = f"did you mean {' or '.join(near)}?" if near else "known: " + ", ".join(sorted(arities))
        raise cell.error(term, f"there is no function {term.name}", remedy)
    wanted = arities[term.name]
    if len(term.parts) != wanted:
        what = f"{term.name} takes {wanted} argument{'s' * (wanted > 1)}, not {len(term.parts)}"
        raise cell.error(term, what, f"write {term.name}({', '.join('ab'[:wanted])})")


def _check_steps(cell: CellText, term: Term, clock: str, summed: str) -> None:
    """Every running index belongs to the equation's own clock or to a sum around it."""
    if term.clock and term.clock not in (clock, summed):
        where = f"the equation runs on {clock}" if clock else "the equation has no step"
        last = f"{term.name}[{term.clock.upper()}]"
        remedy = f"take its last step, {last}, or add its steps up, sum_{term.clock}({term.text})"
        raise cell.error(term, f"{term.text} counts on {term.clock}, {where}", remedy)
    if term.kind == "call" and term.name in SUMS:
        letter = SUMS[term.name]
        if summed or letter == clock:
            what = "a sum over steps inside another" if summed else f"a sum over {letter} at every {letter}"
            raise cell.error(term, what, f"give it an equation of its own above: c = {term.text}")
        summed = letter
    for part in term.parts:
        _check_steps(cell, part, clock, summed)


def _key(term: Term) -> Key:
    return (term.name, "" if term.index is None or term.index.running else str(term.index))


def _check_bound_once(cell: CellText) -> None:
    bound: dict[Key, CellEquation] = {}
    for equation in cell.equations:
        first = bound.setdefault(_key(equation.target), equation)
        if first is not equation:
            known = f"first in line {first.target.line}: {first.text}"
            what = f"{equation.target.text} is bound twice"
            raise cell.error(
                equation.target, what, known, "rename one of the two, or join them in one equation"
            )


def _check_output(cell: CellText) -> None:
    bound = sorted({equation.target.name for equation in cell.equations})
    if cell.output is not None and cell.output.name not in bound:
        near = get_close_matches(cell.output.name, bound, 1)
        remedy = f"did you mean {near[0]}?" if near else f"bound are {', '.join(bound)}"
        raise cell.error(cell.output, f"no equation binds {cell.output.name}", remedy)


def _check_declarations_used(cell: CellText) -> None:
    used = {term.name for e in cell.equations for side in (e.target, e.value) for term in side.names}
    for declaration in cell.declarations:
        name = declaration.target.name
        if name not in used:
            near = get_close_matches(name, used, 1, 0.5) or [u for u in used if u.lower() == name.lower()]
            remedy = f"did you mean {near[0]}? if not, remove the line" if near else "remove the line"
            raise cell.error(declaration.target, f"no equation uses {name}", remedy)


def _needs(equation: CellEquation, bound: Mapping[Key, CellEquation]) -> Iterator[tuple[Key, Term]]:
    """What must be computed before an equation: all that it reads, but of its own clock's other steps only
    those at a fixed index (h[t-1] may be h[0])."""
    for term in equation.value.names:
        index = term.index
        if term.clock and term.clock == equation.target.clock and index is not None and index.offset:
            yield from ((key, term) for key in bound if key[0] == term.name and key[1])
        elif _key(term) in bound:
            yield _key(term), term
        elif index is not None and index.letter in ("T", "U") and (term.name, "") in bound:
            yield (term.name, ""), term


def _check_order(cell: CellText) -> None:
    """No cycle within a step, and every line below the lines that it reads."""
    bound = {_key(equation.target): equation for equation in cell.equations}
    needs = {key: dict(_needs(equation, bound)) for key, equation in bound.items()}
    _check_cycles(cell, bound, needs)
    position = {key: number for number, key in enumerate(bound)}
    for key, read in needs.items():
        for other, term in read.items():
            if position[other] > position[key]:
                line = bound[other].target.line
                what = f"{term.text} is used before it is bound"
                known = f"line {line} binds it: {bound[other].text}"
                raise cell.error(term, what, known, f"move line {line} above line {bound[key].target.line}")


def _check_cycles(
    cell: CellText, bound: Mapping[Key, CellEquation], needs: Mapping[Key, Mapping[Key, Term]]
) -> None:
    done: set[Key] = set()
    for start in bound:
        path: list[Key] = []
        waiting = [(start, False)]
        while waiting:
            key, leaving = waiting.pop()
            if leaving:
                done.add(path.pop())
            elif key in path:
                raise _cycle(cell, bound, needs, path[path.index(key) :])
            elif key not in done:
                path.append(key)
                waiting.append((key, True))
                waiting += [(other, False) for other in needs[key]]


def _cycle(
    cell: CellText,
    bound: Mapping[Key, CellEquation],
    needs: Mapping[Key, Mapping[Key, Term]],
    cycle: list[Key],
) -> SymrnnError:
    """The error that names every step of a cycle, placed where a lag would break it."""
    steps = [(bound[a], needs[a][b]) for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
    said = [f"{equation.target.text} needs {term.text} (line {term.line})" for equation, term in steps]
    said = said if len(said) < 8 else [*said[:3], "...", *said[-3:]]
    read = [term for _, term in steps]
    within = [term for term in read if term.clock and term.index is not None and not term.index.offset]
    if within:
        remedy = f"break it with the step before: {within[-1].name}[{within[-1].clock}-1]"
    else:
        remedy = "what the steps start from, or use at every step, cannot need their end"
    return cell.error([*read, *within][-1], "a cycle", ", ".join(said), remedy)

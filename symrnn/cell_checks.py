"""What must hold between the lines of a cell before shapes are looked at: names, clocks, order, functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from symrnn.cell_text import CLOCK_OF, CellEquation, CellText, Index, Term

ARITIES = {"softmax": 1, "sum": 1, "sum_t": 1, "sum_u": 1, "dot": 2, "outer": 2, "diag": 1}
"""The functions that are not elementwise, and how many arguments they take."""

Key = tuple[str, str]
"""A bound quantity: its name, and "" (timeless, or at every step) or its fixed index ("0", "T+1")."""


def check(cell: CellText, functions: Mapping[str, int]) -> None:
    """Raise SymrnnError at the first thing that is wrong. ``functions``: elementwise name -> number of arguments."""
    arities = {**ARITIES, **functions}
    clocks = _clocks(cell)
    for equation in cell.equations:
        _check_target(cell, equation)
        for term in equation.value.walk():
            if term.kind == "call":
                _check_call(cell, term, arities)
        _check_clocks(cell, equation.value, clocks, _clock_of(equation.target), summed="")
    _check_bound_once(cell)
    _check_names_used(cell)
    _check_order(cell)


def _clock_of(term: Term) -> str:
    """The clock on which a target's equation runs; "" for a timeless one or one at a fixed step."""
    return term.index.letter if term.index is not None and term.index.running else ""


def _terms(cell: CellText) -> Iterator[Term]:
    for declaration in cell.declarations:
        yield declaration.target
    for equation in cell.equations:
        for side in (equation.target, equation.value):
            yield from (term for term in side.walk() if term.kind == "name")
    if cell.output is not None:
        yield cell.output


def _clocks(cell: CellText) -> dict[str, str | None]:
    """Name -> the clock it counts on, None for a timeless one."""
    clocks: dict[str, str | None] = {}
    seen: dict[str, Term] = {}
    for term in _terms(cell):
        clock = CLOCK_OF.get(term.index.letter, "") if term.index is not None else None
        if clock == "":
            clock = clocks.get(term.name) or ""  # h[0] alone does not say which clock
        if term.name in clocks and clocks[term.name] not in (clock, ""):
            first = seen[term.name]
            here = "timeless" if clock is None else f"at a step of {clock or 't'}"
            before = "timeless" if clocks[term.name] is None else f"at a step of {clocks[term.name]}"
            known = f"it is {before} in line {first.line}: {cell.equation_of(first)}"
            remedy = "write the time index wherever it is used, or give one of the two another name"
            raise cell.error(term, f"{term.name} is {here} here", known, remedy)
        clocks[term.name] = clock
        seen.setdefault(term.name, term)
    for name, clock in clocks.items():
        if clock == "":
            raise cell.error(seen[name], f"{name} has no running index", f"use it at a step: {name}[t] or {name}[t-1]")
    return clocks


def _check_target(cell: CellText, equation: CellEquation) -> None:
    target, index = equation.target, equation.target.index
    if target.name == "L" and index is not None:
        raise cell.error(target, "L is one number for the whole sequence", "write L = sum_t(ell[t])")
    if index is None or index == Index(index.letter, 0) and index.letter in ("t", "u", ""):
        return
    if index.running:
        remedy = f"write the equation for {target.name}[{index.letter}] and move the other indices"
        raise cell.error(target, f"an equation defines {target.name} at step {index.letter}", remedy)
    if index.letter and index.offset < 1:
        remedy = f"{target.name}[{index.letter.lower()}] covers it; before the first step there is [0], after the last [T+1]"
        raise cell.error(target, f"{index} is one of the steps", remedy)


def _check_call(cell: CellText, term: Term, arities: Mapping[str, int]) -> None:
    if term.name not in arities:
        near = get_close_matches(term.name, list(arities), 2)
        remedy = f"did you mean {' or '.join(near)}?" if near else "known: " + ", ".join(sorted(arities))
        product = f"; a product is written {term.name} * (...)" if len(term.name) <= 2 else ""
        raise cell.error(term, f"no function {term.name}", remedy + product)
    if len(term.parts) != arities[term.name]:
        wanted = arities[term.name]
        what = f"{term.name} takes {wanted} argument{'s' * (wanted > 1)}, not {len(term.parts)}"
        raise cell.error(term, what, f"write {term.name}({', '.join('abc'[:wanted])})")


def _check_clocks(
    cell: CellText, term: Term, clocks: Mapping[str, str | None], clock: str, summed: str
) -> None:
    """Every running index belongs to the equation's own clock or to a sum around it."""
    if term.kind == "name" and term.index is not None and term.index.running:
        letter = term.index.letter
        if letter not in (clock, summed):
            where = f"runs on {clock}" if clock else "has no running step"
            last = f"take one step of it, {term.name}[{letter.upper()}], or sum_{letter}({term.text})"
            raise cell.error(term, f"{term.text} counts on {letter}, the equation {where}", last)
    if term.kind == "call" and term.name in ("sum_t", "sum_u"):
        letter = term.name[-1]
        if letter in (clock, summed):
            remedy = f"give it an equation of its own above: c = {term.text}"
            raise cell.error(term, f"a sum over all {letter} inside an equation at step {letter}", remedy)
        if summed:
            raise cell.error(term, "a sum over steps inside another", "give the inner one an equation of its own")
        summed = letter
    for part in term.parts:
        _check_clocks(cell, part, clocks, clock, summed)


def _key(term: Term) -> Key:
    return (term.name, "" if term.index is None or term.index.running else str(term.index))


def _check_bound_once(cell: CellText) -> None:
    bound: dict[Key, CellEquation] = {}
    for equation in cell.equations:
        before = bound.setdefault(_key(equation.target), equation)
        if before is not equation:
            known = f"first in line {before.target.line}: {before.text}"
            remedy = "rename one of the two, or write one equation for both"
            raise cell.error(equation.target, f"{equation.target.text} is bound twice", known, remedy)


def _check_names_used(cell: CellText) -> None:
    bound = {e.target.name for e in cell.equations}
    used = {t.name for e in cell.equations for t in e.value.walk() if t.kind == "name"}
    if cell.output is not None and cell.output.name not in bound:
        near = get_close_matches(cell.output.name, sorted(bound), 1) or sorted(bound)
        raise cell.error(
            cell.output, "no equation defines the output", f"defined: {', '.join(near)}; write output: {near[0]}[t]"
        )
    for declaration in cell.declarations:
        name = declaration.target.name
        if name not in bound | used:
            near = get_close_matches(name, sorted(bound | used), 1, 0.5)
            remedy = f"did you mean {near[0]}? else remove the line" if near else "remove the line"
            raise cell.error(declaration.target, f"no equation uses {name}", remedy)


def _needs(equation: CellEquation, bound: Mapping[Key, CellEquation]) -> Iterator[tuple[Key, Term]]:
    """What must be computed before an equation: all it reads, but of other steps only those at fixed indices."""
    clock = _clock_of(equation.target)
    for term in equation.value.walk():
        if term.kind != "name":
            continue
        index = term.index
        if index is not None and index.letter in ("T", "U") or _key(term) in bound and not _lagged(term, clock):
            yield (term.name, "") if _key(term) not in bound else _key(term), term
        elif _lagged(term, clock):
            yield from ((key, term) for key in bound if key[0] == term.name and key[1])


def _lagged(term: Term, clock: str) -> bool:
    """Whether a term reads another step of the clock its equation runs on: h[t-1]."""
    index = term.index
    return index is not None and index.running and index.letter == clock and index.offset != 0


def _check_order(cell: CellText) -> None:
    """No cycle within a step, and every line below the lines that it reads."""
    bound = {_key(e.target): e for e in cell.equations}
    needs = {key: {k: t for k, t in _needs(e, bound) if k in bound} for key, e in bound.items()}
    _check_cycles(cell, bound, needs)
    position = {key: number for number, key in enumerate(bound)}
    for key, read in needs.items():
        for other, term in read.items():
            if position[other] > position[key]:
                line = bound[other].target.line
                what = f"{term.text} is used before it is bound in line {line}: {bound[other].text}"
                raise cell.error(term, what, f"move line {line} above line {term.line}, or use another step of {term.name}")


def _check_cycles(
    cell: CellText, bound: Mapping[Key, CellEquation], needs: Mapping[Key, Mapping[Key, Term]]
) -> None:
    done: set[Key] = set()
    for start in bound:
        path: list[Key] = []
        waiting = [(start, False)]
        while waiting:
            key, leave = waiting.pop()
            if leave:
                done.add(path.pop())
            elif key in path:
                cycle = path[path.index(key) :]
                raise _cycle_error(cell, bound, needs, cycle)
            elif key not in done:
                path.append(key)
                waiting.append((key, True))
                waiting += [(other, False) for other in needs[key]]


def _cycle_error(
    cell: CellText,
    bound: Mapping[Key, CellEquation],
    needs: Mapping[Key, Mapping[Key, Term]],
    cycle: list[Key],
) -> Exception:
    steps = zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    said = [f"{bound[a].target.text} needs {needs[a][b].text} (line {bound[a].target.line})" for a, b in steps]
    last = needs[cycle[-1]][cycle[0]]
    lagged = f"{last.name}[{last.index.letter}-1]" if last.index and last.index.running else "a value of the step before"
    return cell.error(last, "a cycle without a lag", "; ".join(said), f"use the step before: {lagged}")

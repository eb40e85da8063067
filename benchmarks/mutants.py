"""Whether symrnn check rejects what is wrong: true equations of what symrnn derive prints, with a mistake in each.

    python benchmarks/mutants.py [--sample 300] [--cells rnn,lstm] [--forms recurrence] [--notations mit]

A mutant is one equation of a document with one mistake (see mutations); all others stay right.  Those that
are true all the same, as an evaluator in floating point says (see floats), are dropped.  Every mutant must be called
wrong, shape or symbol; it is repaired if the correction that is shown with that is true, as the evaluator says.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from equivalence import Printed, printed
from mutations import CLASSES, Words, mutants

from symrnn import derive
from symrnn.cells import CELLS
from symrnn.check.contents import Document, Entry
from symrnn.check.court import Court
from symrnn.check.judgement import FAILED, Judgement
from symrnn.check.meter import Meter
from symrnn.check.prose import constants
from symrnn.check.trial import corrected, tried
from symrnn.check.understand import understand
from symrnn.derivation import Derivation
from symrnn.errors import SymrnnError
from symrnn.forms import FORMS
from symrnn.notation import NOTATIONS
from symrnn.notes.find import find
from symrnn.notes.formula import Name, Node
from symrnn.notes.places import Math
from symrnn.notes.rows import Statement, statements
from symrnn.notes.tree import bare, walk

EACH = 12  # mutants of a document, unless it is said
KINDS = (*(kind for kind, _ in CLASSES), "scale")
FATES = ("equivalent", "rejected", "passed", "unchecked", "repaired")


@dataclass
class Notes:
    """A printed derivation as it is understood, and its true claims with the steps at which they hold."""

    title: str
    text: str
    read: list[tuple[Math, tuple[Statement, ...]]]
    document: Document
    said: object  # what was understood of it: see says
    court: Court
    point: Printed
    claims: list[tuple[Entry, list[dict[str, int]]]]
    words: Words


@dataclass
class Tried:
    """A mutant and what became of it."""

    title: str
    kind: str
    before: str
    after: str
    fate: str
    repaired: bool = False
    judgement: Judgement | None = None


def notes(derivation: Derivation, form: str, notation: str, title: str) -> Notes | None:
    """A printed derivation; nothing where the model has no such form."""
    try:
        text = derivation.markdown(notation, form)
    except SymrnnError:
        return None
    read = [(math, statements(math.latex)) for math in find("printed.md", text.encode()).maths]
    displays = [statement for math, found in read if math.display for statement in found]
    document = understand(read, constant=constants(text, [math for math, _ in read]))
    said = says(document)
    court = tried(document, 0, False)
    point = printed(text, displays)
    claims = []
    for index, case in court.cases.items():
        entry = document.entries[index]
        if case.outcome.holds and len(entry.sides) == 2 and not entry.implied:
            steps = point.where(*entry.sides)
            if steps:
                claims.append((entry, steps))
    names = sorted({bare(n) for d in displays for n in _names(d, point)}, key=repr)
    return Notes(title, text, read, document, said, court, point, claims, Words(names, point.shape))


def _names(statement: Statement, point: Printed) -> Iterator[Name]:
    for side in statement.sides:
        yield from (n for n in walk(side) if isinstance(n, Name) and point.shape(n) is not None)


def planted(known: Notes, rng: random.Random, most: int) -> Iterator[Tried]:
    """Mutants of a document, of a class chosen at random, and what becomes of them."""
    seen: set[str] = set()
    pools: dict[int, dict[str, list[Node]]] = {}
    for _ in range(4 * most):
        entry, steps = rng.choice(known.claims)
        if entry.index not in pools:
            pool = pools[entry.index] = {}
            for kind, tree in mutants(entry.sides[1], known.words):
                pool.setdefault(kind, []).append(tree)
        kind = rng.choice(sorted(pools[entry.index]))
        tree = rng.choice(pools[entry.index][kind])
        after = entry.statement.rewritten([entry.sides[0], tree])
        if after in seen or len(seen) == most:
            continue
        seen.add(after)
        yield _tried(known, entry, steps, kind, after)


def _tried(known: Notes, entry: Entry, steps: list[dict[str, int]], kind: str, after: str) -> Tried:
    """What becomes of a document in which one equation is another."""
    before = entry.statement.text
    found = statements(after)
    if len(found) != 1 or len(found[0].sides) != 2:
        return Tried(known.title, kind, before, after, "unreadable")
    if known.point.is_true(*found[0].sides, steps):
        return Tried(known.title, kind, before, after, "equivalent")
    judgement = judged(known, entry, found[0], after)
    fate = {"correct": "passed", "convention": "passed"}.get(judgement.verdict, judgement.verdict)
    fate = "rejected" if fate in FAILED else fate
    repaired = fate == "rejected" and _is_repair(known, judgement.correction, steps)
    return Tried(known.title, kind, before, after, fate, repaired, judgement)


def _is_repair(known: Notes, correction: str, steps: list[dict[str, int]]) -> bool:
    """Whether a correction is true."""
    found = statements(correction)
    return (
        bool(correction)
        and len(found) == 1
        and len(found[0].sides) == 2
        and known.point.is_true(*found[0].sides, steps)
    )


def judged(known: Notes, entry: Entry, statement: Statement, latex: str) -> Judgement:
    """The verdict on an equation that stands in the place of another.

    The document is understood anew; where it says the same but for that equation, the other claims are not tried again.
    """
    math = replace(entry.math, latex=latex)
    read = [(math, (statement,)) if m is entry.math else (m, found) for m, found in known.read]
    fresh = understand(read, constant=constants(known.text, [m for m, _ in read]))
    if says(fresh) == known.said:
        document = replace(known.document, entries=[*known.document.entries])
        document.entries[entry.index] = replace(fresh.entries[entry.index], defines=entry.defines)
        document.meter.total = Meter().total
        cases = {index: case for index, case in known.court.cases.items() if index != entry.index}
        court = tried(document, 0, False, cases)
    else:
        court = tried(fresh, 0, False)
    court.judged = [e for e in court.judged if e.index == entry.index]
    return corrected(court)[0][1]


def says(document: Document) -> object:
    """What is understood of a document: its names and its definitions, and which equations are claims."""
    words = document.lexicon
    sets = (words.steps, words.lengths, words.functions, words.losses, words.known, words.superscripts)
    return (
        [(d.key, d.times, d.entries, d.body, d.position) for d in document.definitions],
        [(entry.claims, len(entry.defines)) for entry in document.entries],
        [frozenset(names) for names in sets],
        dict(words.arity),
        (frozenset(document.forward), document.entrywise, sorted(document.unnamed)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = {"cells": CELLS, "forms": FORMS, "notations": NOTATIONS}
    for option, known in names.items():
        parser.add_argument(f"--{option}", default=",".join(known))
    parser.add_argument("--sample", type=int, help="so many mutants, of documents chosen at random")
    parser.add_argument("--each", type=int, default=EACH, help="so many mutants of a document")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", default="passed", help="print the mutants of these fates")
    options = parser.parse_args()
    chosen = [getattr(options, option).split(",") for option in names]
    combinations = list(product(*chosen))
    rng = random.Random(options.seed)
    if options.sample:
        rng.shuffle(combinations)
    counts: Counter[tuple[str, str]] = Counter()
    derivations: dict[str, Derivation] = {}
    start = time.process_time()
    for cell, form, notation in combinations:
        if options.sample and sum(counts[k, f] for k in KINDS for f in FATES[1:4]) >= options.sample:
            break
        derivation = derivations.setdefault(cell, derive(cell))
        document = notes(derivation, form, notation, f"{cell} {form} {notation}")
        if document is None or not document.claims:
            continue
        for mutant in planted(document, rng, options.each):
            counts[mutant.kind, mutant.fate] += 1
            counts[mutant.kind, "repaired"] += mutant.repaired
            if mutant.fate in options.show.split(",") or (
                "unrepaired" in options.show and mutant.fate == "rejected" and not mutant.repaired
            ):
                _print(mutant)
    table(counts)
    print(f"{time.process_time() - start:.0f} s")


def _print(mutant: Tried) -> None:
    print(
        f"{mutant.fate}: {mutant.title}: {mutant.kind}\n    was       {mutant.before}\n    is        {mutant.after}"
    )
    if mutant.judgement is not None:
        j = mutant.judgement
        print(
            f"    {j.verdict}: {j.reading or ''} {j.reason or ''} {j.mistake or ''}\n    should be {j.correction}",
            flush=True,
        )


def table(counts: Counter[tuple[str, str]]) -> None:
    """The figures by class of mistake."""
    print("| class | mutants | " + " | ".join(FATES) + " |")
    print("|---|" + "---:|" * (len(FATES) + 1))
    for kind in (*KINDS, "all"):
        kinds = KINDS if kind == "all" else (kind,)
        row = [sum(counts[k, fate] for k in kinds) for fate in FATES]
        print(f"| {kind} | {sum(row[1:4])} | " + " | ".join(map(str, row)) + " |")


if __name__ == "__main__":
    main()

"""Whether what symrnn derive prints is what symrnn check calls correct: every cell, notation, form and format.

    python benchmarks/round_trip.py [--cells rnn,lstm] [--forms recurrence] [--notations mit] [--formats latex]

A document comes back if its forward equations are definitions and all others are correct. Those that do not are
listed with the verdicts of their equations; the last line has the figures.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from itertools import product

from symrnn import derive
from symrnn.cells import CELLS
from symrnn.check.document import check_document
from symrnn.check.judgement import Judgement
from symrnn.derivation import Derivation
from symrnn.errors import SymrnnError
from symrnn.formats import FORMATS
from symrnn.forms import FORMS
from symrnn.notation import NOTATIONS
from symrnn.verify import QUICK

ENDINGS = {"latex": "tex", "markdown": "md"}


def printed(derivation: Derivation, form: str) -> Iterator[tuple[str, str, str]]:
    """What is printed of a form, in every notation and format; nothing where the model has no such form."""
    try:
        derivation.form(form)
    except SymrnnError:
        return
    report = derivation.verify(QUICK, [form])
    for notation, format_ in product(NOTATIONS, ENDINGS):
        yield notation, format_, FORMATS[format_](derivation, form, notation, report)


def equations(text: str, format_: str) -> list[Judgement]:
    """The judgements of the displays: sizes and words in the text are no equations."""
    judged = check_document(f"printed.{ENDINGS[format_]}", text.encode()).judgements
    return [j for j in judged if j.reason != "no claim about a derivative"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = {"cells": CELLS, "forms": FORMS, "notations": NOTATIONS, "formats": ENDINGS}
    for option, table in names.items():
        parser.add_argument(f"--{option}", default=",".join(table))
    chosen = {option: getattr(parser.parse_args(), option).split(",") for option in names}
    counts: Counter[str] = Counter()
    start = time.process_time()
    for cell in chosen["cells"]:
        derivation = derive(cell)
        for form in chosen["forms"]:
            for notation, format_, text in printed(derivation, form):
                if notation not in chosen["notations"] or format_ not in chosen["formats"]:
                    continue
                verdicts = Counter(j.verdict for j in equations(text, format_))
                counts["documents"] += 1
                counts["equations"] += verdicts["correct"]
                if set(verdicts) <= {"definition", "correct"} and verdicts["correct"]:
                    counts["back"] += 1
                else:
                    print(f"{cell} {notation} {form} {format_}: {dict(verdicts)}", flush=True)
    print(
        f"{counts['back']} of {counts['documents']} documents come back as correct, "
        f"{counts['equations']} equations; {time.process_time() - start:.0f} s"
    )


if __name__ == "__main__":
    main()

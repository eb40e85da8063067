"""The documents of derivations/: no equation is accused, and each that is shown wrong gets its verdict."""

from pathlib import Path

import pytest

from symrnn.check.document import check_document

DOCUMENTS = sorted((Path(__file__).parents[1] / "derivations").glob("*.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_equation_is_as_its_document_says(path):
    found = check_document(path.name, path.read_bytes()).judgements
    assert [(j.start[0], j.verdict, j.expected) for j in found if not j.ok] == []
    assert sum(j.verdict == "correct" for j in found) > 2

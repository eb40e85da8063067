"""What * means is what the document says that it means."""

from __future__ import annotations

import pytest

from symrnn.check.document import check_document
from symrnn.errors import SymrnnError

NOTES = r"""<!-- symrnn: star={star} -->
$$ h_t = \tanh(W h_{{t-1}} + U x_t) $$
$$ L = \sum_t h_t^\top h_t $$
$$ \frac{{\partial L}}{{\partial W}}
   = \sum_{{t=1}}^T ((1 - h_t^2) \odot \frac{{\partial L}}{{\partial h_t}}) h_{{t-1}}^\top $$
$$ \frac{{\partial L}}{{\partial U}}
   = \sum_{{t=1}}^T ((1 - h_t^2) \odot \frac{{\partial L}}{{\partial h_t}}) * x_t^\top $$
"""


@pytest.mark.parametrize(("star", "verdict"), [("matrix", "correct"), ("elementwise", "shape")])
def test_a_product_with_a_star_is_what_the_document_says(star, verdict):
    checked = check_document("notes.md", NOTES.format(star=star).encode())
    assert [j.verdict for j in checked.judgements] == ["definition", "definition", "correct", verdict]


def test_another_meaning_is_refused_with_its_line():
    with pytest.raises(SymrnnError, match="line 1: star=outer"):
        check_document("notes.md", NOTES.format(star="outer").encode())

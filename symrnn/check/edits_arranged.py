"""The products of given factors that have the shape of what they should be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice, pairwise

from symrnn.check.edits_products import (
    Product,
    bracketed,
    is_product,
    is_sum,
    is_transposed,
    joined,
    product,
    transposed,
    untransposed,
)
from symrnn.check.edits_vocabulary import Vocabulary
from symrnn.check.tensor import Shape
from symrnn.notes.formula import Call, Group, Name, Node, Number


def arrangements(
    given: Product, goal: Shape | None, vocabulary: Vocabulary, limit: int = 12
) -> Iterator[Node]:
    """The products of factors, each transposed or not, in the forms that derivatives have, that have a shape.

    They are W^T (a * b) * c, (a * b) x^T and what is between, or the mirror images where vectors are rows.
    """
    if goal is None or len(given.factors) < 2 or "/" in given.signs:
        return
    bases = [untransposed(f) if is_transposed(f) else f for f in given.factors]
    shapes = [vocabulary.shape(base) for base in bases]
    if any(shape is None or len(shape) != 2 for shape in shapes):  # the derivative by a matrix has more axes
        return
    sized = [(base, shape) for base, shape in zip(bases, shapes, strict=True) if shape is not None]
    scalars = [base for base, shape in sized if shape == (1, 1)]
    vectors = [(base, max(shape)) for base, shape in sized if 1 in shape and shape != (1, 1)]
    matrices = [(base, shape) for base, shape in sized if 1 not in shape]
    for body in islice(_forms(vectors, matrices, goal, given, vocabulary), limit):
        yield joined([""] * len(scalars), [*scalars, body])


Vector = tuple[Node, int]
Sized = tuple[Node, Shape]


def _forms(
    vectors: list[Vector], matrices: list[Sized], goal: Shape, given: Product, vocabulary: Vocabulary
) -> Iterator[Node]:
    if 1 in goal:
        yield from _vector_forms(vectors, matrices, max(goal), given, vocabulary)
        return
    rows, columns = (goal[1], goal[0]) if vocabulary.row else goal
    for count in range(1, len(vectors)):
        for right in combinations(reversed(range(len(vectors))), count):
            if any(vectors[i][1] != columns for i in right):
                continue
            left = [v for i, v in enumerate(vectors) if i not in right]
            outer = _elementwise([vectors[i][0] for i in sorted(right)], given, vocabulary)
            for inner in _vector_forms(left, matrices, rows, given, vocabulary):
                factors = (_closed(inner), transposed(_closed(outer), vocabulary.mark))
                if vocabulary.row:
                    factors = (factors[1], factors[0])
                yield joined([""], factors)


def _vector_forms(
    vectors: list[Vector], matrices: list[Sized], size: int, given: Product, vocabulary: Vocabulary
) -> Iterator[Node]:
    if not vectors:
        return
    if not matrices:
        if all(n == size for _, n in vectors):
            yield _elementwise([v for v, _ in vectors], given, vocabulary)
        return
    if len(matrices) > 1:
        return
    matrix, (rows, columns) = matrices[0]
    for out, inner, turned in ((columns, rows, True), (rows, columns, False)):
        if out != size:
            continue
        for count in range(len(vectors)):
            for outside in combinations(range(len(vectors)), count):
                within = [v for i, (v, _) in enumerate(vectors) if i not in outside]
                sizes = [n for i, (_, n) in enumerate(vectors) if i not in outside]
                if any(n != inner for n in sizes) or any(vectors[i][1] != size for i in outside):
                    continue
                factor = transposed(matrix, vocabulary.mark) if turned != vocabulary.row else matrix
                body = _closed(_elementwise(within, given, vocabulary))
                pair = (body, factor) if vocabulary.row else (factor, body)
                chain = joined([""], pair)
                rest = [vectors[i][0] for i in outside]
                if not rest:
                    yield chain
                else:
                    yield product([chain, *rest], vocabulary.elementwise)
                    yield product([*rest, chain], vocabulary.elementwise)


def _closed(node: Node) -> Node:
    """A product in brackets, anything else as it is."""
    return bracketed(node) if is_product(node) or is_sum(node) or _is_pair(node) else node


def _is_pair(node: Node) -> bool:
    return (
        isinstance(node, Call)
        and isinstance(node.argument, Group)
        and isinstance(node.head, Name)
        and (not node.head.stem.startswith("\\"))
    )


def _elementwise(vectors: list[Node], given: Product, vocabulary: Vocabulary) -> Node:
    """Vectors multiplied entry by entry: with the author's signs between those that stood side by side."""
    signs = []
    for left, right in pairwise(vectors):
        where = [i for i, f in enumerate(given.factors[:-1]) if f is left and given.factors[i + 1] is right]
        signs.append(given.signs[where[0]] if where else vocabulary.elementwise)
    return joined(signs, vectors) if vectors else Number("1")

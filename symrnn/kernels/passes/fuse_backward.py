"""The backward pass of joined products: joined derivatives, and the joined gradients that they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symrnn.equations import Equation
from symrnn.expressions import (
    Adjoint,
    Hadamard,
    Leaf,
    Node,
    Over,
    Plus,
    Product,
    Transposed,
    Variable,
    hadamard,
    leaves,
    over,
    plus,
    product,
    remake,
    rows,
    stack,
    transposed,
)
from symrnn.kernels.passes.joining import Joining, bounds, runs
from symrnn.kernels.system import clock_of

Joined = tuple[Leaf, dict[Leaf, int], list[Leaf]]  # D, the place of each part, the parts in order


def join_backward(joining: Joining, order: Sequence[Leaf], matrices: Mapping[Node, Leaf]) -> None:
    """Join the derivatives by the gates, and what is made of them; ``matrices`` says which gate each one feeds."""
    derivatives = _derivatives(joining, matrices)
    parts = [derivatives[gate] for gate in order if gate in derivatives]
    if len(set(parts)) < 2 or len(set(parts)) < len(parts):
        return
    blocks = _multiplied(joining, parts)
    wide = blocks[0]
    if len(blocks) > 1:
        wide = joining.variable([p.name for p in parts], parts, clock_of(parts[0]))
        last = max(i for i, e in enumerate(joining.backward) if e.lhs in blocks)
        joining.backward.insert(last + 1, Equation(wide, stack(*blocks)))
    place = {part: i for i, part in enumerate(parts)}
    _join_sums(joining, (wide, place, parts), matrices)
    _join_gradients(joining, (wide, place, parts))


def _derivatives(joining: Joining, matrices: Mapping[Node, Leaf]) -> dict[Leaf, Leaf]:
    """Gate -> the derivative by what its matrix gives, under a name."""
    backs = {transposed(m): gate for m, gate in matrices.items()}
    found: dict[Leaf, Node] = {}

    def look(node: Node) -> None:
        if isinstance(node, Product) and len(node.operands) == 2 and node.operands[0] in backs:
            found.setdefault(backs[node.operands[0]], node.operands[1])
        for operand in node.operands:
            look(operand)

    for equation in joining.backward:
        look(equation.rhs)
        of = equation.lhs.of if isinstance(equation.lhs, Adjoint) else equation.lhs
        if (
            of in matrices
            and isinstance(equation.rhs, Over)
            and isinstance(equation.rhs.operands[0], Product)
        ):
            found.setdefault(matrices[of], equation.rhs.operands[0].operands[0])
    return {gate: _named(joining, gate, node) for gate, node in found.items() if _is_own(node)}


def _is_own(node: Node) -> bool:
    """Whether an expression is of one step alone."""
    return all(x.clock is None or not x.offset for x in leaves(node)) and any(
        clock_of(x) for x in leaves(node)
    )


def _named(joining: Joining, gate: Leaf, node: Node) -> Leaf:
    """A name for a derivative, put wherever it stands."""
    if isinstance(node, Leaf):
        return node
    rows_, cols = node.shape
    own = Variable(joining.name(f"d_{gate.name}"), rows_, cols, gate.clock)
    place = next(i for i, e in enumerate(joining.backward) if _contains(e.rhs, node))
    joining.backward = [Equation(e.lhs, _put(e.rhs, node, own)) for e in joining.backward]
    joining.backward.insert(place, Equation(own, node))
    return own


def _contains(node: Node, part: Node) -> bool:
    return node == part or any(_contains(x, part) for x in node.operands)


def _put(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    if isinstance(node, Leaf) or not node.operands:
        return node
    return remake(node, [_put(x, old, new) for x in node.operands])


def _multiplied(joining: Joining, parts: Sequence[Leaf]) -> list[Leaf]:
    """The parts, neighbours that are multiples of one derivative as one: (K_i, K_f, K_g) * dL/dc."""
    bound = {e.lhs: e for e in joining.backward}
    blocks: list[Leaf] = []
    for run in runs(parts, lambda p: _factor(bound[p]) or p):
        equations = [bound[p] for p in run]
        if len(run) < 2:
            blocks += run
            continue
        factors = [e.rhs.operands[0] for e in equations]
        slopes = joining.variable(_alike("slope", factors), factors, clock_of(factors[0]))
        wide = joining.variable(_alike("d", run), run, clock_of(run[0]))
        whole = Equation(wide, hadamard(slopes, stack(*(e.rhs.operands[1] for e in equations))))
        new = [Equation(slopes, stack(*factors)), whole, *joining.parted(wide, run)]
        joining.replace(joining.backward, equations, new)
        blocks.append(wide)
    return blocks


def _alike(stem: str, parts: Sequence[Leaf]) -> list[str]:
    """The names of quantities that are joined, with one stem where they have none in common."""
    names = [x.name for x in parts]
    stems = {name.rpartition("_")[0] for name in names}
    return names if len(stems) == 1 else [f"{stem}_{name.rpartition('_')[2]}" for name in names]


def _factor(equation: Equation) -> object:
    """What a derivative is a multiple of, where its equation is slope * derivative."""
    if not isinstance(equation.rhs, Hadamard) or len(equation.rhs.operands) != 2:
        return None
    slope, factor = equation.rhs.operands
    own = (
        isinstance(slope, Leaf)
        and isinstance(factor, Leaf)
        and not slope.offset
        and not isinstance(slope, Adjoint)
    )
    return (factor, equation.lhs.shape) if own and isinstance(factor, Adjoint) else None


def _join_sums(joining: Joining, joined: Joined, matrices: Mapping[Node, Leaf]) -> None:
    """U_f^T d_f + U_i^T d_i as one product."""
    wide, place, parts = joined
    spans = bounds(parts)
    backs = {transposed(m): m for m in matrices}
    equations: list[Equation] = []

    def summed(node: Node) -> Node:
        if isinstance(node, Leaf) or not node.operands:
            return node
        node = remake(node, [summed(x) for x in node.operands])
        if not isinstance(node, Plus):
            return node
        own = {
            place[x.operands[1]]: x
            for x in node.operands
            if isinstance(x, Product)
            and x.operands[0] in backs
            and x.operands[1] in place
            and len(x.operands) == 2
        }
        rest = [x for x in node.operands if x not in own.values()]
        terms = list(rest)
        for run in _neighbours(sorted(own)):
            if len(run) < 2:
                terms += [own[i] for i in run]
                continue
            matrix = joining.matrix([backs[own[i].operands[0]] for i in run], equations)
            terms.append(product(transposed(matrix), rows(wide, spans[run[0]][0], spans[run[-1]][1])))
        return plus(*terms)

    joining.backward = [x for e in joining.backward for x in (Equation(e.lhs, summed(e.rhs)),)]
    joining.backward[:0] = equations


def _neighbours(places: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for place in places:
        if found and found[-1][-1] == place - 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _join_gradients(joining: Joining, joined: Joined) -> None:
    """The sums over the steps of d_f h^T, d_i h^T, ... as one."""
    wide, place, parts = joined
    spans = bounds(parts)
    _name_sums(joining, place)
    groups: dict[Node | None, dict[int, Equation]] = {}
    for equation in joining.backward:
        found = _sum_of(equation.rhs, place)
        if found is not None and joining.is_shared(equation.lhs):
            part, other = found
            groups.setdefault(other, {}).setdefault(place[part], equation)
    for other, own in groups.items():
        for run in _neighbours(sorted(own)):
            if len(run) < 2:
                continue
            equations = [own[i] for i in run]
            part = rows(wide, spans[run[0]][0], spans[run[-1]][1])
            inside = part if other is None else product(part, other)
            lhs = [e.lhs for e in equations]
            whole = joining.variable([str(x) for x in lhs], lhs, None)
            joining.shared.add(whole.name)
            clock = clock_of(wide)
            assert clock is not None
            total = Equation(whole, over(inside, clock))
            joining.replace(joining.backward, equations, [total, *joining.parted(whole, lhs)])


def _sum_of(node: Node, place: Mapping[Leaf, int]) -> tuple[Leaf, Node | None] | None:
    """d and z^T where an expression is the sum over the steps of d z^T; d alone where it is that of d."""
    if not isinstance(node, Over):
        return None
    inside = node.operands[0]
    if inside in place:
        return inside, None
    if isinstance(inside, Product) and len(inside.operands) == 2 and inside.operands[0] in place:
        return inside.operands[0], inside.operands[1]
    return None


def _name_sums(joining: Joining, place: Mapping[Leaf, int]) -> None:
    """Sums inside larger expressions, the parts of the gradient of W [h, x], get equations of their own."""
    equations: list[Equation] = []
    for equation in joining.backward:
        before: list[Equation] = []

        def named(node: Node, top: bool, lhs: Leaf, before: list[Equation] = before) -> Node:
            if isinstance(node, Leaf) or not node.operands:
                return node
            node = _turned(node, place)
            if _sum_of(node, place) is not None and not top:
                rows_, cols = node.shape
                other = _sum_of(node, place)
                inner = "" if other is None or other[1] is None else "".join(x.name for x in leaves(other[1]))
                own = Variable(joining.name(f"{lhs}_{inner}"), rows_, cols)
                joining.shared.add(own.name)
                before.append(Equation(own, node))
                return own
            return remake(node, [named(x, False, lhs) for x in node.operands])

        rhs = named(equation.rhs, True, equation.lhs) if joining.is_shared(equation.lhs) else equation.rhs
        equations += [*before, Equation(equation.lhs, rhs)]
    joining.backward = equations


def _turned(node: Node, place: Mapping[Leaf, int]) -> Node:
    """The sum of z d^T as the transpose of that of d z^T."""
    if (
        isinstance(node, Over)
        and isinstance(node.operands[0], Product)
        and len(node.operands[0].operands) == 2
    ):
        left, right = node.operands[0].operands
        if isinstance(right, Transposed) and right.operands[0] in place and left not in place:
            return Transposed(over(product(right.operands[0], transposed(left)), node.index))
    return node

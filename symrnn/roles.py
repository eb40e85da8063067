"""What each quantity of a model is for, inferred from the equations and never from its name.

A weight is a parameter that multiplies something inside the equation of a quantity, a state is used at a
lag, a gate is a sigmoid that multiplies elementwise, and so on.  A notation maps roles to symbols.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symrnn.equations import Equation, Model, is_fixed
from symrnn.expressions import (
    CLOCKS,
    Apply,
    Fill,
    Hadamard,
    Leaf,
    Node,
    Plus,
    Product,
    Scale,
    Softmax,
    Stack,
    Transposed,
    leaves,
)
from symrnn.functions import NAMES

STATES = ("state", "cell", "hidden")
OUTPUTS = ("logits", "prediction", "further prediction")
SQUASHING = ("sigmoid", "hard_sigmoid")


@dataclass(frozen=True)
class Role:
    """A kind of quantity; what it feeds (``to``) and, for a weight, what it multiplies (``source``).

    The sources of a weight of a stack [h, x] are joined by a comma: "h,x".
    """

    kind: str
    to: str = ""
    source: str = ""


def roles(model: Model) -> dict[str, Role]:
    """Name -> role, for every quantity and parameter of the model, in order of appearance."""
    reading = _Reading(model)
    found = reading.quantities()
    found.update(reading.parameters(found))
    found.update({x.name: Role("input") for x in model.inputs if x.name not in found})
    return found


def nodes(expression: Node) -> Iterator[Node]:
    """Every node of an expression, outside in."""
    yield expression
    for operand in expression.operands:
        yield from nodes(operand)


class _Reading:
    """The equations, looked at from each of the sides that the roles need."""

    def __init__(self, model: Model) -> None:
        self.model = model
        inner = [e for e in model.equations if not is_fixed(e.lhs)]
        # What holds inside the sequence names a parameter before what holds at its boundary does.
        self.equations = inner + [e for e in model.equations if is_fixed(e.lhs)]
        self.rhs: dict[str, Node] = {e.lhs.name: e.rhs for e in inner}
        clocks = set(CLOCKS.values())
        self.lagged = {x.name for x in model.used if x.clock in clocks and x.offset != 0}
        self.fixed = {p.name for p in model.parameters}
        self.gates = {
            name
            for name, rhs in self.rhs.items()
            if isinstance(rhs, Apply) and NAMES.get(rhs.function) in SQUASHING and self._multiplies(name)
        }

    def _multiplies(self, name: str) -> bool:
        return any(name in names for _, names, _, _ in self._gatings({name}))

    def _gatings(self, gates: set[str]) -> Iterator[tuple[str, list[str], bool, list[Node]]]:
        """(quantity, gates, whether they stand as 1 - gate, the other factors) of each gated product."""
        for name, rhs in self.rhs.items():
            for node in nodes(rhs):
                if not isinstance(node, Hadamard):
                    continue
                plain = [x for x in node.operands if isinstance(x, Leaf) and x.name in gates]
                inverse = [x for x in node.operands if _complemented(x) in gates]
                rest = [x for x in node.operands if x not in plain and x not in inverse]
                if plain:
                    yield name, [x.name for x in plain], False, rest
                if inverse:
                    yield name, [str(_complemented(x)) for x in inverse], True, rest

    def quantities(self) -> dict[str, Role]:
        found = self._losses()
        found.update({n: r for n, r in self._gating(found).items() if n not in found})
        for name in self.rhs:
            if name in self.lagged and name not in found:
                found[name] = Role("state" if self._is_column(name) else "value")
        for name, rhs in self.rhs.items():
            before = self._argument(rhs)
            if before and before not in self.lagged and before not in found:
                found[before] = Role("gate preactivation", to=name)
        for name, rhs in self.rhs.items():
            found.setdefault(name, Role("hidden" if isinstance(rhs, Apply) else "value"))
        for name, role in found.items():
            if role.kind == "gate preactivation" and found[role.to].kind in STATES:
                found[name] = Role("preactivation", role.to)
        return found

    def _is_column(self, name: str) -> bool:
        return bool(self.model.bound[(name,)].lhs.shape[1] == 1)

    def _argument(self, rhs: Node) -> str:
        """The name of a that rhs = f(a) wraps, where it is a quantity of the model."""
        inner = rhs.operands[0] if isinstance(rhs, Apply | Softmax) and len(rhs.operands) == 1 else rhs
        return inner.name if isinstance(inner, Leaf) and inner.name in self.rhs else ""

    def _losses(self) -> dict[str, Role]:
        """The loss, the loss of a step, what is compared there, and what the prediction is made from."""
        total = self.model.loss.name
        found = {total: Role("total loss")}
        inside = {x.name: x for x in leaves(self.rhs[total])} if total in self.rhs else {}
        steps = [n for n, x in inside.items() if n in self.rhs and x.clock and x.shape == (1, 1)]
        found.update({name: Role("step loss") for name in steps})
        compared = [x.name for step in steps or [total] for x in leaves(self.rhs.get(step, Fill(0, 1, 1)))]
        for name in compared:
            if name in self.rhs and name not in self.lagged:
                first = not any(r.kind == "prediction" for r in found.values())
                found.setdefault(name, Role("prediction" if first else "further prediction"))
                before = self._argument(self.rhs[name])
                if before and not self._recurs(before):
                    found.setdefault(before, Role("logits", to=name))
        found.update({name: Role("target") for name in sorted(self.model.targets)})
        return found

    def _recurs(self, name: str) -> bool:
        """Whether a quantity is a state of its own right, and not an output that is fed back."""
        rhs = self.rhs[name]
        own = any(x.name == name for x in leaves(rhs))
        return own or (name in self.lagged and isinstance(rhs, Apply))

    def _gating(self, known: dict[str, Role]) -> dict[str, Role]:
        """Gates by what they multiply, the cells they guard and the candidates they let in."""
        found: dict[str, Role] = {}
        does: dict[str, set[str]] = {gate: set() for gate in self.gates if gate not in known}
        for name, gates, inverse, rest in self._gatings(set(does)):
            others = [x for factor in rest for x in leaves(factor) if x.name in self.rhs]
            if any(x.name == name for x in others):
                effect = "holds"
                found[name] = Role("cell")
            elif name not in self.lagged:
                effect = "resets"
            elif any(x.name == name for x in leaves(self.rhs[name])):
                effect = "writes"
                found.update({x.name: Role("candidate", to=name) for x in others[:1]})
            else:
                effect = "shows"
            for gate in gates:
                does[gate].add("1-" + effect if inverse else effect)
        found.update({gate: Role(_gate_kind(effects)) for gate, effects in does.items()})
        return found

    def parameters(self, quantities: dict[str, Role]) -> dict[str, Role]:
        found: dict[str, Role] = {}
        for equation in self.equations:
            to = _fed(equation, quantities)
            for node in nodes(equation.rhs):
                for name, role in self._uses(node, to, quantities):
                    found.setdefault(name, role)
        recurrent: dict[str, str] = {}
        for role in found.values():
            states = [s for s in role.source.split(",") if s in self.lagged]
            if role.kind in ("recurrent weight", "stacked weight") and states:
                recurrent.setdefault(role.to, states[0])
        for name, role in found.items():
            if role.kind == "bias":
                found[name] = Role("bias", role.to, recurrent.get(role.to, ""))
        found.update({name: Role("parameter") for name in sorted(self.fixed - set(found))})
        return found

    def _uses(self, node: Node, to: str, known: dict[str, Role]) -> Iterator[tuple[str, Role]]:
        """The parameters among a node's operands, with the role that this use gives them."""
        output = known[to].kind in OUTPUTS if to in known else False
        if isinstance(node, Product):
            first, rest = node.operands[0], node.operands[1:]
            for factor in rest:
                if isinstance(factor, Leaf) and factor.name in self.fixed:
                    yield factor.name, Role("input")
            yield from self._weight(first, rest, to, output, known)
        elif isinstance(node, Scale) and isinstance(node.args[0], Node):
            yield from self._weight(node.args[1], (node.args[0],), to, output, known)
        elif isinstance(node, Hadamard):
            others = tuple(x for x in node.operands if x.args and self._parameter(x) == "")
            for factor in node.operands:
                if self._parameter(factor) and others:
                    yield self._parameter(factor), Role("peephole", to, self._source(others))
        elif isinstance(node, Plus):
            for term in node.operands:
                if self._parameter(term):
                    yield self._parameter(term), Role("output bias" if output else "bias", to)

    def _weight(
        self, factor: Node, rest: tuple[Node, ...], to: str, output: bool, known: dict[str, Role]
    ) -> Iterator[tuple[str, Role]]:
        name = self._parameter(factor)
        if not name:
            return
        stacks = [x for x in rest if isinstance(x, Stack)]
        if stacks:
            source = ",".join(self._source((block,)) for block in stacks[0].operands)
            yield name, Role("stacked output weight" if output else "stacked weight", to, source)
        else:
            source = self._source(rest)
            yield name, Role("output weight" if output else self._weight_kind(source, known), to, source)

    def _weight_kind(self, source: str, known: dict[str, Role]) -> str:
        if source in known:
            kind = known[source].kind
            recurrent = kind in STATES or (kind in OUTPUTS and source in self.lagged)
            return "recurrent weight" if recurrent else "weight"
        return "input weight"

    def _parameter(self, node: Node) -> str:
        leaf = node.operands[0] if isinstance(node, Transposed) else node
        return leaf.name if isinstance(leaf, Leaf) and leaf.name in self.fixed else ""

    def _source(self, factors: tuple[Node, ...]) -> str:
        """The quantity a weight multiplies; a gate in front of it does not count."""
        names = [x.name for factor in factors for x in leaves(factor)]
        kept = [n for n in names if n not in self.gates]
        return (kept or names or [""])[-1]


def _complemented(node: Node) -> str:
    """The name of f in 1 - f, otherwise nothing."""
    if isinstance(node, Plus) and len(node.operands) == 2:
        one, rest = node.operands
        if isinstance(one, Fill) and one.args[0] == 1 and isinstance(rest, Scale) and rest.args[0] == -1:
            inner = rest.args[1]
            return inner.name if isinstance(inner, Leaf) else ""
    return ""


def _gate_kind(effects: set[str]) -> str:
    """A gate's kind from what it and its complement 1 - gate do."""
    if "holds" in effects:
        return "keep gate" if "1-writes" in effects else "forget gate"
    if "writes" in effects:
        return "update gate" if "1-holds" in effects else "input gate"
    return {"shows": "output gate", "resets": "reset gate"}.get(min(effects, default=""), "gate")


def _fed(equation: Equation, quantities: dict[str, Role]) -> str:
    """The quantity an equation computes, or computes the pre-activation of."""
    name: str = equation.lhs.name
    role = quantities.get(name)
    return role.to if role and role.kind.endswith("preactivation") else name

"""Random cells: whatever a person may write, the derivation is proved and agrees with autograd."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import symrnn
from symrnn.losses import LOSSES, REDUCTIONS

SMOOTH = ["tanh", "sigmoid", "softplus", "sin", "cos", "silu", "gelu"]
KINKED = ["relu", "elu", "leaky_relu", "abs"]
TWO = ["max", "min"]
DIMENSIONS = ["n", "k", "m"]
MOST_STEPS = 3


@dataclass
class Writer:
    """A cell being written: its declarations, its lines, and what may be read in a line."""

    draw: st.DrawFn
    shapes: dict[str, tuple[str, str]]
    states: list[str]
    lines: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)  # what this step has already computed
    weights: dict[str, tuple[str, str]] = field(default_factory=dict)

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def weight(self, shape: tuple[str, str]) -> str:
        name = f"W_{len(self.weights)}"
        self.weights[name] = shape
        return name

    def readable(self, shape: tuple[str, str]) -> list[str]:
        """What of this shape a line may read: this step's quantities so far, states at lags, the input."""
        found = [f"{name}[t]" for name in self.written if self.shapes[name] == shape]
        for name in self.states:
            if self.shapes[name] == shape:
                found += [f"{name}[t-1]", f"{name}[t-{self.draw(st.integers(1, 3))}]"]
        return found + (["x[t]"] if self.shapes["x"] == shape else [])

    def expression(self, shape: tuple[str, str], depth: int) -> str:
        """A random expression of a shape."""
        rows, cols = shape
        options = ["read", "read", "product"]
        if depth:
            options += ["plus", "minus", "times", "apply", "two", "gate", "scaled", "square", "dotted"]
            options += ["softmax", "rows"] if cols == "1" else ["outer", "matrix"]
        match self.pick(*options):
            case "read" if self.readable(shape):
                return self.pick(*self.readable(shape))
            case "plus":
                return f"({self.expression(shape, depth - 1)} + {self.expression(shape, depth - 1)})"
            case "minus":
                return f"({self.expression(shape, depth - 1)} - {self.expression(shape, depth - 1)} / 2)"
            case "times":
                return f"({self.expression(shape, depth - 1)} * {self.expression(shape, depth - 1)})"
            case "apply":
                return f"{self.pick(*SMOOTH, *KINKED)}({self.expression(shape, depth - 1)})"
            case "two":
                first, second = self.expression(shape, depth - 1), self.expression(shape, depth - 1)
                assume(first != second)  # max(a, a) is always on its kink
                return f"{self.pick(*TWO)}({first}, {second})"
            case "gate":
                gate = f"sigmoid({self.expression(shape, depth - 1)})"
                return f"((1 - {gate}) * {self.expression(shape, depth - 1)})"
            case "scaled":
                return f"({self.pick('-0.5', '2', '0.25')} * {self.expression(shape, depth - 1)})"
            case "square":
                return f"tanh({self.expression(shape, depth - 1)}) ** {self.pick('2', '3')}"
            case "dotted":
                column = (self.pick(*DIMENSIONS), "1")
                inner = f"dot({self.expression(column, depth - 1)}, {self.expression(column, 0)})"
                return f"(tanh({inner}) * {self.expression(shape, depth - 1)})"
            case "softmax":
                return f"softmax({self.expression(shape, depth - 1)})"
            case "rows":
                first, second = ((self.pick(*DIMENSIONS), "1") for _ in range(2))
                stacked = f"[{self.expression(first, depth - 1)}, {self.expression(second, 0)}]"
                return f"({self.weight((rows, f'{first[0]} + {second[0]}'))} @ {stacked})"
            case "outer":
                return f"outer({self.expression((rows, '1'), depth - 1)}, {self.expression((cols, '1'), 0)})"
            case "matrix":
                return f"(diag({self.expression((rows, '1'), depth - 1)}) @ {self.expression(shape, 0)})"
            case _:
                inner = (self.pick(*DIMENSIONS), cols)
                right = self.expression(inner, 0) if self.readable(inner) else self.weight(inner)
                return f"({self.weight((rows, inner[0]))} @ {right})"

    def line(self, name: str, gated: bool) -> None:
        shape = self.shapes[name]
        value = self.expression(shape, 2)
        squashed = f"tanh({value})" if self.pick("yes", "no") == "yes" else f"sin({value})"
        if gated:
            gate = f"sigmoid({self.expression(shape, 1)})"
            squashed = f"{gate} * {name}[t-1] + {squashed}"
        self.lines.append(f"{name}[t] = {squashed}")
        self.written.append(name)

    def text(self) -> str:
        read = " ".join(self.lines)
        declared = [f"{name}[t]: ({r}, {c})" for name, (r, c) in self.shapes.items() if f"{name}[" in read]
        declared += [f"{name}: ({r}, {c})" for name, (r, c) in self.weights.items()]
        return "\n".join([*declared, *self.lines, f"output: {self.written[-1]}[t]"])


@st.composite
def cells(draw: st.DrawFn) -> str:
    """A cell with an input, one to three states (vectors or matrices) and some gates; a vector comes last."""
    shapes = {"x": ("m", "1")}
    states = [f"s{i}" for i in range(draw(st.integers(1, 2)))]
    for name in states:
        matrix = draw(st.booleans())
        shapes[name] = (
            draw(st.sampled_from(["n", "k"])),
            draw(st.sampled_from(DIMENSIONS)) if matrix else "1",
        )
    states.append("h")
    shapes["h"] = ("n", "1")
    writer = Writer(draw, shapes, states)
    for name in states:
        writer.line(name, gated=draw(st.booleans()))
    return writer.text()


RANDOM = settings(derandomize=True, deadline=None, database=None)
LOSS = st.sampled_from(sorted(LOSSES))
REDUCTION = st.sampled_from(sorted(REDUCTIONS))


@settings(RANDOM, max_examples=30)
@given(cells(), LOSS, REDUCTION, st.integers(1, MOST_STEPS))
def test_a_random_cell_is_proved(text: str, loss: str, reduction: str, steps: int) -> None:
    event(f"{text.count('=')} equations")
    proof = symrnn.derive(text, steps, loss=loss, reduction=reduction).prove()
    assert proof.holds, proof.failed


@settings(RANDOM, max_examples=15)
@given(cells(), LOSS, REDUCTION, st.integers(1, MOST_STEPS))
def test_a_random_cell_agrees_with_autograd(text: str, loss: str, reduction: str, steps: int) -> None:
    report = symrnn.derive(text, steps, loss=loss, reduction=reduction).verify(["autograd"], forms=[])
    assert report.checks
    assert report.disagreements == []


@settings(RANDOM, max_examples=15)
@given(cells(), st.sampled_from(["recurrence", "unrolled"]))
def test_every_form_of_a_random_cell_is_proved(text: str, form: str) -> None:
    assert symrnn.derive(text, 2).prove_form(form).holds


@settings(RANDOM, max_examples=15)
@given(cells())
def test_equations_of_a_random_cell_are_printed(text: str) -> None:
    d = symrnn.derive(text, 2)
    for equation in (*d.forward, *d.recurrence.equations):
        assert str(equation.lhs)
        assert str(equation.rhs)


@cache
def many_texts() -> tuple[str, ...]:
    found: list[str] = []

    @settings(RANDOM, max_examples=150)
    @given(cells())
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return tuple(found)


@pytest.mark.parametrize(
    "feature", ["t-2", "t-3", "@", "softmax", "outer", "diag", "dot", "sigmoid", "[t], "]
)
def test_every_feature_occurs_among_the_random_cells(feature: str) -> None:
    assert sum(feature in text for text in many_texts()) >= 2

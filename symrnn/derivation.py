"""A derivation: the model, its forward and backward passes, and what one asks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import autograd.numpy
import numpy as np
from sympy import Expr

from symrnn.adjoint import reverse
from symrnn.cases import make_case
from symrnn.cells import CELLS
from symrnn.compiled import has_numpy, numpy_function
from symrnn.equations import Equation, Gradients, Graph, Model
from symrnn.errors import SymrnnError
from symrnn.evaluate import Floats, evaluate, leading_to
from symrnn.expressions import LENGTHS, Adjoint, Array, Leaf
from symrnn.formats import FORMATS, display
from symrnn.forms import FORMS, Form, prove_closed_form, prove_form
from symrnn.hessian import direction, hessian_vector
from symrnn.kernels import DEFAULT_SIZE, FixedKernel, Kernel, fixed_kernel, kernel
from symrnn.logarithms import with_logarithms
from symrnn.proof import Proof, dimensions, prove, small_sizes
from symrnn.reading import Function, as_lambda, read
from symrnn.unroll import Steps, unroll
from symrnn.values import arrays_of, directions_of, needed, sizes_of
from symrnn.verify import QUICK, TRACING, Report, check_case, oracle_names

MOST_STEPS = 1000  # every equation is kept, and printed: some seconds for each hundred steps
COMPARED = ("unrolled", "components")  # the forms that the proof of the backward pass compares
CHECKED_STEPS = 3  # proofs and checks look at every entry; three steps have a first, an inner and a last


@dataclass(frozen=True)
class Derivation:
    """Back-propagation through time for one model.

    ``recurrence`` is the backward pass for any number of steps, ``forward`` and ``backward`` are unrolled for
    ``steps``.  Their equations are SymPy objects.
    """

    model: Model
    listing: str
    cell: str | None
    loss: str
    steps: Steps
    functions: Mapping[str, Function] = field(default_factory=dict)

    @cached_property
    def recurrence(self) -> Model:
        """The backward pass with a symbolic time index."""
        return reverse(self.model)

    @cached_property
    def forward(self) -> Graph:
        """The forward pass, unrolled. Raises SymrnnError for more than MOST_STEPS steps."""
        return unroll(self.model, self.unrolled_steps)

    @cached_property
    def backward(self) -> Graph:
        """The backward pass, unrolled, in the order one computes it."""
        return unroll(self.recurrence, self.unrolled_steps)

    @cached_property
    def gradients(self) -> Gradients:
        """The equations of the gradients that are asked for, by "W_f", "x[2]", "h[0]"."""
        given = {leaf for leaf in self.forward.given if leaf.name not in self.model.targets}
        found = (e for e in self.backward if isinstance(e.lhs, Adjoint) and e.lhs.of in given)
        return Gradients((str(e.lhs.of), e) for e in found)

    @property
    def unrolled_steps(self) -> Steps:
        """The numbers of steps. Raises SymrnnError where they are too many to unroll."""
        most = max(self.steps.values(), default=1)
        if most > MOST_STEPS:
            raise SymrnnError(
                f"{most} steps are too many to unroll; the most is {MOST_STEPS}\n"
                "  the recurrence holds for any number of steps: --form recurrence, or .recurrence in Python"
            )
        return self.steps

    def evaluate(self, values: Mapping[str, Any]) -> dict[str, Array]:
        """The loss "L" and the gradients at given numbers, in double precision.

        ``values`` has a 2-D array for every parameter ("W_f"), input and target ("x[1]", "y[1]") and initial
        state ("h[0]"); ``needs()`` lists them with their shapes.  Gradients have the keys and shapes of their
        values.  Raises SymrnnError for an array that is missing or of a shape that clashes.
        """
        arrays = arrays_of(self.forward, self.model.facts, values)
        known = evaluate(self._numeric, arrays, self._floats(arrays))
        wanted = [leaf for leaf in arrays if leaf.name not in self.model.targets]
        found = {str(x): known.get(Adjoint(x, self.model.loss), np.zeros_like(arrays[x])) for x in wanted}
        return {"L": known[self.model.loss], **found}

    @cached_property
    def _numeric(self) -> list[Equation]:
        """What leads to the loss and the gradients: dL/dp need not exist where a probability p is zero."""
        wanted = [self.model.loss, *(Adjoint(leaf, self.model.loss) for leaf in self.forward.given)]
        return leading_to(wanted, with_logarithms((*self.forward, *self.backward)))

    def _floats(self, arrays: Mapping[Leaf, Array]) -> Floats:
        return Floats({**sizes_of(arrays), **{LENGTHS[clock]: count for clock, count in self.steps.items()}})

    def kernel(
        self,
        gradients: str | Iterable[str] = "parameters",
        notation: str = "plain",
        padded: bool = False,
        truncate: int | None = None,
        backend: str = "numpy",
    ) -> Kernel:
        """The loss and its gradients for batches of sequences of any size, as a module of code.

        Arrays go in by name: inputs and targets (T, batch, m), parameters (n, m), initial states (batch, n).
        ``gradients`` are names, or "parameters", "inputs" and "initial states".  With ``padded`` each sequence
        has its own number of steps, "lengths" (batch,).  ``truncate`` cuts the backward pass after so many steps.
        ``backend`` is "numpy", "numba" (compiled, for small sizes), "auto" (of these two the faster one at each size),
        "torch" (an autograd.Function) or "jax" (a function with custom_vjp).
        Raises SymrnnError for a model that has no batched form.
        """
        return kernel(self.model, self.recurrence, gradients, notation, padded, truncate, backend)

    def fixed_kernel(self, **sizes: int) -> FixedKernel:
        """Loss and gradients compiled for fixed small sizes: d.fixed_kernel(n=2, m=2, T=3).

        Keywords are the dimensions of the model and its numbers of steps, T (and U); a dimension that is not
        given is DEFAULT_SIZE, a number of steps that of the derivation.  Raises SymrnnError for an unknown
        name or a size below 1.
        """
        lengths = {str(LENGTHS[clock]): clock for clock in self.steps}
        named = {str(d): d for d in dimensions(self.model.equations)}
        for name, size in sizes.items():
            if name not in named and name not in lengths:
                raise SymrnnError(f"no dimension {name}; the model has {', '.join([*named, *lengths])}")
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise SymrnnError(f"{name} is {size!r}: give a whole number from 1 on")
        steps = {clock: sizes.get(name, self.steps[clock]) for name, clock in lengths.items()}
        known = {d: sizes.get(name, DEFAULT_SIZE) for name, d in named.items()}
        known |= {LENGTHS[clock]: count for clock, count in steps.items()}
        return fixed_kernel(self.model, unroll(self.model, steps), known)

    def form(self, name: str) -> Form:
        """The derivation in another form: "recurrence", "delta", "total", "product", ... (see FORMS)."""
        if name not in FORMS:
            raise SymrnnError(f"no form {name!r}; the forms are {', '.join(FORMS)}")
        return FORMS[name](self.model, self.recurrence)

    def text(self, notation: str = "plain", form: str = "unrolled") -> str:
        """The derivation as Unicode text, with its verification."""
        return self._written("text", notation, form)

    def latex(self, notation: str = "plain", form: str = "unrolled") -> str:
        """The derivation as a LaTeX fragment."""
        return self._written("latex", notation, form)

    def markdown(self, notation: str = "plain", form: str = "unrolled") -> str:
        """The derivation as Markdown with $$ displays."""
        return self._written("markdown", notation, form)

    def json(self, notation: str = "plain", form: str = "unrolled") -> str:
        """The derivation as JSON."""
        return self._written("json", notation, form)

    def _written(self, format_: str, notation: str, form: str) -> str:
        return FORMATS[format_](self, form, notation, self.verify(QUICK, [form]))

    def __repr__(self) -> str:
        steps = ", ".join(f"{LENGTHS[clock]} = {count}" for clock, count in self.steps.items())
        return f"<Derivation of {self.model.title}: {len(self.recurrence.equations)} backward equations, {steps}>"

    def _repr_latex_(self) -> str:
        return display(self)

    @cached_property
    def hessian(self) -> Model:
        """The equations of the Hessian of the loss times directions v_p: the reverse pass of the reverse pass."""
        return hessian_vector(self.model, self.recurrence)

    def hvp(self, values: Mapping[str, Any], directions: Mapping[str, Any]) -> dict[str, Array]:
        """The Hessian-vector product at given numbers.

        ``values`` are as for ``evaluate``; ``directions`` has an array of a parameter's shape for each
        parameter, zero where one is missing.  The result has an array for each parameter.
        """
        arrays = arrays_of(self.forward, self.model.facts, values)
        parameters = {p: arrays[p] for p in self.model.parameters}
        given = directions_of(parameters, directions)
        second = unroll(self.hessian, self.steps, (e.lhs for e in self.backward))
        found = {p: Adjoint(p, self.hessian.loss) for p in parameters}
        equations = leading_to(found.values(), with_logarithms((*self.forward, *self.backward, *second)))
        values_here = {**arrays, **{direction(p): v for p, v in given.items()}}
        known = evaluate(equations, values_here, self._floats(arrays))
        return {str(p): known.get(g, np.zeros_like(arrays[p])) for p, g in found.items()}

    def needs(self) -> dict[str, str]:
        """What ``evaluate`` asks for: keys and symbolic shapes."""
        return needed(self.forward)

    def _checked_steps(self) -> Steps:
        return {clock: min(count, CHECKED_STEPS) for clock, count in self.steps.items()}

    def prove(self) -> Proof:
        """The exact proof that the backward pass is sympy.diff of the components (see proof.py)."""
        steps = self._checked_steps()
        forward, backward = unroll(self.model, steps), unroll(self.recurrence, steps)
        return prove(self.model, forward, backward, small_sizes(self.model, steps))

    def prove_form(self, name: str) -> Proof:
        """The exact proof that a form gives the same gradients. Raises SymrnnError for "components"."""
        if name == "components":
            raise SymrnnError("the form components is what the others are compared with, see .prove()")
        steps = self._checked_steps()
        return prove_form(self.model, self.form(name), steps, small_sizes(self.model, steps))

    def prove_closed_form(self) -> Proof:
        """The exact proof that the loss, nested into one expression, has the components' gradients.

        At size 2 and for at most 2 steps.  Raises SymrnnError where even that is too large (see forms/closed.py).
        """
        steps = {clock: min(count, 2) for clock, count in self.steps.items()}
        sizes: dict[Expr, int] = dict.fromkeys(dimensions(self.model.equations), 2)
        sizes |= {LENGTHS[clock]: count for clock, count in steps.items()}
        return prove_closed_form(self.model, steps, sizes)

    def verify(self, oracles: Iterable[str] | None = None, forms: Iterable[str] | None = None) -> Report:
        """The proof, those of the forms named, and every gradient against the oracles named.

        Oracles are "autograd", "complex step", "central differences", "Taylor remainder", and for a built-in
        cell "hand-coded"; by default all that there are, and all forms that the model has.  Where a function
        from Python is made of what NumPy has not, those of TRACING are left out.
        """
        own = {name: as_lambda(name, function) for name, function in self.functions.items()}
        names = oracle_names(self.cell) if oracles is None else list(oracles)
        unknown = [name for name in names if name not in (*oracle_names(self.cell), *QUICK)]
        if unknown:
            raise SymrnnError(f"no oracle {unknown[0]!r}\n  there are: {', '.join(oracle_names(self.cell))}")
        if not all(map(has_numpy, own.values())):
            names = [name for name in names if name not in TRACING]
        formulas = {name: numpy_function(function, autograd.numpy) for name, function in own.items()}
        case = make_case(self.model, self.listing, self._checked_steps(), formulas)
        proofs, lacking = [self.prove()], []
        for form in FORMS if forms is None else forms:
            try:
                proofs += [self.prove_form(form)] if form not in COMPARED else []
            except SymrnnError as error:
                if forms is not None:
                    raise
                lacking.append(f"no form {form}: {error}")
        if forms is None or "components" in forms:
            try:
                proofs.append(self.prove_closed_form())
            except SymrnnError as error:
                lacking.append(f"no closed form: {error}")
        return Report(
            tuple(proofs), tuple(check_case(case, self.cell, self.loss, names)), case, tuple(lacking)
        )


def derive(
    cell: str | Path,
    steps: int | Sequence[int] = 3,
    *,
    loss: str | None = None,
    reduction: str | None = None,
    functions: Mapping[str, Function] | None = None,
) -> Derivation:
    """Derive back-propagation through time for a cell.

    ``cell`` is the name of a built-in cell, the path of a file of equations, or their text.  ``steps`` is the
    number of steps, or one for each clock, (3, 2), where a model has two.  ``loss`` and ``reduction`` are names
    from LOSSES and REDUCTIONS (default: cross-entropy, sum).  ``functions`` are elementwise functions by name:
    any SymPy function of one variable.  Raises SymrnnError.
    """
    model, text = read(cell, loss=loss, reduction=reduction, functions=functions)
    name = str(cell) if str(cell) in CELLS else None
    derivation = Derivation(model, text, name, loss or "cross-entropy", _steps(steps, model), functions or {})
    if not derivation.recurrence.equations:
        raise SymrnnError(
            f"the loss {model.loss} depends on no parameter, input or initial state", str(cell)[:200]
        )
    return derivation


def _steps(steps: int | Sequence[int], model: Model) -> Steps:
    clocks = sorted(set(model.clocks.values()), key=str)
    counts = list(steps) if isinstance(steps, Sequence) else [steps]
    for count in counts:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise SymrnnError(f"steps is {count!r}\n  give a whole number from 1 on")
    if len(counts) == 1:
        counts *= len(clocks)
    if len(counts) != len(clocks):
        names = ", ".join(map(str, clocks)) or "none"
        raise SymrnnError(f"{len(counts)} numbers of steps; the clocks of the model are: {names}")
    return dict(zip(clocks, counts, strict=True))

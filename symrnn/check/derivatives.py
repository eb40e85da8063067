"""Derivatives and the gradients of the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symrnn.check.definition import STEP_LOSS, Seed, Undefined, Unsupported
from symrnn.check.entries import derivative_entry
from symrnn.check.formulas import function_key
from symrnn.check.functions import SOFTMAX, known_function
from symrnn.check.heads import Head, head, is_before, named_by, share_of
from symrnn.check.jacobian import Jacobian, Label, derivative
from symrnn.check.lookup import elementwise, finish, is_quantity, label_of, laid, resolve, spaced
from symrnn.check.names import base, quantities
from symrnn.check.products import Value, as_tensor, over, unchained
from symrnn.check.scripts import LATER
from symrnn.check.tensor import Tensor, add, times, transpose
from symrnn.check.written import bare_name, name_of
from symrnn.field import P
from symrnn.notes.formula import Call, Group, Infix, List, Name, Node
from symrnn.notes.tree import walk

if TYPE_CHECKING:
    from symrnn.check.evaluate import Evaluator


def derivative_of(ev: Evaluator, found: Head, env: Mapping[str, int]) -> Value:
    """The derivative that a head stands for."""
    if found.top is None:
        raise Unsupported("a derivative of nothing", found.bottom)
    if isinstance(found.bottom, Name) and share_of(found.bottom)[1]:
        return _share_of_loss(ev, found, found.bottom, env)
    name = spaced(ev, bare_name(found.bottom))
    applied = _function_derivative(ev, found.top, name, env)
    if applied is not None:
        return applied
    symbol = resolve(ev, name)
    label = label_of(ev, symbol, env)
    copy = None
    if symbol.times and not label.times:
        copy = ev.world.step(symbol.times[0], env)
    elif not label.times and ev.reading.context != "sequence":
        copy = env.get("t")
    top, top_label = _top(ev, found, label, env, copy)
    shape = ev.world.quantity(label).shape
    is_step = ev.world.lexicon.figured and label.key not in ev.world.relations.numbers  # h_2 of a network
    timed = label.times or top_label.times or is_step
    if not timed and shape == (1, 1) and top.tangent is None:
        raise Unsupported(f"it is not said how {found.top.text} depends on {found.bottom.text}", found.bottom)
    below = label if copy is None else Label(label.key, (copy,))
    inner = top_label.key in ev.world.definitions and top_label.key != STEP_LOSS and top_label != ev.loss
    of_loss = not inner or ev.world.lexicon.is_loss(top_label.key)
    jacobian = derivative(top, top_label, below, shape, of_loss)
    result: Value = jacobian
    if jacobian.is_gradient and ev.within is None and _pre_slopes(ev, label) is not None:
        ev.gates.append(label.key)
    if jacobian.is_gradient and ev.reading.pre:
        slopes = _pre_slopes(ev, label)
        if slopes is not None:
            ev.notes.add("pre")
            full = jacobian.full * slopes.value[None, None] % P
            result = jacobian = Jacobian(full, top_label, Label("pre " + label.key, label.times))
    if found.nabla and jacobian.is_gradient:
        result = unchained(jacobian, ev.reading.layout, ev.notes.add)
    if symbol.entries:
        result = derivative_entry(jacobian, symbol, env, found.bottom)
    if symbol.transposed:
        result = transpose(as_tensor(result, ev.reading.layout, ev.notes.add))
    if ev.reading.lying and ev.within is None:
        if isinstance(result, Jacobian) and not result.is_gradient:
            raise Unsupported("a Jacobian of rows", found.bottom)
        result = laid(ev, as_tensor(result, ev.reading.layout, ev.notes.add))
    if found.scale is not None:
        result = over(result, ev.tensor(found.scale, env), ev.reading.layout, ev.notes.add)
    return result


def _top(
    ev: Evaluator, found: Head, label: Label, env: Mapping[str, int], copy: int | None
) -> tuple[Tensor, Label]:
    """What is differentiated, with its tangent."""
    top = found.top
    assert top is not None
    name = name_of(top)
    symbol = None
    if name is not None:
        try:
            symbol = resolve(ev, name)
        except Undefined:
            symbol = None
    if isinstance(top, Call) and symbol is not None and symbol.key not in ev.world.definitions:
        symbol = None
    if symbol is not None:
        root = label_of(ev, symbol, env)
        if root == ev.loss:
            root = loss_at(ev, env)
        value = ev.world.quantity(root)
        if value.is_scalar and not symbol.entries:
            kind = "step" if found.immediate and root.times else "total"
            if found.partial and _holds_others(ev, root, label):
                kind = "direct"
            elif ev.reading.carry and ev.first:
                kind = "later"
                ev.notes.add("carry")
            if ev.first and ev.own is None:
                ev.own = (root, label)
            elif ev.reading.incoming and not ev.first and ev.own == (root, label):
                kind = "later"
                ev.notes.add("incoming")
        else:
            kind = "step" if found.immediate else ev.reading.kind
            if kind == "step" and root.times and label.times and label.times[0] < root.times[0] - 1:
                kind = "total"  # over more than one step nothing is immediate
        seed = Seed(label, kind, None if kind == "total" else root, copy)
        tensor = ev.world.quantity(root, seed)
        if kind == "total" and not value.is_scalar and root.times and label.times:
            ev.notes.add("total")
        tensor = finish(ev, tensor, symbol, env, top)
        return tensor, root if not symbol.entries else Label(root.key + "[]", root.times)
    explicit = _explicit(ev, top, label, env)
    seed = Seed(label, "direct" if explicit else "total", None, copy)
    inner = ev.seeded(seed)
    defined = _defined_as(ev, top, env) if isinstance(top, Call) and isinstance(top.head, Name) else None
    if defined is not None:
        inner.shape_hint = ev.world.quantity(defined).shape
    tensor = inner.tensor(top, env)
    return tensor, defined or Label(top.text or repr(top), tuple(sorted(env.values())))


def _holds_others(ev: Evaluator, root: Label, label: Label) -> bool:
    """Whether a curly d holds all other variables: in school calculus, by what an equation reads itself."""
    equation = ev.world.equation(root)
    return (
        {root.key, label.key} <= ev.world.relations.numbers
        and equation is not None
        and label.key in {ev.world.lexicon.read(name).key for name in quantities(equation[0].body)}
    )


def _explicit(ev: Evaluator, top: Node, label: Label, env: Mapping[str, int]) -> bool:
    """Whether what is differentiated names what it is differentiated by among its arguments."""
    if not isinstance(top, Call):
        return False
    for inner in walk(top.argument):
        if isinstance(inner, Name):
            try:
                if label_of(ev, resolve(ev, inner), env) == label:
                    return True
            except (Undefined, Unsupported):
                continue
    return False


def _defined_as(ev: Evaluator, call: Call, env: Mapping[str, int]) -> Label | None:
    """The quantity that is defined as this function of these arguments: f(x_t, h_{t-1}) is h_t."""
    assert isinstance(call.head, Name)
    arguments = _labels(ev, call, env)
    for key, group in ev.world.definitions.items():
        for definition in group:
            body = definition.body
            if not (
                isinstance(body, Call) and isinstance(body.head, Name) and base(body.head) == base(call.head)
            ):
                continue
            if body.head.sub != call.head.sub or not definition.times:
                continue
            for step in range(1, ev.world.steps + 1):
                inside = ev.world.match(definition.times, (step,) * len(definition.times))
                if inside is not None and _labels(ev, body, inside) == arguments:
                    return Label(key, (step,) * len(definition.times))
    return None


def _labels(ev: Evaluator, call: Call, env: Mapping[str, int]) -> list[Label] | None:
    try:
        return [label_of(ev, resolve(ev, n), env) for n in quantities(call.argument) if is_quantity(ev, n)]
    except (Undefined, Unsupported):
        return None


def _function_derivative(ev: Evaluator, top: Node, name: Name, env: Mapping[str, int]) -> Value | None:
    """d sigma / dx and d tanh(x) / dx of a free variable x: the slope there."""
    if is_quantity(ev, name):
        return None
    variable = Tensor(
        np.array([[ev.world.functions.field.atom("variable", base(name))]], dtype=object),
        np.ones((1, 1, 1), dtype=object),
    )
    inner = ev.varying(name, variable)
    by_formula = isinstance(top, Name) and ev.world.lexicon.formulas.get(function_key(top))
    if isinstance(top, Name) and not is_quantity(ev, top) and (by_formula or known_function(top.stem)):
        top = Call(top, Group("(", name, ")"))
    own = [n for n in walk(top) if isinstance(n, Name) and base(n) == base(name)]
    if not own or any(n != name for n in own) or top == name:
        return None  # of h_t by h_{t-1} nothing is known, nor is anything of h_t by itself
    value = inner.tensor(top, env)
    tangent = np.zeros(value.shape, dtype=object) if value.tangent is None else value.tangent[:, :, 0]
    return Tensor(tangent)


def gradient(ev: Evaluator, bottom: Node, env: Mapping[str, int]) -> Value:
    """The gradient of the loss by a quantity, in its shape."""
    if ev.loss is None:
        raise Undefined("d" + bottom.text, bottom)
    pre = ev.reading.pre or (isinstance(bottom, Name) and is_before(bottom))
    if isinstance(bottom, Infix) and len(bottom.operands) == 2 and isinstance(bottom.operands[0], Name):
        if is_quantity(ev, bottom.operands[0]):  # p c: the pre-activation of c
            raise Unsupported(f"a gradient by {bottom.text}", bottom)
        pre, bottom = True, bottom.operands[1]
    name, share = share_of(bare_name(bottom))
    symbol = resolve(ev, name)
    label = label_of(ev, symbol, env)
    slopes = _pre_slopes(ev, label)
    if slopes is not None and not (pre and not ev.reading.pre):
        ev.gates.append(label.key)
    slopes = slopes if pre else None
    copy = env.get("t") if not label.times and ev.reading.context != "sequence" else None
    if label.key in ev.world.normalised:
        raise Unsupported(f"the gradient by the target {label.key}", name)
    loss = loss_at(ev, env)
    kind = "total"
    if ev.reading.context == "step":
        kind = "direct" if _is_next(name) else "step"
    elif ev.reading.carry and ev.first:
        kind = "later"
        ev.notes.add("carry")
    found = Tensor(ev.world.derivative(loss, label, kind, copy).full[0, 0])
    if share:
        handed = "direct" if ev.reading.context == "step" else "later"
        later = Tensor(ev.world.derivative(loss, label, handed, copy).full[0, 0])
        found = later if share == LATER else add(found, later, -1)
    if slopes is not None:
        ev.notes.add("pre")
        found = times(found, slopes)
    return laid(ev, finish(ev, found, symbol._replace(primes=0), env, name))


def share(ev: Evaluator, name: Name, env: Mapping[str, int]) -> Value:
    """The value of a share of a gradient: its name says by what it is, or an equation of the document does."""
    plain, mark = share_of(name)
    inner = named_by(name)
    symbol = ev.world.lexicon.read(plain)
    if inner is not None and symbol.key not in ev.world.definitions:
        return gradient(ev, inner, env)
    found = ev.world.equation(label_of(ev, resolve(ev, plain), env))
    slope = head(found[0].body) if found is not None else None
    bottom = name_of(slope.bottom) if slope is not None else None
    if found is None or bottom is None or slope is None or name_of(slope.top or bottom) is None:
        raise Undefined(name.text or base(name), name)
    marked = replace(bottom, accents=(*bottom.accents, mark), origin=None)
    return finish(
        ev, as_tensor(gradient(ev, marked, found[1]), ev.reading.layout, ev.notes.add), symbol, env, name
    )


def _share_of_loss(ev: Evaluator, found: Head, bottom: Name, env: Mapping[str, int]) -> Value:
    """A share of the gradient of the loss. Raises Unsupported where another derivative is marked as one."""
    top = name_of(found.top) if found.top is not None else None
    if top is None or ev.loss is None or label_of(ev, resolve(ev, top), env) != ev.loss:
        raise Unsupported(f"a share of the gradient of {found.top.text if found.top else 'nothing'}", bottom)
    return gradient(ev, bottom, env)


def _pre_slopes(ev: Evaluator, label: Label) -> Tensor | None:
    """The slope of the activation that gives a gate, at its argument; none for what is no gate."""
    if label.key not in ev.world.gates:
        return None
    found = ev.world.equation(label)
    if found is None or found[0].entries:
        return None
    body = found[0].body
    if not (isinstance(body, Call) and isinstance(body.head, Name)) or is_quantity(ev, body.head):
        return None
    if isinstance(getattr(body.argument, "body", None), List) or body.head.stem.removeprefix("\\") in SOFTMAX:
        return None
    inside = {**found[1], "@": found[1].get("t", label.times[0] if label.times else 0)}
    argument = ev.plain().tensor(body.argument, inside)
    return ev.world.functions.slopes(elementwise(ev, body.head), argument)


def loss_at(ev: Evaluator, env: Mapping[str, int]) -> Label:
    """The loss, or what stands for it where only one step counts."""
    assert ev.loss is not None
    if ev.reading.context != "step":
        return ev.loss
    if "t" not in env:
        raise Unsupported("no step")
    return Label(STEP_LOSS, (env["t"],))


def _is_next(name: Name) -> bool:
    return isinstance(name.sub, Name) and name.sub.stem in ("next", "nxt")

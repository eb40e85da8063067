"""The cell language itself: every form as a Python expression, with the names of the model."""

from __future__ import annotations

from symrnn.expressions import LENGTHS, Adjoint, Jacobian, Leaf, Partial
from symrnn.render.form import Form, Level
from symrnn.render.writer import Format, Piece, Rule, Writer, parentheses


def _leaf(_: Writer, form: Form) -> Piece:
    return Piece(leaf_text(form.data[0]), Level.ATOM)


def leaf_text(leaf: Leaf) -> str:
    """The name with its index; of a derivative between different times both, the upper one first."""
    if not isinstance(leaf, Adjoint | Jacobian):
        return str(leaf)
    upper, lower = (leaf.of, leaf.by) if isinstance(leaf, Jacobian) else (leaf.loss, leaf.of)
    name = f"partial_{leaf.name}" if isinstance(leaf, Partial) else leaf.name
    indices = [str(x.index).replace(" ", "") for x in (upper, lower) if x.index is not None]
    return f"{name}[{', '.join(dict.fromkeys(indices))}]" if indices else name


def _scaled(writer: Writer, form: Form) -> Piece:
    """A fraction of something is a division: h / 2."""
    factor, matrix = form.parts
    whole = writer.fitted(writer.piece(matrix), Level.TIMES)
    if factor.head == "number" and factor.data.is_Rational:
        times = "" if factor.data.p == 1 and factor.data.q != 1 else f"{factor.data.p} * "
        return Piece(times + whole + (f" / {factor.data.q}" if factor.data.q != 1 else ""), Level.TIMES)
    return Piece(f"{writer.fitted(writer.piece(factor), Level.RATIO)} * {whole}", Level.TIMES)


def _number(_: Writer, form: Form) -> Piece:
    number = form.data
    if number.is_Rational and not number.is_Integer:
        return Piece(f"{number.p} / {number.q}", Level.TIMES)
    return Piece(str(number), Level.ATOM)


def _symbol(_: Writer, form: Form) -> Piece:
    return Piece(form.data, Level.ATOM)


def _call(writer: Writer, form: Form) -> Piece:
    return Piece(f"{form.data}({', '.join(writer.write(part) for part in form.parts)})", Level.ATOM)


def _cases(writer: Writer, form: Form) -> Piece:
    parts = [writer.write(part) for part in form.parts]
    pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
    text = " else ".join(f"{p[0]} if {p[1]}" if len(p) == 2 else p[0] for p in pairs)
    return Piece(f"({text})", Level.ATOM)


def _over(writer: Writer, form: Form) -> Piece:
    """sum_t(x), with the bounds where they are not those of the clock."""
    index, low, high, summand = form.parts
    bounds = "" if low.data == 1 and form.data in LENGTHS.values() else _arguments(writer, low, high)
    return Piece(f"sum_{index.data}({writer.write(summand)}{bounds})", Level.ATOM)


def _chain(writer: Writer, form: Form) -> Piece:
    index, low, high, factor = form.parts
    return Piece(f"prod_{index.data}({writer.write(factor)}{_arguments(writer, low, high)})", Level.ATOM)


def _arguments(writer: Writer, *forms: Form) -> str:
    return "".join(f", {writer.write(form)}" for form in forms)


def _iverson(writer: Writer, form: Form) -> Piece:
    """[a > b] as step(a - b), which the cell language has."""
    (condition,) = form.parts
    if condition.head not in ("gt", "lt"):
        return Piece(f"({writer.write(condition)})", Level.ATOM)
    high, low = condition.parts if condition.head == "gt" else condition.parts[::-1]
    zero = low.head == "number" and low.data == 0
    difference = high if zero else Form("sum", (high, Form("neg", (low,))))
    return Piece(f"step({writer.write(difference)})", Level.ATOM)


_FACTORS = (Level.RATIO,)

INFIX = Format(
    bracket=parentheses,
    rules={
        "leaf": _leaf,
        "number": _number,
        "symbol": _symbol,
        "call": _call,
        "function": _call,
        "scaled": _scaled,
        "cases": _cases,
        "over": _over,
        "chain": _chain,
        "identity": Rule(Level.ATOM, "eye(•)"),
        "blocks": Rule(Level.ATOM, "[•]", join=", "),
        "row": Rule(Level.ATOM, "[•]", join=", "),
        "iverson": _iverson,
        "ones": Rule(Level.ATOM, "ones(•, •)"),
        "zeros": Rule(Level.ATOM, "zeros(•, •)"),
        "stack": Rule(Level.ATOM, "[•]", join=", "),
        "neg": Rule(Level.SIGNED, "-•", (Level.OPEN,)),
        "matmul": Rule(Level.TIMES, "•", _FACTORS, join=" @ "),
        "times": Rule(Level.TIMES, "•", _FACTORS, join=" * "),
        "hadamard": Rule(Level.TIMES, "•", _FACTORS, join=" * "),
        "fraction": Rule(Level.TIMES, "• / •", (Level.TIMES, Level.RATIO)),
        "power": Rule(Level.POWER, "•**•", (Level.ATOM,)),
        "transpose": Rule(Level.ATOM, "•.T", (Level.ATOM,)),
        "root": Rule(Level.ATOM, "sqrt•", (Level.BRACKETS,)),
        "abs": Rule(Level.ATOM, "abs•", (Level.BRACKETS,)),
        "rows": Rule(Level.ATOM, "•[•:•]", (Level.ATOM, Level.SUM), tight=(1, 2)),
        "only": Rule(Level.ATOM, "only(•, •)"),
        "eq": Rule(Level.SUM, "• == •"),
        "ne": Rule(Level.SUM, "• != •"),
        "gt": Rule(Level.SUM, "• > •"),
        "lt": Rule(Level.SUM, "• < •"),
        "ge": Rule(Level.SUM, "• >= •"),
        "le": Rule(Level.SUM, "• <= •"),
    },
)

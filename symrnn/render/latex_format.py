"""The LaTeX of every form."""

from __future__ import annotations

import re

from symrnn.expressions import Adjoint, Jacobian, Leaf
from symrnn.render.form import Form, Level
from symrnn.render.writer import BLANK, Format, Piece, Rule, Writer, tight
from symrnn.spelling import ACCENTS, Symbol, own_symbol

FUNCTIONS = {"sigmoid": r"\sigma"} | {
    name: f"\\{name}" for name in ("tanh", "exp", "log", "sin", "cos", "max", "min", "sinh", "cosh", "tan")
}
TALL = re.compile(r"\\frac|\\sum|\\prod|\\begin|\\left|" + BLANK)
ACCENTED = tuple(f"\\{accent}{{" for accent in ACCENTS)
DERIVATIVE_LEVELS = {"fraction": Level.FRACTION, "prefix": Level.OPEN, "name": Level.SCRIPTED}


def bracket(text: str, tall: bool = False) -> str:
    """In parentheses, growing ones around what is higher than a line."""
    return rf"\left({text}\right)" if tall or TALL.search(text) else f"({text})"


def _leaf(writer: Writer, form: Form) -> Piece:
    leaf, entry = form.data
    if isinstance(leaf, Adjoint | Jacobian):
        return _derivative(writer, leaf, entry)
    symbol = leaf_scripts(writer, leaf, entry)
    if not symbol.sup:
        return Piece(spelled(symbol), Level.ATOM)
    # TeX takes the braces off a group that is one accented letter, and sees two superscripts.
    return Piece(spelled(symbol), Level.POWER if symbol.stem.startswith(ACCENTED) else Level.SCRIPTED)


def leaf_scripts(writer: Writer, leaf: Leaf, entry: str) -> Symbol:
    """A leaf's symbol with its time and the index of an entry among its scripts."""
    symbol = writer.names.symbol(leaf.name)
    time = writer.names.notation.time
    index = time_index(writer, leaf)
    below, above = [symbol.sub], [symbol.sup]
    if index:
        marked = time.latex.replace("<t>", index)
        (below if time.place == "subscript" else above).append(marked)
    below.append(entry)
    return Symbol(symbol.stem, ",".join(filter(None, below)), ",".join(filter(None, above)))


def time_index(writer: Writer, leaf: Leaf) -> str:
    """A leaf's time, without the marks around it: t-1, 0, T; nothing for a timeless one."""
    if leaf.clock is None:
        return ""
    if leaf.clock == 0:
        return str(leaf.offset)
    return _symbol_text(writer, str(leaf.clock)) + (f"{leaf.offset:+d}" if leaf.offset else "")


def spelled(symbol: Symbol) -> str:
    """A symbol with at most one subscript and one superscript, each in braces unless it is one character."""
    below = f"_{_braced(symbol.sub)}" if symbol.sub else ""
    above = f"^{_braced(symbol.sup)}" if symbol.sup else ""
    upper_first = symbol.sup and not symbol.sup.startswith(("(", r"\langle"))
    return symbol.stem + (above + below if upper_first else below + above)


def _braced(script: str) -> str:
    return script if len(script) == 1 else f"{{{script}}}"


def _derivative(writer: Writer, leaf: Adjoint | Jacobian, entry: str) -> Piece:
    style, parts = writer.derivative(leaf)
    text = style.latex
    for blank, part in parts.items():
        text = text.replace(blank, writer.write(Form("leaf", (), (part, ""))))
    if entry:
        return Piece(f"{bracket(text)}_{_braced(entry)}", Level.ATOM)
    return Piece(text, DERIVATIVE_LEVELS[style.bracket])


def _number(_: Writer, form: Form) -> Piece:
    number = form.data
    if number.is_Integer:
        return Piece(str(number), Level.ATOM)
    if number.is_Rational:
        return Piece(rf"\frac{{{number.p}}}{{{number.q}}}", Level.FRACTION)
    return Piece({"pi": r"\pi", "E": "e"}.get(str(number), _decimal(str(number))), Level.ATOM)


def _decimal(digits: str) -> str:
    mantissa, _, exponent = digits.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _symbol(writer: Writer, form: Form) -> Piece:
    text = _symbol_text(writer, form.data)
    return Piece(text, Level.SCRIPTED if "^" in text or "'" in text else Level.ATOM)


def _symbol_text(writer: Writer, name: str) -> str:
    lengths = writer.names.notation.lengths
    if name in lengths:
        return lengths[name]
    return ",".join(spelled(own_symbol(part)) for part in name.split(","))


def _call(writer: Writer, form: Form) -> Piece:
    name = FUNCTIONS.get(form.data) or rf"\operatorname{{{form.data.replace('_', ' ')}}}"
    arguments = ", ".join(writer.write(part) for part in form.parts)
    return Piece(name + bracket(arguments), Level.ATOM)


def _function(writer: Writer, form: Form) -> Piece:
    arguments = ", ".join(writer.write(part) for part in form.parts)
    return Piece(spelled(writer.names.function(form.data)) + bracket(arguments), Level.ATOM)


def _stack(writer: Writer, form: Form) -> Piece:
    blocks = [writer.write(part) for part in form.parts]
    if writer.names.notation.stack == "list":
        inside = ", ".join(blocks)
        return Piece(rf"\left[{inside}\right]" if TALL.search(inside) else f"[{inside}]", Level.ATOM)
    return Piece(r"\begin{bmatrix} " + r" \\ ".join(blocks) + r" \end{bmatrix}", Level.ATOM)


def _cases(writer: Writer, form: Form) -> Piece:
    parts = [writer.write(part) for part in form.parts]
    rows = [
        rf"{value} & \text{{if }} {condition[0]}" if condition else rf"{value} & \text{{otherwise}}"
        for value, *condition in (parts[i : i + 2] for i in range(0, len(parts), 2))
    ]
    return Piece(r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", Level.ATOM)


def _ones(_: Writer, form: Form) -> Piece:
    """A column of ones; its transpose if it is a row."""
    row = form.parts[0].data == 1
    return Piece(r"\mathbf{1}^{\top}", Level.POWER) if row else Piece(r"\mathbf{1}", Level.ATOM)


def _chain(writer: Writer, form: Form) -> Piece:
    """The bounds stand as high >= j > low: the factors are written from the highest step down."""
    index, low, high, factor = form.parts
    below = low_bound(low)
    relation = r"\ge" if below is low else ">"
    first, last = tight(writer.write(high)), tight(writer.write(below))
    bounds = rf"{first} \ge {writer.write(index)} {relation} {last}"
    return Piece(rf"\prod_{{{bounds}}} {writer.fitted(writer.piece(factor), Level.FRACTION)}", Level.OPEN)


def low_bound(low: Form) -> Form:
    """k for k + 1, as the bound that is not reached; any other bound as it is."""
    one = low.head == "sum" and len(low.parts) == 2 and low.parts[1].head == "number"
    return low.parts[0] if one and low.parts[1].data == 1 else low


_FACTORS = (Level.FRACTION,)
_RELATION = (Level.SUM,)

LATEX = Format(
    bracket=bracket,
    dot=r"\cdot",
    rules={
        "leaf": _leaf,
        "number": _number,
        "symbol": _symbol,
        "ones": _ones,
        "call": _call,
        "function": _function,
        "stack": _stack,
        "cases": _cases,
        "neg": Rule(Level.SIGNED, "-•", (Level.OPEN,)),
        "matmul": Rule(Level.TIMES, "•", _FACTORS, join=" ", opens=True),
        "times": Rule(Level.TIMES, "•", _FACTORS, join=" ", opens=True),
        "scaled": Rule(Level.TIMES, "• •", (Level.FRACTION, Level.TIMES), opens=True),
        "hadamard": Rule(Level.TIMES, "•", (Level.RATIO,), join=r" \odot ", opens=True),
        "fraction": Rule(Level.FRACTION, r"\frac{•}{•}"),
        "power": Rule(Level.POWER, "•^{•}", (Level.ATOM, Level.SUM), tall=True),
        "transpose": Rule(Level.POWER, r"•^{\top}", (Level.ATOM,), scripted=r"{•}^{\top}", tall=True),
        "root": Rule(Level.ATOM, r"\sqrt{•}"),
        "abs": Rule(Level.ATOM, r"\left|•\right|"),
        "rows": Rule(Level.ATOM, "•_{•:•}", (Level.BRACKETS, Level.SUM), tight=(1, 2)),
        "entry": Rule(Level.ATOM, "•_{•}", (Level.BRACKETS, Level.SUM)),
        "entries": Rule(Level.OPEN, r"\sum_{•} •", (Level.SUM, Level.OPEN)),
        "over": Rule(Level.OPEN, r"\sum_{•=•}^{•} •", (*3 * (Level.SUM,), Level.OPEN), tight=(0, 1, 2)),
        "chain": _chain,
        "identity": lambda _writer, _form: Piece(r"\mathbf{I}", Level.ATOM),
        "zeros": lambda _writer, _form: Piece("0", Level.ATOM),
        "blocks": Rule(Level.ATOM, r"\begin{bmatrix} • \end{bmatrix}", join=r" \\ "),
        "row": Rule(Level.ATOM, "•", join=" & "),
        "only": Rule(Level.TIMES, r"[•] \, •", (Level.SUM, Level.TIMES), opens=True),
        "iverson": Rule(Level.ATOM, "[•]"),
        "eq": Rule(Level.SUM, "• = •", _RELATION),
        "ne": Rule(Level.SUM, r"• \ne •", _RELATION),
        "gt": Rule(Level.SUM, "• > •", _RELATION),
        "lt": Rule(Level.SUM, "• < •", _RELATION),
        "ge": Rule(Level.SUM, r"• \ge •", _RELATION),
        "le": Rule(Level.SUM, r"• \le •", _RELATION),
    },
)

"""Reading the operands of a formula: names, brackets, fractions, and what hangs on them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from symrnn.notes import symbols
from symrnn.notes.brackets import Brackets
from symrnn.notes.cursor import MAX_LAYERS, OPERANDS
from symrnn.notes.formula import (
    Annotated,
    BigOperator,
    Call,
    Differential,
    Ellipsis,
    EvaluationBar,
    Fraction,
    Infix,
    Matrix,
    Name,
    Node,
    Number,
    Root,
    Script,
    Text,
)
from symrnn.notes.latex import LatexError
from symrnn.notes.tree import accented

TERM = "a term"
KNOWN = symbols.FUNCTIONS | symbols.FUNCTION_WORDS
BODIES = OPERANDS - {"dots"}
CALLABLE = frozenset(["(", "[", r"\{"])
STOPS = frozenset(
    ["function", "big", "fraction", "words", "partial", "open"]
)  # end an argument without brackets


class Atoms(Brackets):
    """A cursor that reads operands; the operators between them are read by a subclass."""

    @abstractmethod
    def expression(self, lowest: int) -> Node:
        """Read operands with operators that bind at least so tightly."""

    # -- a factor: an atom, its scripts, its argument

    def factor(self) -> Node:
        """Read an operand with its scripts, its argument in brackets, and bars after it."""
        start, braced = self.token.start, self.kind == "{"
        node = self.scripted(self.atom(), start, braced)
        if isinstance(node, Name) or (isinstance(node, Script) and isinstance(node.base, Name)):
            node = self._called(node, start)
        layers = 0
        while self.kind == "bar" and not self.bars and self.ahead(1) in ("_", "^") and layers < MAX_LAYERS:
            self.take()
            sub, sup, _ = self.scripts()
            node, layers = self.located(EvaluationBar(node, sub, sup), start), layers + 1
        return node

    def _called(self, head: Node, start: int) -> Node:
        if self.kind == "open" and self.token.text in CALLABLE:
            call = Call(head, self.brackets())
        elif self._brackets_in_braces():
            self.take()
            call = Call(head, self.brackets())
            self.take()
        elif _is_function(head) and (self.kind in OPERANDS or (self.kind == "bar" and not self.bars)):
            return self.located(Call(head, self._argument()), start)
        else:
            return head
        return self.scripted(self.located(call, start), start, True)

    def _brackets_in_braces(self) -> bool:
        r"""Whether \sigma{(x)} stands here."""
        if self.kind != "{" or self.ahead(1) != "open" or self.tokens[self.at + 1].text not in CALLABLE:
            return False
        closing = self.partner[self.at + 1]
        return closing > 0 and closing + 1 == self.partner[self.at]

    def _argument(self) -> Node:
        r"""Read what a function without brackets applies to: \log p q, but not \log p \sum..."""
        self.descend()
        start, braced = self.token.start, self.kind == "{"
        parts = [self.factor()]
        while not braced and self.kind in OPERANDS:
            if self.kind in STOPS and not (self.kind == "open" and isinstance(parts[-1], Number)):
                break
            parts.append(self.factor())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else self._product(parts, start)

    def _product(self, parts: list[Node], start: int) -> Node:
        return self.located(Infix(("",) * (len(parts) - 1), tuple(parts)), start)

    # -- scripts

    def scripted(self, node: Node, start: int, closed: bool = False) -> Node:
        """Read the scripts of a node.  They become part of a name, unless it is closed by braces and has some."""
        for _ in range(MAX_LAYERS):
            sub, sup, primes = self.scripts()
            if sub is sup is None and not primes:
                return self.located(node, start) if node.span[1] < self.last_end else node
            if isinstance(node, Name) and not (closed and (node.sub or node.sup or node.primes)):
                node = replace(node, sub=sub or node.sub, sup=sup or node.sup, primes=primes, origin=None)
            else:
                node = Script(node, sub, sup, primes)
            node, closed = self.located(node, start), True
        raise self.fail("no more scripts")

    def scripts(self) -> tuple[Node | None, Node | None, int]:
        """Read a subscript, a superscript and primes, in any order, each at most once."""
        sub = sup = None
        primes = 0
        while True:
            if self.kind == "'":
                self.take()
                primes += 1
            elif self.kind == "_" and sub is None:
                self.take()
                sub = self._script()
            elif self.kind == "^" and sup is None:
                self.take()
                count = self._primes()
                primes += count
                sup = None if count else self._script()
            else:
                return sub, sup, primes

    def _primes(self) -> int:
        """Read ^\\prime or ^{\\prime\\prime}; 0 if it is no such script."""
        if self.kind == "'":
            self.take()
            return 1
        count = 0
        while self.kind == "{" and self.ahead(1 + count) == "'":
            count += 1
        if not count or self.ahead(1 + count) != "}":
            return 0
        for _ in range(count + 2):
            self.take()
        return count

    def _script(self) -> Node | None:
        """Read one script; nothing for empty braces."""
        if self.kind == "{" and self.ahead(1) == "}":
            self.take()
            self.take()
            return None
        if self.kind == "open" or (self.kind == "op" and self.token.text == "<"):
            return self.angled() if self.kind == "op" else self.brackets()
        return self.argument()

    # -- arguments

    def argument(self) -> Node:
        """Read what stands in braces, or else the next character."""
        if self.kind == "{":
            self.take()
            with self.region():
                node = self.content()
            self.expect("}", "}")
            return node
        if self.kind == "partial":
            token = self.take()
            return self.located(Differential(token.text), token.start)
        if self.kind in ("op", "word", "number"):
            token = self.take_character()
            kind = Number if token.kind == "number" else Name
            return self.located(kind(token.text), token.start)
        return self.atom()

    # -- atoms

    def atom(self) -> Node:
        """Read an operand without what hangs on it."""
        self.descend()
        node = self._atom()
        self.depth -= 1
        return node

    def _atom(self) -> Node:
        start = self.token.start
        match self.kind:
            case "word" | "name" | "function":
                node: Node = Name(self.take().text)
            case "text":
                token = self.take()
                node = Name(token.text, (token.macro[1:],))
            case "number":
                node = Number(self.take().text)
            case "dots":
                node = Ellipsis(self.take().text)
            case "words":
                node = Text(self.take().text)
            case "open":
                return self.brackets()
            case "{":
                return self.braces()
            case "bar":
                node = self.absolute()
            case "op" if self.token.text == "<":
                return self.angled()
            case "begin":
                return self.environment()
            case _:
                node = self._macro()
        return self.located(node, start)

    def _macro(self) -> Node:
        """Read a macro with its arguments."""
        match self.kind:
            case "accent":
                return self._accented(self.take().text[1:])
            case "unknown":
                return self._unknown()
            case "fraction":
                return Fraction(
                    macro=self.take().text, numerator=self.argument(), denominator=self.argument()
                )
            case "root":
                return self._root()
            case "big":
                symbol, (lower, upper, _) = self.take().text, self.scripts()
                return BigOperator(symbol, lower, upper, self.expression(symbols.TIMES))
            case "partial":
                symbol, (sub, sup, _) = self.take().text, self.scripts()
                return Differential(symbol, sub, sup, self.factor() if self.kind in BODIES else None)
            case "note":
                return self._annotated(self.take().text)
            case "stacked":
                macro, note, body = self.take().text, self.argument(), self.argument()
                above = symbols.ABOVE.get(note.stem) if isinstance(note, Name) else None
                return (
                    accented(above, body) if above and macro != r"\underset" else Annotated(macro, body, note)
                )
            case "substack":
                self.take()
                self.expect("{", "{")
                rows = self.matrix_rows()
                self.expect("}", "}")
                return Matrix("substack", rows)
            case "binom":
                self.take()
                return Matrix("binom", ((self.argument(),), (self.argument(),)))
        raise self.fail(TERM)

    def _accented(self, accent: str) -> Node:
        declared = accent in symbols.DECLARATIONS and self.kind != "{"
        return accented(accent, self.atom() if declared else self.argument())

    def _unknown(self) -> Node:
        """A macro that is not in the tables: a name, or an accent if one argument follows."""
        token = self.take()
        if self.kind == "{":
            after = self.partner[self.at] + 1
            if after and after < len(self.tokens) and self.tokens[after].kind == "{":
                raise LatexError(f"{token.text} is not known", token.start)
        self.remark(token.start, f"{token.text} is not known")
        return self._accented(token.text[1:]) if self.kind == "{" else Name(token.text)

    def _root(self) -> Node:
        self.take()
        index = None
        if self.kind == "open" and self.token.text == "[":
            self.take()
            with self.region():
                index = self.content()
            self.expect("close", "]")
        return Root(index=index, body=self.argument())

    def _annotated(self, macro: str) -> Node:
        body = self.argument()
        if self.kind != ("^" if macro.startswith("\\over") else "_"):
            return Annotated(macro, body, None)
        self.take()
        return Annotated(macro, body, self._note())

    def _note(self) -> Node | None:
        """Read a note.  One that is no formula, as ``???``, is a text."""
        before, start, remarks = self.at, self.token.start, len(self.remarks)
        depth = self.depth
        try:
            return self._script()
        except LatexError:
            closing = self.partner[before] if before < len(self.partner) else -1
            if closing < 0:
                raise
            del self.remarks[remarks:]
            self.at, self.depth, self.last_end = closing + 1, depth, self.tokens[closing].end
            return self.located(Text(self.source[start + 1 : self.last_end - 1]), start)


def _is_function(node: Node) -> bool:
    """Whether a name is that of a function which takes arguments without brackets."""
    name = node.base if isinstance(node, Script) else node
    return isinstance(name, Name) and (name.stem in KNOWN or "operatorname" in name.accents)

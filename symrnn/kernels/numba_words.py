"""A line of NumPy code in the words that numba knows."""

from __future__ import annotations

import ast

from symrnn.kernels.into import UFUNCS

CALLED = tuple(name for name in UFUNCS if name not in ("matmul", "vdot"))


def compilable(code: str) -> str:
    """The statement; the line of a loop is as it is."""
    indent = code[: len(code) - len(code.lstrip())]
    if code.rstrip().endswith(":"):
        return code
    return indent + ast.unparse(_Words().visit(ast.parse(code.strip())))


class _Words(ast.NodeTransformer):
    """Calls that write into arrays go to functions of their own, and so does what numba has for few axes alone."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A call that writes into its last argument."""
        self.generic_visit(node)
        call = node.value
        assert isinstance(call, ast.Call)
        name, given = ast.unparse(call.func), [ast.unparse(x) for x in call.args]
        out = given[-1] if not call.keywords else ast.unparse(call.keywords[0].value)
        if name in CALLED:
            return _statement(f"{name}_into({', '.join([*given[: -1 if not call.keywords else None], out])})")
        if name == "matmul":
            return _statement(f"np.dot({', '.join(given)})")
        if name == "add.reduce":  # add.reduce(a, -1, None, out, True)
            return _statement(f"{given[3]}[:] = last_sums({given[0]})")
        if name.endswith(".dot") and name != "np.dot":
            return _statement(f"np.dot({', '.join([name[:-4], *given])})")
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """a[...] = b is a[:] = b."""
        self.generic_visit(node)
        target = node.targets[0]
        if isinstance(target, ast.Subscript) and ast.unparse(target.slice) == "...":
            return _statement(f"{ast.unparse(target.value)}[:] = {ast.unparse(node.value)}")
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Sums, products with a matrix whose rows have gaps, transposed matrices and arrays put together."""
        self.generic_visit(node)
        name, given = ast.unparse(node.func), [ast.unparse(x) for x in node.args]
        if name == "np.add.reduce":
            return _expression(f"np.sum({given[0]})" if given[1] == "None" else f"np.sum({', '.join(given)})")
        if name == "np.sum" and node.keywords:
            return _expression(f"last_sums({given[0]})")
        if name == "matmul" and len(given) == 2:
            return _expression(f"np.dot({', '.join(given)})")
        if name.endswith(".swapaxes"):
            return _expression(f"turned({name.removesuffix('.swapaxes')})")
        if name == "np.concatenate" and isinstance(node.args[0], ast.List):
            node.args[0] = ast.Tuple(node.args[0].elts, ast.Load())
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """a @ b."""
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            return _expression(f"times({ast.unparse(node.left)}, {ast.unparse(node.right)})")
        return node


def _statement(code: str) -> ast.AST:
    return ast.parse(code).body[0]


def _expression(code: str) -> ast.AST:
    return ast.parse(code, mode="eval").body

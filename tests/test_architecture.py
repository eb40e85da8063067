"""The rules of the house, each with a planted violation that shows that the test can fail."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import symrnn

PACKAGE = Path(symrnn.__file__).parent
MODULES = {
    ".".join(("symrnn", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MOST_LINES = 320
PLUGIN = "symrnn.pytest_plugin"
FORBIDDEN_CALLS = {"parse_expr", "eval", "exec", "exec_module"}
ALLOWED_CALLS = {"symrnn.compiled": ["lambdify"], "symrnn.kernels.load": ["exec_module"]}


def imports(source: str) -> Iterator[str]:
    """The modules that a source imports when it is loaded or run; not those for type checkers alone."""
    tree = ast.parse(source)
    for_types = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def arrows(sources: dict[str, str]) -> dict[str, set[str]]:
    """Which module imports which; a package's __init__ that re-exports its own modules is no arrow."""
    return {
        name: {other for other in imports(source) if other in sources and other != name}
        - {other for other in sources if other.startswith(f"{name}.")}
        - {name.rpartition(".")[0]}
        for name, source in sources.items()
    }


def cycle(sources: dict[str, str]) -> list[str]:
    try:
        TopologicalSorter(arrows(sources)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def strangers(name: str, source: str) -> list[str]:
    """What an oracle imports of the engine."""
    home = "symrnn.oracles"
    return (
        [m for m in imports(source) if m.split(".")[0] == "symrnn" and not m.startswith(home)]
        if home in name
        else []
    )


def dangerous_calls(source: str) -> list[str]:
    """Calls that turn text into code: eval and the like, sympify of what may be text, a decorated lambdify."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        strict = any(k.arg == "strict" and getattr(k.value, "value", False) is True for k in node.keywords)
        if name in FORBIDDEN_CALLS or (name == "sympify" and not strict) or name == "lambdify":
            found.append(name)
    return found


SOURCES = {name: path.read_text() for name, path in MODULES.items()}


def test_the_arrows_between_modules_point_one_way():
    assert cycle(SOURCES) == []


def test_a_planted_cycle_is_seen():
    planted = SOURCES | {"symrnn.errors": SOURCES["symrnn.errors"] + "\nimport symrnn.derivation\n"}
    assert "symrnn.errors" in cycle(planted)


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("symrnn.oracles")])
def test_an_oracle_imports_nothing_of_the_engine(name):
    assert strangers(name, SOURCES[name]) == []


def test_a_planted_import_in_an_oracle_is_seen():
    planted = "from symrnn.functions import FUNCTIONS\n"
    assert strangers("symrnn.oracles.planted", planted) == ["symrnn.functions", "symrnn.functions.FUNCTIONS"]


@pytest.mark.parametrize("name", MODULES)
def test_no_text_becomes_code(name):
    assert dangerous_calls(SOURCES[name]) == ALLOWED_CALLS.get(name, [])


@pytest.mark.parametrize(
    "planted",
    [
        "sympify(text)",
        "sympy.parse_expr(t)",
        "eval(t)",
        "exec(t)",
        "loader.exec_module(m)",
        "sympify(t, strict=False)",
        "lambdify(x, t)",
    ],
)
def test_a_planted_evaluation_is_seen(planted):
    assert len(dangerous_calls(planted)) == 1


@pytest.mark.parametrize("name", MODULES)
def test_a_file_fits_in_the_head(name):
    assert len(SOURCES[name].splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", ["symrnn", "symrnn.cli", "symrnn.cells", "symrnn.losses", PLUGIN])
def test_what_help_needs_loads_no_sympy(module):
    code = f"import sys, {module}; sys.exit(sum(m in sys.modules for m in ('sympy', 'numpy', 'autograd')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_derivation_does_load_sympy():
    # The test above can fail: here is what it would see.
    code = "import sys, symrnn.derivation; sys.exit(3 * ('sympy' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 3


def test_run_time_dependencies_are_the_four():
    # The plugin is pytest's to load, and nobody else's.
    assert all(PLUGIN not in imported for imported in arrows(SOURCES).values())
    sources = [source for name, source in SOURCES.items() if name != PLUGIN]
    roots = {m.split(".")[0] for source in sources for m in imports(source)} - {"symrnn"}
    assert roots - set(sys.stdlib_module_names) == {"sympy", "numpy", "autograd", "click"}

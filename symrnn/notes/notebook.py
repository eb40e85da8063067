"""Jupyter notebooks: the Markdown cells, each a text of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from symrnn.errors import SymrnnError

_REMEDY = "a notebook is the .ipynb file that Jupyter writes"


def markdown_cells(text: str, name: str) -> Iterator[tuple[int, str]]:
    """The index and the text of each Markdown cell. Raises SymrnnError."""
    for index, cell in enumerate(_cells(_parsed(text, name), name)):
        if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
            continue
        source = cell.get("source", "")
        lines = [source] if isinstance(source, str) else source
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise _error(f"the source of cell {index} is neither text nor a list of lines", name)
        yield index, "".join(lines)


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text, parse_int=float)  # without the limit on the digits of whole numbers
    except json.JSONDecodeError as error:
        raise _error(f"not JSON: {error.msg}", name, error.lineno, error.colno) from None
    except RecursionError:
        raise _error("nested too deeply", name) from None


def _cells(notebook: Any, name: str) -> list[Any]:
    """The cells, also of the old format with worksheets."""
    if isinstance(notebook, dict):
        sheets = notebook.get("worksheets")
        first = sheets[0] if isinstance(sheets, list) and sheets else None
        for holder in (notebook, first):
            if isinstance(holder, dict) and isinstance(holder.get("cells"), list):
                cells: list[Any] = holder["cells"]
                return cells
    raise _error("a notebook has a list of cells, and this has none", name)


def _error(message: str, name: str, line: int = 1, col: int = 1) -> SymrnnError:
    return SymrnnError(f"{message}\n  {_REMEDY}", f"{name}:{line}:{col}")

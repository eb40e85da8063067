"""Running the text of a kernel's module: the one place where generated text becomes code.

The text holds nothing of what a person wrote but checked identifiers (identifiers.py), numbers and the keys of the
values as quoted strings.
"""

from __future__ import annotations

from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType


class _Text(SourceLoader):
    """A module from its text, so that tracebacks show its lines."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def get_data(self, path: str | bytes) -> bytes:
        """The text as bytes."""
        return self.text.encode()

    def get_filename(self, fullname: str) -> str:
        """The place that tracebacks name."""
        return f"<{self.name}>"


def loaded(name: str, text: str) -> ModuleType:
    """The module of a text."""
    loader = _Text(name, text)
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module

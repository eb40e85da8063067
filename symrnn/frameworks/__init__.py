"""Weights of other frameworks' layers as values of the built-in cells, and gradients back."""

from symrnn.frameworks.conventions import CONVENTIONS, Convention, Stack
from symrnn.frameworks.weights import give_back, load

__all__ = ["CONVENTIONS", "Convention", "Stack", "give_back", "load"]

"""Examples that run: python -m symrnn.examples.characters."""

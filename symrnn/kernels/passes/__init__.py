"""Passes: each rewrites the equations of a System, and leaves what they compute as it is."""

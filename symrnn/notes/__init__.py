"""People's notes: their formulas found in Markdown, LaTeX and notebooks, each with its place."""

"""The ratios as a picture: a panel for each cell, a line for each contender, lower is faster."""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

BAR = "tuned"


def styles(names: list[str]) -> dict[str, dict[str, str]]:
    """A line for each contender: our kernels drawn through, the others broken, with colours of their own."""
    ours = [name for name in names if name.startswith("symrnn")]
    others = [name for name in names if name not in ours]
    return {name: {"color": f"C{i}", "ls": "-"} for i, name in enumerate(ours)} | {
        name: {"color": f"C{i}", "ls": "--"} for i, name in enumerate(others)
    }


def draw(table: dict[tuple[str, str], dict[str, float]], path: str, title: str) -> None:
    """Write ``path`` (.svg, .png): time over that of the hand-tuned code, for every point of the table."""
    cells = list(dict.fromkeys(cell for cell, _ in table))
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    figure, panels = plt.subplots(
        1, len(cells), figsize=(4.2 * len(cells), 3.6), sharey=True, squeeze=False, layout="constrained"
    )
    for panel, cell in zip(panels[0], cells, strict=True):
        rows = {point: row for (of, point), row in table.items() if of == cell}
        for name, style in styles(names).items():
            points = [point for point in rows if name in rows[point]]
            panel.plot(
                points, [rows[p][name] / rows[p][BAR] for p in points], marker="o", ms=3, label=name, **style
            )
        panel.set(title=cell, yscale="log")
        panel.grid(alpha=0.3)
        panel.tick_params(axis="x", rotation=45)
    panels[0][0].set_ylabel("time / hand-tuned NumPy")
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside right upper", fontsize="small")
    figure.suptitle(title)
    figure.savefig(path)

"""The chart: milliseconds a plate at batch 1 on one thread."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from .engine_names import LPRNET  # noqa: E402
from .report import COLUMNS, Results, engine_name  # noqa: E402

COLOURS = {"as is": "#9aa5b1", "clean": "#4b7bb5", "pruned": "#e08e45"}
LEGEND = {"as is": "the file as it is", "clean": "denormals zeroed", "pruned": "constant channels removed for the engine"}
LIMIT = 6.0  # bars longer than this many of lprnet's slowest are cut and labelled


def draw(path: Path, results: Results) -> None:
    sitting = next(s for s in results.sittings if s.batch == 1 and s.threads == 1)
    columns = [c for c in COLUMNS if c in results.prepared.networks]
    engines = list(dict.fromkeys(engine for engine, _ in sitting.figures))

    def users_time(engine: str) -> float:
        """On the file as users have it."""
        found = sitting.figures.get((engine, "as is"))
        return found.median if found is not None and found.medians else 0.0

    engines = sorted((e for e in engines if users_time(e) > 0), key=users_time, reverse=True)
    medians = sorted(f.median for f in sitting.figures.values() if f.medians)
    longest = min(medians[-1], LIMIT * medians[len(medians) // 2])
    height = 0.8 / len(columns)
    figure, axes = pyplot.subplots(figsize=(9, 1.6 + 0.32 * len(engines) * len(columns)), dpi=110)
    for c, column in enumerate(columns):
        for row, engine in enumerate(engines):
            found = sitting.figures.get((engine, column))
            if found is None or not found.medians:
                continue
            position = row + 0.4 - height * (c + 0.5)
            axes.barh(position, min(found.median, longest), height * 0.92, color=COLOURS[column])
            text = f" {found.median:.2f}" + (" →" if found.median > longest else "")
            axes.text(min(found.median, longest), position, text, va="center", fontsize=8)
    axes.set_yticks(range(len(engines)))
    names = [engine_name(engine, results.onednn_version).strip("*") for engine in engines]
    for tick, engine in zip(axes.set_yticklabels(names, fontsize=9), engines):
        tick.set_fontweight("bold" if engine == LPRNET else "normal")
    axes.set_xlim(0, longest * 1.12)
    axes.set_xlabel("milliseconds a plate, median (shorter is better)")
    axes.set_title(f"{results.prepared.name}, batch 1, one thread, fp32\n{results.machine}", fontsize=10)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=COLOURS[column]) for column in columns]
    axes.legend(handles, [LEGEND[column] for column in columns], loc="upper right", fontsize=9, frameon=False)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)

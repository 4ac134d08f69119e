"""Plots a run's log (loss, accuracy), and a confusion matrix of evaluate.py's answers, as PNG.

    plot.py RUN/log.csv OUT.png
    plot.py --confusion ANSWERS.csv OUT.png
"""

import argparse
import csv
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import font_manager, pyplot  # noqa: E402


def plot_log(log: Path, out: Path) -> None:
    with log.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen = [float(row["plates"]) / 1000 for row in rows]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    left.semilogy(seen, [float(row["loss"]) for row in rows])
    left.set(xlabel="thousand plates seen", ylabel="loss in training")
    for name, label in (("right_training", "training, varied"), ("right_crops", "real, held out"), ("right_drawn", "drawn, held out")):
        right.plot(seen, [100 * float(row[name]) for row in rows], label=label)
    right.set(xlabel="thousand plates seen", ylabel="plates read right, %", ylim=(0, 101))
    right.legend()
    figure.tight_layout()
    figure.savefig(out, dpi=110)


def plot_confusion(answers: Path, out: Path) -> None:
    """Characters of plates whose answer has the right length; the matrix without its diagonal, so that mistakes show."""
    with answers.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if len(row["truth"]) == len(row["answer"])]
    tokens = sorted({c for row in rows for c in row["truth"] + row["answer"]})
    counts = np.zeros((len(tokens), len(tokens)), int)
    for row in rows:
        for truth, answer in zip(row["truth"], row["answer"], strict=True):
            counts[tokens.index(truth), tokens.index(answer)] += 1
    right, total = counts.trace(), counts.sum()
    np.fill_diagonal(counts, 0)
    installed = {font.name for font in font_manager.fontManager.ttflist}
    chinese = [name for name in ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei") if name in installed]
    pyplot.rcParams["font.family"] = [*chinese, "DejaVu Sans"]
    figure, axes = pyplot.subplots(figsize=(13, 12))
    shown = axes.imshow(counts, cmap="magma")
    axes.set_xticks(range(len(tokens)), tokens, fontsize=8)
    axes.set_yticks(range(len(tokens)), tokens, fontsize=8)
    axes.set(xlabel="read", ylabel="true", title=f"{total - right} wrong of {total} characters (right ones not shown)")
    figure.colorbar(shown)
    figure.tight_layout()
    figure.savefig(out, dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--confusion", action="store_true")
    parser.add_argument("table", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    (plot_confusion if options.confusion else plot_log)(options.table, options.out)


if __name__ == "__main__":
    main()

"""How many plates a trained reader reads right, greedy decoding, with 95 % Wilson intervals.

    evaluate.py NETWORK.pth [--folder CROPS ...] [--held-out CROPS] [--pool POOL ...] [--answers OUT.csv]

A folder's file names carry the truth; `--held-out` takes the tenth of a folder that train.py never saw.
Pools are reported for each first character too, since a drawn pool has every province equally often.
"""

import argparse
import csv
import math
from collections import defaultdict
from pathlib import Path

import torch

from alphabet import Alphabet
from checkpoint import load_network
from crops import read_crops, split
from network import count_macs
from picture import Image
from pool import read_pool
from reading import read_all


def wilson(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if count == 0:
        return 0.0, 1.0
    share, square = right / count, z * z / count
    centre = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def sets(options: argparse.Namespace, alphabet: Alphabet) -> dict[str, tuple[list[Image], list[str], list[str]]]:
    """Pictures, truths and names by set."""
    found = {}
    for folder in options.folder:
        crops = read_crops(folder, alphabet)
        found[folder.name] = ([c.image for c in crops], [c.text for c in crops], [c.name for c in crops])
    for folder in options.held_out:
        _, crops = split(read_crops(folder, alphabet))
        found[f"{folder.name}, held out"] = ([c.image for c in crops], [c.text for c in crops], [c.name for c in crops])
    for folder in options.pool:
        pool = read_pool(folder)
        found[folder.name] = ([image for image, _ in pool.items()], pool.texts, [str(i) for i in range(len(pool))])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--folder", type=Path, action="append", default=[])
    parser.add_argument("--held-out", type=Path, action="append", default=[])
    parser.add_argument("--pool", type=Path, action="append", default=[])
    parser.add_argument("--answers", type=Path, help="write set, name, truth and answer of every plate")
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    network, alphabet, _ = load_network(options.network)
    print(f"{options.network}: {count_macs(network) / 1e6:.1f} MMAC")
    lines: list[tuple[str, str, str, str]] = []
    for name, (images, truths, names) in sets(options, alphabet).items():
        answers = read_all(network, alphabet, images)
        lines += zip([name] * len(names), names, truths, answers, strict=True)
        right = sum(a == t for a, t in zip(answers, truths, strict=True))
        low, high = wilson(right, len(truths))
        print(f"{name}: {right}/{len(truths)} = {right / len(truths):.2%}  [{low:.2%}, {high:.2%}]")
        if name in {folder.name for folder in options.pool}:
            groups = defaultdict(list)
            for answer, truth in zip(answers, truths, strict=True):
                groups[truth[0]].append(answer == truth)
            ranked = sorted(groups.items(), key=lambda item: sum(item[1]) / len(item[1]))
            print("  " + "  ".join(f"{first} {sum(g)}/{len(g)}" for first, g in ranked))
    if options.answers is not None:
        with options.answers.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("set", "name", "truth", "answer"), *lines])


if __name__ == "__main__":
    main()

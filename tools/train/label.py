"""Self-training: names unlabelled crops by what a trained reader keeps reading when the picture is varied a little.

    label.py NETWORK.pth --crops UNLABELLED --never MEASURING_FOLDER OUT_FOLDER

A crop is taken when the plain picture and at least `--agree` of `--looks` varied ones give the same text, and the
text is that of a Chinese plate. Texts of the plates in `--never` are left out, so that no measured plate is learnt.
"""

import argparse
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from alphabet import LETTERS, PROVINCES
from augment import UNIT, Strength, vary
from checkpoint import load_network
from crops import text_of
from picture import pictures_in, read_image
from reading import read_all

LOOK = Strength(shift=0.01, margin=(-0.01, 0.05), bend=0.008, angle=3.0, dark=0.0, blur=0.1, noise=0.1, small=0.0)
PLATE = re.compile(f"[{PROVINCES}][{LETTERS}]([0-9{LETTERS}]{{5}}|[{LETTERS}][0-9{LETTERS}][0-9]{{4}}|[0-9]{{5}}[{LETTERS}])")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--never", type=Path, action="append", default=[])
    parser.add_argument("--looks", type=int, default=8)
    parser.add_argument("--agree", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    network, alphabet, _ = load_network(options.network)
    never = {text_of(path) for folder in options.never for path in pictures_in(folder)}
    files = pictures_in(options.crops)
    options.out.mkdir(parents=True, exist_ok=True)
    taken = 0
    for index, file in enumerate(tqdm(files, unit="crop")):
        image = read_image(file)
        rng = np.random.default_rng((options.seed, index))
        looks = [vary(rng, image, UNIT, network.shape.picture, LOOK)[0] for _ in range(options.looks)]
        plain, *others = read_all(network, alphabet, [image, *looks])
        if PLATE.fullmatch(plain) and plain not in never and Counter(others)[plain] >= options.agree:
            shutil.copyfile(file, options.out / f"{plain}_{file.stem}{file.suffix}")
            taken += 1
    print(f"{taken} of {len(files)} crops labelled")


if __name__ == "__main__":
    main()

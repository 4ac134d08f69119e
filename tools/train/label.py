"""Self-training: names unlabelled crops by what a trained reader keeps reading when the picture is varied a little.

    label.py NETWORK.pth --crops UNLABELLED --never MEASURING_FOLDER OUT_FOLDER
    label.py NETWORK.pth --named --crops LABELLED OUT_FOLDER

A crop is taken when the plain picture and at least `--agree` of `--looks` varied ones give the same text, and the
text is that of a Chinese plate. Texts of the plates in `--never` are left out, so that no measured plate is learnt.

With `--named`, crops that carry a text already keep it; left out and listed are those that the reader, which must not
have learnt from them, reads so often as another text: most of their names are wrong.
"""

import argparse
import re
import shutil
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from alphabet import LETTERS, PROVINCES
from augment import UNIT, Strength, vary
from checkpoint import load_network
from crops import text_of
from picture import Image, pictures_in, read_image
from reading import read_all

LOOK = Strength(shift=0.01, margin=(-0.01, 0.05), bend=0.008, angle=3.0, dark=0.0, blur=0.1, noise=0.1, small=0.0)
PLATE = re.compile(f"[{PROVINCES}][{LETTERS}]([0-9{LETTERS}]{{5}}|[{LETTERS}][0-9{LETTERS}][0-9]{{4}}|[0-9]{{5}}[{LETTERS}])")


def agreed_text(texts: list[str], agree: int) -> str:
    """The first, which is the plain picture's, when at least so many of the others are the same; else nothing."""
    plain, *others = texts
    return plain if Counter(others)[plain] >= agree else ""


def padded(image: Image, share: float) -> Image:
    """With its edges repeated outwards by a share of its width and height."""
    rows, columns = (round(share * size) for size in image.shape[:2])
    return cv2.copyMakeBorder(image, rows, rows, columns, columns, cv2.BORDER_REPLICATE).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--named", action="store_true", help="the crops' names are their texts: leave out the contradicted ones")
    parser.add_argument("--never", type=Path, action="append", default=[])
    parser.add_argument("--looks", type=int, default=8)
    parser.add_argument("--agree", type=int, default=7)
    parser.add_argument("--pad", type=float, default=0.0, help="repeat the edges outwards, for crops that are cut through characters")
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
        image = padded(read_image(file), options.pad)
        rng = np.random.default_rng((options.seed, index))
        looks = [vary(rng, image, UNIT, network.shape.picture, LOOK)[0] for _ in range(options.looks)]
        text = agreed_text(read_all(network, alphabet, [image, *looks]), options.agree)
        if options.named:
            if text and text != text_of(file):
                tqdm.write(f"{file.name} reads {text}")
                continue
            name = file.name
        elif PLATE.fullmatch(text) and text not in never:
            name = f"{text}_{file.stem}{file.suffix}"
        else:
            continue
        shutil.copyfile(file, options.out / name)
        taken += 1
    print(f"{taken} of {len(files)} crops " + ("kept" if options.named else "labelled"))


if __name__ == "__main__":
    main()

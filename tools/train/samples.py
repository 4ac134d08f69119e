"""Writes sample plates of every kind to show a reader on, file name = text.

    samples.py NETWORK.pth --plates DIR OUT_FOLDER

Two of each kind, large enough to look at, and only such as the network reads in full when looked at in several
ways: they show what works, they measure nothing.
"""

import argparse
from pathlib import Path

import numpy as np

from augment import UNIT, vary
from checkpoint import load_network
from label import LOOK
from photograph import Photographer
from picture import write_image
from reading import read_all
from standard import DOUBLE, KINDS, PlateStandard
from two_lines import joined


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--plates", type=Path, required=True)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--kind", action="append", choices=KINDS, help="instead of every kind; one that the network cannot read never ends")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()

    network, alphabet, _ = load_network(options.network)
    standard = PlateStandard(options.plates)
    photographer = Photographer(options.plates / "backgrounds")
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    for kind in options.kind or KINDS:
        written = 0
        while written < options.each:
            flat = standard.draw(rng, kind=kind)
            image = photographer.take(rng, flat.image).image
            size = network.shape.picture
            if kind in DOUBLE:
                fine = (2 * size[0], 4 * size[1])
                looks = [joined(i, size) for i in (image, *(vary(rng, image, UNIT, fine, LOOK)[0] for _ in range(6)))]
            else:
                looks = [image, *(vary(rng, image, UNIT, size, LOOK)[0] for _ in range(6))]
            if image.shape[1] < 180 or set(read_all(network, alphabet, looks)) != {flat.text}:
                continue
            write_image(options.out / f"{flat.text}.jpg", image)
            written += 1


if __name__ == "__main__":
    main()

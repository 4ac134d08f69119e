"""Makes loose pools (loose.py) of real crops, whose file names carry the text, so that they can be cut in every way.

    real_pool.py NETWORK --crops FOLDER [--crops FOLDER] --scenes SCENES --each 2 OUT

A trained reader says where the plate's corners are. OUT/tight holds the crops as they are, OUT/scene each crop put into
so many scenes.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from alphabet import CHINESE
from augment import UNIT
from batches import stack_plain
from checkpoint import load_network
from crops import Crop, read_crops
from label import padded
from loose import LoosePlate, place_in_scene, write_loose_pool
from network import PlateReader
from picture import Image
from scenes import Scenes
from train import STRAIGHT

PAD = 0.06


@torch.no_grad()
def corners_of(network: PlateReader, image: Image) -> NDArray[np.float32]:
    """In pixels, by the affine map that the reader's transformer finds."""
    rows, columns = image.shape[:2]
    theta = network.stn.theta(stack_plain([padded(image, PAD)], network.shape.picture))[0].numpy()
    ends = (UNIT * 2 - 1) * STRAIGHT
    at = (ends @ theta[:, :2].T + theta[:, 2]) / 2 + 0.5
    margin = np.array([round(PAD * columns), round(PAD * rows)], np.float32)
    return (at * (np.array([columns, rows]) + 2 * margin) - margin).astype(np.float32)


def colour_of(image: Image, text: str) -> str:
    """Of a real plate with one line: by its length, and blue from yellow by the mean colour."""
    if len(text) == 8:
        return "green"
    blue, _, red = image.reshape(-1, 3).mean(0)
    return "blue" if blue >= red else "yellow"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--crops", type=Path, action="append", required=True)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)
    network, _, _ = load_network(options.network)
    crops = [crop for folder in options.crops for crop in read_crops(folder, CHINESE)]
    corners = [corners_of(network, crop.image) for crop in crops]
    scenes = Scenes(options.scenes)

    def plate(crop: Crop, image: Image, at: NDArray[np.float32]) -> LoosePlate:
        return LoosePlate(image, at, crop.text, colour_of(crop.image, crop.text), 1)

    def placed() -> Iterator[LoosePlate]:
        for index, (crop, at) in enumerate(zip(crops, corners, strict=True)):
            for again in range(options.each):
                rng = np.random.default_rng((options.seed, index, again))
                yield plate(crop, *place_in_scene(rng, scenes, crop.image, at))

    write_loose_pool(options.out / "tight", (plate(crop, crop.image, at) for crop, at in zip(crops, corners, strict=True)))
    write_loose_pool(options.out / "scene", placed())
    print(f"{len(crops)} crops")


if __name__ == "__main__":
    main()

"""Draws plates: a pool for training, a folder of pictures, or a contact sheet to look at.

    synthesise.py --plates DIR pool  --count 90000 --seed 1 OUT_FOLDER
    synthesise.py --plates DIR files --count 3100 --seed 7 --each-province OUT_FOLDER    (file name = text)
    synthesise.py --plates DIR sheet --count 80 --seed 3 OUT.png
    synthesise.py --plates DIR --scenes SCENES --provinces ZIP loose --count 40000 OUT_FOLDER   (with surroundings: loose.py)
    synthesise.py --layout layouts/latin.json pool --count 20000 OUT_FOLDER
    synthesise.py --real CROPS_FOLDER sheet --count 80 OUT.png           (real crops in the same sheet, to compare)

DIR holds `glyphs`, `blanks` and `backgrounds` of Chinese plates; a layout file describes any other plate.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from alphabet import PROVINCES
from layout import Layout
from loose import LoosePhotographer, LoosePlate, write_loose_pool
from photograph import Photograph, Photographer
from picture import Image, pictures_in, read_image, write_image
from pool import write_pool
from scenes import Scenes
from standard import KINDS, PlateStandard, RealProvinces


def draw_chinese(plates: Path, seed: int, count: int, worst: float, each_province: bool) -> Iterator[tuple[Photograph, str]]:
    """The i-th plate depends on the seed and on i alone."""
    standard = PlateStandard(plates)
    photographer = Photographer(plates / "backgrounds", worst)
    for index in range(count):
        rng = np.random.default_rng((seed, index))
        flat = standard.draw(rng, PROVINCES[index % len(PROVINCES)] if each_province else None)
        yield photographer.take(rng, flat.image), flat.text


def draw_loose(options: argparse.Namespace) -> Iterator[LoosePlate]:
    provinces = RealProvinces(options.provinces, options.held_out) if options.provinces else None
    standard = PlateStandard(options.plates, provinces)
    photographer = LoosePhotographer(options.plates / "backgrounds", Scenes(options.scenes, options.held_out), options.worst)
    for index in range(options.count):
        rng = np.random.default_rng((options.seed, index))
        kind = KINDS[index % len(KINDS)] if options.each_kind else None
        province = PROVINCES[index % len(PROVINCES)] if options.each_province else None
        flat = standard.draw(rng, province, kind)
        photograph = photographer.take(rng, flat.image)
        yield LoosePlate(photograph.image, photograph.corners, flat.text, flat.colour, flat.lines)


def draw_layout(file: Path, seed: int, count: int, worst: float) -> Iterator[tuple[Photograph, str]]:
    layout = Layout(file)
    photographer = Photographer(None, worst)
    for index in range(count):
        rng = np.random.default_rng((seed, index))
        flat = layout.draw(rng)
        yield photographer.take(rng, flat.image), flat.text


def contact_sheet(pictures: list[Image], columns: int = 8, size: tuple[int, int] = (188, 60)) -> Image:
    cells = [cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR) for picture in pictures]
    cells += [np.zeros((size[1], size[0], 3), np.uint8)] * (-len(cells) % columns)
    rows = [np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)]
    return np.vstack(rows).astype(np.uint8)


def real_sheet(folder: Path, seed: int, count: int) -> Image:
    files = pictures_in(folder)
    chosen = np.random.default_rng(seed).permutation(len(files))[:count]
    return contact_sheet([read_image(files[i]) for i in chosen])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--plates", type=Path)
    source.add_argument("--layout", type=Path)
    source.add_argument("--real", type=Path)
    parser.add_argument("--scenes", type=Path, help="photographs of cars with their plates marked, for loose plates")
    parser.add_argument("--provinces", type=Path, help="zip of real first characters, laid on half of the drawn plates")
    parser.add_argument("--held-out", action="store_true", help="scenes and real characters that are kept for choosing")
    parser.add_argument("what", choices=("pool", "files", "sheet", "loose"))
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worst", type=float, default=1.0, help="how bad a picture may become, 0 to 1")
    parser.add_argument("--each-province", action="store_true", help="every province in turn, instead of by chance")
    parser.add_argument("--each-kind", action="store_true", help="every kind in turn")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()

    cv2.setNumThreads(1)
    if options.real is not None:
        if options.what != "sheet":
            parser.error("real crops can only be shown in a sheet")
        write_image(options.out, real_sheet(options.real, options.seed, options.count))
        return
    if options.what == "loose":
        if options.plates is None or options.scenes is None:
            parser.error("loose plates need --plates and --scenes")
        write_loose_pool(options.out, tqdm(draw_loose(options), total=options.count, unit="plate", mininterval=5.0))
        return
    if options.plates is not None:
        plates = draw_chinese(options.plates, options.seed, options.count, options.worst, options.each_province)
    else:
        plates = draw_layout(options.layout, options.seed, options.count, options.worst)
    bar = tqdm(plates, total=options.count, unit="plate")
    if options.what == "pool":
        write_pool(options.out, options.count, bar)
    elif options.what == "sheet":
        write_image(options.out, contact_sheet([photograph.image for photograph, _ in bar]))
    else:
        options.out.mkdir(parents=True, exist_ok=True)
        for index, (photograph, text) in enumerate(bar):
            write_image(options.out / f"{text}_{index}.png", photograph.image)


if __name__ == "__main__":
    main()

"""What a detector finds in marked photographs: found, missed, false, corner error, by size of plate.

    python -m detect.evaluate RUN/best.pth --scenes SCENES --source easypr [--second] [--pictures OUT.png]
    python -m detect.evaluate RUN/best.pth --scenes SCENES --source cars --held-out

`--second` looks again at each plate found. `--pictures` shows the photographs with a plate missed, false, or found with
corners more than 12 % of its width off. Sizes are counted at the network's input.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from detect.decode import COLUMNS, LEAST, ROWS
from detect.measure import Tally, finder, reduction
from detect.pictures import sheet, with_plates
from detect.scenes import hold_out, read_scenes
from detect.train import load
from evaluate import wilson
from picture import write_image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--source", required=True, help="cars, dashcam, ccpd or easypr")
    parser.add_argument("--held-out", action="store_true", help="the held-out fifth alone")
    parser.add_argument("--second", action="store_true", help="look again at each plate found")
    parser.add_argument("--size", default=f"{COLUMNS}x{ROWS}")
    parser.add_argument("--least", type=float, default=LEAST, help="confidence")
    parser.add_argument("--pictures", type=Path, help="write a sheet of what went wrong")
    parser.add_argument("--all", action="store_true", help="show every photograph in the sheet")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    columns, rows = (int(v) for v in options.size.split("x"))

    network = load(options.network)
    scenes = read_scenes(options.scenes, options.source)
    if options.held_out:
        hold_out(scenes)
        scenes = [scene for scene in scenes if scene.held_out]
    boxes = options.source in ("cars", "dashcam")
    find = finder(network, 0.1, options.second, columns, rows)
    found = [find(scene.image) for scene in scenes]
    for least in sorted({0.2, 0.3, 0.4, 0.5, 0.6, options.least}):
        tally = Tally(boxes=boxes)
        for scene, plates in zip(scenes, found, strict=True):
            tally.add(scene.name, scene.quads, [p for p in plates if p.confidence >= least], reduction(scene.image, columns, rows))
        print(f"at {least:.2f}: {tally.line()}")
        if least == options.least:
            chosen = tally
    low, high = wilson(chosen.found, len(chosen.errors))
    print(f"found, 95 % interval: {100 * low:.1f} to {100 * high:.1f} %")
    print("\n".join(chosen.by_size()))
    print("missed:", *(name for name, _ in chosen.missed))
    print("false:", *(f"{name}:{plate.confidence:.2f}@{plate.quad.mean(0).round().astype(int).tolist()}" for name, plate in chosen.false))
    if options.pictures:
        shown = []
        for scene, plates in zip(scenes, found, strict=True):
            mine = Tally(boxes=boxes)
            sure = [p for p in plates if p.confidence >= options.least]
            mine.add(scene.name, scene.quads, sure)
            if options.all or mine.false or any(error > 0.12 for error in mine.errors):
                factor = min(480 / scene.image.shape[1], 360 / scene.image.shape[0])
                small = cv2.resize(scene.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.uint8)
                matrix = np.diag([factor, factor, 1.0])
                canvas = np.zeros((360, 480, 3), np.uint8)
                moved_plates = [type(p)((p.quad * factor).astype(np.float32), p.confidence, p.lines) for p in sure]
                drawn = with_plates(small, [(q * matrix[0, 0]).astype(np.float32) for q in scene.quads], moved_plates)
                canvas[: drawn.shape[0], : drawn.shape[1]] = drawn
                cv2.putText(canvas, scene.name, (4, 354), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
                shown.append(canvas)
        if shown:
            write_image(options.pictures, sheet(shown, 4))


if __name__ == "__main__":
    main()

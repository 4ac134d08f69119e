"""A contact sheet of training pictures, to look at before training on them.

    python -m detect.sheet --scenes SCENES --plates PLATES [--count 30] [--seed 1] [--size 320x256] OUT.png

One line green, two lines yellow, real plates marked by a box alone blue, neither right nor wrong red, first corner pink.
"""

import argparse
from pathlib import Path

import numpy as np

from detect.pictures import sheet, with_marks
from detect.train import composer_of, scenes_of
from picture import write_image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--plates", type=Path, required=True)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", default="320x256")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    width, height = (int(v) for v in options.size.split("x"))
    composer = composer_of(options, [s for s in scenes_of(options.scenes) if not s.held_out])
    samples = [composer.sample(np.random.default_rng((options.seed, index)), (width, height)) for index in range(options.count)]
    write_image(options.out, sheet([with_marks(s.image, s.marks) for s in samples], options.columns))


if __name__ == "__main__":
    main()

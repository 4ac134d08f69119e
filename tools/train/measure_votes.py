"""Measures what several pictures of one plate say together: lprnet.vote(). Needs the package `lprnet`.

    measure_votes.py CROPS [--frames 6]

Of each crop, named for its plate's text, as many small, dark, blurred and noisy pictures are made, and read in groups of 1, 2, ...
One line for each size: whole plates right by the most confident reading and by the vote, how many are accepted at 0.9, and how many
of these are wrong. Measures only.
"""

import argparse
from pathlib import Path

import cv2
import lprnet
import numpy as np
from tqdm import tqdm

from augment import UNIT, Strength, vary
from crops import text_of
from picture import Image, pictures_in, read_image

BAD = Strength(shift=0.03, margin=(-0.06, 0.12), bend=0.035, angle=10.0, dark=0.35, blur=0.9, noise=0.6, small=0.8)
SURE = 0.9


def bad_picture(rng: np.random.Generator, crop: Image) -> Image:
    columns = int(rng.integers(36, 80))
    small, _ = vary(rng, crop, UNIT, (round(columns / 2.9), columns), BAD)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 60))])
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crops", type=Path)
    parser.add_argument("--frames", type=int, default=6, help="pictures of each plate (6)")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    recognizer = lprnet.Recognizer(decoding=lprnet.DecodeOptions(candidates=4))
    plates = []
    for index, file in enumerate(tqdm(pictures_in(options.crops), unit="plate")):
        crop = read_image(file)
        frames = [bad_picture(np.random.default_rng((options.seed, index, k)), crop) for k in range(options.frames)]
        plates.append((text_of(file), recognizer.recognize_batch(frames)))

    print("| pictures | groups | by | right | accepted | of these wrong |")
    print("|---|---|---|---|---|---|")
    for size in (n for n in range(1, options.frames + 1) if options.frames % n == 0):
        groups = [(text, read[at : at + size]) for text, read in plates for at in range(0, len(read), size)]
        for name, joined in {"the surest": lambda read: max(read, key=lambda r: r.confidence), "vote": lprnet.vote}.items():
            answers = [(text, joined(read)) for text, read in groups]
            right = sum(a.text == t for t, a in answers)
            sure = [(t, a) for t, a in answers if a.confidence >= SURE]
            wrong = sum(a.text != t for t, a in sure)
            shares = (right / len(groups), len(sure) / len(groups), wrong / max(len(sure), 1))
            print(f"| {size} | {len(groups)} | {name} | {shares[0]:.1%} | {shares[1]:.1%} | {shares[2]:.1%} |")


if __name__ == "__main__":
    main()

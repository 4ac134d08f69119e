"""What voting gains: reads a drawn video of small, bad plates frame by frame, and as cars that pass.

    python tests/watch/voting.py DRAW_VIDEO LPRNET LPRNET_WATCH [SEEDS]

Needs OpenCV for Python. What is read in a frame while a car passes is right if it is that car's text. SEEDS videos of
twelve cars each are drawn (5).
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import cv2

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "models/samples"


def cars_of(table):
    for line in table.splitlines():
        text, _, first, last = line.split("\t")
        yield text, float(first), float(last)


def readings_by_frame(program, video, folder):
    """(seconds, text) of each plate in each frame."""
    capture = cv2.VideoCapture(str(video))
    rate = capture.get(cv2.CAP_PROP_FPS)
    paths = []
    while True:
        found, frame = capture.read()
        if not found:
            break
        paths.append(folder / f"{len(paths):05}.png")
        cv2.imwrite(str(paths[-1]), frame)
    out = subprocess.run([program, "read", "--format", "ndjson", *paths], check=True, capture_output=True).stdout
    for number, line in enumerate(out.decode().splitlines()):
        for plate in json.loads(line)["plates"]:
            yield number / rate, plate["text"]


def main():
    draw, program, watch = sys.argv[1:4]
    frames = right_frames = cars = right_cars = wrong_records = 0
    for seed in range(1, 1 + int(sys.argv[4] if len(sys.argv) > 4 else 5)):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            video = folder / "crowd.avi"
            table = subprocess.run([draw, "crowd", video, SAMPLES, str(seed)], check=True, capture_output=True).stdout.decode()
            drawn = list(cars_of(table))
            for seconds, text in readings_by_frame(program, video, folder):
                shown = [car for car, first, last in drawn if first <= seconds < last]
                if shown:
                    frames += 1
                    right_frames += text in shown
            out = subprocess.run([watch, video], check=True, capture_output=True).stdout.decode()
            records = [json.loads(line)["text"] for line in out.splitlines()]
            cars += len(drawn)
            right_cars += len({text for text, *_ in drawn} & set(records))
            wrong_records += sum(text not in {car for car, *_ in drawn} for text in records)
    print(f"frames: {right_frames} of {frames} readings right, {100 * right_frames / frames:.1f} %")
    print(f"cars: {right_cars} of {cars} reported with the right text, {wrong_records} other records")


main()

"""Draws the scenes of draw_video into a folder, each with what must be read beside it: draw_videos.py PROGRAM FOLDER SCENE..."""

import pathlib
import subprocess
import sys

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "models/samples"

program, folder, scenes = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
folder.mkdir(parents=True, exist_ok=True)
for scene in scenes:
    cars = subprocess.run([program, scene, folder / f"{scene}.avi", SAMPLES], check=True, capture_output=True).stdout
    (folder / f"{scene}.tsv").write_bytes(cars)

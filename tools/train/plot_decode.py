"""Draws how one plate is decoded: the picture, the probability of each class at each step, and the texts found.

    plot_decode.py MODEL.safetensors PICTURE OUT.png [--program lprnet] [--font "WenQuanYi Zen Hei"]
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import cv2
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402



def safetensors(path: Path) -> dict[str, np.ndarray]:
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    return {
        name: np.frombuffer(data[8 + size :][slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--program", default="lprnet")
    parser.add_argument("--font", default="WenQuanYi Zen Hei")
    options = parser.parse_args()

    data = options.model.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    document = json.loads(header["__metadata__"]["lprnet.graph"])
    alphabet, blank = document["decode"]["alphabet"], document["decode"]["blank"]
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.safetensors"
        model = ["--model", str(options.model)]
        subprocess.run([options.program, "trace", str(options.model), str(options.picture), "-o", str(trace)], check=True, capture_output=True)
        logits = safetensors(trace)[document["output"]][0].astype(np.float64)
    reading = subprocess.run(
        [options.program, "recognize", *model, "--top", "4", "--format", "ndjson", str(options.picture)], check=True, capture_output=True
    )
    plate = json.loads(reading.stdout)
    probabilities = np.exp(logits - logits.max(axis=0))
    probabilities /= probabilities.sum(axis=0)
    best = [c for c in np.argsort(-probabilities.max(axis=1)) if c != blank and probabilities[c].max() > 1e-4][:14]
    rows = [*sorted(best, key=lambda c: probabilities[c].argmax()), blank]

    matplotlib.rcParams["font.family"] = [options.font, "DejaVu Sans"]
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(9, 6.4), height_ratios=[1, 2.4], layout="constrained")
    above.imshow(cv2.cvtColor(cv2.imdecode(np.fromfile(options.picture, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))
    above.set_axis_off()
    texts = [(plate["text"], plate["confidence"]), *((a["text"], a["confidence"]) for a in plate.get("alternatives", []))]
    above.set_title("   ".join(f"{text} {confidence:.4f}" for text, confidence in texts), fontsize=12)
    shown = np.log10(np.maximum(probabilities[rows], 1e-6))
    image = below.imshow(shown, aspect="auto", cmap="viridis", vmin=-6, vmax=0)
    below.set_yticks(range(len(rows)), ["blank" if c == blank else alphabet[c] for c in rows])
    below.set_xlabel("time step")
    for character in plate["characters"]:
        row = [alphabet[c] if c != blank else "" for c in rows].index(character["text"])
        below.add_patch(pyplot.Rectangle((character["step"] - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="red", linewidth=1.6))
    figure.colorbar(image, ax=below, label="log10 of the probability")
    figure.savefig(options.out, dpi=80)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes decode.safetensors: what tools/train/detect/decode.py makes of random detector outputs.

    generate.py [--output FILE]      (needs torch, numpy and OpenCV; see tools/train/setup)

No weights are needed. The seed is chosen so that no two candidates overlap by about the share from which they are one,
none is about as warm as the threshold, and no two are equally warm: what rounding may decide is not tested.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tools" / "train"), str(ROOT / "tools" / "export")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from detect.decode import SAME, decode, peaks  # noqa: E402
from detect.geometry import overlap  # noqa: E402
from detect.network import CHANNELS, HEADS, REACH, cells  # noqa: E402
from lprnet_export.model_file import write_safetensors  # noqa: E402

CASES = ((32, 32, 0.3), (64, 96, 0.3), (128, 192, 0.1), (192, 320, 0.5), (96, 160, 0.02))


def random_output(rng, rows, columns):
    output = rng.normal(0, 1, (CHANNELS, sum(h * w for h, w in cells(rows, columns)))).astype(np.float32)
    output[0] = rng.normal(-2, 2, output.shape[1])
    width = rng.uniform(0.2, 1.5, output.shape[1])
    height = width * rng.uniform(0.2, 0.8, output.shape[1])
    wobble = rng.choice([0.05, 0.6], output.shape[1])  # some are no convex quadrilateral
    for corner, (x, y) in enumerate(((-1, -1), (1, -1), (1, 1), (-1, 1))):
        output[2 + 2 * corner] = x * width + wobble * output[2 + 2 * corner]
        output[3 + 2 * corner] = y * height + wobble * output[3 + 2 * corner]
    return output


def is_clear(output, rows, columns, least):
    found = peaks(output, rows, columns, 0.0)
    if any(abs(p.confidence - least) < 1e-4 for p in found) or len({p.confidence for p in found}) < len(found):
        return False
    warm = [p for p in found if p.confidence >= least]
    shared = [overlap(a.quad, b.quad) for i, a in enumerate(warm) for b in warm[:i]]
    return all(abs(s - SAME) > 1e-3 for s in shared)


def generate(path):
    rng = np.random.default_rng(20240702)
    tensors, cases = {}, []
    for rows, columns, least in CASES:
        output = random_output(rng, rows, columns)
        while not is_clear(output, rows, columns, least):
            output = random_output(rng, rows, columns)
        found = decode(output, rows, columns, least)
        name = f"{columns}x{rows}"
        tensors[f"{name}/output"] = torch.from_numpy(output)[None]
        tensors[f"{name}/plates"] = torch.tensor([[*p.quad.ravel().tolist(), p.confidence, p.lines] for p in found])
        cases.append({"name": name, "columns": columns, "rows": rows, "least": least})
        print(f"{name}: {len(peaks(output, rows, columns, least))} peaks, {len(found)} plates")
    quads = rng.normal(0, 20, (120, 2, 4, 2)).astype(np.float32)
    quads[:60] = np.array([[-30, -10], [30, -10], [30, 10], [-30, 10]]) + quads[:60] * 0.3
    tensors["overlap/quads"] = torch.from_numpy(quads)
    tensors["overlap/shares"] = torch.tensor([overlap(a, b) for a, b in quads])
    golden = {
        "origin": {"generator": "tests/golden/detect/generate.py", "opencv": cv2.__version__, "numpy": np.__version__},
        "detector": {"strides": [h.stride for h in HEADS], "reach": REACH, "most_overlap": SAME},
        "cases": cases,
    }
    write_safetensors(path, tensors, {"lprnet.golden": json.dumps(golden)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "decode.safetensors")
    generate(parser.parse_args().output)


if __name__ == "__main__":
    main()

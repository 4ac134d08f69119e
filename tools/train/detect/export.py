"""Writes a trained detector as a model file for the engine.

    python -m detect.export RUN/best.pth lprnet-detect.safetensors --source "…" --license Apache-2.0
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "export"))

from lprnet_export.export import ExportedModel, example_input, export_module  # noqa: E402
from lprnet_export.model_file import write_model  # noqa: E402

from detect.decode import BORDER, COLUMNS, LEAST, MEAN, ROWS, SAME, SCALE  # noqa: E402
from detect.measure import FIRST_LEAST, LARGEST_ZOOM, SECOND, SECOND_LEAST, SECOND_SAME, SECOND_SIZES  # noqa: E402
from detect.network import HEADS, MULTIPLE, REACH, Detector  # noqa: E402


def detect_part(least: float) -> dict[str, Any]:
    """All that decoding needs, as models/FORMAT.md says."""
    columns, rows = SECOND
    return {
        "multiple": MULTIPLE,
        "maps": [{"stride": head.stride, "smallest": head.smallest, "largest": head.largest} for head in HEADS],
        "reach": REACH,
        "least_confidence": least,
        "most_overlap": SAME,
        "border": BORDER,
        "second_look": {
            "width": columns,
            "height": rows,
            "plate_sizes": list(SECOND_SIZES),
            "largest_zoom": LARGEST_ZOOM,
            "first_confidence": FIRST_LEAST,
            "least_confidence": SECOND_LEAST,
            "least_overlap": SECOND_SAME,
        },
    }


def exported(
    network: Detector, name: str, source: str, license_: str, least: float = LEAST, columns: int = COLUMNS, rows: int = ROWS
) -> ExportedModel:
    model = export_module(network, [1, 3, rows, columns], name=name, provenance={"source": source, "license": license_})
    model.document["version"] = 2
    model.document["requires"] = ["detect"]
    model.document["preprocess"] = {"channel_order": "BGR", "mean": [MEAN] * 3, "scale": [SCALE] * 3, "resize": "bilinear"}
    model.document["detect"] = detect_part(least)
    # A small self-test: the one of the whole input is four times as large as all weights.
    example = example_input([1, 3, SECOND[1], SECOND[0]], 0)
    with torch.no_grad():
        model.tensors["self_test.logits"] = network(example).contiguous()
    model.tensors["self_test.input"] = example
    return model


def main() -> None:
    from detect.train import load  # which needs what training needs

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", default="plate detector")
    parser.add_argument("--source", default="trained with tools/train/detect")
    parser.add_argument("--license", default="not stated")
    parser.add_argument("--least", type=float, default=LEAST, help="confidence from which on something counts as a plate; of two looks the mean")
    parser.add_argument("--size", default=f"{COLUMNS}x{ROWS}", help="of the input in the file; the program can choose another")
    options = parser.parse_args()

    torch.set_num_threads(1)
    columns, rows = (int(v) for v in options.size.split("x"))
    model = exported(load(options.network), options.name, options.source, options.license, options.least, columns, rows)
    for warning in model.warnings:
        print(f"note: {warning}")
    write_model(options.out, model.document, model.tensors)
    print(f"{model.summary()}; {options.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

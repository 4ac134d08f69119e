#!/usr/bin/env python3
"""Turns an ONNX file (opset 9 to 17) of supported operators into a model file.

    import_onnx.py --onnx lprnet.onnx --profile sirius --output plate.safetensors
    import_onnx.py --onnx net.onnx --alphabet tokens.txt --channel-order RGB --mean 0 --scale 0.00392157 \\
                   --output plate.safetensors
"""

import argparse
import sys
from pathlib import Path
from typing import List, Optional, Sequence

from lprnet_export.errors import ExportError
from lprnet_export.missing_package import help_or_exit
from lprnet_export.plate_reader import LAYOUTS
from lprnet_export.profile_options import add_profile_options, changed_profile, chosen_profile


def parse(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", type=Path, required=True, help="the file to read")
    parser.add_argument("--output", type=Path, required=True, help="the model file to write (.safetensors)")
    parser.add_argument("--input-shape", metavar="1,C,H,W", help="needed when the file leaves it open")
    parser.add_argument(
        "--output-name",
        help="which output holds the logits, if there are several, or any value of the graph; a network that is no "
        "plate reader keeps them all",
    )
    parser.add_argument(
        "--output-layout",
        choices=list(LAYOUTS),
        default="NCT",
        help="of the output: N plates, C classes, T time steps (default NCT); it becomes NCT",
    )
    parser.add_argument("--steps-first", action="store_true", help="the same as --output-layout NTC")
    parser.add_argument(
        "--channels-last", action="store_true", help="the input is [1, height, width, channels]: turn it round"
    )
    parser.add_argument("--name", help="the model's name; default: the file's")
    add_profile_options(parser)
    return parser.parse_args(argv)


try:
    import torch
except ModuleNotFoundError as missing:
    help_or_exit(
        f"import_onnx: {missing}; install Debian's python3-torch (of /usr/bin/python3) or: pip install torch", parse
    )

from lprnet_export.model_file import write_model

try:
    from lprnet_export.onnx_import import import_onnx
except ModuleNotFoundError as missing:
    help_or_exit(f"import_onnx: {missing}; install Debian's python3-onnx or: pip install onnx", parse)


def shape(text: Optional[str]) -> Optional[List[int]]:
    if text is None:
        return None
    sizes = text.split(",")
    if not all(size.strip().isdigit() and int(size) > 0 for size in sizes):
        raise ExportError(f"--input-shape is a list such as 1,3,24,94, not '{text}'")
    return [int(size) for size in sizes]


def main(argv: Optional[Sequence[str]] = None) -> int:
    options = parse(argv)
    torch.set_num_threads(1)
    try:
        profile = chosen_profile(options)
        if profile:
            profile = changed_profile(profile, options)
        model = import_onnx(
            options.onnx,
            name=options.name or options.onnx.stem,
            input_shape=shape(options.input_shape),
            output_name=options.output_name,
            layout="NTC" if options.steps_first else options.output_layout,
            channels_last=options.channels_last,
            preprocess=profile.preprocess() if profile else None,
            decode=profile.decode() if profile else None,
            provenance={"source": options.source or options.onnx.name, "license": options.license or "not stated"},
            seed=options.seed,
        )
        write_model(options.output, model.document, model.tensors)
    except (ExportError, OSError) as error:
        print(f"import_onnx: {error}", file=sys.stderr)
        return 1
    for warning in model.warnings:
        print(f"note: {warning}")
    if profile is None:
        print("note: without --profile or --alphabet the file is a graph, not a plate reader")
    print(model.summary())
    print(f"self-test by {model.document['self_test']['origin']}")
    print(f"wrote {options.output} ({options.output.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Exports any nn.Module made of supported operators, from a Python file that builds it.

    export_module.py --module my_net.py:build --weights best.pth --input-shape 1,3,24,94 \\
                     --alphabet tokens.txt --output plate.safetensors

`my_net.py:build` is a function without arguments, or an nn.Module class, or a module object. The file is run.
"""

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import List, Optional, Sequence

from lprnet_export.errors import ExportError
from lprnet_export.missing_package import help_or_exit
from lprnet_export.plate_reader import LAYOUTS
from lprnet_export.profile_options import add_profile_options, changed_profile, chosen_profile


def parse(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", required=True, metavar="FILE.py:NAME", help="what builds the network")
    parser.add_argument("--weights", type=Path, help="a .pth to load into it; default: the weights it comes with")
    parser.add_argument("--weights-key", metavar="KEY", help="where in that file they lie, if there are several: ema")
    parser.add_argument("--input-shape", required=True, metavar="1,C,H,W", help="for instance 1,3,24,94")
    parser.add_argument("--output", type=Path, required=True, help="the model file to write (.safetensors)")
    parser.add_argument("--name", help="the model's name; default: that of --module")
    parser.add_argument(
        "--output-name",
        help="which output holds the logits, if there are several: a key, or 0, 1, …; a network that is no plate "
        "reader keeps them all",
    )
    parser.add_argument(
        "--output-layout",
        choices=list(LAYOUTS),
        default="NCT",
        help="of the output: N plates, C classes, T time steps (default NCT); it becomes NCT",
    )
    add_profile_options(parser)
    return parser.parse_args(argv)


try:
    import torch
    from torch import nn
except ModuleNotFoundError as missing:
    help_or_exit(
        f"export_module: {missing}; install Debian's python3-torch (of /usr/bin/python3) or: pip install torch", parse
    )

from lprnet_export.checkpoint import load_state_dict
from lprnet_export.export import ExportedModel, export_module
from lprnet_export.known_networks import load_weights
from lprnet_export.model_file import write_model


def build(target: str) -> nn.Module:
    file, colon, name = target.rpartition(":")
    if not colon or not Path(file).is_file():
        raise ExportError(f"--module is FILE.py:NAME with a file that exists, not '{target}'")
    path = Path(file).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    source = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = source
    spec.loader.exec_module(source)
    if not hasattr(source, name):
        raise ExportError(f"{file} has no '{name}'")
    found = getattr(source, name)
    network = found if isinstance(found, nn.Module) else found()
    if not isinstance(network, nn.Module):
        raise ExportError(f"{target} gives a {type(network).__name__}, not an nn.Module")
    return network


def shape(text: str) -> List[int]:
    sizes = text.split(",")
    if not all(size.strip().isdigit() and int(size) > 0 for size in sizes):
        raise ExportError(f"--input-shape is a list such as 1,3,24,94, not '{text}'")
    return [int(size) for size in sizes]


def export(options: argparse.Namespace) -> ExportedModel:
    network = build(options.module)
    if options.weights:
        load_weights(network, load_state_dict(options.weights, options.weights_key), str(options.weights))
    profile = chosen_profile(options)
    if profile:
        profile = changed_profile(profile, options)
    return export_module(
        network,
        shape(options.input_shape),
        name=options.name or options.module.rpartition(":")[2],
        preprocess=profile.preprocess() if profile else None,
        decode=profile.decode() if profile else None,
        provenance={"source": options.source or options.module, "license": options.license or "not stated"},
        seed=options.seed,
        output_name=options.output_name,
        layout=options.output_layout,
    )


def main(argv: Optional[Sequence[str]] = None) -> int:
    options = parse(argv)
    torch.set_num_threads(1)
    try:
        exported = export(options)
        write_model(options.output, exported.document, exported.tensors)
    except (ExportError, OSError) as error:
        print(f"export_module: {error}", file=sys.stderr)
        return 1
    for warning in exported.warnings:
        print(f"note: {warning}")
    if "decode" not in exported.document:
        print("note: without --profile or --alphabet the file is a graph, not a plate reader")
    print(exported.summary())
    print(f"wrote {options.output} ({options.output.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

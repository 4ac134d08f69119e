#!/usr/bin/env python3
"""Turns an LPRNet checkpoint (.pth) into a model file in one command.

export_lprnet.py --checkpoint Final_LPRNet_model.pth --output plate.safetensors
export_lprnet.py --checkpoint lprnet.pth --stn stn.pth --output plate.safetensors
"""

import argparse
import dataclasses
import hashlib
import sys
from pathlib import Path
from typing import Optional, Sequence

from lprnet_export.errors import ExportError
from lprnet_export.missing_package import help_or_exit
from lprnet_export.profile_options import add_profile_options, changed_profile, size_option


def parse(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path, help="the network's .pth")
    source.add_argument(
        "--random-weights",
        type=int,
        metavar="SEED",
        help="the public edition with seeded random weights, to measure with",
    )
    parser.add_argument("--weights-key", metavar="KEY", help="where in the file they lie, if there are several: ema")
    parser.add_argument("--stn", type=Path, help="the .pth of a spatial transformer in front of the network")
    parser.add_argument("--output", type=Path, required=True, help="the model file to write (.safetensors)")
    parser.add_argument("--input-size", metavar="WIDTHxHEIGHT", help="for instance 94x24")
    parser.add_argument("--align-corners", choices=["true", "false"], help="of the spatial transformer's sampling")
    parser.add_argument("--padded-first-layer", action="store_true", help="the first convolution has padding 1")
    add_profile_options(parser)
    return parser.parse_args(argv)


try:
    import torch
except ModuleNotFoundError as missing:
    help_or_exit(
        f"export_lprnet: {missing}; install Debian's python3-torch (of /usr/bin/python3) or: pip install torch", parse
    )

from lprnet_export.checkpoint import load_state_dict
from lprnet_export.export import ExportedModel, export_module
from lprnet_export.known_networks import build_network
from lprnet_export.model_file import write_model
from lprnet_export.profiles import PROFILES, Profile, channel_count, class_count, default_profile, with_channels
from lprnet_export.random_weights import random_lprnet


def adjusted(profile: Profile, options: argparse.Namespace, classes: int) -> Profile:
    """The profile with the command line's say in it."""
    if options.input_size:
        profile = dataclasses.replace(profile, input_size=size_option(options.input_size))
    if options.align_corners:
        profile = dataclasses.replace(profile, align_corners=options.align_corners == "true")
    return changed_profile(profile, options, classes)


def export_checkpoint(options: argparse.Namespace) -> ExportedModel:
    state = load_state_dict(options.checkpoint, options.weights_key)
    stn_state = load_state_dict(options.stn) if options.stn else None
    classes = class_count(state)
    profile = PROFILES[options.profile] if options.profile else default_profile(state, options.stn is not None)
    channels = channel_count(stn_state or state)
    profile = adjusted(with_channels(profile, channels), options, classes)
    network = build_network(
        state, stn_state, profile.input_size, profile.align_corners, 1 if options.padded_first_layer else 0
    )
    provenance = {
        "source": options.source or (profile.source if options.profile else "") or options.checkpoint.name,
        "license": options.license or (profile.license if options.profile else "not stated"),
        "profile": profile.name,
        "checkpoint": options.checkpoint.name,
        "checkpoint_sha256": hashlib.sha256(options.checkpoint.read_bytes()).hexdigest(),
    }
    if options.stn:
        provenance["stn"] = options.stn.name
        provenance["stn_sha256"] = hashlib.sha256(options.stn.read_bytes()).hexdigest()
    print(
        f"profile {profile.name}: {classes} classes, blank {profile.blank}, {profile.channel_order}, {profile.resize}"
    )
    return export_module(
        network,
        [1, channels, profile.input_size[1], profile.input_size[0]],
        name=f"LPRNet ({profile.name})",
        preprocess=profile.preprocess(),
        decode=profile.decode(),
        provenance=provenance,
        seed=options.seed,
    )


def export_random(options: argparse.Namespace) -> ExportedModel:
    profile = adjusted(PROFILES[options.profile or "sirius"], options, 68)
    if profile.architecture != "public" or options.stn or options.padded_first_layer:
        raise ExportError("--random-weights makes the public edition alone")
    width, height = profile.input_size
    return export_module(
        random_lprnet(options.random_weights, 68, [1, 3, height, width]),
        [1, 3, height, width],
        name=f"LPRNet (random weights, seed {options.random_weights})",
        preprocess=profile.preprocess(),
        decode=profile.decode(),
        provenance={
            "source": f"random weights, seed {options.random_weights}; reads nothing, serves to measure",
            "license": "Apache-2.0",
        },
        seed=options.seed,
    )


def main(argv: Optional[Sequence[str]] = None) -> int:
    options = parse(argv)
    torch.set_num_threads(1)
    try:
        exported = export_checkpoint(options) if options.checkpoint else export_random(options)
        write_model(options.output, exported.document, exported.tensors)
    except (ExportError, OSError) as error:
        print(f"export_lprnet: {error}", file=sys.stderr)
        return 1
    for warning in exported.warnings:
        print(f"note: {warning}")
    print(exported.summary())
    print(f"wrote {options.output} ({options.output.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

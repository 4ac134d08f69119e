"""The command-line options that say how an image becomes the input and what the classes mean."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from . import alphabets
from .alphabet_file import read_alphabet
from .errors import ExportError
from .profiles import PROFILES, Profile, check_alphabet


def add_profile_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), help="a known kind of checkpoint; the options below change it"
    )
    parser.add_argument(
        "--alphabet",
        metavar="NAME|FILE",
        help=", ".join(alphabets.KNOWN) + ", or a file: a JSON list of tokens, or a text with one token a line",
    )
    parser.add_argument("--blank", type=int, help="the class that CTC drops; default with --alphabet: the last")
    parser.add_argument("--channel-order", choices=["BGR", "RGB", "GRAY"])
    parser.add_argument("--mean", type=float, nargs="+", help="one number or three, of values from 0 to 255")
    parser.add_argument("--scale", type=float, nargs="+", help="one number or three: input = (x - mean) * scale")
    parser.add_argument("--resize", choices=["bilinear", "bicubic", "area", "lanczos"])
    parser.add_argument(
        "--letterbox",
        type=float,
        nargs="+",
        metavar="X",
        help="pictures keep their shape, with this colour around: one number or three, from 0 to 255",
    )
    parser.add_argument("--source", help="provenance: where the weights are from")
    parser.add_argument("--license", help="provenance: the weights' licence")
    parser.add_argument("--seed", type=int, default=0, help="of the self-test's input (default 0)")


def changed_profile(profile: Profile, options: argparse.Namespace, classes: Optional[int] = None) -> Profile:
    """The profile with the command line's say in it; `classes`, where known, must fit its alphabet."""
    changes: Dict[str, Any] = {}
    if options.alphabet:
        tokens, blank = alphabets.KNOWN.get(options.alphabet, (None, None))
        changes["alphabet"] = tuple(tokens or read_alphabet(Path(options.alphabet)))
        changes["blank"] = (classes or len(changes["alphabet"])) - 1 if blank is None else blank
    if options.blank is not None:
        changes["blank"] = options.blank
    if options.alphabet and options.blank == 0 and classes is not None:
        # A dictionary of PaddleOCR has no line for the blank, the first class, and for a space, the last.
        missing = classes - len(changes["alphabet"])
        if missing in (1, 2):
            changes["alphabet"] = ("blank", *changes["alphabet"], *[" "] * (missing - 1))
    for option in ("channel_order", "resize"):
        if getattr(options, option):
            changes[option] = getattr(options, option)
    for option in ("mean", "scale", "letterbox"):
        if getattr(options, option):
            changes[option] = _three(getattr(options, option), f"--{option}")
    changed = dataclasses.replace(profile, **changes)
    border = changed.letterbox
    if border is not None and not all(0 <= value <= 255 for value in border):
        raise ExportError(f"--letterbox is a colour of numbers from 0 to 255, not {list(border)}")
    if changed.channel_order == "GRAY":
        changed = dataclasses.replace(
            changed, mean=changed.mean[:1], scale=changed.scale[:1], letterbox=border[:1] if border else None
        )
    if classes is not None:
        check_alphabet(changed.name, changed.alphabet, changed.blank, classes)
    return changed


def chosen_profile(options: argparse.Namespace) -> Optional[Profile]:
    """The profile that the options ask for, or none: then the file is no plate reader.

    An alphabet alone gives the public edition's preprocessing.
    """
    if options.profile:
        return PROFILES[options.profile]
    if options.alphabet:
        return dataclasses.replace(PROFILES["sirius"], name="of the command line")
    for option in ("blank", "channel_order", "mean", "scale", "resize", "letterbox"):
        if getattr(options, option) is not None:
            raise ExportError(f"--{option.replace('_', '-')} needs --profile or --alphabet beside it")
    return None


def size_option(text: str) -> Tuple[int, int]:
    """WIDTHxHEIGHT as two numbers."""
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise ExportError(f"--input-size is WIDTHxHEIGHT, such as 94x24, not '{text}'")
    return int(width), int(height)


def _three(values: List[float], option: str) -> Tuple[float, ...]:
    if len(values) not in (1, 3):
        raise ExportError(f"{option} takes one number or three, not {len(values)}")
    return tuple(values) * (3 // len(values))

"""Where the models lie that come with the package, and the program."""

import os
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent / "models"
PROGRAM = FOLDER / "lprnet"


def reader() -> str:
    """The model that reads plates: $LPRNET_MODEL, else the shipped one, as for the program."""
    return os.environ.get("LPRNET_MODEL") or str(FOLDER / "lprnet-cn.safetensors")


def detector() -> str:
    """The model that finds plates: $LPRNET_DETECTOR, else the shipped one."""
    return os.environ.get("LPRNET_DETECTOR") or str(FOLDER / "lprnet-detect.safetensors")

"""Environments for pip of this folder's tests."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import sysconfig
import venv

SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def create(folder, *, clear):
    """Makes the environment unless it is there. Skips the test where Python lacks what that or nanobind needs."""
    if importlib.util.find_spec("ensurepip") is None:
        skip("there is no ensurepip (Debian's package python3-venv)")
    if not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists():
        skip("there is no Python.h (Debian's package python3-dev)")
    if clear or not (folder / "bin/python").exists():
        venv.create(folder, with_pip=True, clear=clear)


def run(*command, cwd):
    """Runs a program without what would replace the package or its models."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PYTHONPATH", "LPRNET_MODEL", "LPRNET_DETECTOR")}
    environment["CXX"] = os.environ["LPRNET_CXX"]
    return subprocess.run([*map(str, command)], check=False, capture_output=True, text=True, cwd=cwd, env=environment)
